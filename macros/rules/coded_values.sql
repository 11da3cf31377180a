{#-
    Values that are stored as small numbers beside a time (macros/evidence/packing.sql). Each list is the one place where
    a number gets its meaning.

    `code` 0 to 15, stored: append a value with a new code, never renumber. At one instant the smaller code counts
    `name` what everything outside the stored evidence calls it; none: no value
    `when` SQL over int_call_events: the events that it stands for. The first entry that fits an event counts
-#}

{#-
    What can stop a dial. The rules of outgoing calls look at the earliest of these events. On an outgoing call the side that
    is calling is the agent's, and the side that is called the customer's.
-#}
{% macro dial_outcomes() %}
    {{ return([
        {'code': 1, 'name': 'declined', 'when': "event_type in ('customer_rejected', 'callee_rejected')"},
        {'code': 2, 'name': 'number_busy', 'when': "event_type = 'callee_busy' or (event_type in ('dial_failed', 'callee_failed') and reason = 'number_busy')"},
        {'code': 3, 'name': 'not_in_service', 'when': "event_type in ('dial_failed', 'callee_failed') and reason = 'not_in_service'"},
        {'code': 4, 'name': 'ended_by_agent', 'when': "event_type in ('call_ended', 'part_ended') and party in ('agent', 'calling')"},
        {'code': 5, 'name': 'timed_out', 'when': "event_type in ('dial_timeout', 'callee_no_answer')"},
        {'code': 6, 'name': 'ended_by_customer', 'when': "event_type in ('call_ended', 'part_ended') and party in ('customer', 'called')"},
        {'code': 7, 'name': 'failed', 'when': "event_type in ('dial_failed', 'callee_failed')"},
    ]) }}
{% endmacro %}


{#- Who ended a call or a part of it. `calling` and `called` are sides: who that is depends on the direction of the call. -#}
{% macro parties() %}
    {{ return([
        {'code': 0, 'name': 'customer', 'when': "party = 'customer'"},
        {'code': 1, 'name': 'calling', 'when': "party = 'calling'"},
        {'code': 2, 'name': 'called', 'when': "party = 'called'"},
        {'code': 3, 'name': 'agent', 'when': "party = 'agent'"},
        {'code': 4, 'name': 'system', 'when': "party = 'system'"},
        {'code': 5, 'name': none, 'when': 'true'},
    ]) }}
{% endmacro %}


{#- Who answered on the customer's side. -#}
{% macro answer_kinds() %}
    {{ return([
        {'code': 0, 'name': 'machine', 'when': "reason = 'machine'"},
        {'code': 1, 'name': none, 'when': 'true'},
    ]) }}
{% endmacro %}


{#-
    Why a call left a queue, by name in alphabetical order: of several reasons at one instant the first counts. Read from
    int_queue_evidence_packed, so these codes are not stored.
-#}
{% macro queue_exits() %}
    {%- set exits = [] -%}
    {%- for name in ['abandoned', 'callback', 'empty', 'full', 'key', 'timeout'] -%}
        {%- do exits.append({'code': loop.index0, 'name': name, 'when': call_status.has_signal('queue_left_' ~ name)}) -%}
    {%- endfor -%}
    {{ return(exits + [{'code': 15, 'name': none, 'when': 'true'}]) }}
{% endmacro %}
