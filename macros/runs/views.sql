{#-
    Materialization of a view on DuckDB: left alone where its SQL, and that of the views it reads, is what it was made of. A view of
    dbt's own is described twice, made under another name and renamed twice, in each run: a fifth of what a run costs.
    The comment on the view says what it was made of, so an install that persists docs makes its views anew each time.
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
