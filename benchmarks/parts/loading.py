"""Part `loading`: scripts/load, beside what DuckDB needs to bring the same file into a table."""

from __future__ import annotations

from pathlib import Path

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.measure import PYTHON
from benchmarks.sql_process import connect

CSV_EVENTS = 2_000_000  # at most


def measure_part(store: Store, events: int, repeats: int) -> list[dict]:
    parquet = store.parquet(store.copies_for_events(events))
    text = parquet.with_suffix(".csv")
    with connect(":memory:") as con:
        con.execute(f"copy (from '{parquet}' limit {CSV_EVENTS}) to '{text}' (header)")
        rows = {file: con.execute(f"select count(*) from '{file}'").fetchone()[0] for file in (parquet, text)}
    scans = {
        parquet: ("Parquet", f"read_parquet('{parquet}')"),
        text: ("CSV, text columns", f"read_csv('{text}', all_varchar = true)"),
    }
    return [measure_file(store, file, rows[file], *scans[file], repeats) for file in scans]


def measure_file(store: Store, file: Path, events: int, title: str, scan: str, repeats: int) -> dict:
    measure.say(f"\nLoading {events:,} events from {title}")
    bare, loader = [], []
    for _ in range(repeats):
        database = fresh(store.folder / "bare.duckdb")
        table = f"create table events as from {scan} limit 0"
        bare.append(measure.sql(database, table, f"insert into events from {scan}", "checkpoint"))
        loader.append(load(fresh(store.folder / "loaded.duckdb"), file))
    found = {"bare": measure.summary(bare), "loader": measure.summary(loader)}
    measure.tell("a bare insert", found["bare"]["seconds"], found["bare"]["peak_bytes"])
    measure.tell("scripts/load, the whole process", found["loader"]["seconds"], found["loader"]["peak_bytes"])
    return {"file": title, "events": events, **found}


def fresh(database: Path) -> Path:
    for file in (database, database.with_name(database.name + ".wal")):
        file.unlink(missing_ok=True)
    return database


def load(database: Path, file: Path) -> dict:
    done = measure.run([PYTHON, "-m", "call_status_tools.loading.load", file], {"CALL_STATUS_DB": str(database)})
    return {"seconds": done.seconds, "peak_bytes": done.peak_bytes}
