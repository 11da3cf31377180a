"""What a peer is told: its files, its clock and the package's rules. And the names that all peers give their columns.

A rule's condition may name any evidence of macros/rules/named_evidence.sql. So every peer makes a column of that name for
all of it, and a new rule needs no change here. New evidence does.

No peer reads what generated events do not have: `callee_*` events, the sides `calling` and `called`, assumed directions,
other spellings of a word than the synonyms of a direction, business hours, and `reported_status`.
"""

from __future__ import annotations

import json
from pathlib import Path

# Answers of which a call's status or end depends on the reason: they are read as event types of their own.
ANSWERS = {
    "agent_answered_by_machine": ("agent_answered", "machine"),
    "agent_answered_unproven": ("agent_answered", "unproven"),
    "customer_answered_unproven": ("customer_answered", "unproven"),
}
# True where the call has an event of one of these types, and with this reason if one is given. Most are evidence.
FLAGS = {
    "has_agent_proven": (["agent_answered"], None),
    "has_agent_unproven": (["agent_answered_unproven"], None),
    "has_agent_machine": (["agent_answered_by_machine"], None),
    "has_caller_blocked": (["caller_blocked"], None),
    "is_after_hours": (["after_hours_message_started"], None),
    "has_number_unavailable": (["number_unavailable"], None),
    "has_agent_unavailable": (["agent_unavailable"], None),
    "has_voicemail_event": (["voicemail_started", "voicemail_left"], None),
    "reached_queue": (["queue_joined", "queue_left"], None),
    "has_queue_left_abandoned": (["queue_left"], "abandoned"),
    "has_queue_left_callback": (["queue_left"], "callback"),
    "has_queue_left_key": (["queue_left"], "key"),
    "has_queue_left_empty": (["queue_left"], "empty"),
    "has_queue_left_full": (["queue_left"], "full"),
    "has_queue_left_timeout": (["queue_left"], "timeout"),
    "reached_ivr": (["ivr_started", "ivr_input", "ivr_ended"], None),
    "reached_welcome": (["welcome_started", "welcome_ended"], None),
    "has_customer_answered": (["customer_answered", "customer_answered_unproven"], None),
    "has_customer_ringing": (["customer_ringing"], None),
    "has_dial_blocked": (["dial_blocked"], None),
    "has_dial_blocked_by_country": (["dial_blocked"], "country_restricted"),
    "is_transferred": (["transferred"], None),
}
# Evidence that is true where an event of the call has this direction. A call has the first of them.
LABELS = {"is_labelled_incoming": "incoming", "is_labelled_outgoing": "outgoing", "is_labelled_internal": "internal"}
# Words that mean a direction.
DIRECTIONS = {"inbound": "incoming", "outbound": "outgoing"}
# Who may end a call, with the package's codes; where several end it at one instant, the first of them.
PARTIES = {"customer": 0, "agent": 3, "system": 4}
NO_PARTY = 5
# What the job must give: the columns of fct_calls without hashes, fingerprints and numbers of runs.
FACTS = """
    call_key source_system source call_id direction status status_reason status_message status_rule
    is_status_inferred is_answered has_conflicting_direction customer_number business_number queue last_queue
    agent_id agents_rung agents_rejected reached_welcome reached_ivr reached_queue reached_voicemail has_voicemail
    is_after_hours is_outside_business_hours is_transferred ended_by is_end_inferred cause_scheme cause_code
    started_at queued_at first_ring_at answered_at ended_at wait_seconds ring_seconds talk_seconds total_seconds
    voicemail_seconds reported_status status_could_also_be last_loaded_at
""".split()
# Of these columns all generated events say the same: one adapter, which proves every status, no status of its own, and
# a firm that has not told its business hours.
CONSTANTS = {
    "source": "canonical",
    "reported_status": None,
    "status_could_also_be": None,
    "is_outside_business_hours": None,
}


class Task:
    """
    input, output  the files
    as_of          the clock, UTC
    event_types    name → direction of the calls that may have it
    leg_events     the event types that belong to an agent's leg
    rung_events    those of them which show that the leg was rung
    flags          FLAGS, and what follows from the event types
    dial_outcomes  what may stop a dial, in order: code, name, and as SQL over the event when
    decisions      the rules taken apart, in order: SQL over evidence, and what fct_calls says where it is the first to hold
    """

    def __init__(self, input: str, output: str, as_of: str, rules: str):
        known = json.loads(Path(rules).read_text())
        types = {name: its for name, its in known["event_types"].items() if "counts_as" not in its}
        types |= {name: types[answer] for name, (answer, _) in ANSWERS.items()}
        legs = {name: its["leg"] for name, its in types.items() if "leg" in its}
        self.input, self.output, self.as_of = input, output, as_of
        self.event_types = {name: its["direction"] for name, its in types.items()}
        self.leg_events = list(legs)
        self.rung_events = [
            name for name, leg in legs.items() if leg == "rung" and ANSWERS.get(name, ("", ""))[1] != "machine"
        ]
        self.flags = {**FLAGS, "has_rung_agent": (self.rung_events, None)}
        self.dial_outcomes = known["dial_outcomes"]
        self.decisions = [
            {
                "when": " and ".join(
                    [f"direction = '{rule['direction']}'", *(f"({one})" for one in conditions if one)]
                ),
                "status": rule["status"],
                "status_reason": reason["reason"],
                "status_message": reason["message"],
                "status_rule": rule["rule"],
                "is_status_inferred": is_inferred,
            }
            for rule in known["rules"]
            for reason in rule["reasons"]
            for is_inferred, condition in inferred(reason)
            for conditions in [(rule["when"], reason.get("when"), condition)]
        ]

    def event_types_of(self, direction: str) -> list[str]:
        return [name for name, allowed in self.event_types.items() if allowed == direction]

    def flag_bits(self) -> dict[str, int]:
        """A bit for each flag and label, and for has_voicemail. A call's bits are the bitwise or of those of its events."""
        return {name: 1 << place for place, name in enumerate([*self.flags, *LABELS, "has_voicemail"])}

    def bits_of_event_types(self) -> dict[str, int]:
        """The bits of the flags that an event of this type makes true, whatever its reason."""
        bits = self.flag_bits()
        return {
            event_type: sum(
                bits[name] for name, (types, reason) in self.flags.items() if event_type in types and not reason
            )
            for event_type in self.event_types
        }


def inferred(reason: dict) -> list[tuple[bool, str | None]]:
    """Whether a status is inferred where the reason fits; if that depends on a condition, first where it holds."""
    told = reason.get("inferred", False)
    return [(told, None)] if isinstance(told, bool) else [(True, told), (False, None)]
