"""The KPIs in plain Python: a second computation, from rows of calls and of legs, which shares nothing with the SQL.

The rows are those of `fct_calls` and `fct_call_legs`, or what tests/rules/reference.py makes of raw events. Every group,
every rate and every call-back is worked out here from what a call says of itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.reference import is_withheld

STATUS_OF_SHARE = {
    "missed": "Missed",
    "rejected": "Rejected",
    "voicemail": "Voicemail",
    "unavailable": "Unavailable",
    "ivr_drop": "IVR",
    "welcome_drop": "Welcome Message",
    "after_hours": "Call Not Set-Up",
}


@dataclass(frozen=True)
class Firm:
    """What the KPIs depend on beside the calls."""

    as_of: datetime
    service_level_seconds: float = 20
    short_abandon_seconds: float = 5
    callback_window_hours: float = 72
    zones: Mapping[str, str] = field(default_factory=dict)  # business number → time zone


def id_of(row: dict) -> tuple:
    return row["source_system"], row["call_id"]


def caller_of(call: dict) -> str | None:
    """The digits of the customer's number; None where nobody is to know it."""
    number = call["customer_number"]
    if number is None or is_withheld(number):
        return None
    return re.sub(r"^00", "", re.sub(r"\D", "", number))


def local_start(call: dict, firm: Firm) -> datetime:
    zone = ZoneInfo(firm.zones.get(call["business_number"], "UTC"))
    return call["started_at"].replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


# ---- groups ---------------------------------------------------------------------------------------------------------


def is_incoming(call: dict) -> bool:
    return call["direction"] == "incoming"


def is_answered(call: dict) -> bool:
    return is_incoming(call) and call["status"] == "Completed"


def is_offered(call: dict) -> bool:
    if not is_incoming(call) or call["status_rule"] == "incoming_blocked":
        return False
    if call["status_reason"] == "number_unavailable":
        return False
    return call["reached_queue"] or call["agents_rung"] > 0 or call["status_reason"] == "agent_unavailable"


def is_abandoned(call: dict) -> bool:
    reasons = ("caller_hung_up_ringing", "caller_hung_up_queue")
    return is_incoming(call) and call["status"] == "Missed" and call["status_reason"] in reasons


def is_short(call: dict, firm: Firm) -> bool:
    wait = call["wait_seconds"]
    return is_abandoned(call) and wait is not None and wait < firm.short_abandon_seconds


def is_in_time(call: dict, firm: Firm) -> bool | None:
    """None where the call is not counted for the service level."""
    if not is_offered(call):
        return None
    if not is_answered(call):
        return False
    return None if call["wait_seconds"] is None else call["wait_seconds"] <= firm.service_level_seconds


# ---- call-backs -----------------------------------------------------------------------------------------------------


def followups(calls: list[dict], firm: Firm) -> dict[tuple, dict]:
    """Of every incoming call that is not Completed: whether it was returned, and how soon; else owed, expired or neither."""
    talks = defaultdict(list)
    for call in calls:
        if call["status"] == "Completed" and call["status_reason"] != "machine_answered":
            talks[caller_of(call)].append(call["started_at"])
    window = timedelta(hours=firm.callback_window_hours)
    found = {}
    for call in calls:
        if not is_incoming(call) or is_answered(call):
            continue
        end, caller = call["ended_at"], caller_of(call)
        contacts = [at for at in talks[caller] if end < at <= end + window] if caller else []
        state = None
        if contacts:
            state = "returned"
        elif caller and call["status_rule"] != "incoming_blocked":
            state = "owed" if end + window >= firm.as_of else "expired"
        found[id_of(call)] = {
            "state": state,
            "seconds": (min(contacts) - end).total_seconds() if contacts else None,
        }
    return found


# ---- KPIs -----------------------------------------------------------------------------------------------------------


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def percentile(values: Iterable[float | None], share: float) -> float | None:
    """Between the two nearest values, in proportion."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    place = share * (len(known) - 1)
    below = int(place)
    above = min(below + 1, len(known) - 1)
    return known[below] + (known[above] - known[below]) * (place - below)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def kpis(
    calls: list[dict], legs: list[dict], visits: list[dict], all_calls: list[dict], firm: Firm
) -> dict[str, float | None]:
    """Name of the KPI → its value over these calls, legs and visits of queues.

    `all_calls` has the other calls of the same callers, and what may be a call-back.
    """
    incoming = [call for call in calls if is_incoming(call)]
    outgoing = [call for call in calls if not is_incoming(call)]
    offered = [call for call in calls if is_offered(call)]
    answered = [call for call in calls if is_answered(call)]
    abandoned = [call for call in calls if is_abandoned(call)]
    in_queue = [call for call in abandoned if call["status_reason"] == "caller_hung_up_queue"]
    short = [call for call in calls if is_short(call, firm)]
    verdicts = [is_in_time(call, firm) for call in calls]
    in_time, counted = verdicts.count(True), len(verdicts) - verdicts.count(None)
    waits = [call["wait_seconds"] for call in answered]
    talk = mean(call["talk_seconds"] for call in calls if call["status"] == "Completed")

    connected = [call for call in outgoing if call["status"] == "Completed"]
    people = [call for call in connected if call["status_reason"] != "machine_answered"]

    callers = [caller_of(call) for call in incoming if caller_of(call)]
    calls_of_caller = defaultdict(int)
    for call in all_calls:
        if is_incoming(call):
            calls_of_caller[caller_of(call)] += 1

    tried = [leg["leg_status"] for leg in legs if leg["leg_status"] not in ("unavailable", "answered_elsewhere")]
    served = [visit for visit in visits if visit["outcome"] == "answered"]
    states = followups(all_calls, firm)
    of_these = [states[id_of(call)] for call in calls if id_of(call) in states]
    state = [followup["state"] for followup in of_these]

    values = {
        "calls": len(calls),
        "incoming_calls": len(incoming),
        "outgoing_calls": len(outgoing),
        "offered_calls": len(offered),
        "answered_calls": len(answered),
        "abandoned_calls": len(abandoned),
        "abandoned_in_queue_calls": len(in_queue),
        "abandoned_ringing_calls": len(abandoned) - len(in_queue),
        "short_abandoned_calls": len(short),
        "calls_within_service_level": in_time,
        "service_level_calls": counted,
        "answer_rate": share(len(answered), len(offered)),
        "answer_rate_of_all": share(len(answered), len(incoming)),
        "abandonment_rate": share(len(abandoned), len(offered)),
        "abandonment_rate_in_queue": share(len(in_queue), len(offered)),
        "abandonment_rate_ringing": share(len(abandoned) - len(in_queue), len(offered)),
        "service_level": share(in_time, counted),
        "service_level_without_short_abandons": share(in_time, counted - len(short)),
        "connected_calls": len(connected),
        "connected_human_calls": len(people),
        "canceled_calls": sum(call["status"] == "Canceled" for call in outgoing),
        "connect_rate": share(len(connected), len(outgoing)),
        "connect_rate_human": share(len(people), len(outgoing)),
        "average_speed_of_answer": mean(waits),
        "median_speed_of_answer": percentile(waits, 0.5),
        "p90_speed_of_answer": percentile(waits, 0.9),
        "average_wait_of_unanswered": mean(call["wait_seconds"] for call in offered if not is_answered(call)),
        "average_talk_time": talk,
        "average_handle_time": talk,
        "unique_callers": len(set(callers)),
        "repeat_callers": sum(calls_of_caller[caller] >= 2 for caller in set(callers)),
        "calls_of_known_callers": len(callers),
        "calls_per_number": share(len(callers), len(set(callers))),
        "legs": len(legs),
        "rung_legs": len(tried),
        "answered_legs": tried.count("answered"),
        "agent_answer_rate": share(tried.count("answered"), len(tried)),
        "queue_visits": len(visits),
        "answered_queue_visits": len(served),
        "queue_answer_rate": share(len(served), len(visits)),
        "callback_calls": len(state) - state.count(None),
        "returned_calls": state.count("returned"),
        "owed_callbacks": state.count("owed"),
        "unreturned_calls": state.count("owed") + state.count("expired"),
        "callback_rate": share(state.count("returned"), len(state) - state.count(None)),
        "median_time_to_callback": percentile((followup["seconds"] for followup in of_these), 0.5),
    }
    for name, status in STATUS_OF_SHARE.items():
        values[f"{name}_calls"] = sum(call["status"] == status for call in incoming)
        values[f"{name}_rate"] = share(values[f"{name}_calls"], len(incoming))
    return values
