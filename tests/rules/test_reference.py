"""The plain-Python reference against the scenarios, and its promises about order and repeats. Needs no dbt."""

import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support import firm
from support.harness import differences, leg_multiset
from support.random_calls import AS_OF as RANDOM_AS_OF
from support.random_calls import random_events
from support.scenario_files import AS_OF, read_scenarios

from rules.reference import Settings, derive

SCENARIOS = read_scenarios()
SETTINGS = Settings(AS_OF, **firm.of_scenarios())
RELATIONS = ("fct_calls", "fct_open_calls")


def test_every_acceptance_case_has_a_scenario():
    numbers = [scenario.number for scenario in SCENARIOS]
    assert len(set(numbers)) == len(numbers)
    assert {str(case) for case in range(1, 84)} <= set(numbers)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.test_id)
def test_scenario(scenario):
    assert scenario.expected, "no `Expected` table"
    for load, expected in scenario.expected.items():
        derived = derive(scenario.rows_up_to(load), SETTINGS)
        wanted = expected.get("relation", "fct_calls")
        holding = [relation for relation in RELATIONS if derived[relation]]
        assert holding == ([] if wanted == "none" else [wanted])
        if wanted != "none":
            columns = {name: value for name, value in expected.items() if name != "relation"}
            assert not differences(columns, derived[wanted][0])
    for load, expected in scenario.expected_legs.items():
        derived = derive(scenario.rows_up_to(load), SETTINGS)
        columns = list(expected[0])
        assert leg_multiset(derived["fct_call_legs"], columns) == leg_multiset(expected, columns)
    others = (
        ("fct_queue_visits", scenario.expected_queue_visits),
        ("unmapped_source_values", scenario.expected_listed),
        ("quarantined_call_events", scenario.expected_refused),
    )
    for relation, expectations in others:
        for load, expected in expectations.items():
            found = derive(scenario.rows_up_to(load), SETTINGS)[relation]
            columns = list(expected[0]) if expected else []
            assert leg_multiset(found, columns) == leg_multiset(expected, columns)


def test_repeats_and_order_change_only_when_the_row_was_loaded():
    """Scenario 43: the second load only repeats the first."""
    (scenario,) = [scenario for scenario in SCENARIOS if scenario.number == "43"]
    once, twice = (derive(scenario.rows_up_to(load), SETTINGS) for load in (1, 2))
    assert set(differences(once["fct_calls"][0], twice["fct_calls"][0])) == {"last_loaded_at"}
    for relation in ("fct_call_legs", "fct_queue_visits"):
        assert once[relation] == twice[relation]


@given(st.integers(0, 2**32))
@hypothesis_settings(max_examples=40, deadline=None)
def test_order_and_repeats_never_matter(seed):
    rng = random.Random(seed)
    rows = random_events(rng, calls=10)
    shuffled = rows + rng.sample(rows, len(rows) // 2)
    rng.shuffle(shuffled)
    first, second = (derive(some, Settings(RANDOM_AS_OF)) for some in (rows, shuffled))
    for relation in ("fct_calls", "fct_open_calls", "fct_call_legs", "fct_queue_visits"):
        assert sorted(map(repr, first[relation])) == sorted(map(repr, second[relation]))


@given(st.integers(0, 2**32))
@hypothesis_settings(max_examples=40, deadline=None)
def test_every_row_is_accounted_for(seed):
    rows = random_events(random.Random(seed), calls=10)
    derived = derive(rows, Settings(RANDOM_AS_OF))
    parts = ("quarantined_events", "internal_events", "duplicate_events", "kept_events")
    for row in derived["event_accounting"]:
        assert row["raw_events"] == sum(row[part] for part in parts)
    assert sum(row["raw_events"] for row in derived["event_accounting"]) == len(rows)
    assert sum(row["quarantined_events"] for row in derived["event_accounting"]) == len(
        derived["quarantined_call_events"]
    )
