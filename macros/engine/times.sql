{#- Microseconds since 1970-01-01 of a UTC timestamp, as an integer. Null for null. -#}
{% macro epoch_microseconds(moment) -%}{{ return(adapter.dispatch('epoch_microseconds', 'call_status')(moment)) }}{%- endmacro %}
{% macro default__epoch_microseconds(moment) -%}cast(extract(epoch from {{ moment }}) * 1000000 as {{ dbt.type_bigint() }}){%- endmacro %}
{% macro duckdb__epoch_microseconds(moment) -%}epoch_us({{ moment }}){%- endmacro %}
{% macro spark__epoch_microseconds(moment) -%}unix_micros({{ moment }}){%- endmacro %}


{#- The UTC timestamp of microseconds since 1970-01-01. Null for null. -#}
{% macro from_epoch_microseconds(microseconds) -%}{{ return(adapter.dispatch('from_epoch_microseconds', 'call_status')(microseconds)) }}{%- endmacro %}
{% macro default__from_epoch_microseconds(microseconds) -%}timestamp '1970-01-01 00:00:00' + ({{ microseconds }}) * interval '1 microsecond'{%- endmacro %}
{% macro duckdb__from_epoch_microseconds(microseconds) -%}make_timestamp({{ microseconds }}){%- endmacro %}
{% macro spark__from_epoch_microseconds(microseconds) -%}timestamp_micros({{ microseconds }}){%- endmacro %}


{#- Seconds from one timestamp to another, never negative (clock skew counts as 0); null where either is null. -#}
{% macro seconds_between(start, finish) -%}
case
            when {{ finish }} < {{ start }} then cast(0 as {{ call_status.type_double() }})
            else cast(
                {{ call_status.epoch_microseconds(finish) }} - {{ call_status.epoch_microseconds(start) }}
                as {{ call_status.type_double() }}
            ) / 1000000
        end
{%- endmacro %}


{#-
    A UTC timestamp from a raw column of any sensible type: a timestamp is taken as UTC, one with a zone is converted,
    text is read as ISO 8601. Null where the text is no timestamp, and for years outside 1 to 9999.
-#}
{% macro utc_timestamp(column, data_type) -%}{{ return(adapter.dispatch('utc_timestamp', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__utc_timestamp(column, data_type) -%}cast({{ column }} as {{ dbt.type_timestamp() }}){%- endmacro %}
{% macro duckdb__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {%- if 'TIME ZONE' in type or type == 'TIMESTAMPTZ' -%}timezone('UTC', {{ column }})
    {%- elif type.startswith('TIMESTAMP') or type.startswith('DATETIME') -%}cast({{ column }} as timestamp)
    {%- elif type == 'DATE' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- Only text with an offset may pass through a zone: without one it would be read in the session's. -#}
        case
            when regexp_matches(cast({{ column }} as varchar), ':[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', 'i')
                then timezone('UTC', try_cast(regexp_replace(cast({{ column }} as varchar), ' (Z|[+-][0-9:]+)$', '\1', 'i') as timestamptz))
            else try_cast(cast({{ column }} as varchar) as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- True for timestamps of the years 1 to 9999. -#}
{% macro is_calendar_time(moment) -%}
    ({{ moment }} between cast('0001-01-01' as {{ dbt.type_timestamp() }}) and cast('9999-12-31' as {{ dbt.type_timestamp() }}))
{%- endmacro %}
