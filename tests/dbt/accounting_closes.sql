-- One row per source system and load day on which event_accounting is wrong: a raw event is counted in none of its columns
-- or in two of them, or the number of refused events is not the number of rows in quarantined_call_events.

with counted as (
    select
        source_system,
        load_date,
        raw_events - quarantined_events - internal_events - duplicate_events - kept_events as lost_events,
        -- Computed as what the other columns leave over, so a column that is too large shows here as a number below zero.
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
