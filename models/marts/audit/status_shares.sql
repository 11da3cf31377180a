{%- set clock = call_status.get_local_clock() %}
{%- set days_read = call_status.notice_limit('weeks_compared') * 7 + call_status.notice_limit('days_judged') %}
{%- set today = call_status.date_before(clock, 0) %}

-- One row per source system, direction, status and local date of the last days: the status's share of the calls of its direction, beside
-- what it was on the same weekday in the weeks before. Today is compared with those days up to the hour that has begun.

with hourly as (
    select * from {{ ref('call_status', 'fct_calls_hourly') }}
    where local_date > {{ call_status.date_before(clock, days_read) }} and local_date <= {{ today }}
),

counted as (
    select
        source_system,
        direction,
        status,
        local_date,
        sum(calls) as calls,
        sum(case when local_hour < {{ call_status.hour_of_clock(clock) }} then calls else 0 end) as calls_so_far
    from hourly
    group by source_system, direction, status, local_date
),

totals as (
    select
        source_system,
        direction,
        local_date,
        sum(calls) as calls,
        sum(calls_so_far) as calls_so_far
    from counted
    group by source_system, direction, local_date
),

statuses as (
    select distinct
        source_system,
        direction,
        status
    from counted
),

-- A status that no call of a day has is there as well, with a share of 0.
shares as (
    select
        totals.source_system,
        totals.direction,
        statuses.status,
        totals.local_date,
        {{ call_status.weekday('totals.local_date') }} as local_weekday,
        coalesce(counted.calls, 0) as calls,
        totals.calls as calls_of_direction,
        coalesce(counted.calls_so_far, 0) as calls_so_far,
        totals.calls_so_far as calls_of_direction_so_far,
        cast(coalesce(counted.calls, 0) as {{ call_status.type_double() }}) / totals.calls as share,
        cast(coalesce(counted.calls_so_far, 0) as {{ call_status.type_double() }}) / nullif(totals.calls_so_far, 0) as share_so_far
    from totals
    inner join statuses on totals.source_system = statuses.source_system and totals.direction = statuses.direction
    left join counted
        on
            totals.source_system = counted.source_system
            and totals.direction = counted.direction
            and totals.local_date = counted.local_date
            and statuses.status = counted.status
),

judged as (
    select
        source_system,
        direction,
        status,
        local_date,
        local_weekday,
        cast({{ dbt.dateadd('day', call_status.notice_limit('weeks_compared') * -7, 'local_date') }} as date) as first_compared_date,
        local_date = {{ today }} as is_today,
        case when local_date = {{ today }} then calls_so_far else calls end as calls,
        case
            when local_date = {{ today }} then calls_of_direction_so_far
            else calls_of_direction
        end as calls_of_direction,
        case when local_date = {{ today }} then share_so_far else share end as share
    from shares
    where local_date > {{ call_status.date_before(clock, call_status.notice_limit('days_judged')) }}
),

compared as (
    select
        judged.source_system,
        judged.direction,
        judged.status,
        judged.local_date,
        judged.calls,
        judged.calls_of_direction,
        judged.share,
        case when judged.is_today then shares.share_so_far else shares.share end as share_before
    from judged
    left join shares
        on
            judged.source_system = shares.source_system
            and judged.direction = shares.direction
            and judged.status = shares.status
            and judged.local_weekday = shares.local_weekday
            and judged.local_date > shares.local_date
            and judged.first_compared_date <= shares.local_date
    where judged.share is not null
),

usual as (
    select
        source_system,
        direction,
        status,
        local_date,
        {{ call_status.percentile('share_before', 0.5) }} as usual_share
    from compared
    group by source_system, direction, status, local_date
),

spread as (
    select
        compared.source_system,
        compared.direction,
        compared.status,
        compared.local_date,
        compared.calls,
        compared.calls_of_direction,
        compared.share,
        usual.usual_share,
        count(compared.share_before) as weeks_compared,
        {{ call_status.percentile('abs(compared.share_before - usual.usual_share)', 0.5) }} as median_distance
    from compared
    inner join usual
        on
            compared.source_system = usual.source_system
            and compared.direction = usual.direction
            and compared.status = usual.status
            and compared.local_date = usual.local_date
    group by
        compared.source_system, compared.direction, compared.status, compared.local_date, compared.calls,
        compared.calls_of_direction, compared.share, usual.usual_share
),

deviations as (
    select
        *,
        {{ call_status.deviation_of_share('share', 'usual_share', 'median_distance', 'calls_of_direction') }} as deviation
    from spread
)

select
    source_system,
    direction,
    status,
    local_date,
    cast(calls as {{ dbt.type_bigint() }}) as calls,
    cast(calls_of_direction as {{ dbt.type_bigint() }}) as calls_of_direction,
    share,
    cast(weeks_compared as {{ dbt.type_bigint() }}) as weeks_compared,
    usual_share,
    median_distance,
    deviation,
    coalesce(
        weeks_compared >= {{ call_status.notice_limit('least_weeks') }}
        and calls_of_direction >= {{ call_status.notice_limit('least_calls') }}
        and abs(share - usual_share) >= {{ call_status.notice_limit('share_difference') }}
        and abs(deviation) > {{ call_status.notice_limit('deviations') }},
        false
    ) as is_unusual
from deviations
