{#-
    Materialization of a table to which other models add rows in their hooks: made, without a row, where it is missing or all is
    made anew; left alone otherwise. dbt's incremental models would do the same in eight statements more.
-#}
{% materialization call_status_ledger, default %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}

    {%- if existing is none or should_full_refresh() -%}
        {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('main') -%}{{ create_table_as(false, target, compiled_code) }}{%- endcall -%}
        {%- do adapter.commit() -%}
    {%- else -%}
        {%- call noop_statement('main', 'KEPT') -%}{{ compiled_code }}{%- endcall -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
