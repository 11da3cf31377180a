{#- The customer's number as call_status_pii wants it. Everything downstream of staging sees only this. -#}
{% macro protected(column) -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- if pii == 'drop' -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif pii == 'hash' -%}
        {{ call_status.keyed_hash(column, '(select pii_key from ' ~ call_status.pii_key_relation() ~ ')') }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}


{#- Free text that may hold a customer's number anywhere: only there when numbers are kept as they are. -#}
{% macro unless_private(column) -%}
    {{ column if call_status.setting('pii') == 'keep' else 'cast(null as ' ~ dbt.type_string() ~ ')' }}
{%- endmacro %}


{#- The one-row table that holds the key; an error that says how to make it where it is not there. -#}
{% macro pii_key_relation() %}
    {%- set relation = source('call_status', 'pii_key') -%}
    {%- if execute -%}
        {%- set rows = run_query('select count(*), count(case when length(pii_key) >= 32 then 1 end) from ' ~ relation).rows[0]
            if call_status.existing_columns(relation) else (0, 0) -%}
        {%- if rows[0] != 1 or rows[1] != 1 -%}
            {{ exceptions.raise_compiler_error(
                "call_status_pii is 'hash', which needs " ~ relation ~ ": one row, one column pii_key of 32 or more "
                ~ "characters. `dbt run-operation call_status.create_pii_key` makes it.") }}
        {%- endif -%}
    {%- endif -%}
    {{ return(relation) }}
{% endmacro %}


{#- Makes the key of call_status_pii: hash, once: a random one, made inside the database and shown nowhere. -#}
{% macro create_pii_key() %}
    {%- set relation = source('call_status', 'pii_key') -%}
    {%- if call_status.existing_columns(relation) -%}
        {{ exceptions.raise_compiler_error(
            relation ~ " is there already. A new key would hash every number differently; drop the table first if you mean it.") }}
    {%- endif -%}
    {%- do adapter.create_schema(relation) -%}
    {%- call statement('make_key', auto_begin=true) -%}
        create table {{ relation }} as select {{ call_status.random_key() }} as pii_key
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {%- do log('Made ' ~ relation ~ '. Keep a copy in your secret store: without it new hashes will not match old ones.', info=true) -%}
{% endmacro %}
