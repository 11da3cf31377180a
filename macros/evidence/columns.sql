{#-
    The columns of stored evidence, and the aggregate by which pieces of each merge: `min`, `max`, `bit_or`, or `min_text` (in
    binary order). So one event is a small piece of evidence itself, and pieces merge in any order and any number of times.
    How a column is made of an event stands in the model. A column more or less raises the number in version.sql.
-#}

{#- Of a call: int_call_evidence_packed. -#}
{% macro get_call_evidence_columns() %}
    {{ return({
        'signals': 'bit_or',
        'source': 'min_text',
        'first_event_at': 'min',
        'last_event_at': 'max',
        'first_queue_joined_at': 'min',
        'last_queue_joined': 'min_text',
        'last_named_queue_joined': 'min_text',
        'last_queue_left': 'min_text',
        'last_agent_contact_at': 'max',
        'last_unproven_answer_at': 'max',
        'last_callee_ringing_at': 'max',
        'first_customer_ringing_at': 'min',
        'first_customer_answered': 'min',
        'first_customer_answered_unproven_at': 'min',
        'last_customer_answered_at': 'max',
        'first_call_ended': 'min',
        'last_call_ended': 'min',
        'first_part_ended_at': 'min',
        'last_part_ended_at': 'max',
        'last_part_ended_by': 'min',
        'first_dial_outcome': 'min',
        'longest_voicemail_seconds': 'max',
        'first_customer_number': 'min_text',
        'first_business_number': 'min_text',
        'first_queue': 'min_text',
        'first_agent': 'min_text',
        'last_cause': 'min_text',
        'last_reported_status': 'min_text',
        'first_loaded_at': 'min',
        'last_loaded_at': 'max',
    }) }}
{% endmacro %}


{#- Of a leg: int_leg_evidence_packed. -#}
{% macro get_leg_evidence_columns() %}
    {{ return({
        'signals': 'bit_or',
        'first_event_at': 'min',
        'first_ringing_at': 'min',
        'first_answered_at': 'min',
        'last_answered_at': 'max',
        'first_answered_unproven_at': 'min',
        'last_answered_unproven_at': 'max',
        'first_ring_ended_at': 'min',
        'last_ring_ended_at': 'max',
        'last_disconnected_at': 'max',
        'first_agent': 'min_text',
        'first_loaded_at': 'min',
        'last_loaded_at': 'max',
    }) }}
{% endmacro %}


{#- Of an instant at which a call joined or left a queue: int_queue_evidence_packed. -#}
{% macro get_queue_evidence_columns() %}
    {{ return({
        'signals': 'bit_or',
        'first_loaded_at': 'min',
        'last_loaded_at': 'max',
    }) }}
{% endmacro %}
