{#-
    Snowflake: only compiled for it, never run. What stands here follows its documentation; that it parses is tested
    (`scripts/test --engine dialects`), that it computes the same is not. Known limits: docs/engines.md.
-#}

{% macro snowflake__key_hash(text) -%}mod(md5_number_lower64({{ text }}), 9223372036854775807){%- endmacro %}


{% macro snowflake__random_key() -%}concat(uuid_string(), uuid_string()){%- endmacro %}


{% macro snowflake__epoch_microseconds(moment) -%}date_part(epoch_microsecond, {{ moment }}){%- endmacro %}


{% macro snowflake__from_epoch_microseconds(microseconds) -%}to_timestamp_ntz({{ microseconds }}, 6){%- endmacro %}


{% macro snowflake__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {%- if type.startswith('TIMESTAMP_TZ') or type.startswith('TIMESTAMP_LTZ') -%}cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
    {%- elif type.startswith('TIMESTAMP') or type.startswith('DATE') -%}cast({{ column }} as timestamp_ntz)
    {%- else -%}
        case
            when regexp_like(cast({{ column }} as varchar), '.*{{ call_status.offset_pattern() }}')
                then cast(convert_timezone('UTC', try_to_timestamp_tz(cast({{ column }} as varchar))) as timestamp_ntz)
            else try_to_timestamp_ntz(cast({{ column }} as varchar))
        end
    {%- endif -%}
{%- endmacro %}


{% macro snowflake__zone_to_utc(moment, zone) -%}convert_timezone('{{ zone }}', 'UTC', {{ moment }}){%- endmacro %}


{% macro snowflake__utc_to_zone(moment, zone) -%}convert_timezone('UTC', '{{ zone }}', {{ moment }}){%- endmacro %}


{% macro snowflake__text_matches(text, pattern) -%}regexp_like({{ text }}, '.*({{ pattern }}).*'){%- endmacro %}


{% macro snowflake__text_literal(value) -%}'{{ value | replace("\\", "\\\\") | replace("'", "''") }}'{%- endmacro %}


{% macro snowflake__safe_double(column, data_type='text') -%}try_to_double(cast({{ column }} as varchar)){%- endmacro %}


{% macro snowflake__bitand(column, bits) -%}bitand({{ column }}, {{ bits }}){%- endmacro %}


{% macro snowflake__shift_right(column, bits) -%}bitshiftright({{ column }}, {{ bits }}){%- endmacro %}


{% macro snowflake__bit_or(column) -%}bitor_agg({{ column }}){%- endmacro %}
