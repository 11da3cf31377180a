{#- The columns of a raw call event, in the contract's order: name → kind, and which a raw table must have. -#}
{% macro get_raw_columns() %}
    {{ return({
        'event_id': 'text', 'source_system': 'text', 'call_id': 'text', 'leg_id': 'text', 'direction': 'text',
        'event_type': 'text', 'occurred_at': 'timestamp', 'loaded_at': 'timestamp', 'party': 'text',
        'agent_id': 'text', 'customer_number': 'text', 'business_number': 'text', 'queue': 'text', 'reason': 'text',
        'cause_scheme': 'text', 'cause_code': 'text', 'seconds': 'duration', 'reported_status': 'text', 'attributes': 'text',
    }) }}
{% endmacro %}


{#- What staging gives beside them: the text of a `seconds` that is no length of time, for unmapped_source_values. -#}
{% macro get_unread_columns() %}
    {{ return({'unread_seconds': {'column': 'seconds', 'kind': 'unread duration'}}) }}
{% endmacro %}


{% macro get_required_raw_columns() %}
    {{ return(['event_id', 'call_id', 'direction', 'event_type', 'occurred_at', 'loaded_at']) }}
{% endmacro %}
