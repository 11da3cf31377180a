-- One row per opening and per closed day of a number, or of all numbers. Empty where there is no such table.
-- A row that says no day, no time or half a time says nothing: firm_problems counts it before the run.

with hours as (
    {{ call_status.business_hours_rows() }}
)

select
    business_number,
    weekday,
    on_date,
    opens_at,
    closes_at
from hours
where {{ call_status.is_usable_hours_row() }}
