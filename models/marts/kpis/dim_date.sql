-- One row per day of the calendar, from the year before the first call to the year after the run.

with days as (
    {{ call_status.day_rows(ref('call_status', 'fct_calls'), 'started_at') }}
),

weekdays as (
    select
        date_day,
        {{ call_status.weekday('date_day') }} as weekday
    from days
)

select
    date_day,
    weekday,
    case weekday
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as weekday_name,
    cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
    cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start,
    cast(extract(year from date_day) as integer) as year_number,
    cast(extract(month from date_day) as integer) as month_number,
    cast(extract(day from date_day) as integer) as day_of_month,
    weekday >= 6 as is_weekend
from weekdays
