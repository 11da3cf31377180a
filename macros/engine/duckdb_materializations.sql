{#-
    DuckDB: how a run writes its tables and views. Run, by `scripts/test`.

    A small run costs what its statements cost. dbt's own materializations send eight more a model: they describe the rows twice,
    compare columns that check_tables_of_other_versions has compared before any model, and rename what can be replaced.
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
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}

    {%- if not call_status.may_change() -%}
        {%- call noop_statement('main', 'KEPT') -%}{{ compiled_code }}{%- endcall -%}
    {%- else -%}
        {%- set new = make_temp_relation(target) -%}
        {%- do run_query('create temporary table ' ~ new ~ ' as (' ~ compiled_code ~ ')') -%}
        {%- set sql = call_status.get_strategy_sql(target, new, existing) -%}
        {%- call statement('main') -%}{{ sql }}{%- endcall -%}
    {%- endif -%}

    {%- do persist_docs(target, model) -%}
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


{#-
    A view is left alone where its SQL, and that of the views it reads, is what it was made of. The comment on the view says so: an
    install that persists docs makes its views anew each time.
-#}
{% materialization call_status_view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set comments = {} if config.persist_relation_docs() else call_status.comments_on_views() -%}
    {%- set upstream = [] -%}
    {%- for node in model.depends_on.nodes if node in graph.nodes -%}
        {%- do upstream.append(comments.get((graph.nodes[node].schema, graph.nodes[node].alias))) -%}
    {%- endfor -%}
    {%- set made_of = 'Made by call_status of ' ~ local_md5(tojson([compiled_code, model.contract.get('checksum'), upstream])) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if comments.get((this.schema, this.identifier)) == made_of and not should_full_refresh() -%}
        {%- call noop_statement('main', 'KEPT') -%}{{ compiled_code }}{%- endcall -%}
    {%- else -%}
        {%- if existing is not none and not existing.is_view -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- if model.contract.enforced -%}{%- do get_assert_columns_equivalent(compiled_code) -%}{%- endif -%}
        {%- call statement('main') -%}
            create or replace view {{ target }} as (
                {{ compiled_code }}
            );
            comment on view {{ target }} is '{{ made_of }}'
        {%- endcall -%}
        {%- do persist_docs(target, model) -%}
        {%- do comments.update({(this.schema, this.identifier): made_of}) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- The comments on the views of this database: (schema, name) → text or none. Whoever makes a view brings them up to date. -#}
{% macro comments_on_views() %}
    {%- set known, key = call_status.looked_up(), 'comments on views of ' ~ this.database -%}
    {%- if key not in known -%}
        {%- set comments = {} -%}
        {%- set query = "select schema_name, view_name, comment from duckdb_views() where not internal and database_name = '" ~ this.database ~ "'" -%}
        {%- for schema, name, comment in call_status.fetch(query) -%}
            {%- do comments.update({(schema, name): comment}) -%}
        {%- endfor -%}
        {%- do known.setdefault(key, comments) -%}
    {%- endif -%}
    {{ return(known[key]) }}
{% endmacro %}
