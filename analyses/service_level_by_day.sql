-- Service level by day: of the calls that were offered to a team (they joined a queue or rang an agent), the share
-- answered within call_status_service_level_seconds of waiting. Calls that ended in the welcome message, in the IVR or
-- out of hours were never offered. Days are UTC; the service level is in percent.

with offered as (
    select
        cast(started_at as date) as call_date,
        is_answered and wait_seconds <= {{ call_status.setting('service_level_seconds') }} as is_in_time
    from {{ ref('call_status', 'fct_incoming_calls') }}
    where reached_queue or agents_rung > 0
)

select
    call_date,
    count(*) as offered_calls,
    sum(case when is_in_time then 1 else 0 end) as answered_in_time,
    round(100.0 * sum(case when is_in_time then 1 else 0 end) / count(*), 1) as service_level
from offered
group by call_date
order by call_date
