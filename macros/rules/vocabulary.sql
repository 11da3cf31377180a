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
