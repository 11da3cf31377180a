{#-
    The sources (adapters) that there are. Each has a folder models/staging/<name>/ that ends in a view
    stg_<name>__call_events with the columns of a canonical event. call_status_sources says which of them are on; none may
    be on, and then there are no events.
-#}
{% macro get_source_names() %}{{ return(['canonical']) }}{% endmacro %}


{#- The events of every source, in the columns of a canonical event. -#}
{% macro event_rows() %}
    {%- for name in call_status.setting('sources') %}
    select * from {{ ref('call_status', 'stg_' ~ name ~ '__call_events') }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    {{ call_status.column_rows(none, call_status.get_raw_columns()) }}
    {%- endfor %}
{% endmacro %}


{#- One row per source system of all raw events and of all rows that the loader refused. Repeats are possible. -#}
{% macro source_system_rows() %}
    {%- for name in call_status.setting('sources') %}
    select distinct source_system from {{ ref('call_status', 'stg_' ~ name ~ '__call_events') }}
    union all
    {%- endfor %}
    select distinct source_system from {{ ref('call_status', 'stg_loader__unreadable_rows') }}
{% endmacro %}
