"""Random calls in bulk: what three runs built bit by bit is what one run builds at once, and what the reference says.

Each case takes a few dbt runs, so the suite has a fixed few.
`CALL_STATUS_SEEDS=20 pytest tests/test_properties.py` soaks: that many further seeds for every case.
"""
import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from harness import changes, disagreements, fail_on
from random_calls import AS_OF, load_into, random_events
from reference.call_reference import Settings, derive

CALLS = 2_000

BUILD = ("build",)

# The second load lies within the hours that a run looks back from the first, the third far after both.
# The first lies about midnight, since loads are counted by day.
LOADED_AT = [datetime(2026, 3, 20, 0, 5), datetime(2026, 3, 19, 22, 30), datetime(2026, 3, 20, 11, 30)]


@dataclass
class Case:
    name: str
    seed: int
    settings: dict = field(default_factory=dict)
    # The clock of each run; one more than loads: that run finds nothing new, and still calls that have timed out.
    clocks: list = field(default_factory=lambda: [AS_OF] * len(LOADED_AT))

    def vars(self, as_of):
        return {"call_status_as_of": str(as_of), **{f"call_status_{k}": v for k, v in self.settings.items()}}

    def reference(self, rows, as_of):
        return derive(rows, Settings(as_of, **self.settings))


def ticking(last):
    """Clocks that move on between the runs, with a last run after the last load."""
    return [last - timedelta(hours=9), last - timedelta(hours=5), last - timedelta(hours=1), last]


CASES = [
    Case("defaults", seed=1),
    Case("any rejection, short time-out, moving clock", seed=2, clocks=ticking(AS_OF),
         settings={"reject_rule": "any", "open_call_timeout_hours": 1, "min_voicemail_seconds": 5}),
]
SOAK = [
    Case(f"{case.name}, seed {seed}", seed, case.settings, case.clocks)
    for seed in range(1_000, 1_000 + int(os.environ.get("CALL_STATUS_SEEDS", 0)))
    for case in CASES
]


@pytest.mark.parametrize("case", CASES + SOAK, ids=lambda case: case.name)
def test_incremental_is_full_refresh_is_reference(case, new_warehouse):
    rng = random.Random(case.seed)
    loads = load_into(rng, random_events(rng, CALLS), LOADED_AT)
    loads += [[]] * (len(case.clocks) - len(loads))
    rows: list[dict] = []

    bit_by_bit = new_warehouse()
    for load, as_of in zip(loads, case.clocks):
        rows += load
        bit_by_bit.write_events(load)
        bit_by_bit.dbt(*BUILD, vars=case.vars(as_of))
        problems = disagreements(case.reference(rows, as_of), bit_by_bit.relations(), rows)
        fail_on(problems, f"run of {as_of}")

    at_once = new_warehouse()
    rng.shuffle(rows)
    at_once.write_events(rows)
    at_once.dbt(*BUILD, "--full-refresh", vars=case.vars(case.clocks[-1]))
    problems = changes(bit_by_bit.relations(), at_once.relations(), ignored=("derived_at",))
    fail_on(problems)
