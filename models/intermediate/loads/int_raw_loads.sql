{{ config(materialized='table') }}

-- One row per load: the rows of one raw table whose loaded_at lies in one minute. Counted anew in every run. The tables that
-- read raw rows compare it with what they noted when they last read (int_noted_loads).
-- Rows without a plausible loaded_at are one load as well, in the minute 1900-01-01 00:00.

with loaded as (
    {{ call_status.loaded_at_rows() }}
),

minutes as (
    select
        raw_table,
        loaded_at,
        case
            when {{ call_status.is_plausible_time('loaded_at') }} then {{ dbt.date_trunc('minute', 'loaded_at') }}
            else {{ call_status.no_load_minute() }}
        end as load_minute
    from loaded
)

select
    raw_table,
    load_minute,
    count(*) as row_count,
    cast(sum({{ call_status.microseconds_into_minute('loaded_at', 'load_minute') }}) as {{ dbt.type_bigint() }}) as offset_sum,
    max(case when {{ call_status.is_plausible_time('loaded_at') }} then loaded_at else load_minute end) as newest_loaded_at
from minutes
group by raw_table, load_minute
