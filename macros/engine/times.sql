{#- Microseconds since 1970-01-01 of a UTC timestamp, as an integer. Null for null. -#}
{% macro epoch_microseconds(moment) -%}{{ return(adapter.dispatch('epoch_microseconds', 'call_status')(moment)) }}{%- endmacro %}
{% macro default__epoch_microseconds(moment) -%}cast(extract(epoch from {{ moment }}) * 1000000 as {{ dbt.type_bigint() }}){%- endmacro %}
{% macro duckdb__epoch_microseconds(moment) -%}epoch_us({{ moment }}){%- endmacro %}
{% macro spark__epoch_microseconds(moment) -%}unix_micros({{ moment }}){%- endmacro %}


{#- The UTC timestamp of microseconds since 1970-01-01. Null for null. -#}
{% macro from_epoch_microseconds(microseconds) -%}{{ return(adapter.dispatch('from_epoch_microseconds', 'call_status')(microseconds)) }}{%- endmacro %}
{% macro default__from_epoch_microseconds(microseconds) -%}timestamp '1970-01-01 00:00:00' + ({{ microseconds }}) * interval '1 microsecond'{%- endmacro %}
{% macro duckdb__from_epoch_microseconds(microseconds) -%}make_timestamp({{ microseconds }}){%- endmacro %}
{% macro postgres__from_epoch_microseconds(microseconds) -%}
{#- A product of an interval is exact up to 2^53 only: days and the rest by themselves. -#}
(timestamp '1970-01-01 00:00:00' + (({{ microseconds }}) / 86400000000) * interval '1 day' + (({{ microseconds }}) % 86400000000) * interval '1 microsecond')
{%- endmacro %}
{% macro spark__from_epoch_microseconds(microseconds) -%}timestamp_micros({{ microseconds }}){%- endmacro %}


{#- A timestamp some whole `part`s (day, microsecond, …) later; dbt's own dateadd drops fractions of seconds on Spark. -#}
{% macro later(part, count, moment) -%}{{ return(adapter.dispatch('later', 'call_status')(part, count, moment)) }}{%- endmacro %}
{% macro default__later(part, count, moment) -%}{{ dbt.dateadd(part, count, moment) }}{%- endmacro %}
{% macro spark__later(part, count, moment) -%}({{ moment }} + interval {{ count }} {{ part }}){%- endmacro %}


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
{% macro postgres__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type or type == 'timestamptz' -%}timezone('UTC', {{ column }})
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- A cast that fails ends the run: only what is surely a date and a time is cast, with the days of its month. -#}
        {%- set text = 'trim(cast(' ~ column ~ ' as text))' -%}
        case
            when
                {{ text }} ~* '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?))?)?$'
                then case
                    when cast(substr({{ text }}, 9, 2) as integer)
                        <= extract(day from cast(substr({{ text }}, 1, 7) || '-01' as date) + interval '1 month' - interval '1 day')
                        then timezone('UTC', cast(case when {{ text }} ~* ':[0-9.]+ ?(Z|[+-][0-9:]+)$' then {{ text }} else {{ text }} || '+00' end as timestamptz))
                end
        end
    {%- endif -%}
{%- endmacro %}
{% macro spark__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- Spark also reads a year, or a time of today: neither is a moment. -#}
        {%- set text = 'trim(cast(' ~ column ~ ' as string))' -%}
        case
            when {{ text }} rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}.*)?$'
                then try_cast(regexp_replace(regexp_replace({{ text }}, ' ([zZ]|[+-][0-9:]+)$', '$1'), '(:[0-9.]+[+-][0-9]{2})$', '$1:00') as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{#- True for timestamps of the years 1 to 9999. -#}
{% macro is_calendar_time(moment) -%}
    ({{ moment }} between cast('0001-01-01' as {{ dbt.type_timestamp() }}) and cast('9999-12-31' as {{ dbt.type_timestamp() }}))
{%- endmacro %}
