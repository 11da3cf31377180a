{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_evidence',
    unique_key='call_hash',
    post_hook='{{ call_status.note_loads() }}',
) }}

{%- do call_status.takes_turns_after('int_call_evidence_packed') %}

-- One row per leg of a call: all that the rules may know of one attempt to reach one party. What the dialled party did counts
-- as an agent's doing here. An outgoing call, where it is the customer's, reads the signals of agents alone. Merges like
-- int_call_evidence_packed. A run that touches one leg of a call writes all its legs, because they are replaced by call.

{%- set keys = ['source_system', 'call_id', 'leg'] %}
{%- set evidence = call_status.get_leg_evidence_columns() %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_event = call_status.is_new_event() %}

with events as (
    select
        *,
        case
            when not {{ call_status.is_event('incoming', 'agent_answered') }} then null
            when reason in ('machine', 'unproven') then reason
            else 'proven'
        end as answer_kind
    from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
        and {{ call_status.is_of_types(call_status.get_leg_event_types()) }}
        and {{ is_new_event }}
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
        {{ call_status.leg_of_event() }} as leg,
        signals,
        occurred_at as first_event_at,
        case when {{ call_status.is_event('incoming', 'agent_ringing') }} then occurred_at end as first_ringing_at,
        case when answer_kind = 'proven' then occurred_at end as first_answered_at,
        case when answer_kind = 'proven' then occurred_at end as last_answered_at,
        case when answer_kind = 'unproven' then occurred_at end as first_answered_unproven_at,
        case when answer_kind = 'unproven' then occurred_at end as last_answered_unproven_at,
        case
            when {{ call_status.is_event('incoming', 'agent_rejected', 'agent_no_answer') }} or answer_kind = 'machine' then occurred_at
        end as first_ring_ended_at,
        case
            when {{ call_status.is_event('incoming', 'agent_rejected', 'agent_no_answer') }} or answer_kind = 'machine' then occurred_at
        end as last_ring_ended_at,
        case when event_type = 'agent_disconnected' then occurred_at end as last_disconnected_at,
        {{ call_status.earliest_text('occurred_at', 'agent_id') }} as first_agent,
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
