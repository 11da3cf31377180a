{#-
    Deletes the raw rows that were loaded before a day (UTC), of all sources that are on, and the rows that the loader could not read.
    Evidence and facts stay. The day is noted as a horizon (horizon.sql). The loads are counted no more, and what the readers noted of them
    becomes 0 rows, so the next run misses nothing. Rows without a plausible loaded_at belong to no day and stay.
-#}
{% macro drop_raw_before(day) %}
    {%- do call_status.validate_variables() -%}
    {%- set before = call_status.parse_timestamp(day) if day | string | length == 10 else none -%}
    {%- if before is none -%}
        {{ exceptions.raise_compiler_error("drop_raw_before takes a day such as {day: 2026-01-01}. Nothing was deleted.") }}
    {%- elif before > run_started_at.replace(tzinfo=none) -%}
        {{ exceptions.raise_compiler_error("drop_raw_before got a day in the future. Rows that are yet to come cannot be deleted. Nothing was deleted.") }}
    {%- endif -%}
    {%- set tables = call_status.get_droppable_tables() -%}
    {%- set is_before -%}
        {{ call_status.is_plausible_time('loaded_at') }} and loaded_at < {{ call_status.timestamp_literal(before) }}
    {%- endset -%}
    {%- do call_status.check_all_is_read(call_status.load_rows(is_before)) -%}

    {%- set counts = {} -%}
    {%- for raw_table, rows in call_status.fetch('select ' ~ call_status.as_fetched('raw_table') ~ ', sum(row_count) from ('
            ~ call_status.load_rows(is_before) ~ ') as loads group by raw_table') -%}
        {%- do counts.update({call_status.fetched_text(raw_table): rows | int}) -%}
    {%- endfor -%}
    {%- set dropped = [] -%}
    {%- for table in tables if table.name in counts -%}{%- do dropped.append(table) -%}{%- endfor -%}
    {%- if dropped -%}
        {%- call statement('drop_raw_rows', auto_begin=true) -%}
            {{ call_status.drop_statements(dropped, counts, before, is_before) }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {%- for table in tables -%}
        {%- do log(table.name ~ ": " ~ counts.get(table.name, 0) ~ " rows that were loaded before " ~ before.date() ~ " were deleted.", info=true) -%}
    {%- endfor -%}
    {%- if dropped -%}
        {%- do log("The facts stay. A full refresh or a backfill of calls behind that day stops from now on.", info=true) -%}
    {%- endif -%}
{% endmacro %}


{#-
    The raw tables that there are of the sources that are on, and that of unreadable rows: a list of dictionaries with `source`, `name` (as
    the notes have it), `relation` and `loaded_at`, SQL on the table. A view stops the command: its rows are deleted behind it.
-#}
{% macro get_droppable_tables() %}
    {%- set named, found = [], [] -%}
    {%- for source in call_status.setting('sources') -%}
        {%- for name in call_status.get_sources()[source] -%}{%- do named.append((source, name)) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for source, name in named + [('loader', 'unreadable_rows')] -%}
        {%- set table = call_status.raw_table(name) -%}
        {%- set relation = adapter.get_relation(table.database, table.schema, table.identifier) -%}
        {%- if relation and relation.is_view -%}
            {{ exceptions.raise_compiler_error(
                table ~ " is a view. Delete the rows from the tables that it reads instead; a run says then how many are gone. Nothing was deleted.") }}
        {%- elif relation -%}
            {%- do found.append({
                'source': source,
                'name': table.schema ~ '.' ~ table.identifier,
                'relation': table,
                'loaded_at': call_status.raw_value(call_status.get_existing_columns(table), 'loaded_at', call_status.loaded_at_column()),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Stops where a reader of raw rows has not read a load as it is now: its rows would be lost. `loads`: a select of load_rows. -#}
{% macro check_all_is_read(loads) %}
    {%- set notes = call_status.get_relation_of_model('int_noted_loads') -%}
    {%- set query -%}
        with loads as (
            {{ loads }}
        ),

        noted as (
            {{ call_status.latest_note_rows(notes) if notes }}
        ),

        readers as (
            select distinct reader from noted
        ),

        unread as (
            select loads.row_count
            from readers
            cross join loads
            left join noted
                on
                    readers.reader = noted.reader
                    and loads.raw_table = noted.raw_table
                    and loads.load_minute = noted.load_minute
            where loads.row_count <> coalesce(noted.row_count, 0) or loads.offset_sum <> coalesce(noted.offset_sum, 0)
        )

        select (select count(*) from unread), (select count(*) from readers)
    {%- endset -%}
    {%- set unread, readers = call_status.fetch(query)[0] if notes else (0, 0) -%}
    {%- if unread > 0 or readers == 0 -%}
        {{ exceptions.raise_compiler_error(
            "Some rows that were loaded before that day were not built yet, or were deleted or changed since. What they tell would be"
            ~ " lost. Nothing was deleted. Run `dbt build` first.") }}
    {%- endif -%}
{% endmacro %}


{#- The statements of drop_raw_before, which belong into one transaction: the horizon, the rows, their loads, the notes. -#}
{% macro drop_statements(tables, counts, before, is_before) %}
    {%- set horizons, notes = source('call_status', 'horizons'), call_status.get_relation_of_model('int_noted_loads') -%}
    create table if not exists {{ horizons }} (
        source {{ dbt.type_string() }},
        raw_table {{ dbt.type_string() }},
        dropped_before {{ dbt.type_timestamp() }},
        dropped_rows {{ dbt.type_bigint() }},
        dropped_at {{ dbt.type_timestamp() }}
    );
    {%- for table in tables %}
    insert into {{ horizons }} (source, raw_table, dropped_before, dropped_rows, dropped_at)
    select
        '{{ table.source }}',
        {{ call_status.text_literal(table.name) }},
        {{ call_status.timestamp_literal(before) }},
        {{ counts[table.name] }},
        {{ call_status.timestamp_literal(run_started_at) }};
    delete from {{ table.relation }}
    where {{ is_before | replace('loaded_at', table.loaded_at) }};
    {%- endfor %}
    {%- set loads = call_status.get_relation_of_model('int_raw_loads') %}
    {%- if loads %}
    delete from {{ loads }}
    where
        raw_table in ({{ call_status.text_literals(tables | map(attribute='name') | list) }})
        and {{ is_before | replace('loaded_at', 'load_minute') }};
    {%- endif %}
    insert into {{ notes }} (reader, raw_table, load_minute, row_count, offset_sum, newest_loaded_at, note_number)
    select
        noted.reader,
        noted.raw_table,
        noted.load_minute,
        0,
        0,
        noted.load_minute,
        newest.note_number + 1
    from ({{ call_status.latest_note_rows(notes) }}) as noted
    inner join (select reader, max(note_number) as note_number from {{ notes }} group by reader) as newest on noted.reader = newest.reader
    where
        noted.raw_table in ({{ call_status.text_literals(tables | map(attribute='name') | list) }})
        and {{ is_before | replace('loaded_at', 'noted.load_minute') }}
        and noted.row_count > 0
{% endmacro %}
