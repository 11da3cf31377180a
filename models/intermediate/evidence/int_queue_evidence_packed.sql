{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_evidence',
    unique_key='call_hash',
    post_hook='{{ call_status.note_loads() }}',
) }}

{%- do call_status.takes_turns_after('int_leg_evidence_packed') %}

-- One row per call, queue and instant at which the call joined or left it. fct_queue_visits makes one row per call and queue of
-- it. Which queue a call was in when it was answered depends on every join before the answer, and the answer may still move. So
-- the first and the last join of a queue would not do. Merges like int_call_evidence_packed.

{%- set keys = ['source_system', 'call_id', 'queue', 'occurred_at'] %}
{%- set evidence = call_status.get_queue_evidence_columns() %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_event = call_status.is_new_event() %}

with events as (
    select * from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
        and {{ call_status.is_of_types(['queue_joined', 'queue_left']) }}
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
        coalesce(queue, '') as queue,
        occurred_at,
        signals,
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
