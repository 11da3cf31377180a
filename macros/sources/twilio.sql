{#-
    The columns of Twilio's two raw tables, all as text, under the same names: name → what it is called in each. Connectors and Twilio's
    own libraries name them differently; the first that has a value counts. A callback is created when it is sent or, where it does not say so,
    when it came; what starts is a leg, or a recording.
-#}
{% macro get_twilio_columns(table) %}
    {%- set columns = {
        'sid': [['sid', 'id', 'call sid'], ['callsid']],
        'parent_sid': [['parent_call_sid', 'parent_call_id', 'parentcallsid', 'parent call sid'], ['parentcallsid']],
        'sent_direction': [['direction'], ['direction']],
        'sent_state': [['status'], ['callstatus']],
        'from_address': [['from', 'from_'], ['from', 'caller']],
        'to_address': [['to', 'to_'], ['to', 'called']],
        'sent_answered_by': [['answered_by', 'answeredby', 'answered by'], ['answeredby']],
        'sent_seconds': [['duration'], ['callduration']],
        'created_text': [['date_created', 'created_at', 'datecreated', 'date created'], ['timestamp', 'received_at']],
        'started_text': [['start_time', 'starttime', 'start time'], ['recordingstarttime']],
        'ended_text': [['end_time', 'endtime', 'end time'], []],
        'timestamp_text': [[], ['timestamp']],
        'sequence_number': [[], ['sequencenumber']],
        'sip_code': [[], ['sipresponsecode']],
        'dial_sid': [[], ['dialcallsid']],
        'sent_dial_state': [[], ['dialcallstatus']],
        'sent_dial_seconds': [[], ['dialcallduration']],
        'dial_bridged': [[], ['dialbridged']],
        'recording': [[], ['recordingsid', 'recordingurl']],
        'recording_status': [[], ['recordingstatus']],
        'recording_source': [[], ['recordingsource']],
        'sent_recording_seconds': [[], ['recordingduration']],
        'message_sid': [[], ['messagesid', 'smsmessagesid', 'smssid']],
        'source_instance': [['source_instance'], ['source_instance']],
    } -%}
    {%- set found = {} -%}
    {%- for name, names in columns.items() -%}
        {%- do found.update({name: {'kind': 'text', 'column': names[0 if table == 'twilio_calls' else 1]}}) -%}
    {%- endfor -%}
    {{ return(dict(found, loaded_at=call_status.loaded_at_column())) }}
{% endmacro %}


{#-
    What a record of Twilio becomes, one row per event.

    `part`     what of the record proves it: the `call` itself, what <Dial> reports (`dial`), or a `recording`
    `role`     whose call it is. The first leg of a call is that of a `customer` who calls us, of an `agent` who calls, one that we
               call (`to_customer`, `to_agent`), or comes through a trunk to a PBX of ours (`trunk_in`); a further one is a `leg`.
               None: any
    `state`    how it stands, in Twilio's words; `declined`: a network code says so; `screened`: <Dial> reached somebody who was not
               connected. None: any
    `place`    1 for the first event of the part
    `at`       which time of the record is that of the event
-#}
{% macro twilio_rows() %}
    {%- set rows = [
        ['leg', 'ringing', 1, 'callee_ringing', none, none, 'rang'],
        ['leg', 'in-progress', 1, 'callee_ringing', none, none, 'rang'],
        ['leg', 'completed', 1, 'callee_answered', none, none, 'answered'],
        ['leg', 'completed', 2, 'callee_ringing', none, none, 'rang'],
        ['leg', 'no-answer', 1, 'callee_no_answer', none, none, 'ended'],
        ['leg', 'no-answer', 2, 'callee_ringing', none, none, 'rang'],
        ['leg', 'declined', 1, 'callee_rejected', none, none, 'ended'],
        ['leg', 'declined', 2, 'callee_ringing', none, none, 'rang'],
        ['leg', 'busy', 1, 'callee_busy', none, none, 'ended'],
        ['leg', 'failed', 1, 'callee_failed', none, none, 'ended'],
        ['leg', 'canceled', 1, 'part_ended', none, 'calling', 'ended'],
        ['leg', 'canceled', 2, 'callee_ringing', none, none, 'rang'],
        ['customer', 'completed', 2, 'call_ended', none, none, 'ended'],
        ['customer', 'canceled', 2, 'call_ended', none, 'customer', 'ended'],
        ['customer', 'no-answer', 2, 'call_ended', none, 'customer', 'ended'],
        ['customer', 'busy', 2, 'caller_blocked', 'rejected_by_application', none, 'ended'],
        ['customer', 'busy', 3, 'call_ended', none, 'system', 'ended'],
        ['customer', 'failed', 2, 'call_ended', none, 'system', 'ended'],
        ['trunk_in', 'completed', 2, 'call_ended', none, none, 'ended'],
        ['trunk_in', 'canceled', 2, 'call_ended', none, 'customer', 'ended'],
        ['trunk_in', 'no-answer', 2, 'call_ended', none, none, 'ended'],
        ['trunk_in', 'busy', 2, 'agent_unavailable', 'busy', none, 'ended'],
        ['trunk_in', 'busy', 3, 'call_ended', none, 'system', 'ended'],
        ['trunk_in', 'declined', 2, 'agent_unavailable', 'declined', none, 'ended'],
        ['trunk_in', 'declined', 3, 'call_ended', none, 'system', 'ended'],
        ['trunk_in', 'failed', 2, 'agent_unavailable', 'failed', none, 'ended'],
        ['trunk_in', 'failed', 3, 'call_ended', none, 'system', 'ended'],
        ['agent', 'completed', 2, 'call_ended', none, none, 'ended'],
        ['agent', 'canceled', 2, 'call_ended', none, 'agent', 'ended'],
        ['agent', 'no-answer', 2, 'call_ended', none, 'agent', 'ended'],
        ['agent', 'busy', 2, 'call_ended', none, 'system', 'ended'],
        ['agent', 'failed', 2, 'call_ended', none, 'system', 'ended'],
        ['to_agent', 'ringing', 2, 'agent_ringing', none, none, 'rang'],
        ['to_agent', 'completed', 2, 'agent_answered', none, none, 'answered'],
        ['to_agent', 'completed', 3, 'agent_ringing', none, none, 'rang'],
        ['to_agent', 'completed', 4, 'call_ended', none, none, 'ended'],
        ['to_agent', 'no-answer', 2, 'agent_no_answer', none, none, 'ended'],
        ['to_agent', 'no-answer', 3, 'agent_ringing', none, none, 'rang'],
        ['to_agent', 'no-answer', 4, 'call_ended', none, 'system', 'ended'],
        ['to_agent', 'declined', 2, 'agent_rejected', none, none, 'ended'],
        ['to_agent', 'declined', 3, 'call_ended', none, 'agent', 'ended'],
        ['to_agent', 'busy', 2, 'agent_unavailable', 'busy', none, 'ended'],
        ['to_agent', 'busy', 3, 'call_ended', none, 'system', 'ended'],
        ['to_agent', 'failed', 2, 'agent_unavailable', 'failed', none, 'ended'],
        ['to_agent', 'failed', 3, 'call_ended', none, 'system', 'ended'],
        ['to_agent', 'canceled', 2, 'call_ended', none, 'agent', 'ended'],
        ['to_customer', 'ringing', 2, 'customer_ringing', none, none, 'rang'],
        ['to_customer', 'completed', 2, 'customer_answered', none, none, 'answered'],
        ['to_customer', 'completed', 3, 'call_ended', none, none, 'ended'],
        ['to_customer', 'no-answer', 2, 'dial_timeout', none, none, 'ended'],
        ['to_customer', 'no-answer', 3, 'call_ended', none, 'system', 'ended'],
        ['to_customer', 'declined', 2, 'customer_rejected', none, none, 'ended'],
        ['to_customer', 'declined', 3, 'call_ended', none, 'customer', 'ended'],
        ['to_customer', 'busy', 2, 'dial_failed', 'number_busy', none, 'ended'],
        ['to_customer', 'busy', 3, 'call_ended', none, 'system', 'ended'],
        ['to_customer', 'failed', 2, 'dial_failed', none, none, 'ended'],
        ['to_customer', 'failed', 3, 'call_ended', none, 'system', 'ended'],
        ['to_customer', 'canceled', 2, 'call_ended', none, 'agent', 'ended'],
    ] -%}
    {%- for role in ['customer', 'trunk_in', 'agent', 'to_agent', 'to_customer', 'unknown'] -%}
        {%- do rows.append([role, none, 1, 'call_started', none, none, 'begun']) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for row in rows -%}{%- do found.append(['call'] + row) -%}{%- endfor -%}
    {%- do found.extend([
        ['dial', none, 'completed', 1, 'callee_answered', none, none, 'dial_answered'],
        ['dial', none, 'screened', 1, 'callee_ringing', none, none, 'sent'],
        ['dial', none, 'no-answer', 1, 'callee_no_answer', none, none, 'sent'],
        ['dial', none, 'busy', 1, 'callee_busy', none, none, 'sent'],
        ['dial', none, 'failed', 1, 'callee_failed', none, none, 'sent'],
        ['dial', none, 'canceled', 1, 'part_ended', none, 'calling', 'sent'],
        ['dial', none, 'canceled', 2, 'callee_ringing', none, none, 'sent'],
        ['recording', none, none, 1, 'voicemail_left', none, none, 'recorded'],
    ]) -%}
    {%- for row in found %}
    select
        {%- for name in ['part', 'role', 'state', 'place', 'event_type', 'reason', 'party', 'at'] %}
        {%- set value = row[loop.index0] %}
        {{ value if value is number else "'" ~ value ~ "'" if value else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ 'time_of_event' if name == 'at' else name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- The name or number in an address: `anna` of client:anna, `+15550100101` of sip:+15550100101@example.com or of itself. -#}
{% macro twilio_party(address) -%}
    {%- set behind = "case when " ~ address ~ " like '%:%' then " ~ dbt.split_part(address, "':'", 2) ~ " else " ~ address ~ " end" -%}
    {{ dbt.split_part(behind, "'@'", 1) }}
{%- endmacro %}


{#-
    The number that a party (SQL) of an address is; null where it is a name. Twilio writes numbers with their country; a plus sign
    that a spreadsheet or a connector has lost is put back.
-#}
{% macro twilio_number(party, address) -%}
    case
        when {{ address }} not like '%:%' and length({{ party }}) between 8 and 15 and {{ call_status.text_matches(party, '^[1-9][0-9]+$') }} then '+' || {{ party }}
        when {{ call_status.text_matches(party, '^[+]?[0-9][0-9][0-9]+$') }} then {{ party }}
    end
{%- endmacro %}
