{{ config(materialized=call_status.small_table()) }}

-- One row per number that the firm has described. A table, because a run asks it for the zones before it writes a query with them.

select
    {{ call_status.number_key('business_number') }} as number_key,
    business_number,
    number_name,
    team,
    country,
    time_zone,
    has_after_hours_message
from {{ ref('call_status', 'stg_firm__phone_numbers') }}
