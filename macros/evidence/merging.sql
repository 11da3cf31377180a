{#-
    How pieces of evidence become the rows that a table of evidence stores, alike for calls, legs and queues. `keys`: the columns that
    tell two rows apart. `evidence`: the other columns, each with the aggregate that merges it (columns.sql).
-#}

{#-
    Stored rows (`stored`, a CTE) as pieces. In a backfill also an empty piece for each row that it may leave without events: so the
    row stays, empty, and what was made of it is derived again and goes.
-#}
{% macro stored_piece_rows(stored, keys, evidence) %}
    select
        {{ (keys + evidence | list) | join(',\n        ') }}
    from {{ stored }}
    {%- if call_status.is_backfill() %}
    union all
    select
        {{ keys | join(',\n        ') }},
        {{ call_status.null_columns(evidence) }}
    from ({{ call_status.stored_backfill_rows() }}) as emptied
    {%- endif %}
{% endmacro %}


{#- One row per key: the pieces merged. -#}
{% macro merged_piece_rows(pieces, keys, evidence) %}
    select
        {{ keys | join(',\n        ') }},
        {%- for column, aggregate in evidence.items() %}
        {{ call_status.merge_aggregate(column, aggregate) }} as {{ column }},
        {%- endfor %}
        {{ call_status.call_hash() }} as call_hash
    from {{ pieces }}
    group by {{ keys | join(', ') }}
{% endmacro %}


{#-
    The rows that a run writes: in an incremental run those of calls that it changes. In a full refresh all, in the order of their loads,
    as later runs append them: so the engine can skip old ones. Reads the CTE `stored` in an incremental run.
-#}
{% macro written_evidence_rows(merged, keys, evidence) %}
select
    *,
    cast({{ call_status.get_next_write_number() }} as {{ dbt.type_bigint() }}) as write_number,
    '{{ call_status.evidence_version() }}' as evidence_version
from {{ merged }}
{%- if call_status.is_incremental_run() %}
where call_hash in ({{ call_status.changed_call_rows(keys + evidence | list) }})
{%- else %}
order by last_loaded_at
{%- endif %}
{% endmacro %}
