{#-
    The sources (adapters) that there are, and the raw tables that each reads. A source has a folder models/staging/<name>/ that
    ends in a model stg_<name>__call_events with the columns of an event (canonical_columns.sql). call_status_sources says which
    of them are on; none may be on, and then there are no events.
-#}
{% macro get_sources() %}
    {{ return({
        'canonical': ['canonical'],
        'call_log': ['call_log'],
        'callhippo': ['callhippo_calls'],
        'asterisk_queue_log': ['asterisk_queue_log'],
        'asterisk_cdr': ['asterisk_cdr'],
        'asterisk_cel': ['asterisk_cel'],
        'twilio': ['twilio_calls', 'twilio_callbacks'],
        'aircall': ['aircall_webhooks', 'aircall_calls_export'],
        'zendesk_talk': ['zendesk_talk_calls', 'zendesk_talk_legs'],
        'amazon_connect': ['amazon_connect_contact_records', 'amazon_connect_contact_events', 'amazon_connect_agent_events'],
        'genesys_cloud': ['genesys_cloud_conversations'],
        'three_cx': ['three_cx_cdroutput', 'three_cx_call_report'],
        'freeswitch': ['freeswitch_cdrs'],
    }) }}
{% endmacro %}


{% macro get_source_names() %}{{ return(call_status.get_sources() | list) }}{% endmacro %}


{#- The names of the raw tables of all sources that are on. -#}
{% macro get_raw_table_names() %}
    {%- set names = [] -%}
    {%- for source in call_status.setting('sources') -%}{%- do names.extend(call_status.get_sources()[source]) -%}{%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#- The events of every source that is on. -#}
{% macro event_rows() %}
    {%- for name in call_status.setting('sources') %}
    select
        '{{ name }}' as source,
        {{ call_status.get_event_columns() | join(',\n        ') }}
    from {{ ref('call_status', 'stg_' ~ name ~ '__call_events') }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as source,
        {{ call_status.event_columns({}) }}
    from (select 1 as one) as nothing
    where 1 = 0
    {%- endfor %}
{% endmacro %}
