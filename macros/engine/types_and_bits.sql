{#- Double precision floating point. -#}
{% macro type_double() -%}{{ return(adapter.dispatch('type_double', 'call_status')()) }}{%- endmacro %}
{% macro default__type_double() -%}double precision{%- endmacro %}
{% macro duckdb__type_double() -%}double{%- endmacro %}
{% macro spark__type_double() -%}double{%- endmacro %}
{% macro bigquery__type_double() -%}float64{%- endmacro %}


{#- A number from a raw column; null where it is none (the row is kept, the value is in raw). -#}
{% macro safe_double(column, data_type='text') -%}{{ return(adapter.dispatch('safe_double', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__safe_double(column, data_type) -%}cast({{ column }} as {{ call_status.type_double() }}){%- endmacro %}
{% macro duckdb__safe_double(column, data_type) -%}try_cast({{ column }} as double){%- endmacro %}
{% macro postgres__safe_double(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'char' in type or type in ['text', 'json', 'jsonb'] -%}
        {#- A cast that fails ends the run. -#}
        case when cast({{ column }} as text) ~ '^ *[+-]?([0-9]{1,30}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *$' then cast(cast({{ column }} as text) as double precision) end
    {%- else -%}cast({{ column }} as double precision)
    {%- endif -%}
{%- endmacro %}
{% macro spark__safe_double(column, data_type) -%}
    {#- Spark also reads Java's 1d and 1f. -#}
    case when not cast({{ column }} as string) rlike '[dDfF] *$' or lower(cast({{ column }} as string)) rlike 'inf *$' then try_cast({{ column }} as double) end
{%- endmacro %}


{#- Bitwise and of an integer column with a constant. -#}
{% macro bitand(column, bits) -%}{{ return(adapter.dispatch('bitand', 'call_status')(column, bits)) }}{%- endmacro %}
{% macro default__bitand(column, bits) -%}({{ column }} & {{ bits }}){%- endmacro %}
{% macro snowflake__bitand(column, bits) -%}bitand({{ column }}, {{ bits }}){%- endmacro %}


{#- An integer column shifted right by some bits (rounds down, also below zero). -#}
{% macro shift_right(column, bits) -%}{{ return(adapter.dispatch('shift_right', 'call_status')(column, bits)) }}{%- endmacro %}
{% macro default__shift_right(column, bits) -%}({{ column }} >> {{ bits }}){%- endmacro %}
{% macro spark__shift_right(column, bits) -%}shiftright({{ column }}, {{ bits }}){%- endmacro %}
{% macro snowflake__shift_right(column, bits) -%}bitshiftright({{ column }}, {{ bits }}){%- endmacro %}


{#- Aggregate: bitwise or over a group. -#}
{% macro bit_or(column) -%}{{ return(adapter.dispatch('bit_or', 'call_status')(column)) }}{%- endmacro %}
{% macro default__bit_or(column) -%}bit_or({{ column }}){%- endmacro %}
{% macro snowflake__bit_or(column) -%}bitor_agg({{ column }}){%- endmacro %}
