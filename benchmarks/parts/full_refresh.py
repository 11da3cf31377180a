"""Part `full_refresh`: everything up to fct_calls from nothing, as a ratio to a bare group by on the same table."""

from __future__ import annotations

from pathlib import Path

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect

BARE = "create or replace table bare_group_by as select call_id, count(*) as events from raw.call_events group by 1"
COPY = "create or replace table plain_copy as select * from raw.call_events"
# What a full refresh must write at the least: its finished tables once more, from what they hold.
WRITE_AGAIN = [
    f"create or replace table plain_copy as select * from {table}"
    for table in (
        "main_internal.int_call_evidence_packed",
        "main_internal.int_leg_evidence_packed",
        "main_internal.int_queue_evidence_packed",
        "main.fct_calls",
    )
]
# From so many events on, one run must do.
ONCE_FROM = 50_000_000


def measure_part(store: Store, sizes: list[int], repeats: int) -> list[dict]:
    return [measure_size(store, store.copies_for_events(events), repeats) for events in sizes]


def measure_size(store: Store, copies: int, repeats: int) -> dict:
    database, sizes = store.raw_database(copies), store.sizes(copies)
    raw_bytes = used_bytes(database)
    is_large = sizes["events"] >= ONCE_FROM
    measure.say(f"\nFull refresh, {sizes['events']:,} events of {sizes['calls']:,} calls")
    dbt = Dbt(store.folder, database)
    bare, copy, refreshes, again = [], [], [], []
    for _ in range(1 if is_large else repeats):  # side by side: what slows the machine slows all of them
        bare += [measure.sql(database, BARE) for _ in range(2 if is_large else 1)]
        measure.tell("bare group by call_id, into a table", bare[-1]["seconds"], bare[-1]["peak_bytes"])
        copy.append(measure.sql(database, COPY))
        measure.tell("plain copy of the raw table", copy[-1]["seconds"], copy[-1]["peak_bytes"])
        measure.sql(database, "drop table plain_copy", "drop table bare_group_by", "checkpoint")
        refreshes.append(dbt.run("--full-refresh"))
        measure.tell(
            "full refresh, everything up to fct_calls",
            refreshes[-1]["seconds"],
            refreshes[-1]["peak_bytes"],
            f"the whole command {refreshes[-1]['command']:.2f} s",
        )
        again.append(measure.sql(database, *WRITE_AGAIN))
        measure.tell("the four tables written again", again[-1]["seconds"], again[-1]["peak_bytes"])
        measure.sql(database, "drop table plain_copy", "checkpoint")
    refresh = medians(refreshes)
    store.full_refresh_seconds[copies] = refresh["seconds"]
    return {
        **sizes,
        "bare": measure.summary(bare),
        "copy": measure.summary(copy),
        "refresh": refresh,
        "written_again": measure.summary(again),
        "bytes": {"raw": raw_bytes, **table_bytes(database)},
    }


def used_bytes(database: Path) -> int:
    with connect(database) as con:
        block_size, used = con.execute("select block_size, used_blocks from pragma_database_size()").fetchone()
        return block_size * used


def table_bytes(database: Path) -> dict[str, int]:
    """Bytes of each model's table on disk, by the blocks that hold it."""
    with connect(database) as con:
        block_size = con.execute("select block_size from pragma_database_size()").fetchone()[0]
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'raw'"
        ).fetchall()
        return {
            table: block_size
            * con.execute(
                "select count(distinct block) from (select block_id as block from pragma_storage_info($1) where persistent"
                " union all select unnest(additional_block_ids) from pragma_storage_info($1))",
                [f"{schema}.{table}"],
            ).fetchone()[0]
            for schema, table in tables
        }
