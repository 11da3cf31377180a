"""Records of each phone system become the calls that the pages of tests/scenarios/sources say."""

from types import SimpleNamespace

import pytest
from support.harness import differences

from sources import records

SCENARIOS = [scenario for source in records.sources() for scenario in records.read_scenarios(source)]


# One warehouse for all is made in the time of two. With --all each source is also the only one that is on.
@pytest.fixture(scope="module", params=["all at once", pytest.param("each alone", marks=pytest.mark.long)])
def built(request, new_warehouse):
    """Source → the `warehouse` with the records of its scenarios, its `calls`, and the `sources` that are on in it."""
    done = {}

    def of(source):
        sources = records.sources() if request.param == "all at once" else [source]
        if source not in done:
            warehouse = new_warehouse()
            for one in sources:
                records.load_scenarios(warehouse, records.read_scenarios(one))
            records.build(warehouse, source, call_status_sources=sources)
            calls = records.calls_of(warehouse)
            done.update(dict.fromkeys(sources, SimpleNamespace(warehouse=warehouse, calls=calls, sources=sources)))
        return done[source]

    return of


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.test_id)
def test_scenario(scenario, built):
    calls, wrong = built(scenario.source).calls, {}
    for expected in scenario.expected:
        call = calls.get(expected["call_id"], records.NO_CALL)
        if problems := differences(
            expected if call["status"] not in records.NOT_IN_FACTS else {"status": expected["status"]}, call
        ):
            wrong[expected["call_id"]] = problems
    assert not wrong


@pytest.mark.parametrize("source", records.sources())
def test_every_record_is_accounted_for(source, built):
    of_source = built(source)

    def number(query):
        ((value,),) = (row.values() for row in of_source.warehouse.query(f"select {query}"))
        return value

    raw = [
        f"select '{one}' as source from raw.{table}"
        for one in of_source.sources
        for table in records.raw_tables_of(one)
    ]
    raw = f"({' union all '.join(raw)}) as raw"
    assert number(f"count(*) from {raw} where source = '{source}'") > 0
    assert number("sum(raw_records) from event_accounting") == number(f"count(*) from {raw}")
    assert number("count(*) from quarantined_call_events") == number("sum(quarantined_events) from event_accounting")


# call_log says what its mapping says: test_status_proofs.py sends every status through it.
@pytest.mark.parametrize("source", [source for source in records.sources() if source != "call_log"])
def test_capabilities_are_what_the_records_can_show(source, built):
    """Each status is shown by a scenario, or the records cannot determine it. Both only where a mapping of one's own helps."""
    warehouse = built(source).warehouse

    def statuses(query):
        return {(row["direction"], row["status"]) for row in warehouse.query(query)}

    shown = statuses(f"select distinct direction, status from fct_calls where source = '{source}'")
    undeterminable = statuses(
        "select direction, status from source_capabilities"
        f" where source = '{source}' and capability = 'not_determinable' and status_reason is null"
    )
    has_own_mappings = any(
        one.source == "call_status_mappings" for page in records.read_scenarios(source) for one in page.records
    )
    assert has_own_mappings or not shown & undeterminable
    assert statuses("select direction, status from dim_call_status") - shown - undeterminable == set()
