{#-
    Signals: the yes-or-no evidence of a call, one bit each in int_call_evidence_packed.signals.
    Every event type is a signal. The other signals look at one field of an event;.
    Bits are stored: never change one, never use one twice (macros/rules/event_types.sql says which are free).
-#}
{% macro call_signals() %}
    {%- set signals = [] -%}
    {%- for name, event_type in call_status.event_types().items() -%}
        {%- do signals.append({'name': name, 'bit': event_type.bit}) -%}
    {%- endfor -%}
    {{ return(signals + [
        {'name': 'labelled_incoming', 'bit': 40, 'column': 'direction', 'value': 'incoming'},
        {'name': 'labelled_outgoing', 'bit': 41, 'column': 'direction', 'value': 'outgoing'},
        {'name': 'labelled_internal', 'bit': 42, 'column': 'direction', 'value': 'internal'},
        {'name': 'queue_left_abandoned', 'bit': 43, 'event_type': 'queue_left', 'column': 'reason', 'value': 'abandoned'},
        {'name': 'queue_left_empty', 'bit': 44, 'event_type': 'queue_left', 'column': 'reason', 'value': 'empty'},
        {'name': 'queue_left_full', 'bit': 45, 'event_type': 'queue_left', 'column': 'reason', 'value': 'full'},
        {'name': 'queue_left_timeout', 'bit': 46, 'event_type': 'queue_left', 'column': 'reason', 'value': 'timeout'},
        {'name': 'dial_blocked_by_country', 'bit': 47, 'event_type': 'dial_blocked', 'column': 'reason', 'value': 'country_restricted'},
        {'name': 'voicemail_of_unknown_length', 'bit': 48, 'event_type': 'voicemail_left', 'column': 'seconds', 'value': none},
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
    {%- set by_field = {} -%}
    {%- for s in call_status.call_signals() if s.column -%}
        {%- do by_field.setdefault((s.get('event_type', ''), s.column), []).append(s) -%}
    {%- endfor -%}
    signal
    {%- for (event_type, column), choices in by_field.items() %}
        + case
            {%- if event_type %} when signal = {{ call_status.signal_bit(event_type) }} then case{% endif %}
            {%- for s in choices %}
            when {{ column }} {{ 'is null' if s.value is none else "= '" ~ s.value ~ "'" }} then {{ call_status.signal_bit(s.name) }}
            {%- endfor %}
            else 0
            {%- if event_type %} end else 0{% endif %}
        end
    {%- endfor %}
{% endmacro %}
