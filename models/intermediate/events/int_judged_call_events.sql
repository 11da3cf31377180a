{{ config(materialized='ephemeral') }}

-- One row per event of every source that is on, valid or not: its words as the rules know them, its numbers masked, its signals,
-- and the first reason for which it must be refused (null: it is valid). What is loaded twice stands here twice.
-- depends_on: {{ ref('call_status', 'int_phone_numbers') }}
-- Ephemeral: event_id is as the source or the loader gave it, so no relation may show it. int_call_events is what others read.

with events as (
    {{ call_status.event_rows() }}
),

event_types as (
    {{ call_status.event_type_rows() }}
),

cleaned as (
    select
        *,
        {{ call_status.cleaned_unless_known('direction') }} as cleaned_direction,
        {{ call_status.cleaned_unless_known('event_type') }} as cleaned_event_type,
        {{ call_status.cleaned_unless_known('party') }} as cleaned_party,
        {{ call_status.bare_unless_full('customer_number') }} as bare_customer_number,
        {{ call_status.bare_unless_full('business_number') }} as bare_business_number
    from events
),

typed as (
    select
        cleaned.*,
        event_types.event_type as known_event_type,
        event_types.signal,
        event_types.allowed_direction,
        case when {{ call_status.has_known_reasons() }} then {{ call_status.cleaned_word('cleaned.reason') }} end as cleaned_reason
    from cleaned
    left join event_types on cleaned.cleaned_event_type = event_types.event_type
),

-- Words that are known are spelt as in their list, others as they were sent. A number that is withheld is null.
masked as (
    select
        source,
        event_id,
        source_system,
        call_id,
        leg_id,
        {{ call_status.read_word('direction', cleaned='cleaned_direction') }} as direction,
        case
            when known_event_type is not null then known_event_type
            when cleaned_event_type <> '' then event_type
        end as event_type,
        occurred_at,
        loaded_at,
        {{ call_status.read_word('party', cleaned='cleaned_party') }} as party,
        agent_id,
        {{ call_status.masked_customer_number('customer_number', 'bare_customer_number', 'typed.business_number') }} as customer_number,
        {{ call_status.given_number('business_number', 'bare_business_number') }} as business_number,
        queue,
        {{ call_status.read_reason('reason', 'cleaned_reason') }} as reason,
        cause_scheme,
        cause_code,
        seconds,
        reported_status,
        {{ call_status.masked_text('attributes') }} as attributes,
        direction as sent_direction,
        event_type as sent_event_type,
        party as sent_party,
        reason as sent_reason,
        unread_seconds,
        records,
        set_aside,
        unmapped_field,
        unmapped_value,
        signal,
        allowed_direction
    from typed
)

select
    *,
    {{ call_status.signals_of_event() }} as signals,
    case
        when set_aside is not null then set_aside
        when event_id is null then 'missing_event_id'
        when call_id is null then 'missing_call_id'
        -- Years that a calendar cannot hold are no time at all.
        when occurred_at is null or not {{ call_status.is_calendar_time('occurred_at') }} then 'missing_occurred_at'
        when loaded_at is null or not {{ call_status.is_plausible_time('loaded_at') }} then 'missing_loaded_at'
        when not {{ call_status.is_plausible_time('occurred_at') }} then 'implausible_occurred_at'
        when allowed_direction is null then 'unknown_event_type'
        when {{ call_status.is_unknown_word('direction') }} then 'unknown_direction'
        when direction in ('incoming', 'outgoing') and allowed_direction not in ('both', direction) then 'event_not_allowed_for_direction'
        when occurred_at > {{ call_status.timestamp_plus('day', 1, 'loaded_at') }} then 'occurred_in_the_future'
    end as quarantine_reason
from masked
