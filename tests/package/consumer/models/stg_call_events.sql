-- This project's own stg_call_events.

select 1 as id_of_event
