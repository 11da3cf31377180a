{#- Seconds from one timestamp to another. 0 where the second is earlier: two clocks disagreed. Null where either is null. -#}
{% macro seconds_between(start, finish) -%}
case
            when {{ finish }} < {{ start }} then cast(0 as {{ call_status.type_double() }})
            else cast(
                {{ call_status.epoch_microseconds(finish) }} - {{ call_status.epoch_microseconds(start) }}
                as {{ call_status.type_double() }}
            ) / 1000000
        end
{%- endmacro %}


{#- Whether a timestamp lies between 0001-01-01 00:00 and 9999-12-31 00:00, which every engine can hold. Null for null. -#}
{% macro is_calendar_time(moment) -%}
    ({{ moment }} between cast('0001-01-01' as {{ dbt.type_timestamp() }}) and cast('9999-12-31' as {{ dbt.type_timestamp() }}))
{%- endmacro %}
