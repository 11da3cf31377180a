"""Properties of random calls: of the reference call by call, and in bulk through the models.

In bulk: what several runs built bit by bit is what one run builds at once, and what the reference says. Each case takes
a few dbt runs, so the suite has a fixed few.
`CALL_STATUS_SEEDS=20 pytest tests/rules/test_properties.py` soaks: that many further seeds for every case.
"""

import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from package.contract import QUEUE_OUTCOMES
from support.harness import changes, disagreements, fail_on
from support.random_calls import AS_OF, any_call, drawn_events, hold_back, load_into, queue_calls, random_events

from rules.many_calls import LOOKED_FOR, in_how_many_calls, many_events
from rules.reference import EVENT_TYPES, Settings, derive, direction, read_event

# ---- call by call, on the reference ---------------------------------------------------------------------------------

DEFAULTS = Settings(AS_OF)
quickly = hypothesis_settings(max_examples=150, deadline=None)


def facts_of(rows, settings=DEFAULTS):
    """The relations that must not depend on how the events came, in an order of their own."""
    derived = derive(rows, settings)
    relations = ("fct_calls", "fct_call_legs", "fct_queue_visits", "fct_open_calls")
    return {relation: sorted(map(repr, derived[relation])) for relation in relations}


def direction_of(rows):
    return direction([read_event(row) for row in rows])


def moved(row, step):
    return {**row, "occurred_at": row["occurred_at"] + step, "loaded_at": row["loaded_at"] + step}


@given(any_call())
@quickly
def test_every_call_is_in_exactly_one_place(rows):
    derived = derive(rows, DEFAULTS)
    places = len(derived["fct_calls"]) + len(derived["fct_open_calls"])
    assert places == (0 if direction_of(rows) == "internal" else 1)


@given(any_call(), st.randoms())
@quickly
def test_order_and_repeats_do_not_matter(rows, rng):
    again = rows + rng.sample(rows, rng.randint(0, len(rows)))
    rng.shuffle(again)
    assert facts_of(again) == facts_of(rows)


@given(any_call(), any_call())
@quickly
def test_calls_do_not_know_of_each_other(one, other):
    other = [{**row, "call_id": "other"} for row in other]
    alone, together = (facts_of(one), facts_of(other)), facts_of(one + other)
    assert together == {relation: sorted(alone[0][relation] + alone[1][relation]) for relation in together}


@given(any_call(), st.sampled_from(["event_type", "direction", "call_id", "event_id", "occurred_at", "loaded_at"]))
@quickly
def test_a_refused_event_changes_only_the_accounting(rows, column):
    broken = {**rows[0], column: "?" if column in ("event_type", "direction") else None}
    assert facts_of([*rows, broken]) == facts_of(rows)
    assert len(derive([*rows, broken], DEFAULTS)["quarantined_call_events"]) == 1


@given(any_call(), st.timedeltas(timedelta(days=-9999), timedelta(days=9999)))
@quickly
def test_only_distances_in_time_decide(rows, step):
    """The same call at another time, seen by a clock moved as far: the same row, but for its times."""
    (here, there) = (
        derive(some, Settings(as_of))["fct_calls"]
        for some, as_of in ((rows, AS_OF), ([moved(row, step) for row in rows], AS_OF + step))
    )
    assert len(here) == len(there)
    for one, other in zip(here, there):
        assert {name: value + step if isinstance(value, datetime) else value for name, value in one.items()} == other


@given(any_call(), st.timedeltas(timedelta(0), timedelta(days=2)))
@quickly
def test_a_later_clock_only_ends_calls(rows, step):
    now, later = (derive(rows, Settings(as_of))["fct_calls"] for as_of in (AS_OF, AS_OF + step))
    assert not now or now == later


@given(any_call("incoming", "outgoing", "mixed", "assumed"))
@quickly
def test_an_answer_completes_every_call(rows):
    """Whatever else happened, as long as the direction stays what it was."""
    if direction_of(rows) in ("incoming", "outgoing"):
        answer = {"event_id": "answer", "event_type": "callee_answered", "reason": None, "direction": None}
        answered = [*rows, {**rows[0], **answer}]
        assert [row["status"] for row in derive(answered, DEFAULTS)["fct_calls"]] in ([], ["Completed"])


def test_the_generators_know_every_event_type():
    drawn = drawn_events(calls=400, seed=1)
    assert {row["event_type"] for row in drawn} == EVENT_TYPES
    assert not derive(drawn, DEFAULTS)["quarantined_call_events"]


def test_everything_occurs_in_many_calls():
    found = in_how_many_calls(many_events())
    assert {what: found[what] for what in LOOKED_FOR if found[what] < 500} == {}


def test_every_outcome_of_a_wait_occurs_in_many_calls():
    visits = derive(few_events(random.Random(1), seed=1), DEFAULTS)["fct_queue_visits"]
    found = Counter(visit["outcome"] for visit in visits)
    assert {outcome: found[outcome] for outcome in QUEUE_OUTCOMES if found[outcome] < 100} == {}


# ---- in bulk, through the models ------------------------------------------------------------------------------------

CALLS = 5_000
DRAWN_CALLS = 500
QUEUE_CALLS = 1_000


def few_events(rng, seed):
    return random_events(rng, CALLS) + drawn_events(DRAWN_CALLS, seed) + queue_calls(rng, QUEUE_CALLS)


# The second load lies within the hours that a run looks back from the first, the third far after both.
# The first lies about midnight, since loads are counted by day.
LOADED_AT = [datetime(2026, 3, 20, 0, 5), datetime(2026, 3, 19, 22, 30), datetime(2026, 3, 20, 11, 30)]


@dataclass
class Case:
    name: str
    seed: int
    settings: dict = field(default_factory=dict)
    loaded_at: list = field(default_factory=lambda: LOADED_AT)
    # The clock of each run. There may be one more than loads: that run finds nothing new, and still calls that time out.
    clocks: list = field(default_factory=lambda: [AS_OF] * len(LOADED_AT))
    # A source of which everything comes with the last load, with this time, which is older than all others.
    late_source: str | None = None
    late_loaded_at: datetime = datetime(2026, 3, 19, 12)
    has_many_calls: bool = False

    def vars(self, as_of):
        return {"call_status_as_of": str(as_of), **{f"call_status_{k}": v for k, v in self.settings.items()}}

    def reference(self, rows, as_of):
        return derive(rows, Settings(as_of, **self.settings))

    def loads(self, rng):
        few = not self.has_many_calls
        rows = few_events(rng, self.seed) if few else many_events()
        loads = load_into(rng, rows, self.loaded_at)
        if self.late_source:
            loads = hold_back(loads, self.late_source, self.late_loaded_at)
        return loads + [[]] * (len(self.clocks) - len(loads))


DEFAULT = Case("defaults", seed=1)
CASES = [
    DEFAULT,
    Case(
        "any rejection, short time-out, moving clock",
        seed=2,
        settings={"reject_rule": "any", "open_call_timeout_hours": 1, "min_voicemail_seconds": 5},
        clocks=[*[AS_OF - timedelta(hours=9)] * len(LOADED_AT), AS_OF],
    ),
    Case(
        "clock back and forth, a source that comes late",
        seed=3,
        settings={"min_voicemail_seconds": 0},
        loaded_at=sorted(LOADED_AT),
        clocks=[AS_OF, AS_OF - timedelta(hours=9), AS_OF],
        late_source="pbx",
    ),
]
MANY_CALLS = Case("20,000 calls", seed=20, has_many_calls=True)
LONG = [pytest.param(case, marks=pytest.mark.long) for case in [*CASES[1:], MANY_CALLS]]
SOAK = [
    replace(case, name=f"{case.name}, seed {seed}", seed=seed)
    for seed in range(1_000, 1_000 + int(os.environ.get("CALL_STATUS_SEEDS", 0)))
    for case in CASES
]


@pytest.fixture(scope="module")
def bit_by_bit(new_warehouse):
    """Case → a warehouse that took its loads one after the other, compared with the reference after each."""
    done = {}

    def build(case):
        if case.name not in done:
            done[case.name] = load_and_compare(case, new_warehouse())
        return done[case.name]

    return build


def load_and_compare(case, warehouse):
    rows: list[dict] = []
    for load, as_of in zip(case.loads(random.Random(case.seed)), case.clocks):
        rows += load
        warehouse.write_events(load)
        warehouse.dbt("run", vars=case.vars(as_of))
        problems = disagreements(case.reference(rows, as_of), warehouse.relations(), rows)
        fail_on(problems, f"run of {as_of}")
    return SimpleNamespace(warehouse=warehouse, rows=rows)


def at_once(rows, case, warehouse):
    """The same rows in another order, built in one run; in the first case the package's data tests must hold as well."""
    warehouse.write_events(random.Random(case.seed).sample(rows, len(rows)))
    command = "build" if case is DEFAULT else "run"
    warehouse.dbt(command, "--full-refresh", vars=case.vars(case.clocks[-1]))
    return warehouse


@pytest.mark.parametrize("case", [DEFAULT, *LONG, *SOAK], ids=lambda case: case.name)
def test_incremental_is_full_refresh_is_reference(case, bit_by_bit, new_warehouse):
    built = bit_by_bit(case)
    problems = changes(
        built.warehouse.relations(), at_once(built.rows, case, new_warehouse()).relations(), ignored=("derived_at",)
    )
    fail_on(problems)


def test_changed_rules_need_no_raw_event(bit_by_bit, new_warehouse):
    """After a change of what the rules read, a run gives what a full refresh gives, from the stored evidence alone."""
    built = bit_by_bit(DEFAULT)
    warehouse, before = built.warehouse, built.warehouse.relations()
    changed = replace(DEFAULT, settings={"reject_rule": "any", "min_voicemail_seconds": 5})
    with duckdb.connect(warehouse.path) as connection:
        # Whoever reads a raw row now finds nothing that counts. The loads look as they did.
        connection.execute("update raw.call_events set event_type = 'erased'")
    warehouse.dbt("run", vars=changed.vars(AS_OF))
    after = warehouse.relations()

    fail_on(disagreements(changed.reference(built.rows, AS_OF), after, built.rows))
    fail_on(changes(after, at_once(built.rows, changed, new_warehouse()).relations(), ignored=("derived_at",)))
    assert said_of_changed_rules(warehouse) == counted_changes(before["fct_calls"], after["fct_calls"])


def said_of_changed_rules(warehouse):
    """(calls derived again, with another status), as the last run told its user."""
    log = (warehouse.directory / "logs" / "dbt.log").read_text(encoding="utf-8")
    said = re.findall(r"(\d+) calls derived again, (\d+) with another status", log)
    return tuple(map(int, said[-1]))


def counted_changes(before, after):
    status_before = {row["call_key"]: row["status"] for row in before}
    changed = [row for row in after if row["status"] != status_before[row["call_key"]]]
    assert changed, "the change of rules changes nothing: the test shows nothing"
    return len(after), len(changed)
