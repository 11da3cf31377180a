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

-- Words that are known are spelt as in their list, others as they were sent.
with_words as (
    select
        *,
        {{ call_status.read_word('direction') }} as read_direction,
        {{ call_status.read_event_type() }} as read_event_type,
        {{ call_status.read_word('party') }} as read_party
    from events
),

masked as (
    select
        events.source,
        events.event_id,
        events.source_system,
        events.call_id,
        events.leg_id,
        events.read_direction as direction,
        events.read_event_type as event_type,
        events.occurred_at,
        events.loaded_at,
        events.read_party as party,
        events.agent_id,
        {{ call_status.masked_customer_number('events.customer_number', 'events.business_number') }} as customer_number,
        {{ call_status.given_number('events.business_number') }} as business_number,
        events.queue,
        {{ call_status.read_reason('events.read_event_type', 'events.reason') }} as reason,
        events.cause_scheme,
        events.cause_code,
        events.seconds,
        events.reported_status,
        {{ call_status.masked_text('events.attributes') }} as attributes,
        events.direction as sent_direction,
        events.event_type as sent_event_type,
        events.party as sent_party,
        events.reason as sent_reason,
        events.unread_seconds,
        events.records,
        events.set_aside,
        events.unmapped_field,
        events.unmapped_value,
        event_types.signal,
        event_types.allowed_direction
    from with_words as events
    left join event_types on events.read_event_type = event_types.event_type
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
