{#-
    ClickHouse: only compiled for it, never run, and known to be wrong today (docs/engines.md). What stands here follows its
    documentation; that it parses is tested (`scripts/test --engine dialects`), that it computes the same is not.
-#}

{% macro clickhouse__key_hash(text) -%}toInt64(sipHash64({{ text }})){%- endmacro %}


{% macro clickhouse__keyed_hash(column, key) -%}lower(hex(SHA256(concat({{ key }}, lower(hex(SHA256(concat({{ key }}, {{ column }})))))))){%- endmacro %}


{% macro clickhouse__random_key() -%}concat(toString(generateUUIDv4(1)), toString(generateUUIDv4(2))){%- endmacro %}


{% macro clickhouse__epoch_microseconds(moment) -%}toUnixTimestamp64Micro(toDateTime64({{ moment }}, 6, 'UTC')){%- endmacro %}


{% macro clickhouse__from_epoch_microseconds(microseconds) -%}fromUnixTimestamp64Micro({{ microseconds }}, 'UTC'){%- endmacro %}


{% macro clickhouse__utc_timestamp(column, data_type) -%}
    {%- if data_type.startswith('Date') -%}toDateTime64({{ column }}, 6, 'UTC')
    {%- else -%}parseDateTime64BestEffortOrNull(toString({{ column }}), 6, 'UTC')
    {%- endif -%}
{%- endmacro %}


{% macro clickhouse__zone_to_utc(moment, zone) -%}toTimeZone(toDateTime64(toString({{ moment }}), 6, '{{ zone }}'), 'UTC'){%- endmacro %}


{% macro clickhouse__utc_to_zone(moment, zone) -%}toDateTime64(toString(toTimeZone({{ moment }}, '{{ zone }}')), 6, 'UTC'){%- endmacro %}


{% macro clickhouse__text_literal(value) -%}{{ call_status.spark__text_literal(value) }}{%- endmacro %}


{% macro clickhouse__type_double() -%}Nullable(Float64){%- endmacro %}


{% macro clickhouse__safe_double(column, data_type='text') -%}toFloat64OrNull(toString({{ column }})){%- endmacro %}


{% macro clickhouse__bitand(column, bits) -%}bitAnd({{ column }}, {{ bits }}){%- endmacro %}


{% macro clickhouse__shift_right(column, bits) -%}bitShiftRight({{ column }}, {{ bits }}){%- endmacro %}


{% macro clickhouse__percentile(column, share) -%}quantileExactInclusive({{ share }})({{ column }}){%- endmacro %}


{% macro clickhouse__bit_or(column) -%}groupBitOr({{ column }}){%- endmacro %}


{#- Its dbt adapter refuses the strategies of a package. -#}
{% macro clickhouse__incremental() -%}{{ return('table') }}{%- endmacro %}


{% macro clickhouse__text_matches(text, pattern) -%}match({{ text }}, '{{ pattern }}'){%- endmacro %}
