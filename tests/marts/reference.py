"""The marts in plain Python: a second pair of eyes on macros/kpis and models/marts/kpis, written from their definitions.

It starts from raw events: the calls are those of the reference of the rules (tests/rules/reference.py), never the warehouse's.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from rules.reference import derive, description, local_time, number_key

QUEUE_OR_RINGING = {"caller_hung_up_queue", "caller_hung_up_ringing"}
SHORT, IN_TIME, WINDOW_HOURS = 5, 20, 72


def marts(rows: list[dict], settings, window_hours: float = WINDOW_HOURS) -> dict[str, list[dict]]:
    """Relation → its rows, of raw events."""
    calls = [call_for_analysis(call, settings) for call in derive(rows, settings)["fct_calls"]]
    return {
        "calls_for_analysis": calls,
        "fct_calls_hourly": hourly(calls),
        "fct_missed_call_followups": followups(calls, settings, timedelta(hours=window_hours)),
    }


# ---- calls_for_analysis ---------------------------------------------------------------------------------------------


def call_for_analysis(call: dict, settings) -> dict:
    local = local_time(call["started_at"], call["business_number"], settings)
    number = description(call["business_number"], settings) if call["business_number"] is not None else {}
    agent = next((row for row in settings.agents if row["agent_id"] == call["agent_id"]), {})
    return {
        **call,
        "call_key": (call["source_system"], call["call_id"]),
        "is_offered": is_offered(call),
        "is_abandoned": is_abandoned(call),
        "is_short_abandoned": is_abandoned(call) and call["wait_seconds"] is not None and call["wait_seconds"] < SHORT,
        "is_within_service_level": is_within_service_level(call),
        "local_started_at": local,
        "local_date": local.date(),
        "local_hour": local.hour,
        "local_weekday": local.isoweekday(),
        "customer_key": number_key(call["customer_number"]),
        "number_name": number.get("name"),
        "agent_name": agent.get("name"),
        "team": agent.get("team") or number.get("team"),
    }


def is_offered(call: dict) -> bool:
    if call["direction"] != "incoming" or call["status_rule"] == "incoming_blocked":
        return False
    if call["status_reason"] == "number_unavailable":
        return False
    return call["reached_queue"] or call["agents_rung"] > 0 or call["status_reason"] == "agent_unavailable"


def is_abandoned(call: dict) -> bool:
    return call["direction"] == "incoming" and call["status"] == "Missed" and call["status_reason"] in QUEUE_OR_RINGING


def is_within_service_level(call: dict) -> bool | None:
    if not is_offered(call):
        return None
    if call["status"] != "Completed":
        return False
    return None if call["wait_seconds"] is None else call["wait_seconds"] <= IN_TIME


# ---- fct_calls_hourly -----------------------------------------------------------------------------------------------

HOURLY_KEY = (
    "source_system",
    "local_date",
    "local_hour",
    "direction",
    "status",
    "status_reason",
    "business_number",
    "queue",
    "agent_id",
)


def hourly(calls: list[dict]) -> list[dict]:
    groups = defaultdict(list)
    for call in calls:
        groups[tuple(call[name] for name in HOURLY_KEY)].append(call)
    return [{**dict(zip(HOURLY_KEY, key)), **counts(group)} for key, group in groups.items()]


def counts(calls: list[dict]) -> dict:
    incoming = [call for call in calls if call["direction"] == "incoming"]
    found = {
        "calls": len(calls),
        "offered_calls": len([call for call in incoming if call["is_offered"]]),
        "answered_calls": len([call for call in incoming if call["status"] == "Completed"]),
        "abandoned_calls": len([call for call in incoming if call["is_abandoned"]]),
        "short_abandoned_calls": len([call for call in incoming if call["is_short_abandoned"]]),
        "calls_within_service_level": len([call for call in incoming if call["is_within_service_level"]]),
        "service_level_calls": len([call for call in incoming if call["is_within_service_level"] is not None]),
    }
    for name in ("wait", "talk", "ring"):
        known = [call[f"{name}_seconds"] for call in calls if call[f"{name}_seconds"] is not None]
        found |= {f"{name}_seconds_sum": sum(known, 0.0), f"{name}_seconds_count": len(known)}
    return found


# ---- fct_missed_call_followups --------------------------------------------------------------------------------------


def followups(calls: list[dict], settings, window: timedelta) -> list[dict]:
    missed = [call for call in calls if call["direction"] == "incoming" and call["status"] != "Completed"]
    of_customer = defaultdict(list)
    for call in calls:
        of_customer[call["customer_key"]].append(call)
    return [followup(call, of_customer[call["customer_key"]], settings, window) for call in missed]


def followup(missed: dict, of_customer: list[dict], settings, window: timedelta) -> dict:
    """`of_customer`: all calls with the customer's key."""
    is_known = missed["customer_key"] is not None
    last = missed["ended_at"] + window
    later = [call for call in of_customer if is_known and missed["ended_at"] < call["started_at"] <= last]
    contact = min(filter(is_contact, later), key=lambda call: call["started_at"], default=None)
    before = [call for call in later if contact is None or call["started_at"] < contact["started_at"]]
    is_owed_at_all = is_known and contact is None and missed["status_rule"] != "incoming_blocked"
    names = ("call_key", "business_number", "customer_number", "queue", "status", "status_reason", "customer_key")
    return {
        **{name: missed[name] for name in (*names, "started_at", "ended_at")},
        "first_contact_at": contact and contact["started_at"],
        "seconds_to_contact": contact and (contact["started_at"] - missed["ended_at"]).total_seconds(),
        "attempts_by_caller": len([c for c in before if c["direction"] == "incoming"]) if is_known else None,
        "attempts_by_team": len([c for c in before if c["direction"] == "outgoing"]) if is_known else None,
        "is_returned": contact is not None,
        "is_owed": is_owed_at_all and settings.as_of <= last,
        "is_expired": is_owed_at_all and settings.as_of > last,
    }


def is_contact(call: dict) -> bool:
    return call["status"] == "Completed" and call["status_reason"] != "machine_answered"
