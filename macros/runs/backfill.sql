{#-
    A backfill makes the evidence of some calls anew from all their raw rows. Merging cannot do that, because merging never
    takes anything back. It is for raw rows that were deleted or changed.
    Which calls: `call_status_backfill_days` (the first and the last load day), `call_status_backfill_calls` (call ids) and
    `call_status_backfill_sources` (source systems, or a source for all of its systems). Facts follow from the evidence, in the same run or in a later one.
-#}

{% macro is_backfill() %}
    {{ return(call_status.setting('backfill_days') or call_status.setting('backfill_calls') or call_status.setting('backfill_sources')) }}
{% endmacro %}


{#- One row per call of a backfill: source_system and call_id of calls that have a raw row in it, or a stored one. -#}
{% macro backfill_call_rows() %}
        select source_system, call_id from {{ ref('call_status', 'int_call_events') }}
        where quarantine_reason is null and ({{ call_status.is_in_backfill('loaded_at', 'loaded_at') }})
        union
        select source_system, call_id from ({{ call_status.stored_backfill_rows() }}) as stored_calls
{% endmacro %}


{#-
    The stored rows of this model that belong to a call of the backfill. Which days the rows of a call were loaded on is not
    stored, only the first and the last time, so a call counts for all days between them.
-#}
{% macro stored_backfill_rows() %}
        select * from {{ this }}
        where {{ call_status.is_in_backfill('first_loaded_at', 'last_loaded_at') }}
{% endmacro %}


{#- True for rows of a backfill: loaded on its days (from the first to the last time of loading), or named by call or source. -#}
{% macro is_in_backfill(first_loaded_at, last_loaded_at) -%}
    {%- set conditions = [] -%}
    {%- if call_status.setting('backfill_days') -%}
        {%- set days = call_status.setting('backfill_days') -%}
        {%- set start = call_status.parse_timestamp(days[0]) -%}
        {%- set end = call_status.parse_timestamp(days[-1]) + modules.datetime.timedelta(days=1) -%}
        {%- do conditions.append('(' ~ last_loaded_at ~ ' >= ' ~ call_status.timestamp_literal(start)
            ~ ' and ' ~ first_loaded_at ~ ' < ' ~ call_status.timestamp_literal(end) ~ ')') -%}
    {%- endif -%}
    {%- if call_status.setting('backfill_calls') -%}
        {%- do conditions.append('call_id in (' ~ call_status.text_literals(call_status.setting('backfill_calls')) ~ ')') -%}
    {%- endif -%}
    {%- if call_status.setting('backfill_sources') -%}
        {%- do conditions.append(call_status.is_of_backfill_sources()) -%}
    {%- endif -%}
    {{ conditions | join(' or ') }}
{%- endmacro %}


{#- True for rows of the source systems of a backfill. The name of a source stands for all its instances: `callhippo:berlin` is one of callhippo. -#}
{% macro is_of_backfill_sources() -%}
    {%- set conditions = ['source_system in (' ~ call_status.text_literals(call_status.setting('backfill_sources')) ~ ')'] -%}
    {%- for name in call_status.setting('backfill_sources') if name in call_status.get_source_names() -%}
        {%- do conditions.append(call_status.fits('source_system', name ~ ':*')) -%}
    {%- endfor -%}
    ({{ conditions | join(' or ') }})
{%- endmacro %}


{#-
    Stops a backfill that would replace evidence by less than it was made of: raw rows of its calls have gone since. Where that
    is what one wants, call_status_backfill_takes_back says so. `evidence`: the columns, and how they merge.
-#}
{% macro check_nothing_is_taken_back(target, new, keys, evidence) %}
    {%- set losses = [] -%}
    {%- for column, aggregate in evidence.items() -%}
        {%- set stored_value, new_value = 'stored.' ~ column, 'made.' ~ column -%}
        {%- if aggregate == 'bit_or' -%}
            {%- do losses.append('coalesce(' ~ call_status.bitand(stored_value, new_value) ~ ', 0) <> ' ~ stored_value) -%}
        {%- else -%}
            {%- set order = '>' if aggregate.startswith('min') else '<' -%}
            {%- set is_text = aggregate == 'min_text' -%}
            {%- do losses.append('(' ~ stored_value ~ ' is not null and (' ~ new_value ~ ' is null or '
                ~ (call_status.binary_text(new_value) if is_text else new_value) ~ ' ' ~ order ~ ' '
                ~ (call_status.binary_text(stored_value) if is_text else stored_value) ~ '))') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set query -%}
        select count(distinct stored.call_hash)
        from {{ target }} as stored
        inner join {{ new }} as made on {% for key in keys %}stored.{{ key }} = made.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        where {{ losses | join(' or ') }}
    {%- endset -%}
    {%- set calls = call_status.fetch(query)[0][0] -%}
    {%- if calls > 0 -%}
        {{ exceptions.raise_compiler_error(
            "The backfill would take back what " ~ calls ~ " calls were derived from: some of their raw rows are gone, and nothing else"
            ~ " tells what those said. Nothing was changed. If that is what you want, set call_status_backfill_takes_back: true.") }}
    {%- endif -%}
{% endmacro %}
