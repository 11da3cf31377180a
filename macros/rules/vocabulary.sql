{#-
    Words: what may stand in direction, party and reason of a raw event, and how it is read.

    Words are read without regard to case, to white space around them, and to `-` or a blank for `_`. A synonym is read as
    the word behind it. event_type has no synonyms: its words are those of event_types.sql.
    scripts/load reads this list too, to say what it made of the words of a file.
-#}

{#- Column → its `words`, and its `synonyms`: synonym → word. -#}
{% macro vocabulary() %}
    {{ return({
        'direction': {
            'words': ['incoming', 'outgoing', 'internal', 'assumed_incoming', 'assumed_outgoing', 'assumed_internal'],
            'synonyms': {
                'inbound': 'incoming', 'outbound': 'outgoing',
                'assumed_inbound': 'assumed_incoming', 'assumed_outbound': 'assumed_outgoing',
            },
        },
        'party': {
            'words': ['customer', 'agent', 'system', 'calling', 'called'],
            'synonyms': {
                'caller': 'customer', 'client': 'customer', 'contact': 'customer', 'external': 'customer',
                'user': 'agent', 'member': 'agent', 'operator': 'agent', 'representative': 'agent',
                'platform': 'system', 'pbx': 'system', 'network': 'system', 'carrier': 'system',
            },
        },
    }) }}
{% endmacro %}


{#-
    The same for `reason`, by the event types whose reason decides something. `is_closed`: any other reason of these events
    counts as none and is listed in unmapped_source_values. Every other reason is free text.
-#}
{% macro reason_vocabulary() %}
    {{ return([
        {
            'event_types': ['queue_left'], 'is_closed': true,
            'words': ['connected', 'abandoned', 'timeout', 'full', 'empty', 'key', 'callback'],
            'synonyms': {'abandon': 'abandoned'},
        },
        {
            'event_types': ['agent_answered', 'callee_answered', 'customer_answered'], 'is_closed': true,
            'words': ['human', 'machine', 'unproven'],
            'synonyms': {'voicemail': 'machine', 'answering_machine': 'machine', 'amd': 'machine'},
        },
        {
            'event_types': ['dial_failed', 'callee_failed'], 'is_closed': false,
            'words': ['number_busy', 'not_in_service'],
            'synonyms': {'busy': 'number_busy', 'invalid_number': 'not_in_service', 'unallocated': 'not_in_service'},
        },
        {
            'event_types': ['dial_blocked'], 'is_closed': false,
            'words': ['country_restricted'],
            'synonyms': {},
        },
    ]) }}
{% endmacro %}


{#-
    A column of words as words of its list: synonyms replaced, what is not known as it was sent. Null for null and for white
    space. `value`: SQL of the words, where it is not the column itself. `cleaned`: SQL of them cleaned, where that is there.
-#}
{% macro read_word(column, value=none, cleaned=none) -%}
    {%- set known = call_status.vocabulary()[column] -%}
    {{ call_status.known_word(value or column, known.words, known.synonyms, cleaned) }}
{%- endmacro %}


{#- True for a value (SQL; else the column itself) that is no word that `column` knows. Null for null. -#}
{% macro is_unknown_word(column, value=none) -%}
    {{ call_status.case_of_word(value or column, call_status.vocabulary()[column].words, 'false', 'true') }}
{%- endmacro %}


{#- The words of a column: of its list, or the event types. -#}
{% macro get_words(column) %}
    {{ return(call_status.event_types() | list if column == 'event_type' else call_status.vocabulary()[column].words) }}
{% endmacro %}


{#-
    A column of words, cleaned where it is not spelt as in its list. Most words are, and to clean one costs more than all else that
    is read of an event. A CTE of its own: inside a `case` with many words it would be cleaned once for each of them.
-#}
{% macro cleaned_unless_known(column) -%}
    {{ call_status.case_of_word(column, call_status.get_words(column), column, call_status.cleaned_word(column)) }}
{%- endmacro %}


{#-
    One value where a text is one of some words, another where it is not; null for null. As `in` would tell, but an engine stops at the
    word that fits: for a long list DuckDB builds a join, of all rows and whether or not it is needed.
-#}
{% macro case_of_word(text, words, known, unknown) -%}
    case
            when {{ text }} is null then null
            {%- for word in words %}
            when {{ text }} = '{{ word }}' then {{ known }}
            {%- endfor %}
            else {{ unknown }}
        end
{%- endmacro %}


{#- True for events whose type decides what its reason may be. -#}
{% macro has_known_reasons() -%}
    {%- set types = call_status.reason_vocabulary() | map(attribute='event_types') | sum(start=[]) -%}
    {{ call_status.is_of_types(types) }}
{%- endmacro %}


{#-
    The reason of an event, whose type (`signal`) decides which words it knows; free text as it was sent. `cleaned`: SQL of the reason,
    cleaned.
-#}
{% macro read_reason(reason, cleaned) -%}
    case
            when {{ reason }} is null then null
            {%- for known in call_status.reason_vocabulary() %}
            when {{ call_status.is_of_types(known.event_types) }} then {{ call_status.known_word(reason, known.words, known.synonyms, cleaned) }}
            {%- endfor %}
            else {{ reason }}
        end
{%- endmacro %}


{#- True for a reason that its event type does not know and that is no free text. Reads event_type and reason as known words. -#}
{% macro is_unknown_reason() -%}
    {%- for known in call_status.reason_vocabulary() if known.is_closed -%}
    {{ 'or ' if not loop.first }}(event_type in ('{{ known.event_types | join("', '") }}') and reason not in ('{{ known.words | join("', '") }}'))
    {%- endfor %}
{%- endmacro %}


{#- A word, spelt as in its list; as it was sent where the list does not know it. `cleaned`: SQL of the cleaned word, where it is there. -#}
{% macro known_word(column, words, synonyms, cleaned=none) -%}
    case {{ cleaned or call_status.cleaned_word(column) }}
            {%- for synonym, word in synonyms.items() %}
            when '{{ synonym }}' then '{{ word }}'
            {%- endfor %}
            {%- for word in words %}
            when '{{ word }}' then '{{ word }}'
            {%- endfor %}
            when '' then null
            else {{ column }}
        end
{%- endmacro %}


{#- A word in lower case, without white space around it, `_` for `-` and blanks. White space: blank, tab, line ends, no-break space. -#}
{% macro cleaned_word(column) -%}
    replace(replace({{ call_status.trimmed_text('lower(' ~ column ~ ')') }}, '-', '_'), ' ', '_')
{%- endmacro %}
