{#- What is read from every source that is on (call_status_sources). No source may be on: then there are no rows. -#}

{#- The events of every source, in the columns of a canonical event. -#}
{% macro event_rows() %}
    {%- for name in call_status.setting('sources') %}
    select * from {{ ref('call_status', 'stg_' ~ name ~ '__call_events') }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    {{ call_status.column_rows(none, {}, call_status.get_raw_columns()) }}
    {%- endfor %}
{% endmacro %}


{#- The rows that the loader refused, of every source. Their tables may be missing. -#}
{% macro unreadable_rows() %}
    {%- set kinds = {
        'source': 'text', 'source_file': 'text', 'line': 'integer', 'reason': 'text', 'raw_text': 'text', 'loaded_at': 'timestamp',
    } -%}
    {%- for name in call_status.setting('sources') or [none] %}
    {%- set relation = source('call_status', name ~ '_unreadable') if name else none -%}
    {{ call_status.column_rows(relation, call_status.get_existing_columns(relation), kinds) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#-
    One row per source system (repeats are possible) of all raw events and all rows that the loader refused. Reads one
    narrow column of each raw table.
-#}
{% macro source_system_rows() %}
    {%- for name in call_status.setting('sources') or [none] %}
        {%- for suffix, column in [('', 'source_system'), ('_unreadable', 'source')] %}
        {%- set relation = source('call_status', name ~ suffix) if name else none -%}
        {%- set existing = call_status.get_existing_columns(relation) %}
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
