{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_load_days',
    post_hook=['{{ call_status.note_loads() }}', '{{ call_status.report_calls_without_direction() }}'],
) }}

{%- do call_status.takes_turns_after('int_queue_evidence_packed') %}

-- One row per load day, source, field and word that no list knows: how often it came, and when. A run counts again, as a whole,
-- the load days of which a load is pending.

-- Evidence checks what became of customers' numbers. Where that changed, this table waits for the full refresh as well.
-- depends_on: {{ ref('call_status', 'int_call_evidence_packed') }}

{%- set is_pending_day = call_status.is_in_ranges(call_status.get_pending_ranges(whole_days=true)) %}

with events as (
    select
        *,
        {{ call_status.load_day('loaded_at') }} as load_date,
        {{ call_status.call_key() }} as call_key
    from {{ ref('call_status', 'int_judged_call_events') }}
    {% if call_status.is_incremental_run() %}
    where {{ is_pending_day }}
    {% endif %}
),

words as (
    {%- for field, condition, value in [
        ("'direction'", call_status.is_unknown_word('direction'), 'sent_direction'),
        ("'event_type'", 'allowed_direction is null', 'sent_event_type'),
        ("'party'", call_status.is_unknown_word('party'), 'sent_party'),
        ("'reason'", call_status.is_unknown_reason(), 'sent_reason'),
        ("'seconds'", 'unread_seconds is not null', 'unread_seconds'),
        ('unmapped_field', 'unmapped_value is not null', 'unmapped_value'),
    ] %}
    select
        source,
        load_date,
        loaded_at,
        call_key,
        {{ field }} as field,
        {{ value }} as value
    from events
    where {{ value }} is not null and ({{ condition }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        load_date,
        source,
        field,
        value,
        count(*) as occurrences,
        min(loaded_at) as first_seen_at,
        max(loaded_at) as last_seen_at,
        min({{ call_status.binary_text('call_key') }}) as example_call_key
    from words
    group by load_date, source, field, value
),

-- Under `hash` and `drop` a word is kept only where it cannot be a person's number and came at least three times on its day.
shown as (
    select
        load_date,
        source,
        field,
        {{ call_status.shown_word('value', 'occurrences') }} as value,
        cast(sum(occurrences) as {{ dbt.type_bigint() }}) as occurrences,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        min({{ call_status.binary_text('example_call_key') }}) as example_call_key
    from counted
    group by load_date, source, field, {{ call_status.shown_word('value', 'occurrences') }}
)

{{ call_status.rows_and_kept_rows('shown', call_status.is_kept_load(call_status.midnight('load_date'))) }}
