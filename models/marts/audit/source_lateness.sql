{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_load_days',
    post_hook='{{ call_status.note_loads() }}',
) }}

{%- do call_status.takes_turns_after('event_accounting') %}

-- One row per source system and load day: how long its valid events took from when they happened to the raw table. A run makes anew, as
-- a whole, the load days of which a load is pending.

-- Evidence checks what became of customers' numbers. Where that changed, this table waits for the full refresh as well.
-- depends_on: {{ ref('call_status', 'int_call_evidence_packed') }}

{%- set is_pending_day = call_status.is_in_ranges(call_status.get_pending_ranges(whole_days=true)) %}

with events as (
    select
        source_system,
        {{ call_status.load_day('loaded_at') }} as load_date,
        {{ call_status.epoch_microseconds('loaded_at') }} - {{ call_status.epoch_microseconds('occurred_at') }} as late_microseconds
    from {{ ref('call_status', 'int_call_events') }}
    where
        quarantine_reason is null
        {% if call_status.is_incremental_run() %}
        and {{ is_pending_day }}
        {% endif %}
),

as_numbers as (
    select
        source_system,
        load_date,
        cast(late_microseconds as {{ call_status.type_double() }}) as late_microseconds
    from events
),

-- Between two events a percentile is rounded to the microsecond: engines differ in the last digit of a double.
lateness as (
    select
        source_system,
        load_date,
        cast(count(*) as {{ dbt.type_bigint() }}) as events,
        {%- for name, share in [('p50', 0.5), ('p90', 0.9), ('p99', 0.99)] %}
        cast(
            floor({{ call_status.percentile('late_microseconds', share) }} + 0.5) as {{ call_status.type_double() }}
        ) / 1000000 as {{ name }}_seconds,
        {%- endfor %}
        max(late_microseconds) / 1000000 as max_seconds,
        cast(sum(case when late_microseconds < 0 then 1 else 0 end) as {{ dbt.type_bigint() }}) as early_events
    from as_numbers
    group by source_system, load_date
)

{{ call_status.rows_and_kept_rows('lateness', call_status.is_kept_load(call_status.midnight('load_date'))) }}
