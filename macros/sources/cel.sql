{#- How the rows of Asterisk's CEL are read. -#}

{#-
    A field of the column `extra`, as text; null where it is empty or not there. Since Asterisk 12 it is a JSON object:
    {"hangupcause":16,"hangupsource":"PJSIP/102-0000001a","dialstatus":"ANSWER"}. Before, HANGUP had the same three as `16,SIP/102-0000001a,ANSWER`:
    `place` is the field's there. No value holds a comma, so texts do, on every engine.
-#}
{% macro cel_extra(field, place=none) -%}
    {%- set bare = namespace(text='extra') -%}
    {%- for mark in ['{', '}', '"', ' '] -%}
        {%- set bare.text = "replace(" ~ bare.text ~ ", '" ~ mark ~ "', '')" -%}
    {%- endfor -%}
    {%- set behind = dbt.split_part("(',' || " ~ bare.text ~ ")", "'," ~ field ~ ":'", 2) -%}
    nullif(case
        when substring(extra, 1, 1) = '{' then {{ dbt.split_part('(' ~ behind ~ ')', "','", 1) }}
        {%- if place %}
        else {{ dbt.split_part('extra', "','", place) }}
        {%- endif %}
    end, '')
{%- endmacro %}


{#- The known events that may say nothing about a call's outcome: always, or of some channels. -#}
{% macro get_silent_cel_events() %}
    {{ return([
        'ANSWER', 'APP_END', 'APP_START', 'BRIDGE_END', 'BRIDGE_ENTER', 'BRIDGE_EXIT', 'BRIDGE_START', 'BRIDGE_UPDATE', 'CHAN_END', 'CHAN_START',
        'CONF_END', 'CONF_ENTER', 'CONF_EXIT', 'CONF_START', 'FORWARD', 'HANGUP', 'HOOKFLASH', 'LOCAL_OPTIMIZE', 'LOCAL_OPTIMIZE_BEGIN',
        'PARK_END', 'PARK_START', 'PICKUP', 'STREAM_BEGIN', 'STREAM_END', 'TRANSFER', '3WAY_END', '3WAY_START', 'DTMF',
    ]) }}
{% endmacro %}
