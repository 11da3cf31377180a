{#- Which way a call went, how far it got, and whether it is over. All of it from the evidence of the call. -#}

{#-
    Incoming before outgoing before internal, where events disagree. What a record only suggests (assumed_…) counts where no
    event states a direction. Null while no event tells one.
-#}
{% macro direction_of_call() -%}
    case
        {%- for how in ['labelled', 'assumed'] %}
        {%- for direction in ['incoming', 'outgoing', 'internal'] %}
        when {{ call_status.has_signal(how ~ '_' ~ direction) }} then '{{ direction }}'
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}


{#- Who a party is. A side is the customer or the agent, by the direction of the call; on a call without one it is nobody. -#}
{% macro resolved_party(party, direction) -%}
    case
        when coalesce({{ party }}, '') not in ('calling', 'called') then {{ party }}
        when coalesce({{ direction }}, '') not in ('incoming', 'outgoing') then null
        when ({{ direction }} = 'incoming') = ({{ party }} = 'calling') then 'customer'
        else 'agent'
    end
{%- endmacro %}


{#-
    A call is over (concluded) once it has an end, once it was turned away, or open_call_timeout_hours after its last event.
    Only incoming and outgoing calls are concluded: no other call has a status.
-#}
{% macro is_concluded() -%}
    direction in ('incoming', 'outgoing') and (not is_end_inferred or is_turned_away or last_event_at <= {{ call_status.timeout_cutoff() }})
{%- endmacro %}


{#-
    Concluded without an end: turned away, or timed out. The first condition is about a stored column, so that the engine can
    skip files by their statistics.
-#}
{% macro is_closed_without_end() -%}
    first_call_ended is null and is_end_inferred and {{ call_status.is_concluded() }}
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
