"""A run merges what is new into a table, in one commit. Iceberg's own history of the table says so."""

from pathlib import Path

from support.scenario_files import AS_OF, LOADED_AT, read_scenarios

from engines.warehouses import raw_tables

TABLES = [
    "main_internal.int_call_evidence_packed",
    "main_internal.int_leg_evidence_packed",
    "main_internal.int_queue_evidence_packed",
    "main.fct_calls",
]


def run(warehouse, *options, events=(), directory=None):
    """Runs dbt after loading events; gives the commits of each table, the newest last."""
    if events:
        warehouse.append_from(raw_tables(events, directory), "raw.call_events")
    warehouse.dbt("run", *options, vars={"call_status_as_of": str(AS_OF)})
    return {
        table: warehouse.query(f"select snapshot_id, parent_id, operation from {table}.snapshots order by committed_at")
        for table in TABLES
    }


def folders_with_files(warehouse, schema):
    about = {row["info_name"]: row["info_value"] for row in warehouse.query(f"describe schema {schema}")}
    folder = Path(about["Location"].removeprefix("file:"))
    return {file.relative_to(folder).parts[0] for file in folder.rglob("*.parquet")}


def test_runs_merge(new_engine, tmp_path):
    warehouse = new_engine()
    first, second = (
        [row for scenario in read_scenarios() for row in scenario.rows_of_load(load)] for load in list(LOADED_AT)[:2]
    )
    built = run(warehouse, events=first, directory=tmp_path / "raw")
    merged = run(warehouse, events=second, directory=tmp_path / "raw")
    for table in TABLES:
        *before, commit = merged[table]
        assert before == built[table], f"{table} was not written in one commit"
        assert (commit["parent_id"], commit["operation"]) == (before[-1]["snapshot_id"], "overwrite"), table

    # A table that is dropped without `purge` leaves its files.
    assert folders_with_files(warehouse, "main_internal") == {
        "int_call_evidence_packed",
        "int_changed_hours",
        "int_leg_evidence_packed",
        "int_missed_call_contacts",
        "int_noted_loads",
        "int_queue_evidence_packed",
        "int_raw_loads",
        "int_unmapped_words",
    }

    assert run(warehouse) == merged, "a run with nothing new wrote something"

    # The table before the refresh is still in its history: it was replaced at once, not dropped.
    refreshed = run(warehouse, "--full-refresh")
    for table in TABLES:
        assert refreshed[table][:-1] == merged[table], table
