{#-
    The statuses of each direction in display order, with their meaning. A status counts as answered where is_answered.
    For statuses of your own, override default__call_statuses by dispatch, as with status_rules.
-#}
{% macro call_statuses() %}{{ return(adapter.dispatch('call_statuses', 'call_status')()) }}{% endmacro %}

{% macro default__call_statuses() %}
    {{ return([
        {'direction': 'incoming', 'status': 'Completed', 'is_answered': true,
         'meaning': 'The call was answered and completed.'},
        {'direction': 'incoming', 'status': 'Missed', 'is_answered': false,
         'meaning': 'Nobody answered, or the caller disconnected first.'},
        {'direction': 'incoming', 'status': 'Rejected', 'is_answered': false,
         'meaning': 'The receiving side (sales or support team) rejected the call, a spam call for instance.'},
        {'direction': 'incoming', 'status': 'Voicemail', 'is_answered': false,
         'meaning': 'The caller left a voicemail message.'},
        {'direction': 'incoming', 'status': 'Unavailable', 'is_answered': false,
         'meaning': 'The number, or the team member on the receiving side, was unavailable.'},
        {'direction': 'incoming', 'status': 'IVR', 'is_answered': false,
         'meaning': 'The customer disconnected while the IVR message was playing.'},
        {'direction': 'incoming', 'status': 'Welcome Message', 'is_answered': false,
         'meaning': 'The customer disconnected while the welcome message was playing.'},
        {'direction': 'incoming', 'status': 'Call Not Set-Up', 'is_answered': false,
         'meaning': 'The caller called out of business hours and heard the after-work-hours message.'},
        {'direction': 'outgoing', 'status': 'Completed', 'is_answered': true,
         'meaning': 'The call was answered and completed.'},
        {'direction': 'outgoing', 'status': 'No Answer', 'is_answered': false,
         'meaning': 'The customer did not answer.'},
        {'direction': 'outgoing', 'status': 'Rejected', 'is_answered': false,
         'meaning': 'The customer disconnected the call.'},
        {'direction': 'outgoing', 'status': 'Canceled', 'is_answered': false,
         'meaning': 'The call never connected: the team hung up before the set-up, the number was busy or not in service, the call was disconnected before the connection, or calls to that country are restricted.'},
    ]) }}
{% endmacro %}


{#- The names of the statuses of some directions, each once: the values that schema tests allow. -#}
{% macro get_status_names(directions) %}
    {{ return(call_status.call_statuses() | selectattr('direction', 'in', directions) | map(attribute='status') | unique | list) }}
{% endmacro %}


{#- The first contradiction in a list of statuses, as a text that names the status; none if there is none. -#}
{% macro get_problem_of_statuses(statuses) %}
    {%- set names = [] -%}
    {%- for row in statuses -%}
        {%- set missing = ['direction', 'status', 'is_answered', 'meaning'] | reject('in', row) | list -%}
        {%- set name = 'the status ' ~ row.get('status', 'without a name') ~ ' of ' ~ row.get('direction', 'no') ~ ' calls' -%}
        {%- if missing -%}
            {{ return(name ~ " lacks " ~ missing | join(', ')) }}
        {%- elif row.direction not in ['incoming', 'outgoing'] -%}
            {{ return(name ~ " needs a direction: incoming or outgoing") }}
        {%- elif name in names -%}
            {{ return(name ~ " stands in the list twice") }}
        {%- endif -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}
