-- One row per number of the firm that it has described: what was loaded of it last. Empty where there is no such table.

with numbers as (
    {{ call_status.phone_number_rows() }}
)

select
    business_number,
    number_name,
    team,
    country,
    time_zone,
    coalesce(has_after_hours_message, false) as has_after_hours_message
from numbers
where business_number is not null
