{#-
    Groups of incoming calls: the one place where each is defined. Conditions on the columns of fct_calls, true or false unless it
    says otherwise. calls_for_analysis shows them; every other number is counted from there.
-#}

{#- Reached routing: a queue, an agent, or agents of whom none could be rung. Blocked callers and numbers that take no calls did not. -#}
{% macro is_offered() -%}
    (
        direction = 'incoming'
        and (reached_queue or agents_rung > 0 or status_reason = 'agent_unavailable')
        and status_rule <> 'incoming_blocked'
        and status_reason <> 'number_unavailable'
    )
{%- endmacro %}


{#- Missed, and the customer ended it: while an agent rang, or in the queue. -#}
{% macro is_abandoned() -%}
    (direction = 'incoming' and status_reason in ('caller_hung_up_ringing', 'caller_hung_up_queue'))
{%- endmacro %}


{#- Abandoned so soon that nobody could have answered. False where the wait is not known. -#}
{% macro is_short_abandoned() -%}
    ({{ call_status.is_abandoned() }} and coalesce(wait_seconds < {{ call_status.setting('short_abandon_seconds') }}, false))
{%- endmacro %}


{#- Answered in time, of the offered calls. Null: not offered, or answered after a wait that is not known. -#}
{% macro is_within_service_level() -%}
    case
        when not {{ call_status.is_offered() }} then null
        when status = 'Completed' then wait_seconds <= {{ call_status.setting('service_level_seconds') }}
        else false
    end
{%- endmacro %}


{#- Not answered, and owed a call-back for all that the status says. Blocked callers are owed none. -#}
{% macro is_not_reached() -%}
    (direction = 'incoming' and status <> 'Completed' and status_rule <> 'incoming_blocked')
{%- endmacro %}


{#-
    Aggregate: seconds added up, 0 where none is known. They are added as whole microseconds: a sum of fractions depends on the order of
    the rows, and so on the engine and the run.
-#}
{% macro sum_of_seconds(seconds) -%}
    coalesce(cast(sum(cast(round({{ seconds }} * 1000000) as {{ dbt.type_bigint() }})) as {{ call_status.type_double() }}), 0) / 1000000
{%- endmacro %}


{#-
    Eight hexadecimal digits that change with the definitions behind a stored number: of the groups, their variables, the zones of
    the numbers and the countries that complete them. A table with another fingerprint is made anew.
-#}
{% macro kpi_fingerprint() -%}
    {%- set read = [
        call_status.is_offered(), call_status.is_abandoned(), call_status.is_short_abandoned(), call_status.is_within_service_level(),
        call_status.setting('time_zone'), call_status.setting('callback_window_hours'),
        call_status.get_described_numbers(),
    ] -%}
    {{ return(local_md5(tojson(read))[:8]) }}
{%- endmacro %}
