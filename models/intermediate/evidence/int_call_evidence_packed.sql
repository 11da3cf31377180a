{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_evidence',
    unique_key='call_hash',
    post_hook='{{ call_status.note_loads() }}',
) }}

-- One row per call of any direction, concluded or not: all that the rules may know of it, packed. int_call_evidence is the
-- readable form; what concerns one agent's leg is in int_leg_evidence_packed.
-- Every column is a smallest, a largest or a bitwise or. So one event is a small piece of evidence itself, and pieces merge
-- in any order and any number of times.

{%- set evidence = call_status.get_call_evidence_columns() %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_event = call_status.is_new_event() %}

with events as (
    select * from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
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
        signals,
        occurred_at as first_event_at,
        occurred_at as last_event_at,
        case when event_type = 'queue_joined' then occurred_at end as first_queue_joined_at,
        case when event_type = 'customer_ringing' then occurred_at end as first_customer_ringing_at,
        case
            when event_type = 'customer_answered'
            then {{ call_status.earliest_code('occurred_at', call_status.answer_kinds()) }}
        end as first_customer_answered,
        case
            when event_type = 'call_ended'
            then {{ call_status.earliest_code('occurred_at', call_status.parties()) }}
        end as first_call_ended,
        case
            when event_type in ('customer_rejected', 'dial_failed', 'dial_timeout', 'call_ended')
            then {{ call_status.earliest_code('occurred_at', call_status.dial_outcomes()) }}
        end as first_dial_outcome,
        case when event_type = 'voicemail_left' then seconds end as longest_voicemail_seconds,
        {{ call_status.earliest_text('occurred_at', 'customer_number') }} as first_customer_number,
        {{ call_status.earliest_text('occurred_at', 'business_number') }} as first_business_number,
        {{ call_status.earliest_text('occurred_at', 'queue') }} as first_queue,
        -- Only outgoing calls use it. One incoming event makes the whole call incoming, so such events need not keep their agent.
        case
            when direction = 'incoming' then null
            else {{ call_status.earliest_text('occurred_at', 'agent_id') }}
        end as first_agent,
        {{ call_status.latest_text('occurred_at', "coalesce(cause_scheme, '') || chr(1) || cause_code") }} as last_cause,
        loaded_at as first_loaded_at,
        loaded_at as last_loaded_at
    from events
    {% if call_status.is_incremental_run() %}
    union all
    select
        source_system,
        call_id,
        {{ evidence | join(',\n        ') }}
    from stored
    {% endif %}
    {% if call_status.is_incremental_run() and call_status.is_backfill() %}
    union all
    -- A call that a backfill leaves without rows keeps an empty row, so that its fact is derived again and goes.
    select
        source_system,
        call_id,
        {{ call_status.null_columns(evidence) }}
    from ({{ call_status.stored_backfill_rows() }}) as emptied
    {% endif %}
),

merged as (
    select
        source_system,
        call_id,
        {%- for column, aggregate in evidence.items() %}
        {{ call_status.merge_aggregate(column, aggregate) }} as {{ column }},
        {%- endfor %}
        {{ call_status.call_hash() }} as call_hash
    from pieces
    group by source_system, call_id
)

select
    *,
    cast({{ call_status.get_next_write_number() }} as {{ dbt.type_bigint() }}) as write_number,
    '{{ call_status.evidence_version() }}' as evidence_version
from merged
{% if call_status.is_incremental_run() %}
where call_hash in ({{ call_status.changed_call_rows(['source_system', 'call_id'] + evidence | list) }})
{% else %}
-- Later runs append. So rows lie in the order of their loads, and the engine can skip old ones.
order by last_loaded_at
{% endif %}
