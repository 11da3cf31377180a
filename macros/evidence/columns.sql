{#-
    The columns of stored evidence, and the aggregate by which pieces of each merge: `min`, `max`, `bit_or`, or `min_text` (in
    binary order). So one event is a small piece of evidence itself, and pieces merge in any order and any number of times.
    How a column is made of an event stands in the model. A column more or less raises the number in version.sql.
-#}

{#- Of a call: int_call_evidence_packed. -#}
{% macro get_call_evidence_columns() %}
    {{ return({
        'signals': 'bit_or',
        'first_event_at': 'min',
        'last_event_at': 'max',
        'first_queue_joined_at': 'min',
        'first_customer_ringing_at': 'min',
        'first_customer_answered': 'min',
        'first_call_ended': 'min',
        'first_dial_outcome': 'min',
        'longest_voicemail_seconds': 'max',
        'first_customer_number': 'min_text',
        'first_business_number': 'min_text',
        'first_queue': 'min_text',
        'first_agent': 'min_text',
        'last_cause': 'min_text',
        'first_loaded_at': 'min',
        'last_loaded_at': 'max',
    }) }}
{% endmacro %}


{#- Of a leg: int_leg_evidence_packed. -#}
{% macro get_leg_evidence_columns() %}
    {{ return({
        'first_event_at': 'min',
        'first_ringing_at': 'min',
        'first_answered_at': 'min',
        'last_answered_at': 'max',
        'first_rejected_at': 'min',
        'first_no_answer_at': 'min',
        'first_unavailable_at': 'min',
        'first_agent': 'min_text',
        'first_answering_agent': 'min_text',
        'first_loaded_at': 'min',
        'last_loaded_at': 'max',
    }) }}
{% endmacro %}
