{#- The columns of a raw call event, in the contract's order: name → kind, and which a raw table must have. -#}
{% macro raw_columns() %}
    {{ return({
        'event_id': 'text', 'source_system': 'text', 'call_id': 'text', 'leg_id': 'text', 'direction': 'text',
        'event_type': 'text', 'occurred_at': 'timestamp', 'loaded_at': 'timestamp', 'party': 'text',
        'agent_id': 'text', 'customer_number': 'text', 'business_number': 'text', 'queue': 'text', 'reason': 'text',
        'cause_scheme': 'text', 'cause_code': 'text', 'seconds': 'number', 'attributes': 'text',
    }) }}
{% endmacro %}


{% macro required_raw_columns() %}
    {{ return(['event_id', 'call_id', 'direction', 'event_type', 'occurred_at', 'loaded_at']) }}
{% endmacro %}


{#-
    All raw call events of a relation with every column of the contract, typed, empty text as null.
    A column that the table lacks is null; a required one stops the run; a table that is not there gives no rows.
-#}
{% macro read_raw_call_events(relation) %}
    {%- set existing = call_status.existing_columns(relation) -%}
    {%- if existing -%}
        {%- for name in call_status.required_raw_columns() if name not in existing -%}
            {{ exceptions.raise_compiler_error(
                "The raw table " ~ relation ~ " has no column " ~ name ~ ", which every raw table needs. It has: "
                ~ existing | join(', ') ~ ". Add the column, or point call_status_raw_schema and "
                ~ "call_status_canonical_identifier at a view that has it.") }}
        {%- endfor -%}
    {%- endif -%}
    {{ call_status.read_columns(relation, existing, call_status.raw_columns()) }}
{% endmacro %}


{% macro read_columns(relation, existing, kinds) %}
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
{% macro existing_columns(relation) %}
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


{#- The raw events of all sources that are switched on, in one shape. -#}
{% macro union_of_sources() %}
    {%- for name in call_status.setting('sources') or [none] %}
    {{ call_status.read_raw_call_events(source('call_status', name) if name else none) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}


{#- The source systems of all raw events and of all rows that the loader refused. A select that reads one narrow column. -#}
{% macro sources_of_raw_rows() %}
    {%- for name in call_status.setting('sources') or [none] %}
        {%- for suffix, column in [('', 'source_system'), ('_unreadable', 'source')] %}
        {%- set relation = source('call_status', name ~ suffix) if name else none -%}
        {%- set existing = call_status.existing_columns(relation) %}
    select coalesce({{ call_status.read_raw_column(existing.get(column), 'text') }}, 'canonical') as source_system
    from (
        {{ 'select distinct ' ~ adapter.quote(existing[column].name) ~ ' from ' ~ relation if column in existing
            else 'select 1 as one from ' ~ relation ~ ' limit 1' if existing else 'select 1 as one limit 0' }}
    ) as found
    {{ 'union all' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- The rows that the loader refused, of all sources that are switched on. Models work without these tables. -#}
{% macro union_of_unreadable_rows() %}
    {%- set kinds = {
        'source': 'text', 'source_file': 'text', 'line': 'integer', 'reason': 'text', 'raw_text': 'text', 'loaded_at': 'timestamp',
    } -%}
    {%- for name in call_status.setting('sources') or [none] %}
    {%- set relation = source('call_status', name ~ '_unreadable') if name else none -%}
    {{ call_status.read_columns(relation, call_status.existing_columns(relation), kinds) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
