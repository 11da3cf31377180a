{#-
    Packed evidence: a time and a value in one column whose smallest value is the answer, so that it merges with min()
    over events, over stored rows, or over both.

    | what is kept                        | packed by        | read by                    |
    |-------------------------------------|------------------|----------------------------|
    | the text on the earliest event      | earliest_text    | unpacked_text              |
    | the text on the latest event        | latest_text      | unpacked_text              |
    | the earliest event, and a code      | earliest_code    | unpacked_time, unpacked_name |
-#}

{#-
    Packs a time and a text into one text that sorts by time: 19 digits, then the text. min() of it is the text of the
    earliest event; ties go to the smaller text. 2e18 is added so that every year from 1 to 9999 has exactly 19 digits.
-#}
{% macro earliest_text(moment, value) -%}
    case when {{ value }} is not null
            then cast(2000000000000000000 + {{ call_status.epoch_microseconds(moment) }} as {{ dbt.type_string() }}) || {{ value }}
        end
{%- endmacro %}


{#- As earliest_text, for the latest event: the time counts down. Ties go to the smaller text. -#}
{% macro latest_text(moment, value) -%}
    case when {{ value }} is not null
            then cast(2000000000000000000 - {{ call_status.epoch_microseconds(moment) }} as {{ dbt.type_string() }}) || {{ value }}
        end
{%- endmacro %}


{#- The text in an earliest_text or latest_text: what stands behind its 19 digits. -#}
{% macro unpacked_text(column) -%}
    substr({{ column }}, 20)
{%- endmacro %}


{#-
    The agent in a first_answering_agent. Its text is '0' and the agent, or '1' where the answer names no agent, so that
    at a tie an answer with an agent comes first.
-#}
{% macro answering_agent(column) -%}
    nullif(substr({{ call_status.unpacked_text(column) }}, 2), '')
{%- endmacro %}


{#-
    Packs a time and the code of a value into one integer: microseconds times 16, plus the code. `values` is a list of
    macros/rules/coded_values.sql. min() of it is the earliest event; ties go to the smaller code.
-#}
{% macro earliest_code(moment, values) -%}
    {{ call_status.epoch_microseconds(moment) }} * 16 + {{ call_status.code_of_event(values) }}
{%- endmacro %}


{#- The code of the first value of a list that fits an event; null where none does. -#}
{% macro code_of_event(values) -%}
    case
                {%- for value in values %}
                {{ 'else' if value.when == 'true' else 'when ' ~ value.when ~ ' then' }} {{ value.code }}
                {%- endfor %}
            end
{%- endmacro %}


{#- The name of the value in an earliest_code; null where it is packed as none, and for null. -#}
{% macro unpacked_name(column, values) -%}
    case {{ call_status.bitand(column, 15) }}
        {%- for value in values if value.name %}
        when {{ value.code }} then '{{ value.name }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- The time in an earliest_code. -#}
{% macro unpacked_time(column) -%}
    {{ call_status.from_epoch_microseconds(call_status.shift_right(column, 4)) }}
{%- endmacro %}


{#- The aggregate that merges pieces of one column of evidence: `min`, `max`, `bit_or`, or `min_text` (in binary order). -#}
{% macro merge_aggregate(column, aggregate) -%}
    {%- if aggregate == 'bit_or' -%}{{ call_status.bit_or(column) }}
    {%- elif aggregate == 'min_text' -%}min({{ call_status.binary_text(column) }})
    {%- else -%}{{ aggregate }}({{ column }})
    {%- endif -%}
{%- endmacro %}


{#- Columns of evidence that tells nothing: each is null. -#}
{% macro null_columns(columns) -%}
    {%- for column in columns %}
        null as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
