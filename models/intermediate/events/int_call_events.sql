-- Every raw event, typed and named, with its signals and the first reason for which it must be refused (null: it is valid).

with raw_events as (
    {{ call_status.union_of_sources() }}
),

event_types as (
    {{ call_status.event_type_rows() }}
),

named as (
    select
        raw_events.event_id,
        coalesce(raw_events.source_system, 'canonical') as source_system,
        raw_events.call_id,
        raw_events.leg_id,
        raw_events.direction,
        raw_events.event_type,
        raw_events.occurred_at,
        raw_events.loaded_at,
        raw_events.party,
        raw_events.agent_id,
        {{ call_status.protected('raw_events.customer_number') }} as customer_number,
        raw_events.business_number,
        raw_events.queue,
        raw_events.reason,
        raw_events.cause_scheme,
        raw_events.cause_code,
        raw_events.seconds,
        {{ call_status.unless_private('raw_events.attributes') }} as attributes,
        event_types.signal,
        event_types.allowed_direction
    from raw_events
    left join event_types on raw_events.event_type = event_types.event_type
)

select
    event_id,
    source_system,
    call_id,
    leg_id,
    direction,
    event_type,
    occurred_at,
    loaded_at,
    party,
    agent_id,
    customer_number,
    business_number,
    queue,
    reason,
    cause_scheme,
    cause_code,
    seconds,
    attributes,
    {{ call_status.signals_of_event() }} as signals,
    case
        when event_id is null then 'missing_event_id'
        when call_id is null then 'missing_call_id'
        -- Years that a calendar cannot hold are no time at all.
        when occurred_at is null or not {{ call_status.is_calendar_time('occurred_at') }} then 'missing_occurred_at'
        when loaded_at is null or not {{ call_status.is_calendar_time('loaded_at') }} then 'missing_loaded_at'
        when allowed_direction is null then 'unknown_event_type'
        when direction not in ('incoming', 'outgoing', 'internal') then 'unknown_direction'
        when direction <> 'internal' and allowed_direction not in ('both', direction) then 'event_not_allowed_for_direction'
        when occurred_at > {{ call_status.timestamp_plus('day', 1, 'loaded_at') }} then 'occurred_in_the_future'
    end as quarantine_reason
from named
