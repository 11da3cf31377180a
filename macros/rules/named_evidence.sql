{#-
    Named evidence: every name that the condition of a rule or a reason may use, and what it means. The names are the columns
    of the CTE `milestones` in fct_calls. Most of them come from int_call_evidence; the counts of legs come from
    int_leg_evidence_packed. docs/rules.md is rendered from this list.

    On an incoming call `agent_*` includes what the dialled party did (callee_*), on an outgoing call `customer_*` and `dial_*`
    do: macros/rules/event_types.sql says which.

    `type` text, boolean, integer, number or timestamp (UTC). A boolean is never null
-#}
{% macro named_evidence() %}
    {{ return([
        {'name': 'direction', 'type': 'text', 'meaning': 'which way the call went: `incoming` before `outgoing` before `internal`, where events disagree; `assumed_incoming` and the like count where no event states one of these'},

        {'name': 'is_answered', 'type': 'boolean', 'meaning': 'somebody answered. Incoming: an `agent_answered` whose reason is not `machine`; one that says `unproven` is none where a message was left. Outgoing: any `customer_answered`'},
        {'name': 'is_answer_unproven', 'type': 'boolean', 'meaning': 'every answer says `unproven`: the record says answered and cannot show that a person was reached'},
        {'name': 'has_voicemail', 'type': 'boolean', 'meaning': 'a message was left: a `voicemail_left` whose `seconds` is at least `call_status_min_voicemail_seconds` or empty'},
        {'name': 'has_caller_blocked', 'type': 'boolean', 'meaning': 'any `caller_blocked`'},
        {'name': 'is_after_hours', 'type': 'boolean', 'meaning': 'any `after_hours_message_started`'},
        {'name': 'is_closed_with_message', 'type': 'boolean', 'meaning': "`raw.business_hours` says that the business's number was closed when the call started, and `raw.phone_numbers` that it plays a message then"},
        {'name': 'agents_rung', 'type': 'integer', 'meaning': 'how many legs have an `agent_ringing`, `agent_answered` (not by a machine), `agent_rejected` or `agent_no_answer`. A leg is what shares a `leg_id`, or an `agent_id` where there is no `leg_id`; events with neither are one leg'},
        {'name': 'agents_rejected', 'type': 'integer', 'meaning': 'how many of those legs have an `agent_rejected` and no answer'},
        {'name': 'any_rejection_counts', 'type': 'boolean', 'meaning': 'true where `call_status_reject_rule` is `any`'},
        {'name': 'reached_voicemail', 'type': 'boolean', 'meaning': "any `voicemail_started` or `voicemail_left`, however short the message, or on an incoming call an `agent_answered` by a `machine`, which is the agent's mailbox"},
        {'name': 'reached_queue', 'type': 'boolean', 'meaning': 'any `queue_joined` or `queue_left`'},
        {'name': 'is_queue_abandoned', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `abandoned`; or the customer ended the call and the latest `queue_joined` was followed by no `queue_left`: there is none, it came before, or at the same instant it names another queue'},
        {'name': 'has_queue_left_callback', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `callback`'},
        {'name': 'has_queue_left_key', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `key`'},
        {'name': 'has_queue_left_empty', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `empty`'},
        {'name': 'has_queue_left_full', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `full`'},
        {'name': 'has_queue_left_timeout', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `timeout`'},
        {'name': 'has_number_unavailable', 'type': 'boolean', 'meaning': 'any `number_unavailable`'},
        {'name': 'has_agent_unavailable', 'type': 'boolean', 'meaning': 'any `agent_unavailable`'},
        {'name': 'reached_ivr', 'type': 'boolean', 'meaning': 'any `ivr_started`, `ivr_input` or `ivr_ended`'},
        {'name': 'reached_welcome', 'type': 'boolean', 'meaning': 'any `welcome_started` or `welcome_ended`'},
        {'name': 'has_rung_agent', 'type': 'boolean', 'meaning': 'any event that counts for `agents_rung` of an incoming call, on a call of any direction'},
        {'name': 'has_agent_answered', 'type': 'boolean', 'meaning': 'any event that is an answer of an incoming call, on a call of any direction'},

        {'name': 'has_customer_answered', 'type': 'boolean', 'meaning': 'any `customer_answered`, on a call of any direction'},
        {'name': 'is_machine_answer', 'type': 'boolean', 'meaning': 'the earliest `customer_answered` that is not `unproven` has reason `machine`; of several at one instant one of them'},
        {'name': 'has_customer_ringing', 'type': 'boolean', 'meaning': 'any `customer_ringing`'},
        {'name': 'has_dial_blocked', 'type': 'boolean', 'meaning': 'any `dial_blocked`'},
        {'name': 'has_dial_blocked_by_country', 'type': 'boolean', 'meaning': 'a `dial_blocked` with reason `country_restricted`'},
        {'name': 'dial_outcome', 'type': 'text', 'meaning': 'what the earliest of these events says; at one instant the first in this order. `declined`: `customer_rejected`; `number_busy`, `not_in_service`: a `dial_failed` with that reason; `ended_by_agent`: a `call_ended` or `part_ended` by the agent; `timed_out`: `dial_timeout`; `ended_by_customer`: a `call_ended` or `part_ended` by the customer; `failed`: any other `dial_failed`. Null: none of them'},

        {'name': 'is_end_inferred', 'type': 'boolean', 'meaning': 'no event is the end of the call. The end is the earliest `call_ended`, or the latest one where somebody answered or was rung after the earliest; without any, the latest `part_ended`, unless somebody answered or was rung after that'},
        {'name': 'is_turned_away', 'type': 'boolean', 'meaning': 'a `caller_blocked` on an incoming, a `dial_blocked` on an outgoing call: it is over without any end'},
        {'name': 'ended_by', 'type': 'text', 'meaning': '`party` of the end: `customer`, `agent`, `system`, or null where it names none of them. Where the end is a `part_ended`: of the latest `part_ended` that names one. At one instant: customer, `calling`, `called`, agent, system; a side is the customer or the agent by the direction'},
        {'name': 'is_transferred', 'type': 'boolean', 'meaning': 'any `transferred`'},
        {'name': 'is_labelled_incoming', 'type': 'boolean', 'meaning': 'an event with direction `incoming`'},
        {'name': 'is_labelled_outgoing', 'type': 'boolean', 'meaning': 'an event with direction `outgoing`'},
        {'name': 'is_labelled_internal', 'type': 'boolean', 'meaning': 'an event with direction `internal`'},

        {'name': 'source', 'type': 'text', 'meaning': 'the adapter that the events came through'},
        {'name': 'source_system', 'type': 'text', 'meaning': 'the phone system that sent the events'},
        {'name': 'customer_number', 'type': 'text', 'meaning': "the customer's number on the earliest event that carries one, as `call_status_pii` leaves it"},
        {'name': 'business_number', 'type': 'text', 'meaning': "the business's number on the earliest event that carries one"},
        {'name': 'queue', 'type': 'text', 'meaning': 'the queue on the earliest event that carries one'},
        {'name': 'last_queue', 'type': 'text', 'meaning': 'the queue of the latest `queue_joined` that names one; without one, `queue`'},
        {'name': 'first_agent_id', 'type': 'text', 'meaning': 'the agent on the earliest event that names one; not kept of events labelled incoming, nor of `callee_*`'},
        {'name': 'answering_agent_id', 'type': 'text', 'meaning': 'the agent of the earliest answer of an incoming call'},
        {'name': 'cause_scheme', 'type': 'text', 'meaning': 'the scheme of `cause_code`, as sent'},
        {'name': 'cause_code', 'type': 'text', 'meaning': 'the network cause on the latest event that carries one, as sent'},
        {'name': 'reported_status', 'type': 'text', 'meaning': 'what the phone system itself calls the status, on the latest event that says it'},

        {'name': 'started_at', 'type': 'timestamp', 'meaning': 'the earliest event'},
        {'name': 'last_event_at', 'type': 'timestamp', 'meaning': 'the latest event'},
        {'name': 'queued_at', 'type': 'timestamp', 'meaning': 'the earliest `queue_joined`'},
        {'name': 'first_ring_at', 'type': 'timestamp', 'meaning': 'the earliest `agent_ringing` of an incoming, `customer_ringing` of an outgoing call'},
        {'name': 'answered_at', 'type': 'timestamp', 'meaning': 'the earliest answer'},
        {'name': 'ended_at', 'type': 'timestamp', 'meaning': 'the end, else the latest event; never before the latest answer'},
        {'name': 'voicemail_seconds', 'type': 'number', 'meaning': 'the length of the longest message, the short ones too'},
        {'name': 'last_loaded_at', 'type': 'timestamp', 'meaning': "the newest load time among the call's events"},
    ]) }}
{% endmacro %}
