-- One row per event of every source that is on, valid or not: masked, with its signals, and with the first reason for which
-- it must be refused (null: it is valid). What is loaded twice stands here twice.

with events as (
    {{ call_status.event_rows() }}
),

event_types as (
    {{ call_status.event_type_rows() }}
),

masked as (
    select
        events.event_id,
        events.source_system,
        events.call_id,
        events.leg_id,
        events.direction,
        events.event_type,
        events.occurred_at,
        events.loaded_at,
        events.party,
        events.agent_id,
        {{ call_status.masked_number('events.customer_number') }} as customer_number,
        events.business_number,
        events.queue,
        events.reason,
        events.cause_scheme,
        events.cause_code,
        events.seconds,
        {{ call_status.masked_text('events.attributes') }} as attributes,
        event_types.signal,
        event_types.allowed_direction
    from events
    left join event_types on events.event_type = event_types.event_type
)

select
    *,
    {{ call_status.signals_of_event() }} as signals,
    case
        when event_id is null then 'missing_event_id'
        when call_id is null then 'missing_call_id'
        -- Years that a calendar cannot hold are no time at all.
        when occurred_at is null or not {{ call_status.is_calendar_time('occurred_at') }} then 'missing_occurred_at'
        when loaded_at is null or not {{ call_status.is_plausible_time('loaded_at') }} then 'missing_loaded_at'
        when allowed_direction is null then 'unknown_event_type'
        when direction not in ('incoming', 'outgoing', 'internal') then 'unknown_direction'
        when direction <> 'internal' and allowed_direction not in ('both', direction) then 'event_not_allowed_for_direction'
        when occurred_at > {{ call_status.timestamp_plus('day', 1, 'loaded_at') }} then 'occurred_in_the_future'
    end as quarantine_reason
from masked
