{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_evidence',
    unique_key='call_hash',
    pre_hook='{{ call_status.keep_facts_behind_horizon() }}',
    post_hook=['{{ call_status.note_loads() }}', '{{ call_status.note_mappings() }}'],
) }}

-- One row per call of any direction, concluded or not: all that the rules may know of it, packed. int_call_evidence is the
-- readable form; what concerns one agent's leg is in int_leg_evidence_packed.
-- Every column is a smallest, a largest or a bitwise or. So one event is a small piece of evidence itself, and pieces merge
-- in any order and any number of times.

{%- set keys = ['source_system', 'call_id'] %}
{%- set evidence = call_status.get_call_evidence_columns() %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_event = call_status.is_new_event() %}

with events as (
    select * from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
        and {{ is_new_event }}
        and {{ call_status.is_of_no_kept_fact() }}
),

{% if call_status.is_incremental_run() %}
stored as (
    select * from {{ this }}
    where {{ call_status.is_touched(is_new_event) }}
),
{% endif %}

pieces as (
    select
        source_system,
        call_id,
        signals,
        source,
        occurred_at as first_event_at,
        occurred_at as last_event_at,
        ---------- in the queue
        case when event_type = 'queue_joined' then occurred_at end as first_queue_joined_at,
        -- An event without a queue packs as an empty text, so at one instant it comes before any that names one.
        case
            when event_type = 'queue_joined' then {{ call_status.latest_text('occurred_at', "coalesce(queue, '')") }}
        end as last_queue_joined,
        case when event_type = 'queue_joined' then {{ call_status.latest_text('occurred_at', 'queue') }} end as last_named_queue_joined,
        case
            when event_type = 'queue_left' then {{ call_status.latest_text('occurred_at', "coalesce(queue, '')") }}
        end as last_queue_left,
        ---------- who was rung and who answered, as far as the end of the call depends on it
        case
            when
                event_type = 'agent_ringing'
                or (event_type in ('agent_answered', 'callee_answered') and coalesce(reason, '') not in ('machine', 'unproven'))
            then occurred_at
        end as last_agent_contact_at,
        case
            when event_type in ('agent_answered', 'callee_answered') and reason = 'unproven' then occurred_at
        end as last_unproven_answer_at,
        case when event_type = 'callee_ringing' then occurred_at end as last_callee_ringing_at,
        ---------- the customer's side of an outgoing call
        case when {{ call_status.is_event('outgoing', 'customer_ringing') }} then occurred_at end as first_customer_ringing_at,
        case
            when {{ call_status.is_event('outgoing', 'customer_answered') }} and coalesce(reason, '') <> 'unproven'
            then {{ call_status.earliest_code('occurred_at', call_status.answer_kinds()) }}
        end as first_customer_answered,
        case
            when {{ call_status.is_event('outgoing', 'customer_answered') }} and reason = 'unproven' then occurred_at
        end as first_customer_answered_unproven_at,
        case when {{ call_status.is_event('outgoing', 'customer_answered') }} then occurred_at end as last_customer_answered_at,
        ---------- the end
        case
            when event_type = 'call_ended' then {{ call_status.earliest_code('occurred_at', call_status.parties()) }}
        end as first_call_ended,
        case
            when event_type = 'call_ended' then {{ call_status.latest_code('occurred_at', call_status.parties()) }}
        end as last_call_ended,
        case when event_type = 'part_ended' then occurred_at end as first_part_ended_at,
        case when event_type = 'part_ended' then occurred_at end as last_part_ended_at,
        case
            when event_type = 'part_ended' and not coalesce({{ call_status.is_unknown_word('party') }}, true)
            then {{ call_status.latest_code('occurred_at', call_status.parties()) }}
        end as last_part_ended_by,
        case
            when
                {{ call_status.is_event('outgoing', 'customer_rejected', 'dial_failed', 'dial_timeout') }}
                or event_type in ('call_ended', 'part_ended')
            then {{ call_status.earliest_code('occurred_at', call_status.dial_outcomes()) }}
        end as first_dial_outcome,
        ---------- values
        case when event_type = 'voicemail_left' then seconds end as longest_voicemail_seconds,
        {{ call_status.earliest_text('occurred_at', 'customer_number') }} as first_customer_number,
        {{ call_status.earliest_text('occurred_at', 'business_number') }} as first_business_number,
        {{ call_status.earliest_text('occurred_at', 'queue') }} as first_queue,
        -- Only outgoing calls use it. One incoming event makes the whole call incoming, so such events need not keep their agent.
        -- What the dialled party did names nobody on our side of an outgoing call.
        case
            when direction = 'incoming' or event_type like 'callee%' then null
            else {{ call_status.earliest_text('occurred_at', 'agent_id') }}
        end as first_agent,
        case
            when cause_code is not null
            then {{ call_status.latest_text('occurred_at', call_status.pair_of_texts('cause_code', 'cause_scheme')) }}
        end as last_cause,
        {{ call_status.latest_text('occurred_at', 'reported_status') }} as last_reported_status,
        loaded_at as first_loaded_at,
        loaded_at as last_loaded_at
    from events
    {% if call_status.is_incremental_run() %}
    union all
    {{ call_status.stored_piece_rows('stored', keys, evidence) }}
    {% endif %}
),

merged as (
    {{ call_status.merged_piece_rows('pieces', keys, evidence) }}
)

{{ call_status.written_evidence_rows('merged', keys, evidence) }}
