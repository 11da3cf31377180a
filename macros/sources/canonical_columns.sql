{#- The columns of a raw call event, in the contract's order: name → kind, and which a raw table must have. -#}
{% macro get_raw_columns() %}
    {{ return({
        'event_id': 'text', 'source_system': 'text', 'call_id': 'text', 'leg_id': 'text', 'direction': 'text',
        'event_type': 'text', 'occurred_at': 'timestamp', 'loaded_at': 'timestamp', 'party': 'text',
        'agent_id': 'text', 'customer_number': 'text', 'business_number': 'text', 'queue': 'text', 'reason': 'text',
        'cause_scheme': 'text', 'cause_code': 'text', 'seconds': 'duration', 'reported_status': 'text', 'attributes': 'text',
    }) }}
{% endmacro %}


{% macro get_required_raw_columns() %}
    {{ return(['event_id', 'call_id', 'direction', 'event_type', 'occurred_at', 'loaded_at']) }}
{% endmacro %}


{#-
    The columns of an event as staging gives it: those of a raw call event, and beside them

    `unread_seconds`  the text of a `seconds` that is no length of time; null where there is none
    `records`         1 on one event of each raw record, 0 on its others. The sum is the number of raw records
    `set_aside`       null for an event. `silent`: the record says nothing about a call's outcome, so it is counted and not kept.
                      Anything else is the reason why the record is refused: `no_call`, or `unreadable_` and a field
    `unmapped_field`, `unmapped_value`  a value of the record that no mapping knows, and where it stood; null where there is none
-#}
{% macro get_event_columns() %}
    {{ return(dict(
        call_status.get_raw_columns(), unread_seconds='text', records='integer', set_aside='text', unmapped_field='text', unmapped_value='text',
    )) }}
{% endmacro %}


{#- The columns of an event, in order: name → SQL. What is not given is null, and `records` 1. Ends a staging model of a source. -#}
{% macro event_columns(values) %}
    {%- set types = {
        'text': dbt.type_string(), 'timestamp': dbt.type_timestamp(), 'duration': call_status.type_double(), 'integer': 'integer',
    } -%}
    {%- set kinds = call_status.get_event_columns() -%}
    {%- for name in values if name not in kinds -%}
        {{ exceptions.raise_compiler_error("An event has no column " ~ name ~ ". It has: " ~ kinds | join(', ') ~ ".") }}
    {%- endfor -%}
    {%- for name, kind in kinds.items() %}
    {%- set value = values.get(name, 'cast(1 as integer)' if name == 'records' else 'cast(null as ' ~ types[kind] ~ ')') %}
    {{ value if value == name else value ~ ' as ' ~ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
