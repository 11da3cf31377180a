{#-
    Spark: how an incremental run writes. Run as spark.sql is; only compiled for Databricks.

    dbt-spark takes no incremental strategy of a package, and tables of plain Parquet files can neither delete nor merge.
    So the incremental models have a materialization of their own there.
-#}

{#- Puts the new rows into a table beside the model's, then lets the strategy bring them in. -#}
{% materialization call_status_incremental, adapter='spark' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if call_status.is_incremental_run() -%}
        {%- set new = call_status.sibling_relation(target, '__new') -%}
        {%- do call_status.drop_with_files(new) -%}
        {%- do run_query('create table ' ~ new ~ ' ' ~ file_format_clause() ~ ' as ' ~ compiled_code) -%}
        {%- do process_schema_changes(config.get('on_schema_change'), new, existing) -%}
        {%- set sql = call_status.get_strategy_sql(target, new, existing) -%}
        {%- call statement('main') -%}{{ sql }}{%- endcall -%}
        {%- do call_status.drop_with_files(new) -%}
    {%- else -%}
        {%- if existing is not none and not call_status.is_replaced_at_once(existing) -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}{{ create_table_as(false, target, compiled_code) }}{%- endcall -%}
        {%- do persist_constraints(target, model) -%}
    {%- endif -%}

    {%- do apply_grants(target, config.get('grants'), should_revoke(existing, full_refresh_mode=should_full_refresh())) -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#-
    | table                                     | how the rows change                                                           |
    |-------------------------------------------|-------------------------------------------------------------------------------|
    | any, no new row and no stored one leaves  | nothing is written                                                            |
    | Delta or Iceberg, with keys, no backfill  | one `merge`                                                                   |
    | Delta or Iceberg otherwise                | one statement overwrites the whole table                                      |
    | Parquet                                   | rows that stay and rows that come go to a second table, which takes the name  |

    A crash in the swap of a Parquet table leaves the old table or none; the next run builds a missing one from the raw
    events. Single partitions are not overwritten in place: a crash could leave them half old and half new, and the next
    run reads only what is new.
-#}
{% macro spark__replace_rows(target, new, columns, leaving, coming, keys) %}
    {%- set next = call_status.sibling_relation(target, '__next') -%}
    {%- set rows -%}
        select {{ columns | join(', ') }} from {{ target }}
        {#- Inside a case, Spark looks a row up among the new ones by its hash. Outside, it compares all rows with all. #}
        where case when {{ leaving }} then 0 else 1 end = 1
        union all
        select {{ columns | join(', ') }} from {{ new }} where {{ coming }}
    {%- endset -%}
    {%- set comes = run_query('select 1 from ' ~ new ~ ' limit 1').rows | length > 0 -%}
    {%- if not comes and run_query('select 1 from ' ~ target ~ ' where ' ~ leaving ~ ' limit 1').rows | length == 0 %}
        select 'nothing comes and nothing goes'
    {%- elif call_status.is_atomic_table() and keys and not call_status.is_backfill() %}
        merge into {{ target }} as stored
        using (select *, {{ coming }} as is_coming from {{ new }}) as new
        on {% for key in keys %}stored.{{ key }} = new.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        when matched and not new.is_coming then delete
        when matched then update set {% for column in columns %}{{ column }} = new.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        when not matched and new.is_coming then insert ({{ columns | join(', ') }}) values (new.{{ columns | join(', new.') }})
    {%- elif call_status.is_atomic_table() %}
        {#- `insert overwrite` would keep the partitions that get no row, where the session's overwrite mode is dynamic. #}
        insert into {{ target }} replace where true
        {{ rows }}
    {%- else %}
        {%- do call_status.drop_with_files(next) -%}
        {%- do run_query('create table ' ~ next ~ ' ' ~ file_format_clause() ~ ' ' ~ partition_cols(label='partitioned by') ~ ' as ' ~ rows) -%}
        {%- do run_query('drop table ' ~ target) -%}
        alter table {{ next }} rename to {{ target }}
    {%- endif -%}
{% endmacro %}


{#-
    Whether `create or replace table` can take the place of this relation, so that readers never find it missing. The engine
    is asked, since dbt-spark takes Iceberg tables for Hive's where a Hive metastore lists them.
-#}
{% macro is_replaced_at_once(relation) %}
    {%- if relation.type != 'table' or not call_status.is_atomic_table() -%}{{ return(false) }}{%- endif -%}
    {%- for row in run_query('describe extended ' ~ relation).rows if row[0] == 'Provider' -%}
        {{ return(row[1] | lower == config.get('file_format')) }}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{#- Drops a table if it is there. Iceberg leaves the files unless told to `purge`; not every catalog takes that word. -#}
{% macro drop_with_files(relation) -%}
    {%- do run_query('drop table if exists ' ~ relation ~ (' purge' if config.get('file_format') == 'iceberg' else '')) -%}
{%- endmacro %}


{#- A table of the same schema, its name that of `relation` and a suffix. -#}
{% macro sibling_relation(relation, suffix) -%}
    {{ return(relation.incorporate(path={'identifier': relation.identifier ~ suffix}, type='table')) }}
{%- endmacro %}
