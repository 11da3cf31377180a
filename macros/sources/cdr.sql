{#-
    What a row of Asterisk's CDR becomes, one row per event.

    `outcome`     what became of the path that the row is about (stg_asterisk_cdr__call_events.sql); null: every row has the event
    `event_type`  `application`: what the mapping of the row's last application says
    `moment`      when it was: when the row `started`, was `answered`, `ended`
-#}
{% macro cdr_rows() %}
    {%- set rows = [
        [none, 'call_started', none, 'started'],
        [none, 'part_ended', none, 'ended'],
        ['rang and answered', 'callee_ringing', none, 'started'],
        ['rang and answered', 'callee_answered', none, 'answered'],
        ['answered', 'callee_answered', none, 'answered'],
        ['perhaps answered', 'callee_answered', 'unproven', 'answered'],
        ['went on to voicemail', 'callee_no_answer', none, 'ended'],
        ['went on to voicemail', 'application', none, 'answered'],
        ['went on', 'dial_timeout', none, 'ended'],
        ['in application', 'application', none, 'answered'],
        ['rang', 'callee_ringing', none, 'started'],
        ['rang', 'callee_no_answer', none, 'ended'],
        ['busy', 'callee_busy', none, 'ended'],
        ['failed', 'callee_failed', none, 'ended'],
        ['nobody in queue', 'queue_left', 'empty', 'ended'],
    ] -%}
    {%- for row in rows %}
    select
        {%- for name in ['outcome', 'event_type', 'reason', 'moment'] %}
        {{ "'" ~ row[loop.index0] ~ "'" if row[loop.index0] else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
