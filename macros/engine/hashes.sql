{#- A keyed hash of text, 64 hexadecimal digits; null for null. Twice over, so that the key cannot be extended. -#}
{% macro keyed_hash(column, key) -%}{{ return(adapter.dispatch('keyed_hash', 'call_status')(column, key)) }}{%- endmacro %}
{% macro default__keyed_hash(column, key) -%}sha2(concat({{ key }}, sha2(concat({{ key }}, {{ column }}), 256)), 256){%- endmacro %}
{% macro duckdb__keyed_hash(column, key) -%}sha256({{ key }} || sha256({{ key }} || {{ column }})){%- endmacro %}
{% macro postgres__keyed_hash(column, key) -%}encode(sha256(convert_to({{ key }} || encode(sha256(convert_to({{ key }} || {{ column }}, 'UTF8')), 'hex'), 'UTF8')), 'hex'){%- endmacro %}


{#- A new random key: 64 or more characters. -#}
{% macro random_key() -%}{{ return(adapter.dispatch('random_key', 'call_status')()) }}{%- endmacro %}
{% macro default__random_key() -%}concat(uuid(), uuid()){%- endmacro %}
{% macro duckdb__random_key() -%}replace(uuid()::varchar || uuid()::varchar, '-', ''){%- endmacro %}
{% macro postgres__random_key() -%}replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''){%- endmacro %}
