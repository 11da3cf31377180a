{#-
    Signals: the yes-or-no evidence of a call, one bit each in int_call_evidence_packed.signals.
    Every event type is a signal. The other signals look at a field: `when` is SQL over int_call_events, `event_type` the only
    type that it is asked of (none: any). Of the signals of one event type, and of those of any type, the first that fits counts.
    Bits are stored: never change one, never use one twice (macros/rules/event_types.sql says which are free).
-#}
{% macro call_signals() %}
    {%- set signals = [] -%}
    {%- for name, event_type in call_status.event_types().items() -%}
        {%- do signals.append({'name': name, 'bit': event_type.bit}) -%}
    {%- endfor -%}
    {{ return(signals + [
        {'name': 'labelled_incoming', 'bit': 40, 'when': "direction = 'incoming'"},
        {'name': 'labelled_outgoing', 'bit': 41, 'when': "direction = 'outgoing'"},
        {'name': 'labelled_internal', 'bit': 42, 'when': "direction = 'internal'"},
        {'name': 'assumed_incoming', 'bit': 49, 'when': "direction = 'assumed_incoming'"},
        {'name': 'assumed_outgoing', 'bit': 50, 'when': "direction = 'assumed_outgoing'"},
        {'name': 'assumed_internal', 'bit': 51, 'when': "direction = 'assumed_internal'"},
        {'name': 'queue_left_abandoned', 'bit': 43, 'event_type': 'queue_left', 'when': "reason = 'abandoned'"},
        {'name': 'queue_left_empty', 'bit': 44, 'event_type': 'queue_left', 'when': "reason = 'empty'"},
        {'name': 'queue_left_full', 'bit': 45, 'event_type': 'queue_left', 'when': "reason = 'full'"},
        {'name': 'queue_left_timeout', 'bit': 46, 'event_type': 'queue_left', 'when': "reason = 'timeout'"},
        {'name': 'queue_left_key', 'bit': 52, 'event_type': 'queue_left', 'when': "reason = 'key'"},
        {'name': 'queue_left_callback', 'bit': 53, 'event_type': 'queue_left', 'when': "reason = 'callback'"},
        {'name': 'dial_blocked_by_country', 'bit': 47, 'event_type': 'dial_blocked', 'when': "reason = 'country_restricted'"},
        {'name': 'voicemail_of_unknown_length', 'bit': 48, 'event_type': 'voicemail_left', 'when': "seconds is null"},
        {'name': 'agent_answered_by_machine', 'bit': 54, 'event_type': 'agent_answered', 'when': "reason = 'machine'"},
        {'name': 'agent_answered_unproven', 'bit': 55, 'event_type': 'agent_answered', 'when': "reason = 'unproven'"},
        {'name': 'agent_answered_proven', 'bit': 56, 'event_type': 'agent_answered', 'when': "true"},
        {'name': 'callee_answered_by_machine', 'bit': 57, 'event_type': 'callee_answered', 'when': "reason = 'machine'"},
        {'name': 'callee_answered_unproven', 'bit': 58, 'event_type': 'callee_answered', 'when': "reason = 'unproven'"},
        {'name': 'callee_answered_proven', 'bit': 59, 'event_type': 'callee_answered', 'when': "true"},
    ]) }}
{% endmacro %}


{#- The sum of the bits of some signals, as a Jinja integer; an error for a name that is none. -#}
{% macro get_signal_bits(names) %}
    {%- set bit_of = {} -%}
    {%- for signal in call_status.call_signals() -%}
        {%- do bit_of.update({signal.name: signal.bit}) -%}
    {%- endfor -%}
    {%- set bits = [] -%}
    {%- for name in names -%}
        {%- if name not in bit_of -%}
            {{ exceptions.raise_compiler_error("There is no signal " ~ name ~ ". macros/evidence/signals.sql lists them.") }}
        {%- endif -%}
        {%- do bits.append(2 ** bit_of[name]) -%}
    {%- endfor -%}
    {{ return(bits | sum) }}
{% endmacro %}


{#- The bit of a signal, as a SQL integer. -#}
{% macro signal_bit(name) -%}
    cast({{ call_status.get_signal_bits([name]) }} as {{ dbt.type_bigint() }})
{%- endmacro %}


{#- True where `signals` holds at least one of the named signals. Takes any number of names. -#}
{% macro has_signal() -%}
    ({{ call_status.bitand('signals', call_status.get_signal_bits(varargs)) }} <> 0)
{%- endmacro %}


{#- All signals of one event: the bit of its type (column `signal`), and those of its fields. -#}
{% macro signals_of_event() %}
    {%- set by_event_type = {} -%}
    {%- for s in call_status.call_signals() if s.when -%}
        {%- do by_event_type.setdefault(s.get('event_type', ''), []).append(s) -%}
    {%- endfor -%}
    signal
    {%- for event_type, choices in by_event_type.items() %}
        + case
            {%- if event_type %} when signal = {{ call_status.signal_bit(event_type) }} then case{% endif %}
            {%- for s in choices %}
            {{ 'else' if s.when == 'true' else 'when ' ~ s.when ~ ' then' }} {{ call_status.signal_bit(s.name) }}
            {%- endfor %}
            {%- if choices[-1].when != 'true' %}
            else 0
            {%- endif %}
            {%- if event_type %} end else 0{% endif %}
        end
    {%- endfor %}
{% endmacro %}
