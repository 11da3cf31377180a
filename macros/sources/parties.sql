{#-
    Whose party is it, and which way does the call go? A PBX does not say. Patterns of its contexts, channels and trunks do: rows
    of the mappings (mappings.sql). What a row may say of a value:

    | becomes     | meaning                                                                                           |
    |-------------|---------------------------------------------------------------------------------------------------|
    | a direction | `incoming`, `outgoing`, `internal`; with `assumed_` before it where it only suggests one          |
    | `trunk`     | a line to the outside: as the first channel of a call incoming, as a dialled one outgoing         |
    | `ours`      | a phone of our own: as the first channel no call of a customer, whatever its context              |
    | `ignore`    | no call: a reminder, a conference that the PBX sets up. A record with it is refused as `no_call`  |

    `customer` is read as `trunk`, `agent` as `ours`. Several values of a record may claim a direction. The strongest claim counts:
    that is the order of the directions. A row with the value `*` counts only where no other row fits any of them.
-#}

{#-
    What a value (SQL, a text) of a record claims: a direction, `ours`, `ignore`, or null where no row fits. `trunk`, `ours`: what
    such a channel claims there. The claim of a row with the value `*` has a star before it, for strongest_direction.
-#}
{% macro claim(source, field, value, trunk='trunk', ours='ours') -%}
    {%- set words = {'trunk': trunk, 'customer': trunk, 'ours': ours, 'agent': ours} -%}
    {%- set rows = call_status.get_mappings(source, field) -%}
    {%- if rows -%}
    case
        {%- for pattern, becomes in rows %}
        {%- set word = becomes | lower | trim %}
        when {{ call_status.fits(value, pattern) }} then {{ call_status.text_literal(('* ' if pattern == '*' else '') ~ words.get(word, word)) }}
        {%- endfor %}
    end
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#- The direction that the strongest of some claims (SQL) states; null where none does. `ours` suggests an internal call. -#}
{% macro strongest_direction(claims) -%}
    case
        {%- for star in ['', '* '] %}
        {%- for direction in call_status.vocabulary().direction.words %}
        when '{{ star }}{{ direction }}' in ({{ claims | join(', ') }}) then '{{ direction }}'
        {%- endfor %}
        when '{{ star }}ours' in ({{ claims | join(', ') }}) then 'assumed_internal'
        {%- endfor %}
    end
{%- endmacro %}


{#- Rows of mappings [value, becomes] in the order of strongest_direction, so that the first that fits a value is the strongest. -#}
{% macro get_strongest_first(rows) %}
    {%- set found, order = [], ['incoming', 'outgoing', 'internal', 'trunk', 'customer', 'assumed_incoming', 'assumed_outgoing', 'assumed_internal'] -%}
    {%- for word in order -%}{%- do found.extend(rows | selectattr(1, 'equalto', word)) -%}{%- endfor -%}
    {{ return(found + rows | rejectattr(1, 'in', order) | list) }}
{% endmacro %}


{#-
    The phone behind a channel of Asterisk: `2001` of Local/2001@from-internal/n, PJSIP/2001-0000001a or SIP/2001. The eight digits
    at the end are the channel's own.
-#}
{% macro phone_of_channel(channel) -%}
    {%- set name = dbt.split_part("case when " ~ channel ~ " like '%/%' then " ~ dbt.split_part(channel, "'/'", 2) ~ " else " ~ channel ~ " end", "'@'", 1) -%}
    case when {{ call_status.text_matches(name, '-[0-9a-fA-F]{8}$') }} then substring({{ name }}, 1, length({{ name }}) - 9) else {{ name }} end
{%- endmacro %}
