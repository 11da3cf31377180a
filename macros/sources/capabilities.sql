{#-
    What the records of a source can prove. One entry per source × direction × status × reason (none: any reason) that it cannot
    prove outright. What is not listed is proven, so a source without entries proves everything. An entry may name a
    `source_system`: then it is about that one alone. What the words of a call log do not tell apart is
    read from the raw table call_log_statuses (status_words.sql).

    `capability`    merged: the records do not tell this status from those of could_also_be. not_determinable: they never show it
    `could_also_be` the statuses that a row with this one could also have, a list
    `why`           a sentence
-#}
{% macro source_capabilities() %}{{ return(adapter.dispatch('source_capabilities', 'call_status')()) }}{% endmacro %}

{% macro default__source_capabilities() %}{{ return(call_status.shipped_capabilities()) }}{% endmacro %}


{#- The entries of the sources that are on: what others cannot prove decides nothing, and costs nothing. -#}
{% macro get_capabilities_in_use() %}
    {{ return((call_status.get_own_capabilities() + call_status.source_capabilities()) | selectattr('source', 'in', call_status.setting('sources')) | list) }}
{% endmacro %}


{#- What the words of call logs do not tell apart, as entries. -#}
{% macro get_own_capabilities() %}
    {%- set found = [] -%}
    {%- for row in call_status.get_status_words() if row.could_also_be and row.status -%}
        {%- for direction in ([row.direction] if row.direction else ['incoming', 'outgoing']) -%}
            {%- set others = row.could_also_be.split(',') | map('trim') | select('in', call_status.get_status_names([direction])) | list -%}
            {%- if others and row.status in call_status.get_status_names([direction]) -%}
                {%- do found.append({
                    'source': 'call_log', 'source_system': row.source_system, 'direction': direction, 'status': row.status,
                    'status_reason': row.status_reason, 'capability': 'merged', 'could_also_be': others,
                    'why': 'The mapping of its words says so.',
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#-
    The statuses that the source of a call cannot tell from its own, in display order, as one text; null where it proves the
    status. An entry with the reason comes before one for any. Reads source, source_system, direction, rule_number and the named evidence.
-#}
{% macro status_could_also_be() -%}
    {%- set with_reason, without = [], [] -%}
    {%- for entry in call_status.get_capabilities_in_use() -%}
        {%- do (with_reason if entry.status_reason else without).append(entry) -%}
    {%- endfor -%}
    {%- if not with_reason and not without -%}cast(null as {{ dbt.type_string() }})
    {%- else -%}
    case
        {%- for entry in with_reason + without %}
        when
            source = '{{ entry.source }}' and direction = '{{ entry.direction }}'
            {%- if entry.source_system %}
            and source_system = {{ call_status.text_literal(entry.source_system) }}
            {%- endif %}
            and {{ call_status.rule_field('status') }} = '{{ entry.status }}'
            {%- if entry.status_reason %}
            and {{ call_status.reason_field('reason') }} = '{{ entry.status_reason }}'
            {%- endif %}
            then {{ call_status.text_literal(call_status.in_display_order(entry.direction, entry.could_also_be)) if entry.could_also_be else 'null' }}
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}


{% macro in_display_order(direction, statuses) %}
    {{ return(call_status.get_status_names([direction]) | select('in', statuses) | join(', ')) }}
{% endmacro %}


{#- One row per entry, for the relation source_capabilities. The columns are named once: some metastores keep no long view. -#}
{% macro source_capability_rows() %}
    select
        {%- for name in ['source', 'direction', 'status', 'status_reason', 'capability', 'could_also_be', 'why'] %}
        cast(null as {{ dbt.type_string() }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as one) as nothing
    where 1 = 0
    {%- for entry in call_status.get_own_capabilities() + call_status.source_capabilities() %}
    {%- set could_also_be = call_status.in_display_order(entry.direction, entry.could_also_be) %}
    union all
    select
        {%- for value in [entry.source, entry.direction, entry.status, entry.status_reason or none, entry.capability, could_also_be, entry.why] %}
        {{- ' ' ~ (call_status.text_literal(value) if value is not none else 'null') ~ (',' if not loop.last) }}
        {%- endfor %}
    {%- endfor %}
{% endmacro %}
