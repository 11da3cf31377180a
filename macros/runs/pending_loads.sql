{#-
    What a table that reads raw rows (a reader) has to read in a run: the loads that are pending. A load is pending while its
    count, or the sum of its times, is not what the reader noted. Reading a load twice changes nothing, so what a kill, a
    selection of models or a late commit leaves behind is read in the next run.
-#}

{#- The latest notes of this model, one row per load. -#}
{% macro noted_load_rows() %}
    select raw_table, load_minute, row_count, offset_sum, newest_loaded_at
    from ({{ call_status.latest_note_rows(ref('call_status', 'int_noted_loads'), this.identifier) }}) as noted
{% endmacro %}


{#- The latest notes of a reader, or of all, one row per reader and load. `mappings` is no reader. `notes`: the relation of int_noted_loads. -#}
{% macro latest_note_rows(notes, reader=none) %}
    select reader, raw_table, load_minute, row_count, offset_sum, newest_loaded_at
    from (
        select
            *,
            row_number() over (partition by reader, raw_table, load_minute order by note_number desc) as place
        from {{ notes }}
        where reader {{ "= '" ~ reader ~ "'" if reader else "<> 'mappings'" }}
    ) as numbered
    where place = 1
{% endmacro %}


{#-
    The pending loads of this model, one row per load: what there is now (row_count, offset_sum), and what was noted
    (noted_rows, noted_offsets, noted_until). A load of which no row is left counts 0. Loads that were not counted are none.
-#}
{% macro pending_load_rows() %}
    select
        coalesce(loads.raw_table, noted.raw_table) as raw_table,
        coalesce(loads.load_minute, noted.load_minute) as load_minute,
        coalesce(loads.row_count, 0) as row_count,
        coalesce(loads.offset_sum, 0) as offset_sum,
        coalesce(loads.newest_loaded_at, noted.load_minute) as newest_loaded_at,
        coalesce(noted.row_count, 0) as noted_rows,
        coalesce(noted.offset_sum, 0) as noted_offsets,
        noted.newest_loaded_at as noted_until
    from {{ ref('call_status', 'int_raw_loads') }} as loads
    full outer join ({{ call_status.noted_load_rows() }}) as noted
        on loads.raw_table = noted.raw_table and loads.load_minute = noted.load_minute
    where
        (
            coalesce(loads.row_count, 0) <> coalesce(noted.row_count, 0)
            or coalesce(loads.offset_sum, 0) <> coalesce(noted.offset_sum, 0)
        )
        and coalesce(loads.load_minute, noted.load_minute) >= {{ call_status.noted_counted_from() }}
{% endmacro %}


{#-
    The ranges of loaded_at that this model has to read: a list of {'start', 'end'}, datetimes, the end not included. At most
    50 ranges: where there are more, the nearest are joined, so that the engine gets a short condition. `whole_days`: ranges
    of whole UTC days, for a table that counts by day.
    The range of rows without a plausible loaded_at begins in 1900.
-#}
{% macro get_pending_ranges(whole_days=false) %}
    {%- if not execute -%}
        {#- dbt has to see the tables that are read below. -#}
        {%- do call_status.pending_load_rows() -%}
        {%- do call_status.get_raw_tables() -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set known, key = call_status.looked_up(), ['pending ranges', this.identifier, whole_days] | join(' ') -%}
    {%- if key not in known -%}{%- do known.setdefault(key, call_status.find_pending_ranges(whole_days)) -%}{%- endif -%}
    {{ return(known[key]) }}
{% endmacro %}


{#- The same, looked up. -#}
{% macro find_pending_ranges(whole_days) %}
    {%- set pending = call_status.pending_load_rows() -%}
    {%- set query -%}
        select
            {{ call_status.as_fetched('raw_table') }},
            {{ call_status.as_fetched('load_minute') }},
            row_count,
            noted_rows,
            {{ call_status.as_fetched('noted_until') }}
        from ({{ pending }}) as pending
        limit 51
    {%- endset -%}
    {%- set loads = call_status.fetch(query) -%}
    {%- set many = loads | length > 50 -%}
    {%- set shrunk = [] -%}
    {%- for load in loads if load[2] < load[3] -%}{%- do shrunk.append(load) -%}{%- endfor -%}
    {%- if many or shrunk -%}
        {%- do call_status.report_deleted_rows(pending) -%}
    {%- endif -%}

    {%- set ranges = [] -%}
    {%- if many -%}
        {%- for start, end in call_status.fetch(call_status.joined_range_rows(pending, whole_days)) -%}
            {%- do ranges.append({'start': call_status.fetched_timestamp(start), 'end': call_status.fetched_timestamp(end)}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- set grown_at_the_end = [] if whole_days else call_status.get_loads_grown_at_the_end(loads) -%}
        {%- for raw_table, minute, row_count, noted_rows, noted_until in loads -%}
            {%- set minute = call_status.fetched_timestamp(minute) -%}
            {%- if whole_days -%}
                {%- set start = call_status.midnight_of(minute.date()) -%}
                {%- do ranges.append({'start': start, 'end': start + modules.datetime.timedelta(days=1)}) -%}
            {%- else -%}
                {%- set start = call_status.fetched_timestamp(noted_until) + modules.datetime.timedelta(microseconds=1)
                    if [raw_table, minute] in grown_at_the_end else minute -%}
                {%- do ranges.append({'start': start, 'end': minute + modules.datetime.timedelta(minutes=1)}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ranges if whole_days or not ranges else call_status.whole_days_behind_horizon(ranges)) }}
{% endmacro %}


{#-
    Ranges, those behind the horizon of drop_raw_before widened to whole days. Where a row comes late to such a day, event_accounting
    counts what is left of the day. quarantined_call_events has to show the same rows.
-#}
{% macro whole_days_behind_horizon(ranges) %}
    {%- set horizon, widened = call_status.get_horizon(), [] -%}
    {%- for range in ranges -%}
        {%- if horizon is not none and range.start.year >= 1990 and range.start < horizon -%}
            {%- set last = range.end - modules.datetime.timedelta(microseconds=1) -%}
            {%- do widened.append({
                'start': call_status.midnight_of(range.start.date()),
                'end': call_status.midnight_of(last.date()) + modules.datetime.timedelta(days=1),
            }) -%}
        {%- else -%}
            {%- do widened.append(range) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(widened) }}
{% endmacro %}


{#-
    Of some pending loads those whose rows up to the newest noted time still count what was noted, as [raw table, minute]. Only
    the rows behind that time are new there. So a trickle into the minute of a large file costs what is new.
-#}
{% macro get_loads_grown_at_the_end(loads) %}
    {%- set candidates = [] -%}
    {%- for raw_table, minute, row_count, noted_rows, noted_until in loads if noted_rows > 0 and row_count > noted_rows -%}
        {%- do candidates.append([raw_table, call_status.fetched_timestamp(minute), noted_rows, call_status.fetched_timestamp(noted_until)]) -%}
    {%- endfor -%}
    {%- if not candidates -%}{{ return([]) }}{%- endif -%}
    {%- set query -%}
        select
            {{ call_status.as_fetched('loaded.raw_table') }},
            {{ call_status.as_fetched('noted.load_minute') }}
        from ({{ call_status.loaded_at_rows() }}) as loaded
        inner join ({{ call_status.noted_load_rows() }}) as noted
            on
                loaded.raw_table = noted.raw_table
                and loaded.loaded_at >= noted.load_minute
                and loaded.loaded_at <= noted.newest_loaded_at
        where
            {%- for raw_table, minute, noted_rows, noted_until in candidates %}
            {{ 'or ' if not loop.first }}(
                loaded.loaded_at >= {{ call_status.timestamp_literal(minute) }}
                and loaded.loaded_at <= {{ call_status.timestamp_literal(noted_until) }}
                and noted.load_minute = {{ call_status.timestamp_literal(minute) }}
            )
            {%- endfor %}
        group by loaded.raw_table, noted.load_minute, noted.row_count, noted.offset_sum
        having
            count(*) = noted.row_count
            and sum({{ call_status.microseconds_into_minute('loaded.loaded_at', 'noted.load_minute') }}) = noted.offset_sum
    {%- endset -%}
    {%- set found = [] -%}
    {%- for raw_table, minute in call_status.fetch(query) -%}
        {%- do found.append([raw_table, call_status.fetched_timestamp(minute)]) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Pending loads as at most 50 ranges (start, end): the 49 widest gaps between them stay, everything nearer is joined. -#}
{% macro joined_range_rows(pending, whole_days) %}
    {%- set unit = 'day' if whole_days else 'minute' -%}
    with units as (
        select distinct {{ dbt.date_trunc(unit, 'load_minute') }} as unit_start from ({{ pending }}) as pending
    ),
    neighbours as (
        select unit_start, lag(unit_start) over (order by unit_start) as unit_before from units
    ),
    gaps as (
        select
            unit_start,
            row_number() over (
                order by {{ call_status.epoch_microseconds('unit_start') }} - {{ call_status.epoch_microseconds('unit_before') }} desc
            ) as place
        from neighbours
        where unit_before is not null
    ),
    marked as (
        select units.unit_start, case when gaps.place <= 49 then 1 else 0 end as begins
        from units
        left join gaps on units.unit_start = gaps.unit_start
    ),
    numbered as (
        select unit_start, sum(begins) over (order by unit_start rows unbounded preceding) as range_number from marked
    )
    select
        {{ call_status.as_fetched('min(unit_start)') }},
        {{ call_status.as_fetched(call_status.timestamp_plus(unit, 1, 'max(unit_start)')) }}
    from numbered
    group by range_number
    order by 1
{% endmacro %}


{#- A condition: true for rows whose loaded_at lies in one of the ranges. Bare comparisons, so that the engine skips the rest. -#}
{% macro is_in_ranges(ranges, loaded_at='loaded_at') -%}
    {%- set conditions = [] -%}
    {%- for range in ranges -%}
        {%- if range.start.year < 1990 -%}
            {%- do conditions.append(loaded_at ~ ' is null') -%}
            {%- do conditions.append('not ' ~ call_status.is_plausible_time(loaded_at)) -%}
        {%- endif -%}
        {%- if range.end.year >= 1990 -%}
            {%- do conditions.append('(' ~ loaded_at ~ ' >= ' ~ call_status.timestamp_literal(range.start)
                ~ ' and ' ~ loaded_at ~ ' < ' ~ call_status.timestamp_literal(range.end) ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    ({{ conditions | join(' or ') if conditions else '1 = 0' }})
{%- endmacro %}


{#-
    Says in one line for each raw table of which rows have gone since this model last read it. The facts stay as they are: a
    backfill makes them right. Where more than half of the rows are gone, another table has taken this one's place, or
    loaded_at is not stored with the rows: the run stops. Tables of sources that are off are not looked at.
-#}
{% macro report_deleted_rows(pending) %}
    {%- set query -%}
        with totals as (
            select raw_table, sum(noted_rows - row_count) as missing_rows from ({{ pending }}) as pending group by raw_table
        ),
        noted as (
            select raw_table, sum(row_count) as noted_rows from ({{ call_status.noted_load_rows() }}) as noted group by raw_table
        )
        select {{ call_status.as_fetched('totals.raw_table') }}, totals.missing_rows, noted.noted_rows
        from totals
        inner join noted on totals.raw_table = noted.raw_table
        where totals.missing_rows > 0 and totals.raw_table in ({{ call_status.get_event_table_names() | join(', ') or 'null' }})
    {%- endset -%}
    {%- for raw_table, missing, noted in call_status.fetch(query) -%}
        {%- set raw_table = call_status.fetched_text(raw_table) -%}
        {%- if missing * 2 > noted and not call_status.is_backfill() -%}
            {{ exceptions.raise_compiler_error(
                missing ~ " of " ~ noted ~ " rows that were read before are gone from " ~ raw_table ~ ". If another table took its"
                ~ " place, or rows were deleted on purpose, run `dbt build --full-refresh`. If it is a view, its loaded_at has to be"
                ~ " stored with the rows: a time that changes with each query reads everything in every run.") }}
        {%- elif this.identifier == 'int_call_evidence_packed' -%}
            {%- do log(missing ~ " rows that were read before are gone from " ~ raw_table ~ ". The facts keep what they told. A"
                ~ " backfill makes them right: call_status_backfill_days or call_status_backfill_calls, with"
                ~ " call_status_backfill_takes_back: true (docs/operations.md).", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#-
    Post-hook of a reader: notes what it has read, in the transaction that wrote its rows. With --empty or --sample it has read
    less than there is, and notes nothing. Where it has made its table anew from that, its earlier notes are taken back.
-#}
{% macro note_loads() %}
    {%- set reads_all = not invocation_args_dict.get('empty') and not invocation_args_dict.get('sample') -%}
    {%- if execute and not reads_all and not call_status.is_incremental_run() %}
    insert into {{ call_status.get_relation_of_model('int_noted_loads') }}
        (reader, raw_table, load_minute, row_count, offset_sum, newest_loaded_at, note_number)
    select reader, raw_table, load_minute, 0, 0, load_minute, max(note_number) + 1
    from {{ call_status.get_relation_of_model('int_noted_loads') }}
    where reader = '{{ this.identifier }}'
    group by reader, raw_table, load_minute
    {%- elif execute and reads_all and call_status.may_change() %}
    insert into {{ ref('call_status', 'int_noted_loads') }}
        (reader, raw_table, load_minute, row_count, offset_sum, newest_loaded_at, note_number)
    select
        '{{ this.identifier }}',
        raw_table,
        load_minute,
        row_count,
        offset_sum,
        newest_loaded_at,
        (
            select coalesce(max(note_number), 0) + 1
            from {{ ref('call_status', 'int_noted_loads') }}
            where reader = '{{ this.identifier }}'
        )
    from ({{ call_status.pending_load_rows() }}) as pending
    {%- endif %}
{% endmacro %}


{#-
    Makes this reader run after another one, where two statements cannot add rows to one table at once (is_atomic_table): all
    readers of raw events note what they have read in one table, and all tables that follow fct_calls in another.
-#}
{% macro takes_turns_after(reader) %}
    {%- if not call_status.is_atomic_table() -%}{%- do ref('call_status', reader) -%}{%- endif -%}
{% endmacro %}
