-- This project's own fct_calls: one row per day, made of the package's. It has none of the columns of the other one.

select
    cast(started_at as date) as day,
    count(*) as calls_of_day,
    sum(case when status = 'Missed' then 1 else 0 end) as missed_of_day,
    sum(case when wait_seconds <= {{ call_status.setting('service_level_seconds') }} then 1 else 0 end) as soon_of_day
from {{ ref('call_status', 'fct_calls') }}
group by cast(started_at as date)
