"""Mutation of the status rules: breaks them in every small way and shows what in the test suite notices.

What is broken:

- the rule list: a rule or a reason removed, or swapped with its neighbour; a condition, or any part of one, dropped or
  negated; a number shifted by one, a party or an outcome
  replaced by another; `inferred` flipped, or its condition negated;
- the derivation of the evidence, by replacement in the compiled SQL of the models: a signal dropped, an order at a tie
  swapped, a threshold or an aggregate changed.

| what may notice | in the suite |
|---|---|
| a scenario: a call's events and the row they must give | tests/rules/test_scenarios.py |
| the proof over all combinations of evidence | tests/rules/test_proof.py |

A mutant that changes nothing is equivalent: of the list, if no combination of evidence changes its outcome; of the
derivation, if no column of any of some thousand random calls changes. Each is listed with the reason (EQUIVALENT); a
wrong or a missing entry there is an error too. Whatever else is broken in the derivation, a scenario must notice.
"""

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from support import firm
from support.harness import Warehouse, differences
from support.random_calls import load_into, random_events
from support.scenario_files import AS_OF, read_scenarios

from rules.rule_space import DIRECTIONS, DOMAINS, IMPLICATIONS, ORACLE, OUTCOME, build, read_rules

# ---- mutants of the rule list ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    name: str
    direction: str = ""
    rules: tuple = ()  # the mutated list, for a mutant of the rules
    replacements: tuple = ()  # (model, old text, new text), for a mutant of the derivation


def rule_mutants(rules: list[dict]) -> list[Mutant]:
    """Every mutant of the list. The names are unique."""
    found = []

    def add(name, place, *instead, count=1):
        """The list with `count` rules from `place` on replaced."""
        mutated = (*rules[:place], *instead, *rules[place + count :])
        found.append(Mutant(name, rules[place]["direction"], mutated))

    for place, rule in enumerate(rules):
        name = rule["rule"]
        add(f"{name}: removed", place)
        following = rules[place + 1] if place + 1 < len(rules) else None
        if following and following["direction"] == rule["direction"]:
            add(f"{name}: swapped with {following['rule']}", place, following, rule, count=2)
        for what, condition in condition_mutants(rule["when"]):
            add(f"{name}: {what}", place, {**rule, "when": condition})
        for what, reasons in reason_mutants(rule["reasons"]):
            add(f"{name}: {what}", place, {**rule, "reasons": reasons})
    return found


def reason_mutants(reasons: list[dict]):
    """(what, the mutated reasons) of one rule."""
    for place, reason in enumerate(reasons):
        before, after, name = reasons[:place], reasons[place + 1 :], f"reason {reason['reason']}"
        for what, inferred in inferred_mutants(reason.get("inferred", False)):
            yield f"{name}: {what}", [*before, {**reason, "inferred": inferred}, *after]
        yield f"{name}: removed", [*before, *after]
        if after:
            yield f"{name}: swapped with {after[0]['reason']}", [*before, after[0], reason, *after[1:]]
        for what, condition in condition_mutants(reason.get("when")):
            yield f"{name}: {what}", [*before, {**reason, "when": condition}, *after]


def inferred_mutants(inferred: bool | str):
    """(what, the mutated `inferred`) of one reason. It is true, false, or a condition."""
    if not isinstance(inferred, str):
        yield "inferred flipped", not inferred
        return
    yield "inferred always", True
    yield "inferred never", False
    yield "inferred negated", f"not ({inferred})"


def condition_mutants(condition: str | None):
    """(what, the mutated condition); None stands for a condition that always holds."""
    if not condition:
        return
    yield "condition dropped", None
    yield "condition negated", f"not ({condition})"
    tree = parse(condition)
    mutated = [*parts_dropped(tree), *parts_replaced(tree, shifted)]
    if tree[0] != "atom":  # else that is the whole condition again
        mutated += parts_replaced(tree, lambda part: [("not", part)])
    # A part may be reached in two ways, for instance one below a `not`.
    for text in dict.fromkeys(text_of(one) for one in mutated):
        yield f"reads `{text}`", text


# A condition as a tree: ("or", part, …), ("and", part, …), ("not", part) or ("atom", text).


def parse(condition: str) -> tuple:
    tokens = re.findall(r"'[^']*'|\w+|<>|<=|>=|[^\s\w]", condition)

    def joined(word, part):
        parts = [part()]
        while tokens and tokens[0] == word:
            tokens.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else (word, *parts)

    def either():
        return joined("or", lambda: joined("and", factor))

    def factor():
        if tokens[0] == "not":
            tokens.pop(0)
            return ("not", factor())
        if tokens[0] == "(":
            tokens.pop(0)
            inside = either()
            assert tokens.pop(0) == ")", condition
            return inside
        return ("atom", atom())

    def atom():
        """Up to the next `and`, `or` or closing parenthesis; parentheses of a function call belong to it."""
        taken, depth = [], 0
        while tokens and (depth or tokens[0] not in ("and", "or", ")")):
            depth += {"(": 1, ")": -1}.get(tokens[0], 0)
            taken.append(tokens.pop(0))
        return re.sub(r" ?([(,)]) ?", lambda found: ", " if found[1] == "," else found[1], " ".join(taken)).replace(
            ")=", ") ="
        )

    tree = either()
    assert not tokens, condition
    return tree


def text_of(tree: tuple, inner: bool = False) -> str:
    kind, *parts = tree
    if kind == "atom":
        return parts[0]
    if kind == "not" and parts[0][0] == "not":
        return text_of(parts[0][1], inner)
    if kind == "not":
        return f"not {text_of(parts[0], inner=True)}"
    text = f" {kind} ".join(text_of(part, inner=True) for part in parts)
    return f"({text})" if inner else text


def parts_dropped(tree: tuple):
    """The tree without one of its parts, for each part at any depth."""
    kind, *parts = tree
    if kind == "atom":
        return
    for place, part in enumerate(parts):
        rest = [*parts[:place], *parts[place + 1 :]]
        if rest:
            yield rest[0] if len(rest) == 1 else (kind, *rest)
        for mutated in parts_dropped(part):
            yield (kind, *parts[:place], mutated, *parts[place + 1 :])


def parts_replaced(tree: tuple, change):
    """The tree with one part replaced by each of what `change` makes of it; not the whole tree, unless it is an atom."""
    kind, *parts = tree
    if kind == "atom":
        yield from change(tree)
        return
    for place, part in enumerate(parts):
        mutants = list(parts_replaced(part, change))
        if part[0] != "atom":
            mutants += change(part)
        for mutated in mutants:
            yield (kind, *parts[:place], mutated, *parts[place + 1 :])


def shifted(part: tuple) -> list[tuple]:
    """What is compared with, one more and one less; a party replaced by the others."""
    if part[0] != "atom" or not (found := re.fullmatch(r"(.+) (=|>) (\S+)", part[1])):
        return []
    left, operator, right = found.groups()
    if right.isdigit():
        return [("atom", f"{left} {operator} {int(right) + step}") for step in (1, -1)]
    if right.startswith("'"):
        domains = {**DOMAINS["incoming"], **DOMAINS["outgoing"]}
        (column,) = [name for name in domains if re.search(rf"\b{name}\b", left)] or ["ended_by"]
        others = [value for value in domains[column] if value not in (right, "null")]
        return [("atom", f"{left} {operator} {other}") for other in others]
    return [("atom", f"{left} {operator} {right} {step} 1") for step in "+-"]


# ---- equivalent mutants ---------------------------------------------------------------------------------------------

# Name of the mutant (a regular expression) → why it changes no status, rule, reason or flag of any combination.
EQUIVALENT = {
    "incoming_after_hours: swapped with incoming_rejected": "they exclude each other: one wants no leg rung, the other a rejected leg, and a rejected leg is rung",
    r"incoming_(ivr|welcome): reason \w+: swapped with \w+_ended_by_system": "they exclude each other: a call ended by the customer was not ended by the system",
    "outgoing_(declined|busy|not_in_service|agent_canceled|rang_out|customer_ended): swapped with .*": "they exclude each other: a call has one dial outcome",
    r"rule_number: concluded: (internal calls|calls of unknown direction) too": "every rule names its direction, so such a call has no winner and no row",
    "is_answer_unproven: without any answer": "only rules of answered calls read it, and an answer that is not proven is unproven",
    "first_customer_answered_unproven_at: a proven answer too": "answered_at is the earliest of both kinds, and every answer is unproven only where none is proven",
    "direction: without assumed_internal": "neither an internal call nor one of unknown direction has a row",
    "(talk|total)_seconds: backwards: below zero": "no end comes before the first event, nor before the latest answer",
    "last_part_ended_by at a tie: None before system": "an end of a part that names nobody is not packed at all",
}
RANDOM_CALLS = 2_000


# ---- mutants of the derivation --------------------------------------------------------------------------------------

MODELS = ("int_call_evidence_packed", "int_leg_evidence_packed", "int_call_evidence", "fct_calls")
PACKED, LEGS, NAMED, FACTS = MODELS

PROVEN, UNPROVEN = "first_proven_answer_at", "first_unproven_answer_at"
LEG = "coalesce(leg_id, agent_id, '')"
LENGTH = "longest_voicemail_seconds >= 1"
NOTHING = "cast(null as timestamp)"
INSTANTS = "substr(last_queue_left, 1, 19) {} substr(last_queue_joined, 1, 19)"
WENT_ON, WENT_ON_AFTER_PART = "last_contact_at > first_call_ended_at", "last_contact_at > last_part_ended_at"
KNOWN_END = "coalesce(answered_at, known_end_at)"
IS_RINGING_OR = "event_type = 'agent_ringing' or ("

# Model → column, behind the CTE that makes it → its mutants: what is changed, the old text, the new text. The old text
# stands in the column's SQL as often as it is to be replaced.
CHANGES = {
    PACKED: {
        "pieces.last_agent_contact_at": [
            ("not rung", f"{IS_RINGING_OR}event_type", "(event_type"),
            ("a machine's answer too", "('machine', 'unproven')", "('unproven')"),
            ("an unproven answer too", "('machine', 'unproven')", "('machine')"),
        ],
        "pieces.last_unproven_answer_at": [("a proven answer too", "and reason = 'unproven'", "")],
        "pieces.first_customer_answered": [
            ("an unproven answer too", "and coalesce(reason, '') <> 'unproven'", ""),
            ("only with a reason", "coalesce(reason, '') <> 'unproven'", "reason <> 'unproven'"),
        ],
        "pieces.first_customer_answered_unproven_at": [("a proven answer too", "and reason = 'unproven'", "")],
        "pieces.last_call_ended": [("the time counts up", "* -16", "* 16")],
        "pieces.last_part_ended_by": [
            ("the time counts up", "* -16", "* 16"),
            ("without a party too", "and not coalesce(", "and true or coalesce("),
        ],
        "pieces.last_queue_joined": [
            ("only with a queue", "coalesce(queue, '')", "queue"),
            ("the time counts up", "0 - epoch", "0 + epoch"),
        ],
        "pieces.last_queue_left": [
            ("only with a queue", "coalesce(queue, '')", "queue"),
            ("the time counts up", "0 - epoch", "0 + epoch"),
        ],
        "pieces.last_named_queue_joined": [
            ("of any event", "event_type = 'queue_joined'", "true"),
            ("without a queue too", " queue", " coalesce(queue, '')"),
            ("the time counts up", "0 - epoch", "0 + epoch"),
        ],
        "pieces.longest_voicemail_seconds": [("of any event", "event_type = 'voicemail_left'", "true")],
        "pieces.first_agent": [
            ("of the dialled party too", "or event_type like 'callee%'", ""),
        ],
        "merged.signals": [("and instead of or", "bit_or", "bit_and")],
    },
    LEGS: {
        "events.answer_kind": [
            ("a machine's is proven", "reason in ('machine', 'unproven')", "reason = 'unproven'"),
            ("an unproven one is proven", "reason in ('machine', 'unproven')", "reason = 'machine'"),
            ("only with a reason", "else 'proven'", "when reason is not null then 'proven'"),
        ],
        "pieces.leg": [
            ("agent_id before leg_id", LEG, "coalesce(agent_id, leg_id, '')"),
            ("leg_id alone", LEG, "coalesce(leg_id, '')"),
            ("agent_id alone", LEG, "coalesce(agent_id, '')"),
            ("all are one", LEG, "''"),
        ],
        "merged.signals": [("of a leg, and instead of or", "bit_or", "bit_and")],
    },
    NAMED: {
        "unpacked.has_voicemail": [
            ("message length: >= becomes >", LENGTH, LENGTH.replace(">=", ">")),
            ("message length: at least one second more", LENGTH, LENGTH.replace("1", "2")),
        ],
        "contacts.last_contact_at": [
            (
                "incoming: not by last_agent_contact_at",
                "'incoming' then nullif(greatest(coalesce(last_agent_contact_at",
                f"'incoming' then nullif(greatest(coalesce({NOTHING}",
            ),
            ("incoming: not by last_callee_ringing_at", "last_callee_ringing_at", NOTHING),
            (
                "incoming: not by an unproven answer",
                "case when not has_voicemail then last_unproven_answer_at end",
                NOTHING,
            ),
            (
                "incoming: by an unproven answer beside a message",
                "case when not has_voicemail then last_unproven_answer_at end",
                "last_unproven_answer_at",
            ),
            (
                "outgoing: not by last_agent_contact_at",
                "'outgoing' then nullif(greatest(coalesce(last_agent_contact_at",
                f"'outgoing' then nullif(greatest(coalesce({NOTHING}",
            ),
            ("outgoing: not by an unproven answer", "coalesce(last_unproven_answer_at", f"coalesce({NOTHING}"),
            ("outgoing: not by last_customer_answered_at", "last_customer_answered_at", NOTHING),
            (
                "outgoing: by last_callee_ringing_at",
                "last_customer_answered_at",
                "greatest(last_customer_answered_at, last_callee_ringing_at)",
            ),
        ],
        "ends.end_event_at": [
            ("always the first call_ended", WENT_ON, "false"),
            ("always the last call_ended", WENT_ON, "first_call_ended_at is not null"),
            ("went on: > becomes >=", WENT_ON, WENT_ON.replace(">", ">=")),
            (
                "part_ended before call_ended",
                "when first_call_ended_at is not null then",
                "when last_part_ended_at is null then",
            ),
            ("part_ended though the call went on", WENT_ON_AFTER_PART, "false"),
            ("went on after a part: > becomes >=", WENT_ON_AFTER_PART, WENT_ON_AFTER_PART.replace(">", ">=")),
            ("never a part_ended", "else last_part_ended_at", "else null"),
        ],
        "ends.end_event_party": [
            ("always of the first call_ended", WENT_ON, "false"),
            ("always of the last call_ended", WENT_ON, "first_call_ended_at is not null"),
            ("went on: > becomes >=", WENT_ON, WENT_ON.replace(">", ">=")),
            (
                "of a part_ended before call_ended",
                "when first_call_ended_at is not null then",
                "when last_part_ended_at is null then",
            ),
            (
                "of a part_ended where call_ended names none",
                "when first_call_ended_at is not null then",
                "when first_call_ended_at is not null and (first_call_ended & 15) < 5 then",
            ),
            ("of a part_ended though the call went on", WENT_ON_AFTER_PART, "false"),
            ("went on after a part: > becomes >=", WENT_ON_AFTER_PART, WENT_ON_AFTER_PART.replace(">", ">=")),
        ],
        "ended.ended_by": [
            ("sides swapped", "(end_event_party = 'calling')", "(end_event_party = 'called')"),
            ("sides as on an incoming call", "(direction = 'incoming') =", "true ="),
            ("sides as on an outgoing call", "(direction = 'incoming') =", "false ="),
            ("`calling` is no side", "('calling', 'called')", "('called')"),
            ("`called` is no side", "('calling', 'called')", "('calling')"),
        ],
        "rows.is_queue_abandoned": [
            ("whoever ended the call", "coalesce(ended_by, '') = 'customer'", "true"),
            ("not by leaving the call", "coalesce(ended_by, '') = 'customer'", "false"),
            ("without having joined", "last_queue_joined is not null and", ""),
            ("only where no queue was left", f"or {INSTANTS.format('>')}", ""),
            ("only where a queue was left", "last_queue_left is null or", ""),
            ("left after it joined", INSTANTS.format(">"), INSTANTS.format("<")),
            ("left at the instant that it joined", INSTANTS.format(">"), INSTANTS.format(">=")),
            ("another queue at any instant", f"{INSTANTS.format('=')} and", ""),
            ("at the instant, left without a queue", "length(last_queue_left) > 19 and", ""),
            ("at the instant, joined without a queue", "length(last_queue_joined) > 19 and", ""),
            ("at the instant, the same queue", "<> last_queue_joined", "= last_queue_joined"),
        ],
        "rows.reached_voicemail": [
            ("by a machine on any call", "coalesce(direction, 'incoming') = 'incoming'", "true"),
            ("by a machine on no call", "coalesce(direction, 'incoming') = 'incoming'", "false"),
        ],
        "rows.is_machine_answer": [("of the others", "= 'machine', false)", "<> 'machine', true)")],
        "rows.is_turned_away": [
            ("no incoming call", "direction = 'incoming' and", "false and"),
            ("no outgoing call", "direction = 'outgoing' and", "false and"),
            ("caller_blocked on any call", "direction = 'incoming' and", ""),
            ("dial_blocked on any call", "direction = 'outgoing' and", ""),
        ],
        "rows.last_queue": [
            ("the first", "substr(last_named_queue_joined, 20), ", ""),
            ("none without a join", ", substr(first_queue, 20)", ""),
        ],
    },
    FACTS: {
        "hours_at_start.is_outside_business_hours": [
            ("the opening minute is closed", "opens_at <=", "opens_at <"),
            ("the closing minute is open", "closes_at >", "closes_at >="),
        ],
        "evidence.is_closed_with_message": [
            ("without a message too", " and hours_at_start.has_after_hours_message", "")
        ],
        "legs.rejected_legs": [("answered legs too", "and first_answered_at is null", "")],
        "legs.rejected_legs_without_unproven_answer": [
            ("answered legs too", "and first_answered_at is null", ""),
            ("legs with an unproven answer too", "and first_answered_unproven_at is null", ""),
        ],
        "legs.legs_rejected_by_agent_events": [("answered legs too", "and not (", "and true or (")],
        "evidence.any_rejection_counts": [("true", "False", "True")],
        "evidence.agents_rung": [
            ("incoming: by the agents' own events alone", "legs.rung_legs", "legs.legs_rung_by_agent_events"),
            ("outgoing: by the dialled party's events too", "legs.legs_rung_by_agent_events", "legs.rung_legs"),
        ],
        "evidence.agents_rejected": [
            ("outgoing: by the dialled party's events too", "legs.legs_rejected_by_agent_events", "legs.rejected_legs"),
            (
                "an unproven answer counts beside a message",
                "then legs.rejected_legs ",
                "then legs.rejected_legs_without_unproven_answer ",
            ),
            (
                "an unproven answer never counts",
                "else legs.rejected_legs_without_unproven_answer",
                "else legs.rejected_legs",
            ),
        ],
        "evidence.first_ring_at": [
            ("of the customer on an incoming call", "legs.first_ringing_at", "call_evidence.first_customer_ringing_at"),
            ("of an agent on an outgoing call", "call_evidence.first_customer_ringing_at", "legs.first_ringing_at"),
        ],
        "evidence.first_proven_answer_at": [
            (
                "of the customer on an incoming call",
                "legs.first_answered_at",
                "call_evidence.first_customer_answered_at",
            ),
            ("of an agent on an outgoing call", "call_evidence.first_customer_answered_at", "legs.first_answered_at"),
        ],
        "evidence.first_unproven_answer_at": [
            (
                "of an agent on an outgoing call",
                "call_evidence.first_customer_answered_unproven_at",
                "legs.first_answered_unproven_at",
            ),
            ("never on an outgoing call", "call_evidence.first_customer_answered_unproven_at", "null"),
            ("never on an incoming call", "not call_evidence.has_voicemail", "false"),
            ("beside a message too", "not call_evidence.has_voicemail", "true"),
        ],
        "evidence.last_answer_at": [
            ("of an agent on an outgoing call", "call_evidence.last_customer_answered_at", "legs.last_answered_at"),
            ("an unproven one beside a message too", "call_evidence.has_voicemail", "false"),
            ("none that is unproven", "call_evidence.has_voicemail", "true"),
            ("none that is proven", "greatest(coalesce(legs.last_answered_at", f"greatest(coalesce({NOTHING}"),
        ],
        "evidence.answering_agent_id": [
            ("of an unproven answer beside a message", "or call_evidence.has_voicemail", ""),
            ("of the proven answer first", "< legs.first_unproven_answering_agent", "is not null"),
            ("of the unproven answer first", "< legs.first_unproven_answering_agent", "is null"),
        ],
        "milestones.is_answered": [
            ("by proven answers alone", f"coalesce({PROVEN}, {UNPROVEN})", PROVEN),
            ("by unproven answers alone", f"coalesce({PROVEN}, {UNPROVEN})", UNPROVEN),
        ],
        "milestones.is_answer_unproven": [
            ("beside a proven one too", f"{PROVEN} is null and", ""),
            ("without any answer", f"and {UNPROVEN} is not null", ""),
        ],
        "milestones.answered_at": [
            ("the later", "<", ">"),
            ("the proven one first", f"{UNPROVEN} is null or {PROVEN} < {UNPROVEN}", f"{PROVEN} is not null"),
            ("the unproven one first", f"or {PROVEN} < {UNPROVEN}", ""),
        ],
        "milestones.ended_at": [
            ("before the latest answer", "coalesce(last_answer_at", f"coalesce({NOTHING}"),
            ("always the last event", "coalesce(end_event_at, last_event_at)", "last_event_at"),
            ("none that is inferred", "coalesce(end_event_at, last_event_at)", "end_event_at"),
        ],
        "derived.wait_started_at": [
            ("the later", "<", ">"),
            ("only in a queue", "first_ring_at is null or queued_at < first_ring_at", "true"),
            ("only ringing", "first_ring_at is null or queued_at < first_ring_at", "false"),
        ],
        "derived.known_end_at": [("an inferred one too", "when not is_end_inferred", "when true")],
        "derived.rule_number": [
            ("time-out: <= becomes <", "last_event_at <= cast", "last_event_at < cast"),
            ("concluded: not by its end", "(not is_end_inferred or", "("),
            ("concluded: not by being turned away", "or is_turned_away or", "or"),
            ("concluded: not by time-out", "or last_event_at <= cast", "or null <= cast"),
            (
                "concluded: by an end that is too old only",
                "is_turned_away or last_event_at",
                "is_turned_away and last_event_at",
            ),
            ("concluded: internal calls too", "direction in ('incoming', 'outgoing') and", "direction is not null and"),
            (
                "concluded: calls of unknown direction too",
                "direction in ('incoming', 'outgoing') and",
                "coalesce(direction, '') <> 'internal' and",
            ),
        ],
        "facts.has_conflicting_direction": [
            ("one label is enough", "> 1", "> 0"),
            ("three labels", "> 1", "> 2"),
        ],
        "facts.agent_id": [
            ("the first on an incoming call", "then answering_agent_id", "then first_agent_id"),
            ("the answering one on an outgoing call", "else first_agent_id", "else answering_agent_id"),
        ],
        **{
            f"facts.{column}": [
                ("to an inferred end", "known_end_at", "ended_at"),
                ("backwards: below zero", "then cast(0 as double)", "then cast(-1 as double)"),
            ]
            for column in ("wait_seconds", "ring_seconds", "talk_seconds", "total_seconds")
        },
    },
}
# Of these the answer is the end, where there is one.
for _column in ("wait_seconds", "ring_seconds"):
    CHANGES[FACTS][f"facts.{_column}"].append(("to the end of an answered call", KNOWN_END, "known_end_at"))

# What the merged evidence has besides, and no scenario needs: where a value comes from, and what only the rows of legs read.
NOT_MUTATED = {
    PACKED: {"source", "first_part_ended_at", "first_loaded_at", "last_loaded_at"},
    LEGS: {
        "first_event_at",
        "first_ring_ended_at",
        "last_ring_ended_at",
        "last_disconnected_at",
        "first_loaded_at",
        "last_loaded_at",
    },
}
CODED = {
    "first_customer_answered": "answer_kinds",
    "first_call_ended": "parties",
    "last_call_ended": "parties",
    "last_part_ended_by": "parties",
    "first_dial_outcome": "dial_outcomes",
}
DIRECTION_ORDER = [(how, label) for how in ("labelled", "assumed") for label in ("incoming", "outgoing", "internal")]


def derivation_mutants(sql: dict[str, str], package: dict) -> list[Mutant]:
    columns = {model: columns_of(sql[model]) for model in MODELS}
    bit_of = {signal["name"]: signal["bit"] for signal in package["signals"]}
    found = [*changed_columns(columns), *merge_mutants(columns), *member_mutants(columns)]
    found += [*direction_mutants(bit_of), *signal_mutants(columns, bit_of)]
    for column, values in CODED.items():
        found += coded_value_mutants(columns, column, package[values])
    return [Mutant(name, replacements=tuple(replacements)) for name, *replacements in found]


def columns_of(sql: str) -> dict[str, str]:
    """The columns of each select of a model: the name of its CTE (`rows` for the last select) and of the column → its SQL."""
    found = {}
    for start in re.finditer(r"(?:(\w+) as \(|\)) select ", sql):
        depth, text, rest = 0, "", sql[start.end() :]
        for token in re.findall(r"'[^']*'|\w+|\W", rest):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0 and token in (",", "from"):
                if name := re.search(r" as (\w+)$", text.strip()):
                    found.setdefault(f"{start[1] or 'rows'}.{name[1]}", text.strip())
                text = ""
                if token == "from":
                    break
            else:
                text += token
    return found


def changed_columns(columns: dict[str, dict[str, str]]):
    for model, changes in CHANGES.items():
        for column, mutants in changes.items():
            for what, old, new in mutants:
                text = columns[model][column]
                assert old in text, f"{model}, {column}, {what}: not in its SQL: {old}"
                yield f"{column.split('.')[1]}: {what}", (model, text, text.replace(old, new))


def merge_mutants(columns: dict[str, dict[str, str]]):
    """A column of the stored evidence, or of all legs of a call, that keeps the largest instead of the smallest, or the other
    way round."""
    for model, cte, whose in ((PACKED, "merged", ""), (LEGS, "merged", "of a leg, "), (FACTS, "legs", "of all legs, ")):
        for column, text in columns[model].items():
            name = column.split(".")[1]
            if not column.startswith(f"{cte}.") or name in (*NOT_MUTATED.get(model, ()), "write_number"):
                continue
            if text.startswith("min("):
                yield f"{name}: {whose}the largest", (model, text, f"max{text[3:]}")
            elif text.startswith("max("):
                yield f"{name}: {whose}the smallest", (model, text, f"min{text[3:]}")


def member_mutants(columns: dict[str, dict[str, str]]):
    """Each word taken out of each list of words that an event is compared with. One list in a column is named by the
    column alone, several by their place."""
    for model, ctes in ((PACKED, ("pieces",)), (LEGS, ("events", "pieces"))):
        for column, text in columns[model].items():
            cte, name = column.split(".")
            if cte not in ctes or name in NOT_MUTATED[model]:
                continue
            lists = [found for found in re.finditer(r"\bin \(('[^)]*')\)", text) if "," in found[1]]
            for place, found in enumerate(lists, start=1):
                words = found[1].split(", ")
                for word in words:
                    rest = ", ".join(other for other in words if other != word)
                    changed = f"{text[: found.start(1)]}{rest}{text[found.end(1) :]}"
                    which = f" in list {place}" if len(lists) > 1 else ""
                    whose = "of a leg, " if model == LEGS else ""
                    yield f"{name}: {whose}without {word.strip(chr(39))}{which}", (model, text, changed)


def direction_mutants(bit_of: dict[str, int]):
    """The order in which what the events say of the direction counts."""

    def branch(how, label):
        return f"when ((signals & {2 ** bit_of[f'{how}_{label}']}) <> 0) then '{label}'"

    for one, other in zip(DIRECTION_ORDER, DIRECTION_ORDER[1:]):
        first, second = branch(*one), branch(*other)
        yield (
            f"direction: {'_'.join(other)} before {'_'.join(one)}",
            (NAMED, f"{first} {second}", f"{second} {first}"),
        )


def coded_value_mutants(columns: dict[str, dict[str, str]], column: str, values: list[dict]):
    """Each value of a list (macros/rules/coded_values.sql) taken for the one behind it; and the order of two neighbours at
    one instant swapped: in the packing, and so in the unpacking."""
    whole = columns[PACKED][f"pieces.{column}"]
    assert packing(values) in whole, f"{column} is not packed by {packing(values)}"

    def packed(mutated):
        return PACKED, whole, whole.replace(packing(values), packing(mutated))

    for place, (one, other) in enumerate(zip(values, values[1:])):
        before, after = values[:place], values[place + 2 :]
        yield (
            f"{column}: {one['name']} taken for {other['name']}",
            packed([*before, {**one, "code": other["code"]}, other, *after]),
        )
        swapped = [*before, {**one, "code": other["code"]}, {**other, "code": one["code"]}, *after]
        yield (
            f"{column} at a tie: {other['name']} before {one['name']}",
            packed(swapped),
            (NAMED, unpacking(column, values), unpacking(column, swapped)),
        )


def packing(values: list[dict]) -> str:
    """What code_of_event renders."""
    branches = [
        f"else {value['code']}" if value["when"] == "true" else f"when {value['when']} then {value['code']}"
        for value in values
    ]
    return f"case {' '.join(branches)} end"


def unpacking(column: str, values: list[dict]) -> str:
    """What unpacked_name renders."""
    branches = [f"when {value['code']} then '{value['name']}'" for value in values if value["name"]]
    return f"case ({column} & 15) {' '.join(branches)} end"


# Columns that read signals and that no row of fct_calls shows: fct_open_calls has them.
STAGES_OF_OPEN_CALLS = {"has_rung_agent", "has_agent_answered"}


def signal_mutants(columns: dict[str, dict[str, str]], bit_of: dict[str, int]):
    """Evidence that reads signals, without each of them."""
    for model in (NAMED, FACTS):
        for column, text in columns[model].items():
            name = column.split(".")[1]
            if name in STAGES_OF_OPEN_CALLS:
                continue
            for found in re.finditer(r"\(signals & (\d+)\)", text):
                for signal, bit in bit_of.items():
                    if int(found[1]) & 2**bit:
                        without = f"{text[: found.start(1)]}{int(found[1]) - 2**bit}{text[found.end(1) :]}"
                        yield f"{name}: without {signal}", (model, text, without)


# ---- what notices ---------------------------------------------------------------------------------------------------


@dataclass
class Suite:
    """What a mutant must get past: the scenarios' warehouse and all combinations of evidence, in one DuckDB process."""

    connection: duckdb.DuckDBPyConnection
    sql: dict[str, str]  # model → its compiled SQL, as `bare` gives it
    expected: dict[str, dict]  # call_id → the columns expected in fct_calls; None: no row
    outcomes: dict[str, dict[tuple, int]] = field(default_factory=dict)  # direction → outcome → number

    def __post_init__(self):
        build(self.connection)
        for direction in DIRECTIONS:
            self.outcomes[direction] = {line[:-1]: place for place, line in enumerate(ORACLE[direction], start=1)}
            # Most mutants show on these few.
            self.connection.execute(
                f"create table {direction}_sample as select * from {direction} where is_possible qualify row_number()"
                f" over (partition by oracle order by hash({', '.join(DOMAINS[direction])})) <= 200"
            )
        self.connection.execute(f"create table evidence as {self.chain()} select * from ({self.derived()})")
        # Unbroken, so that a mutant is derived anew only from the first model that it breaks.
        for model in MODELS[:-1]:
            self.connection.execute(f"create table {model} as {self.sql[model]}")

    # -- scenarios

    def chain(self, sql: dict | None = None, models=MODELS) -> str:
        """The models as one `with`."""
        return "with " + ", ".join(f"{model} as ({(sql or self.sql)[model]}\n)" for model in models)

    def derived(self) -> str:
        """The named evidence of each call, as the rules see it: fct_calls up to its last select."""
        facts = self.sql["fct_calls"]
        return facts[: facts.rindex(") select ")] + ") select * from derived where rule_number is not null"

    def mutated(self, mutant: Mutant, whole: bool = False) -> str:
        """The models with a mutated derivation, as one `with`: all of them, or from the first that is broken on."""
        sql = dict(self.sql)
        for model, old, new in mutant.replacements:
            assert sql[model].count(old) == 1, f"{mutant.name}: {model} has {sql[model].count(old)} times: {old}"
            sql[model] = sql[model].replace(old, new)
        first = 0 if whole else min((MODELS.index(model) for model, *_ in mutant.replacements), default=0)
        return self.chain(sql, MODELS[first:])

    def wrong_facts(self, mutant: Mutant) -> list[str]:
        """The scenarios whose row is not as expected with a mutated derivation."""
        rows = {
            row["call_id"]: row for row in dicts(self.connection, f"{self.mutated(mutant)} select * from fct_calls")
        }
        return [call for call, expected in self.expected.items() if is_wrong(expected, rows.get(call))]

    def changed_random_calls(self, mutant: Mutant) -> int:
        """How many rows of the random calls' facts a mutated derivation adds, takes or changes."""

        def facts(models):
            return f"({models} select * from fct_calls)".replace("int_call_events", "random_events")

        unbroken, broken = facts(self.chain()), facts(self.mutated(mutant, whole=True))
        return self.connection.execute(
            f"select count(*) from ((from {unbroken} except all from {broken})"
            f" union all (from {broken} except all from {unbroken}))"
        ).fetchone()[0]

    def wrong_outcomes(self, rules, direction: str) -> list[str]:
        """The same with a mutated rule list: the evidence is as it was, only the outcome is derived anew."""
        number = self.outcome_sql(rules, direction)
        outcome_of = {place: outcome for outcome, place in self.outcomes[direction].items()}
        cursor = self.connection.execute(f"select call_id, {number} from evidence where direction = '{direction}'")
        rows = {call: dict(zip(OUTCOME, outcome_of.get(place, (None,) * 4))) for call, place in cursor.fetchall()}

        def differs(expected, row):
            return any(row[name] != value for name, value in expected.items() if name in row)

        return [call for call, expected in self.expected.items() if call in rows and differs(expected, rows[call])]

    # -- all combinations

    def outcome_sql(self, rules, direction: str) -> str:
        """A rule list as one `case` that gives the outcome's number."""
        numbers = self.outcomes[direction]

        def branch(condition, result):
            return f"when {condition or 'true'} then {result}"

        def number_of(rule, reason, is_inferred):
            outcome = (rule["rule"], rule["status"], reason["reason"], is_inferred)
            return numbers.setdefault(outcome, len(numbers) + 1)

        def outcome(rule, reason):
            inferred = reason.get("inferred", False)
            if isinstance(inferred, str):
                return f"case when {inferred} then {number_of(rule, reason, True)} else {number_of(rule, reason, False)} end"
            return number_of(rule, reason, inferred)

        branches = []
        for rule in rules:
            if rule["direction"] == direction:
                reasons = [branch(reason.get("when"), outcome(rule, reason)) for reason in rule["reasons"]]
                branches.append(branch(rule["when"], f"case {' '.join(reasons)} end" if reasons else "null"))
        return f"case {' '.join(branches)} end" if branches else "null"

    def differing(self, rules, direction: str, table: str) -> tuple[int, int]:
        """Combinations whose outcome is not the oracle's: those that events can give, and all."""
        return self.connection.execute(
            f"select count(*) filter (is_possible), count(*) from {table}"
            f" where ({self.outcome_sql(rules, direction)}) is distinct from oracle"
        ).fetchone()


def dicts(connection, sql: str) -> list[dict]:
    cursor = connection.execute(sql)
    names = [description[0] for description in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def is_wrong(expected: dict | None, row: dict | None) -> bool:
    if expected is None or row is None:
        return (expected is None) != (row is None)
    return bool(differences(expected, row))


def set_up(warehouse: Warehouse) -> Suite:
    """Builds the scenarios' warehouse with dbt, once. A scenario with several loads is one call for each load after
    which it expects something."""
    rows, expected = [], {}
    for scenario in read_scenarios():
        for load, columns in scenario.expected.items():
            call_id = scenario.call_id if load == max(scenario.expected) else f"{scenario.call_id} after load {load}"
            rows += [{**row, "call_id": call_id} for row in scenario.rows_up_to(load)]
            wanted = {name: value for name, value in columns.items() if name != "relation"}
            expected[call_id] = wanted if columns.get("relation", "fct_calls") == "fct_calls" else None
    rng = random.Random(1)
    (random_rows,) = load_into(rng, random_events(rng, RANDOM_CALLS), [AS_OF])
    rows += random_rows
    warehouse.write_events(rows)
    firm.write(warehouse.path, **firm.of_scenarios())
    warehouse.dbt("run", "--select", "+fct_calls", vars={"call_status_as_of": str(AS_OF)})

    compiled = compiled_models(warehouse)
    connection = duckdb.connect()
    schema = re.search(r'"call_status"\."(\w+)"\."int_call_events"', compiled["int_call_evidence_packed"])[1]
    connection.execute(f"attach '{warehouse.path}' as call_status (read_only)")
    for table, operator in (("int_call_events", "like"), ("random_events", "not like")):
        connection.execute(
            f"create table {table} as select * from call_status.{schema}.int_call_events"
            f" where call_id {operator} 'scenario-%'"
        )
    for table in ("int_hours_of_numbers", "int_opening_times"):
        connection.execute(f"create table {table} as select * from call_status.{schema}.{table}")
    return Suite(connection, {model: bare(compiled[model]) for model in MODELS}, expected)


def bare(sql: str) -> str:
    """Compiled SQL on one line, without comments, on the models before it by their bare names."""
    sql = re.sub(r'"call_status"\."\w+"\."(\w+)"', r"\1", re.sub(r"--.*", "", sql))
    return re.sub(r"\s+", " ", sql).strip()


def compiled_models(warehouse: Warehouse) -> dict[str, str]:
    """What dbt has just compiled; other runs may have left theirs in the same folder."""
    compiled = {}
    paths = warehouse.parse_cache.rglob("compiled/call_status/models/**/*.sql")
    for path in sorted(paths, key=lambda path: path.stat().st_mtime):
        compiled[path.stem] = path.read_text()
    return compiled


# ---- the table ------------------------------------------------------------------------------------------------------


@dataclass
class Finding:
    mutant: Mutant
    kind: str  # scenario, proof, impossible, equivalent, survived
    says: str


NO_REASON, NOT_EQUIVALENT = "nothing differs, and no reason is listed", "listed as equivalent, but it is not"


def examine(suite: Suite, mutant: Mutant) -> Finding:
    return examine_derivation(suite, mutant) if mutant.replacements else examine_rules(suite, mutant)


def reason_of(mutant: Mutant) -> str | None:
    return next((why for pattern, why in EQUIVALENT.items() if re.fullmatch(pattern, mutant.name)), None)


def examine_derivation(suite: Suite, mutant: Mutant) -> Finding:
    reason, wrong = reason_of(mutant), suite.wrong_facts(mutant)
    if wrong and reason:
        return Finding(mutant, "survived", NOT_EQUIVALENT)
    if wrong:
        return Finding(mutant, "scenario", some(wrong))
    if changed := suite.changed_random_calls(mutant):
        return Finding(mutant, "survived", f"no scenario differs, but {changed} rows of random calls do")
    return Finding(mutant, "equivalent", reason) if reason else Finding(mutant, "survived", NO_REASON)


def examine_rules(suite: Suite, mutant: Mutant) -> Finding:
    reason = reason_of(mutant)
    scenarios = suite.wrong_outcomes(mutant.rules, mutant.direction)
    possible, everywhere = suite.differing(mutant.rules, mutant.direction, f"{mutant.direction}_sample")
    if not everywhere:
        possible, everywhere = suite.differing(mutant.rules, mutant.direction, mutant.direction)
    if not everywhere:
        if scenarios:
            return Finding(mutant, "survived", "the proof does not notice what a scenario does: " + some(scenarios))
        return Finding(mutant, "equivalent", reason) if reason else Finding(mutant, "survived", NO_REASON)
    if reason:
        return Finding(mutant, "survived", NOT_EQUIVALENT)
    if scenarios:
        return Finding(mutant, "scenario", f"{some(scenarios)}; proof")
    if possible:
        return Finding(mutant, "proof", "proof")
    return Finding(mutant, "impossible", "proof, only on evidence that no events give")


def some(calls: list[str]) -> str:
    names = [call.removeprefix("scenario-") for call in calls]
    return f"scenario {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def check_unmutated(suite: Suite, package: dict) -> None:
    """Unbroken, nothing may differ, and the lists written here must be as the models have them."""
    assert suite.wrong_facts(Mutant("none")) == []
    for direction in DIRECTIONS:
        assert suite.wrong_outcomes(package["rules"], direction) == []
        assert suite.differing(package["rules"], direction, direction) == (0, 0)
        for one, other in IMPLICATIONS[direction]:
            contradicts = f"direction = '{direction}' and ({one}) and not ({other})"
            found = suite.connection.execute(f"select call_id from evidence where {contradicts}").fetchall()
            assert not found, f"{one} without {other}: {found}"


def examine_all(warehouse: Warehouse, of: str = "") -> list[Finding]:
    """Every mutant, or those `of` one rule, made and examined. The warehouse is an empty one."""
    package, suite = read_rules(), set_up(warehouse)
    with suite.connection:
        check_unmutated(suite, package)
        mutants = [*rule_mutants(package["rules"]), *derivation_mutants(suite.sql, package)]
        twice = [name for name, count in Counter(mutant.name for mutant in mutants).items() if count > 1]
        assert not twice, f"two mutants of one name: {twice}"
        findings = [examine(suite, mutant) for mutant in mutants if mutant.name.startswith(f"{of}: " if of else "")]
    assert findings, f"no mutant of {of}"
    idle = [pattern for pattern in EQUIVALENT if not any(re.fullmatch(pattern, mutant.name) for mutant in mutants)]
    assert not idle, f"EQUIVALENT has entries that match no mutant: {idle}"
    return findings


def summary(findings: list[Finding]) -> str:
    lines = []
    for what, chosen in (
        ("rules", [f for f in findings if f.mutant.rules]),
        ("derivation", [f for f in findings if f.mutant.replacements]),
    ):
        count = Counter(finding.kind for finding in chosen)
        caught = count["scenario"] + count["proof"] + count["impossible"]
        lines.append(
            f"{what}: {len(chosen)} mutants, {caught} caught ({count['scenario']} by a scenario, {count['proof']} by the proof"
            f" alone, {count['impossible']} by the proof on evidence that no events give), {count['equivalent']} equivalent,"
            f" {count['survived']} survived"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rules.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short", action="store_true", help="print only what is equivalent or survives, and the counts"
    )
    parser.add_argument("--of", metavar="RULE", default="", help="only the mutants of this rule")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        findings = examine_all(Warehouse(Path(folder)), options.of)
    print("| mutant | caught by |\n|---|---|")
    for finding in findings:
        if not options.short or finding.kind in ("equivalent", "survived"):
            says = f"{finding.kind}: {finding.says}" if finding.kind in ("equivalent", "survived") else finding.says
            print(f"| {finding.mutant.name} | {says} |")
    print(f"\n{summary(findings)}")
    return 1 if any(finding.kind == "survived" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
