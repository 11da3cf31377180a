{#-
    All raw call events of a relation with every column of the contract, typed, empty text as null.
    A column that the table lacks is null; a required one stops the run; a table that is not there gives no rows.
-#}
{% macro raw_event_rows(relation) %}
    {%- set existing = call_status.get_existing_columns(relation) -%}
    {%- if existing -%}
        {%- for name in call_status.get_required_raw_columns() if name not in existing -%}
            {{ exceptions.raise_compiler_error(
                "The raw table " ~ relation ~ " has no column " ~ name ~ ", which every raw table needs. It has: "
                ~ existing | join(', ') ~ ". Add the column, or point call_status_raw_schema and "
                ~ "call_status_canonical_identifier at a view that has it.") }}
        {%- endfor -%}
    {%- endif -%}
    {{ call_status.column_rows(relation, existing, call_status.get_raw_columns()) }}
{% endmacro %}


{% macro column_rows(relation, existing, kinds) %}
    select
    {%- for name, kind in kinds.items() %}
        {{ call_status.read_raw_column(existing.get(name), kind) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{ 'from ' ~ relation if existing else 'from (select 1 as one) as nothing where 1 = 0' }}
{% endmacro %}


{% macro read_raw_column(column, kind) -%}
    {%- set name = adapter.quote(column.name) if column else 'null' -%}
    {%- if kind == 'timestamp' -%}
        {{ call_status.utc_timestamp(name, column.data_type if column else dbt.type_timestamp()) }}
    {%- elif kind == 'number' -%}
        {{ call_status.safe_double(name, column.data_type if column else 'text') }}
    {%- elif kind == 'integer' -%}
        cast({{ name }} as integer)
    {%- else -%}
        nullif(cast({{ name }} as {{ dbt.type_string() }}), '')
    {%- endif -%}
{%- endmacro %}


{#- Lower-case name → column of a relation; empty while dbt parses and where there is no such relation. -#}
{% macro get_existing_columns(relation) %}
    {%- set columns = {} -%}
    {%- if execute and relation is not none -%}
        {%- set found = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {%- if found -%}
            {%- for column in adapter.get_columns_in_relation(found) -%}
                {%- do columns.update({column.name | lower: column}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}
