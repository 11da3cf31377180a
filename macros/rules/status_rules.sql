{#-
    The status rules: the one place where they live. Within a direction the first rule whose condition holds wins.

    `when`    SQL over the named evidence of fct_calls (the CTE `evidence`); none: always
    `reasons` the first that fits gives status_reason and status_message; a reason without `when` always fits;
              `inferred` marks a status that no event states outright

    Rendered from this list: the status, rule and reason of every call, the relation call_status_rules, docs/rules.md
    and the fingerprint on every row. To change a rule in your own project, override default__status_rules by dispatch.
-#}
{% macro status_rules() %}{{ return(adapter.dispatch('status_rules', 'call_status')()) }}{% endmacro %}

{% macro default__status_rules() %}
{{ return([
    {
        'direction': 'incoming', 'rank': 1, 'rule': 'incoming_answered', 'status': 'Completed',
        'when': 'has_agent_answered',
        'description': 'An agent, or a number that the call was forwarded to, answered. Whatever came before or after.',
        'reasons': [
            {'reason': 'agent_answered', 'message': 'An agent answered the call.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 2, 'rule': 'incoming_message_left', 'status': 'Voicemail',
        'when': 'has_voicemail_message',
        'description': 'Nobody answered and the caller left a message of at least min_voicemail_seconds; one of unknown length counts.',
        'reasons': [
            {'reason': 'message_left', 'message': 'The caller left a voicemail message.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 3, 'rule': 'incoming_blocked', 'status': 'Rejected',
        'when': 'has_caller_blocked',
        'description': 'A block list or a spam screen ended the call.',
        'reasons': [
            {'reason': 'blocked_caller', 'message': 'The caller is blocked.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 4, 'rule': 'incoming_after_hours', 'status': 'Call Not Set-Up',
        'when': 'has_after_hours_message and agents_rung = 0',
        'description': 'The after-work-hours message played and no agent was rung.',
        'reasons': [
            {'reason': 'after_hours_message', 'message': 'caller tried to call out of business hours.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 5, 'rule': 'incoming_rejected', 'status': 'Rejected',
        'when': 'agents_rejected > 0 and (agents_rejected = agents_rung or any_rejection_counts)',
        'description': 'Every agent who was rung rejected the call; with reject_rule any, at least one did.',
        'reasons': [
            {'reason': 'agent_rejected', 'when': 'any_rejection_counts', 'message': 'An agent rejected the call.'},
            {'reason': 'all_agents_rejected', 'message': 'Every agent who was rung rejected the call.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 6, 'rule': 'incoming_rung_unanswered', 'status': 'Missed',
        'when': 'agents_rung > 0',
        'description': 'At least one agent was rung and nobody answered.',
        'reasons': [
            {'reason': 'voicemail_no_message', 'when': 'has_reached_voicemail',
             'message': 'Agents were rung, then the caller reached voicemail and left no message.'},
            {'reason': 'caller_hung_up_ringing', 'when': "ended_by = 'customer'",
             'message': 'The caller hung up before an agent answered.'},
            {'reason': 'ring_timeout', 'message': 'Agents were rung and none answered.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 7, 'rule': 'incoming_queue_abandoned', 'status': 'Missed',
        'when': "has_queue_left_abandoned or (has_queue_joined and not has_queue_left and coalesce(ended_by, '') = 'customer')",
        'description': 'The caller gave up in the queue before any agent was rung.',
        'reasons': [
            {'reason': 'caller_hung_up_queue', 'message': 'The caller hung up while waiting in the queue.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 8, 'rule': 'incoming_unavailable', 'status': 'Unavailable',
        'when': 'has_number_unavailable or has_agent_unavailable or has_queue_joined or has_queue_left or has_reached_voicemail',
        'description': 'The number takes no calls, or nobody could be rung: offline, busy, an empty, full or unserved queue.',
        'reasons': [
            {'reason': 'number_unavailable', 'when': 'has_number_unavailable', 'message': 'The number that was dialled takes no calls.'},
            {'reason': 'agent_unavailable', 'when': 'has_agent_unavailable', 'message': 'No agent could be rung.'},
            {'reason': 'queue_empty', 'when': 'has_queue_left_empty', 'message': 'Nobody was serving the queue.'},
            {'reason': 'queue_full', 'when': 'has_queue_left_full', 'message': 'The queue was full.'},
            {'reason': 'queue_timeout', 'when': 'has_queue_left_timeout', 'message': 'The wait in the queue timed out and no agent was rung.'},
            {'reason': 'voicemail_no_message', 'when': 'has_reached_voicemail', 'message': 'The caller reached voicemail and left no message.'},
            {'reason': 'queue_not_served', 'message': 'The caller was in the queue and no agent was rung.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 9, 'rule': 'incoming_ivr', 'status': 'IVR',
        'when': 'has_ivr',
        'description': 'The call got as far as the IVR menu.',
        'reasons': [
            {'reason': 'caller_hung_up_ivr', 'when': "ended_by = 'customer'", 'message': 'The caller hung up in the IVR menu.'},
            {'reason': 'ivr_ended_by_system', 'when': "ended_by = 'system'", 'inferred': true, 'message': 'The system ended the call in the IVR menu.'},
            {'reason': 'ended_in_ivr', 'inferred': true, 'message': 'The call ended in the IVR menu; no event says that the caller ended it.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 10, 'rule': 'incoming_welcome', 'status': 'Welcome Message',
        'when': 'has_welcome',
        'description': 'The call got as far as the welcome message.',
        'reasons': [
            {'reason': 'caller_hung_up_welcome', 'when': "ended_by = 'customer'", 'message': 'The caller hung up during the welcome message.'},
            {'reason': 'welcome_ended_by_system', 'when': "ended_by = 'system'", 'inferred': true, 'message': 'The system ended the call during the welcome message.'},
            {'reason': 'ended_in_welcome', 'inferred': true, 'message': 'The call ended during the welcome message; no event says that the caller ended it.'},
        ],
    },
    {
        'direction': 'incoming', 'rank': 11, 'rule': 'incoming_unanswered', 'status': 'Missed',
        'when': none,
        'description': 'No event shows how far the call got: all that is known is that nobody answered.',
        'reasons': [
            {'reason': 'no_stage_evidence', 'inferred': true, 'message': 'Nobody answered; no event shows how far the call got.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 1, 'rule': 'outgoing_answered', 'status': 'Completed',
        'when': 'has_customer_answered',
        'description': "The customer's phone was answered, by a person or a machine. Whoever hung up.",
        'reasons': [
            {'reason': 'machine_answered', 'when': 'is_machine_answer', 'message': 'A machine answered the call.'},
            {'reason': 'customer_answered', 'message': 'The customer answered the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 2, 'rule': 'outgoing_dial_blocked', 'status': 'Canceled',
        'when': 'has_dial_blocked',
        'description': 'The platform refused to dial the number.',
        'reasons': [
            {'reason': 'country_restricted', 'when': 'has_dial_blocked_by_country', 'message': "Calls to that number's country are restricted."},
            {'reason': 'disconnected_before_connect', 'message': 'The platform refused to dial the number.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 3, 'rule': 'outgoing_declined', 'status': 'Rejected',
        'when': 'first_outgoing_signal = 3',
        'description': 'The customer declined the call.',
        'reasons': [
            {'reason': 'customer_declined', 'message': 'The customer declined the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 4, 'rule': 'outgoing_busy', 'status': 'Canceled',
        'when': 'first_outgoing_signal = 4',
        'description': 'The number was busy.',
        'reasons': [
            {'reason': 'number_busy', 'message': 'The number was busy.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 5, 'rule': 'outgoing_not_in_service', 'status': 'Canceled',
        'when': 'first_outgoing_signal = 5',
        'description': 'The number is not in service.',
        'reasons': [
            {'reason': 'not_in_service', 'message': 'The number is not in service.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 6, 'rule': 'outgoing_agent_canceled', 'status': 'Canceled',
        'when': 'first_outgoing_signal = 6',
        'description': 'The agent hung up before the customer answered.',
        'reasons': [
            {'reason': 'agent_canceled', 'message': 'The agent hung up before the customer answered.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 7, 'rule': 'outgoing_rang_out', 'status': 'No Answer',
        'when': 'first_outgoing_signal = 7',
        'description': 'The dial timed out.',
        'reasons': [
            {'reason': 'ring_timeout', 'message': 'The customer did not answer.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 8, 'rule': 'outgoing_customer_ended', 'status': 'Rejected',
        'when': 'first_outgoing_signal = 8',
        'description': 'The customer disconnected the call before answering it.',
        'reasons': [
            {'reason': 'customer_declined', 'message': 'The customer declined the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 9, 'rule': 'outgoing_dial_failed', 'status': 'Canceled',
        'when': 'first_outgoing_signal = 9',
        'description': 'The network could not connect the call.',
        'reasons': [
            {'reason': 'disconnected_before_connect', 'message': 'The call was disconnected before the connection was established.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 10, 'rule': 'outgoing_rang_unanswered', 'status': 'No Answer',
        'when': 'has_customer_ringing',
        'description': "The customer's phone rang, and no event says how the call ended.",
        'reasons': [
            {'reason': 'ring_timeout', 'inferred': true, 'message': 'The customer did not answer.'},
        ],
    },
    {
        'direction': 'outgoing', 'rank': 11, 'rule': 'outgoing_not_connected', 'status': 'Canceled',
        'when': none,
        'description': "Nothing shows that the customer's phone ever rang.",
        'reasons': [
            {'reason': 'disconnected_before_connect', 'inferred': true, 'message': 'The call was disconnected before the connection was established.'},
        ],
    },
]) }}
{% endmacro %}
