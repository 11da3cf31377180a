{#-
    A backfill makes the evidence of some calls anew from all their raw rows. Merging cannot do that, because merging never
    takes anything back. It is for raw rows that were deleted or changed, or that came in behind the overlap.
    Which calls: `call_status_backfill_days` (the first and the last load day) and `call_status_backfill_calls` (call ids).
-#}

{% macro is_backfill() %}
    {{ return(call_status.setting('backfill_days') or call_status.setting('backfill_calls')) }}
{% endmacro %}


{#-
    One row per call of a backfill, repeats left out: source_system and call_id of the calls that have a raw row loaded on its
    days, that are stored as last loaded on them, or that are named.
-#}
{% macro backfill_call_rows() %}
        select source_system, call_id from {{ ref('call_status', 'int_call_events') }}
        where quarantine_reason is null and ({{ call_status.is_in_backfill('loaded_at') }})
        union
        select source_system, call_id from {{ this }}
        where {{ call_status.is_in_backfill('last_loaded_at') }}
{% endmacro %}


{% macro is_in_backfill(loaded_at) -%}
    {%- set conditions = [] -%}
    {%- if call_status.setting('backfill_days') -%}
        {%- do conditions.append(call_status.is_loaded_on_backfill_days(loaded_at)) -%}
    {%- endif -%}
    {%- if call_status.setting('backfill_calls') -%}
        {%- set names = [] -%}
        {%- for call_id in call_status.setting('backfill_calls') -%}
            {%- do names.append(call_status.text_literal(call_id)) -%}
        {%- endfor -%}
        {%- do conditions.append('call_id in (' ~ names | join(', ') ~ ')') -%}
    {%- endif -%}
    {{ conditions | join(' or ') }}
{%- endmacro %}


{#- Whether a time or a day lies on the load days of the backfill, the last one included. -#}
{% macro is_loaded_on_backfill_days(loaded_at) -%}
    {%- set first, last = call_status.parse_timestamp(call_status.setting('backfill_days')[0]), call_status.parse_timestamp(call_status.setting('backfill_days')[-1]) -%}
    ({{ loaded_at }} >= {{ call_status.timestamp_literal(first) }} and {{ loaded_at }} < {{ call_status.timestamp_literal(last + modules.datetime.timedelta(days=1)) }})
{%- endmacro %}
