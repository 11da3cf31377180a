-- One row a call still in progress as of the last run, with the furthest stage that it has reached.

with evidence as (
    select * from {{ ref('call_status', 'int_named_evidence') }}
),

open_calls as (
    select * from evidence
    where
        direction is distinct from 'internal'
        -- Nothing ends a call of unknown direction: it could not be given a status.
        and (direction is null or not ({{ call_status.is_concluded() }}))
)

select
    {{ call_status.call_key() }} as call_key,
    source_system,
    call_id,
    direction,
    {{ call_status.stage_of_call() }} as stage,
    started_at,
    last_event_at,
    customer_number,
    business_number,
    queue,
    case when direction = 'incoming' then answering_agent_id else first_agent_id end as agent_id
from open_calls
