{%- set clock = call_status.get_local_clock() %}

-- One row per source system that had calls in the last weeks: since when it is quiet at hours at which it never is, up to the clock of
-- the run. Such an hour had calls in each of the weeks before. It counts once it is over and the source's usual delay has passed.

with hourly as (
    select * from {{ ref('call_status', 'fct_calls_hourly') }}
    where local_date >= {{ call_status.date_before(clock, call_status.notice_limit('weeks_compared') * 7) }}
),

open_calls as (
    select * from {{ ref('call_status', 'fct_open_calls') }}
),

numbers as (
    select * from {{ ref('call_status', 'dim_phone_numbers') }}
),

lateness as (
    select * from {{ ref('call_status', 'source_lateness') }}
    where load_date >= {{ call_status.date_before(clock, 28) }}
),

-- Half of the days were faster: one day on which a history was loaded does not count.
usual as (
    select
        source_system,
        {{ call_status.percentile('p99_seconds', 0.5) }} as usual_delay_seconds
    from lateness
    group by source_system
),

-- A call in progress is a sign of life as well.
started as (
    select
        source_system,
        {{ call_status.start_of_hour('local_date', 'local_hour') }} as local_hour_start,
        calls
    from hourly
    union all
    select
        open_calls.source_system,
        {{ dbt.date_trunc('hour', call_status.local_moment('open_calls.started_at', 'numbers.time_zone')) }} as local_hour_start,
        1 as calls
    from open_calls
    left join numbers on open_calls.business_number = numbers.business_number
),

active as (
    select
        source_system,
        local_hour_start,
        sum(calls) as calls
    from started
    where local_hour_start <= {{ call_status.timestamp_literal(clock) }}
    group by source_system, local_hour_start
),

newest as (
    select
        source_system,
        max(local_hour_start) as last_hour_start
    from active
    group by source_system
),

-- Each hour with calls, at its place in the weeks behind it.
weeks_later as (
    {%- for weeks in call_status.get_weeks_of_an_hour() %}
    select
        source_system,
        {{ call_status.timestamp_plus('day', weeks * 7, 'local_hour_start') }} as local_hour_start,
        calls
    from active
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

never_quiet as (
    select
        source_system,
        local_hour_start,
        min(calls) as least_calls
    from weeks_later
    group by source_system, local_hour_start
    having count(*) = {{ call_status.notice_limit('least_weeks') }}
),

quiet as (
    select
        never_quiet.source_system,
        min(never_quiet.local_hour_start) as local_quiet_since,
        count(*) as quiet_hours,
        sum(never_quiet.least_calls) as missing_calls
    from never_quiet
    inner join newest on never_quiet.source_system = newest.source_system
    left join usual on never_quiet.source_system = usual.source_system
    where
        never_quiet.local_hour_start > newest.last_hour_start
        and {{ call_status.epoch_microseconds('never_quiet.local_hour_start') }}
        + (3600 + greatest(coalesce(usual.usual_delay_seconds, 0), 0)) * 1000000
        <= {{ call_status.epoch_microseconds(call_status.timestamp_literal(clock)) }}
    group by never_quiet.source_system
)

select
    newest.source_system,
    newest.last_hour_start as local_last_hour,
    usual.usual_delay_seconds,
    quiet.local_quiet_since,
    cast(coalesce(quiet.quiet_hours, 0) as {{ dbt.type_bigint() }}) as quiet_hours,
    cast(coalesce(quiet.missing_calls, 0) as {{ dbt.type_bigint() }}) as missing_calls,
    coalesce(quiet.missing_calls, 0) >= {{ call_status.notice_limit('missing_calls') }} as is_quiet
from newest
left join usual on newest.source_system = usual.source_system
left join quiet on newest.source_system = quiet.source_system
