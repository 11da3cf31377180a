{#- The customer's number as call_status_pii says: as it is, hashed, or null. Everything behind staging sees only this. -#}
{% macro masked_number(column) -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- if pii == 'drop' -%}
        cast(null as {{ dbt.type_string() }})
    {%- elif pii == 'hash' -%}
        {{ call_status.keyed_hash(column, '(select pii_key from ' ~ call_status.pii_key_relation() ~ ')') }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}


{#-
    The customer's number of an event: as it was sent, dropped, or the hash of its key, so that two spellings of one number have
    one hash. Before it is hashed, the country of the business's number completes it. Null where it is withheld. `bare`: as in given_number.
    `business_number` is asked for in a subquery, so it has to name its table.
-#}
{% macro masked_customer_number(number, bare, business_number) -%}
    {%- set given = call_status.given_number(number, bare) -%}
    {%- if call_status.setting('pii') == 'hash' -%}
        {%- set country -%}
            (
                select max(numbers.country) from {{ ref('call_status', 'int_phone_numbers') }} as numbers
                where numbers.number_key = {{ call_status.number_key(business_number) }}
            )
        {%- endset -%}
        case when {{ given }} is not null then {{ call_status.masked_number(call_status.international_key(number, country)) }} end
    {%- else -%}
        {{ call_status.masked_number(given) }}
    {%- endif -%}
{%- endmacro %}


{#- Free text that may hold a customer's number. It is null unless numbers are kept as they are. -#}
{% macro masked_text(column) -%}
    {{ column if call_status.setting('pii') == 'keep' else 'cast(null as ' ~ dbt.type_string() ~ ')' }}
{%- endmacro %}


{#-
    A word of a raw column that may be shown: unless numbers are kept as they are, only letters, `_` and `-`, and only what came
    at least three times. Null for any other.
-#}
{% macro shown_word(word, occurrences) -%}
    {%- if call_status.setting('pii') == 'keep' -%}{{ word }}
    {%- else -%}
    case when {{ occurrences }} >= 3 and {{ call_status.has_only_letters(word) }} then {{ word }} end
    {%- endif -%}
{%- endmacro %}


{#-
    An event's id. The loader derives one from the whole row where a file has none: a digest without a key, by which numbers
    could be tried out. So a derived id is treated as the number itself. A source's own ids stay as they are.
-#}
{% macro masked_event_id() -%}
    {%- if call_status.setting('pii') == 'keep' -%}
        event_id
    {%- elif call_status.setting('pii') == 'hash' -%}
        case when {{ call_status.is_derived_id('event_id') }} then 'row-' || {{ call_status.masked_number('event_id') }} else event_id end
    {%- else -%}
        case when {{ call_status.is_derived_id('event_id') }} then null else event_id end
    {%- endif -%}
{%- endmacro %}


{#- True for ids that the loader derives: `row-` and 32 digits. Null for null. -#}
{% macro is_derived_id(event_id) -%}
    ({{ event_id }} like 'row-%' and length({{ event_id }}) = 36)
{%- endmacro %}


{#- The one-row table that holds the key; an error that says how to make it where it is not there. -#}
{% macro pii_key_relation() %}
    {%- set relation = source('call_status', 'pii_key') -%}
    {%- if execute -%}
        {%- set query = 'select count(*), count(case when length(pii_key) >= 32 then 1 end) from ' ~ relation -%}
        {%- set rows, keys = call_status.fetch(query)[0] if call_status.get_existing_columns(relation) else (0, 0) -%}
        {%- if rows != 1 or keys != 1 -%}
            {{ exceptions.raise_compiler_error(
                "call_status_pii is 'hash', which needs " ~ relation ~ ": one row, one column pii_key of 32 or more "
                ~ "characters. `dbt run-operation call_status.create_pii_key` makes it.") }}
        {%- endif -%}
    {%- endif -%}
    {{ return(relation) }}
{% endmacro %}
