{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_load_days',
    post_hook='{{ call_status.note_loads() }}',
) }}

{%- do call_status.takes_turns_after('quarantined_call_events') %}

-- One row per source system and load day: where every raw row went. A run counts again, as a whole, the load days of which a
-- load is pending. So nothing is added twice.
-- It counts by the ids as they were sent, and shows none of them.
-- A record that says nothing about a call's outcome (silent) is counted as a record, and as no event.

{%- set is_pending_day = call_status.is_in_ranges(call_status.get_pending_ranges(whole_days=true)) %}

with events as (
    select
        *,
        {{ call_status.load_day('loaded_at') }} as load_date
    from {{ ref('call_status', 'int_judged_call_events') }}
    {% if call_status.is_incremental_run() %}
    where {{ is_pending_day }}
    {% endif %}
),

unreadable as (
    select
        *,
        {{ call_status.load_day('loaded_at') }} as load_date
    from {{ ref('call_status', 'stg_loader__unreadable_rows') }}
    {% if call_status.is_incremental_run() %}
    where {{ is_pending_day }}
    {% endif %}
),

judged as (
    select
        source_system,
        load_date,
        event_id,
        records,
        case
            when quarantine_reason = 'silent' then 'silent'
            when quarantine_reason is not null then 'quarantined'
            when direction = 'internal' then 'internal'
            else 'evidence'
        end as went_to
    from events
    union all
    select
        source_system,
        load_date,
        null as event_id,
        1 as records,
        'quarantined' as went_to
    from unreadable
),

-- One row per event that became evidence, and one for all rows that went to another place: so ids are told apart and rows counted in
-- one pass.
rows_of_events as (
    select
        source_system,
        load_date,
        went_to,
        case when went_to = 'evidence' then event_id end as kept_event_id,
        count(*) as raw_rows,
        sum(records) as records
    from judged
    group by source_system, load_date, went_to, case when went_to = 'evidence' then event_id end
),

counted as (
    select
        source_system,
        load_date,
        sum(records) as raw_records,
        sum(case when went_to = 'silent' then records else 0 end) as silent_records,
        sum(case when went_to = 'silent' then 0 else raw_rows end) as raw_events,
        sum(case when went_to = 'quarantined' then raw_rows else 0 end) as quarantined_events,
        sum(case when went_to = 'internal' then raw_rows else 0 end) as internal_events,
        count(kept_event_id) as kept_events
    from rows_of_events
    group by source_system, load_date
),

accounting as (
    select
        source_system,
        load_date,
        cast(raw_events as {{ dbt.type_bigint() }}) as raw_events,
        cast(quarantined_events as {{ dbt.type_bigint() }}) as quarantined_events,
        cast(internal_events as {{ dbt.type_bigint() }}) as internal_events,
        cast(raw_events - quarantined_events - internal_events - kept_events as {{ dbt.type_bigint() }}) as duplicate_events,
        cast(kept_events as {{ dbt.type_bigint() }}) as kept_events,
        cast(raw_records as {{ dbt.type_bigint() }}) as raw_records,
        cast(silent_records as {{ dbt.type_bigint() }}) as silent_records
    from counted
)

{{ call_status.rows_and_kept_rows('accounting', call_status.is_kept_load(call_status.midnight('load_date'))) }}
