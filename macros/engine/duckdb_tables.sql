{#-
    DuckDB: how a run writes its tables. Run, by `scripts/test`.

    A small run costs what its statements cost. dbt's own materializations send eight more a model: they describe the rows twice,
    compare columns that check_tables_of_other_versions has compared before any model, and rename tables that can be replaced.
-#}

{#-
    Leaves the table alone where nothing may change it. Else the new rows go into a temporary table, and the strategy brings them in,
    in one transaction with the hooks. A table that is not there, or is made anew, is dbt's affair; so is MotherDuck.
-#}
{% materialization call_status_incremental, adapter='duckdb' %}
    {%- set target, existing = this.incorporate(type='table'), load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_table or should_full_refresh() or adapter.is_motherduck() -%}
        {{ return(materialization_incremental_duckdb()) }}
    {%- endif -%}
    {%- set strategy = config.get('incremental_strategy') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}

    {%- if not call_status.may_change(strategy) -%}
        {%- call noop_statement('main', 'KEPT') -%}{{ compiled_code }}{%- endcall -%}
    {%- else -%}
        {{ run_hooks(pre_hooks, inside_transaction=true) }}
        {%- set new = make_temp_relation(target) -%}
        {%- do run_query('create temporary table ' ~ new ~ ' as (' ~ compiled_code ~ ')') -%}
        {%- set arguments = {'target_relation': target, 'temp_relation': new, 'dest_columns': adapter.get_columns_in_relation(existing)} -%}
        {%- set sql = context['call_status']['get_incremental_' ~ strategy ~ '_sql'](arguments) -%}
        {%- call statement('main') -%}{{ sql }}{%- endcall -%}
        {%- do persist_docs(target, model) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- A small table that each run makes anew. -#}
{% materialization call_status_table, adapter='duckdb' %}
    {%- set target, existing = this.incorporate(type='table'), load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and not existing.is_table -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') -%}create or replace table {{ target }} as ({{ compiled_code }}){%- endcall -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
