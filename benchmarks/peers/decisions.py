"""The status rules as a list, in order: the first of a direction whose condition holds gives the status.

Conditions are written in what SQL dialects, Polars and pandas have in common. Their names are columns that every
competitor makes for itself: booleans without nulls, `agents_rung`, `agents_rejected` and `signal` (the rank of the first
outgoing signal, 0 for none) as integers, and `ended_by`, an empty text where nobody is known to have ended the call.
"""

TRUE = "true"

#   rule, status, condition of the rule, [(condition of the reason, reason, message, inferred)]
INCOMING = [
    (
        "incoming_answered",
        "Completed",
        "agent_answered",
        [(TRUE, "agent_answered", "An agent answered the call.", False)],
    ),
    (
        "incoming_message_left",
        "Voicemail",
        "message_left",
        [(TRUE, "message_left", "The caller left a voicemail message.", False)],
    ),
    ("incoming_blocked", "Rejected", "caller_blocked", [(TRUE, "blocked_caller", "The caller is blocked.", False)]),
    (
        "incoming_after_hours",
        "Call Not Set-Up",
        "after_hours and agents_rung = 0",
        [(TRUE, "after_hours_message", "caller tried to call out of business hours.", False)],
    ),
    (
        "incoming_rejected",
        "Rejected",
        "agents_rejected > 0 and agents_rejected = agents_rung",
        [(TRUE, "all_agents_rejected", "Every agent who was rung rejected the call.", False)],
    ),
    (
        "incoming_rung_unanswered",
        "Missed",
        "agents_rung > 0",
        [
            (
                "voicemail_reached",
                "voicemail_no_message",
                "Agents were rung, then the caller reached voicemail and left no message.",
                False,
            ),
            ("ended_by = 'customer'", "caller_hung_up_ringing", "The caller hung up before an agent answered.", False),
            (TRUE, "ring_timeout", "Agents were rung and none answered.", False),
        ],
    ),
    (
        "incoming_queue_abandoned",
        "Missed",
        "queue_abandoned or (queue_joined and not queue_left and ended_by = 'customer')",
        [(TRUE, "caller_hung_up_queue", "The caller hung up while waiting in the queue.", False)],
    ),
    (
        "incoming_unavailable",
        "Unavailable",
        "number_unavailable or agent_unavailable or queue_joined or queue_left or voicemail_reached",
        [
            ("number_unavailable", "number_unavailable", "The number that was dialled takes no calls.", False),
            ("agent_unavailable", "agent_unavailable", "No agent could be rung.", False),
            ("queue_empty", "queue_empty", "Nobody was serving the queue.", False),
            ("queue_full", "queue_full", "The queue was full.", False),
            ("queue_timeout", "queue_timeout", "The wait in the queue timed out and no agent was rung.", False),
            ("voicemail_reached", "voicemail_no_message", "The caller reached voicemail and left no message.", False),
            (TRUE, "queue_not_served", "The caller was in the queue and no agent was rung.", False),
        ],
    ),
    (
        "incoming_ivr",
        "IVR",
        "ivr",
        [
            ("ended_by = 'customer'", "caller_hung_up_ivr", "The caller hung up in the IVR menu.", False),
            ("ended_by = 'system'", "ivr_ended_by_system", "The system ended the call in the IVR menu.", True),
            (TRUE, "ended_in_ivr", "The call ended in the IVR menu; no event says that the caller ended it.", True),
        ],
    ),
    (
        "incoming_welcome",
        "Welcome Message",
        "welcome",
        [
            (
                "ended_by = 'customer'",
                "caller_hung_up_welcome",
                "The caller hung up during the welcome message.",
                False,
            ),
            (
                "ended_by = 'system'",
                "welcome_ended_by_system",
                "The system ended the call during the welcome message.",
                True,
            ),
            (
                TRUE,
                "ended_in_welcome",
                "The call ended during the welcome message; no event says that the caller ended it.",
                True,
            ),
        ],
    ),
    (
        "incoming_unanswered",
        "Missed",
        TRUE,
        [(TRUE, "no_stage_evidence", "Nobody answered; no event shows how far the call got.", True)],
    ),
]
OUTGOING = [
    (
        "outgoing_answered",
        "Completed",
        "customer_answered",
        [
            ("machine_answered", "machine_answered", "A machine answered the call.", False),
            (TRUE, "customer_answered", "The customer answered the call.", False),
        ],
    ),
    (
        "outgoing_dial_blocked",
        "Canceled",
        "dial_blocked",
        [
            ("country_restricted", "country_restricted", "Calls to that number's country are restricted.", False),
            (TRUE, "disconnected_before_connect", "The platform refused to dial the number.", False),
        ],
    ),
    (
        "outgoing_declined",
        "Rejected",
        "signal = 3",
        [(TRUE, "customer_declined", "The customer declined the call.", False)],
    ),
    ("outgoing_busy", "Canceled", "signal = 4", [(TRUE, "number_busy", "The number was busy.", False)]),
    (
        "outgoing_not_in_service",
        "Canceled",
        "signal = 5",
        [(TRUE, "not_in_service", "The number is not in service.", False)],
    ),
    (
        "outgoing_agent_canceled",
        "Canceled",
        "signal = 6",
        [(TRUE, "agent_canceled", "The agent hung up before the customer answered.", False)],
    ),
    ("outgoing_rang_out", "No Answer", "signal = 7", [(TRUE, "ring_timeout", "The customer did not answer.", False)]),
    (
        "outgoing_customer_ended",
        "Rejected",
        "signal = 8",
        [(TRUE, "customer_declined", "The customer disconnected the call before answering it.", False)],
    ),
    (
        "outgoing_dial_failed",
        "Canceled",
        "signal = 9",
        [
            (
                TRUE,
                "disconnected_before_connect",
                "The call was disconnected before the connection was established.",
                False,
            )
        ],
    ),
    (
        "outgoing_rang_unanswered",
        "No Answer",
        "customer_ringing",
        [(TRUE, "ring_timeout", "The customer did not answer.", True)],
    ),
    (
        "outgoing_not_connected",
        "Canceled",
        TRUE,
        [
            (
                TRUE,
                "disconnected_before_connect",
                "The call was disconnected before the connection was established.",
                True,
            )
        ],
    ),
]
DECISIONS = [
    {
        "when": f"direction = '{direction}' and ({condition}) and ({fits})",
        "status": status,
        "status_reason": reason,
        "status_message": message,
        "status_rule": rule,
        "is_status_inferred": inferred,
    }
    for direction, rules in (("incoming", INCOMING), ("outgoing", OUTGOING))
    for rule, status, condition, reasons in rules
    for fits, reason, message, inferred in reasons
]
COLUMNS = ["status", "status_reason", "status_message", "status_rule", "is_status_inferred"]

EVENT_TYPES = {
    **dict.fromkeys(
        [
            "call_started",
            "agent_ringing",
            "agent_answered",
            "agent_rejected",
            "agent_no_answer",
            "agent_unavailable",
            "transferred",
            "call_ended",
        ],
        "both",
    ),
    **dict.fromkeys(
        [
            "caller_blocked",
            "after_hours_message_started",
            "number_unavailable",
            "welcome_started",
            "welcome_ended",
            "ivr_started",
            "ivr_input",
            "ivr_ended",
            "queue_joined",
            "queue_left",
            "voicemail_started",
            "voicemail_left",
        ],
        "incoming",
    ),
    **dict.fromkeys(
        ["dial_blocked", "customer_ringing", "customer_answered", "customer_rejected", "dial_failed", "dial_timeout"],
        "outgoing",
    ),
}


def of_direction(*directions: str) -> list[str]:
    return [name for name, direction in EVENT_TYPES.items() if direction in directions]


def in_list(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def literal(value) -> str:
    return str(value).lower() if isinstance(value, bool) else "'" + value.replace("'", "''") + "'"


def number_case() -> str:
    """`case` of the decision's number, from 1."""
    return "case " + " ".join(f"when {row['when']} then {n}" for n, row in enumerate(DECISIONS, 1)) + " end"


def rows_sql() -> str:
    """The decisions as rows: decision, and what it says."""
    return " union all ".join(
        f"select {n} as decision, " + ", ".join(f"{literal(row[name])} as {name}" for name in COLUMNS)
        for n, row in enumerate(DECISIONS, 1)
    )
