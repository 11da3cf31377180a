"""The status rules in plain Python: a second, independent reading of the specification.

`derive(rows, settings)` takes raw events and returns what every public relation must hold. It is written for reading,
not for speed, and shares nothing with the SQL: it looks at a call's whole list of events, while the models look only
at aggregates. Where the two agree on many thousand random calls, both are probably right.

What it leaves out: opaque keys, run metadata (`rules_fingerprint`, `derived_at`) and the wording of `status_message`,
of which only the sentence that the specification fixes is given.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

# --------------------------------------------------------------------------------------------------------------------
# Vocabulary
# --------------------------------------------------------------------------------------------------------------------

INCOMING_ONLY = {
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
}
OUTGOING_ONLY = {
    "dial_blocked",
    "customer_ringing",
    "customer_answered",
    "customer_rejected",
    "dial_failed",
    "dial_timeout",
}
RUNG_EVENTS = {"agent_ringing", "agent_answered", "agent_rejected", "agent_no_answer"}
LEG_EVENTS = RUNG_EVENTS | {"agent_unavailable"}
BOTH_DIRECTIONS = LEG_EVENTS | {"call_started", "transferred", "call_ended"}
EVENT_TYPES = INCOMING_ONLY | OUTGOING_ONLY | BOTH_DIRECTIONS

IVR_EVENTS = {"ivr_started", "ivr_input", "ivr_ended"}
WELCOME_EVENTS = {"welcome_started", "welcome_ended"}
QUEUE_EVENTS = {"queue_joined", "queue_left"}
VOICEMAIL_EVENTS = {"voicemail_started", "voicemail_left"}

DIRECTIONS = ["incoming", "outgoing", "internal"]  # the first that any event names is the call's
PARTIES = ["customer", "agent", "system"]  # the order at one instant
STAGES = [
    "direction_unknown",
    "started",
    "welcome",
    "ivr",
    "after_hours",
    "queue",
    "ringing",
    "voicemail",
    "connected",
]
FUTURE = timedelta(hours=24)
OUT_OF_HOURS_MESSAGE = "caller tried to call out of business hours."


@dataclass(frozen=True)
class Settings:
    as_of: datetime
    open_call_timeout_hours: float = 24
    min_voicemail_seconds: float = 1
    reject_rule: str = "all"


# --------------------------------------------------------------------------------------------------------------------
# Events
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One raw row, with empty strings as nulls and unusable times as missing."""

    event_id: str | None
    source_system: str
    call_id: str | None
    leg_id: str | None
    direction: str | None
    event_type: str | None
    occurred_at: datetime | None
    loaded_at: datetime | None
    party: str | None
    agent_id: str | None
    customer_number: str | None
    business_number: str | None
    queue: str | None
    reason: str | None
    cause_scheme: str | None
    cause_code: str | None
    seconds: float | None
    attributes: str | None


COLUMNS = [field.name for field in fields(Event)]
TIMES = {"occurred_at", "loaded_at"}


def read_event(row: dict) -> Event:
    values = {name: row.get(name) for name in COLUMNS}
    for name, value in values.items():
        if value == "":
            values[name] = None
        # Python's own range is the allowed one, years 1 to 9999: whatever is beyond it comes as text.
        if name in TIMES and not isinstance(value, datetime):
            values[name] = None
    values["source_system"] = values["source_system"] or "canonical"
    return Event(**values)


def quarantine_reason(event: Event) -> str | None:
    """The first reason to refuse the event, None for a valid one."""
    if event.event_id is None:
        return "missing_event_id"
    if event.call_id is None:
        return "missing_call_id"
    if event.occurred_at is None:
        return "missing_occurred_at"
    if event.loaded_at is None or not 1990 <= event.loaded_at.year < 2100:
        return "missing_loaded_at"
    if event.event_type not in EVENT_TYPES:
        return "unknown_event_type"
    if event.direction is not None and event.direction not in DIRECTIONS:
        return "unknown_direction"
    if event.direction == "incoming" and event.event_type in OUTGOING_ONLY:
        return "event_not_allowed_for_direction"
    if event.direction == "outgoing" and event.event_type in INCOMING_ONLY:
        return "event_not_allowed_for_direction"
    if event.occurred_at - event.loaded_at > FUTURE:
        return "occurred_in_the_future"
    return None


# --------------------------------------------------------------------------------------------------------------------
# Looking at a set of events
# --------------------------------------------------------------------------------------------------------------------


def of_type(events, *event_types):
    return [e for e in events if e.event_type in event_types]


def earliest_time(events):
    return min((e.occurred_at for e in events), default=None)


def latest_time(events):
    return max((e.occurred_at for e in events), default=None)


def earliest_ones(events):
    """The events of the first instant: several where they tie."""
    first = earliest_time(events)
    return [e for e in events if e.occurred_at == first]


def earliest_value(events, column):
    """The value on the earliest event that carries one; the smallest at a tie."""
    carrying = [e for e in events if getattr(e, column) is not None]
    return min((getattr(e, column) for e in earliest_ones(carrying)), default=None)


def seconds_between(start, end):
    """Never negative; null without a start or an end."""
    if start is None or end is None:
        return None
    return max((end - start).total_seconds(), 0.0)


# --------------------------------------------------------------------------------------------------------------------
# Evidence of a call
# --------------------------------------------------------------------------------------------------------------------


def direction(events):
    for candidate in DIRECTIONS:
        if any(e.direction == candidate for e in events):
            return candidate
    return None


def has_conflicting_direction(events):
    return len({e.direction for e in events if e.direction is not None}) > 1


def leg_of(event):
    """The leg's name; None is the one anonymous leg."""
    return event.leg_id or event.agent_id


def legs(events):
    """leg → its agent events."""
    by_leg = defaultdict(list)
    for e in of_type(events, *LEG_EVENTS):
        by_leg[leg_of(e)].append(e)
    return dict(by_leg)


def is_rung(leg_events):
    return bool(of_type(leg_events, *RUNG_EVENTS))


def is_rejected(leg_events):
    return bool(of_type(leg_events, "agent_rejected")) and not of_type(leg_events, "agent_answered")


def rung_legs(events):
    return [leg_events for leg_events in legs(events).values() if is_rung(leg_events)]


def rejected_legs(events):
    return [leg_events for leg_events in rung_legs(events) if is_rejected(leg_events)]


def message_left(events, settings):
    return any(
        e.seconds is None or e.seconds >= settings.min_voicemail_seconds for e in of_type(events, "voicemail_left")
    )


def voicemail_reached(events):
    return bool(of_type(events, *VOICEMAIL_EVENTS))


def ended_by(events):
    """Who is named by the earliest `call_ended`; a later one does not count."""
    parties = {e.party for e in earliest_ones(of_type(events, "call_ended"))}
    return next((party for party in PARTIES if party in parties), None)


def queue_abandoned(events):
    left = of_type(events, "queue_left")
    if any(e.reason == "abandoned" for e in left):
        return True
    return bool(of_type(events, "queue_joined")) and not left and ended_by(events) == "customer"


def has_ended(events):
    return bool(of_type(events, "call_ended"))


def is_concluded(events, settings):
    if direction(events) not in ("incoming", "outgoing"):
        return False
    timeout = timedelta(hours=settings.open_call_timeout_hours)
    return has_ended(events) or settings.as_of - latest_time(events) >= timeout


# --------------------------------------------------------------------------------------------------------------------
# The incoming rules, in order. Each gives None where it does not match, else (status, reason, is_status_inferred).
# --------------------------------------------------------------------------------------------------------------------


def incoming_answered(events, settings):
    if of_type(events, "agent_answered"):
        return "Completed", "agent_answered", False


def incoming_message_left(events, settings):
    if message_left(events, settings):
        return "Voicemail", "message_left", False


def incoming_blocked(events, settings):
    if of_type(events, "caller_blocked"):
        return "Rejected", "blocked_caller", False


def incoming_after_hours(events, settings):
    if of_type(events, "after_hours_message_started") and not rung_legs(events):
        return "Call Not Set-Up", "after_hours_message", False


def incoming_rejected(events, settings):
    rejected, rung = rejected_legs(events), rung_legs(events)
    if settings.reject_rule == "any" and rejected:
        return "Rejected", "agent_rejected", False
    if settings.reject_rule == "all" and rejected and len(rejected) == len(rung):
        return "Rejected", "all_agents_rejected", False


def incoming_rung_unanswered(events, settings):
    if not rung_legs(events):
        return None
    if voicemail_reached(events):
        return "Missed", "voicemail_no_message", False
    if ended_by(events) == "customer":
        return "Missed", "caller_hung_up_ringing", False
    return "Missed", "ring_timeout", False


def incoming_queue_abandoned(events, settings):
    if queue_abandoned(events):
        return "Missed", "caller_hung_up_queue", False


def incoming_unavailable(events, settings):
    left_because = {e.reason for e in of_type(events, "queue_left")}
    if of_type(events, "number_unavailable"):
        reason = "number_unavailable"
    elif of_type(events, "agent_unavailable"):
        reason = "agent_unavailable"
    elif "empty" in left_because:
        reason = "queue_empty"
    elif "full" in left_because:
        reason = "queue_full"
    elif "timeout" in left_because:
        reason = "queue_timeout"
    elif voicemail_reached(events):
        reason = "voicemail_no_message"
    elif of_type(events, *QUEUE_EVENTS):
        reason = "queue_not_served"
    else:
        return None
    return "Unavailable", reason, False


def incoming_ivr(events, settings):
    if of_type(events, *IVR_EVENTS):
        return ("IVR", *who_left_during(events, "ivr"))


def incoming_welcome(events, settings):
    if of_type(events, *WELCOME_EVENTS):
        return ("Welcome Message", *who_left_during(events, "welcome"))


def who_left_during(events, stage):
    """The reason of the two message stages: certain only where the caller hung up."""
    if ended_by(events) == "customer":
        return f"caller_hung_up_{stage}", False
    if ended_by(events) == "system":
        return f"{stage}_ended_by_system", True
    return f"ended_in_{stage}", True


def incoming_unanswered(events, settings):
    return "Missed", "no_stage_evidence", True


INCOMING_RULES = [
    incoming_answered,
    incoming_message_left,
    incoming_blocked,
    incoming_after_hours,
    incoming_rejected,
    incoming_rung_unanswered,
    incoming_queue_abandoned,
    incoming_unavailable,
    incoming_ivr,
    incoming_welcome,
    incoming_unanswered,
]


# --------------------------------------------------------------------------------------------------------------------
# The outgoing rules, in order
# --------------------------------------------------------------------------------------------------------------------


# What can stop a dial, in the order that counts at one instant.
DIAL_OUTCOMES = [
    "declined",
    "number_busy",
    "not_in_service",
    "ended_by_agent",
    "timed_out",
    "ended_by_customer",
    "failed",
]


def dial_outcome_of(event):
    """What this event says about the dial; None if it says nothing."""
    if event.event_type == "customer_rejected":
        return "declined"
    if event.event_type == "dial_failed":
        return event.reason if event.reason in ("number_busy", "not_in_service") else "failed"
    if event.event_type == "dial_timeout":
        return "timed_out"
    if event.event_type == "call_ended":
        return {"agent": "ended_by_agent", "customer": "ended_by_customer"}.get(event.party)
    return None


def dial_outcome(events):
    """What the earliest event that says something about the dial says; at one instant the first of DIAL_OUTCOMES."""
    found = [(e.occurred_at, DIAL_OUTCOMES.index(outcome)) for e in events if (outcome := dial_outcome_of(e))]
    return DIAL_OUTCOMES[min(found)[1]] if found else None


def outgoing_answered(events, settings):
    answers = of_type(events, "customer_answered")
    if not answers:
        return None
    if any(e.reason == "machine" for e in earliest_ones(answers)):
        return "Completed", "machine_answered", False
    return "Completed", "customer_answered", False


def outgoing_dial_blocked(events, settings):
    blocks = of_type(events, "dial_blocked")
    if not blocks:
        return None
    if any(e.reason == "country_restricted" for e in blocks):
        return "Canceled", "country_restricted", False
    return "Canceled", "disconnected_before_connect", False


def outgoing_declined(events, settings):
    if dial_outcome(events) == "declined":
        return "Rejected", "customer_declined", False


def outgoing_busy(events, settings):
    if dial_outcome(events) == "number_busy":
        return "Canceled", "number_busy", False


def outgoing_not_in_service(events, settings):
    if dial_outcome(events) == "not_in_service":
        return "Canceled", "not_in_service", False


def outgoing_agent_canceled(events, settings):
    if dial_outcome(events) == "ended_by_agent":
        return "Canceled", "agent_canceled", False


def outgoing_rang_out(events, settings):
    if dial_outcome(events) == "timed_out":
        return "No Answer", "ring_timeout", False


def outgoing_customer_ended(events, settings):
    if dial_outcome(events) == "ended_by_customer":
        return "Rejected", "customer_declined", False


def outgoing_dial_failed(events, settings):
    if dial_outcome(events) == "failed":
        return "Canceled", "disconnected_before_connect", False


def outgoing_rang_unanswered(events, settings):
    if of_type(events, "customer_ringing"):
        return "No Answer", "ring_timeout", True


def outgoing_not_connected(events, settings):
    return "Canceled", "disconnected_before_connect", True


OUTGOING_RULES = [
    outgoing_answered,
    outgoing_dial_blocked,
    outgoing_declined,
    outgoing_busy,
    outgoing_not_in_service,
    outgoing_agent_canceled,
    outgoing_rang_out,
    outgoing_customer_ended,
    outgoing_dial_failed,
    outgoing_rang_unanswered,
    outgoing_not_connected,
]

RULES = {"incoming": INCOMING_RULES, "outgoing": OUTGOING_RULES}


def decide(events, settings):
    """(rule, status, reason, is_status_inferred) of a concluded call: first match wins."""
    for rule in RULES[direction(events)]:
        outcome = rule(events, settings)
        if outcome is not None:
            return (rule.__name__, *outcome)
    raise AssertionError("the last rule matches every call")


# --------------------------------------------------------------------------------------------------------------------
# fct_calls
# --------------------------------------------------------------------------------------------------------------------


def answers(events):
    return of_type(events, "agent_answered" if direction(events) == "incoming" else "customer_answered")


def rings(events):
    return of_type(events, "agent_ringing" if direction(events) == "incoming" else "customer_ringing")


def ended_at(events):
    """The earliest `call_ended`, else the last event."""
    return earliest_time(of_type(events, "call_ended")) or latest_time(events)


def agent_of_answer(events):
    """Who answered first; null where that very answer names nobody, even if a later one does."""
    return earliest_value(earliest_ones(of_type(events, "agent_answered")), "agent_id")


def call_agent(events):
    if direction(events) == "incoming":
        return agent_of_answer(events)
    return earliest_value(events, "agent_id")


def cause(events):
    """One pair: the latest event's that carries a code; at a tie the smallest, by scheme (none first), then code."""
    coded = [e for e in events if e.cause_code is not None]
    last = latest_time(coded)
    pairs = [(e.cause_scheme or "", e.cause_code) for e in coded if e.occurred_at == last]
    scheme, code = min(pairs, default=(None, None))
    return scheme or None, code


def call_row(events, settings):
    rule, status, reason, inferred = decide(events, settings)
    started, ended = earliest_time(events), ended_at(events)
    queued = earliest_time(of_type(events, "queue_joined"))
    first_ring = earliest_time(rings(events))
    answered = earliest_time(answers(events))
    waiting_since = min((t for t in (queued, first_ring) if t is not None), default=None)
    answer_or_end = answered or ended
    cause_scheme, cause_code = cause(events)
    row = {
        "source_system": events[0].source_system,
        "call_id": events[0].call_id,
        "direction": direction(events),
        "status": status,
        "status_reason": reason,
        "status_rule": rule,
        "is_status_inferred": inferred,
        "is_answered": answered is not None,
        "has_conflicting_direction": has_conflicting_direction(events),
        "customer_number": earliest_value(events, "customer_number"),
        "business_number": earliest_value(events, "business_number"),
        "queue": earliest_value(events, "queue"),
        "agent_id": call_agent(events),
        "agents_rung": len(rung_legs(events)),
        "agents_rejected": len(rejected_legs(events)),
        "reached_welcome": bool(of_type(events, *WELCOME_EVENTS)),
        "reached_ivr": bool(of_type(events, *IVR_EVENTS)),
        "reached_queue": bool(of_type(events, *QUEUE_EVENTS)),
        "reached_voicemail": voicemail_reached(events),
        "has_voicemail": message_left(events, settings),
        "is_after_hours": bool(of_type(events, "after_hours_message_started")),
        "is_transferred": bool(of_type(events, "transferred")),
        "ended_by": ended_by(events),
        "is_end_inferred": not has_ended(events),
        "cause_scheme": cause_scheme,
        "cause_code": cause_code,
        "started_at": started,
        "queued_at": queued,
        "first_ring_at": first_ring,
        "answered_at": answered,
        "ended_at": ended,
        "wait_seconds": seconds_between(waiting_since, answer_or_end),
        "ring_seconds": seconds_between(first_ring, answer_or_end),
        "talk_seconds": seconds_between(answered, ended),
        "total_seconds": seconds_between(started, ended),
        "last_loaded_at": max(e.loaded_at for e in events),
    }
    if status == "Call Not Set-Up":
        row["status_message"] = OUT_OF_HOURS_MESSAGE
    return row


# --------------------------------------------------------------------------------------------------------------------
# fct_call_legs
# --------------------------------------------------------------------------------------------------------------------


def leg_status(leg_events, other_events):
    """`other_events`: the agent events of the call's other legs."""
    if of_type(leg_events, "agent_answered"):
        return "answered"
    if is_rejected(leg_events):
        return "rejected"
    if not is_rung(leg_events):
        return "unavailable"
    ringing_since = earliest_time(of_type(leg_events, "agent_ringing"))
    if ringing_since is not None and not of_type(leg_events, "agent_no_answer"):
        if any(e.occurred_at >= ringing_since for e in of_type(other_events, "agent_answered")):
            return "answered_elsewhere"
    return "missed"


def leg_ring_end(leg_events, call):
    """When the ringing stopped, first that exists: its answer, rejection, no-answer; the call's answer, end."""
    for event_type in ("agent_answered", "agent_rejected", "agent_no_answer"):
        if of_type(leg_events, event_type):
            return earliest_time(of_type(leg_events, event_type))
    return call["answered_at"] or call["ended_at"]


def leg_rows(events, call):
    rows = []
    for leg, leg_events in legs(events).items():
        other_events = [e for e in of_type(events, *LEG_EVENTS) if leg_of(e) != leg]
        ringing = earliest_time(of_type(leg_events, "agent_ringing"))
        rows.append(
            {
                "leg": leg,
                "source_system": call["source_system"],
                "call_id": call["call_id"],
                "agent_id": earliest_value(leg_events, "agent_id"),
                "leg_status": leg_status(leg_events, other_events),
                "ringing_at": ringing,
                "answered_at": earliest_time(of_type(leg_events, "agent_answered")),
                "ring_seconds": seconds_between(ringing, leg_ring_end(leg_events, call)),
            }
        )
    return rows


# --------------------------------------------------------------------------------------------------------------------
# fct_open_calls
# --------------------------------------------------------------------------------------------------------------------


def reached_stages(events):
    """Every stage the call has shown so far. An unknown direction could still turn out to be either."""
    call_direction = direction(events)
    may_be_incoming = call_direction in ("incoming", None)
    may_be_outgoing = call_direction in ("outgoing", None)

    yield "direction_unknown" if call_direction is None else "started"
    if of_type(events, *WELCOME_EVENTS):
        yield "welcome"
    if of_type(events, *IVR_EVENTS):
        yield "ivr"
    if of_type(events, "after_hours_message_started"):
        yield "after_hours"
    if of_type(events, *QUEUE_EVENTS):
        yield "queue"
    if may_be_incoming and rung_legs(events):
        yield "ringing"
    if may_be_outgoing and of_type(events, "customer_ringing"):
        yield "ringing"
    if voicemail_reached(events):
        yield "voicemail"
    if may_be_incoming and of_type(events, "agent_answered"):
        yield "connected"
    if may_be_outgoing and of_type(events, "customer_answered"):
        yield "connected"


def open_call_row(events):
    return {
        "source_system": events[0].source_system,
        "call_id": events[0].call_id,
        "direction": direction(events),
        "stage": max(reached_stages(events), key=STAGES.index),
        "started_at": earliest_time(events),
        "last_event_at": latest_time(events),
        "customer_number": earliest_value(events, "customer_number"),
        "business_number": earliest_value(events, "business_number"),
        "queue": earliest_value(events, "queue"),
        "agent_id": call_agent(events),
    }


# --------------------------------------------------------------------------------------------------------------------
# quarantined_call_events and event_accounting
# --------------------------------------------------------------------------------------------------------------------


def quarantined_row(event, reason):
    return {
        "event_id": event.event_id,
        "source_system": event.source_system,
        "call_id": event.call_id,
        "event_type": event.event_type,
        "direction": event.direction,
        "quarantine_reason": reason,
    }


def accounting_rows(events):
    by_day = defaultdict(list)
    for e in events:
        by_day[e.source_system, e.loaded_at.date() if e.loaded_at else None].append(e)
    return [accounting_row(source, day, rows) for (source, day), rows in by_day.items()]


def accounting_row(source_system, load_date, events):
    """Every raw row is counted once: quarantined, internal, duplicate or kept."""
    valid = [e for e in events if quarantine_reason(e) is None]
    countable = [e for e in valid if e.direction != "internal"]
    kept = len({e.event_id for e in countable})
    return {
        "source_system": source_system,
        "load_date": load_date,
        "raw_events": len(events),
        "quarantined_events": len(events) - len(valid),
        "internal_events": len(valid) - len(countable),
        "duplicate_events": len(countable) - kept,
        "kept_events": kept,
    }


# --------------------------------------------------------------------------------------------------------------------
# Everything
# --------------------------------------------------------------------------------------------------------------------


def calls(events):
    """The valid events of each call."""
    by_call = defaultdict(list)
    for e in events:
        if quarantine_reason(e) is None:
            by_call[e.source_system, e.call_id].append(e)
    return list(by_call.values())


def derive(rows, settings: Settings) -> dict[str, list[dict]]:
    """All public relations from raw rows. `source_file`, `line` and such of rows the loader refused are not here."""
    events = [read_event(row) for row in rows]
    out = {
        "fct_calls": [],
        "fct_call_legs": [],
        "fct_open_calls": [],
        "quarantined_call_events": [
            quarantined_row(e, quarantine_reason(e)) for e in events if quarantine_reason(e) is not None
        ],
        "event_accounting": accounting_rows(events),
    }
    for call_events in calls(events):
        if direction(call_events) == "internal":
            continue
        if not is_concluded(call_events, settings):
            out["fct_open_calls"].append(open_call_row(call_events))
            continue
        row = call_row(call_events, settings)
        out["fct_calls"].append(row)
        if row["direction"] == "incoming":
            out["fct_call_legs"].extend(leg_rows(call_events, row))
    return out
