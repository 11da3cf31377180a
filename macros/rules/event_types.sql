{#-
    The canonical event types. A type that is not in this list is refused.

    `direction` whose calls may have the event; `both`: incoming and outgoing. Internal calls have no status, so any type
                may occur on them
    `bit`       the event's place in int_call_evidence_packed.signals. It is stored: never change one, never use one twice.
                0 to 39 are for event types, 40 to 62 for signals of a field (macros/evidence/signals.sql)
    `leg`       an agent's event, which belongs to one leg of the call. `rung`: it shows that the call was put to that leg

    A new event type also raises the number in macros/evidence/version.sql: events of that type that were refused so far
    become evidence.
-#}
{% macro event_types() %}
    {{ return({
        'call_started':                {'bit': 0, 'direction': 'both'},
        'caller_blocked':              {'bit': 1, 'direction': 'incoming'},
        'after_hours_message_started': {'bit': 2, 'direction': 'incoming'},
        'number_unavailable':          {'bit': 3, 'direction': 'incoming'},
        'welcome_started':             {'bit': 4, 'direction': 'incoming'},
        'welcome_ended':               {'bit': 5, 'direction': 'incoming'},
        'ivr_started':                 {'bit': 6, 'direction': 'incoming'},
        'ivr_input':                   {'bit': 7, 'direction': 'incoming'},
        'ivr_ended':                   {'bit': 8, 'direction': 'incoming'},
        'queue_joined':                {'bit': 9, 'direction': 'incoming'},
        'queue_left':                  {'bit': 10, 'direction': 'incoming'},
        'agent_ringing':               {'bit': 11, 'direction': 'both', 'leg': 'rung'},
        'agent_answered':              {'bit': 12, 'direction': 'both', 'leg': 'rung'},
        'agent_rejected':              {'bit': 13, 'direction': 'both', 'leg': 'rung'},
        'agent_no_answer':             {'bit': 14, 'direction': 'both', 'leg': 'rung'},
        'agent_unavailable':           {'bit': 15, 'direction': 'both', 'leg': 'not rung'},
        'voicemail_started':           {'bit': 16, 'direction': 'incoming'},
        'voicemail_left':              {'bit': 17, 'direction': 'incoming'},
        'transferred':                 {'bit': 18, 'direction': 'both'},
        'dial_blocked':                {'bit': 19, 'direction': 'outgoing'},
        'customer_ringing':            {'bit': 20, 'direction': 'outgoing'},
        'customer_answered':           {'bit': 21, 'direction': 'outgoing'},
        'customer_rejected':           {'bit': 22, 'direction': 'outgoing'},
        'dial_failed':                 {'bit': 23, 'direction': 'outgoing'},
        'dial_timeout':                {'bit': 24, 'direction': 'outgoing'},
        'call_ended':                  {'bit': 25, 'direction': 'both'},
    }) }}
{% endmacro %}


{#- The names of the event types that belong to a leg; with `rung`, only of those which show that the leg was rung. -#}
{% macro get_leg_event_types(only=none) %}
    {%- set found = [] -%}
    {%- for name, event_type in call_status.event_types().items() if event_type.leg and event_type.leg == (only or event_type.leg) -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- One row per event type: event_type, allowed_direction, signal (its bit as an integer). Staging joins it. -#}
{% macro event_type_rows() %}
    {%- for name, event_type in call_status.event_types().items() %}
    select
        '{{ name }}' as event_type,
        '{{ event_type.direction }}' as allowed_direction,
        {{ call_status.signal_bit(name) }} as signal
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
