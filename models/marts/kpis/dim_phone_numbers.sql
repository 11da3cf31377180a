-- One row per number of the firm: those that concluded calls carry, and those that are described (raw.phone_numbers). A number that
-- calls write in two ways has a row for each, so that business_number finds it.

with described as (
    select * from {{ ref('call_status', 'int_phone_numbers') }}
),

called as (
    select distinct business_number from {{ ref('call_status', 'fct_calls') }}
    where business_number is not null
),

-- Behind the distinct, so that a key is made once for each number and not for each call.
seen as (
    select
        business_number,
        {{ call_status.number_key('business_number') }} as number_key
    from called
)

select
    coalesce(seen.business_number, described.business_number) as business_number,
    coalesce(seen.number_key, described.number_key) as number_key,
    described.number_name,
    described.team,
    described.country,
    described.time_zone,
    coalesce(described.has_after_hours_message, false) as has_after_hours_message,
    described.number_key is not null as is_described
from seen
full outer join described on seen.number_key = described.number_key
