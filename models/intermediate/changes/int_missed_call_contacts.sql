{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_concerned',
    post_hook='{{ call_status.note_changes() }}',
) }}

{%- do call_status.takes_turns_after('fct_calls_hourly') %}

{%- set changes = call_status.get_changes() %}
{%- set window_hours = call_status.setting('callback_window_hours') %}

-- One row per incoming call that is not Completed: the next call by which the two sides reached each other, within the call-back
-- window, and how often each side tried before that. A run makes the rows anew that a changed call may concern.
-- No call is compared with all calls of its customer: a number that a thousand callers share would cost a million comparisons. Each
-- customer's calls are put in order instead, and each missed call looks ahead from its own place.

with calls as (
    select * from {{ ref('call_status', 'calls_for_analysis') }}
    where {{ call_status.is_near_changed_hour(changes) }}
),

missed as (
    select
        *,
        {{ call_status.is_not_reached() }} as may_be_owed,
        {{ call_status.timestamp_plus('second', (window_hours * 3600) | int, 'ended_at') }} as window_ends_at
    from calls
    where
        direction = 'incoming'
        and status <> 'Completed'
        and {{ call_status.is_concerned(changes) }}
),

calls_of_customers as (
    select
        customer_key,
        call_key,
        direction,
        started_at,
        status = 'Completed' and status_reason <> 'machine_answered' as is_contact
    from calls
    where customer_key in (select missed.customer_key from missed)
),

-- A place in the order of a customer's calls: a call that starts (0), or a missed call that looks ahead: from its end (1), or from
-- the end of its window (2). At one instant calls come first, since only what starts after the end is a call-back.
places as (
    select
        customer_key,
        started_at as place_at,
        0 as kind,
        call_key,
        case when direction = 'incoming' then 1 else 0 end as calls_in,
        case when direction = 'outgoing' then 1 else 0 end as calls_out,
        case when is_contact then started_at end as contact_at
    from calls_of_customers
    union all
    select
        customer_key,
        ended_at as place_at,
        1 as kind,
        call_key,
        0 as calls_in,
        0 as calls_out,
        cast(null as {{ dbt.type_timestamp() }}) as contact_at
    from missed
    where customer_key is not null
    union all
    select
        customer_key,
        window_ends_at as place_at,
        2 as kind,
        call_key,
        0 as calls_in,
        0 as calls_out,
        cast(null as {{ dbt.type_timestamp() }}) as contact_at
    from missed
    where customer_key is not null
),

-- How many calls have started up to each place, the calls of its own instant included; and when the next contact starts.
counted as (
    select
        *,
        sum(calls_in) over (partition by customer_key order by place_at) as calls_in_so_far,
        sum(calls_out) over (partition by customer_key order by place_at) as calls_out_so_far,
        min(contact_at) over (
            partition by customer_key order by place_at, kind rows between current row and unbounded following
        ) as next_contact_at
    from places
),

contacts as (
    select
        customer_key,
        place_at as started_at,
        min(case when contact_at is not null then {{ call_status.binary_text('call_key') }} end) as call_key,
        min(calls_in_so_far) - sum(calls_in) as calls_in_before,
        min(calls_out_so_far) - sum(calls_out) as calls_out_before
    from counted
    where kind = 0
    group by customer_key, place_at
    having count(contact_at) > 0
),

ahead as (
    select
        call_key,
        min(case when kind = 1 then next_contact_at end) as next_contact_at,
        min(case when kind = 1 then calls_in_so_far end) as calls_in_at_end,
        min(case when kind = 1 then calls_out_so_far end) as calls_out_at_end,
        min(case when kind = 2 then calls_in_so_far end) as calls_in_in_window,
        min(case when kind = 2 then calls_out_so_far end) as calls_out_in_window
    from counted
    where kind > 0
    group by call_key
),

followed as (
    select
        missed.*,
        contacts.call_key as contact_call_key,
        contacts.started_at as first_contact_at,
        cast(coalesce(contacts.calls_in_before, ahead.calls_in_in_window) - ahead.calls_in_at_end as integer) as attempts_by_caller,
        cast(coalesce(contacts.calls_out_before, ahead.calls_out_in_window) - ahead.calls_out_at_end as integer) as attempts_by_team
    from missed
    left join ahead on missed.call_key = ahead.call_key
    left join contacts
        on
            missed.customer_key = contacts.customer_key
            and ahead.next_contact_at = contacts.started_at
            and missed.window_ends_at >= contacts.started_at
)

select
    followed.call_key,
    followed.call_hash,
    followed.customer_key,
    followed.may_be_owed,
    followed.started_at,
    followed.ended_at,
    followed.window_ends_at,
    followed.contact_call_key,
    contact_calls.direction as contact_direction,
    followed.first_contact_at,
    {{ call_status.seconds_between('followed.ended_at', 'followed.first_contact_at') }} as seconds_to_contact,
    followed.attempts_by_caller,
    followed.attempts_by_team,
    '{{ call_status.kpi_fingerprint() }}' as kpi_fingerprint
from followed
left join calls_of_customers as contact_calls on followed.contact_call_key = contact_calls.call_key
