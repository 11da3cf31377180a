{#- Which way a call went, how far it got, and whether it is over. All of it from the evidence of the call. -#}

{#- Incoming before outgoing before internal where events disagree. Null while no event names a direction. -#}
{% macro direction_of_call() -%}
    case
        when {{ call_status.has_signal('labelled_incoming') }} then 'incoming'
        when {{ call_status.has_signal('labelled_outgoing') }} then 'outgoing'
        when {{ call_status.has_signal('labelled_internal') }} then 'internal'
    end
{%- endmacro %}


{#-
    A call is over (concluded) once it has a call_ended, or open_call_timeout_hours after its last event. Only incoming and
    outgoing calls are concluded: no other call has a status.
-#}
{% macro is_concluded() -%}
    direction in ('incoming', 'outgoing') and (has_call_ended or last_event_at <= {{ call_status.timeout_cutoff() }})
{%- endmacro %}


{#-
    Concluded by the time-out alone. Tests the stored column first_call_ended, so that the engine can skip files by their
    statistics.
-#}
{% macro is_timed_out() -%}
    first_call_ended is null and last_event_at <= {{ call_status.timeout_cutoff() }} and direction in ('incoming', 'outgoing')
{%- endmacro %}


{#-
    The furthest stage of a call in progress. On an outgoing call the agent_* events describe the agent's own leg, so only
    the customer's events count. While the direction is unknown, the events of either side count.
-#}
{% macro stage_of_call() -%}
    case
        when (coalesce(direction, 'incoming') = 'incoming' and has_agent_answered)
            or (coalesce(direction, 'outgoing') = 'outgoing' and has_customer_answered) then 'connected'
        when reached_voicemail then 'voicemail'
        when (coalesce(direction, 'incoming') = 'incoming' and has_rung_agent)
            or (coalesce(direction, 'outgoing') = 'outgoing' and has_customer_ringing) then 'ringing'
        when reached_queue then 'queue'
        when is_after_hours then 'after_hours'
        when reached_ivr then 'ivr'
        when reached_welcome then 'welcome'
        when direction is null then 'direction_unknown'
        else 'started'
    end
{%- endmacro %}
