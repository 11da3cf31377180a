{#-
    What a leg is: one attempt to reach one agent or forwarding target. On an incoming call also what the dialled party did
    (callee_*) belongs to a leg; on an outgoing call that party is the customer.
    All but leg_of_event read columns of int_leg_evidence_packed.
-#}

{#-
    The leg that an event belongs to: leg_id, else agent_id. Events that name neither are one anonymous leg, the empty text,
    which no leg is called.
-#}
{% macro leg_of_event() -%}
    coalesce(leg_id, agent_id, '')
{%- endmacro %}


{#- A leg that the call was put to: it rang, was answered (not by a machine), rejected or timed out. -#}
{% macro is_rung_leg(direction) -%}
    {{ call_status.has_signal(*call_status.get_rung_signals(direction)) }}
{%- endmacro %}


{#- A leg that rejected the call. Whether it also answered is another question. -#}
{% macro is_rejected_leg(direction) -%}
    {{ call_status.has_signal(*call_status.get_leg_signals(direction, ['agent_rejected'])) }}
{%- endmacro %}


{#- A leg of an incoming call that was rung or could not be. One that was only disconnected, or answered by a machine, is none. -#}
{% macro is_attempted_leg() -%}
    {{ call_status.has_signal(*(call_status.get_rung_signals('incoming') + call_status.get_event_types_that_count_as('incoming', ['agent_unavailable']))) }}
{%- endmacro %}


{#- The signals which show that a leg was rung, on a call of that direction: of the events that `rung` marks, but no machine's answer. -#}
{% macro get_rung_signals(direction) %}
    {%- set signals = [] -%}
    {%- for name, event_type in call_status.event_types().items() if event_type.leg == 'rung' and (direction == 'incoming' or not event_type.counts_as) -%}
        {%- if name.endswith('_answered') -%}
            {%- do signals.extend([name ~ '_proven', name ~ '_unproven']) -%}
        {%- else -%}
            {%- do signals.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(signals) }}
{% endmacro %}


{#- The signals of the events that count as one of those named. On an outgoing call the agent's own events alone. -#}
{% macro get_leg_signals(direction, names) %}
    {{ return(call_status.get_event_types_that_count_as('incoming', names) if direction == 'incoming' else names) }}
{% endmacro %}
