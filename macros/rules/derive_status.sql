{#- What is rendered from the rule list. A rule's number is its place in the list, from 1. -#}

{#- The number of the rule that wins, from the named evidence of a call. -#}
{% macro winning_rule() -%}
    case
        {%- for rule in call_status.status_rules() %}
            when direction = '{{ rule.direction }}'{{ ' and (' ~ rule.when ~ ')' if rule.when }} then {{ loop.index }}
        {%- endfor %}
        end
{%- endmacro %}


{#- The name or the status of the rule that won. -#}
{% macro of_rule(field) -%}
    case rule_number
        {%- for rule in call_status.status_rules() %}
            when {{ loop.index }} then '{{ rule[field] }}'
        {%- endfor %}
        end
{%- endmacro %}


{#- What the first reason that fits says: `reason`, `message`, or `inferred` (a boolean). -#}
{% macro of_reason(field) -%}
    case rule_number
        {%- for rule in call_status.status_rules() %}
            when {{ loop.index }} then
            {%- if rule.reasons | length == 1 %} {{ call_status.reason_literal(rule.reasons[0], field) }}
            {%- else %} case
                {%- for reason in rule.reasons %}
                {{ 'when ' ~ reason.when ~ ' then' if reason.when else 'else' }} {{ call_status.reason_literal(reason, field) }}
                {%- endfor %}
            end
            {%- endif %}
        {%- endfor %}
        end
{%- endmacro %}


{% macro reason_literal(reason, field) -%}
    {{ ('true' if reason.get('inferred') else 'false') if field == 'inferred' else call_status.text_literal(reason[field]) }}
{%- endmacro %}


{#-
    Changes when a status could: of the rules and of the variables that the evidence is read with, not of the clock.
    Eight hexadecimal digits.
-#}
{% macro rules_fingerprint() -%}
    {%- set read = [call_status.winning_rule(), call_status.of_rule('status'), call_status.of_rule('rule'),
        call_status.of_reason('reason'), call_status.of_reason('message'), call_status.of_reason('inferred')] -%}
    {%- for name in ['min_voicemail_seconds', 'reject_rule'] -%}
        {%- do read.append(call_status.setting(name) | string) -%}
    {%- endfor -%}
    {#- Engines write a quote or a backslash within a literal in their own ways. -#}
    {{ local_md5((read | join('|')).replace("\\'", "''").replace("\\\\", "\\"))[:8] }}
{%- endmacro %}


{#- The rules as rows, for call_status_rules. -#}
{% macro status_rule_rows() %}
    {%- for rule in call_status.status_rules() %}
    select
        '{{ rule.direction }}' as direction,
        {{ rule.rank }} as rank,
        '{{ rule.rule }}' as status_rule,
        '{{ rule.status }}' as status,
        '{{ rule.reasons | map(attribute="reason") | join(", ") }}' as status_reasons,
        {{ call_status.text_literal(rule.description) }} as description
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}


{#- The statuses as rows, for dim_call_status. -#}
{% macro status_rows() %}
    {%- for row in call_status.call_statuses() %}
    select
        '{{ row.direction }}' as direction,
        '{{ row.status }}' as status,
        {{ call_status.text_literal(row.meaning) }} as meaning,
        {{ loop.index }} as display_order,
        {{ row.is_answered }} as is_answered
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
