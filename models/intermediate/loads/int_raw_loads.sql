{{ config(materialized='table') }}

-- One row per load: the rows of one raw table whose loaded_at lies in one minute. Counted anew in every run. The tables that
-- read raw rows compare it with what they noted when they last read (int_noted_loads).
-- Rows without a plausible loaded_at are one load as well, in the minute 1900-01-01 00:00.
-- One row besides says from when on loads were counted (call_status_count_loads_of_days): it has no raw table and no rows.

{%- set counts_all = call_status.counted_from() == call_status.no_load_minute() %}

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
    {% if not counts_all %}
    where loaded_at >= {{ call_status.counted_from() }} and {{ call_status.is_plausible_time('loaded_at') }}
    {% endif %}
)

select
    raw_table,
    load_minute,
    count(*) as row_count,
    cast(sum({{ call_status.microseconds_into_minute('loaded_at', 'load_minute') }}) as {{ dbt.type_bigint() }}) as offset_sum,
    max(case when {{ call_status.is_plausible_time('loaded_at') }} then loaded_at else load_minute end) as newest_loaded_at
from minutes
group by raw_table, load_minute
union all
select
    {{ call_status.no_raw_table() }} as raw_table,
    {{ call_status.counted_from() }} as load_minute,
    0 as row_count,
    cast(0 as {{ dbt.type_bigint() }}) as offset_sum,
    {{ call_status.counted_from() }} as newest_loaded_at
