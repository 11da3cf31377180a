"""What a peer is told: its files, its clock and the package's rules. And the names that all peers give their columns.

A rule's condition may name any evidence of macros/rules/named_evidence.sql. So every peer makes a column of that name for
all of it, and a new rule needs no change here. New evidence does.
"""

from __future__ import annotations

import json
from pathlib import Path

# Evidence that is true where the call has an event of one of these types, and with this reason if one is given.
FLAGS = {
    "has_agent_answered": (["agent_answered"], None),
    "has_caller_blocked": (["caller_blocked"], None),
    "is_after_hours": (["after_hours_message_started"], None),
    "has_number_unavailable": (["number_unavailable"], None),
    "has_agent_unavailable": (["agent_unavailable"], None),
    "reached_voicemail": (["voicemail_started", "voicemail_left"], None),
    "reached_queue": (["queue_joined", "queue_left"], None),
    "has_queue_joined": (["queue_joined"], None),
    "has_queue_left": (["queue_left"], None),
    "has_queue_left_abandoned": (["queue_left"], "abandoned"),
    "has_queue_left_empty": (["queue_left"], "empty"),
    "has_queue_left_full": (["queue_left"], "full"),
    "has_queue_left_timeout": (["queue_left"], "timeout"),
    "reached_ivr": (["ivr_started", "ivr_input", "ivr_ended"], None),
    "reached_welcome": (["welcome_started", "welcome_ended"], None),
    "has_customer_answered": (["customer_answered"], None),
    "has_customer_ringing": (["customer_ringing"], None),
    "has_dial_blocked": (["dial_blocked"], None),
    "has_dial_blocked_by_country": (["dial_blocked"], "country_restricted"),
    "has_call_ended": (["call_ended"], None),
    "is_transferred": (["transferred"], None),
}
# Evidence that is true where an event of the call has this direction. A call has the first of them.
LABELS = {"is_labelled_incoming": "incoming", "is_labelled_outgoing": "outgoing", "is_labelled_internal": "internal"}
# Who may end a call; where several end it at one instant, the first of them.
PARTIES = ["customer", "agent", "system"]
# What the job must give: the columns of fct_calls without fingerprints.
FACTS = """
    call_key source_system call_id direction status status_reason status_message status_rule is_status_inferred is_answered
    has_conflicting_direction customer_number business_number queue agent_id agents_rung agents_rejected reached_welcome
    reached_ivr reached_queue reached_voicemail has_voicemail is_after_hours is_transferred ended_by is_end_inferred
    cause_scheme cause_code started_at queued_at first_ring_at answered_at ended_at wait_seconds ring_seconds talk_seconds
    total_seconds last_loaded_at
""".split()


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
        legs = {name: its["leg"] for name, its in known["event_types"].items() if "leg" in its}
        self.input, self.output, self.as_of = input, output, as_of
        self.event_types = {name: its["direction"] for name, its in known["event_types"].items()}
        self.leg_events = list(legs)
        self.rung_events = [name for name, leg in legs.items() if leg == "rung"]
        self.flags = {**FLAGS, "has_rung_agent": (self.rung_events, None)}
        self.dial_outcomes = known["dial_outcomes"]
        self.decisions = [
            {
                "when": f"direction = '{rule['direction']}' and ({rule['when'] or 'true'}) and ({reason.get('when') or 'true'})",
                "status": rule["status"],
                "status_reason": reason["reason"],
                "status_message": reason["message"],
                "status_rule": rule["rule"],
                "is_status_inferred": bool(reason.get("inferred")),
            }
            for rule in known["rules"]
            for reason in rule["reasons"]
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
