{#- Values of Jinja as SQL, and results of queries as values of Jinja. Timestamps are UTC. -#}

{% macro timestamp_literal(moment) -%}
    cast('{{ moment.replace(tzinfo=none).isoformat(" ") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{#- Texts as SQL literals, joined by commas. All are escaped at once: a call for each of the world's time zones takes dbt long. -#}
{% macro text_literals(texts) -%}
    {%- set between = '\x1f' -%}
    {{- call_status.text_literal(texts | join(between)) | replace(between, "', '") if texts -}}
{%- endmacro %}


{#- The rows of a query, as a list; none while dbt only parses. -#}
{% macro fetch(query) %}
    {{ return(run_query(query).rows | list if execute else []) }}
{% endmacro %}


{#-
    A text to be fetched, with `=` before it. dbt turns the fetched text 'null' into None, and hands times over in the
    client's time zone. Behind the sign neither happens. fetched_text and fetched_timestamp take the sign off again.
-#}
{% macro as_fetched(value) -%}
    '=' || cast({{ value }} as {{ dbt.type_string() }})
{%- endmacro %}


{% macro fetched_text(text) %}{{ return(text[1:]) }}{% endmacro %}


{#- The fetched time as a datetime (UTC); none for none. -#}
{% macro fetched_timestamp(text) %}
    {{ return(modules.datetime.datetime.fromisoformat(text[1:]) if text is not none else none) }}
{% endmacro %}


{#- Some hours before a time, but no earlier than there are dates. -#}
{% macro hours_before(moment, hours) %}
    {%- set gap = modules.datetime.timedelta(hours=hours) -%}
    {{ return(moment - gap if moment - modules.datetime.datetime.min > gap else modules.datetime.datetime.min) }}
{% endmacro %}


{% macro midnight_of(day) %}{{ return(modules.datetime.datetime.combine(day, modules.datetime.time())) }}{% endmacro %}
