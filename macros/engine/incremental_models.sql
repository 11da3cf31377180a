{#-
    Incremental models on engines whose dbt adapter does not take an incremental strategy of ours. dbt-spark is the one:
    it knows its own strategies only, and plain Parquet tables can neither delete nor merge.
-#}

{#- The materialization of the incremental models: dbt's own where it takes our strategies. -#}
{% macro incremental() -%}{{ return(adapter.dispatch('incremental', 'call_status')()) }}{%- endmacro %}
{% macro default__incremental() -%}{{ return('incremental') }}{%- endmacro %}
{% macro spark__incremental() -%}{{ return('call_status_incremental') }}{%- endmacro %}


{#- What dbt's own is_incremental says, for both. Within this package it takes the place of dbt's. -#}
{% macro is_incremental() %}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set relation = load_cached_relation(this) -%}
    {{ return(
        relation is not none and relation.type == 'table'
        and model.config.materialized == call_status.incremental() and not should_full_refresh()
    ) }}
{% endmacro %}


{#-
    Spark: the new rows become a table beside the model's, then the strategy brings them in.
-#}
{% materialization call_status_incremental, adapter='spark' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if call_status.is_incremental() -%}
        {%- set new = call_status.beside(target, '__new') -%}
        {%- do call_status.drop_with_files(new) -%}
        {%- do run_query('create table ' ~ new ~ ' ' ~ file_format_clause() ~ ' as ' ~ compiled_code) -%}
        {%- do process_schema_changes(config.get('on_schema_change'), new, existing) -%}
        {%- set columns = adapter.get_columns_in_relation(existing) -%}
        {%- set arguments = {
            'target_relation': target, 'temp_relation': new, 'unique_key': config.get('unique_key'), 'dest_columns': columns,
        } -%}
        {%- set sql = context['call_status']['get_incremental_' ~ config.get('incremental_strategy') ~ '_sql'](arguments) -%}
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


{#- Drops a table if it is there. Without `purge` Iceberg would leave its files; not every catalog takes the word. -#}
{% macro drop_with_files(relation) -%}
    {%- do run_query('drop table if exists ' ~ relation ~ (' purge' if config.get('file_format') == 'iceberg' else '')) -%}
{%- endmacro %}


{#- A table of the same schema whose name begins with that of another. -#}
{% macro beside(relation, suffix) -%}
    {{ return(relation.incorporate(path={'identifier': relation.identifier ~ suffix}, type='table')) }}
{%- endmacro %}


{#-
    Puts the new rows in place of the stored ones for which `leaving` holds, at once. `coming` says which of the new rows
    are to be there; `keys` tell two of them apart, where they are given.
-#}
{% macro replace_rows(target, new, columns, leaving, coming, keys) -%}{{ return(adapter.dispatch('replace_rows', 'call_status')(target, new, columns, leaving, coming, keys)) }}{%- endmacro %}
{% macro default__replace_rows(target, new, columns, leaving, coming, keys) %}
    delete from {{ target }} where {{ leaving }};

    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }} from {{ new }} where {{ coming }}
{% endmacro %}


{#-
    Spark. Parquet tables can only be written anew: what stays and what comes goes to a table that then takes the name of
    the old one. A crash leaves the old table or none, and a missing table is made from the raw events. (Partitions
    overwritten in place could be left half old and half new, and the model's own rows say what a run has read.)
    Delta and Iceberg tables are merged into where rows have a key, and otherwise overwritten, which is atomic there.
-#}
{% macro spark__replace_rows(target, new, columns, leaving, coming, keys) %}
    {%- set next = call_status.beside(target, '__next') -%}
    {%- set rows -%}
        select {{ columns | join(', ') }} from {{ target }}
        {#- Within the case Spark looks a row up among the new ones by its hash. Without it, it compares all with all. #}
        where case when {{ leaving }} then 0 else 1 end = 1
        union all
        select {{ columns | join(', ') }} from {{ new }} where {{ coming }}
    {%- endset -%}
    {%- if run_query('select 1 from ' ~ new ~ ' limit 1').rows | length == 0 and not call_status.is_backfill() %}
        select 'nothing new'
    {%- elif call_status.is_atomic_table() and keys and not call_status.is_backfill() %}
        merge into {{ target }} as stored
        using (select *, {{ coming }} as is_coming from {{ new }}) as new
        on {% for key in keys %}stored.{{ key }} = new.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        when matched and not new.is_coming then delete
        when matched then update set {% for column in columns %}{{ column }} = new.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        when not matched and new.is_coming then insert ({{ columns | join(', ') }}) values (new.{{ columns | join(', new.') }})
    {%- elif call_status.is_atomic_table() %}
        {#- Not `insert overwrite`: where the session's mode is dynamic, that keeps the partitions which nothing is written to. #}
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
    Whether `create or replace table` takes this relation's place, so that readers never find it missing. Asked of the
    engine: dbt-spark takes Iceberg tables for Hive's where a Hive metastore lists them.
-#}
{% macro is_replaced_at_once(relation) %}
    {%- if relation.type != 'table' or not call_status.is_atomic_table() -%}{{ return(false) }}{%- endif -%}
    {%- for row in run_query('describe extended ' ~ relation).rows if row[0] == 'Provider' -%}
        {{ return(row[1] | lower == config.get('file_format')) }}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{% macro is_atomic_table() -%}{{ return(adapter.dispatch('is_atomic_table', 'call_status')()) }}{%- endmacro %}
{% macro default__is_atomic_table() -%}{{ return(true) }}{%- endmacro %}
{% macro spark__is_atomic_table() -%}{{ return(config.get('file_format') in ['delta', 'iceberg']) }}{%- endmacro %}
{% macro databricks__is_atomic_table() -%}{{ return(config.get('file_format', 'delta') in ['delta', 'iceberg']) }}{%- endmacro %}
