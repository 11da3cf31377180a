"""On DuckDB a run leaves tables alone that nothing may change (macros/engine/duckdb_materializations.sql)."""

import pytest
from support.harness import not_kept, valid_event

READERS = {
    "int_call_evidence_packed",
    "int_leg_evidence_packed",
    "int_queue_evidence_packed",
    "int_unmapped_words",
    "quarantined_call_events",
    "event_accounting",
    "source_lateness",
}
BEHIND_FACTS = {"fct_call_legs", "fct_queue_visits", "fct_calls_hourly", "int_missed_call_contacts"}


def written(warehouse, as_of="2026-03-02 12:00:00", **variables):
    """The tables that a run did not leave alone."""
    results = warehouse.dbt("run", vars={"call_status_as_of": as_of, **variables}).results
    tables, found = not_kept(results, "call_status_incremental")
    assert tables == READERS | {"fct_calls"} | BEHIND_FACTS
    return found


@pytest.fixture
def warehouse(new_warehouse):
    """A call that has ended, and one that has not."""
    warehouse = new_warehouse()
    warehouse.write_events(
        [
            valid_event("ended", "event 0", event_type="call_ended"),
            valid_event("call 1", "event 1", event_type="agent_ringing", agent_id="anna"),
        ]
    )
    written(warehouse)
    return warehouse


def test_with_nothing_new_no_table_is_written(warehouse):
    assert written(warehouse) == set()


def test_a_new_event_writes_all_tables_once(warehouse):
    warehouse.write_events([valid_event("call 1", "event 2", event_type="call_ended", loaded_at="2026-03-02 11:30:00")])
    assert written(warehouse) == READERS | {"fct_calls"} | BEHIND_FACTS
    assert written(warehouse) == set()
    assert warehouse.query("select status from fct_calls where call_id = 'call 1'") == [{"status": "Missed"}]


def test_a_call_that_the_clock_closes_writes_the_facts_and_what_is_behind_them(warehouse):
    assert written(warehouse, as_of="2026-03-04 12:00:00") == {"fct_calls"} | BEHIND_FACTS
    assert written(warehouse, as_of="2026-03-04 12:00:00") == set()
    assert written(warehouse, as_of="2026-03-02 12:00:00") == {"fct_calls"} | BEHIND_FACTS
    assert warehouse.query("select call_id from fct_calls") == [{"call_id": "ended"}]


def test_another_definition_of_a_kpi_writes_the_tables_that_know_it(warehouse):
    written(warehouse, as_of="2026-03-04 12:00:00")
    assert written(warehouse, as_of="2026-03-04 12:00:00", call_status_callback_window_hours=2) == {
        "fct_calls_hourly",
        "int_missed_call_contacts",
    }


def test_a_refused_event_writes_the_readers_alone(warehouse):
    warehouse.write_events([valid_event("call 2", "event 3", event_type="lunch", loaded_at="2026-03-02 11:30:00")])
    assert written(warehouse) == READERS
    assert len(warehouse.query("select * from quarantined_call_events")) == 1
