{#- Makes the key of call_status_pii: hash, once: a random one, made inside the database and shown nowhere. -#}
{% macro create_pii_key() %}
    {%- do call_status.check_raw_names() -%}
    {%- set relation = source('call_status', 'pii_key') -%}
    {%- if call_status.get_existing_columns(relation) -%}
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
