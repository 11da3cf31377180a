"""Random raw events, as awkward as the contract allows: ties, repeats, contradictions, junk, broken rows.

Two generators: `random_events` makes many calls from one seed, quickly. `any_call` is a hypothesis strategy for the
events of one call: it looks for corners by itself and shrinks what it finds; `drawn_events` makes many calls with it.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, given
from hypothesis import seed as hypothesis_seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rules.reference import (
    ANSWER_SYNONYMS,
    ASSUMED,
    BOTH_DIRECTIONS,
    CALLEE_EVENTS,
    DIRECTION_SYNONYMS,
    ENDS,
    FAILURE_SYNONYMS,
    INCOMING_ONLY,
    LEFT_SYNONYMS,
    LEG_EVENTS,
    OUTGOING_ONLY,
    PARTY_SYNONYMS,
)

AS_OF = datetime(2026, 3, 20, 12)

# Lists, since a set has no order to draw from.
INCOMING, OUTGOING, AGENT, CALLEE = map(sorted, (INCOMING_ONLY, OUTGOING_ONLY, LEG_EVENTS, CALLEE_EVENTS))
OTHER = sorted(BOTH_DIRECTIONS - LEG_EVENTS - CALLEE_EVENTS - ENDS)

ANSWER_KINDS = [None, "machine", "human", "unproven", "unproven"]
FAILURES = ["number_busy", "not_in_service", "congestion"]
REASONS_THAT_MATTER = {
    "queue_left": ["connected", "abandoned", "timeout", "full", "empty", "key", "callback"],
    "agent_answered": ANSWER_KINDS,
    "callee_answered": ANSWER_KINDS,
    "customer_answered": ANSWER_KINDS,
    "dial_failed": FAILURES,
    "callee_failed": FAILURES,
    "dial_blocked": ["country_restricted", "credit"],
}
ANY_REASON = [
    None,
    "",
    "abandoned",
    "timeout",
    "full",
    "empty",
    "key",
    "callback",
    "connected",
    "country_restricted",
    "machine",
    "human",
    "unproven",
    "number_busy",
    "not_in_service",
    "congestion",
    "whatever",
]
PARTIES = ["customer", "agent", "system", "calling", "called", None, "", "robot"]
# Synonym → word, from which the word → its synonyms.
ALL_SYNONYMS = {**DIRECTION_SYNONYMS, **PARTY_SYNONYMS, **LEFT_SYNONYMS, **ANSWER_SYNONYMS, **FAILURE_SYNONYMS}
SYNONYMS_OF = {
    word: [synonym for synonym, its_word in ALL_SYNONYMS.items() if its_word == word] for word in ALL_SYNONYMS.values()
}
WHITE_SPACE = [" ", "  ", "\t", "\u00a0", "\n", "\t \u00a0"]
# Names whose binary order is not their dictionary order, and one that looks like a leg.
AGENTS = ["anna", "Ben", "Zoë", "é", "10", "9", "leg-1"]
LEGS = ["leg-1", "leg-2", "anna", "10"]
NUMBERS = [None, "", "+15550001", "+15550002", "15550001", "0049 30 1234"]
WITHHELD = [
    "anonymous",
    "Anonymous@anonymous.invalid",
    "unknown",
    "Restricted",
    "private",
    "WITHHELD",
    "unavailable",
    "-1",
    "0000000",
    "+266696687",
    "266696687",
    "7378742833",
]
SECONDS = [None, 0.0, 0.5, 0.999999, 1.0, 4.9, 5.0, 12.0, -1.0, math.nan, math.inf]
CODES = [None, None, "", "486", "17", "9", "480"]
SCHEMES = [None, "", "sip", "q850", "Sip"]
REPORTED = [None, None, None, "", "ANSWERED", "no answer", "Answered", "éteint"]
SOURCES = ["canonical", "canonical", None, "", "pbx", "pbx|a"]
OUT_OF_RANGE_TIMES = [
    None,
    "10000-01-01 00:00:00",
    "20000-02-03 00:00:00",
    "infinity",
    "-infinity",
    "0044-03-15 (BC) 12:00:00",
]
IMPLAUSIBLE_TIMES = [
    datetime(1989, 12, 31, 23, 59, 59, 999_999),
    datetime(1990, 1, 1),  # the first that is plausible
    datetime(1901, 1, 1),
    datetime(2100, 1, 1),
    datetime(2345, 6, 7),
]
# A coarse grid, so that many events tie; and steps below a second.
STEPS = [0, 0, 0, 1, 1, 2, 3, 5, 20, 90]
FRACTIONS = [0, 0, 0, 0, 1, 250_000, 999_999]


def random_events(rng: random.Random, calls: int) -> list[dict]:
    """Raw events of about that many calls, each with `loaded_at` set to some plausible time."""
    rows = []
    for number in range(calls):
        rows += random_call(rng, number)
    return rows


# What a call's events say about its direction → how often.
KINDS = {"incoming": 42, "outgoing": 28, "mixed": 10, "unknown": 5, "internal": 5, "assumed": 10}


def random_call(rng: random.Random, number: int) -> list[dict]:
    kind = rng.choices(list(KINDS), weights=list(KINDS.values()))[0]
    source = rng.choice(SOURCES)
    # Some calls share their id with one of another source, and some keys would collide if glued with a separator.
    call_id = rng.choice([f"call {number}", f"call {number}", f"call {number // 2}", f"a|call {number}"])
    start = random_start(rng)
    rows = []
    few_types = rng.random() < 0.5
    types = {
        "incoming": some(rng, INCOMING, few_types),
        "outgoing": some(rng, OUTGOING, few_types),
        "agent": [] if few_types and rng.random() < 0.5 else some(rng, AGENT, few_types),
        "callee": some(rng, CALLEE, few_types) if rng.random() < 0.35 else [],
        "end": rng.choice([["call_ended"], ["call_ended"], ["part_ended"], sorted(ENDS)]),
    }
    for place in range(rng.choice([1, 1, 2, 3, 4, 5, 6, 8, 12])):
        rows.append(random_event(rng, kind, types, start, f"{number}/{place}", source, call_id))
    if rng.random() < 0.6:
        for place in range(rng.choice([1, 1, 1, 2, 3])):
            rows.append(random_end(rng, kind, types, start, f"{number}/end {place}", source, call_id))
    if len(rows) > 1 and rng.random() < 0.25:
        # One id, two contents.
        one, other = rng.sample(rows, 2)
        other["event_id"] = one["event_id"]
    if rng.random() < 0.25:
        rows += [dict(row) for row in rng.sample(rows, rng.randint(1, len(rows)))]
    if rng.random() < 0.15:
        broken = dict(rng.choice(rows))
        break_row(rng, broken)
        rows.append(broken)
    return rows


def some(rng: random.Random, types: list[str], few: bool) -> list[str]:
    """All of the types, or just a few: a call with every kind of evidence never gets to the later rules."""
    return rng.sample(types, 2) if few else types


def random_start(rng: random.Random) -> datetime:
    """Long ago, lately, or on the edge of a time-out."""
    return rng.choice(
        [
            datetime(2026, 3, 2, 9) + timedelta(minutes=rng.randrange(600)),
            datetime(2026, 3, 2, 23, 59, 58),
            AS_OF - timedelta(minutes=rng.randrange(30 * 60)),
            AS_OF - timedelta(hours=rng.choice([1, 24]), seconds=rng.choice([0, 0, 3, 20])),
        ]
    )


def random_time(rng: random.Random, start: datetime) -> datetime:
    steps = sum(rng.choice(STEPS) for _ in range(rng.randrange(4)))
    return start + timedelta(seconds=steps, microseconds=rng.choice(FRACTIONS))


DIRECTIONS_OF = {"mixed": ["incoming", "outgoing", "internal"], "assumed": ASSUMED}


def random_event(rng, kind, types, start, event_id, source, call_id) -> dict:
    direction = rng.choice(DIRECTIONS_OF[kind]) if kind in DIRECTIONS_OF else kind
    pool = types.get(direction.removeprefix("assumed_"), types["incoming"] + types["outgoing"])
    event_type = rng.choice(rng.choice([pool, pool, types["agent"] or pool, types["callee"] or pool, OTHER]))
    if rng.random() < 0.02:
        # Perhaps of the other direction, and refused then.
        event_type = rng.choice(INCOMING + OUTGOING)
    return {
        "event_id": event_id,
        "source_system": source,
        "call_id": call_id,
        "leg_id": rng.choice(LEGS) if rng.random() < 0.3 else rng.choice([None, ""]),
        "direction": in_other_words(rng, own_direction(rng, direction)),
        "event_type": oddly_spelled(rng, event_type),
        "occurred_at": random_time(rng, start),
        "loaded_at": start + timedelta(minutes=5),
        "party": in_other_words(rng, rng.choice(PARTIES)),
        "agent_id": rng.choice(AGENTS[:3] if rng.random() < 0.7 else AGENTS)
        if rng.random() < 0.6
        else rng.choice([None, ""]),
        "customer_number": rng.choice(NUMBERS if rng.random() < 0.9 else WITHHELD),
        "business_number": rng.choice(NUMBERS if rng.random() < 0.95 else WITHHELD),
        "queue": rng.choice([None, "", "sales", "Support"]),
        "reason": in_other_words(rng, random_reason(rng, event_type)),
        "cause_scheme": rng.choice(SCHEMES),
        "cause_code": rng.choice(CODES),
        "seconds": rng.choice(SECONDS),
        "reported_status": rng.choice(REPORTED),
        "attributes": rng.choice([None, '{"note": "x"}']),
    }


def queue_calls(rng: random.Random, calls: int) -> list[dict]:
    """Raw events of incoming calls that go from queue to queue and back, at few instants, with leaves that are missing and
    with several answers. Hardly a call of `random_events` is answered in a queue."""
    rows = []
    any_type = {"incoming": INCOMING, "outgoing": [], "agent": AGENT, "callee": []}
    for number in range(calls):
        start = random_start(rng)
        event_types = rng.choices(["queue_joined", "queue_left", "agent_ringing"], k=rng.randint(2, 9))
        event_types += ["agent_answered"] * rng.choice([0, 1, 1, 2]) + ["call_ended"] * rng.choice([0, 1, 1, 1])
        for place, event_type in enumerate(event_types):
            row = random_event(
                rng, "incoming", any_type, start, f"queues {number}/{place}", "canonical", f"queues {number}"
            )
            seconds = 12 if event_type == "call_ended" else rng.randrange(10)
            rows.append(
                {
                    **row,
                    "event_type": event_type,
                    "reason": random_reason(rng, event_type),
                    "occurred_at": start + timedelta(seconds=seconds),
                }
            )
    return rows


def random_reason(rng, event_type):
    return rng.choice(REASONS_THAT_MATTER.get(event_type, ANY_REASON) if rng.random() < 0.8 else ANY_REASON)


def in_other_words(rng, word):
    """The word, now and then a synonym of it."""
    if word in SYNONYMS_OF and rng.random() < 0.1:
        word = rng.choice(SYNONYMS_OF[word])
    return oddly_spelled(rng, word)


def oddly_spelled(rng, word):
    """The word, now and then in another spelling of it."""
    if not word or rng.random() < 0.93:
        return word
    if rng.random() < 0.5:
        word = word.replace("_", rng.choice("- "))
    if rng.random() < 0.5:
        word = rng.choice([word.upper(), word.title()])
    if rng.random() < 0.5:
        word = rng.choice(["", *WHITE_SPACE]) + word + rng.choice(WHITE_SPACE)
    return word


def random_end(rng, kind, types, start, event_id, source, call_id) -> dict:
    row = random_event(rng, kind, types, start, event_id, source, call_id)
    row["event_type"] = oddly_spelled(rng, rng.choice(types["end"]))
    row["occurred_at"] += timedelta(seconds=rng.choice([0, 5, 30]))
    return row


def own_direction(rng, direction):
    """Not every event of a call names its direction."""
    if direction == "unknown":
        return rng.choice([None, ""])
    if rng.random() < 0.05:
        return rng.choice(ASSUMED)
    return rng.choice([direction, direction, direction, None, ""])


def break_row(rng, row) -> None:
    """Makes the row one that must be refused, sometimes for several reasons; a few stay valid on the very edge."""
    for _ in range(rng.choice([1, 1, 2])):
        column = rng.choice(
            [
                "event_id",
                "call_id",
                "event_type",
                "direction",
                "occurred_at",
                "loaded_at",
                "implausible",
                "not allowed",
                "future",
            ]
        )
        if column in ("event_id", "call_id"):
            row[column] = rng.choice([None, ""])
        elif column == "event_type":
            row[column] = rng.choice([None, "", "ringing", "Call Ended!", "agent__ringing", "-"])
        elif column == "direction":
            row[column] = rng.choice(["sideways", "incomming", "assumed", "assumed_sideways"])
        elif column in ("occurred_at", "loaded_at"):
            row[column] = rng.choice(OUT_OF_RANGE_TIMES)
        elif column == "implausible":
            row["occurred_at"] = rng.choice(IMPLAUSIBLE_TIMES)
        elif column == "not allowed":
            row["direction"], row["event_type"] = rng.choice(
                [
                    ("incoming", rng.choice(OUTGOING)),
                    ("outgoing", rng.choice(INCOMING)),
                ]
            )
        else:
            row["seconds_ahead"] = rng.choice([86_400, 86_400.000001, 100_000])


def load_into(rng: random.Random, rows: list[dict], loaded_at: list[datetime]) -> list[list[dict]]:
    """Splits the rows into as many loads at random, in random order, and gives them the time of their load.

    A row whose `loaded_at` is broken stays broken. Rows meant to lie in the future are put relative to their load.
    """
    loads: list[list[dict]] = [[] for _ in loaded_at]
    # Most calls come whole, in one load; the others have late events.
    home: dict[tuple, int] = {}
    for row in rows:
        row = dict(row)
        key = (row["source_system"], row["call_id"])
        load = home.setdefault(key, rng.randrange(len(loads)))
        if rng.random() < 0.3:
            load = rng.randrange(len(loads))
        if isinstance(row["loaded_at"], datetime):
            row["loaded_at"] = loaded_at[load] - timedelta(seconds=rng.choice([0, 0, 60, 600.5]))
        ahead = row.pop("seconds_ahead", None)
        if ahead is not None and isinstance(row["loaded_at"], datetime):
            row["occurred_at"] = row["loaded_at"] + timedelta(seconds=ahead)
        loads[load].append(row)
    for load in loads:
        rng.shuffle(load)
    return loads


def hold_back(loads: list[list[dict]], source: str, loaded_at: datetime) -> list[list[dict]]:
    """The same loads, but all rows of one source come with the last of them, with an old time of their load."""
    late = [row for load in loads for row in load if row["source_system"] == source]
    for row in late:
        if isinstance(row["loaded_at"], datetime):
            row["loaded_at"] = loaded_at
    others = [[row for row in load if row["source_system"] != source] for load in loads]
    return [*others[:-1], others[-1] + late]


# ---- hypothesis -----------------------------------------------------------------------------------------------------

# Few instants, so that most calls have ties; the last ones are on the two sides of the time-out, and late.
INSTANTS = [
    AS_OF - timedelta(hours=24) + step
    for step in (
        timedelta(seconds=-20),
        timedelta(microseconds=-1),
        timedelta(0),
        timedelta(microseconds=1),
        timedelta(seconds=20),
        timedelta(hours=23, minutes=55),
    )
]


POOLS = {
    "incoming": INCOMING,
    "outgoing": OUTGOING,
    "internal": [],
    "unknown": INCOMING + OUTGOING,
    "assumed": INCOMING + OUTGOING,
}
# What an event of such a call says about the direction.
SAID = {"unknown": [None], "assumed": [None, *ASSUMED]}
# What an event may hold, the simplest first: hypothesis shrinks towards it.
CHOICES = {
    "occurred_at": INSTANTS,
    "party": [None, "customer", "agent", "system", "calling", "called", "robot"],
    "agent_id": [None, "anna", "Ben"],
    "leg_id": [None, None, "anna", "leg-1"],
    "seconds": [None, 0.0, 0.999999, 1.0, 12.0, -1.0],
    "queue": [None, "sales", "Support"],
    "customer_number": [None, "+15550001", "+15550002"],
    "cause_scheme": [None, "sip"],
    "cause_code": [None, "486", "17"],
}


def any_event(direction: str) -> st.SearchStrategy[dict]:
    """A valid event of a call of that direction (`unknown`: of none, `assumed`: of none that is stated).

    One number is drawn and taken apart into the choices: a draw for each of them would be ten times slower.
    """
    choices = {
        "direction": SAID.get(direction, [direction, direction, None]),
        "event_type": ["call_ended", "part_ended", "call_ended", *POOLS[direction], *AGENT, *CALLEE, *OTHER],
        **CHOICES,
        # As many as the longest list of reasons; an event type takes its own.
        "reason": list(range(1 + max(map(len, REASONS_THAT_MATTER.values())))),
    }
    return st.integers(0, math.prod(map(len, choices.values())) - 1).map(lambda number: decoded(number, choices))


def decoded(number: int, choices: dict) -> dict:
    row = {}
    for name, values in choices.items():
        number, place = divmod(number, len(values))
        row[name] = values[place]
    reasons = [None, *REASONS_THAT_MATTER.get(row["event_type"], [])]
    return {**row, "reason": reasons[row["reason"] % len(reasons)]}


ANY_EVENT = {direction: any_event(direction) for direction in POOLS}
ANY_EVENT["mixed"] = st.one_of(*(ANY_EVENT[kind] for kind in ("incoming", "outgoing", "internal", "assumed")))


def any_call(*directions: str) -> st.SearchStrategy[list[dict]]:
    """The valid raw events of one call, at most ten, all with the same `call_id` and an `event_id` of their own."""
    of_direction = [st.lists(ANY_EVENT[direction], min_size=1, max_size=10) for direction in directions or ANY_EVENT]
    return st.one_of(of_direction).map(as_one_call)


def as_one_call(rows: list[dict]) -> list[dict]:
    common = {"call_id": "call", "source_system": "canonical", "loaded_at": AS_OF}
    return [{**row, **common, "event_id": str(place)} for place, row in enumerate(rows)]


def drawn_events(calls: int, seed: int) -> list[dict]:
    """The events of that many calls from `any_call`, each call with an id of its own."""
    found: list[list[dict]] = []

    @hypothesis_seed(seed)
    @hypothesis_settings(
        max_examples=calls,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(any_call())
    def collect(rows):
        found.append(rows)

    collect()
    return [
        {**row, "call_id": f"drawn {number}", "event_id": f"drawn {number}/{row['event_id']}"}
        for number, rows in enumerate(found)
        for row in rows
    ]
