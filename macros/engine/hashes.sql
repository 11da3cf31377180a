{#-
    An integer made of a text, the same in every run and version of the engine, no more than almost always another one for
    another text. Narrow, so that a few rows among many are found quickly. On DuckDB, PostgreSQL and Spark it is 63 bits of
    the MD5 in DuckDB's order of bytes.
-#}
{% macro key_hash(text) -%}{{ return(adapter.dispatch('key_hash', 'call_status')(text)) }}{%- endmacro %}
{% macro default__key_hash(text) -%}{{ exceptions.raise_compiler_error("call_status has no key_hash for " ~ adapter.type() ~ ": write " ~ adapter.type() ~ "__key_hash in your project (macros/engine/hashes.sql).") }}{%- endmacro %}
{% macro duckdb__key_hash(text) -%}cast(md5_number_lower({{ text }}) >> 1 as bigint){%- endmacro %}
{% macro postgres__key_hash(text) -%}
    ((cast(cast('x' || regexp_replace(substr(md5({{ text }}), 17), '(..)(..)(..)(..)(..)(..)(..)(..)', '\8\7\6\5\4\3\2\1') as bit(64)) as bigint) >> 1) & 9223372036854775807)
{%- endmacro %}
{% macro spark__key_hash(text) -%}
    (cast(conv(regexp_replace(substr(md5({{ text }}), 17), '(..)(..)(..)(..)(..)(..)(..)(..)', '$8$7$6$5$4$3$2$1'), 16, 10) as decimal(20, 0)) div 2)
{%- endmacro %}


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
