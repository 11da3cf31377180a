"""A run leaves a view alone that would be the same, and makes it anew where it would not be (macros/engine/duckdb_materializations.sql)."""

import duckdb
import pytest
from support.harness import not_kept, valid_event


def made_anew(warehouse, *selection, vars=None):
    """The views that a run did not leave alone."""
    results = warehouse.dbt(
        "run", *selection, vars={"call_status_as_of": "2026-03-03 00:00:00", **(vars or {})}
    ).results
    views, found = not_kept(results, "call_status_view")
    assert views
    return found


@pytest.fixture
def warehouse(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events([valid_event("call 1", "event 1")])
    made_anew(warehouse)
    return warehouse


def test_a_second_run_makes_none_and_a_full_refresh_all(warehouse):
    assert made_anew(warehouse) == set()
    views = {row["view_name"] for row in warehouse.query("select view_name from duckdb_views() where not internal")}
    assert made_anew(warehouse, "--full-refresh") == views


def test_views_that_read_a_view_that_changed_are_made_anew_too(warehouse):
    """Numbers of the United Kingdom are local to its own time: calls_for_analysis has another SQL, its readers have not."""
    changed = made_anew(warehouse, vars={"call_status_time_zone": "Europe/London"})
    assert {"calls_for_analysis", "call_status_legs_by_local_date"} <= changed
    assert "dim_agents" not in changed


def test_a_view_or_table_that_somebody_put_in_its_place_is_taken_away(warehouse):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create or replace view dim_date as select 1 as one")
        connection.execute("drop view dim_agents")
        connection.execute("create table dim_agents as select 1 as one")
    assert made_anew(warehouse) == {"dim_date", "dim_agents"}
    assert "agent_id" in duckdb_columns(warehouse, "dim_agents")


def test_raw_columns_of_other_types_are_read_by_the_views_above_them(warehouse):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("""
            create or replace table raw.call_events as
            select * replace (occurred_at::timestamptz as occurred_at, attributes::json as attributes) from raw.call_events
        """)
    assert made_anew(warehouse) == {"int_call_events", "call_timeline"}
    assert len(warehouse.query("select * from call_timeline")) == 1


def duckdb_columns(warehouse, relation):
    return {row["column_name"] for row in warehouse.query(f"describe {relation}")}
