-- One row per number to which business hours apply: which hours, and what else decides whether the number was closed. The row whose
-- number_key is empty is about every number that is not described and has no hours of its own.

with hours as (
    select
        *,
        coalesce({{ call_status.number_key('business_number') }}, '') as number_key
    from {{ ref('call_status', 'stg_firm__business_hours') }}
),

described as (
    select * from {{ ref('call_status', 'int_phone_numbers') }}
),

-- A number that has hours goes by them, and by those of all numbers on the dates that are special for all.
numbers as (
    select distinct
        number_key,
        number_key as hours_key
    from hours
    union all
    select
        described.number_key,
        '' as hours_key
    from described
    where
        '' in (select hours.number_key from hours)
        and described.number_key not in (select hours.number_key from hours)
),

-- A sum does not depend on the order of the rows. The shift keeps it within an integer.
fingerprints as (
    select
        numbers.number_key,
        sum({{ call_status.shift_right(call_status.key_hash(
            dbt.concat(["hours.number_key", "'/'"]
                + ["coalesce(cast(hours.weekday as " ~ dbt.type_string() ~ "), '')", "'/'",
                   "coalesce(cast(hours.on_date as " ~ dbt.type_string() ~ "), '')", "'/'",
                   "coalesce(cast(hours.opens_at as " ~ dbt.type_string() ~ "), '')", "'/'",
                   "coalesce(cast(hours.closes_at as " ~ dbt.type_string() ~ "), '')"])), 20) }}) as hours_number
    from numbers
    inner join hours on hours.number_key in (numbers.hours_key, '')
    group by numbers.number_key
)

select
    numbers.number_key,
    numbers.hours_key,
    described.time_zone,
    coalesce(described.has_after_hours_message, false) as has_after_hours_message,
    substr({{ dbt.hash(dbt.concat([
        'cast(fingerprints.hours_number as ' ~ dbt.type_string() ~ ')', "'/'",
        "coalesce(described.time_zone, " ~ call_status.text_literal(call_status.setting('time_zone')) ~ ")", "'/'",
        "case when described.has_after_hours_message then '1' else '0' end",
    ])) }}, 1, 8) as hours_fingerprint
from numbers
inner join fingerprints on numbers.number_key = fingerprints.number_key
left join described on numbers.number_key = described.number_key
