{#- The load day of a raw row: the UTC day of its loaded_at; null where that is no plausible time. -#}
{% macro load_day(loaded_at) -%}
    case when {{ call_status.is_plausible_time(loaded_at) }} then cast({{ loaded_at }} as date) end
{%- endmacro %}


{#- The midnight with which a day begins, a timestamp. -#}
{% macro midnight(day) -%}cast({{ day }} as {{ dbt.type_timestamp() }}){%- endmacro %}
