{#-
    Evidence that keeps "the value on the earliest event" or "the earliest, and which kind it was" as one value whose
    smallest is the answer. That makes it mergeable: min() over events, over stored rows, or over both.
-#}

{#- Time and value as text (the offset gives every time of the years 1 to 9999 19 digits): the smallest is the value on the earliest event, the smallest value at a tie. -#}
{% macro earliest_text(moment, value) -%}
    case when {{ value }} is not null
            then cast(2000000000000000000 + {{ call_status.epoch_microseconds(moment) }} as {{ dbt.type_string() }}) || {{ value }}
        end
{%- endmacro %}


{#- The same for the latest event: the smallest is the value on the latest event, the smallest value at a tie. -#}
{% macro latest_text(moment, value) -%}
    case when {{ value }} is not null
            then cast(2000000000000000000 - {{ call_status.epoch_microseconds(moment) }} as {{ dbt.type_string() }}) || {{ value }}
        end
{%- endmacro %}


{#- The value in an earliest_text or latest_text: what stands behind its 19 digits. -#}
{% macro text_of(column) -%}
    substr({{ column }}, 20)
{%- endmacro %}


{#- The agent in a first_answering_agent: '0' and the agent, or '1' where the answer names none. -#}
{% macro answering_agent(column) -%}
    nullif(substr({{ call_status.text_of(column) }}, 2), '')
{%- endmacro %}


{#- Time and a small rank (0 to 15) as an integer: the smallest is the earliest, the lower rank at a tie. -#}
{% macro earliest_rank(moment, rank) -%}
    {{ call_status.epoch_microseconds(moment) }} * 16 + {{ rank }}
{%- endmacro %}


{#- The rank in an earliest_rank. -#}
{% macro rank_of(column) -%}
    {{ call_status.bitand(column, 15) }}
{%- endmacro %}


{#- The time in an earliest_rank. -#}
{% macro time_of(column) -%}
    {{ call_status.from_epoch_microseconds(call_status.shift_right(column, 4)) }}
{%- endmacro %}


{#- The aggregate that merges pieces of evidence. Text is compared in binary order. -#}
{% macro merged(column, aggregate) -%}
    {%- if aggregate == 'bit_or' -%}{{ call_status.bit_or(column) }}
    {%- elif aggregate == 'min_text' -%}min({{ call_status.binary_text(column) }})
    {%- else -%}{{ aggregate }}({{ column }})
    {%- endif -%}
{%- endmacro %}
