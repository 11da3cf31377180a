{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_calls',
    unique_key='call_hash',
) }}

-- All that the rules may know of a call, one row a call; what concerns one agent's leg is in int_leg_evidence_packed.
-- Every column is a smallest, a largest or a bitwise or, so an event is a small piece of evidence itself, and pieces
-- merge in any order and any number of times.

{%- set evidence = {
    'signals': 'bit_or',
    'first_event_at': 'min',
    'last_event_at': 'max',
    'first_queue_joined_at': 'min',
    'first_customer_ringing_at': 'min',
    'first_customer_answered': 'min',
    'first_call_ended': 'min',
    'first_outgoing_signal': 'min',
    'longest_voicemail_seconds': 'max',
    'first_customer_number': 'min_text',
    'first_business_number': 'min_text',
    'first_queue': 'min_text',
    'first_agent': 'min_text',
    'last_cause': 'min_text',
    'last_loaded_at': 'max',
} %}

{%- do call_status.check_evidence_version() %}
{%- set is_new_row = call_status.is_to_be_read(call_status.sources_of_raw_rows()) %}

with events as (
    select * from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
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
        signals,
        occurred_at as first_event_at,
        occurred_at as last_event_at,
        case when event_type = 'queue_joined' then occurred_at end as first_queue_joined_at,
        case when event_type = 'customer_ringing' then occurred_at end as first_customer_ringing_at,
        -- Rank 0 is a machine, so a machine wins a tie.
        case
            when event_type = 'customer_answered'
            then {{ call_status.earliest_rank('occurred_at', "case when reason = 'machine' then 0 else 1 end") }}
        end as first_customer_answered,
        case
            when event_type = 'call_ended' then {{ call_status.earliest_rank('occurred_at',
                "case party when 'customer' then 0 when 'agent' then 1 when 'system' then 2 else 3 end") }}
        end as first_call_ended,
        -- Ranks are those of the outgoing rules.
        case
            when event_type = 'customer_rejected' then {{ call_status.earliest_rank('occurred_at', 3) }}
            when event_type = 'dial_failed' then {{ call_status.earliest_rank('occurred_at',
                "case reason when 'number_busy' then 4 when 'not_in_service' then 5 else 9 end") }}
            when event_type = 'call_ended' and party = 'agent' then {{ call_status.earliest_rank('occurred_at', 6) }}
            when event_type = 'dial_timeout' then {{ call_status.earliest_rank('occurred_at', 7) }}
            when event_type = 'call_ended' and party = 'customer' then {{ call_status.earliest_rank('occurred_at', 8) }}
        end as first_outgoing_signal,
        case when event_type = 'voicemail_left' then seconds end as longest_voicemail_seconds,
        {{ call_status.earliest_text('occurred_at', 'customer_number') }} as first_customer_number,
        {{ call_status.earliest_text('occurred_at', 'business_number') }} as first_business_number,
        {{ call_status.earliest_text('occurred_at', 'queue') }} as first_queue,
        -- Of interest unless the call is incoming, which one such event would make it.
        case
            when direction = 'incoming' then null
            else {{ call_status.earliest_text('occurred_at', 'agent_id') }}
        end as first_agent,
        {{ call_status.latest_text('occurred_at', "coalesce(cause_scheme, '') || chr(1) || cause_code") }} as last_cause,
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
),

merged as (
    select
        source_system,
        call_id,
        {%- for column, aggregate in evidence.items() %}
        {{ call_status.merged(column, aggregate) }} as {{ column }},
        {%- endfor %}
        {{ call_status.call_hash() }} as call_hash
    from pieces
    group by source_system, call_id
)

select
    *,
    {{ call_status.next_version() }} as merged_at,
    '{{ call_status.evidence_version() }}' as evidence_version
from merged
{% if call_status.is_incremental_run() %}
where call_hash in ({{ call_status.changed_calls(['source_system', 'call_id'] + evidence | list) }})
{% else %}
-- Later runs append, so rows lie in the order of their loads, and old ones can be skipped.
order by last_loaded_at
{% endif %}
