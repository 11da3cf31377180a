{#-
    Loads: the rows of a raw table by the minute of their loaded_at. Order and repeats do not matter to evidence, so a run need
    not know *when* a row came. It is enough to know how many rows each load had when it was last read.
-#}

{#- One row per raw row of every source that is on: the name of its raw table, and its loaded_at (UTC). Reads one column. -#}
{% macro loaded_at_rows() %}
    {%- for name in call_status.get_raw_table_names() %}
    {{ call_status.loaded_at_rows_of(call_status.raw_table(name)) }}
    union all
    {%- endfor %}
    {{ call_status.loaded_at_rows_of(call_status.raw_table('unreadable_rows')) }}
{% endmacro %}


{#- The table's name is part of the key: a table that takes the place of another, by a variable, is read from its start. -#}
{% macro loaded_at_rows_of(relation) %}
    select
        {{ call_status.raw_table_name(relation) }} as raw_table,
        loaded_at
    from ({{ call_status.column_rows(relation, {'loaded_at': call_status.loaded_at_column()}) }}) as raw_rows
{% endmacro %}


{#-
    One row per load: its raw table, its minute, how many rows it has, the sum of their microseconds into the minute, and the newest
    time. `condition`: SQL on loaded_at, which says which rows are counted.
-#}
{% macro load_rows(condition=none) %}
    select
        raw_table,
        load_minute,
        count(*) as row_count,
        cast(sum({{ call_status.microseconds_into_minute('loaded_at', 'load_minute') }}) as {{ dbt.type_bigint() }}) as offset_sum,
        max(case when {{ call_status.is_plausible_time('loaded_at') }} then loaded_at else load_minute end) as newest_loaded_at
    from (
        select
            raw_table,
            loaded_at,
            case
                when {{ call_status.is_plausible_time('loaded_at') }} then {{ dbt.date_trunc('minute', 'loaded_at') }}
                else {{ call_status.no_load_minute() }}
            end as load_minute
        from ({{ call_status.loaded_at_rows() }}) as loaded
        {{ 'where ' ~ condition if condition }}
    ) as minutes
    group by raw_table, load_minute
{% endmacro %}


{#- Schema and name of a raw table, as a SQL text. The database is left out: a copy of a DuckDB file has another one. -#}
{% macro raw_table_name(relation) -%}
    {{ call_status.text_literal(relation.schema ~ '.' ~ relation.identifier) }}
{%- endmacro %}


{#- The names of the raw tables that events are read from, as a list of SQL texts. -#}
{% macro get_event_table_names() %}
    {%- set names = [] -%}
    {%- for name in call_status.get_raw_table_names() -%}
        {%- do names.append(call_status.raw_table_name(call_status.raw_table(name))) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#- True for times from 1990 to 2099. Nothing else is the load time of a call. -#}
{% macro is_plausible_time(moment) -%}
    ({{ moment }} >= cast('1990-01-01' as {{ dbt.type_timestamp() }}) and {{ moment }} < cast('2100-01-01' as {{ dbt.type_timestamp() }}))
{%- endmacro %}


{#- The minute that stands for rows without a plausible loaded_at. -#}
{% macro no_load_minute() -%}
    cast('1900-01-01' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{#-
    The time from which on loads are counted: the start of a day, call_status_count_loads_of_days before the run started. Loads
    before it are neither counted nor missed when they are gone. A full refresh counts all. No load has an earlier minute than
    no_load_minute, which stands for `all`.
-#}
{% macro counted_from() -%}
    {%- set days = call_status.setting('count_loads_of_days') -%}
    {%- if invocation_args_dict.get('empty') or invocation_args_dict.get('sample') -%}
        {#- Less was counted than there is. #}
        cast('9999-12-31' as {{ dbt.type_timestamp() }})
    {%- elif days is none or flags.FULL_REFRESH -%}
        {{- call_status.no_load_minute() -}}
    {%- else -%}
        {{- call_status.timestamp_literal(call_status.midnight_of(
            call_status.hours_before(run_started_at.replace(tzinfo=none), days * 24).date())) -}}
    {%- endif -%}
{%- endmacro %}


{#-
    The time from which on the loads of int_raw_loads were counted, as a subquery. It is in the table itself, since the table may
    be older than this run, and the variable or the clock another since then.
-#}
{% macro noted_counted_from() -%}
    (
        select coalesce(max(load_minute), {{ call_status.no_load_minute() }})
        from {{ ref('call_status', 'int_raw_loads') }}
        where raw_table = {{ call_status.no_raw_table() }}
    )
{%- endmacro %}


{#- What stands for a raw table in the row of int_raw_loads that says from when on loads were counted. -#}
{% macro no_raw_table() -%}''{%- endmacro %}


{#- Microseconds of a load time behind its minute; 0 for rows without a plausible loaded_at. -#}
{% macro microseconds_into_minute(loaded_at, load_minute) -%}
    case
            when {{ call_status.is_plausible_time(loaded_at) }}
            then {{ call_status.epoch_microseconds(loaded_at) }} - {{ call_status.epoch_microseconds(load_minute) }}
            else 0
        end
{%- endmacro %}
