{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_facts',
    unique_key='call_hash',
) }}

-- One row per concluded call: its status, why, who and when. Made of the evidence, the variables and the clock alone.
-- In an incremental run there is also one row per call that is open again. It has no status, and only deletes the stored row.

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
        sum(case when {{ call_status.is_rung_leg() }} then 1 else 0 end) as agents_rung,
        sum(case when {{ call_status.is_rejected_leg() }} then 1 else 0 end) as agents_rejected,
        min(first_ringing_at) as first_agent_ringing_at,
        min(first_answered_at) as first_agent_answered_at,
        {{ call_status.merge_aggregate('first_answering_agent', 'min_text') }} as first_answering_agent,
        max(write_number) as write_number
    from leg_evidence
    group by call_hash, source_system, call_id
),

evidence as (
    select
        call_evidence.*,
        coalesce(legs.agents_rung, 0) as agents_rung,
        coalesce(legs.agents_rejected, 0) as agents_rejected,
        {{ call_status.setting('reject_rule') == 'any' }} as any_rejection_counts,
        legs.first_agent_ringing_at,
        legs.first_agent_answered_at,
        {{ call_status.answering_agent('legs.first_answering_agent') }} as answering_agent_id,
        greatest(call_evidence.write_number, coalesce(legs.write_number, 0)) as newest_write_number
    from call_evidence
    left join legs
        on
            call_evidence.call_hash = legs.call_hash
            and call_evidence.source_system = legs.source_system
            and call_evidence.call_id = legs.call_id
),

-- What a rule's condition may name (macros/rules/named_evidence.sql).
milestones as (
    select
        *,
        case when direction = 'incoming' then first_agent_ringing_at else first_customer_ringing_at end as first_ring_at,
        case when direction = 'incoming' then first_agent_answered_at else first_customer_answered_at end as answered_at,
        coalesce(first_call_ended_at, last_event_at) as ended_at
    from evidence
),

derived as (
    select
        *,
        case
            when queued_at is null or first_ring_at < queued_at then first_ring_at
            else queued_at
        end as wait_started_at,
        coalesce(answered_at, ended_at) as answered_or_ended_at,
        -- A call that is not concluded has no rule, and so no status.
        case when {{ call_status.is_concluded() }} then {{ call_status.derive_rule_number() }} end as rule_number
    from milestones
)

select
    ---------- ids
    {{ call_status.call_key() }} as call_key,
    source_system,
    call_id,
    direction,

    ---------- status
    {{ call_status.rule_field('status') }} as status,
    {{ call_status.reason_field('reason') }} as status_reason,
    {{ call_status.reason_field('message') }} as status_message,
    {{ call_status.rule_field('rule') }} as status_rule,
    {{ call_status.reason_field('inferred') }} as is_status_inferred,
    answered_at is not null as is_answered,
    case when is_labelled_incoming then 1 else 0 end
    + case when is_labelled_outgoing then 1 else 0 end
    + case when is_labelled_internal then 1 else 0 end > 1 as has_conflicting_direction,

    ---------- who and where
    customer_number,
    business_number,
    queue,
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
    is_transferred,
    ended_by,
    not has_call_ended as is_end_inferred,
    cause_scheme,
    cause_code,

    ---------- when
    started_at,
    queued_at,
    first_ring_at,
    answered_at,
    ended_at,

    ---------- how long
    {{ call_status.seconds_between('wait_started_at', 'answered_or_ended_at') }} as wait_seconds,
    {{ call_status.seconds_between('first_ring_at', 'answered_or_ended_at') }} as ring_seconds,
    {{ call_status.seconds_between('answered_at', 'ended_at') }} as talk_seconds,
    {{ call_status.seconds_between('started_at', 'ended_at') }} as total_seconds,

    ---------- where the row comes from
    last_loaded_at,
    '{{ call_status.rules_fingerprint() }}' as rules_fingerprint,
    {{ call_status.run_start() }} as derived_at,
    call_hash,
    cast(newest_write_number as {{ dbt.type_bigint() }}) as write_number
from derived
{% if not call_status.is_incremental_run() %}
where rule_number is not null
{% endif %}
