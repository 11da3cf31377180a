{#- The status-derivation: what is rendered from the rule list. A rule's number is its place in the list, from 1. -#}

{#-
    The rules in order, each with its `rank`: its place among the rules of its direction, from 1. A list that contradicts
    itself stops the run. A run looks through the list once.
-#}
{% macro get_status_rules() %}
    {%- set known = call_status.looked_up() -%}
    {%- if 'status rules' not in known -%}{%- do known.setdefault('status rules', call_status.check_status_rules()) -%}{%- endif -%}
    {{ return(known['status rules']) }}
{% endmacro %}


{#- The same, looked through. -#}
{% macro check_status_rules() %}
    {%- set rules, ranks = call_status.status_rules(), {} -%}
    {%- set problem = call_status.get_problem_of_statuses(call_status.call_statuses()) -%}
    {%- if problem -%}
        {{ exceptions.raise_compiler_error("call_statuses: " ~ problem ~ ".") }}
    {%- endif -%}
    {%- set problem = call_status.get_problem_of_rules(rules) -%}
    {%- if problem -%}
        {{ exceptions.raise_compiler_error("status_rules: " ~ problem ~ ".") }}
    {%- endif -%}
    {%- set ranked = [] -%}
    {%- for rule in rules -%}
        {%- do ranks.update({rule.direction: ranks.get(rule.direction, 0) + 1}) -%}
        {%- do ranked.append(dict(rule, rank=ranks[rule.direction])) -%}
    {%- endfor -%}
    {{ return(ranked) }}
{% endmacro %}


{#- The first contradiction in a list of rules, as a text that names the rule and says what to do; none if there is none. -#}
{% macro get_problem_of_rules(rules) %}
    {%- set names, closed_by = [], {} -%}
    {%- for rule in rules -%}
        {%- set missing = ['rule', 'direction', 'status', 'description', 'reasons'] | reject('in', rule) | list -%}
        {%- set name = 'the rule ' ~ rule.get('rule', 'without a name') -%}
        {%- if missing -%}
            {{ return(name ~ " lacks " ~ missing | join(', ')) }}
        {%- elif 'rank' in rule -%}
            {{ return(name ~ " has a rank. Ranks follow from the place in the list: take it out and put the rule where it belongs") }}
        {%- elif rule.rule in names -%}
            {{ return(name ~ " stands in the list twice") }}
        {%- elif not call_status.call_statuses() | selectattr('direction', 'equalto', rule.direction) | selectattr('status', 'equalto', rule.status) | list -%}
            {{ return(name ~ " gives " ~ rule.status ~ ", which is no status of " ~ rule.direction ~ " calls (macros/rules/call_statuses.sql)") }}
        {%- elif rule.direction in closed_by -%}
            {{ return(name ~ " never wins, because it stands behind " ~ closed_by[rule.direction] ~ ", which always holds. Put it before that rule") }}
        {%- elif not rule.reasons or rule.reasons[-1].when or rule.reasons[:-1] | rejectattr('when') | list -%}
            {{ return(name ~ " needs reasons of which the last one, and no other, is without `when`") }}
        {%- endif -%}
        {%- do names.append(rule.rule) -%}
        {%- if not rule.when -%}{%- do closed_by.update({rule.direction: rule.rule}) -%}{%- endif -%}
    {%- endfor -%}
    {%- for direction in ['incoming', 'outgoing'] if direction not in closed_by -%}
        {{ return("the last rule of " ~ direction ~ " calls needs `'when': none`. Otherwise some calls get no status") }}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}


{#- The number of the first rule of the call's direction whose condition holds, from the named evidence of a call. -#}
{% macro derive_rule_number() -%}
    case
        {%- for rule in call_status.get_status_rules() %}
            when direction = '{{ rule.direction }}'{{ ' and (' ~ rule.when ~ ')' if rule.when }} then {{ loop.index }}
        {%- endfor %}
        end
{%- endmacro %}


{#- What the rule that won says, by the column rule_number. `field`: `rule` (its name) or `status`. -#}
{% macro rule_field(field) -%}
    case rule_number
        {%- for rule in call_status.get_status_rules() %}
            when {{ loop.index }} then '{{ rule[field] }}'
        {%- endfor %}
        end
{%- endmacro %}


{#-
    What the first reason that fits says, by the column rule_number and the named evidence. `field`: `reason`, `message`, or
    `inferred` (a boolean).
-#}
{% macro reason_field(field) -%}
    case rule_number
        {%- for rule in call_status.get_status_rules() %}
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
    {{ reason.get('inferred', 'false') | string | lower if field == 'inferred' else call_status.text_literal(reason[field]) }}
{%- endmacro %}


{#-
    Eight hexadecimal digits that change when a status could: with the rules, and with the variables that the evidence is read
    with. The clock is not part of them.
-#}
{% macro rules_fingerprint() -%}
    {%- set known = call_status.looked_up() -%}
    {%- if 'rules fingerprint' not in known -%}{%- do known.setdefault('rules fingerprint', call_status.make_rules_fingerprint()) -%}{%- endif -%}
    {{ return(known['rules fingerprint']) }}
{%- endmacro %}


{#- The same, made of what is rendered. -#}
{% macro make_rules_fingerprint() -%}
    {%- set read = [call_status.derive_rule_number(), call_status.rule_field('status'), call_status.rule_field('rule'),
        call_status.reason_field('reason'), call_status.reason_field('message'), call_status.reason_field('inferred'), call_status.get_capabilities_in_use() | string] -%}
    {%- for name in ['min_voicemail_seconds', 'reject_rule'] -%}
        {%- do read.append(call_status.setting(name) | string) -%}
    {%- endfor -%}
    {#- Engines write a quote or a backslash within a literal in their own ways. -#}
    {{ return(local_md5((read | join('|')).replace("\\'", "''").replace("\\\\", "\\"))[:8]) }}
{%- endmacro %}


{#- One row per rule, for call_status_rules. -#}
{% macro status_rule_rows() %}
    {%- for rule in call_status.get_status_rules() %}
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


{#- One row per direction and status, for dim_call_status. -#}
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
