"""Iceberg's own history says how a table was written: what is new is merged into it, in one commit."""
import pytest
from scenario_files import AS_OF, LOADED_AT, read_scenarios
from warehouses import raw_tables

TABLES = [f"main_internal.{name}" for name in ("int_call_evidence", "int_call_leg_evidence")] + [
    f"main.{name}" for name in ("fct_calls", "event_accounting", "quarantined_call_events")]


@pytest.fixture(scope="module")
def warehouse(new_engine):
    return new_engine()


def run(warehouse, *options, events=(), directory=None):
    """Runs dbt after loading events; gives the commits of each table, the newest last."""
    if events:
        warehouse.append_from(raw_tables(events, directory), "raw.call_events")
    warehouse.dbt("run", *options, vars={"call_status_as_of": str(AS_OF)})
    return {
        table: warehouse.query(f"select snapshot_id, parent_id, operation from {table}.snapshots order by committed_at")
        for table in TABLES
    }


def test_runs_merge(warehouse, tmp_path):
    first, second = ([row for scenario in read_scenarios() for row in scenario.rows_of_load(load)] for load in LOADED_AT[:2])
    built = run(warehouse, events=first, directory=tmp_path / "raw")
    merged = run(warehouse, events=second, directory=tmp_path / "raw")
    for table in TABLES[:3]:
        *before, commit = merged[table]
        assert before == built[table], f"{table} was not written in one commit"
        assert (commit["parent_id"], commit["operation"]) == (before[-1]["snapshot_id"], "overwrite"), table

    assert run(warehouse) == merged, "a run with nothing new wrote something"

    # The table before the refresh is still in its history: it was replaced at once, not dropped.
    refreshed = run(warehouse, "--full-refresh")
    for table in TABLES:
        assert refreshed[table][:-1] == merged[table], table


def test_nothing_is_left_beside_the_tables(warehouse):
    (folder,) = warehouse.query("describe schema extended main_internal") and [
        row["info_value"] for row in warehouse.query("describe schema extended main_internal") if row["info_name"] == "Location"]
    from pathlib import Path
    files = {path.relative_to(folder.removeprefix("file:")).parts[0] for path in Path(folder.removeprefix("file:")).rglob("*.parquet")}
    assert files == {"int_call_evidence", "int_call_leg_evidence"}
