{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_loads',
    post_hook='{{ call_status.note_loads() }}',
) }}

{%- do call_status.takes_turns_after('int_unmapped_words') %}

-- One row per refused event, and one per row that the loader could not read, with the first reason that fits.

-- Evidence checks what became of customers' numbers. Where that changed, this table waits for the full refresh as well.
-- depends_on: {{ ref('call_status', 'int_call_evidence_packed') }}

{%- set is_pending = call_status.is_in_ranges(call_status.get_pending_ranges()) %}

with all_refused as (
    select
        -- Words as they were sent.
        {%- for name in call_status.get_raw_columns() %}
        {{ 'sent_' ~ name ~ ' as ' if name in ['direction', 'event_type', 'party', 'reason'] }}{{ name }},
        {%- endfor %}
        quarantine_reason,
        null as source_file,
        null as line,
        null as raw_text
    from {{ ref('call_status', 'int_call_events') }}
    where quarantine_reason is not null and quarantine_reason <> 'silent'
    union all
    select
        {%- for name in call_status.get_raw_columns() %}
        {{ name if name in ['source_system', 'loaded_at', 'reason'] else 'null as ' ~ name }},
        {%- endfor %}
        'unreadable_row' as quarantine_reason,
        source_file,
        line,
        raw_text
    from {{ ref('call_status', 'stg_loader__unreadable_rows') }}
),

refused as (
    select * from all_refused
    {% if call_status.is_incremental_run() %}
    where {{ is_pending }}
    {% endif %}
)

{{ call_status.rows_and_kept_rows('refused', call_status.is_kept_load('loaded_at')) }}
