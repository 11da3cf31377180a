{#-
    The status rules: the one place where they live. Within a direction the first rule whose condition holds wins, so a
    rule's rank is its place in this list.

    `when`    SQL over named evidence (macros/rules/named_evidence.sql); none: always holds
    `reasons` the first that fits gives status_reason and status_message. The last one has no `when` and always fits.
              `inferred` marks a status that no event states outright: true, or a condition under which it is so

    Rendered from this list: the status, rule and reason of every call, the relation call_status_rules, docs/rules.md and
    the fingerprint on every row. To change a rule in your own project, override default__status_rules by dispatch.
-#}
{% macro status_rules() %}{{ return(adapter.dispatch('status_rules', 'call_status')()) }}{% endmacro %}

{% macro default__status_rules() %}
{{ return([
    {
        'direction': 'incoming', 'rule': 'incoming_answered', 'status': 'Completed',
        'when': 'is_answered',
        'description': 'An agent, or a number that the call was forwarded to, answered. Whatever came before or after.',
        'reasons': [
            {'reason': 'answer_unproven', 'when': 'is_answer_unproven', 'inferred': true,
             'message': 'The call was answered; no event proves that a person was reached.'},
            {'reason': 'agent_answered', 'message': 'An agent answered the call.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_message_left', 'status': 'Voicemail',
        'when': 'has_voicemail',
        'description': 'Nobody answered and the caller left a message of at least min_voicemail_seconds; one of unknown length counts.',
        'reasons': [
            {'reason': 'message_left', 'message': 'The caller left a voicemail message.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_blocked', 'status': 'Rejected',
        'when': 'has_caller_blocked',
        'description': 'A block list or a spam screen ended the call.',
        'reasons': [
            {'reason': 'blocked_caller', 'message': 'The caller is blocked.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_after_hours', 'status': 'Call Not Set-Up',
        'when': '(is_after_hours or is_closed_with_message) and agents_rung = 0 and not reached_queue',
        'description': 'The after-work-hours message played, or the number was closed and plays one then; no agent was rung and the caller came into no queue.',
        'reasons': [
            {'reason': 'after_hours_message', 'when': 'is_after_hours', 'message': 'caller tried to call out of business hours.'},
            {'reason': 'outside_business_hours', 'inferred': true, 'message': 'caller tried to call out of business hours.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_rejected', 'status': 'Rejected',
        'when': 'agents_rejected > 0 and (agents_rejected = agents_rung or any_rejection_counts)',
        'description': 'Every agent who was rung rejected the call; with reject_rule any, at least one did.',
        'reasons': [
            {'reason': 'agent_rejected', 'when': 'any_rejection_counts', 'message': 'An agent rejected the call.'},
            {'reason': 'all_agents_rejected', 'message': 'Every agent who was rung rejected the call.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_rung_unanswered', 'status': 'Missed',
        'when': 'agents_rung > 0',
        'description': 'At least one agent was rung and nobody answered.',
        'reasons': [
            {'reason': 'voicemail_no_message', 'when': 'reached_voicemail', 'inferred': 'is_end_inferred',
             'message': 'Agents were rung, then the caller reached voicemail and left no message.'},
            {'reason': 'callback_requested', 'when': 'has_queue_left_callback', 'inferred': 'is_end_inferred',
             'message': 'Agents were rung, then the caller left the queue and asked to be called back.'},
            {'reason': 'caller_left_queue', 'when': 'has_queue_left_key', 'inferred': 'is_end_inferred',
             'message': 'Agents were rung, then the caller left the queue by a key.'},
            {'reason': 'caller_hung_up_ringing', 'when': "ended_by = 'customer' or is_queue_abandoned", 'inferred': 'is_end_inferred',
             'message': 'The caller hung up before an agent answered.'},
            {'reason': 'ring_timeout', 'inferred': 'is_end_inferred', 'message': 'Agents were rung and none answered.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_queue_abandoned', 'status': 'Missed',
        'when': 'is_queue_abandoned or has_queue_left_callback or has_queue_left_key',
        'description': 'The caller gave up in the queue before any agent was rung: hung up, left it by a key, or asked to be called back.',
        'reasons': [
            {'reason': 'caller_hung_up_queue', 'when': 'is_queue_abandoned', 'message': 'The caller hung up while waiting in the queue.'},
            {'reason': 'callback_requested', 'when': 'has_queue_left_callback', 'message': 'The caller left the queue and asked to be called back.'},
            {'reason': 'caller_left_queue', 'message': 'The caller left the queue by a key.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_unavailable', 'status': 'Unavailable',
        'when': 'has_number_unavailable or has_agent_unavailable or reached_queue or reached_voicemail',
        'description': 'The number takes no calls, or nobody could be rung: offline, busy, an empty, full or unserved queue.',
        'reasons': [
            {'reason': 'number_unavailable', 'when': 'has_number_unavailable', 'message': 'The number that was dialled takes no calls.'},
            {'reason': 'agent_unavailable', 'when': 'has_agent_unavailable', 'message': 'No agent could be rung.'},
            {'reason': 'queue_empty', 'when': 'has_queue_left_empty', 'message': 'Nobody was serving the queue.'},
            {'reason': 'queue_full', 'when': 'has_queue_left_full', 'message': 'The queue was full.'},
            {'reason': 'queue_timeout', 'when': 'has_queue_left_timeout', 'message': 'The wait in the queue timed out and no agent was rung.'},
            {'reason': 'voicemail_no_message', 'when': 'reached_voicemail', 'message': 'The caller reached voicemail and left no message.'},
            {'reason': 'queue_not_served', 'inferred': 'is_end_inferred', 'message': 'The caller was in the queue and no agent was rung.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_ivr', 'status': 'IVR',
        'when': 'reached_ivr',
        'description': 'The call got as far as the IVR menu.',
        'reasons': [
            {'reason': 'caller_hung_up_ivr', 'when': "ended_by = 'customer'", 'message': 'The caller hung up in the IVR menu.'},
            {'reason': 'ivr_ended_by_system', 'when': "ended_by = 'system'", 'inferred': true, 'message': 'The system ended the call in the IVR menu.'},
            {'reason': 'ended_in_ivr', 'inferred': true, 'message': 'The call ended in the IVR menu; no event says that the caller ended it.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_welcome', 'status': 'Welcome Message',
        'when': 'reached_welcome',
        'description': 'The call got as far as the welcome message.',
        'reasons': [
            {'reason': 'caller_hung_up_welcome', 'when': "ended_by = 'customer'", 'message': 'The caller hung up during the welcome message.'},
            {'reason': 'welcome_ended_by_system', 'when': "ended_by = 'system'", 'inferred': true, 'message': 'The system ended the call during the welcome message.'},
            {'reason': 'ended_in_welcome', 'inferred': true, 'message': 'The call ended during the welcome message; no event says that the caller ended it.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_unanswered', 'status': 'Missed',
        'when': none,
        'description': 'No event shows how far the call got: all that is known is that nobody answered.',
        'reasons': [
            {'reason': 'no_stage_evidence', 'inferred': true, 'message': 'Nobody answered; no event shows how far the call got.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_answered', 'status': 'Completed',
        'when': 'is_answered',
        'description': "The customer's phone was answered, by a person or a machine. Whoever hung up.",
        'reasons': [
            {'reason': 'machine_answered', 'when': 'is_machine_answer', 'message': 'A machine answered the call.'},
            {'reason': 'answer_unproven', 'when': 'is_answer_unproven', 'inferred': true,
             'message': 'The call was answered; no event proves that a person was reached.'},
            {'reason': 'customer_answered', 'message': 'The customer answered the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_dial_blocked', 'status': 'Canceled',
        'when': 'has_dial_blocked',
        'description': 'The platform refused to dial the number.',
        'reasons': [
            {'reason': 'country_restricted', 'when': 'has_dial_blocked_by_country', 'message': "Calls to that number's country are restricted."},
            {'reason': 'disconnected_before_connect', 'message': 'The platform refused to dial the number.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_declined', 'status': 'Rejected',
        'when': "dial_outcome = 'declined'",
        'description': 'The customer declined the call.',
        'reasons': [
            {'reason': 'customer_declined', 'message': 'The customer declined the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_busy', 'status': 'Canceled',
        'when': "dial_outcome = 'number_busy'",
        'description': 'The number was busy.',
        'reasons': [
            {'reason': 'number_busy', 'message': 'The number was busy.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_not_in_service', 'status': 'Canceled',
        'when': "dial_outcome = 'not_in_service'",
        'description': 'The number is not in service.',
        'reasons': [
            {'reason': 'not_in_service', 'message': 'The number is not in service.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_agent_canceled', 'status': 'Canceled',
        'when': "dial_outcome = 'ended_by_agent'",
        'description': 'The agent hung up before the customer answered.',
        'reasons': [
            {'reason': 'agent_canceled', 'message': 'The agent hung up before the customer answered.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_rang_out', 'status': 'No Answer',
        'when': "dial_outcome = 'timed_out'",
        'description': 'The dial timed out.',
        'reasons': [
            {'reason': 'ring_timeout', 'message': 'The customer did not answer.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_customer_ended', 'status': 'Rejected',
        'when': "dial_outcome = 'ended_by_customer'",
        'description': 'The customer disconnected the call before answering it.',
        'reasons': [
            {'reason': 'customer_declined', 'message': 'The customer declined the call.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_dial_failed', 'status': 'Canceled',
        'when': "dial_outcome = 'failed'",
        'description': 'The network could not connect the call.',
        'reasons': [
            {'reason': 'disconnected_before_connect', 'message': 'The call was disconnected before the connection was established.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_rang_unanswered', 'status': 'No Answer',
        'when': 'has_customer_ringing',
        'description': "The customer's phone rang, and no event says how the call ended.",
        'reasons': [
            {'reason': 'ring_timeout', 'inferred': true, 'message': 'The customer did not answer.'},
        ],
    },
    {
        'direction': 'outgoing', 'rule': 'outgoing_not_connected', 'status': 'Canceled',
        'when': none,
        'description': "Nothing shows that the customer's phone ever rang.",
        'reasons': [
            {'reason': 'disconnected_before_connect', 'inferred': true, 'message': 'The call was disconnected before the connection was established.'},
        ],
    },
]) }}
{% endmacro %}
