{#-
    Spark: run, by `scripts/test --engine spark` (tables of Parquet files) and `scripts/test --engine iceberg`.
    Databricks: only compiled for it. dbt gives it Spark's macros; databricks__ where it needs another one.

    How rows are written into an incremental model is in spark_incremental.sql.
-#}

{#- The eight bytes are two digits each; they are put in reverse order, as DuckDB reads them. -#}
{% macro spark__key_hash(text) -%}
    (cast(conv(regexp_replace(substr(md5({{ text }}), 17), '(..)(..)(..)(..)(..)(..)(..)(..)', '$8$7$6$5$4$3$2$1'), 16, 10) as decimal(20, 0)) div 2)
{%- endmacro %}


{% macro spark__epoch_microseconds(moment) -%}unix_micros({{ moment }}){%- endmacro %}


{% macro spark__from_epoch_microseconds(microseconds) -%}timestamp_micros({{ microseconds }}){%- endmacro %}


{% macro spark__timestamp_plus(part, count, moment) -%}({{ moment }} + interval {{ count }} {{ part }}){%- endmacro %}


{% macro spark__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- Spark also reads a year, or a time of day as one of today. Neither is a moment. -#}
        {%- set text = 'trim(cast(' ~ column ~ ' as string))' -%}
        case
            when {{ text }} rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}.*)?$'
                then try_cast(regexp_replace(regexp_replace({{ text }}, ' ([zZ]|[+-][0-9:]+)$', '$1'), '(:[0-9.]+[+-][0-9]{2})$', '$1:00') as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{% macro spark__text_literal(value) -%}'{{ value | replace("\\", "\\\\") | replace("'", "\\'") }}'{%- endmacro %}


{% macro spark__type_double() -%}double{%- endmacro %}


{% macro spark__zone_to_utc(moment, zone) -%}to_utc_timestamp({{ moment }}, '{{ zone }}'){%- endmacro %}


{% macro spark__utc_to_zone(moment, zone) -%}from_utc_timestamp({{ moment }}, '{{ zone }}'){%- endmacro %}


{% macro spark__safe_double(column, data_type) -%}
    {#- Spark also reads Java's 1d and 1f as numbers. -#}
    case when not cast({{ column }} as string) rlike '[dDfF] *$' or lower(cast({{ column }} as string)) rlike 'inf *$' then try_cast({{ column }} as double) end
{%- endmacro %}


{#- There are no times of day, and an interval has no epoch. -#}
{% macro spark__seconds_of_interval(column) -%}
    {#- A type of its own for each pair of fields: only the widest has all of them. -#}
    {%- set interval = 'cast(' ~ column ~ ' as interval day to second)' -%}
    cast(
        extract(day from {{ interval }}) * 86400 + extract(hour from {{ interval }}) * 3600
        + extract(minute from {{ interval }}) * 60 + extract(second from {{ interval }}) as double
    )
{%- endmacro %}


{% macro spark__shift_right(column, bits) -%}shiftright({{ column }}, {{ bits }}){%- endmacro %}


{% macro spark__percentile(column, share) -%}percentile({{ column }}, {{ share }}){%- endmacro %}


{% macro spark__incremental() -%}{{ return('call_status_incremental') }}{%- endmacro %}


{% macro spark__is_atomic_table() -%}{{ return(config.get('file_format') in ['delta', 'iceberg']) }}{%- endmacro %}
{% macro databricks__is_atomic_table() -%}{{ return(config.get('file_format', 'delta') in ['delta', 'iceberg']) }}{%- endmacro %}
