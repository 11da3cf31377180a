{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_changed_hours',
    post_hook='{{ call_status.note_changes() }}',
) }}

{%- do call_status.takes_turns_after('fct_call_legs') %}

{%- set changes = call_status.get_changes(has_definitions=false) %}

-- One row per concluded incoming call and queue that it joined or left: how long it waited there, and what came of it. A run makes
-- the visits anew of all calls that started in an hour in which a call has changed.

with calls as (
    select * from {{ ref('call_status', 'fct_incoming_calls') }}
    where {{ call_status.is_in_changed_hours(changes, 'started_at') }}
),

queue_evidence as (
    select * from {{ ref('call_status', 'int_queue_evidence_packed') }}
    where
        {{ call_status.is_since_changed_hours(changes, 'occurred_at') }}
        and call_hash in (select calls.call_hash from calls)
),

leg_evidence as (
    select * from {{ ref('call_status', 'int_leg_evidence_packed') }}
    where
        {{ call_status.is_since_changed_hours(changes, 'first_event_at') }}
        and call_hash in (select calls.call_hash from calls)
),

-- One row per instant at which a call joined or left a queue. One of which a backfill found no event any more has no signals.
instants as (
    select
        calls.call_key,
        calls.answered_at,
        queue_evidence.queue,
        case when {{ call_status.has_signal('queue_joined') }} then queue_evidence.occurred_at end as joined_at,
        case
            when {{ call_status.has_signal('queue_left') }}
            then {{ call_status.latest_code('queue_evidence.occurred_at', call_status.queue_exits()) }}
        end as packed_exit
    from queue_evidence
    inner join calls
        on
            queue_evidence.call_hash = calls.call_hash
            and queue_evidence.source_system = calls.source_system
            and queue_evidence.call_id = calls.call_id
    where {{ call_status.has_signal('queue_joined', 'queue_left') }}
),

-- One row per call and queue.
visits as (
    select
        call_key,
        queue,
        min(joined_at) as joined_at,
        max(joined_at) as last_joined_at,
        max(case when joined_at <= answered_at then joined_at end) as joined_before_answer_at,
        min(packed_exit) as last_exit
    from instants
    group by call_key, queue
),

-- What the other queues of a call tell of this one: when the last of them was joined, and whether one of them comes before this
-- one in the question where the call was when it was answered.
other_queues as (
    select
        visits.call_key,
        visits.queue,
        max(others.last_joined_at) as last_joined_at,
        max(
            case
                when others.joined_before_answer_at > visits.joined_before_answer_at then 1
                when
                    others.joined_before_answer_at = visits.joined_before_answer_at
                    and {{ call_status.binary_text('others.queue') }} < {{ call_status.binary_text('visits.queue') }}
                then 1
                else 0
            end
        ) as queues_nearer_to_the_answer
    from visits
    inner join visits as others on visits.call_key = others.call_key and visits.queue <> others.queue
    group by visits.call_key, visits.queue
),

visits_of_calls as (
    select
        calls.call_hash,
        calls.source_system,
        calls.call_id,
        calls.call_key,
        calls.status_reason,
        calls.answered_at,
        calls.started_at,
        calls.ended_at,
        case when not calls.is_end_inferred then calls.ended_at end as known_end_at,
        visits.queue,
        visits.joined_at,
        {{ call_status.unpacked_latest_time('visits.last_exit') }} as left_at,
        {{ call_status.unpacked_name('visits.last_exit', call_status.queue_exits()) }} as exit_reason,
        visits.joined_before_answer_at is not null and coalesce(other_queues.queues_nearer_to_the_answer, 0) = 0
            as is_answered_here,
        other_queues.last_joined_at as other_queue_joined_at
    from visits
    inner join calls on visits.call_key = calls.call_key
    left join other_queues on visits.call_key = other_queues.call_key and visits.queue = other_queues.queue
),

outcomes as (
    select
        *,
        case
            when is_answered_here then 'answered'
            when other_queue_joined_at >= left_at then 'overflow'
            when exit_reason is not null then exit_reason
            when status_reason in ('caller_hung_up_queue', 'caller_hung_up_ringing') then 'abandoned'
            else 'not_served'
        end as outcome,
        case when is_answered_here then answered_at else coalesce(left_at, known_end_at) end as wait_ended_at
    from visits_of_calls
),

-- The legs that began to ring while the call was in the queue.
rung_legs as (
    select
        visits_of_calls.call_key,
        visits_of_calls.queue,
        count(*) as agents_rung
    from visits_of_calls
    inner join leg_evidence
        on
            visits_of_calls.call_hash = leg_evidence.call_hash
            and visits_of_calls.source_system = leg_evidence.source_system
            and visits_of_calls.call_id = leg_evidence.call_id
            and visits_of_calls.joined_at <= leg_evidence.first_ringing_at
            and coalesce(visits_of_calls.left_at, visits_of_calls.ended_at) >= leg_evidence.first_ringing_at
    group by visits_of_calls.call_key, visits_of_calls.queue
),

queue_visits as (
    select
        outcomes.call_key,
        nullif(outcomes.queue, '') as queue,
        outcomes.started_at as call_started_at,
        outcomes.joined_at,
        outcomes.left_at,
        {{ call_status.seconds_between('outcomes.joined_at', 'outcomes.wait_ended_at') }} as wait_seconds,
        cast(coalesce(rung_legs.agents_rung, 0) as integer) as agents_rung,
        outcomes.outcome
    from outcomes
    left join rung_legs on outcomes.call_key = rung_legs.call_key and outcomes.queue = rung_legs.queue
)

{{ call_status.rows_and_kept_rows('queue_visits', call_status.is_of_kept_call(changes)) }}
