{#-
    Mappings: what a value of a source's record means. A row is [source, field, value, becomes].

    `field`    what of the record is looked at, such as `context`, `channel` or `status`. Each source's page in docs/sources/ has them
    `value`    a word, or a pattern with `*`. Letter case and white space around it do not count
    `becomes`  a direction, a party (parties.sql), an event type, a reason, a status: what the field says

    Rows of one's own are read from the raw table call_status_mappings, where there is one, and come before the shipped ones
    (shipped_mappings.sql). A row with the value `*` alone comes last.
-#}

{#-
    The rows of one field of a source, in the order in which they are tried: a list of [value, becomes]. Of the patterns of one kind
    that which claims the stronger direction comes first (parties.sql).
-#}
{% macro get_mappings(source, field) %}
    {%- set exact, patterns, rest = [], [], [] -%}
    {%- for rows in [call_status.get_own_mappings(), call_status.shipped_mappings()] -%}
        {%- set patterns_of_these = [] -%}
        {%- for row in rows if row[0] == source and row[1] == field -%}
            {%- set value = row[2] | lower | trim -%}
            {%- do (rest if value == '*' else patterns_of_these if '*' in value else exact).append([value, row[3]]) -%}
        {%- endfor -%}
        {%- do patterns.extend(call_status.get_strongest_first(patterns_of_these)) -%}
    {%- endfor -%}
    {{ return(exact + patterns + rest) }}
{% endmacro %}


{#- The rows of the raw table call_status_mappings; none while dbt parses, and where there is no such table. -#}
{% macro get_own_mappings() %}
    {%- set found, names = [], ['source', 'field', 'value', 'becomes'] -%}
    {%- for source, field, value, becomes in call_status.get_text_rows('call_status_mappings', names, required=names, filled=names[:3]) -%}
        {%- do found.append([source | trim | lower, field | trim | lower, value, becomes]) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#-
    What a value (SQL, a text) becomes, as text; null where no row fits, and where the row says nothing. `meant`: SQL of what it
    means where no row fits but `*`; null where it means nothing by itself.
-#}
{% macro mapped(source, field, value, meant=none) -%}
    {%- set rows = call_status.get_mappings(source, field) -%}
    {%- set meant = meant or 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
    {%- if rows -%}
    nullif(case
        {%- for patterns, becomes in call_status.get_branches(rows) if patterns != ['*'] %}
        when {{ call_status.fits_one_of(value, patterns) }} then {{ call_status.text_literal(becomes) }}
        {%- endfor %}
        {%- for pattern, becomes in rows if pattern == '*' %}
        when {{ value }} is not null and {{ meant }} is null then {{ call_status.text_literal(becomes) }}
        {%- endfor %}
        else {{ meant }}
    end, '')
    {%- else -%}
    {{ meant }}
    {%- endif -%}
{%- endmacro %}


{#- A value that is there and that no row of the field knows; null otherwise. For unmapped_source_values. -#}
{% macro unmapped(source, field, value) -%}
    case
        when {{ value }} is null then null
        {%- for patterns, becomes in call_status.get_branches(call_status.get_mappings(source, field)) %}
        when {{ call_status.fits_one_of(value, patterns) }} then null
        {%- endfor %}
        else {{ value }}
    end
{%- endmacro %}


{#-
    Rows of get_mappings as branches of a case: a list of [patterns, becomes]. Words beside each other that become the same are one
    branch, so that a long list stays a short expression.
-#}
{% macro get_branches(rows) %}
    {%- set branches = [] -%}
    {%- for value, becomes in rows -%}
        {%- if branches and '*' not in value and '*' not in branches[-1][0][0] and branches[-1][1] == becomes -%}
            {%- do branches[-1][0].append(value) -%}
        {%- else -%}
            {%- do branches.append([[value], becomes]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(branches) }}
{% endmacro %}


{#- Whether a value (SQL) fits a pattern, or is one of several words (Jinja, lower case). -#}
{% macro fits_one_of(value, patterns) -%}
    {%- if patterns | length == 1 -%}
        {{ call_status.fits(value, patterns[0]) }}
    {%- else -%}
        lower({{ call_status.trimmed_text(value) }}) in (
            {%- for word in patterns %}{{ call_status.text_literal(word) }}{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- endif -%}
{%- endmacro %}


{#- Whether a value (SQL) fits a pattern (Jinja, lower case). -#}
{% macro fits(value, pattern) -%}
    {%- set text = 'lower(' ~ call_status.trimmed_text(value) ~ ')' -%}
    {%- if pattern == '*' -%}
        {{ value }} is not null
    {%- elif '*' in pattern -%}
        {{ text }} like {{ call_status.text_literal(pattern | replace('^', '^^') | replace('%', '^%') | replace('_', '^_') | replace('*', '%')) }} escape '^'
    {%- else -%}
        {{ text }} = {{ call_status.text_literal(pattern) }}
    {%- endif -%}
{%- endmacro %}
