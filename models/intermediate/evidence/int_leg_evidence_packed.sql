{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_calls',
    unique_key='call_hash',
) }}

-- All that the rules may know of one attempt to reach one agent, one row a leg of a call. Merges like int_call_evidence_packed.
-- A run that touches one leg of a call writes all of them: they are replaced by call.

{%- set evidence = {
    'first_event_at': 'min',
    'first_ringing_at': 'min',
    'first_answered_at': 'min',
    'last_answered_at': 'max',
    'first_rejected_at': 'min',
    'first_no_answer_at': 'min',
    'first_unavailable_at': 'min',
    'first_agent': 'min_text',
    'first_answering_agent': 'min_text',
    'last_loaded_at': 'max',
} %}

{%- set leg_events = ['agent_ringing', 'agent_answered', 'agent_rejected', 'agent_no_answer', 'agent_unavailable'] %}

{#- A source whose calls have no legs is none that this model has not read yet. -#}
{%- set calls_with_legs = 'select source_system from ' ~ ref('call_status', 'int_call_evidence_packed')
    ~ ' where ' ~ call_status.has_signal(*leg_events) %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_row = call_status.is_to_be_read(calls_with_legs) %}

with events as (
    select * from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
        and event_type in ('{{ leg_events | join("', '") }}')
        and {{ is_new_row }}
),

{% if call_status.is_incremental_run() %}
stored as (
    select * from {{ this }}
    where {{ call_status.is_to_be_merged(is_new_row) }}
),
{% endif %}

pieces as (
    select
        source_system,
        call_id,
        -- Events that name neither a leg nor an agent are one anonymous leg: the empty text, which no leg is called.
        coalesce(leg_id, agent_id, '') as leg,
        occurred_at as first_event_at,
        case when event_type = 'agent_ringing' then occurred_at end as first_ringing_at,
        case when event_type = 'agent_answered' then occurred_at end as first_answered_at,
        case when event_type = 'agent_answered' then occurred_at end as last_answered_at,
        case when event_type = 'agent_rejected' then occurred_at end as first_rejected_at,
        case when event_type = 'agent_no_answer' then occurred_at end as first_no_answer_at,
        case when event_type = 'agent_unavailable' then occurred_at end as first_unavailable_at,
        {{ call_status.earliest_text('occurred_at', 'agent_id') }} as first_agent,
        -- At a tie an answer that names its agent comes before one that does not.
        case
            when event_type = 'agent_answered'
            then {{ call_status.earliest_text('occurred_at', "coalesce('0' || agent_id, '1')") }}
        end as first_answering_agent,
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
),

merged as (
    select
        source_system,
        call_id,
        leg,
        {%- for column, aggregate in evidence.items() %}
        {{ call_status.merged(column, aggregate) }} as {{ column }},
        {%- endfor %}
        {{ call_status.call_hash() }} as call_hash
    from pieces
    group by source_system, call_id, leg
)

select
    *,
    {{ call_status.next_version() }} as merged_at,
    '{{ call_status.evidence_version() }}' as evidence_version
from merged
{% if call_status.is_incremental_run() %}
where call_hash in ({{ call_status.changed_calls(['source_system', 'call_id', 'leg'] + evidence | list) }})
{% else %}
-- Later runs append, so rows lie in the order of their loads, and old ones can be skipped.
order by last_loaded_at
{% endif %}
