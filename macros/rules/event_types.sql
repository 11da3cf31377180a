{#-
    The canonical event types. A type that is not in this list is refused.

    `direction` whose calls may have the event; `both`: incoming and outgoing. Internal calls have no status, so any type
                may occur on them
    `bit`       the event's place in int_call_evidence_packed.signals. It is stored: never change one, never use one twice.
                0 to 39 are for event types, 40 to 62 for signals of a field (macros/evidence/signals.sql)
    `leg`       an event of one leg of the call: an agent's, or the dialled party's. `rung`: it shows that the call was put
                to that leg
    `counts_as` what the dialled party did, where the record does not say who that is: on an incoming call it is an agent,
                on an outgoing call the customer. Direction → the event type that it counts as. On an outgoing call it is
                no agent's leg

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
        'callee_ringing':              {'bit': 26, 'direction': 'both', 'leg': 'rung', 'counts_as': {'incoming': 'agent_ringing', 'outgoing': 'customer_ringing'}},
        'callee_answered':             {'bit': 27, 'direction': 'both', 'leg': 'rung', 'counts_as': {'incoming': 'agent_answered', 'outgoing': 'customer_answered'}},
        'callee_rejected':             {'bit': 28, 'direction': 'both', 'leg': 'rung', 'counts_as': {'incoming': 'agent_rejected', 'outgoing': 'customer_rejected'}},
        'callee_no_answer':            {'bit': 29, 'direction': 'both', 'leg': 'rung', 'counts_as': {'incoming': 'agent_no_answer', 'outgoing': 'dial_timeout'}},
        'callee_busy':                 {'bit': 30, 'direction': 'both', 'leg': 'not rung', 'counts_as': {'incoming': 'agent_unavailable', 'outgoing': 'dial_failed'}},
        'callee_failed':               {'bit': 31, 'direction': 'both', 'leg': 'not rung', 'counts_as': {'incoming': 'agent_unavailable', 'outgoing': 'dial_failed'}},
        'agent_disconnected':          {'bit': 32, 'direction': 'both', 'leg': 'no attempt'},
        'part_ended':                  {'bit': 33, 'direction': 'both'},
    }) }}
{% endmacro %}


{#- The names of the event types that belong to a leg. -#}
{% macro get_leg_event_types() %}
    {%- set found = [] -%}
    {%- for name, event_type in call_status.event_types().items() if event_type.leg -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- The names of the event types that count as one of those given, on a call of that direction: themselves, and the dialled party's. -#}
{% macro get_event_types_that_count_as(direction, names) %}
    {%- set found = [] -%}
    {%- for name, event_type in call_status.event_types().items() if name in names or event_type.get('counts_as', {}).get(direction) in names -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- True for events that count as one of those named, on a call of that direction. Takes any number of names. -#}
{% macro is_event(direction) -%}
    event_type in ('{{ call_status.get_event_types_that_count_as(direction, varargs) | join("', '") }}')
{%- endmacro %}


{#-
    True for events of one of these types, a list of names. As `event_type in (…)`, but by the number that came with the type: the
    type is made of the raw text, and DuckDB would make it twice, which takes four times as long.
-#}
{% macro is_of_types(names) -%}
    {%- set bits = [] -%}
    {%- for name in names -%}{%- do bits.append(call_status.signal_bit(name)) -%}{%- endfor -%}
    signal in ({{ bits | join(', ') }})
{%- endmacro %}


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


{#-
    What an event counts as on a call of that direction: its own type, what the dialled party's event means there, or
    `voicemail_started` for a machine's answer on an incoming call. Null where that depends on a direction that is not known.
-#}
{% macro what_event_counts_as(event_type, reason, direction) -%}
    case
        when {{ direction }} = 'incoming' and {{ reason }} = 'machine'
            and {{ event_type }} in ('{{ call_status.get_event_types_that_count_as('incoming', ['agent_answered']) | join("', '") }}')
            then 'voicemail_started'
        {%- for name, known in call_status.event_types().items() if known.counts_as %}
        when {{ event_type }} = '{{ name }}'
            then case {{ direction }} when 'incoming' then '{{ known.counts_as.incoming }}' when 'outgoing' then '{{ known.counts_as.outgoing }}' end
        {%- endfor %}
        else {{ event_type }}
    end
{%- endmacro %}
