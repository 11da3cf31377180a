{#-
    The raw table of a source, or `unreadable_rows`, the rows that the loader refused. By default the table that the variables
    name. Where a model of your own makes the raw table, override default__raw_table by dispatch and return ref() of the model:
    dbt builds it first then. It is a table, a view or incremental; an ephemeral model has no columns to look at.
-#}
{% macro raw_table(name) %}{{ return(adapter.dispatch('raw_table', 'call_status')(name)) }}{% endmacro %}

{% macro default__raw_table(name) %}{{ return(source('call_status', name)) }}{% endmacro %}


{#-
    All rows of a raw table with the columns of `kinds`: name → `text`, `timestamp`, `number`, `integer`, `duration` (seconds) or
    `unread duration` (the text that is no duration); or name → {column, kind}, where the raw column has another name. Typed,
    empty text as null. A column that the table lacks is null; a `required` one stops the run. A table that is not there gives no rows.
-#}
{% macro column_rows(relation, kinds, required=[]) %}
    {%- do call_status.check_raw_names() -%}
    {%- set existing = call_status.get_existing_columns(relation) -%}
    {%- for name in required if existing and name not in existing -%}
        {{ exceptions.raise_compiler_error(
            "The raw table " ~ relation ~ " has no column " ~ name ~ ", which every raw table needs. It has: "
            ~ existing | join(', ') ~ ". Add the column, or point call_status_raw_schema and "
            ~ "call_status_canonical_identifier at a view that has it.") }}
    {%- endfor %}
    select
    {%- for name, kind in kinds.items() %}
        {{ call_status.raw_column(existing.get(kind.column or name), kind.kind or kind) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{ 'from ' ~ relation if existing else 'from (select 1 as one) as nothing where 1 = 0' }}
{% endmacro %}


{#- One column of a raw table, as SQL of the wanted kind; null where the table has no such column (none). -#}
{% macro raw_column(column, kind) -%}
    {%- set name = adapter.quote(column.name) if column else 'null' -%}
    {%- if kind == 'timestamp' -%}
        {%- set type = column.data_type if column else dbt.type_timestamp() -%}
        {{ call_status.time_of_epoch(name) if call_status.is_numeric_type(type) else call_status.utc_timestamp(name, type) }}
    {%- elif kind == 'number' -%}
        {{ call_status.safe_double(name, column.data_type if column else 'text') }}
    {%- elif kind == 'duration' -%}
        {{ call_status.duration_seconds(name, column.data_type if column else 'text') }}
    {%- elif kind == 'unread duration' -%}
        {{ call_status.unread_duration(name, column.data_type if column else 'text') }}
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
