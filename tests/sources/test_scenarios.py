"""Records of each phone system become the calls that the pages of tests/scenarios/sources say."""

import pytest
from support.harness import differences

from sources import records

SCENARIOS = [scenario for source in records.sources() for scenario in records.read_scenarios(source)]


@pytest.fixture(scope="module")
def built(new_warehouse):
    """Source → a warehouse with the records of all its scenarios."""
    done = {}

    def of(source):
        if source not in done:
            done[source] = new_warehouse()
            records.load_scenarios(done[source], records.read_scenarios(source))
            records.build(done[source], source)
        return done[source]

    return of


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.test_id)
def test_scenario(scenario, built):
    warehouse = built(scenario.source)
    wrong = {}
    for expected in scenario.expected:
        call = records.call_of(warehouse, expected["call_id"])
        if problems := differences(
            expected if call["status"] not in records.NOT_IN_FACTS else {"status": expected["status"]}, call
        ):
            wrong[expected["call_id"]] = problems
    assert not wrong


@pytest.mark.parametrize("source", records.sources())
def test_every_record_is_accounted_for(source, built):
    warehouse = built(source)
    tables = records.raw_tables_of(source)
    raw = sum(warehouse.query(f"select count(*) as n from raw.{table}")[0]["n"] for table in tables)
    counted = warehouse.query(
        "select coalesce(sum(raw_records), 0) as n, coalesce(sum(silent_records), 0) as silent from event_accounting"
    )
    assert counted[0]["n"] == raw > 0
    shown = warehouse.query("select count(*) as n from quarantined_call_events")[0]["n"]
    kept = warehouse.query("select sum(quarantined_events) as n from event_accounting")[0]["n"]
    assert shown == kept


# call_log says what its mapping says: test_status_proofs.py sends every status through it.
@pytest.mark.parametrize("source", [source for source in records.sources() if source != "call_log"])
def test_capabilities_are_what_the_records_can_show(source, built):
    """Each status is shown by a scenario, or the records cannot determine it. Both only where a mapping of one's own helps."""
    warehouse = built(source)

    def statuses(query):
        return {(row["direction"], row["status"]) for row in warehouse.query(query)}

    shown = statuses("select distinct direction, status from fct_calls")
    undeterminable = statuses(
        "select direction, status from source_capabilities"
        f" where source = '{source}' and capability = 'not_determinable' and status_reason is null"
    )
    has_own_mappings = any(
        one.source == "call_status_mappings" for page in records.read_scenarios(source) for one in page.records
    )
    assert has_own_mappings or not shown & undeterminable
    assert statuses("select direction, status from dim_call_status") - shown - undeterminable == set()
