{#- How the document of a leg is read: FreeSWITCH's mod_json_cdr or mod_xml_cdr, or a row of FusionPBX's v_xml_cdr. -#}

{#-
    The variables of a document that are read: column → the variable's name, or a list of names of which the first that has a value
    counts.
-#}
{% macro get_freeswitch_variables() %}
    {%- set found = {
        'leg_direction': 'direction', 'call_direction': ['call_direction', 'new_call_direction'],
        'profile': 'sofia_profile_name', 'authorizing_type': 'ecallmgr_Authorizing-Type',
        'sip_user': ['sip_auth_username', 'user_name'], 'callee_id_number': 'last_sent_callee_id_number',
        'voicemail_length': ['voicemail_message_seconds', 'voicemail_message_len'],
        'invite_failure': 'sip_invite_failure_status', 'bridge_failure': 'last_bridge_proto_specific_hangup_cause',
        'leg_failure': ['sip_term_status', 'proto_specific_hangup_cause'],
    } -%}
    {%- for name in [
        'uuid', 'call_uuid', 'originating_leg_uuid', 'bridge_uuid', 'originated_legs', 'originate_disposition', 'last_app', 'last_arg',
        'dialed_user', 'transfer_source', 'hangup_cause', 'last_bridge_hangup_cause', 'sip_hangup_disposition', 'sip_from_user',
        'cc_side', 'cc_queue', 'cc_agent', 'cc_member_session_uuid', 'cc_cause', 'cc_cancel_reason', 'cc_queue_joined_epoch',
        'cc_queue_answered_epoch', 'cc_queue_terminated_epoch', 'cc_queue_canceled_epoch',
    ] -%}
        {%- do found.update({name: name}) -%}
    {%- endfor -%}
    {%- for moment in call_status.get_freeswitch_moments() -%}
        {%- do found.update({moment ~ '_epoch': moment ~ '_epoch', moment ~ '_uepoch': moment ~ '_uepoch'}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- The columns of FusionPBX's table that hold a variable under its own name, for column_rows: `row_` and the name → kind. -#}
{% macro get_freeswitch_columns() %}
    {%- set found = {} -%}
    {%- for name in [
        'originating_leg_uuid', 'bridge_uuid', 'start_epoch', 'answer_epoch', 'end_epoch', 'last_app', 'last_arg', 'hangup_cause',
        'sip_hangup_disposition', 'cc_side', 'cc_queue', 'cc_agent', 'cc_member_session_uuid', 'cc_cause', 'cc_cancel_reason',
        'cc_queue_joined_epoch', 'cc_queue_answered_epoch', 'cc_queue_terminated_epoch', 'cc_queue_canceled_epoch',
    ] -%}
        {%- do found.update({'row_' ~ name: {'column': name, 'kind': 'text'}}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- A variable of a document, else the column of FusionPBX's table that holds it. -#}
{% macro sent_or_in_row(column) -%}
    {{ 'coalesce(sent_' ~ column ~ ', row_' ~ column ~ ')' if 'row_' ~ column in call_status.get_freeswitch_columns() else 'sent_' ~ column }}
{%- endmacro %}


{#- What happens to a leg, as its variables call it: each has a time in seconds and one in microseconds. -#}
{% macro get_freeswitch_moments() %}
    {{ return(['start', 'progress', 'progress_media', 'answer', 'bridge', 'end']) }}
{% endmacro %}


{#-
    What the oldest caller profile of a document says: later ones are where the dialplan sent the call. `names`: a path in the
    profile, or some of which the first that has a value counts. Reads document.
-#}
{% macro freeswitch_profile(names) -%}
    {%- set paths = [] -%}
    {%- for name in ([names] if names is string else names) -%}
        {%- do paths.extend(['callflow.-1.caller_profile.' ~ name, 'callflow.caller_profile.' ~ name]) -%}
    {%- endfor -%}
    nullif(trim({{ call_status.json_text('document', paths) }}), '{}')
{%- endmacro %}


{#-
    The variables of a document, as JSON in which no value is encoded and none is an object: FusionPBX makes one of an empty value.
    Reads variables and is_encoded. By default FreeSWITCH encodes values like those of a URL. What is decoded are signs that occur in
    numbers, addresses and times; none of them means anything to JSON within a text.
-#}
{% macro plain_freeswitch_variables() -%}
    {%- set decoded = namespace(sql='variables') -%}
    {%- for code, sign in [
        ('%2B', '+'), ('%40', '@'), ('%3A', ':'), ('%3B', ';'), ('%2F', '/'), ('%20', ' '), ('%7C', '|'), ('%2C', ','), ('%23', '#'), ('%25', '%'),
    ] -%}
        {%- set decoded.sql = "replace(" ~ decoded.sql ~ ", '" ~ code ~ "', '" ~ sign ~ "')" -%}
    {%- endfor -%}
    replace(replace(case when is_encoded then {{ decoded.sql }} else variables end, ':{}', ':null'), ': {}', ': null')
{%- endmacro %}


{#- The time of a number of seconds since 1970; null for 0, which says that something did not happen, and for what is no time. -#}
{% macro time_of_seconds(seconds) -%}
    case
        when {{ seconds }} >= 631152000 and {{ seconds }} < 4102444800
            then {{ call_status.from_epoch_microseconds('cast(' ~ seconds ~ ' * 1000000 as ' ~ dbt.type_bigint() ~ ')') }}
    end
{%- endmacro %}


{#-
    When something happened to a leg. The microseconds only refine the seconds: documents have the two of one moment years apart.
    Reads columns such as answer_seconds and answer_microseconds.
-#}
{% macro freeswitch_time(moment) -%}
    {%- set exact = moment ~ '_microseconds / 1000000' -%}
    {{ call_status.time_of_seconds('case when ' ~ moment ~ '_seconds is null or floor(' ~ exact ~ ') = ' ~ moment ~ '_seconds then '
        ~ exact ~ ' else ' ~ moment ~ '_seconds end') }}
{%- endmacro %}


{#- The status code in a text such as `sip:486` or `486`. -#}
{% macro sip_status(text) -%}
    nullif(replace(lower({{ text }}), 'sip:', ''), '0')
{%- endmacro %}
