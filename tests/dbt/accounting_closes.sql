-- Sources and load days whose accounting does not close: raw events that went nowhere or were counted twice, or refused
-- events that quarantined_call_events does not show, or shows without their being counted.

with counted as (
    select
        source_system,
        load_date,
        raw_events - quarantined_events - internal_events - duplicate_events - kept_events as lost_events,
        -- The remainder of the others: below zero if one of them is too large.
        duplicate_events,
        quarantined_events,
        0 as shown_events
    from {{ ref('call_status', 'event_accounting') }}
    union all
    select
        source_system,
        {{ call_status.load_day('loaded_at') }} as load_date,
        0 as lost_events,
        0 as duplicate_events,
        0 as quarantined_events,
        1 as shown_events
    from {{ ref('call_status', 'quarantined_call_events') }}
)

select
    source_system,
    load_date,
    sum(lost_events) as lost_events,
    sum(duplicate_events) as duplicate_events,
    sum(quarantined_events) as quarantined_events,
    sum(shown_events) as shown_events
from counted
group by source_system, load_date
having
    min(lost_events) <> 0
    or max(lost_events) <> 0
    or min(duplicate_events) < 0
    or sum(quarantined_events) <> sum(shown_events)
