{#- What a call or a leg is, from its evidence. -#}

{#- incoming before outgoing before internal, where events disagree; null while no event names one. -#}
{% macro direction_of_call() -%}
    case
            when {{ call_status.has_signal('labelled_incoming') }} then 'incoming'
            when {{ call_status.has_signal('labelled_outgoing') }} then 'outgoing'
            when {{ call_status.has_signal('labelled_internal') }} then 'internal'
        end
{%- endmacro %}


{#- A call of known direction is over once it has call_ended, or open_call_timeout_hours after its last event. -#}
{% macro is_concluded() -%}
    direction in ('incoming', 'outgoing') and (has_call_ended or last_event_at <= {{ call_status.timeout_cutoff() }})
{%- endmacro %}


{#- Such a call that has no call_ended. Said by a stored column, so that an engine finds the few without reading the rest. -#}
{% macro is_timed_out() -%}
    first_call_ended is null and last_event_at <= {{ call_status.timeout_cutoff() }} and direction in ('incoming', 'outgoing')
{%- endmacro %}


{#- A leg that the call was put to: it rang, answered, rejected or timed out. -#}
{% macro is_rung_leg() -%}
    coalesce(first_ringing_at, first_answered_at, first_rejected_at, first_no_answer_at) is not null
{%- endmacro %}


{#-
    One text for (source_system, call_id), the same on every engine and run. The source is escaped, so the first slash
    is the separator and no two calls share a key.
-#}
{% macro call_key() -%}
    {{ call_status.escaped('source_system') }} || '/' || call_id
{%- endmacro %}


{#- One text for a leg of a call: the leg is escaped, so the last slash is the separator. -#}
{% macro leg_key() -%}
    {{ call_status.call_key() }} || '/' || {{ call_status.escaped('leg') }}
{%- endmacro %}


{% macro escaped(column) -%}
    replace(replace({{ column }}, '%', '%25'), '/', '%2F')
{%- endmacro %}


{#-
    The furthest stage of a call in progress. On an outgoing call the agent_* events describe the agent's own leg, so
    only the customer's count; while the direction is unknown, either may be the one.
-#}
{% macro stage_of_call() -%}
    case
        when (coalesce(direction, 'incoming') = 'incoming' and has_agent_answered)
            or (coalesce(direction, 'outgoing') = 'outgoing' and has_customer_answered) then 'connected'
        when has_reached_voicemail then 'voicemail'
        when (coalesce(direction, 'incoming') = 'incoming' and has_rung_agent)
            or (coalesce(direction, 'outgoing') = 'outgoing' and has_customer_ringing) then 'ringing'
        when has_queue_joined or has_queue_left then 'queue'
        when has_after_hours_message then 'after_hours'
        when has_ivr then 'ivr'
        when has_welcome then 'welcome'
        when direction is null then 'direction_unknown'
        else 'started'
    end
{%- endmacro %}
