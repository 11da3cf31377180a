{#-
    The words with which phone systems state a call's status, and what they mean. Call logs have a table of them,
    call_log_statuses; other sources have mappings of the field `status`. A word that is spelt like a status of ours needs none.
-#}

{#- The rows of the raw table call_log_statuses; none while dbt parses, and where there is no such table. A list of dictionaries. -#}
{% macro get_status_words() %}
    {%- set found, names = [], ['source_system', 'direction', 'reported_status', 'reason', 'status', 'status_reason', 'could_also_be'] -%}
    {%- if 'call_log' in call_status.setting('sources') -%}
        {#- What says more comes first. -#}
        {%- set order = ['case when reason is null then 1 else 0 end', 'case when direction is null then 1 else 0 end'] -%}
        {%- for row in call_status.get_text_rows(
            'call_log_statuses', names, required=['reported_status', 'status'], filled=['reported_status'], order=order
        ) -%}
            {%- set entry = {} -%}
            {%- for name in names -%}{%- do entry.update({name: row[loop.index0] or none}) -%}{%- endfor -%}
            {%- do found.append(entry) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#-
    What the status of a call-log row means, as `status` or `status/reason`: by its word, and where the table asks for them by its
    reason, direction and system. Null where no row of the table fits; empty text where the word says nothing. Reads source_system,
    direction, reported_status and sent_reason.
-#}
{% macro status_of_word() -%}
    {%- set rows = call_status.get_status_words() -%}
    {%- if rows -%}
    case
        {%- for row in rows %}
        when {{ call_status.fits('reported_status', row.reported_status | lower | trim) }}
            {%- if row.reason %} and {{ call_status.fits('sent_reason', row.reason | lower | trim) }}{% endif %}
            {%- if row.direction %} and direction = {{ call_status.text_literal(row.direction) }}{% endif %}
            {%- if row.source_system %} and source_system = {{ call_status.text_literal(row.source_system) }}{% endif %}
            then {{ call_status.text_literal((row.status or '') ~ ('/' ~ row.status_reason if row.status_reason else '')) }}
        {%- endfor %}
    end
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#-
    The status of ours that a call's reported status means; null where nothing knows the word. A word that means several, each with a
    reason of the phone system's, means the call's own status where that is one of them. Reads source, source_system, direction,
    reported_status and status.
-#}
{% macro meaning_of_reported_status() -%}
    -- The cast gives a type to what no word and no source fills.
    cast(coalesce(
        case
            -- A case needs a branch, also where there are no words.
            when reported_status is null then null
            {%- for row in call_status.get_status_words() if row.status %}
            when
                source = 'call_log' and {{ call_status.fits('reported_status', row.reported_status | lower | trim) }}
                {%- if row.direction %} and direction = {{ call_status.text_literal(row.direction) }}{% endif %}
                {%- if row.source_system %} and source_system = {{ call_status.text_literal(row.source_system) }}{% endif %}
                {%- if row.reason %} and status = {{ call_status.text_literal(row.status) }}{% endif %}
                then {{ call_status.text_literal(row.status) }}
            {%- endfor %}
        end,
        case
            when reported_status is null then null
            {%- for source in call_status.setting('sources') %}
            when source = '{{ source }}' then {{ call_status.mapped(source, 'status', 'reported_status', call_status.spelled_status('reported_status')) }}
            {%- endfor %}
        end
    ) as {{ dbt.type_string() }})
{%- endmacro %}
