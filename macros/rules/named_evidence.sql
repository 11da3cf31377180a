{#-
    Named evidence: every name that the condition of a rule or a reason may use, and what it means. The names are the columns
    of the CTE `milestones` in fct_calls. Most of them come from int_call_evidence; the counts of legs come from
    int_leg_evidence_packed. docs/rules.md is rendered from this list.

    `type` text, boolean, integer or timestamp (UTC). A boolean is never null
-#}
{% macro named_evidence() %}
    {{ return([
        {'name': 'direction', 'type': 'text', 'meaning': 'which way the call went: `incoming` before `outgoing` before `internal`, where events disagree'},

        {'name': 'has_agent_answered', 'type': 'boolean', 'meaning': 'any `agent_answered`'},
        {'name': 'has_voicemail', 'type': 'boolean', 'meaning': 'a `voicemail_left` whose `seconds` is at least `call_status_min_voicemail_seconds` or empty'},
        {'name': 'has_caller_blocked', 'type': 'boolean', 'meaning': 'any `caller_blocked`'},
        {'name': 'is_after_hours', 'type': 'boolean', 'meaning': 'any `after_hours_message_started`'},
        {'name': 'agents_rung', 'type': 'integer', 'meaning': 'how many legs have an `agent_ringing`, `agent_answered`, `agent_rejected` or `agent_no_answer`. A leg is what shares a `leg_id`, or an `agent_id` where there is no `leg_id`; events with neither are one leg'},
        {'name': 'agents_rejected', 'type': 'integer', 'meaning': 'how many of those legs have an `agent_rejected` and no `agent_answered`'},
        {'name': 'any_rejection_counts', 'type': 'boolean', 'meaning': 'true where `call_status_reject_rule` is `any`'},
        {'name': 'reached_voicemail', 'type': 'boolean', 'meaning': 'any `voicemail_started` or `voicemail_left`, however short the message'},
        {'name': 'reached_queue', 'type': 'boolean', 'meaning': 'any `queue_joined` or `queue_left`'},
        {'name': 'has_queue_joined', 'type': 'boolean', 'meaning': 'any `queue_joined`'},
        {'name': 'has_queue_left', 'type': 'boolean', 'meaning': 'any `queue_left`'},
        {'name': 'has_queue_left_abandoned', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `abandoned`'},
        {'name': 'has_queue_left_empty', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `empty`'},
        {'name': 'has_queue_left_full', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `full`'},
        {'name': 'has_queue_left_timeout', 'type': 'boolean', 'meaning': 'a `queue_left` with reason `timeout`'},
        {'name': 'has_number_unavailable', 'type': 'boolean', 'meaning': 'any `number_unavailable`'},
        {'name': 'has_agent_unavailable', 'type': 'boolean', 'meaning': 'any `agent_unavailable`'},
        {'name': 'reached_ivr', 'type': 'boolean', 'meaning': 'any `ivr_started`, `ivr_input` or `ivr_ended`'},
        {'name': 'reached_welcome', 'type': 'boolean', 'meaning': 'any `welcome_started` or `welcome_ended`'},
        {'name': 'has_rung_agent', 'type': 'boolean', 'meaning': 'any event that counts for `agents_rung`, on a call of any direction'},

        {'name': 'has_customer_answered', 'type': 'boolean', 'meaning': 'any `customer_answered`'},
        {'name': 'is_machine_answer', 'type': 'boolean', 'meaning': 'the earliest `customer_answered` has reason `machine`; of several at one instant one of them'},
        {'name': 'has_customer_ringing', 'type': 'boolean', 'meaning': 'any `customer_ringing`'},
        {'name': 'has_dial_blocked', 'type': 'boolean', 'meaning': 'any `dial_blocked`'},
        {'name': 'has_dial_blocked_by_country', 'type': 'boolean', 'meaning': 'a `dial_blocked` with reason `country_restricted`'},
        {'name': 'dial_outcome', 'type': 'text', 'meaning': 'what the earliest of these events says; at one instant the first in this order. `declined`: `customer_rejected`; `number_busy`, `not_in_service`: a `dial_failed` with that reason; `ended_by_agent`: a `call_ended` by the agent; `timed_out`: `dial_timeout`; `ended_by_customer`: a `call_ended` by the customer; `failed`: any other `dial_failed`. Null: none of them'},

        {'name': 'has_call_ended', 'type': 'boolean', 'meaning': 'any `call_ended`'},
        {'name': 'ended_by', 'type': 'text', 'meaning': '`party` of the earliest `call_ended`: `customer`, `agent`, `system`, or null where it names none of them. At one instant: in this order'},
        {'name': 'is_transferred', 'type': 'boolean', 'meaning': 'any `transferred`'},
        {'name': 'is_labelled_incoming', 'type': 'boolean', 'meaning': 'an event with direction `incoming`'},
        {'name': 'is_labelled_outgoing', 'type': 'boolean', 'meaning': 'an event with direction `outgoing`'},
        {'name': 'is_labelled_internal', 'type': 'boolean', 'meaning': 'an event with direction `internal`'},

        {'name': 'source_system', 'type': 'text', 'meaning': 'the phone system that sent the events'},
        {'name': 'customer_number', 'type': 'text', 'meaning': "the customer's number on the earliest event that carries one, as `call_status_pii` leaves it"},
        {'name': 'business_number', 'type': 'text', 'meaning': "the business's number on the earliest event that carries one"},
        {'name': 'queue', 'type': 'text', 'meaning': 'the queue on the earliest event that carries one'},
        {'name': 'first_agent_id', 'type': 'text', 'meaning': 'the agent on the earliest event that names one; not kept of events labelled incoming'},
        {'name': 'answering_agent_id', 'type': 'text', 'meaning': 'the agent of the earliest `agent_answered`'},
        {'name': 'cause_scheme', 'type': 'text', 'meaning': 'the scheme of `cause_code`, as sent'},
        {'name': 'cause_code', 'type': 'text', 'meaning': 'the network cause on the latest event that carries one, as sent'},

        {'name': 'started_at', 'type': 'timestamp', 'meaning': 'the earliest event'},
        {'name': 'last_event_at', 'type': 'timestamp', 'meaning': 'the latest event'},
        {'name': 'queued_at', 'type': 'timestamp', 'meaning': 'the earliest `queue_joined`'},
        {'name': 'first_ring_at', 'type': 'timestamp', 'meaning': 'the earliest `agent_ringing` of an incoming, `customer_ringing` of an outgoing call'},
        {'name': 'answered_at', 'type': 'timestamp', 'meaning': 'the earliest `agent_answered` of an incoming, `customer_answered` of an outgoing call'},
        {'name': 'ended_at', 'type': 'timestamp', 'meaning': 'the earliest `call_ended`, else the latest event'},
        {'name': 'last_loaded_at', 'type': 'timestamp', 'meaning': "the newest load time among the call's events"},
    ]) }}
{% endmacro %}
