{#-
    Which raw events a run reads, and which stored evidence they are merged with. What a run has to read is found in the
    models' own rows: there are no look-back windows on event time, and no tables beside the models.
-#}

{#-
    True for raw events that this model's evidence may lack: those loaded since the newest load that the model knows of, less
    the overlap, each source by itself; and everything of a source that is new to the model. In a backfill also all events
    of its calls. In a full refresh every event.
    A load time in the future says nothing about what has been read, so the model's own rows of the future are left out.
    `source_system_rows` is a select of the source systems that there are.
-#}
{% macro is_new_event(source_system_rows) -%}
    {%- if not call_status.is_incremental_run() -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set query -%}
        select {{ call_status.as_fetched('source_system') }}, {{ call_status.as_fetched('max(last_loaded_at)') }}
        from {{ this }}
        where last_loaded_at <= {{ call_status.run_start() }}
        group by source_system
    {%- endset -%}
    {%- set watermarks = {} -%}
    {%- for source_system, newest in call_status.fetch(query) -%}
        {%- do watermarks.update({call_status.fetched_text(source_system):
            call_status.hours_before(call_status.fetched_timestamp(newest), call_status.setting('overlap_hours'))}) -%}
    {%- endfor -%}
    {%- set is_new = call_status.is_loaded_since(watermarks, source_system_rows) -%}
    {%- if call_status.is_backfill() -%}
        ({{ is_new }} or (source_system, call_id) in ({{ call_status.backfill_call_rows() }}))
    {%- else -%}
        {{ is_new }}
    {%- endif -%}
{%- endmacro %}


{#-
    True for raw rows loaded since a time of their source (`watermarks`: source system → datetime), and for all rows of the
    sources that have none. Where it can be, it is a bare comparison of loaded_at: engines skip older rows by their statistics.
-#}
{% macro is_loaded_since(watermarks, source_system_rows) -%}
    {%- if not watermarks -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {%- set oldest = watermarks.values() | min -%}
    {%- set known = [] -%}
    {%- set conditions = ['loaded_at >= ' ~ call_status.timestamp_literal(oldest)] -%}
    {%- for source_system, watermark in watermarks.items() -%}
        {%- set name = call_status.text_literal(source_system) -%}
        {%- do known.append(name) -%}
        {%- if watermark > oldest -%}
            {%- do conditions.append('not (source_system = ' ~ name ~ ' and loaded_at < ' ~ call_status.timestamp_literal(watermark) ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set is_of_new_source = 'source_system not in (' ~ known | join(', ') ~ ')' -%}
    {%- set query -%}
        select 1 from ({{ source_system_rows }}) as candidates where {{ is_of_new_source }} limit 1
    {%- endset -%}
    {%- if call_status.fetch(query) -%}
        {{ return('(' ~ is_of_new_source ~ ' or (' ~ conditions | join(' and ') ~ '))') }}
    {%- endif -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}


{#-
    True for stored evidence that new events are merged with (`is_new_event`: the condition on int_call_events).
    The hashes of the new events are looked for in the whole table, which reads two narrow columns of it. The rows are then
    read from the oldest hit on, because rows lie in the order of their loads. In a backfill the evidence of its calls is
    left out: it is made anew.
    `distinct` is for DuckDB: without it the optimizer builds its hash table on the stored rows.
-#}
{% macro is_touched(is_new_event) -%}
    {%- set query -%}
        select {{ call_status.as_fetched('min(last_loaded_at)') }}
        from {{ this }}
        where call_hash in (
            select distinct {{ call_status.call_hash() }} from {{ ref('call_status', 'int_call_events') }}
            where quarantine_reason is null and {{ is_new_event }}
        )
    {%- endset -%}
    {%- set rows = call_status.fetch(query) -%}
    {%- set oldest = call_status.fetched_timestamp(rows[0][0]) if rows else none -%}
    {%- if oldest is none -%}
        1 = 0
    {%- else -%}
        call_hash in (select {{ call_status.call_hash() }} as call_hash from events)
        and last_loaded_at >= {{ call_status.timestamp_literal(oldest) }}
        {%- if call_status.is_backfill() %}
        and (source_system, call_id) not in ({{ call_status.backfill_call_rows() }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The call_hash of what a run changes: merged evidence that the table does not hold yet. Reads the CTEs `merged` and `stored`. -#}
{% macro changed_call_rows(columns) %}
    select call_hash from (
        select call_hash, {{ columns | join(', ') }} from merged
        {{ dbt.except() }}
        select call_hash, {{ columns | join(', ') }} from stored
    ) as changed
{% endmacro %}


{#-
    The version that rows written by this run get: the start of the run. Should a clock have gone back, it is just above the
    newest version there is. Facts compare it with their derived_at to see what changed since.
-#}
{% macro next_version() -%}
    {%- set started = call_status.timestamp_literal(run_started_at) -%}
    {%- if call_status.is_incremental_run() -%}
        (
        select greatest({{ started }}, coalesce(max({{ call_status.timestamp_plus('microsecond', 1, 'merged_at') }}), {{ started }}))
        from {{ this }}
    )
    {%- else -%}
        {{ started }}
    {%- endif -%}
{%- endmacro %}
