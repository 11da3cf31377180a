"""What docs/scheduling.md says of DuckLake: the profile, a reader, tidying up."""

import duckdb
import yaml
from call_status_tools import ROOT
from support.harness import valid_event

from engines.warehouses import raw_tables

A_LOAD = 20  # DuckLake keeps up to ten rows of an insert in its catalog.
CLOCK = {"call_status_as_of": "2026-03-09 00:00:00"}


def profile_of_the_docs():
    page = (ROOT / "docs/scheduling.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    (profile,) = (
        profile for block in blocks if "ducklake" in (profile := yaml.safe_load(block))["call_status"]["target"]
    )
    return profile["call_status"]["outputs"]["ducklake"]


def test_lake(new_engine, tmp_path):
    warehouse = new_engine()
    tested, told = warehouse.profile(), profile_of_the_docs()
    # Where the extensions lie, and where the lake lies, is for each to say.
    del tested["config_options"]
    tested["attach"][0] |= {"path": None, "options": None}
    told["attach"][0] |= {"path": None, "options": None}
    assert told == tested

    for number in range(3):
        loaded_at = f"2026-03-02 11:0{number}:00"
        events = [
            valid_event(f"{number} {call}", f"{number} {call} {event_type}", event_type=event_type, loaded_at=loaded_at)
            for call in range(A_LOAD)
            for event_type in ("call_started", "call_ended")
        ]
        warehouse.append_from(raw_tables(events, tmp_path / "raw"), "raw.call_events")
        warehouse.dbt("run", vars=CLOCK)
    facts = "select call_id, status from fct_calls order by call_id"
    before, files = warehouse.query(facts), len(list(warehouse.data.rglob("*.parquet")))
    assert len(before) == 3 * A_LOAD
    with warehouse.connect() as connection:
        connection.execute("call ducklake_merge_adjacent_files('lake')")
        connection.execute("call ducklake_expire_snapshots('lake', older_than => now())")
        connection.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
    assert len(list(warehouse.data.rglob("*.parquet"))) < files
    with duckdb.connect(config={"extension_directory": str(warehouse.extensions)}) as reader:
        reader.execute("load ducklake; load postgres_scanner")
        reader.execute(f"attach '{warehouse.catalog}' as lake (read_only)")
        reader.execute("use lake")
        assert reader.execute(facts).fetchall() == [tuple(row.values()) for row in before]
    warehouse.dbt("run", vars=CLOCK)
    assert warehouse.query(facts) == before
