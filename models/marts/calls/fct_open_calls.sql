-- One row per call still in progress as of the last run, with the furthest stage that it has reached.

with evidence as (
    select * from {{ ref('call_status', 'int_call_evidence') }}
),

open_calls as (
    select * from evidence
    where
        direction is distinct from 'internal'
        -- Nothing ends a call of unknown direction: it could not be given a status.
        and (direction is null or not ({{ call_status.is_concluded() }}))
),

answers as (
    select
        call_hash,
        source_system,
        call_id,
        {{ call_status.merge_aggregate('first_answering_agent', 'min_text') }} as first_answering_agent
    from {{ ref('call_status', 'int_leg_evidence_packed') }}
    where call_hash in (select open_calls.call_hash from open_calls)
    group by call_hash, source_system, call_id
),

open_calls_and_answers as (
    select
        open_calls.*,
        answers.first_answering_agent
    from open_calls
    left join answers
        on
            open_calls.call_hash = answers.call_hash
            and open_calls.source_system = answers.source_system
            and open_calls.call_id = answers.call_id
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
    case
        when direction = 'incoming' then {{ call_status.answering_agent('first_answering_agent') }}
        else first_agent_id
    end as agent_id
from open_calls_and_answers
