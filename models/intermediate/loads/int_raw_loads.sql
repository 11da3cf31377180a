{{ config(materialized=call_status.small_table()) }}

-- One row per load: the rows of one raw table whose loaded_at lies in one minute. Counted anew in every run. The tables that
-- read raw rows compare it with what they noted when they last read (int_noted_loads).
-- Rows without a plausible loaded_at are one load as well, in the minute 1900-01-01 00:00.
-- One row besides says from when on loads were counted (call_status_count_loads_of_days): it has no raw table and no rows.

{%- set counts_all = call_status.counted_from() == call_status.no_load_minute() %}
{%- set is_counted = 'loaded_at >= ' ~ call_status.counted_from() ~ ' and ' ~ call_status.is_plausible_time('loaded_at') %}

with loads as (
    {{ call_status.load_rows(is_counted if not counts_all) }}
)

select * from loads
union all
select
    {{ call_status.no_raw_table() }} as raw_table,
    {{ call_status.counted_from() }} as load_minute,
    0 as row_count,
    cast(0 as {{ dbt.type_bigint() }}) as offset_sum,
    {{ call_status.counted_from() }} as newest_loaded_at
