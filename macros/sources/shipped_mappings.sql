{#- Written by scripts/render-docs from seeds/mappings/*.csv. Change those files. mappings.sql says what a row is. -#}

{% macro shipped_mappings() %}
{{ return([
    ['callhippo', 'reason', '*busy*', 'number_busy'],
    ['callhippo', 'reason', '*not in service*', 'not_in_service'],
    ['callhippo', 'reason', '*isn\'t in service*', 'not_in_service'],
    ['callhippo', 'reason', '*invalid number*', 'not_in_service'],
    ['callhippo', 'reason', '*restricted*', 'country_restricted'],
    ['callhippo', 'reason', '*before*connect*', 'disconnected_before_connect'],
    ['callhippo', 'status', 'call not setup', 'Call Not Set-Up'],
    ['callhippo', 'status', 'not set-up', 'Call Not Set-Up'],
    ['callhippo', 'status', 'cancelled', 'Canceled'],
    ['callhippo', 'status', 'noanswer', 'No Answer'],
]) }}
{% endmacro %}


{% macro shipped_capabilities() %}
{{ return([
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_timeout', 'capability': 'merged', 'could_also_be': ['Completed', 'Voicemail'], 'why': 'The log ends where the caller leaves the queue; the dialplan may have sent the call to a voicemail or to somebody.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_empty', 'capability': 'merged', 'could_also_be': ['Completed', 'Voicemail'], 'why': 'The log ends where the caller leaves the queue; the dialplan may have sent the call to a voicemail or to somebody.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_full', 'capability': 'merged', 'could_also_be': ['Completed', 'Voicemail'], 'why': 'The log ends where the caller leaves the queue; the dialplan may have sent the call to a voicemail or to somebody.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_not_served', 'capability': 'merged', 'could_also_be': ['Completed', 'Voicemail'], 'why': 'The log ends where the caller leaves the queue; the dialplan may have sent the call to a voicemail or to somebody.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Missed', 'status_reason': 'caller_left_queue', 'capability': 'merged', 'could_also_be': ['Completed', 'Voicemail'], 'why': 'The log ends where the caller leaves the queue; the dialplan may have sent the call to a voicemail or to somebody.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'number_unavailable', 'capability': 'merged', 'could_also_be': ['Call Not Set-Up'], 'why': 'The log says that the queue is closed and not whether a message told the caller.'},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Rejected', 'capability': 'not_determinable', 'why': 'The log knows the queue alone: nothing before it and nothing behind it.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Voicemail', 'capability': 'not_determinable', 'why': 'The log knows the queue alone: nothing before it and nothing behind it.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'IVR', 'capability': 'not_determinable', 'why': 'The log knows the queue alone: nothing before it and nothing behind it.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Welcome Message', 'capability': 'not_determinable', 'why': 'The log knows the queue alone: nothing before it and nothing behind it.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'incoming', 'status': 'Call Not Set-Up', 'capability': 'not_determinable', 'why': 'The log knows the queue alone: nothing before it and nothing behind it.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'outgoing', 'status': 'Completed', 'capability': 'not_determinable', 'why': 'Calls in a queue are incoming.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'outgoing', 'status': 'No Answer', 'capability': 'not_determinable', 'why': 'Calls in a queue are incoming.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'outgoing', 'status': 'Rejected', 'capability': 'not_determinable', 'why': 'Calls in a queue are incoming.', 'could_also_be': []},
    {'source': 'asterisk_queue_log', 'direction': 'outgoing', 'status': 'Canceled', 'capability': 'not_determinable', 'why': 'Calls in a queue are incoming.', 'could_also_be': []},
]) }}
{% endmacro %}
