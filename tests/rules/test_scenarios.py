"""Every scenario in one warehouse: a load, a build, a look at what came out; then the next load."""

import random
from types import SimpleNamespace

import pytest
from package.contract import QUEUE_OUTCOMES
from support import firm
from support.harness import by_call, changes, differences, disagreements, fail_on, leg_multiset, queue_visits
from support.scenario_files import AS_OF, LAST_LOAD, LOADED_AT, read_scenarios

from rules.reference import Settings, derive

SCENARIOS = read_scenarios()
VARS = {"call_status_as_of": str(AS_OF)}


@pytest.fixture(scope="module")
def loaded(new_warehouse):
    """What the public relations held after each load."""
    warehouse, after = new_warehouse(), {}
    firm.write(warehouse.path, **firm.of_scenarios())
    for load in LOADED_AT:
        warehouse.write_events([row for scenario in SCENARIOS for row in scenario.rows_of_load(load)])
        warehouse.dbt("build", vars=VARS)
        after[load] = warehouse.relations()
    return SimpleNamespace(warehouse=warehouse, after=after)


def rows_of(scenario, relations):
    """The relations' rows of this scenario's call alone."""
    call = ("canonical", scenario.call_id)
    return {
        relation: by_call(relations[relation]).get(call, [])
        for relation in ("fct_calls", "fct_open_calls", "fct_call_legs", "fct_incoming_calls", "fct_outgoing_calls")
    }


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.test_id)
def test_scenario(loaded, scenario):
    for load, expected in scenario.expected.items():
        found = rows_of(scenario, loaded.after[load])
        wanted = expected.get("relation", "fct_calls")
        holding = [relation for relation in ("fct_calls", "fct_open_calls") if found[relation]]
        assert holding == ([] if wanted == "none" else [wanted]), f"after load {load}"
        if wanted != "none":
            (row,) = found[wanted]
            columns = {name: value for name, value in expected.items() if name != "relation"}
            assert not differences(columns, row), f"after load {load}"
    for load, expected in scenario.expected_legs.items():
        columns = list(expected[0])
        found = rows_of(scenario, loaded.after[load])["fct_call_legs"]
        assert leg_multiset(found, columns) == leg_multiset(expected, columns), f"after load {load}"
    for relation, expectations in (
        ("fct_queue_visits", scenario.expected_queue_visits),
        ("unmapped_source_values", scenario.expected_listed),
        ("quarantined_call_events", scenario.expected_refused),
    ):
        for load, expected in expectations.items():
            found = its_own(scenario, relation, loaded.after[load])
            columns = list(expected[0]) if expected else []
            assert leg_multiset(found, columns) == leg_multiset(expected, columns), f"after load {load}"


def its_own(scenario, relation, relations):
    """A word that nothing maps belongs to the scenario that has it: no other one has the same."""
    rows = queue_visits(relations) if relation == "fct_queue_visits" else relations[relation]
    if relation in ("fct_queue_visits", "quarantined_call_events"):
        return [row for row in rows if row["call_id"] == scenario.call_id]
    sent = {(name, value) for _, row in scenario.events for name, value in row.items()}
    return [row for row in rows if (row["field"], row["value"]) in sent]


def test_every_rule_is_reached(loaded):
    after_the_last_load = {row["status_rule"] for row in loaded.after[LAST_LOAD]["fct_calls"]}
    rules = {row["status_rule"] for row in loaded.warehouse.query("select status_rule from call_status_rules")}
    assert after_the_last_load == rules


def test_every_outcome_of_a_wait_is_reached(loaded):
    assert {row["outcome"] for row in loaded.after[LAST_LOAD]["fct_queue_visits"]} == set(QUEUE_OUTCOMES)


@pytest.mark.parametrize("load", LOADED_AT)
def test_every_column_agrees_with_the_reference(loaded, load):
    rows = [row for scenario in SCENARIOS for row in scenario.rows_up_to(load)]
    problems = disagreements(derive(rows, Settings(AS_OF, **firm.of_scenarios())), loaded.after[load], rows)
    fail_on(problems)


@pytest.mark.long
def test_repeats_in_another_order_change_only_when_the_rows_were_loaded(loaded):
    """Scenario 43 for all calls at once: everything is delivered a second time, shuffled."""
    warehouse = loaded.warehouse
    again = [{**row, "loaded_at": LOADED_AT[2]} for scenario in SCENARIOS for row in scenario.rows_up_to(LAST_LOAD)]
    random.Random(43).shuffle(again)
    warehouse.write_events(again)
    warehouse.dbt("build", vars=VARS)
    before, after = loaded.after[LAST_LOAD], warehouse.relations()
    # These count raw rows, or say how late they came.
    of_rows = ("event_accounting", "quarantined_call_events", "unmapped_source_values", "source_lateness")
    counts = dict.fromkeys(of_rows, [])
    before, after = ({**relations, **counts} for relations in (before, after))
    problems = changes(before, after, ignored=("last_loaded_at", "derived_at", "usual_delay_seconds"))
    fail_on(problems)
