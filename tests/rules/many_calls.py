"""20,000 random calls, the same on every engine, and in how many of them each thing occurs on which rules decide."""

import random
from collections import Counter
from functools import cache

from support.random_calls import drawn_events, queue_calls, random_events

from rules.reference import EVENT_TYPES, quarantine_reason, read_event

ANSWERS = ("agent_answered", "callee_answered", "customer_answered")


@cache
def many_events() -> list[dict]:
    """Of 20,000 calls; most are made at random, some are drawn so that events come at few instants, some go through queues."""
    rng = random.Random(20)
    return random_events(rng, 17_000) + drawn_events(2_000, seed=20) + queue_calls(rng, 1_000)


def in_how_many_calls(rows: list[dict]) -> Counter:
    """What occurs → in how many calls. A call is a source system and an id; of a refused event nothing else counts."""
    found = set()
    instants = Counter()
    for row in rows:
        event = read_event(row)
        call = (event.source_system, event.call_id)
        if quarantine_reason(event):
            found.add(("a refused event", call))
            continue
        instants[call, event.occurred_at] += 1
        found.add((event.event_type, call))
        found.add((f"party {event.party}", call))
        found.add((f"direction {event.direction}", call))
        if event.event_type in ANSWERS:
            found.add((f"answer {event.reason}", call))
    found |= {("several events at one instant", call) for (call, _), count in instants.items() if count > 1}
    return Counter(what for what, _ in found)


# Each must occur in many calls, or equality would say little about it.
LOOKED_FOR = [
    *sorted(EVENT_TYPES),
    *(f"party {party}" for party in ("customer", "agent", "system", "calling", "called")),
    *(f"direction {side}" for side in ("incoming", "outgoing", "internal")),
    *(f"direction assumed_{side}" for side in ("incoming", "outgoing", "internal")),
    *(f"answer {reason}" for reason in ("machine", "unproven")),
    "several events at one instant",
    "a refused event",
]
