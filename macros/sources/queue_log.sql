{#-
    What the lines of Asterisk's queue_log become, one row per event of a line.

    `event`       as the line has it
    `place`       1 for the first event of a line
    `rang`        the line counts so where the member rang: `yes`, `no` (less than a second), `unknown`; null: in any case
    `is_start`    the event lies before the line: when the phone `rang`, when they began to talk (`talked`)
-#}
{% macro queue_log_rows() %}
    {%- set rows = [
        ['ENTERQUEUE', 1, 'call_started', none, none, none, none],
        ['ENTERQUEUE', 2, 'queue_joined', none, none, none, none],
        ['CONNECT', 1, 'queue_left', 'connected', none, none, none],
        ['CONNECT', 2, 'agent_answered', none, none, none, none],
        ['RINGNOANSWER', 1, 'agent_no_answer', none, none, 'yes', none],
        ['RINGNOANSWER', 2, 'agent_ringing', none, none, 'yes', 'rang'],
        ['RINGNOANSWER', 1, 'agent_unavailable', none, none, 'no', none],
        ['RINGNOANSWER', 1, 'agent_no_answer', none, none, 'unknown', none],
        ['RINGCANCELED', 1, 'agent_ringing', none, none, none, 'rang'],
        ['WRAPUPSTART', 1, 'agent_disconnected', none, none, none, none],
        ['ABANDON', 1, 'queue_left', 'abandoned', none, none, none],
        ['ABANDON', 2, 'call_ended', none, 'customer', none, none],
        ['EXITWITHTIMEOUT', 1, 'queue_left', 'timeout', none, none, none],
        ['EXITEMPTY', 1, 'queue_left', 'empty', none, none, none],
        ['LEAVEEMPTY', 1, 'queue_left', 'empty', none, none, none],
        ['JOINEMPTY', 1, 'queue_left', 'empty', none, none, none],
        ['FULL', 1, 'queue_left', 'full', none, none, none],
        ['DIVERT_CA_RATIO', 1, 'queue_left', 'full', none, none, none],
        ['DIVERT_HOLDTIME', 1, 'queue_left', 'full', none, none, none],
        ['EXITWITHKEY', 1, 'queue_left', 'key', none, none, none],
        ['CLOSED', 1, 'number_unavailable', 'closed', none, none, none],
    ] -%}
    {#- A call that was connected, also where the line CONNECT is missing. -#}
    {%- for event, party in [('COMPLETEAGENT', 'agent'), ('COMPLETECALLER', 'customer')] -%}
        {%- do rows.extend([
            [event, 1, 'agent_answered', none, none, none, 'talked'],
            [event, 2, 'agent_disconnected', none, none, none, none],
            [event, 3, 'part_ended', none, party, none, none],
        ]) -%}
    {%- endfor -%}
    {%- for event in ['TRANSFER', 'BLINDTRANSFER', 'ATTENDEDTRANSFER'] -%}
        {%- do rows.extend([
            [event, 1, 'agent_answered', none, none, none, 'talked'],
            [event, 2, 'transferred', none, none, none, none],
        ]) -%}
    {%- endfor -%}
    {%- for row in rows %}
    select
        '{{ row[0] }}' as event,
        {{ row[1] }} as place,
        '{{ row[2] }}' as event_type,
        {%- for name in ['reason', 'party', 'rang', 'is_start'] %}
        {{ "'" ~ row[loop.index0 + 3] ~ "'" if row[loop.index0 + 3] else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- Events that are about no call's outcome, although a line may name a call. -#}
{% macro get_silent_queue_log_events() %}
    {{ return([
        'ADDMEMBER', 'AGENTCALLBACKLOGIN', 'AGENTCALLBACKLOGOFF', 'AGENTDUMP', 'AGENTLOGIN', 'AGENTLOGOFF', 'CONFIGRELOAD', 'DID', 'HOLD', 'INFO',
        'MEMBERSTATUS', 'PAUSE', 'PAUSEALL', 'PAUSEREASON', 'PENALTY', 'QUEUESTART', 'REMOVEMEMBER', 'RINGINUSE', 'SYSCOMPAT', 'UNHOLD', 'UNPAUSE', 'UNPAUSEALL',
    ]) }}
{% endmacro %}
