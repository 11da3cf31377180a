-- One row per agent's leg of a concluded incoming call: who answered, missed, rejected or could not be rung.

with calls as (
    select * from {{ ref('call_status', 'fct_incoming_calls') }}
),

legs as (
    select * from {{ ref('call_status', 'int_leg_evidence_packed') }}
    -- Null: a leg of which a backfill found no row any more.
    where first_event_at is not null
),

last_answers as (
    select
        call_hash,
        source_system,
        call_id,
        max(last_answered_at) as last_answered_at
    from legs
    where last_answered_at is not null
    group by call_hash, source_system, call_id
),

legs_of_calls as (
    select
        calls.call_key,
        calls.source_system,
        calls.call_id,
        legs.leg,
        {{ call_status.unpacked_text('legs.first_agent') }} as agent_id,
        legs.first_ringing_at as ringing_at,
        legs.first_answered_at as answered_at,
        case
            when legs.first_answered_at is not null then 'answered'
            when legs.first_rejected_at is not null then 'rejected'
            when legs.first_ringing_at is null and legs.first_no_answer_at is null then 'unavailable'
            -- Another leg's answer: this one has none, so the call's latest answer is somebody else's.
            when legs.first_no_answer_at is null and last_answers.last_answered_at >= legs.first_ringing_at then 'answered_elsewhere'
            else 'missed'
        end as leg_status,
        coalesce(
            legs.first_answered_at,
            legs.first_rejected_at,
            legs.first_no_answer_at,
            calls.answered_at,
            calls.ended_at
        ) as ringing_ended_at
    from legs
    inner join calls
        on legs.call_hash = calls.call_hash and legs.source_system = calls.source_system and legs.call_id = calls.call_id
    left join last_answers
        on
            legs.call_hash = last_answers.call_hash
            and legs.source_system = last_answers.source_system
            and legs.call_id = last_answers.call_id
)

select
    call_key,
    {{ call_status.leg_key() }} as leg_key,
    source_system,
    call_id,
    agent_id,
    leg_status,
    ringing_at,
    answered_at,
    {{ call_status.seconds_between('ringing_at', 'ringing_ended_at') }} as ring_seconds
from legs_of_calls
