{#- What Aircall's webhooks and its export have in common, and the names of its events. -#}

{#-
    Events that are about a call, as webhooks name them: name → the event that the name by itself says; none where only what `data`
    holds says something.
-#}
{% macro get_aircall_call_events() %}
    {{ return({
        'call.created': none,
        'call.ringing_on_agent': 'agent_ringing',
        'call.agent_declined': 'agent_rejected',
        'call.ivr_option_selected': 'ivr_input',
        'call.answered': none,
        'call.hold': none,
        'call.unhold': none,
        'call.transferred': 'transferred',
        'call.external_transferred': 'transferred',
        'call.unsuccessful_transfer': none,
        'call.hungup': none,
        'call.ended': none,
        'call.voicemail_left': none,
        'call.assigned': none,
        'call.archived': none,
        'call.unarchived': none,
        'call.tagged': none,
        'call.untagged': none,
        'call.commented': none,
        'call.comm_assets_generated': none,
    }) }}
{% endmacro %}


{#-
    A phone number in the international form: `+1 555 010 0721` and `15550100721`, as the export has it, are +15550100721. Anything else,
    such as `anonymous`, as it was sent.
-#}
{% macro aircall_number(number) -%}
    {%- set bare = namespace(text=number) -%}
    {%- for mark in [' ', '(', ')', '-', '.'] -%}
        {%- set bare.text = "replace(" ~ bare.text ~ ", '" ~ mark ~ "', '')" -%}
    {%- endfor -%}
    case
        when {{ call_status.text_matches(bare.text, '^[+][0-9]+$') }} then {{ bare.text }}
        when {{ call_status.text_matches(bare.text, '^[1-9][0-9]{7,}$') }} then '+' || {{ bare.text }}
        else {{ number }}
    end
{%- endmacro %}
