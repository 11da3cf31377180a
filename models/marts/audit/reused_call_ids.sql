-- One row per call id that was used again: events of the call go on longer after its end than open_call_timeout_hours. They are one
-- row in the facts, since nothing but the id tells two calls apart.

with evidence as (
    select * from {{ ref('call_status', 'int_call_evidence') }}
    where first_call_ended is not null
)

select
    {{ call_status.call_key() }} as call_key,
    source,
    source_system,
    call_id,
    started_at,
    first_end_event_at as first_ended_at,
    last_event_at
from evidence
where
    coalesce(direction, '') <> 'internal'
    and {{ call_status.seconds_between('first_end_event_at', 'last_event_at') }}
    > {{ call_status.setting('open_call_timeout_hours') }} * 3600
