{#- PostgreSQL: run, by `scripts/test --engine postgres`. -#}

{#- The eight bytes are two digits each; they are put in reverse order, as DuckDB reads them. -#}
{% macro postgres__key_hash(text) -%}
    ((cast(cast('x' || regexp_replace(substr(md5({{ text }}), 17), '(..)(..)(..)(..)(..)(..)(..)(..)', '\8\7\6\5\4\3\2\1') as bit(64)) as bigint) >> 1) & 9223372036854775807)
{%- endmacro %}


{% macro postgres__keyed_hash(column, key) -%}encode(sha256(convert_to({{ key }} || encode(sha256(convert_to({{ key }} || {{ column }}, 'UTF8')), 'hex'), 'UTF8')), 'hex'){%- endmacro %}


{% macro postgres__random_key() -%}replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''){%- endmacro %}


{#- An interval times a number is exact up to 2^53 only, so days and the rest of a day are added by themselves. -#}
{% macro postgres__from_epoch_microseconds(microseconds) -%}
(timestamp '1970-01-01 00:00:00' + (({{ microseconds }}) / 86400000000) * interval '1 day' + (({{ microseconds }}) % 86400000000) * interval '1 microsecond')
{%- endmacro %}


{#- There is no try_cast, and a cast that fails ends the run. So text is cast only if a pattern says that it is a date and time. -#}
{% macro postgres__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'with time zone' in type or type == 'timestamptz' -%}timezone('UTC', {{ column }})
    {%- elif type.startswith('timestamp') or type == 'date' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- The inner case is for days that their month does not have. -#}
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


{% macro postgres__safe_double(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if 'char' in type or type in ['text', 'json', 'jsonb'] -%}
        {#- As above: a pattern first. -#}
        case when cast({{ column }} as text) ~ '^ *[+-]?([0-9]{1,30}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *$' then cast(cast({{ column }} as text) as double precision) end
    {%- else -%}cast({{ column }} as double precision)
    {%- endif -%}
{%- endmacro %}


{% macro postgres__binary_text(expression) -%}({{ expression }}) collate "C"{%- endmacro %}


{% macro postgres__text_matches(text, pattern) -%}({{ text }} ~ '{{ pattern }}'){%- endmacro %}


{% macro postgres__searched_text(column, data_type) -%}cast({{ column }} as text){%- endmacro %}


{% macro postgres__column_of_searched_text(text, data_type) -%}cast({{ text }} as {{ data_type }}){%- endmacro %}


{% macro postgres__text_replaced(text, pattern, replacement) -%}regexp_replace({{ text }}, {{ pattern }}, {{ replacement }}, 'g'){%- endmacro %}


{% macro postgres__seconds_of_interval(column) -%}cast(extract(epoch from {{ column }}) as double precision){%- endmacro %}


{% macro postgres__evaluated_once() -%}offset 0{%- endmacro %}
