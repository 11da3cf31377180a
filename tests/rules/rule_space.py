"""Every combination of the evidence that the status rules read, and what the rules' text says of each.

Shared by the proof (tests/rules/test_proof.py) and the mutation of the rules (tests/rules/mutation.py).
"""

from __future__ import annotations

import functools
import math

import duckdb
from call_status_tools.dbt import inline

DIRECTIONS = ("incoming", "outgoing")
OUTCOME = ("status_rule", "status", "status_reason", "is_status_inferred")

# --------------------------------------------------------------------------------------------------------------------
# The rules as the package has them
# --------------------------------------------------------------------------------------------------------------------

TEMPLATE = """{{ tojson({
    'rules': call_status.get_status_rules(),
    'signals': call_status.call_signals(),
    'dial_outcomes': call_status.dial_outcomes(),
    'parties': call_status.parties(),
    'answer_kinds': call_status.answer_kinds(),
    'evidence': call_status.named_evidence(),
    'evidence_columns': {
        'int_call_evidence_packed': call_status.get_call_evidence_columns(),
        'int_leg_evidence_packed': call_status.get_leg_evidence_columns(),
        'int_queue_evidence_packed': call_status.get_queue_evidence_columns(),
    },
    'evidence_version_number': call_status.evidence_version_number(),
    'derive_rule_number': call_status.derive_rule_number(),
    'status_rule': call_status.rule_field('rule'),
    'status': call_status.rule_field('status'),
    'status_reason': call_status.reason_field('reason'),
    'is_status_inferred': call_status.reason_field('inferred'),
}) }}"""


@functools.cache
def read_rules() -> dict:
    """The rule list, and the SQL that the models have from it. Reads no database and leaves nothing behind."""
    return inline(TEMPLATE)


# --------------------------------------------------------------------------------------------------------------------
# All combinations of evidence
# --------------------------------------------------------------------------------------------------------------------

YES_OR_NO = ("false", "true")
# Rules compare the two counts of legs with 0 and with each other, nothing else (a test looks). So only the order of
# 0, agents_rejected and agents_rung matters, and 0 to 2 has every order there is.
COUNT = ("0", "1", "2")

# Column → its values as SQL. A rule that reads something else has no proof until it stands here.
DOMAINS = {
    "incoming": {
        "is_answered": YES_OR_NO,
        "is_answer_unproven": YES_OR_NO,
        "has_voicemail": YES_OR_NO,
        "has_caller_blocked": YES_OR_NO,
        "is_after_hours": YES_OR_NO,
        "is_closed_with_message": YES_OR_NO,
        "reached_queue": YES_OR_NO,
        "agents_rung": COUNT,
        "agents_rejected": COUNT,
        "any_rejection_counts": YES_OR_NO,
        "reached_voicemail": YES_OR_NO,
        "ended_by": ("'customer'", "'agent'", "'system'", "null"),
        "is_end_inferred": YES_OR_NO,
        "is_queue_abandoned": YES_OR_NO,
        "has_queue_left_callback": YES_OR_NO,
        "has_queue_left_key": YES_OR_NO,
        "has_queue_left_empty": YES_OR_NO,
        "has_queue_left_full": YES_OR_NO,
        "has_queue_left_timeout": YES_OR_NO,
        "has_number_unavailable": YES_OR_NO,
        "has_agent_unavailable": YES_OR_NO,
        "reached_ivr": YES_OR_NO,
        "reached_welcome": YES_OR_NO,
    },
    "outgoing": {
        "is_answered": YES_OR_NO,
        "is_machine_answer": YES_OR_NO,
        "is_answer_unproven": YES_OR_NO,
        "has_dial_blocked": YES_OR_NO,
        "has_dial_blocked_by_country": YES_OR_NO,
        "dial_outcome": (
            "null",
            "'declined'",
            "'number_busy'",
            "'not_in_service'",
            "'ended_by_agent'",
            "'timed_out'",
            "'ended_by_customer'",
            "'failed'",
        ),
        "has_customer_ringing": YES_OR_NO,
    },
}

# Evidence → an event that gives it: its type and its other fields. The dialled party answers: on an incoming call an
# agent, on an outgoing one the customer.
EVENT_OF = {
    "is_answered": ("callee_answered", {"agent_id": "leg 1"}),
    "is_answer_unproven": ("callee_answered", {"agent_id": "leg 1", "reason": "unproven"}),
    "has_caller_blocked": ("caller_blocked", {}),
    "is_after_hours": ("after_hours_message_started", {}),
    "reached_queue": ("queue_left", {}),
    "is_queue_abandoned": ("queue_left", {"reason": "abandoned"}),
    "has_queue_left_callback": ("queue_left", {"reason": "callback"}),
    "has_queue_left_key": ("queue_left", {"reason": "key"}),
    "has_queue_left_empty": ("queue_left", {"reason": "empty"}),
    "has_queue_left_full": ("queue_left", {"reason": "full"}),
    "has_queue_left_timeout": ("queue_left", {"reason": "timeout"}),
    "has_number_unavailable": ("number_unavailable", {}),
    "has_agent_unavailable": ("agent_unavailable", {"agent_id": "leg 1"}),
    "reached_voicemail": ("voicemail_started", {}),
    "has_voicemail": ("voicemail_left", {"seconds": 12.0}),
    "reached_ivr": ("ivr_input", {}),
    "reached_welcome": ("welcome_started", {}),
    "is_machine_answer": ("customer_answered", {"reason": "machine"}),
    "has_customer_ringing": ("customer_ringing", {}),
    "has_dial_blocked": ("dial_blocked", {}),
    "has_dial_blocked_by_country": ("dial_blocked", {"reason": "country_restricted"}),
}
# Evidence whose event comes instead of another one's, which would take it away: every answer is to be unproven.
INSTEAD_OF = {"is_answer_unproven": "is_answered"}
EVENT_OF_OUTCOME = {
    "declined": ("customer_rejected", {}),
    "number_busy": ("dial_failed", {"reason": "number_busy"}),
    "not_in_service": ("dial_failed", {"reason": "not_in_service"}),
    "ended_by_agent": ("call_ended", {"party": "agent"}),
    "timed_out": ("dial_timeout", {}),
    "ended_by_customer": ("call_ended", {"party": "customer"}),
    "failed": ("dial_failed", {}),
}

# What is so by definition: combinations without this are left out altogether. Columns that are bound to each other →
# what binds them; no column stands in two of them.
ALWAYS = {
    "incoming": {
        ("agents_rung", "agents_rejected"): "agents_rejected <= agents_rung",  # a rejected leg is a rung one
        ("ended_by", "is_end_inferred"): "ended_by is null or not is_end_inferred",  # nobody ends what has no end
        ("is_answered", "is_answer_unproven"): "is_answered or not is_answer_unproven",
    },
    "outgoing": {},
}

# What holds wherever evidence comes from events. The rules are proved right on all combinations; what must show on
# real calls (a rule that wins somewhere, a rule that cannot be removed) is proved on those where all of this holds.
IMPLICATIONS = {
    "incoming": [
        ("is_answered", "agents_rung > agents_rejected"),  # a leg that answered is rung, and not rejected
        ("is_answer_unproven", "not has_voicemail"),  # with a message it would be no answer
        ("has_voicemail", "reached_voicemail"),
        ("is_queue_abandoned", "reached_queue"),
        ("has_queue_left_callback", "reached_queue"),
        ("has_queue_left_key", "reached_queue"),
        ("has_queue_left_empty", "reached_queue"),
        ("has_queue_left_full", "reached_queue"),
        ("has_queue_left_timeout", "reached_queue"),
    ],
    "outgoing": [
        ("is_machine_answer", "is_answered"),
        ("is_answer_unproven", "is_answered"),
        ("is_machine_answer", "not is_answer_unproven"),
        ("has_dial_blocked_by_country", "has_dial_blocked"),
    ],
}


def factors(direction: str) -> list[str]:
    """SQL: relations whose product is all combinations: one of each column, or of columns that are bound to each other."""
    domains, groups = DOMAINS[direction], ALWAYS[direction]
    bound = {name for names in groups for name in names}
    alone = {(name,): "true" for name in domains if name not in bound}
    return [
        f"(select * from {', '.join(values_of(name, domains[name]) for name in names)} where {condition})"
        for names, condition in {**groups, **alone}.items()
    ]


def values_of(column: str, values: tuple) -> str:
    return f"(select unnest([{', '.join(values)}]) as {column})"


def number_of_combinations(direction: str) -> int:
    """How many combinations there are: the product of the factors."""
    with duckdb.connect() as connection:
        return math.prod(
            connection.execute(f"select count(*) from {factor}").fetchall()[0][0] for factor in factors(direction)
        )


def is_possible(direction: str) -> str:
    """SQL: true where events can give that combination."""
    return " and ".join(f"(not ({one}) or ({other}))" for one, other in IMPLICATIONS[direction])


# --------------------------------------------------------------------------------------------------------------------
# What the rules' text says
# --------------------------------------------------------------------------------------------------------------------

NOBODY_THERE = "(has_number_unavailable or has_agent_unavailable or reached_queue or reached_voicemail)"
QUEUE_TIMEOUT = f"{NOBODY_THERE} and has_queue_left_timeout"
QUEUE_FULL = f"{NOBODY_THERE} and has_queue_left_full"
QUEUE_EMPTY = f"{NOBODY_THERE} and has_queue_left_empty"
REJECTED_BY_ALL = "agents_rejected >= 1 and agents_rejected = agents_rung"
BY_CUSTOMER, BY_SYSTEM = "ended_by is not distinct from 'customer'", "ended_by is not distinct from 'system'"
NOT_ROUTED = "not agents_rung >= 1 and not reached_queue"
RUNG = "agents_rung >= 1"
YES, NO = True, False


def inferred_with_end(rule: str, status: str, reason: str, where: str) -> list[tuple]:
    """Two lines: the reason is inferred just where the end is."""
    return [(rule, status, reason, NO, where), (rule, status, reason, YES, f"({where}) and is_end_inferred")]


# The specification's two tables read from the bottom up: a line overrules all lines above it. One line a reason (two
# where it may be inferred or not): (rule, status, reason, inferred, where it applies). Written from the text, evaluated
# otherwise than the macro does: no `case`, no order of reasons inside a rule, the strongest line that applies.
ORACLE = {
    "incoming": [
        ("incoming_unanswered", "Missed", "no_stage_evidence", YES, "true"),
        ("incoming_welcome", "Welcome Message", "ended_in_welcome", YES, "reached_welcome"),
        ("incoming_welcome", "Welcome Message", "welcome_ended_by_system", YES, f"reached_welcome and {BY_SYSTEM}"),
        ("incoming_welcome", "Welcome Message", "caller_hung_up_welcome", NO, f"reached_welcome and {BY_CUSTOMER}"),
        ("incoming_ivr", "IVR", "ended_in_ivr", YES, "reached_ivr"),
        ("incoming_ivr", "IVR", "ivr_ended_by_system", YES, f"reached_ivr and {BY_SYSTEM}"),
        ("incoming_ivr", "IVR", "caller_hung_up_ivr", NO, f"reached_ivr and {BY_CUSTOMER}"),
        *inferred_with_end("incoming_unavailable", "Unavailable", "queue_not_served", NOBODY_THERE),
        ("incoming_unavailable", "Unavailable", "voicemail_no_message", NO, "reached_voicemail"),
        ("incoming_unavailable", "Unavailable", "queue_timeout", NO, QUEUE_TIMEOUT),
        ("incoming_unavailable", "Unavailable", "queue_full", NO, QUEUE_FULL),
        ("incoming_unavailable", "Unavailable", "queue_empty", NO, QUEUE_EMPTY),
        ("incoming_unavailable", "Unavailable", "agent_unavailable", NO, "has_agent_unavailable"),
        ("incoming_unavailable", "Unavailable", "number_unavailable", NO, "has_number_unavailable"),
        ("incoming_queue_abandoned", "Missed", "caller_left_queue", NO, "has_queue_left_key"),
        ("incoming_queue_abandoned", "Missed", "callback_requested", NO, "has_queue_left_callback"),
        ("incoming_queue_abandoned", "Missed", "caller_hung_up_queue", NO, "is_queue_abandoned"),
        *inferred_with_end("incoming_rung_unanswered", "Missed", "ring_timeout", RUNG),
        *inferred_with_end(
            "incoming_rung_unanswered",
            "Missed",
            "caller_hung_up_ringing",
            f"{RUNG} and ({BY_CUSTOMER} or is_queue_abandoned)",
        ),
        *inferred_with_end("incoming_rung_unanswered", "Missed", "caller_left_queue", f"{RUNG} and has_queue_left_key"),
        *inferred_with_end(
            "incoming_rung_unanswered", "Missed", "callback_requested", f"{RUNG} and has_queue_left_callback"
        ),
        *inferred_with_end(
            "incoming_rung_unanswered", "Missed", "voicemail_no_message", f"{RUNG} and reached_voicemail"
        ),
        ("incoming_rejected", "Rejected", "all_agents_rejected", NO, f"not any_rejection_counts and {REJECTED_BY_ALL}"),
        ("incoming_rejected", "Rejected", "agent_rejected", NO, "any_rejection_counts and agents_rejected >= 1"),
        (
            "incoming_after_hours",
            "Call Not Set-Up",
            "outside_business_hours",
            YES,
            f"is_closed_with_message and {NOT_ROUTED}",
        ),
        ("incoming_after_hours", "Call Not Set-Up", "after_hours_message", NO, f"is_after_hours and {NOT_ROUTED}"),
        ("incoming_blocked", "Rejected", "blocked_caller", NO, "has_caller_blocked"),
        ("incoming_message_left", "Voicemail", "message_left", NO, "has_voicemail"),
        ("incoming_answered", "Completed", "agent_answered", NO, "is_answered"),
        ("incoming_answered", "Completed", "answer_unproven", YES, "is_answered and is_answer_unproven"),
    ],
    "outgoing": [
        ("outgoing_not_connected", "Canceled", "disconnected_before_connect", YES, "true"),
        ("outgoing_rang_unanswered", "No Answer", "ring_timeout", YES, "has_customer_ringing"),
        ("outgoing_dial_failed", "Canceled", "disconnected_before_connect", NO, "dial_outcome in ('failed')"),
        ("outgoing_customer_ended", "Rejected", "customer_declined", NO, "dial_outcome in ('ended_by_customer')"),
        ("outgoing_rang_out", "No Answer", "ring_timeout", NO, "dial_outcome in ('timed_out')"),
        ("outgoing_agent_canceled", "Canceled", "agent_canceled", NO, "dial_outcome in ('ended_by_agent')"),
        ("outgoing_not_in_service", "Canceled", "not_in_service", NO, "dial_outcome in ('not_in_service')"),
        ("outgoing_busy", "Canceled", "number_busy", NO, "dial_outcome in ('number_busy')"),
        ("outgoing_declined", "Rejected", "customer_declined", NO, "dial_outcome in ('declined')"),
        ("outgoing_dial_blocked", "Canceled", "disconnected_before_connect", NO, "has_dial_blocked"),
        (
            "outgoing_dial_blocked",
            "Canceled",
            "country_restricted",
            NO,
            "has_dial_blocked and has_dial_blocked_by_country",
        ),
        ("outgoing_answered", "Completed", "customer_answered", NO, "is_answered"),
        ("outgoing_answered", "Completed", "answer_unproven", YES, "is_answered and is_answer_unproven"),
        ("outgoing_answered", "Completed", "machine_answered", NO, "is_answered and is_machine_answer"),
    ],
}


def strongest_line(direction: str) -> str:
    """SQL: the number of the oracle's strongest line that applies, from 1."""
    lines = [f"case when {line[-1]} then {place} end" for place, line in enumerate(ORACLE[direction], start=1)]
    return f"greatest({', '.join(lines)})"


def type_of(column: str) -> str:
    """The SQL type of a column of DOMAINS. A name of both directions has the same one in both."""
    values = {**DOMAINS["incoming"], **DOMAINS["outgoing"]}[column]
    return "boolean" if values == YES_OR_NO else "text" if "'" in values[1] else "integer"


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """For each direction two tables: `incoming`, every combination (its columns, `is_possible`, the oracle's line as
    `oracle`), and `incoming_outcomes`, what a line of the oracle says."""
    for direction in DIRECTIONS:
        # The models' expressions name the other direction's evidence too, behind a test of the direction.
        (other,) = set(DIRECTIONS) - {direction}
        not_read = ", ".join(
            f"null::{type_of(column)} as {column}" for column in DOMAINS[other] if column not in DOMAINS[direction]
        )
        connection.execute(
            f"create table {direction} as select *, {is_possible(direction)} as is_possible,"
            f" cast({strongest_line(direction)} as utinyint) as oracle, '{direction}' as direction, {not_read}"
            f" from {', '.join(factors(direction))}"
        )
        connection.execute(
            f"create table {direction}_outcomes (oracle utinyint, status_rule text, status text, status_reason text,"
            " is_status_inferred boolean)"
        )
        connection.executemany(
            f"insert into {direction}_outcomes values (?, ?, ?, ?, ?)",
            [(place, *line[:-1]) for place, line in enumerate(ORACLE[direction], start=1)],
        )
