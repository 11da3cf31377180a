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

{%- set evidence = call_status.get_leg_evidence_columns() %}

{%- set leg_event_types = call_status.get_leg_event_types() %}

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
        and event_type in ('{{ leg_event_types | join("', '") }}')
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
    select
        source_system,
        call_id,
        leg,
        {{ evidence | join(',\n        ') }}
    from stored
    {% endif %}
    {% if call_status.is_incremental_run() and call_status.is_backfill() %}
    union all
    -- A call that a backfill leaves without rows keeps an empty row, so that its fact is derived again and goes.
    select
        source_system,
        call_id,
        leg,
        {{ call_status.null_columns(evidence) }}
    from ({{ call_status.stored_backfill_rows() }}) as emptied
    {% endif %}
),

merged as (
    select
        source_system,
        call_id,
        leg,
        {%- for column, aggregate in evidence.items() %}
        {{ call_status.merge_aggregate(column, aggregate) }} as {{ column }},
        {%- endfor %}
        {{ call_status.call_hash() }} as call_hash
    from pieces
    group by source_system, call_id, leg
)

select
    *,
    cast({{ call_status.get_next_write_number() }} as {{ dbt.type_bigint() }}) as write_number,
    '{{ call_status.evidence_version() }}' as evidence_version
from merged
{% if call_status.is_incremental_run() %}
where call_hash in ({{ call_status.changed_call_rows(['source_system', 'call_id', 'leg'] + evidence | list) }})
{% else %}
-- Later runs append. So rows lie in the order of their loads, and the engine can skip old ones.
order by last_loaded_at
{% endif %}
