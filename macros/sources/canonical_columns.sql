{#- The columns of a raw call event, in the contract's order: name → kind, and which a raw table must have. -#}
{% macro get_raw_columns() %}
    {{ return({
        'event_id': 'text', 'source_system': 'text', 'call_id': 'text', 'leg_id': 'text', 'direction': 'text',
        'event_type': 'text', 'occurred_at': 'timestamp', 'loaded_at': 'timestamp', 'party': 'text',
        'agent_id': 'text', 'customer_number': 'text', 'business_number': 'text', 'queue': 'text', 'reason': 'text',
        'cause_scheme': 'text', 'cause_code': 'text', 'seconds': 'number', 'attributes': 'text',
    }) }}
{% endmacro %}


{% macro get_required_raw_columns() %}
    {{ return(['event_id', 'call_id', 'direction', 'event_type', 'occurred_at', 'loaded_at']) }}
{% endmacro %}
