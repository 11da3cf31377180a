"""Databases that another version of the package made: a run says what to do and changes nothing, and a full refresh does it.

old_state.duckdb.gz was written by the release before version 2 (make_old_state.py).
"""

import gzip
import re
import shutil

import duckdb
import pytest
from runs.test_backfill import AS_OF as AS_OF_ROWS
from runs.test_backfill import ROWS
from support.harness import DbtFailed, changes

from operations.make_old_state import AS_OF, FIXTURE

CLOCK = {"call_status_as_of": AS_OF}


def problem(warehouse, *command, vars):
    with pytest.raises(DbtFailed) as failed:
        warehouse.dbt(*command, vars=vars)
    return re.sub(r"\s+", " ", str(failed.value))


@pytest.fixture
def old(new_warehouse):
    warehouse = new_warehouse()
    warehouse.path.write_bytes(gzip.decompress(FIXTURE.read_bytes()))
    return warehouse


def test_a_state_of_the_release_before_version_2(old, new_warehouse):
    before = old.path.read_bytes()
    message = problem(old, "build", vars=CLOCK)
    assert "holds evidence of version" in message and "Run `dbt build --full-refresh` once" in message
    assert old.path.read_bytes() == before

    old.dbt("run", "--full-refresh", vars=CLOCK)
    fresh = new_warehouse()
    with duckdb.connect(fresh.path) as connection:
        connection.execute(f"attach '{old.path}' as old_state (read_only); create schema raw")
        for table in ("call_events", "call_events_unreadable", "loaded_files"):
            connection.execute(f"create table raw.{table} as from old_state.raw.{table}")
    fresh.dbt("run", vars=CLOCK)
    found, expected = old.relations(), fresh.relations()
    assert len(found["fct_calls"]) > 30 and len(found["quarantined_call_events"]) == 4
    assert changes(expected, found, ignored=("derived_at",)) == []
    earlier = {"int_named_evidence", "int_call_leg_evidence", "stg_call_events", "stg_unreadable_rows"}
    assert not earlier & {row["table_name"] for row in old.query("select table_name from information_schema.tables")}


@pytest.fixture(scope="module")
def built_once(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(ROWS)
    warehouse.dbt("run", vars=AS_OF_ROWS)
    return warehouse


@pytest.mark.parametrize(
    "change, named",
    [
        ("alter table main.fct_calls drop status_could_also_be", "status_could_also_be"),
        ("alter table main.event_accounting add column lost_events bigint", "lost_events"),
        ("alter table main_internal.int_leg_evidence_packed drop first_agent", "first_agent"),
    ],
    ids=["a column of facts", "a column too many", "a column of evidence"],
)
def test_a_table_of_another_version_stops_a_run_before_any_model(built_once, new_warehouse, change, named):
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(change)
    before = warehouse.path.read_bytes()
    message = problem(warehouse, "run", vars=AS_OF_ROWS)
    assert "was made by another version of this package" in message and f"differ in {named}." in message
    assert warehouse.path.read_bytes() == before


def test_a_table_that_was_added_is_made(built_once, new_warehouse):
    """From what is stored: no full refresh is needed."""
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("drop table main_internal.int_queue_evidence_packed; drop table main.fct_queue_visits")
    warehouse.dbt("run", vars=AS_OF_ROWS)
    assert changes(built_once.relations(), warehouse.relations(), ignored=("derived_at",)) == []
