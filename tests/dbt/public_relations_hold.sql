-- One row per broken promise of the public relations. The promises are those that the YAML files of models/marts test column
-- by column: keys are there and unique, every call has a status of its direction and the rule that gives it, no call is open
-- and concluded at once, every leg and every visit to a queue has its call, and lists of values hold.
--
-- This query runs in projects that install the package, where the tests of columns are off (dbt_project.yml says why).

with calls as (
    select * from {{ ref('call_status', 'fct_calls') }}
),

legs as (
    select * from {{ ref('call_status', 'fct_call_legs') }}
),

queue_visits as (
    select * from {{ ref('call_status', 'fct_queue_visits') }}
),

open_calls as (
    select * from {{ ref('call_status', 'fct_open_calls') }}
),

rules as (
    select * from {{ ref('call_status', 'call_status_rules') }}
),

statuses as (
    select * from {{ ref('call_status', 'dim_call_status') }}
)

select
    'fct_calls, fct_open_calls: call_key is missing or not unique' as broken_promise,
    call_key as row_key
from (
    select call_key from calls
    union all
    select call_key from open_calls
) as keys
group by call_key
having call_key is null or count(*) > 1

union all

select
    'fct_calls: a column is null that never is' as broken_promise,
    call_key as row_key
from calls
where status is null or status_reason is null or started_at is null or ended_at is null

union all

select
    'fct_calls: not a status of that direction in dim_call_status' as broken_promise,
    calls.call_key as row_key
from calls
left join statuses on calls.direction = statuses.direction and calls.status = statuses.status
where statuses.status is null

union all

select
    'fct_calls: not a rule of that direction and status in call_status_rules' as broken_promise,
    calls.call_key as row_key
from calls
left join rules
    on calls.direction = rules.direction and calls.status = rules.status and calls.status_rule = rules.status_rule
where rules.status_rule is null and not calls.{{ call_status.is_kept_fact() }}

union all

select
    'fct_calls: ended_by is none of its values' as broken_promise,
    call_key as row_key
from calls
where ended_by not in ('customer', 'agent', 'system')

union all

select
    'fct_call_legs: leg_key is missing or not unique' as broken_promise,
    leg_key as row_key
from legs
group by leg_key
having leg_key is null or count(*) > 1

union all

select
    'fct_call_legs: no such call in fct_calls' as broken_promise,
    legs.leg_key as row_key
from legs
left join calls on legs.call_key = calls.call_key
where calls.call_key is null

union all

select
    'fct_call_legs: leg_status is none of its values' as broken_promise,
    leg_key as row_key
from legs
where leg_status is null or leg_status not in ('answered', 'rejected', 'unavailable', 'answered_elsewhere', 'missed')

union all

select
    'fct_queue_visits: two rows of one call and queue' as broken_promise,
    call_key as row_key
from queue_visits
group by call_key, queue
having count(*) > 1

union all

select
    'fct_queue_visits: no such call in fct_calls' as broken_promise,
    queue_visits.call_key as row_key
from queue_visits
left join calls on queue_visits.call_key = calls.call_key
where calls.call_key is null

union all

select
    'fct_queue_visits: outcome is none of its values' as broken_promise,
    call_key as row_key
from queue_visits
where
    outcome is null
    or outcome not in (
        'answered', 'overflow', 'abandoned', 'timeout', 'full', 'empty', 'key', 'callback', 'not_served'
    )

union all

select
    'fct_open_calls: direction or stage is none of its values' as broken_promise,
    call_key as row_key
from open_calls
where
    direction not in ('incoming', 'outgoing')
    or stage is null
    or stage not in (
        'direction_unknown', 'started', 'welcome', 'ivr', 'after_hours', 'queue', 'ringing', 'voicemail', 'connected'
    )
