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


{#- The latest of some timestamps, a list of SQL expressions; those that are null do not count. Null where all are. -#}
{% macro latest_of(moments) -%}
    {%- set none_of_them = "cast('0001-01-01' as " ~ dbt.type_timestamp() ~ ")" -%}
    nullif(greatest({% for moment in moments %}coalesce({{ moment }}, {{ none_of_them }}){{ ', ' if not loop.last }}{% endfor %}), {{ none_of_them }})
{%- endmacro %}


{#- The earlier of two timestamps; one that is null does not count. Null where both are. -#}
{% macro earlier_of(one, other) -%}
    case when {{ other }} is null or {{ one }} < {{ other }} then {{ one }} else {{ other }} end
{%- endmacro %}
