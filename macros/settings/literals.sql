{#- Values of Jinja, and as SQL. Timestamps are UTC. -#}

{% macro timestamp_literal(moment) -%}
    cast('{{ moment.replace(tzinfo=none).isoformat(" ") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{#- A time to be fetched, as text with a sign before it, lest the client's time zone touch it; and that text as a datetime. -#}
{% macro moment_as_text(moment) -%}
    '=' || cast({{ moment }} as {{ dbt.type_string() }})
{%- endmacro %}


{% macro moment_of_text(text) %}{{ return(modules.datetime.datetime.fromisoformat(text[1:])) }}{% endmacro %}


{#- Some hours before a time, but no earlier than there are dates. -#}
{% macro hours_before(moment, hours) %}
    {%- set gap = modules.datetime.timedelta(hours=hours) -%}
    {{ return(moment - gap if moment - modules.datetime.datetime.min > gap else modules.datetime.datetime.min) }}
{% endmacro %}


{% macro midnight_of(day) %}{{ return(modules.datetime.datetime.combine(day, modules.datetime.time())) }}{% endmacro %}
