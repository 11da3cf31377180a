{#- Runs statements outside a model, where dbt commits nothing by itself. -#}
{% macro run_and_commit(statements) %}{{ return(adapter.dispatch('run_and_commit', 'call_status')(statements)) }}{% endmacro %}
{% macro default__run_and_commit(statements) %}{% do run_query(statements | join('; ') ~ '; commit') %}{% endmacro %}
{% macro spark__run_and_commit(statements) %}{% for sql in statements %}{% do run_query(sql) %}{% endfor %}{% endmacro %}
