{#- Which raw events a run reads, and which stored evidence they are merged with. -#}

{#-
    True for raw events that this model's evidence may lack: those of pending loads (pending_loads.sql). In a backfill also all
    events of its calls. In a full refresh every event.
-#}
{% macro is_new_event() -%}
    {%- set ranges = call_status.get_pending_ranges() -%}
    {%- if not call_status.is_incremental_run() -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set is_pending = call_status.is_in_ranges(ranges) -%}
    {%- if call_status.is_backfill() -%}
        {{ return('(' ~ is_pending ~ ' or (source_system, call_id) in (' ~ call_status.backfill_call_rows() ~ '))') }}
    {%- endif -%}
    {{ return(is_pending) }}
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
    {%- set rows = call_status.fetch(query) if is_new_event != '(1 = 0)' else [] -%}
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


{#-
    The call_hash of what a run changes: merged evidence that the table does not hold yet. In a backfill also all its calls,
    changed or not. Reads the CTEs `merged` and `stored`.
-#}
{% macro changed_call_rows(columns) %}
    select call_hash from (
        select call_hash, {{ columns | join(', ') }} from merged
        {{ dbt.except() }}
        select call_hash, {{ columns | join(', ') }} from stored
    ) as changed
    {%- if call_status.is_backfill() %}
    union all
    select {{ call_status.call_hash() }} as call_hash from ({{ call_status.backfill_call_rows() }}) as backfilled
    {%- endif %}
{% endmacro %}


{#-
    The number that this run writes into evidence: one above the highest that there was, in evidence and in the facts. Facts carry
    the number of the evidence that they were made from, so what is new to them has a higher one. No clock is asked.
-#}
{% macro get_next_write_number() %}
    {%- if not execute -%}{{ return(1) }}{%- endif -%}
    {%- set known = call_status.looked_up() -%}
    {%- if 'next write number' not in known -%}{%- do known.setdefault('next write number', call_status.find_next_write_number()) -%}{%- endif -%}
    {{ return(known['next write number']) }}
{% endmacro %}


{#-
    The same, looked up. The relations are looked up by name: a ref would be a cycle. Tables of an earlier version, which a full refresh
    replaces, have no such number.
-#}
{% macro find_next_write_number() %}
    {%- set newest, is_incremental = [], call_status.is_incremental_run() -%}
    {%- for model in call_status.get_evidence_tables() + ['fct_calls'] -%}
        {%- set relation = call_status.get_relation_of_model(model) -%}
        {%- if relation and (is_incremental or 'write_number' in call_status.get_existing_columns(relation)) -%}
            {%- do newest.append('select max(write_number) as write_number from ' ~ relation) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set found = call_status.fetch('select max(write_number) from (' ~ newest | join(' union all ') ~ ') as newest')[0][0] if newest else none -%}
    {{ return((found | int if found is not none else 0) + 1) }}
{% endmacro %}


{#- The relation of a model of this package in the database; none where it was not built yet, is switched off, or in a unit test. -#}
{% macro get_relation_of_model(name) %}
    {%- set node = graph.get('nodes', {}).get('model.call_status.' ~ name) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) if node else none) }}
{% endmacro %}
