{#-
    Trino: only compiled for it, never run. What stands here follows its documentation; that it parses is tested
    (`scripts/test --engine dialects`), that it computes the same is not. Known limits: docs/engines.md.
-#}

{% macro trino__key_hash(text) -%}from_big_endian_64(xxhash64(to_utf8({{ text }}))){%- endmacro %}


{% macro trino__keyed_hash(column, key) -%}lower(to_hex(sha256(to_utf8(concat({{ key }}, lower(to_hex(sha256(to_utf8(concat({{ key }}, {{ column }})))))))))){%- endmacro %}


{% macro trino__random_key() -%}concat(cast(uuid() as varchar), cast(uuid() as varchar)){%- endmacro %}


{% macro trino__epoch_microseconds(moment) -%}cast(round(to_unixtime(with_timezone({{ moment }}, 'UTC')) * 1000000) as bigint){%- endmacro %}


{% macro trino__from_epoch_microseconds(microseconds) -%}cast(from_unixtime_nanos(cast({{ microseconds }} as decimal(20, 0)) * 1000) at time zone 'UTC' as timestamp(6)){%- endmacro %}


{% macro trino__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type -%}cast({{ column }} at time zone 'UTC' as timestamp(6))
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp(6))
    {%- else -%}
        {%- set text = 'cast(' ~ column ~ ' as varchar)' -%}
        case
            when regexp_like({{ text }}, '{{ call_status.offset_pattern() }}')
                then try(cast(from_iso8601_timestamp_nanos(replace(regexp_replace({{ text }}, ' ([zZ]|[+-][0-9:]+)$', '$1'), ' ', 'T')) at time zone 'UTC' as timestamp(6)))
            else try_cast(replace({{ text }}, 'T', ' ') as timestamp(6))
        end
    {%- endif -%}
{%- endmacro %}


{% macro trino__zone_to_utc(moment, zone) -%}cast(with_timezone({{ moment }}, '{{ zone }}') at time zone 'UTC' as timestamp(6)){%- endmacro %}


{% macro trino__utc_to_zone(moment, zone) -%}cast(with_timezone({{ moment }}, 'UTC') at time zone '{{ zone }}' as timestamp(6)){%- endmacro %}


{% macro trino__type_double() -%}double{%- endmacro %}


{% macro trino__safe_double(column, data_type='text') -%}try_cast({{ column }} as double){%- endmacro %}


{% macro trino__bitand(column, bits) -%}bitwise_and({{ column }}, {{ bits }}){%- endmacro %}


{% macro trino__shift_right(column, bits) -%}bitwise_right_shift_arithmetic({{ column }}, {{ bits }}){%- endmacro %}


{% macro trino__percentile(column, share) -%}approx_percentile({{ column }}, {{ share }}){%- endmacro %}


{% macro trino__bit_or(column) -%}bitwise_or_agg({{ column }}){%- endmacro %}


{#- Its dbt adapter sends one statement at a time, and a strategy of this package is two. -#}
{% macro trino__incremental() -%}{{ return('table') }}{%- endmacro %}
