{#-
    Packed evidence: a time and a value in one column whose smallest value is the answer, so that it merges with min()
    over events, over stored rows, or over both.

    | what is kept                        | packed by        | read by                    |
    |-------------------------------------|------------------|----------------------------|
    | the text on the earliest event      | earliest_text    | unpacked_text              |
    | the text on the latest event        | latest_text      | unpacked_text              |
    | the earliest event, and a code      | earliest_code    | unpacked_time, unpacked_name |
    | the latest event, and a code        | latest_code      | unpacked_latest_time, unpacked_name |
    | two texts in one                    | pair_of_texts    | first_of_pair, second_of_pair |
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
    True where the latest queue_joined was followed by no queue_left: there is none, it came earlier, or it names another queue at
    the very instant of the join. Reads two latest_texts, of which times count down.
-#}
{% macro is_still_in_queue(joined, left) -%}
    {{ joined }} is not null
        and (
            {{ left }} is null
            or substr({{ left }}, 1, 19) > substr({{ joined }}, 1, 19)
            or (
                substr({{ left }}, 1, 19) = substr({{ joined }}, 1, 19)
                and length({{ left }}) > 19
                and length({{ joined }}) > 19
                and {{ left }} <> {{ joined }}
            )
        )
{%- endmacro %}


{#-
    An answer of a leg and the leg's agent, packed. The text is '0' and the agent, or '1' where no event of the leg names one, so
    that at a tie a leg with an agent comes first. Null where the leg has no such answer.
-#}
{% macro agent_of_answer(answered_at) -%}
    {{ call_status.earliest_text(answered_at, "coalesce('0' || " ~ call_status.unpacked_text('first_agent') ~ ", '1')") }}
{%- endmacro %}


{#- The agent in an agent_of_answer; null where none is named. -#}
{% macro answering_agent(column) -%}
    nullif(substr({{ call_status.unpacked_text(column) }}, 2), '')
{%- endmacro %}


{#-
    The agent who answered an incoming call first: of its proven and unproven answers. Unproven ones do not count where a
    message was left. `answers`: a relation that has the two packed columns.
-#}
{% macro answering_agent_of_call(answers, has_voicemail) -%}
    {%- set proven, unproven = answers ~ '.first_answering_agent', answers ~ '.first_unproven_answering_agent' -%}
    case
            when {{ unproven }} is null or {{ has_voicemail }} then {{ call_status.answering_agent(proven) }}
            when {{ call_status.binary_text(proven) }} < {{ call_status.binary_text(unproven) }} then {{ call_status.answering_agent(proven) }}
            else {{ call_status.answering_agent(unproven) }}
        end
{%- endmacro %}


{#-
    Packs a time and the code of a value into one integer: microseconds times 16, plus the code. `values` is a list of
    macros/rules/coded_values.sql. min() of it is the earliest event; ties go to the smaller code.
-#}
{% macro earliest_code(moment, values) -%}
    {{ call_status.epoch_microseconds(moment) }} * 16 + {{ call_status.code_of_event(values) }}
{%- endmacro %}


{#- As earliest_code, for the latest event: the time counts down. Ties go to the smaller code. -#}
{% macro latest_code(moment, values) -%}
    {{ call_status.epoch_microseconds(moment) }} * -16 + {{ call_status.code_of_event(values) }}
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


{#- The time in a latest_code. -#}
{% macro unpacked_latest_time(column) -%}
    {{ call_status.from_epoch_microseconds('-(' ~ call_status.shift_right(column, 4) ~ ')') }}
{%- endmacro %}


{#-
    Two texts in one that sorts by the first, then by the second; null counts as none, and comes first. The separator is
    chr(1) twice. Within the texts chr(1) is followed by chr(2), so the separator never occurs in them.
-#}
{% macro pair_of_texts(first, second) -%}
    replace(coalesce({{ first }}, ''), chr(1), chr(1) || chr(2)) || chr(1) || chr(1) || replace(coalesce({{ second }}, ''), chr(1), chr(1) || chr(2))
{%- endmacro %}


{#- The first text of a pair; null where it is empty. -#}
{% macro first_of_pair(pair) -%}
    nullif(replace({{ dbt.split_part(pair, 'chr(1) || chr(1)', 1) }}, chr(1) || chr(2), chr(1)), '')
{%- endmacro %}


{#- The second text of a pair; null where it is empty. -#}
{% macro second_of_pair(pair) -%}
    nullif(replace({{ dbt.split_part(pair, 'chr(1) || chr(1)', 2) }}, chr(1) || chr(2), chr(1)), '')
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
