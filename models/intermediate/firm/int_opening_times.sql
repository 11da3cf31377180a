-- One row per hours_key (int_hours_of_numbers), local date and opening that covers a part of that date; and at least one row without
-- an opening per hours_key and date of which something is said, so that a closed day is told from one of which nothing is known.
-- Empty where the firm names no hours.

with hours as (
    select
        *,
        coalesce({{ call_status.number_key('business_number') }}, '') as hours_key
    from {{ ref('call_status', 'stg_firm__business_hours') }}
),

hours_keys as (
    select distinct hours_key from hours
),

days as (
    {{ call_status.day_rows(ref('call_status', 'int_call_evidence_packed'), 'first_event_at') }}
),

dates as (
    select
        hours_keys.hours_key,
        days.date_day as local_date,
        {{ call_status.weekday('days.date_day') }} as weekday
    from days
    cross join hours_keys
),

-- On a special date the number's own rows count, else those of all numbers.
special_dates as (
    select
        hours_keys.hours_key,
        hours.on_date as local_date,
        hours.opens_at,
        hours.closes_at,
        case when hours.hours_key = hours_keys.hours_key then 1 else 2 end as place,
        min(case when hours.hours_key = hours_keys.hours_key then 1 else 2 end) over (
            partition by hours_keys.hours_key, hours.on_date
        ) as first_place
    from hours_keys
    inner join hours on hours.hours_key in (hours_keys.hours_key, '')
    where hours.on_date is not null
),

-- On all other dates the number's own week counts, else that of all numbers.
weeks as (
    select
        hours_keys.hours_key,
        hours.weekday,
        hours.opens_at,
        hours.closes_at,
        case when hours.hours_key = hours_keys.hours_key then 1 else 2 end as place,
        min(case when hours.hours_key = hours_keys.hours_key then 1 else 2 end) over (partition by hours_keys.hours_key) as first_place
    from hours_keys
    inner join hours on hours.hours_key in (hours_keys.hours_key, '')
    where hours.weekday is not null
),

openings as (
    select hours_key, local_date, opens_at, closes_at
    from special_dates
    where place = first_place and opens_at is not null
    union all
    select dates.hours_key, dates.local_date, weeks.opens_at, weeks.closes_at
    from dates
    inner join weeks on dates.hours_key = weeks.hours_key and dates.weekday = weeks.weekday
    left join (select distinct hours_key, local_date from special_dates) as special
        on dates.hours_key = special.hours_key and dates.local_date = special.local_date
    where weeks.place = weeks.first_place and weeks.opens_at is not null and special.hours_key is null
),

-- A closing time that is not later than the opening is one of the next day.
lengths as (
    select
        hours_key,
        local_date,
        opens_at,
        case when closes_at > opens_at then closes_at else closes_at + 1440 end as closes_at
    from openings
)

-- Who names special dates alone has said nothing of the other days.
select hours_key, local_date, cast(null as integer) as opens_at, cast(null as integer) as closes_at from dates
where hours_key in (select weeks.hours_key from weeks)
union all
select hours_key, local_date, cast(null as integer) as opens_at, cast(null as integer) as closes_at from special_dates
union all
select hours_key, local_date, opens_at, closes_at from lengths
union all
select
    hours_key,
    cast({{ dbt.dateadd('day', 1, 'local_date') }} as date) as local_date,
    opens_at - 1440 as opens_at,
    closes_at - 1440 as closes_at
from lengths
where closes_at > 1440
