{#-
    Values that are stored as small numbers beside a time (macros/evidence/packing.sql). Each list is the one place where
    a number gets its meaning.

    `code` 0 to 15, stored: append a value with a new code, never renumber. At one instant the smaller code counts
    `name` what everything outside the stored evidence calls it; none: no value
    `when` SQL over int_call_events: the events that it stands for. The first entry that fits an event counts
-#}

{#- What can stop a dial. The rules of outgoing calls look at the earliest of these events. -#}
{% macro dial_outcomes() %}
    {{ return([
        {'code': 1, 'name': 'declined', 'when': "event_type = 'customer_rejected'"},
        {'code': 2, 'name': 'number_busy', 'when': "event_type = 'dial_failed' and reason = 'number_busy'"},
        {'code': 3, 'name': 'not_in_service', 'when': "event_type = 'dial_failed' and reason = 'not_in_service'"},
        {'code': 4, 'name': 'ended_by_agent', 'when': "event_type = 'call_ended' and party = 'agent'"},
        {'code': 5, 'name': 'timed_out', 'when': "event_type = 'dial_timeout'"},
        {'code': 6, 'name': 'ended_by_customer', 'when': "event_type = 'call_ended' and party = 'customer'"},
        {'code': 7, 'name': 'failed', 'when': "event_type = 'dial_failed'"},
    ]) }}
{% endmacro %}


{#- Who ended a call. -#}
{% macro parties() %}
    {{ return([
        {'code': 0, 'name': 'customer', 'when': "party = 'customer'"},
        {'code': 1, 'name': 'agent', 'when': "party = 'agent'"},
        {'code': 2, 'name': 'system', 'when': "party = 'system'"},
        {'code': 3, 'name': none, 'when': 'true'},
    ]) }}
{% endmacro %}


{#- Who answered on the customer's side. -#}
{% macro answer_kinds() %}
    {{ return([
        {'code': 0, 'name': 'machine', 'when': "reason = 'machine'"},
        {'code': 1, 'name': none, 'when': 'true'},
    ]) }}
{% endmacro %}
