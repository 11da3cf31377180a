-- One row per call still in progress as of the last run, with the furthest stage that it has reached: the calls of the evidence
-- that have neither an end nor a fact, and those whose direction is not known. No call is open and concluded at once, since the
-- facts say which calls the clock has closed.

with evidence as (
    select * from {{ ref('call_status', 'int_call_evidence') }}
),

closed_by_the_clock as (
    select
        call_hash,
        source_system,
        call_id
    from {{ ref('call_status', 'fct_calls') }}
    where is_end_inferred
),

open_calls as (
    select evidence.*
    from evidence
    left join closed_by_the_clock
        on
            evidence.call_hash = closed_by_the_clock.call_hash
            and evidence.source_system = closed_by_the_clock.source_system
            and evidence.call_id = closed_by_the_clock.call_id
    where
        closed_by_the_clock.call_hash is null
        and evidence.direction is distinct from 'internal'
        and (evidence.is_end_inferred or evidence.direction is null)
        -- A stored column, so that the engine finds the few calls without an end quickly.
        and (evidence.first_call_ended is null or evidence.direction is null)
        -- Null: a call of which a backfill found no row any more.
        and evidence.started_at is not null
),

answers as (
    select
        call_hash,
        source_system,
        call_id,
        {{ call_status.merge_aggregate(call_status.agent_of_answer('first_answered_at'), 'min_text') }} as first_answering_agent,
        {{ call_status.merge_aggregate(call_status.agent_of_answer('first_answered_unproven_at'), 'min_text') }}
            as first_unproven_answering_agent
    from {{ ref('call_status', 'int_leg_evidence_packed') }}
    where call_hash in (select open_calls.call_hash from open_calls)
    group by call_hash, source_system, call_id
),

open_calls_and_answers as (
    select
        open_calls.*,
        {{ call_status.answering_agent_of_call('answers', 'open_calls.has_voicemail') }} as answering_agent_id
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
        when direction = 'incoming' then answering_agent_id
        else first_agent_id
    end as agent_id
from open_calls_and_answers
