{#-
    An integer made of a text: the same in every run and version of the engine, no more than almost always another one for
    another text. Narrow, so that a few rows among many are found quickly.
-#}
{% macro key_hash(text) -%}{{ return(adapter.dispatch('key_hash', 'call_status')(text)) }}{%- endmacro %}
{% macro default__key_hash(text) -%}{{ call_status.bitand("xxhash64(" ~ text ~ ")", 9223372036854775807) }}{%- endmacro %}
{% macro duckdb__key_hash(text) -%}cast(md5_number_lower({{ text }}) >> 1 as bigint){%- endmacro %}
{% macro postgres__key_hash(text) -%}cast(('x' || substr(md5({{ text }}), 1, 16)) as bit(64))::bigint{%- endmacro %}


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
