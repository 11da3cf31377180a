-- A plain reference finds this project's own models.

select days.day
from {{ ref('fct_calls') }} as days
cross join {{ ref('stg_call_events') }} as events
where days.missed_of_day > 0 and events.id_of_event = 1
