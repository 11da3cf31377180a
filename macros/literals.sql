{#- Values of Jinja, and as SQL. Timestamps are UTC. -#}

{% macro timestamp_literal(moment) -%}
    cast('{{ moment.replace(tzinfo=none).isoformat(" ") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{% macro text_literal(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}


{#- Some hours before a time, but no earlier than there are dates. -#}
{% macro hours_before(moment, hours) %}
    {%- set gap = modules.datetime.timedelta(hours=hours) -%}
    {{ return(moment - gap if moment - modules.datetime.datetime.min > gap else modules.datetime.datetime.min) }}
{% endmacro %}


{% macro midnight_of(day) %}{{ return(modules.datetime.datetime.combine(day, modules.datetime.time())) }}{% endmacro %}
