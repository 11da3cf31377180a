{#-
    Engines on which the package was never run: Snowflake, BigQuery, Redshift, Trino, ClickHouse. (Databricks takes what
    Spark has.) What stands here is their documentation's word; that it parses is tested, that it computes the same is
    not. docs/engines.md says what is known to differ. Redshift would take PostgreSQL's macros, so it has all of its own.
-#}

{#- ---- hashes -------------------------------------------------------------------------------------------------- -#}

{% macro snowflake__key_hash(text) -%}mod(md5_number_lower64({{ text }}), 9223372036854775807){%- endmacro %}
{% macro bigquery__key_hash(text) -%}farm_fingerprint({{ text }}){%- endmacro %}
{% macro redshift__key_hash(text) -%}farmfingerprint64({{ text }}){%- endmacro %}
{% macro trino__key_hash(text) -%}from_big_endian_64(xxhash64(to_utf8({{ text }}))){%- endmacro %}
{% macro clickhouse__key_hash(text) -%}toInt64(sipHash64({{ text }})){%- endmacro %}

{% macro bigquery__keyed_hash(column, key) -%}to_hex(sha256(concat({{ key }}, to_hex(sha256(concat({{ key }}, {{ column }})))))){%- endmacro %}
{% macro redshift__keyed_hash(column, key) -%}{{ call_status.default__keyed_hash(column, key) }}{%- endmacro %}
{% macro trino__keyed_hash(column, key) -%}lower(to_hex(sha256(to_utf8(concat({{ key }}, lower(to_hex(sha256(to_utf8(concat({{ key }}, {{ column }})))))))))){%- endmacro %}
{% macro clickhouse__keyed_hash(column, key) -%}lower(hex(SHA256(concat({{ key }}, lower(hex(SHA256(concat({{ key }}, {{ column }})))))))){%- endmacro %}

{% macro snowflake__random_key() -%}concat(uuid_string(), uuid_string()){%- endmacro %}
{% macro bigquery__random_key() -%}concat(generate_uuid(), generate_uuid()){%- endmacro %}
{% macro trino__random_key() -%}concat(cast(uuid() as varchar), cast(uuid() as varchar)){%- endmacro %}
{% macro clickhouse__random_key() -%}concat(toString(generateUUIDv4(1)), toString(generateUUIDv4(2))){%- endmacro %}
{% macro redshift__random_key() -%}
    {{ exceptions.raise_compiler_error("Redshift has no function that makes a random key. Make one elsewhere, 32 or more characters, and put it into a table of one row and one column pii_key.") }}
{%- endmacro %}


{#- ---- times --------------------------------------------------------------------------------------------------- -#}

{% macro snowflake__epoch_microseconds(moment) -%}date_part(epoch_microsecond, {{ moment }}){%- endmacro %}
{% macro bigquery__epoch_microseconds(moment) -%}unix_micros({{ moment }}){%- endmacro %}
{% macro redshift__epoch_microseconds(moment) -%}datediff(microsecond, timestamp '1970-01-01 00:00:00', {{ moment }}){%- endmacro %}
{% macro trino__epoch_microseconds(moment) -%}cast(round(to_unixtime(with_timezone({{ moment }}, 'UTC')) * 1000000) as bigint){%- endmacro %}
{% macro clickhouse__epoch_microseconds(moment) -%}toUnixTimestamp64Micro(toDateTime64({{ moment }}, 6, 'UTC')){%- endmacro %}

{% macro snowflake__from_epoch_microseconds(microseconds) -%}to_timestamp_ntz({{ microseconds }}, 6){%- endmacro %}
{% macro bigquery__from_epoch_microseconds(microseconds) -%}timestamp_micros({{ microseconds }}){%- endmacro %}
{% macro redshift__from_epoch_microseconds(microseconds) -%}
{#- A product of an interval is exact up to 2^53 only: days and the rest by themselves. -#}
(timestamp '1970-01-01 00:00:00' + (({{ microseconds }}) / 86400000000) * interval '1 day' + (({{ microseconds }}) % 86400000000) * interval '1 microsecond')
{%- endmacro %}
{% macro trino__from_epoch_microseconds(microseconds) -%}cast(from_unixtime_nanos(cast({{ microseconds }} as decimal(20, 0)) * 1000) at time zone 'UTC' as timestamp(6)){%- endmacro %}
{% macro clickhouse__from_epoch_microseconds(microseconds) -%}fromUnixTimestamp64Micro({{ microseconds }}, 'UTC'){%- endmacro %}

{#- dbt's own gives a DATETIME there, which no TIMESTAMP can be compared with. -#}
{% macro bigquery__later(part, count, moment) -%}timestamp_add({{ moment }}, interval {{ count }} {{ part }}){%- endmacro %}

{#- Text without an offset must not be read in the session's time zone. -#}
{% macro has_offset() -%}:[0-9.]+ ?([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)${%- endmacro %}

{% macro snowflake__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {%- if type.startswith('TIMESTAMP_TZ') or type.startswith('TIMESTAMP_LTZ') -%}cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
    {%- elif type.startswith('TIMESTAMP') or type.startswith('DATE') -%}cast({{ column }} as timestamp_ntz)
    {%- else -%}
        case
            when regexp_like(cast({{ column }} as varchar), '.*{{ call_status.has_offset() }}')
                then cast(convert_timezone('UTC', try_to_timestamp_tz(cast({{ column }} as varchar))) as timestamp_ntz)
            else try_to_timestamp_ntz(cast({{ column }} as varchar))
        end
    {%- endif -%}
{%- endmacro %}

{#- A TIMESTAMP is a moment there; text and DATETIME without a zone are read as UTC. -#}
{% macro bigquery__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {%- if type in ('TIMESTAMP', 'DATETIME', 'DATE') -%}cast({{ column }} as timestamp)
    {%- else -%}safe_cast(cast({{ column }} as string) as timestamp)
    {%- endif -%}
{%- endmacro %}

{% macro redshift__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type or type == 'timestamptz' -%}({{ column }} at time zone 'UTC')
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        case
            when cast({{ column }} as varchar) ~ '{{ call_status.has_offset() }}'
                then try_cast(cast({{ column }} as varchar) as timestamptz) at time zone 'UTC'
            else try_cast(cast({{ column }} as varchar) as timestamp)
        end
    {%- endif -%}
{%- endmacro %}

{% macro trino__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type -%}cast({{ column }} at time zone 'UTC' as timestamp(6))
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp(6))
    {%- else -%}
        {%- set text = 'cast(' ~ column ~ ' as varchar)' -%}
        case
            when regexp_like({{ text }}, '{{ call_status.has_offset() }}')
                then try(cast(from_iso8601_timestamp_nanos(replace(regexp_replace({{ text }}, ' ([zZ]|[+-][0-9:]+)$', '$1'), ' ', 'T')) at time zone 'UTC' as timestamp(6)))
            else try_cast(replace({{ text }}, 'T', ' ') as timestamp(6))
        end
    {%- endif -%}
{%- endmacro %}

{% macro clickhouse__utc_timestamp(column, data_type) -%}
    {%- if data_type.startswith('Date') -%}toDateTime64({{ column }}, 6, 'UTC')
    {%- else -%}parseDateTime64BestEffortOrNull(toString({{ column }}), 6, 'UTC')
    {%- endif -%}
{%- endmacro %}


{#- ---- types and bits ------------------------------------------------------------------------------------------ -#}

{% macro trino__type_double() -%}double{%- endmacro %}
{% macro clickhouse__type_double() -%}Nullable(Float64){%- endmacro %}

{% macro snowflake__safe_double(column, data_type='text') -%}try_to_double(cast({{ column }} as varchar)){%- endmacro %}
{% macro bigquery__safe_double(column, data_type='text') -%}safe_cast({{ column }} as float64){%- endmacro %}
{% macro redshift__safe_double(column, data_type='text') -%}try_cast(cast({{ column }} as varchar) as double precision){%- endmacro %}
{% macro trino__safe_double(column, data_type='text') -%}try_cast({{ column }} as double){%- endmacro %}
{% macro clickhouse__safe_double(column, data_type='text') -%}toFloat64OrNull(toString({{ column }})){%- endmacro %}

{% macro trino__bitand(column, bits) -%}bitwise_and({{ column }}, {{ bits }}){%- endmacro %}
{% macro clickhouse__bitand(column, bits) -%}bitAnd({{ column }}, {{ bits }}){%- endmacro %}

{#- BigQuery's own shift fills up with zeros, also below zero. -#}
{% macro bigquery__shift_right(column, bits) -%}div({{ column }} - ({{ column }} & {{ 2 ** bits - 1 }}), {{ 2 ** bits }}){%- endmacro %}
{% macro trino__shift_right(column, bits) -%}bitwise_right_shift_arithmetic({{ column }}, {{ bits }}){%- endmacro %}
{% macro clickhouse__shift_right(column, bits) -%}bitShiftRight({{ column }}, {{ bits }}){%- endmacro %}

{% macro trino__bit_or(column) -%}bitwise_or_agg({{ column }}){%- endmacro %}
{% macro clickhouse__bit_or(column) -%}groupBitOr({{ column }}){%- endmacro %}

{#- Text is compared by its bytes there, unless a collation was asked for. -#}
{% macro redshift__binary_text(expression) -%}{{ expression }}{%- endmacro %}


{#- ---- incremental models -------------------------------------------------------------------------------------- -#}

{#- Their dbt adapters refuse strategies of a package, or take one statement at a time: every run builds anew. -#}
{% macro bigquery__incremental() -%}{{ return('table') }}{%- endmacro %}
{% macro trino__incremental() -%}{{ return('table') }}{%- endmacro %}
{% macro clickhouse__incremental() -%}{{ return('table') }}{%- endmacro %}
