{#- Which load days the audit relations count or show again. A load day is the UTC day of loaded_at. -#}

{#- The load day of a raw row; null where its loaded_at is missing. -#}
{% macro load_day(loaded_at) -%}
    case when {{ call_status.is_calendar_time(loaded_at) }} then cast({{ loaded_at }} as date) end
{%- endmacro %}


{#- A source system and a load day as one text, to compare rows by. -#}
{% macro source_and_load_day(load_date) -%}
    '=' || source_system || '/' || coalesce(cast({{ load_date }} as {{ dbt.type_string() }}), '')
{%- endmacro %}


{#-
    True for raw rows of the load days that event_accounting may not have counted to the end: from the newest day that it
    knows, less the overlap, each source by itself; everything of a source that it does not know; rows without a load time.
    In a full refresh every row.
-#}
{% macro is_loaded_on_open_days() -%}
    {#- Evaluated while dbt parses, too, so that dbt learns what the model reads. -#}
    {%- set source_system_rows = call_status.source_system_rows() -%}
    {%- if not call_status.is_incremental_run() -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set query -%}
        select {{ call_status.as_fetched('source_system') }}, max(load_date)
        from {{ this }}
        where cast(load_date as {{ dbt.type_timestamp() }}) <= {{ call_status.run_start() }}
        group by source_system
    {%- endset -%}
    {%- set watermarks = {} -%}
    {%- for source_system, newest in call_status.fetch(query) -%}
        {%- set looked_back = call_status.hours_before(call_status.midnight_of(newest), call_status.setting('overlap_hours')) -%}
        {%- do watermarks.update({call_status.fetched_text(source_system): call_status.midnight_of(looked_back.date())}) -%}
    {%- endfor -%}
    (
        loaded_at is null
        or not {{ call_status.is_calendar_time('loaded_at') }}
        or ({{ call_status.is_loaded_since(watermarks, source_system_rows) }})
        {%- if call_status.setting('backfill_days') %} or {{ call_status.is_loaded_on_backfill_days('loaded_at') }}{% endif %}
    )
{%- endmacro %}


{#-
    True for refused rows of the load days on which event_accounting counts another number of refused rows than this model
    holds. Raw rows are never taken back, so a day with the same number has the same rows.
-#}
{% macro is_refused_on_days_that_differ(accounting) -%}
    {%- set query -%}
        select {{ call_status.as_fetched('accounting.source_system') }}, accounting.load_date
        from {{ accounting }} as accounting
        left join (
            select source_system, {{ call_status.load_day('loaded_at') }} as load_date, count(*) as refused
            from {{ this }}
            group by 1, 2
        ) as stored
            on accounting.source_system = stored.source_system and accounting.load_date is not distinct from stored.load_date
        where accounting.quarantined_events <> coalesce(stored.refused, 0)
    {%- endset -%}
    {%- if call_status.setting('backfill_days') %}{{ call_status.is_loaded_on_backfill_days('loaded_at') }} or {% endif %}
    {%- for source_system, day in call_status.fetch(query) %}
        {{ 'or ' if not loop.first }}(
            source_system = {{ call_status.text_literal(call_status.fetched_text(source_system)) }}
            {%- if day is none %}
            and {{ call_status.load_day('loaded_at') }} is null
            {%- else %}
            and loaded_at >= {{ call_status.timestamp_literal(call_status.midnight_of(day)) }}
            and loaded_at < {{ dbt.dateadd('day', 1, call_status.timestamp_literal(call_status.midnight_of(day))) }}
            {%- endif %}
        )
    {%- else %}1 = 0
    {%- endfor %}
{%- endmacro %}
