"""The status rules in plain Python: a second, independent reading of the specification.

`derive(rows, settings)` takes raw events and returns what every public relation must hold. It is written for reading,
not for speed, and shares nothing with the SQL: it looks at a call's whole list of events, while the models look only
at aggregates. Where the two agree on many thousand random calls, both are probably right.

What it leaves out: opaque keys, run metadata (`rules_fingerprint`, `derived_at`), the wording of `status_message`, of
which only the sentence that the specification fixes is given, and the firm's own business hours.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
# What an agent did; each is on a leg.
LEG_EVENTS = {
    "agent_ringing",
    "agent_answered",
    "agent_rejected",
    "agent_no_answer",
    "agent_unavailable",
    "agent_disconnected",
}
# What the dialled party did, whoever that is.
CALLEE_EVENTS = {
    "callee_ringing",
    "callee_answered",
    "callee_rejected",
    "callee_busy",
    "callee_no_answer",
    "callee_failed",
}
ENDS = {"call_ended", "part_ended"}
BOTH_DIRECTIONS = LEG_EVENTS | CALLEE_EVENTS | ENDS | {"call_started", "transferred"}
EVENT_TYPES = INCOMING_ONLY | OUTGOING_ONLY | BOTH_DIRECTIONS

# What a callee event is once the direction is known.
CALLEE_MEANS = {
    "incoming": {
        "callee_ringing": "agent_ringing",
        "callee_answered": "agent_answered",
        "callee_rejected": "agent_rejected",
        "callee_no_answer": "agent_no_answer",
        "callee_busy": "agent_unavailable",
        "callee_failed": "agent_unavailable",
    },
    "outgoing": {
        "callee_ringing": "customer_ringing",
        "callee_answered": "customer_answered",
        "callee_rejected": "customer_rejected",
        "callee_no_answer": "dial_timeout",
        "callee_busy": "dial_failed",
        "callee_failed": "dial_failed",
    },
}

IVR_EVENTS = {"ivr_started", "ivr_input", "ivr_ended"}
WELCOME_EVENTS = {"welcome_started", "welcome_ended"}
QUEUE_EVENTS = {"queue_joined", "queue_left"}
VOICEMAIL_EVENTS = {"voicemail_started", "voicemail_left"}

# What events may say about the direction; the first that any of them says is the call's.
STATED = ["incoming", "outgoing", "internal"]
ASSUMED = ["assumed_incoming", "assumed_outgoing", "assumed_internal"]
DIRECTIONS = STATED + ASSUMED
# Who may have ended a call, in the order at one instant. Sides are resolved after that.
PARTIES = ["customer", "calling", "called", "agent", "system"]
SIDES = {
    "incoming": {"calling": "customer", "called": "agent"},
    "outgoing": {"calling": "agent", "called": "customer"},
}

DIRECTION_SYNONYMS = {
    "inbound": "incoming",
    "outbound": "outgoing",
    "assumed_inbound": "assumed_incoming",
    "assumed_outbound": "assumed_outgoing",
}
PARTY_SYNONYMS = {
    "caller": "customer",
    "client": "customer",
    "contact": "customer",
    "external": "customer",
    "user": "agent",
    "member": "agent",
    "operator": "agent",
    "representative": "agent",
    "platform": "system",
    "pbx": "system",
    "network": "system",
    "carrier": "system",
}
ANSWERS = {"agent_answered", "callee_answered", "customer_answered"}
FAILURES = {"dial_failed", "callee_failed"}
LEFT_BECAUSE = {"connected", "abandoned", "timeout", "full", "empty", "key", "callback"}
ANSWER_KINDS = {"human", "machine", "unproven"}
LEFT_SYNONYMS = {"abandon": "abandoned"}
ANSWER_SYNONYMS = {"voicemail": "machine", "answering_machine": "machine", "amd": "machine"}
FAILURE_SYNONYMS = {"busy": "number_busy", "invalid_number": "not_in_service", "unallocated": "not_in_service"}

# Instead of a number: nobody is to know it. The digits spell ANONYMOUS and RESTRICTED on a keypad.
WITHHELD_WORDS = {"anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "-1"}
WITHHELD_DIGITS = {"266696687", "7378742833"}

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
    time_zone: str = "UTC"
    # Rows of raw.phone_numbers, raw.agents and raw.business_hours, all of one load, as dictionaries of what is said.
    phone_numbers: tuple = ()
    agents: tuple = ()
    business_hours: tuple = ()


# --------------------------------------------------------------------------------------------------------------------
# Words, seconds, numbers
# --------------------------------------------------------------------------------------------------------------------

WHITE_SPACE = " \t\n\r\v\f\u00a0"  # the last one is the no-break space


def none_if_empty(value):
    return None if value == "" else value


def spelled(word):
    """The word without regard to case, white space around it, and `-` or a blank for `_`."""
    if word is None:
        return None
    return none_if_empty(word.strip(WHITE_SPACE).lower().replace("-", "_").replace(" ", "_"))


def read_direction(sent):
    word = spelled(sent)
    return DIRECTION_SYNONYMS.get(word, word)


def read_party(sent):
    """None where it is none of the known ones."""
    word = spelled(sent)
    word = PARTY_SYNONYMS.get(word, word)
    return word if word in PARTIES else None


def read_reason(event_type, sent):
    """A reason that decides something is a word; any other is free text, as it was sent."""
    word = spelled(sent)
    if event_type == "queue_left":
        word = LEFT_SYNONYMS.get(word, word)
        return word if word in LEFT_BECAUSE else None
    if event_type in ANSWERS:
        word = ANSWER_SYNONYMS.get(word, word)
        return word if word in ANSWER_KINDS else None
    if event_type in FAILURES:
        word = FAILURE_SYNONYMS.get(word, word)
        return word if word in ("number_busy", "not_in_service") else sent
    if event_type == "dial_blocked":
        return word if word == "country_restricted" else sent
    return sent


NUMBER = r"\d+(?:[.,]\d+)?|[.,]\d+"
PLAIN_SECONDS = re.compile(rf"([+-]?(?:{NUMBER})(?:e[+-]?\d+)?) ?s?")
CLOCK = re.compile(r"(?:(\d+):)?(\d+):([0-5]?\d(?:[.,]\d+)?)")


def read_seconds(sent):
    """A number of seconds that is not negative and no more than 1e12; None where that cannot be read."""
    if isinstance(sent, timedelta):
        seconds = sent.total_seconds()
    elif isinstance(sent, time):
        seconds = sent.hour * 3600 + sent.minute * 60 + sent.second + sent.microsecond / 1e6
    elif isinstance(sent, str):
        seconds = seconds_of_text(sent.strip(WHITE_SPACE).lower())
    else:
        seconds = sent
    if seconds is None or not 0 <= seconds <= 1e12:
        return None
    return float(seconds)


def seconds_of_text(text):
    """`12`, `12.5`, `12,5`, `12 s`, `1:05`, `0:01:05`."""
    if plain := PLAIN_SECONDS.fullmatch(text):
        return float(plain[1].replace(",", "."))
    if clock := CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        if hours is not None and int(minutes) > 59:
            return None
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    return None


def is_withheld(number):
    word = number.strip(WHITE_SPACE).lower()
    if word in WITHHELD_WORDS or word.startswith("anonymous@"):
        return True
    digits = re.sub(r"[\s()\[\]{}\-'\"=\u00a0]", "", word)
    digits = re.sub(r"^(\+|00)", "", digits)
    return digits in WITHHELD_DIGITS or not digits.strip("0")


def read_number(sent):
    """As it was sent; None where it says withheld."""
    return None if sent is None or is_withheld(sent) else sent


# --------------------------------------------------------------------------------------------------------------------
# Events
# --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One raw row, as it is read: empty strings are nulls, unusable times are missing, words are the known ones."""

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
    reported_status: str | None
    attributes: str | None


COLUMNS = [field.name for field in fields(Event)]
TIMES = {"occurred_at", "loaded_at"}


def sent_values(row: dict) -> dict:
    """Column → value as it was sent, with null for an empty one."""
    return {name: none_if_empty(row.get(name)) for name in COLUMNS}


def read_event(row: dict) -> Event:
    values = sent_values(row)
    for name in TIMES:
        # Python's own range is the allowed one, years 1 to 9999: whatever is beyond it comes as text.
        if not isinstance(values[name], datetime):
            values[name] = None
    values["source_system"] = values["source_system"] or "canonical"
    values["event_type"] = spelled(values["event_type"])
    values["direction"] = read_direction(values["direction"])
    values["party"] = read_party(values["party"])
    values["reason"] = read_reason(values["event_type"], values["reason"])
    values["seconds"] = read_seconds(values["seconds"])
    for name in ("customer_number", "business_number"):
        values[name] = read_number(values[name])
    return Event(**values)


def is_plausible(moment: datetime) -> bool:
    return 1990 <= moment.year < 2100


def quarantine_reason(event: Event) -> str | None:
    """The first reason to refuse the event, None for a valid one."""
    if event.event_id is None:
        return "missing_event_id"
    if event.call_id is None:
        return "missing_call_id"
    if event.occurred_at is None:
        return "missing_occurred_at"
    if event.loaded_at is None or not is_plausible(event.loaded_at):
        return "missing_loaded_at"
    if not is_plausible(event.occurred_at):
        return "implausible_occurred_at"
    if event.event_type not in EVENT_TYPES:
        return "unknown_event_type"
    if event.direction is not None and event.direction not in DIRECTIONS:
        return "unknown_direction"
    # Only a stated direction refuses an event, an assumed one never.
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


def latest_ones(events):
    """The events of the last instant."""
    last = latest_time(events)
    return [e for e in events if e.occurred_at == last]


def latest_value(events, column):
    """The value on the latest event that carries one; the smallest at a tie."""
    carrying = [e for e in events if getattr(e, column) is not None]
    return min((getattr(e, column) for e in latest_ones(carrying)), default=None)


def any_after(events, moment):
    return any(e.occurred_at > moment for e in events)


def seconds_between(start, end):
    """Never negative; null without a start or an end."""
    if start is None or end is None:
        return None
    return max((end - start).total_seconds(), 0.0)


# --------------------------------------------------------------------------------------------------------------------
# Which way the call goes, and what that makes of its events
# --------------------------------------------------------------------------------------------------------------------


def direction(events):
    """What an event states comes before what events assume."""
    said = {e.direction for e in events}
    first = next((candidate for candidate in DIRECTIONS if candidate in said), None)
    return first and first.removeprefix("assumed_")


def has_conflicting_direction(events):
    return len({e.direction for e in events} & set(STATED)) > 1


def as_of_direction(events, call_direction):
    """The same events with the plain names for those of the callee; a call of no such direction keeps them."""
    return [as_plain_event(e, CALLEE_MEANS.get(call_direction, {})) for e in events]


def as_plain_event(event, meaning):
    if event.event_type not in meaning:
        return event
    plain = {"event_type": meaning[event.event_type]}
    if plain["event_type"] == "dial_failed":
        plain["reason"] = "number_busy" if event.event_type == "callee_busy" else event.reason
    if plain["event_type"] not in LEG_EVENTS:
        # Whoever it names is no agent of ours.
        plain["agent_id"] = None
    return replace(event, **plain)


def side(party, call_direction):
    """Who `calling` and `called` are; any other party is itself."""
    return SIDES.get(call_direction, {}).get(party, party)


# --------------------------------------------------------------------------------------------------------------------
# Evidence of a call. From here on events bear plain names.
# --------------------------------------------------------------------------------------------------------------------


def message_left(events, settings):
    return any(
        e.seconds is None or e.seconds >= settings.min_voicemail_seconds for e in of_type(events, "voicemail_left")
    )


def by_machine(events):
    """Answers of an agent's or a forwarding target's mailbox."""
    return [e for e in of_type(events, "agent_answered") if e.reason == "machine"]


def not_by_machine(events):
    return [e for e in of_type(events, "agent_answered") if e.reason != "machine"]


def answers(events, settings):
    """On an incoming call a machine's is none, and an unproven one is none where a message was left."""
    if direction(events) == "outgoing":
        return of_type(events, "customer_answered")
    if message_left(events, settings):
        return [e for e in not_by_machine(events) if e.reason != "unproven"]
    return not_by_machine(events)


def is_every_answer_unproven(events, settings):
    found = answers(events, settings)
    return bool(found) and all(e.reason == "unproven" for e in found)


def leg_of(event):
    """The leg's name; None is the one anonymous leg."""
    return event.leg_id or event.agent_id


def legs(events):
    """leg → its agent events."""
    by_leg = defaultdict(list)
    for e in of_type(events, *LEG_EVENTS):
        by_leg[leg_of(e)].append(e)
    return dict(by_leg)


def ringing_proofs(leg_events):
    """The events that make a leg rung."""
    return of_type(leg_events, "agent_ringing", "agent_rejected", "agent_no_answer") + not_by_machine(leg_events)


def leg_answers(leg_events, events, settings):
    """The leg's answers. On an outgoing call none of them is the call's."""
    if direction(events) == "outgoing":
        return not_by_machine(leg_events)
    return [e for e in leg_events if e in answers(events, settings)]


def is_rejected(leg_events, events, settings):
    return bool(of_type(leg_events, "agent_rejected")) and not leg_answers(leg_events, events, settings)


def rung_legs(events):
    return [leg_events for leg_events in legs(events).values() if ringing_proofs(leg_events)]


def rejected_legs(events, settings):
    return [leg_events for leg_events in rung_legs(events) if is_rejected(leg_events, events, settings)]


def voicemail_reached(events):
    if of_type(events, *VOICEMAIL_EVENTS):
        return True
    return direction(events) == "incoming" and bool(by_machine(events))


def goings_on(events, settings):
    """What shows that a call went on: an answer, a ring at an agent, on outgoing calls also an agent's answer."""
    found = answers(events, settings) + of_type(events, "agent_ringing")
    if direction(events) == "outgoing":
        found += not_by_machine(events)
    return found


def end(events, settings):
    """The events that are the call's end, all of one instant; none where the call has no end yet."""
    call_ends, part_ends = of_type(events, "call_ended"), of_type(events, "part_ended")
    if call_ends:
        # An end with something after it was the end of a part: one that was sent at a transfer.
        went_on = any_after(goings_on(events, settings), earliest_time(call_ends))
        return latest_ones(call_ends) if went_on else earliest_ones(call_ends)
    if part_ends and not any_after(goings_on(events, settings), latest_time(part_ends)):
        return latest_ones(part_ends)
    return []


def first_party(events):
    """Whom the events of one instant name."""
    named = {e.party for e in events}
    return next((party for party in PARTIES if party in named), None)


def ended_by(events, settings):
    ending = end(events, settings)
    if ending and not of_type(events, "call_ended"):
        # The latest of all parts that names somebody, not only of those that end last.
        ending = latest_ones([e for e in of_type(events, "part_ended") if e.party is not None])
    return side(first_party(ending), direction(events))


def is_end_inferred(events, settings):
    return not end(events, settings)


def still_in_queue(events):
    joined, left = of_type(events, "queue_joined"), of_type(events, "queue_left")
    if not joined or not left:
        return bool(joined)
    if latest_time(joined) != latest_time(left):
        return latest_time(joined) > latest_time(left)
    into, out_of = queue_of_instant(latest_ones(joined)), queue_of_instant(latest_ones(left))
    return into is not None and out_of is not None and into != out_of


def queue_of_instant(events):
    """Of several at one instant one without a queue counts, else the smallest name."""
    names = [e.queue for e in events]
    return None if None in names else min(names)


def queue_abandoned(events, settings):
    if left_because(events, "abandoned"):
        return True
    return still_in_queue(events) and ended_by(events, settings) == "customer"


def left_because(events, *reasons):
    return any(e.reason in reasons for e in of_type(events, "queue_left"))


def turned_away(events):
    blocked = {"incoming": "caller_blocked", "outgoing": "dial_blocked"}.get(direction(events))
    return bool(of_type(events, blocked))


def is_concluded(events, settings):
    if direction(events) not in ("incoming", "outgoing"):
        return False
    timeout = timedelta(hours=settings.open_call_timeout_hours)
    timed_out = settings.as_of - latest_time(events) >= timeout
    return bool(end(events, settings)) or turned_away(events) or timed_out


# --------------------------------------------------------------------------------------------------------------------
# The incoming rules, in order. Each gives None where it does not match, else (status, reason, is_status_inferred).
# --------------------------------------------------------------------------------------------------------------------


def incoming_answered(events, settings):
    if not answers(events, settings):
        return None
    if is_every_answer_unproven(events, settings):
        return "Completed", "answer_unproven", True
    return "Completed", "agent_answered", False


def incoming_message_left(events, settings):
    if message_left(events, settings):
        return "Voicemail", "message_left", False


def incoming_blocked(events, settings):
    if of_type(events, "caller_blocked"):
        return "Rejected", "blocked_caller", False


def incoming_after_hours(events, settings):
    got_further = rung_legs(events) or of_type(events, *QUEUE_EVENTS)
    if got_further:
        return None
    if of_type(events, "after_hours_message_started"):
        return "Call Not Set-Up", "after_hours_message", False
    if is_outside_business_hours(events, settings) and plays_message(called_number(events), settings):
        return "Call Not Set-Up", "outside_business_hours", True


def incoming_rejected(events, settings):
    rejected, rung = rejected_legs(events, settings), rung_legs(events)
    if settings.reject_rule == "any" and rejected:
        return "Rejected", "agent_rejected", False
    if settings.reject_rule == "all" and rejected and len(rejected) == len(rung):
        return "Rejected", "all_agents_rejected", False


def incoming_rung_unanswered(events, settings):
    if not rung_legs(events):
        return None
    if voicemail_reached(events):
        reason = "voicemail_no_message"
    elif left_because(events, "callback"):
        reason = "callback_requested"
    elif left_because(events, "key"):
        reason = "caller_left_queue"
    elif ended_by(events, settings) == "customer" or queue_abandoned(events, settings):
        reason = "caller_hung_up_ringing"
    else:
        reason = "ring_timeout"
    return "Missed", reason, is_end_inferred(events, settings)


def incoming_queue_abandoned(events, settings):
    if queue_abandoned(events, settings):
        return "Missed", "caller_hung_up_queue", False
    if left_because(events, "callback"):
        return "Missed", "callback_requested", False
    if left_because(events, "key"):
        return "Missed", "caller_left_queue", False


def incoming_unavailable(events, settings):
    if of_type(events, "number_unavailable"):
        return "Unavailable", "number_unavailable", False
    if of_type(events, "agent_unavailable"):
        return "Unavailable", "agent_unavailable", False
    for reason in ("empty", "full", "timeout"):
        if left_because(events, reason):
            return "Unavailable", f"queue_{reason}", False
    if voicemail_reached(events):
        return "Unavailable", "voicemail_no_message", False
    if of_type(events, *QUEUE_EVENTS):
        return "Unavailable", "queue_not_served", is_end_inferred(events, settings)


def incoming_ivr(events, settings):
    if of_type(events, *IVR_EVENTS):
        return ("IVR", *who_left_during("ivr", ended_by(events, settings)))


def incoming_welcome(events, settings):
    if of_type(events, *WELCOME_EVENTS):
        return ("Welcome Message", *who_left_during("welcome", ended_by(events, settings)))


def who_left_during(stage, party):
    """The reason of the two message stages: certain only where the caller hung up."""
    if party == "customer":
        return f"caller_hung_up_{stage}", False
    if party == "system":
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
    """What this event of an outgoing call says about the dial; None if it says nothing."""
    if event.event_type == "customer_rejected":
        return "declined"
    if event.event_type == "dial_failed":
        return event.reason if event.reason in ("number_busy", "not_in_service") else "failed"
    if event.event_type == "dial_timeout":
        return "timed_out"
    if event.event_type in ENDS:
        # Every end counts here, not only the one that is the call's.
        ended = {"agent": "ended_by_agent", "customer": "ended_by_customer"}
        return ended.get(side(event.party, "outgoing"))
    return None


def dial_outcome(events):
    """What the earliest event that says something about the dial says; at one instant the first of DIAL_OUTCOMES."""
    found = [(e.occurred_at, DIAL_OUTCOMES.index(outcome)) for e in events if (outcome := dial_outcome_of(e))]
    return DIAL_OUTCOMES[min(found)[1]] if found else None


def outgoing_answered(events, settings):
    found = answers(events, settings)
    if not found:
        return None
    if is_every_answer_unproven(events, settings):
        return "Completed", "answer_unproven", True
    proven = [e for e in found if e.reason != "unproven"]
    if any(e.reason == "machine" for e in earliest_ones(proven)):
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
    events = as_of_direction(events, direction(events))
    for rule in RULES[direction(events)]:
        outcome = rule(events, settings)
        if outcome is not None:
            return (rule.__name__, *outcome)
    raise AssertionError("the last rule matches every call")


# --------------------------------------------------------------------------------------------------------------------
# Business hours
# --------------------------------------------------------------------------------------------------------------------


def number_key(number):
    """The digits of a number; what is no number is its own key. None for None."""
    if number is None:
        return None
    bare = "".join(mark for mark in number.lower() if mark not in " ()-./'=\"")
    return bare.removeprefix("+") if bare.startswith("+") else bare.removeprefix("00")


def called_number(events):
    return earliest_value(events, "business_number")


def description(number, settings):
    """What the firm says of a number, or nothing."""
    same = [row for row in settings.phone_numbers if number_key(row["number"]) == number_key(number)]
    return same[-1] if same else {}


def plays_message(number, settings):
    return bool(description(number, settings).get("has_after_hours_message"))


def local_time(moment, number, settings):
    zone = ZoneInfo(description(number, settings).get("time_zone") or settings.time_zone)
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def openings_of_day(number, day, settings):
    """(from, to) in local time of all openings that begin on a day. None where nothing is said of that day."""
    own = [row for row in settings.business_hours if number_key(row.get("business_number")) == number_key(number)]
    own = own if number is not None else []
    everybody = [row for row in settings.business_hours if row.get("business_number") is None]
    if not own and not everybody:
        return None
    midnight = datetime.combine(day, time())
    for dated in (own, everybody):
        rows = [row for row in dated if row.get("date") == day]
        if rows:
            break
    else:
        week = [row for row in own if row.get("weekday")] or [row for row in everybody if row.get("weekday")]
        if not week:
            return None
        rows = [row for row in week if row["weekday"] == day.isoweekday()]
    found = []
    for row in rows:
        if row.get("opens_at") is not None:
            opens, closes = minutes(row["opens_at"]), minutes(row["closes_at"])
            closes += 0 if closes > opens else 24 * 60
            found.append((midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)))
    return found


def minutes(clock):
    """Since midnight, of a text such as 09:00."""
    hour, minute = clock.split(":")[:2]
    return int(hour) * 60 + int(minute)


def is_outside_business_hours(events, settings):
    """Of an incoming call; None where the number's hours are not known."""
    if direction(events) != "incoming":
        return None
    local = local_time(earliest_time(events), called_number(events), settings)
    days = [openings_of_day(called_number(events), local.date() - timedelta(days=back), settings) for back in (0, 1)]
    if days[0] is None:
        return None
    return not any(opens <= local < closes for day in days for opens, closes in day or [])


# --------------------------------------------------------------------------------------------------------------------
# fct_calls
# --------------------------------------------------------------------------------------------------------------------


def rings(events):
    return of_type(events, "agent_ringing" if direction(events) == "incoming" else "customer_ringing")


def ended_at(events, settings):
    """The end, else the last event; never before the latest answer."""
    moment = latest_time(end(events, settings)) or latest_time(events)
    return max([moment, *(e.occurred_at for e in answers(events, settings))])


def agent_of_answer(events, settings):
    """The agent of the leg that answered first; the smallest at a tie."""
    first = earliest_time(answers(events, settings))
    found = [
        earliest_value(leg_events, "agent_id")
        for leg_events in legs(events).values()
        if first is not None and earliest_time(leg_answers(leg_events, events, settings)) == first
    ]
    return min((agent for agent in found if agent is not None), default=None)


def call_agent(events, settings):
    if direction(events) == "incoming":
        return agent_of_answer(events, settings)
    # While the direction is not known the callee could be anybody.
    return earliest_value([e for e in events if e.event_type not in CALLEE_EVENTS], "agent_id")


def cause(events):
    """One pair: the latest event's that carries a code; at a tie the smallest, by code, then scheme (none first)."""
    coded = latest_ones([e for e in events if e.cause_code is not None])
    code, scheme = min(((e.cause_code, e.cause_scheme or "") for e in coded), default=(None, None))
    return scheme or None, code


def voicemail_seconds(events):
    """Of the longest message, one that is too short to count too."""
    lengths = [e.seconds for e in of_type(events, "voicemail_left") if e.seconds is not None]
    return max(lengths, default=None)


def call_row(events, settings):
    rule, status, reason, inferred = decide(events, settings)
    started, ended = earliest_time(events), ended_at(events, settings)
    queued = earliest_time(of_type(events, "queue_joined"))
    first_ring = earliest_time(rings(events))
    answered = earliest_time(answers(events, settings))
    waiting_since = min((t for t in (queued, first_ring) if t is not None), default=None)
    # No duration runs to an end that is inferred.
    certain_end = None if is_end_inferred(events, settings) else ended
    answer_or_end = answered or certain_end
    cause_scheme, cause_code = cause(events)
    row = {
        "source_system": events[0].source_system,
        "source": "canonical",
        "call_id": events[0].call_id,
        "direction": direction(events),
        "status": status,
        "status_reason": reason,
        "status_rule": rule,
        "is_status_inferred": inferred,
        "status_could_also_be": None,  # canonical events prove all
        "reported_status": latest_value(events, "reported_status"),
        "is_answered": answered is not None,
        "has_conflicting_direction": has_conflicting_direction(events),
        "customer_number": earliest_value(events, "customer_number"),
        "business_number": earliest_value(events, "business_number"),
        "queue": earliest_value(events, "queue"),
        "last_queue": latest_value(of_type(events, "queue_joined"), "queue") or earliest_value(events, "queue"),
        "agent_id": call_agent(events, settings),
        "agents_rung": len(rung_legs(events)),
        "agents_rejected": len(rejected_legs(events, settings)),
        "reached_welcome": bool(of_type(events, *WELCOME_EVENTS)),
        "reached_ivr": bool(of_type(events, *IVR_EVENTS)),
        "reached_queue": bool(of_type(events, *QUEUE_EVENTS)),
        "reached_voicemail": voicemail_reached(events),
        "has_voicemail": message_left(events, settings),
        "voicemail_seconds": voicemail_seconds(events),
        "is_after_hours": bool(of_type(events, "after_hours_message_started")),
        "is_outside_business_hours": is_outside_business_hours(events, settings),
        "is_transferred": bool(of_type(events, "transferred")),
        "ended_by": ended_by(events, settings),
        "is_end_inferred": is_end_inferred(events, settings),
        "cause_scheme": cause_scheme,
        "cause_code": cause_code,
        "started_at": started,
        "queued_at": queued,
        "first_ring_at": first_ring,
        "answered_at": answered,
        "ended_at": ended,
        "wait_seconds": seconds_between(waiting_since, answer_or_end),
        "ring_seconds": seconds_between(first_ring, answer_or_end),
        "talk_seconds": seconds_between(answered, certain_end),
        "total_seconds": seconds_between(started, certain_end),
        "last_loaded_at": max(e.loaded_at for e in events),
    }
    if status == "Call Not Set-Up":
        row["status_message"] = OUT_OF_HOURS_MESSAGE
    return row


# --------------------------------------------------------------------------------------------------------------------
# fct_call_legs: agents' legs of an incoming call
# --------------------------------------------------------------------------------------------------------------------


def has_row(leg_events):
    """A leg that somebody only left, or a mailbox only answered, says nothing about an agent."""
    return any(e.event_type != "agent_disconnected" and e not in by_machine(leg_events) for e in leg_events)


def leg_status(leg_events, other_legs, events, settings):
    """`other_legs`: the events of each other leg of the call."""
    if leg_answers(leg_events, events, settings):
        return "answered"
    if is_rejected(leg_events, events, settings):
        return "rejected"
    if not ringing_proofs(leg_events):
        return "unavailable"
    ringing_since = earliest_time(of_type(leg_events, "agent_ringing")) or earliest_time(ringing_proofs(leg_events))
    others = [e for other in other_legs for e in leg_answers(other, events, settings)]
    if not of_type(leg_events, "agent_no_answer") and any(e.occurred_at >= ringing_since for e in others):
        return "answered_elsewhere"
    return "missed"


def first_answers(some_legs, events, settings):
    """When each of these legs first answered, of those that did."""
    found = [earliest_time(leg_answers(leg_events, events, settings)) for leg_events in some_legs]
    return [moment for moment in found if moment is not None]


def end_of_answered_leg(leg_events, other_legs, events, settings):
    """None: with the call."""
    answered = earliest_time(leg_answers(leg_events, events, settings))
    disconnected = [e.occurred_at for e in of_type(leg_events, "agent_disconnected") if e.occurred_at >= answered]
    if disconnected:
        return max(disconnected)
    # Somebody took over, if the call was handed on in between.
    next_answer = min((t for t in first_answers(other_legs, events, settings) if t > answered), default=None)
    if next_answer is None:
        return None
    first_end = earliest_time(of_type(events, *ENDS))
    handed_on = of_type(events, "transferred") or (first_end is not None and answered <= first_end <= next_answer)
    return next_answer if handed_on else None


def end_of_unanswered_leg(leg_events, other_legs, events, settings):
    """None: with the call."""
    ringing = earliest_time(of_type(leg_events, "agent_ringing"))
    stopping = of_type(leg_events, "agent_rejected", "agent_no_answer") + by_machine(leg_events)
    if stopping:
        stopped = earliest_time(stopping)
        return latest_time(stopping) if ringing is not None and stopped < ringing else stopped
    since = ringing or earliest_time(leg_events)
    return min((t for t in first_answers(other_legs, events, settings) if t >= since), default=None)


def leg_row(leg, leg_events, other_legs, events, settings):
    answered = earliest_time(leg_answers(leg_events, events, settings))
    ringing = earliest_time(of_type(leg_events, "agent_ringing"))
    leg_end = end_of_answered_leg if answered else end_of_unanswered_leg
    ended = leg_end(leg_events, other_legs, events, settings)
    certain_end = ended
    if ended is None:
        ended = ended_at(events, settings)
        certain_end = None if is_end_inferred(events, settings) else ended
    return {
        "leg": leg,
        "source_system": events[0].source_system,
        "call_id": events[0].call_id,
        "agent_id": earliest_value(leg_events, "agent_id"),
        "leg_status": leg_status(leg_events, other_legs, events, settings),
        "call_started_at": earliest_time(events),
        "ringing_at": ringing,
        "answered_at": answered,
        "ended_at": ended,
        "ring_seconds": seconds_between(ringing, answered or certain_end),
        "talk_seconds": seconds_between(answered, certain_end),
    }


def leg_rows(events, settings):
    all_legs = legs(events)
    return [
        leg_row(leg, leg_events, [all_legs[other] for other in all_legs if other != leg], events, settings)
        for leg, leg_events in all_legs.items()
        if has_row(leg_events)
    ]


# --------------------------------------------------------------------------------------------------------------------
# fct_queue_visits: the queues of an incoming call
# --------------------------------------------------------------------------------------------------------------------

# Of several reasons for which a queue was left at one instant, the first. Of `connected` nothing comes.
EXITS = ["abandoned", "callback", "empty", "full", "key", "timeout"]
# Reasons of a status that say that the caller hung up while waiting.
CALLER_HUNG_UP = {"caller_hung_up_queue", "caller_hung_up_ringing"}


def queues(events):
    """queue → its events. Queues without a name are one."""
    by_queue = defaultdict(list)
    for e in of_type(events, *QUEUE_EVENTS):
        by_queue[e.queue].append(e)
    return dict(by_queue)


def is_answered_in(queue, events, settings):
    """Whether this queue was joined last before the answer; a queue without a name comes before others of that instant."""
    answered = earliest_time(answers(events, settings))
    if answered is None:
        return False
    joins = [e for e in of_type(events, "queue_joined") if e.occurred_at <= answered]
    latest = {e.queue for e in latest_ones(joins)}
    return queue in latest and queue == min(latest, key=lambda name: name or "")


def exit_reason(queue_events):
    """Why the queue was left at last; None where nothing says."""
    said = {e.reason for e in latest_ones(of_type(queue_events, "queue_left"))}
    return next((reason for reason in EXITS if reason in said), None)


def visit_outcome(queue, queue_events, events, settings):
    if is_answered_in(queue, events, settings):
        return "answered"
    left = latest_time(of_type(queue_events, "queue_left"))
    elsewhere = [e for e in of_type(events, "queue_joined") if e.queue != queue]
    if left is not None and any(e.occurred_at >= left for e in elsewhere):
        return "overflow"
    if reason := exit_reason(queue_events):
        return reason
    return "abandoned" if decide(events, settings)[2] in CALLER_HUNG_UP else "not_served"


def visit_row(queue, queue_events, events, settings):
    joined = earliest_time(of_type(queue_events, "queue_joined"))
    left = latest_time(of_type(queue_events, "queue_left"))
    outcome = visit_outcome(queue, queue_events, events, settings)
    call_end = ended_at(events, settings)
    waited_until = left or (None if is_end_inferred(events, settings) else call_end)
    if outcome == "answered":
        waited_until = earliest_time(answers(events, settings))
    first_rings = [earliest_time(of_type(leg_events, "agent_ringing")) for leg_events in legs(events).values()]
    return {
        "source_system": events[0].source_system,
        "call_id": events[0].call_id,
        "queue": queue,
        "call_started_at": earliest_time(events),
        "joined_at": joined,
        "left_at": left,
        "wait_seconds": seconds_between(joined, waited_until),
        "agents_rung": len([t for t in first_rings if t and joined and joined <= t <= (left or call_end)]),
        "outcome": outcome,
    }


def visit_rows(events, settings):
    return [visit_row(queue, queue_events, events, settings) for queue, queue_events in queues(events).items()]


# --------------------------------------------------------------------------------------------------------------------
# fct_open_calls
# --------------------------------------------------------------------------------------------------------------------


def reached_stages(events, settings):
    """Every stage that an incoming or outgoing call has shown so far."""
    yield "started"
    if of_type(events, *WELCOME_EVENTS):
        yield "welcome"
    if of_type(events, *IVR_EVENTS):
        yield "ivr"
    if of_type(events, "after_hours_message_started"):
        yield "after_hours"
    if of_type(events, *QUEUE_EVENTS):
        yield "queue"
    if rung_legs(events) if direction(events) == "incoming" else of_type(events, "customer_ringing"):
        yield "ringing"
    if voicemail_reached(events):
        yield "voicemail"
    if answers(events, settings):
        yield "connected"


def stage(events, settings):
    """The furthest. A call of unknown direction could still turn out to be either."""
    if direction(events) is not None:
        return max(reached_stages(events, settings), key=STAGES.index)
    furthest = max((stage(read_as(events, either), settings) for either in CALLEE_MEANS), key=STAGES.index)
    return "direction_unknown" if furthest == "started" else furthest


def read_as(events, call_direction):
    """What the events would be if they said that direction."""
    return as_of_direction([replace(e, direction=call_direction) for e in events], call_direction)


def open_call_row(events, settings):
    return {
        "source_system": events[0].source_system,
        "call_id": events[0].call_id,
        "direction": direction(events),
        "stage": stage(events, settings),
        "started_at": earliest_time(events),
        "last_event_at": latest_time(events),
        "customer_number": earliest_value(events, "customer_number"),
        "business_number": earliest_value(events, "business_number"),
        "queue": earliest_value(events, "queue"),
        "agent_id": call_agent(events, settings),
    }


# --------------------------------------------------------------------------------------------------------------------
# call_timeline
# --------------------------------------------------------------------------------------------------------------------


def timeline_rows(events):
    """One row an event, a repeat once: one that differs in nothing but when it was loaded."""
    distinct = {replace(e, loaded_at=None) for e in events}
    return [
        {
            "source_system": e.source_system,
            "call_id": e.call_id,
            "event_id": e.event_id,
            "occurred_at": e.occurred_at,
            "event_type": e.event_type,
        }
        for e in distinct
    ]


# --------------------------------------------------------------------------------------------------------------------
# quarantined_call_events, event_accounting, unmapped_source_values
# --------------------------------------------------------------------------------------------------------------------


def quarantined_row(row, event, reason):
    """The words as they were sent."""
    sent = sent_values(row)
    return {
        "event_id": event.event_id,
        "source_system": event.source_system,
        "call_id": event.call_id,
        "event_type": sent["event_type"],
        "direction": sent["direction"],
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
        # A canonical event is its own record.
        "raw_records": len(events),
        "silent_records": 0,
    }


def unmapped_values(row):
    """(field, value as it was sent) of what this row says in words that nothing maps."""
    sent, event = sent_values(row), read_event(row)
    if event.event_type is not None and event.event_type not in EVENT_TYPES:
        yield "event_type", sent["event_type"]
    if event.direction is not None and event.direction not in DIRECTIONS:
        yield "direction", sent["direction"]
    if spelled(sent["party"]) is not None and event.party is None:
        yield "party", sent["party"]
    # Where a reason decides by itself, one that is not known counts as none. Elsewhere reasons are free text.
    if spelled(sent["reason"]) is not None and event.reason is None:
        yield "reason", sent["reason"]
    if sent["seconds"] is not None and event.seconds is None:
        is_number = isinstance(sent["seconds"], (int, float))
        yield "seconds", ("below 0" if sent["seconds"] < 0 else "not a length") if is_number else sent["seconds"]


def unmapped_rows(rows):
    """Of all rows, those that are refused too."""
    found = Counter((read_event(row).source_system, *unmapped) for row in rows for unmapped in unmapped_values(row))
    return [
        {"source_system": source_system, "field": field, "value": value, "occurrences": count}
        for (source_system, field, value), count in found.items()
    ]


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
        "fct_queue_visits": [],
        "fct_open_calls": [],
        "call_timeline": [],
        "quarantined_call_events": [
            quarantined_row(row, e, reason) for row, e in zip(rows, events) if (reason := quarantine_reason(e))
        ],
        "event_accounting": accounting_rows(events),
        "unmapped_source_values": unmapped_rows(rows),
    }
    for call_events in calls(events):
        call_direction = direction(call_events)
        if call_direction == "internal":
            continue
        out["call_timeline"].extend(timeline_rows(call_events))
        call_events = as_of_direction(call_events, call_direction)
        if not is_concluded(call_events, settings):
            out["fct_open_calls"].append(open_call_row(call_events, settings))
            continue
        out["fct_calls"].append(call_row(call_events, settings))
        if call_direction == "incoming":
            out["fct_call_legs"].extend(leg_rows(call_events, settings))
            out["fct_queue_visits"].extend(visit_rows(call_events, settings))
    return out
