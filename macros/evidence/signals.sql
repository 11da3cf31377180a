{#-
    Signals: the yes-or-no evidence of a call, one bit each in int_call_evidence_packed.signals.
    Every event type is a signal; the others depend on a field of the event. `when` reads columns of staging.
    Positions are part of the stored state: append new signals at the end and raise the number in evidence_version().
-#}
{% macro call_signals() %}
    {%- set signals = [] -%}
    {%- for event_type in call_status.event_types() -%}
        {%- do signals.append({'name': event_type}) -%}
    {%- endfor -%}
    {{ return(signals + [
        {'name': 'labelled_incoming', 'column': 'direction', 'value': 'incoming'},
        {'name': 'labelled_outgoing', 'column': 'direction', 'value': 'outgoing'},
        {'name': 'labelled_internal', 'column': 'direction', 'value': 'internal'},
        {'name': 'queue_left_abandoned', 'event_type': 'queue_left', 'column': 'reason', 'value': 'abandoned'},
        {'name': 'queue_left_empty', 'event_type': 'queue_left', 'column': 'reason', 'value': 'empty'},
        {'name': 'queue_left_full', 'event_type': 'queue_left', 'column': 'reason', 'value': 'full'},
        {'name': 'queue_left_timeout', 'event_type': 'queue_left', 'column': 'reason', 'value': 'timeout'},
        {'name': 'dial_blocked_by_country', 'event_type': 'dial_blocked', 'column': 'reason', 'value': 'country_restricted'},
        {'name': 'voicemail_of_unknown_length', 'event_type': 'voicemail_left', 'column': 'seconds', 'value': none},
    ]) }}
{% endmacro %}


{#- The bit of a signal as a SQL integer. -#}
{% macro signal(name) %}
    {%- for signal in call_status.call_signals() if signal['name'] == name -%}
        {{ return('cast(' ~ 2 ** (call_status.call_signals() | map(attribute='name') | list).index(name) ~ ' as ' ~ dbt.type_bigint() ~ ')') }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error("No such signal: " ~ name) }}
{% endmacro %}


{#- True where the evidence holds at least one of the signals. -#}
{% macro has_signal() -%}
    {%- set bits = [] -%}
    {%- set names = call_status.call_signals() | map(attribute='name') | list -%}
    {%- for name in varargs -%}
        {%- do bits.append(2 ** names.index(name)) -%}
    {%- endfor -%}
    ({{ call_status.bitand('signals', bits | sum) }} <> 0)
{%- endmacro %}


{#- All signals of one event: the bit of its type (column `signal`) and those that hang on its fields. -#}
{% macro signals_of_event() %}
    {%- set by_field = {} -%}
    {%- for s in call_status.call_signals() if s.get('column') -%}
        {%- do by_field.setdefault((s.get('event_type', ''), s['column']), []).append(s) -%}
    {%- endfor -%}
    signal
    {%- for (event_type, column), choices in by_field.items() %}
        + case
            {%- if event_type %} when signal = {{ call_status.signal(event_type) }} then{% endif %}
            {%- if event_type %} case{% endif %}
            {%- for s in choices %}
            when {{ column }} {{ 'is null' if s['value'] is none else "= '" ~ s['value'] ~ "'" }} then {{ call_status.signal(s['name']) }}
            {%- endfor %}
            else 0
            {%- if event_type %} end else 0{% endif %}
        end
    {%- endfor %}
{% endmacro %}
