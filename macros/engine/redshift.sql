{#-
    Redshift: only compiled for it, never run. What stands here follows its documentation; that it parses is tested
    (`scripts/test --engine dialects`), that it computes the same is not. Known limits: docs/engines.md.

    Where this file has no macro, dbt takes PostgreSQL's before the default. So each macro of postgres.sql is here as well.
-#}

{% macro redshift__key_hash(text) -%}farmfingerprint64({{ text }}){%- endmacro %}


{% macro redshift__keyed_hash(column, key) -%}{{ call_status.default__keyed_hash(column, key) }}{%- endmacro %}


{% macro redshift__random_key() -%}
    {{ exceptions.raise_compiler_error("Redshift has no function that makes a random key. Make one elsewhere, 32 or more characters, and put it into a table of one row and one column pii_key.") }}
{%- endmacro %}


{% macro redshift__epoch_microseconds(moment) -%}datediff(microsecond, timestamp '1970-01-01 00:00:00', {{ moment }}){%- endmacro %}


{#- An interval times a number is exact up to 2^53 only, so days and the rest of a day are added by themselves. -#}
{% macro redshift__from_epoch_microseconds(microseconds) -%}
(timestamp '1970-01-01 00:00:00' + (({{ microseconds }}) / 86400000000) * interval '1 day' + (({{ microseconds }}) % 86400000000) * interval '1 microsecond')
{%- endmacro %}


{% macro redshift__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type or type == 'timestamptz' -%}({{ column }} at time zone 'UTC')
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        case
            when cast({{ column }} as varchar) ~ '{{ call_status.offset_pattern() }}'
                then try_cast(cast({{ column }} as varchar) as timestamptz) at time zone 'UTC'
            else try_cast(cast({{ column }} as varchar) as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- Text is compared by its bytes there, unless a collation was asked for. -#}
{% macro redshift__binary_text(expression) -%}{{ expression }}{%- endmacro %}


{% macro redshift__safe_double(column, data_type='text') -%}try_cast(cast({{ column }} as varchar) as double precision){%- endmacro %}


{% macro redshift__text_matches(text, pattern) -%}({{ text }} ~ '{{ pattern }}'){%- endmacro %}


{#- Not PostgreSQL's: Redshift's intervals are no column type of raw tables. -#}
{% macro redshift__seconds_of_interval(column) -%}cast(null as double precision){%- endmacro %}


{#- Not PostgreSQL's: Redshift computes an expression once. -#}
{% macro redshift__evaluated_once() -%}{%- endmacro %}


{#- Not PostgreSQL's: erase_customer was not written for Redshift. -#}
{% macro redshift__text_replaced(text, pattern, replacement) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}


{% macro redshift__searched_text(column, data_type) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}


{% macro redshift__column_of_searched_text(text, data_type) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}
