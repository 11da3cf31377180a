{#-
    The canonical event types and the direction whose calls may have them (`both`: incoming and outgoing).
    Internal calls have no status, so any known type may occur on them.
-#}
{% macro event_types() %}
    {{ return({
        'call_started': 'both',
        'caller_blocked': 'incoming',
        'after_hours_message_started': 'incoming',
        'number_unavailable': 'incoming',
        'welcome_started': 'incoming',
        'welcome_ended': 'incoming',
        'ivr_started': 'incoming',
        'ivr_input': 'incoming',
        'ivr_ended': 'incoming',
        'queue_joined': 'incoming',
        'queue_left': 'incoming',
        'agent_ringing': 'both',
        'agent_answered': 'both',
        'agent_rejected': 'both',
        'agent_no_answer': 'both',
        'agent_unavailable': 'both',
        'voicemail_started': 'incoming',
        'voicemail_left': 'incoming',
        'transferred': 'both',
        'dial_blocked': 'outgoing',
        'customer_ringing': 'outgoing',
        'customer_answered': 'outgoing',
        'customer_rejected': 'outgoing',
        'dial_failed': 'outgoing',
        'dial_timeout': 'outgoing',
        'call_ended': 'both',
    }) }}
{% endmacro %}


{#- The same as rows: event_type, allowed_direction, signal (its bit, see call_signals.sql). For a join in staging. -#}
{% macro event_type_rows() %}
    {%- for event_type, direction in call_status.event_types().items() %}
    select
        '{{ event_type }}' as event_type,
        '{{ direction }}' as allowed_direction,
        {{ call_status.signal(event_type) }} as signal
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
