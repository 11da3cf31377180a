{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_facts',
    unique_key='call_hash',
    pre_hook='{{ call_status.log_all_hours() }}',
) }}

-- depends_on: {{ ref('call_status', 'int_changed_hours') }}

-- One row per concluded call: its status, why, who and when. Made of the evidence, the variables and the clock alone.
-- In an incremental run there is also one row per call that is open again. It has no status, and only deletes the stored row.

-- Views behind this table read the evidence of queues. So whoever builds `+fct_calls+` builds that evidence as well.
-- depends_on: {{ ref('call_status', 'int_queue_evidence_packed') }}

{%- set watermark = call_status.get_facts_watermark() %}

with call_evidence as (
    {% if call_status.is_incremental_run() %}
    {{ call_status.stale_call_rows('*', watermark) }}
    {% else %}
    select * from {{ ref('call_status', 'int_call_evidence') }}
    {% endif %}
),

leg_evidence as (
    select * from {{ ref('call_status', 'int_leg_evidence_packed') }}
    {% if call_status.is_incremental_run() %}
    where
        {{ call_status.is_leg_of_stale_call(watermark) }}
        and call_hash in (select call_evidence.call_hash from call_evidence)
    {% endif %}
),

legs as (
    select
        call_hash,
        source_system,
        call_id,
        sum(case when {{ call_status.is_rung_leg('incoming') }} then 1 else 0 end) as rung_legs,
        sum(case when {{ call_status.is_rung_leg('outgoing') }} then 1 else 0 end) as legs_rung_by_agent_events,
        sum(case when {{ call_status.is_rejected_leg('incoming') }} and first_answered_at is null then 1 else 0 end)
            as rejected_legs,
        sum(
            case
                when {{ call_status.is_rejected_leg('incoming') }} and first_answered_at is null and first_answered_unproven_at is null
                then 1 else 0
            end
        ) as rejected_legs_without_unproven_answer,
        sum(
            case
                when
                    {{ call_status.is_rejected_leg('outgoing') }}
                    and not {{ call_status.has_signal('agent_answered_proven', 'agent_answered_unproven') }}
                then 1 else 0
            end
        ) as legs_rejected_by_agent_events,
        min(first_ringing_at) as first_ringing_at,
        min(first_answered_at) as first_answered_at,
        max(last_answered_at) as last_answered_at,
        min(first_answered_unproven_at) as first_answered_unproven_at,
        max(last_answered_unproven_at) as last_answered_unproven_at,
        {{ call_status.merge_aggregate(call_status.agent_of_answer('first_answered_at'), 'min_text') }} as first_answering_agent,
        {{ call_status.merge_aggregate(call_status.agent_of_answer('first_answered_unproven_at'), 'min_text') }}
            as first_unproven_answering_agent,
        max(write_number) as write_number
    from leg_evidence
    group by call_hash, source_system, call_id
),

-- Whether the business's number was closed when an incoming call to it started. Only calls to numbers whose hours are known.
called_numbers as (
    {{ call_status.hours_of_numbers_rows('call_evidence') }}
),

local_starts as (
    select
        call_evidence.call_hash,
        call_evidence.source_system,
        call_evidence.call_id,
        called_numbers.hours_key,
        called_numbers.has_after_hours_message,
        called_numbers.hours_fingerprint,
        {{ call_status.local_moment('call_evidence.started_at', 'called_numbers.time_zone') }} as local_started_at
    from call_evidence
    inner join called_numbers on coalesce(call_evidence.business_number, '') = coalesce(called_numbers.business_number, '')
    where call_evidence.direction = 'incoming'
),

opening_times as (
    select * from {{ ref('call_status', 'int_opening_times') }}
),

hours_at_start as (
    select
        local_starts.call_hash,
        local_starts.source_system,
        local_starts.call_id,
        local_starts.has_after_hours_message,
        local_starts.hours_fingerprint,
        count(
            case
                when
                    opening_times.opens_at <= {{ call_status.minute_of_day('local_starts.local_started_at') }}
                    and opening_times.closes_at > {{ call_status.minute_of_day('local_starts.local_started_at') }}
                then 1
            end
        ) = 0 as is_outside_business_hours
    from local_starts
    inner join opening_times
        on
            local_starts.hours_key = opening_times.hours_key
            and cast(local_starts.local_started_at as date) = opening_times.local_date
    group by
        local_starts.call_hash,
        local_starts.source_system,
        local_starts.call_id,
        local_starts.has_after_hours_message,
        local_starts.hours_fingerprint
),

-- On an incoming call the legs say who was rung and who answered; an answer that is unproven is none where a message was left.
-- On an outgoing call the customer's events say it.
evidence as (
    select
        call_evidence.*,
        {{ call_status.setting('reject_rule') == 'any' }} as any_rejection_counts,
        greatest(call_evidence.write_number, coalesce(legs.write_number, 0)) as newest_write_number,
        coalesce(case when call_evidence.direction = 'incoming' then legs.rung_legs else legs.legs_rung_by_agent_events end, 0)
            as agents_rung,
        coalesce(
            case
                when call_evidence.direction = 'outgoing' then legs.legs_rejected_by_agent_events
                when call_evidence.has_voicemail then legs.rejected_legs
                else legs.rejected_legs_without_unproven_answer
            end,
            0
        ) as agents_rejected,
        case when call_evidence.direction = 'incoming' then legs.first_ringing_at else call_evidence.first_customer_ringing_at end
            as first_ring_at,
        case when call_evidence.direction = 'incoming' then legs.first_answered_at else call_evidence.first_customer_answered_at end
            as first_proven_answer_at,
        case
            when call_evidence.direction = 'outgoing' then call_evidence.first_customer_answered_unproven_at
            when not call_evidence.has_voicemail then legs.first_answered_unproven_at
        end as first_unproven_answer_at,
        case
            when call_evidence.direction = 'outgoing' then call_evidence.last_customer_answered_at
            when call_evidence.has_voicemail then legs.last_answered_at
            else {{ call_status.latest_of(['legs.last_answered_at', 'legs.last_answered_unproven_at']) }}
        end as last_answer_at,
        {{ call_status.answering_agent_of_call('legs', 'call_evidence.has_voicemail') }} as answering_agent_id,
        hours_at_start.is_outside_business_hours,
        hours_at_start.hours_fingerprint,
        coalesce(hours_at_start.is_outside_business_hours and hours_at_start.has_after_hours_message, false) as is_closed_with_message
    from call_evidence
    left join legs
        on
            call_evidence.call_hash = legs.call_hash
            and call_evidence.source_system = legs.source_system
            and call_evidence.call_id = legs.call_id
    left join hours_at_start
        on
            call_evidence.call_hash = hours_at_start.call_hash
            and call_evidence.source_system = hours_at_start.source_system
            and call_evidence.call_id = hours_at_start.call_id
),

-- What a rule's condition may name (macros/rules/named_evidence.sql).
milestones as (
    select
        *,
        coalesce(first_proven_answer_at, first_unproven_answer_at) is not null as is_answered,
        first_proven_answer_at is null and first_unproven_answer_at is not null as is_answer_unproven,
        {{ call_status.earlier_of('first_proven_answer_at', 'first_unproven_answer_at') }} as answered_at,
        -- An answer that is said to come after the end ends at once.
        {{ call_status.latest_of(['coalesce(end_event_at, last_event_at)', 'last_answer_at']) }} as ended_at
    from evidence
),

derived as (
    select
        *,
        {{ call_status.earlier_of('queued_at', 'first_ring_at') }} as wait_started_at,
        -- A length of time that would run to an inferred end is not known.
        case when not is_end_inferred then ended_at end as known_end_at,
        -- A call that is not concluded has no rule, and so no status.
        case when {{ call_status.is_concluded() }} then {{ call_status.derive_rule_number() }} end as rule_number
    from milestones
),

facts as (
    select
        ---------- ids
        {{ call_status.call_key() }} as call_key,
        source_system,
        source,
        call_id,
        direction,

        ---------- status
        {{ call_status.rule_field('status') }} as status,
        {{ call_status.reason_field('reason') }} as status_reason,
        {{ call_status.reason_field('message') }} as status_message,
        {{ call_status.rule_field('rule') }} as status_rule,
        {{ call_status.reason_field('inferred') }} as is_status_inferred,
        is_answered,
        case when is_labelled_incoming then 1 else 0 end
        + case when is_labelled_outgoing then 1 else 0 end
        + case when is_labelled_internal then 1 else 0 end > 1 as has_conflicting_direction,

        ---------- who and where
        customer_number,
        business_number,
        queue,
        last_queue,
        case when direction = 'incoming' then answering_agent_id else first_agent_id end as agent_id,
        cast(agents_rung as integer) as agents_rung,
        cast(agents_rejected as integer) as agents_rejected,

        ---------- how far it got, and how it ended
        reached_welcome,
        reached_ivr,
        reached_queue,
        reached_voicemail,
        has_voicemail,
        is_after_hours,
        is_outside_business_hours,
        is_transferred,
        ended_by,
        is_end_inferred,
        cause_scheme,
        cause_code,

        ---------- when
        started_at,
        queued_at,
        first_ring_at,
        answered_at,
        ended_at,

        ---------- how long
        {{ call_status.seconds_between('wait_started_at', 'coalesce(answered_at, known_end_at)') }} as wait_seconds,
        {{ call_status.seconds_between('first_ring_at', 'coalesce(answered_at, known_end_at)') }} as ring_seconds,
        {{ call_status.seconds_between('answered_at', 'known_end_at') }} as talk_seconds,
        {{ call_status.seconds_between('started_at', 'known_end_at') }} as total_seconds,
        voicemail_seconds,

        ---------- what the phone system says, and what it could not tell
        reported_status,
        {{ call_status.status_could_also_be() }} as status_could_also_be,

        ---------- where the row comes from
        last_loaded_at,
        {{ call_status.fingerprint_of_call('hours_fingerprint') }} as rules_fingerprint,
        {{ call_status.run_start() }} as derived_at,
        call_hash,
        cast(newest_write_number as {{ dbt.type_bigint() }}) as write_number
    from derived
    {% if not call_status.is_incremental_run() %}
    where rule_number is not null
    {% endif %}
)

{{ call_status.rows_and_kept_rows('facts', call_status.is_kept_call()) }}
