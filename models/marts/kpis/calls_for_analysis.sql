-- One row per concluded call: all of fct_calls, and beside it the groups that KPIs count, local time, the customer's key, and the
-- names that the firm gave its numbers and agents. The one table to open.

with calls as (
    select * from {{ ref('call_status', 'fct_calls') }}
),

numbers as (
    select * from {{ ref('call_status', 'dim_phone_numbers') }}
),

agents as (
    select * from {{ ref('call_status', 'stg_firm__agents') }}
),

described as (
    select
        calls.*,
        numbers.number_name,
        agents.agent_name,
        coalesce(agents.team, numbers.team) as team,
        {{ call_status.customer_key('calls.customer_number', 'numbers.country') }} as customer_key,
        {{ call_status.local_moment('calls.started_at', 'numbers.time_zone') }} as local_started_at
    from calls
    left join numbers on calls.business_number = numbers.business_number
    left join agents on calls.agent_id = agents.agent_id
)

select
    *,

    ---------- groups
    {{ call_status.is_offered() }} as is_offered,
    {{ call_status.is_abandoned() }} as is_abandoned,
    {{ call_status.is_short_abandoned() }} as is_short_abandoned,
    {{ call_status.is_within_service_level() }} as is_within_service_level,

    ---------- local time
    cast(local_started_at as date) as local_date,
    cast(extract(hour from local_started_at) as integer) as local_hour,
    {{ call_status.weekday('local_started_at') }} as local_weekday
from described
