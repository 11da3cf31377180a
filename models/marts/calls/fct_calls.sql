{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_calls',
    unique_key='call_hash',
) }}

-- One row a concluded call: its status, why, who and when. A pure function of the evidence, the variables and the clock.

{%- set facts = call_status.state_of_facts() %}

with call_evidence as (
    {% if call_status.is_incremental_run() %}
    {{ call_status.evidence_to_derive('*', facts) }}
    {% else %}
    select * from {{ ref('call_status', 'int_call_evidence') }}
    {% endif %}
),

leg_evidence as (
    select * from {{ ref('call_status', 'int_leg_evidence_packed') }}
    {% if call_status.is_incremental_run() %}
    where
        {{ call_status.is_leg_to_derive(facts) }}
        and call_hash in (select call_evidence.call_hash from call_evidence)
    {% endif %}
),

legs as (
    select
        call_hash,
        source_system,
        call_id,
        sum(case when {{ call_status.is_rung_leg() }} then 1 else 0 end) as agents_rung,
        sum(case when first_rejected_at is not null and first_answered_at is null then 1 else 0 end) as agents_rejected,
        min(first_ringing_at) as first_agent_ringing_at,
        min(first_answered_at) as first_agent_answered_at,
        {{ call_status.merged('first_answering_agent', 'min_text') }} as first_answering_agent,
        max(merged_at) as merged_at
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
        coalesce(legs.merged_at, call_evidence.merged_at) as legs_merged_at
    from call_evidence
    left join legs
        on
            call_evidence.call_hash = legs.call_hash
            and call_evidence.source_system = legs.source_system
            and call_evidence.call_id = legs.call_id
),

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
            when first_queue_joined_at is null or first_ring_at < first_queue_joined_at then first_ring_at
            else first_queue_joined_at
        end as wait_started_at,
        coalesce(answered_at, ended_at) as answered_or_ended_at,
        -- A call that is not concluded has no rule and thereby no status.
        case when {{ call_status.is_concluded() }} then {{ call_status.winning_rule() }} end as rule_number
    from milestones
)

select
    {{ call_status.call_key() }} as call_key,
    source_system,
    call_id,
    direction,
    {{ call_status.of_rule('status') }} as status,
    {{ call_status.of_reason('reason') }} as status_reason,
    {{ call_status.of_reason('message') }} as status_message,
    {{ call_status.of_rule('rule') }} as status_rule,
    {{ call_status.of_reason('inferred') }} as is_status_inferred,
    answered_at is not null as is_answered,
    case when is_labelled_incoming then 1 else 0 end
    + case when is_labelled_outgoing then 1 else 0 end
    + case when is_labelled_internal then 1 else 0 end > 1 as has_conflicting_direction,
    customer_number,
    business_number,
    queue,
    case when direction = 'incoming' then answering_agent_id else first_agent_id end as agent_id,
    cast(agents_rung as integer) as agents_rung,
    cast(agents_rejected as integer) as agents_rejected,
    has_welcome as reached_welcome,
    has_ivr as reached_ivr,
    has_queue_joined or has_queue_left as reached_queue,
    has_reached_voicemail as reached_voicemail,
    has_voicemail_message as has_voicemail,
    has_after_hours_message as is_after_hours,
    is_transferred,
    ended_by,
    not has_call_ended as is_end_inferred,
    nullif({{ dbt.split_part('last_cause', 'chr(1)', 1) }}, '') as cause_scheme,
    {{ dbt.split_part('last_cause', 'chr(1)', 2) }} as cause_code,
    started_at,
    first_queue_joined_at as queued_at,
    first_ring_at,
    answered_at,
    ended_at,
    {{ call_status.seconds_between('wait_started_at', 'answered_or_ended_at') }} as wait_seconds,
    {{ call_status.seconds_between('first_ring_at', 'answered_or_ended_at') }} as ring_seconds,
    {{ call_status.seconds_between('answered_at', 'ended_at') }} as talk_seconds,
    {{ call_status.seconds_between('started_at', 'ended_at') }} as total_seconds,
    last_loaded_at,
    '{{ call_status.rules_fingerprint() }}' as rules_fingerprint,
    greatest({{ call_status.run_start() }}, merged_at, legs_merged_at) as derived_at,
    call_hash
from derived
{% if not call_status.is_incremental_run() %}
where rule_number is not null
{% endif %}
