{#- Values of Jinja as SQL. Timestamps are UTC. -#}

{% macro timestamp_literal(moment) -%}
    cast('{{ moment.replace(tzinfo=none).isoformat(" ") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{% macro text_literal(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}
