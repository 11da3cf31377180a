{#-
    The sources (adapters) that there are. Each has a folder models/staging/<name>/ that ends in a model
    stg_<name>__call_events with the columns of a canonical event. call_status_sources says which of them are on; none may
    be on, and then there are no events.
-#}
{% macro get_source_names() %}{{ return(['canonical']) }}{% endmacro %}


{#- The events of every source, in the columns of a canonical event. -#}
{% macro event_rows() %}
    {%- for name in call_status.setting('sources') %}
    select
        '{{ name }}' as source,
        events.*
    from {{ ref('call_status', 'stg_' ~ name ~ '__call_events') }} as events
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as source,
        events.*
    from ({{ call_status.column_rows(none, dict(call_status.get_raw_columns(), **call_status.get_unread_columns())) }}) as events
    {%- endfor %}
{% endmacro %}

