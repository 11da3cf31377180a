{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_changed_hours',
    post_hook='{{ call_status.note_changes() }}',
) }}

{%- set changes = call_status.get_changes(has_definitions=false) %}

-- One row per agent's leg of a concluded incoming call: who answered, missed, rejected or could not be rung. A run makes the legs
-- anew of all calls that started in an hour in which a call has changed.

with calls as (
    select * from {{ ref('call_status', 'fct_incoming_calls') }}
    where {{ call_status.is_in_changed_hours(changes, 'started_at') }}
),

call_evidence as (
    select * from {{ ref('call_status', 'int_call_evidence') }}
    where call_hash in (select calls.call_hash from calls)
),

leg_evidence as (
    select * from {{ ref('call_status', 'int_leg_evidence_packed') }}
    where
        {{ call_status.is_since_changed_hours(changes, 'first_event_at') }}
        and call_hash in (select calls.call_hash from calls)
),

-- A leg that shows nothing but a machine's answer or that it was disconnected is no attempt to reach anybody. Neither is one of
-- which a backfill found no row any more.
legs as (
    select
        calls.call_hash,
        calls.call_key,
        calls.source_system,
        calls.call_id,
        calls.is_transferred,
        calls.is_end_inferred,
        calls.started_at as call_started_at,
        calls.ended_at as call_ended_at,
        leg_evidence.leg,
        leg_evidence.first_event_at,
        leg_evidence.first_ringing_at as ringing_at,
        leg_evidence.first_ring_ended_at,
        leg_evidence.last_ring_ended_at,
        leg_evidence.last_disconnected_at,
        leg_evidence.first_answered_unproven_at,
        {{ call_status.unpacked_text('leg_evidence.first_agent') }} as agent_id,
        -- An answer that is unproven is none where a message was left.
        case
            when calls.has_voicemail then leg_evidence.first_answered_at
            else {{ call_status.earlier_of('leg_evidence.first_answered_at', 'leg_evidence.first_answered_unproven_at') }}
        end as answered_at,
        case
            when calls.has_voicemail then leg_evidence.last_answered_at
            else {{ call_status.latest_of(['leg_evidence.last_answered_at', 'leg_evidence.last_answered_unproven_at']) }}
        end as last_answered_at,
        {{ call_status.is_rung_leg('incoming') }} as is_rung,
        {{ call_status.is_rejected_leg('incoming') }} as has_rejected,
        {{ call_status.has_signal(*call_status.get_event_types_that_count_as('incoming', ['agent_no_answer'])) }} as has_no_answer
    from leg_evidence
    inner join calls
        on
            leg_evidence.call_hash = calls.call_hash
            and leg_evidence.source_system = calls.source_system
            and leg_evidence.call_id = calls.call_id
    where {{ call_status.is_attempted_leg() }}
),

-- The answers of the call's other legs, as this leg sees them.
other_answers as (
    select
        legs.call_hash,
        legs.source_system,
        legs.call_id,
        legs.leg,
        min(case when others.answered_at > legs.answered_at then others.answered_at end) as next_answered_at,
        min(case when others.answered_at >= coalesce(legs.ringing_at, legs.first_event_at) then others.answered_at end)
            as answered_elsewhere_at,
        max(others.last_answered_at) as last_answered_at
    from legs
    inner join legs as others
        on
            legs.call_hash = others.call_hash
            and legs.source_system = others.source_system
            and legs.call_id = others.call_id
            and legs.leg <> others.leg
    where others.answered_at is not null
    group by legs.call_hash, legs.source_system, legs.call_id, legs.leg
),

-- When the leg ended by itself, or because somebody else answered; null: it ended with the call.
ends as (
    select
        legs.*,
        case
            when legs.answered_at is not null then 'answered'
            when legs.has_rejected then 'rejected'
            when not legs.is_rung then 'unavailable'
            when
                not legs.has_no_answer
                and other_answers.last_answered_at >= coalesce(legs.ringing_at, legs.first_answered_unproven_at)
            then 'answered_elsewhere'
            else 'missed'
        end as leg_status,
        case
            when legs.answered_at is null
            then
                coalesce(
                    case
                        when legs.first_ring_ended_at < legs.ringing_at then legs.last_ring_ended_at
                        else legs.first_ring_ended_at
                    end,
                    other_answers.answered_elsewhere_at
                )
            when legs.last_disconnected_at >= legs.answered_at then legs.last_disconnected_at
            -- The call was handed on: by a transfer, or because a part of it ended between the two answers.
            when
                legs.is_transferred
                or call_evidence.first_end_event_at between legs.answered_at and other_answers.next_answered_at
            then other_answers.next_answered_at
        end as own_end_at
    from legs
    inner join call_evidence
        on
            legs.call_hash = call_evidence.call_hash
            and legs.source_system = call_evidence.source_system
            and legs.call_id = call_evidence.call_id
    left join other_answers
        on
            legs.call_hash = other_answers.call_hash
            and legs.source_system = other_answers.source_system
            and legs.call_id = other_answers.call_id
            and legs.leg = other_answers.leg
),

-- A length of time that would run to an inferred end is not known.
known_ends as (
    select
        *,
        case when own_end_at is not null or not is_end_inferred then coalesce(own_end_at, call_ended_at) end as known_end_at
    from ends
),

call_legs as (
    select
        call_key,
        {{ call_status.leg_key() }} as leg_key,
        source_system,
        call_id,
        agent_id,
        leg_status,
        call_started_at,
        ringing_at,
        answered_at,
        coalesce(own_end_at, call_ended_at) as ended_at,
        {{ call_status.seconds_between('ringing_at', 'coalesce(answered_at, known_end_at)') }} as ring_seconds,
        {{ call_status.seconds_between('answered_at', 'known_end_at') }} as talk_seconds
    from known_ends
)

{{ call_status.rows_and_kept_rows('call_legs', call_status.is_of_kept_call(changes)) }}
