"""Part `spark`: the package on Spark with one and two executors, on histories of two sizes, and what its runs move.

Tables of Parquet files on the newest Spark; those of Iceberg on the Spark that its library is for.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks import data, measure
from benchmarks.data import Store
from benchmarks.measure import ROOT
from benchmarks.project import Dbt
from benchmarks.sql_process import connect
from benchmarks.tables import MOVED

ENVIRONMENTS = {"parquet": "spark", "iceberg": "iceberg"}


def measure_part(store: Store, sizes: list[int], new_calls: int) -> list[dict]:
    if not shutil.which("java"):
        raise measure.Failed(
            "Spark needs Java 17, which is not here. scripts/test --engine spark installs it on Debian."
        )
    for environment in ENVIRONMENTS.values():
        measure.run([ROOT / "scripts/setup", environment])
    return [measure_size(store, store.copies_for_events(events), new_calls) for events in sizes]


def measure_size(store: Store, copies: int, new_calls: int) -> dict:
    sizes = store.sizes(copies)
    measure.say(f"\nSpark, {sizes['events']:,} events of {sizes['calls']:,} calls")
    folder = store.folder / f"spark_{store.calls_per_day}x{copies}"
    export(store, copies, new_calls, folder)
    found = {
        **sizes,
        "new_calls": new_calls,
        "duckdb": on_duckdb(store, copies),
        "parquet": {},
        "iceberg": {},
    }
    # The first statement warms Spark up and does not count. Further runs with all executors: they are about what moves.
    full = ["bare", "bare", "copy", "full_refresh"]
    further = ["new", "late", "nothing"]
    for tables, executors, steps in (
        ("parquet", 1, full),
        ("parquet", 2, [*full, *further]),
        ("iceberg", 2, [*full, *further, "late_merge_on_read"]),
    ):
        found[tables][str(executors)] = run_steps(folder, tables, executors, steps)
        for step, it in found[tables][str(executors)]["steps"].items():
            measure.tell(f"{tables}, {executors} executor(s): {step}", it["seconds"], None, moved(it))
    return found


def export(store: Store, copies: int, new_calls: int, folder: Path) -> None:
    """The history as Parquet files in load order, and a file for each load of a further run."""
    late = store.append_late_events
    loads = {"new": store.append_new_calls, "late": late, "late_merge_on_read": late}
    done = folder / "exported"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "loads").mkdir(parents=True)
    database = store.database(copies)
    store.restore(copies)
    # Times with a zone are Spark's `timestamp`; it skips old rows by their statistics only where it need not cast.
    columns = """* replace (
        cast(attributes as varchar) as attributes,
        timezone('UTC', occurred_at) as occurred_at,
        timezone('UTC', loaded_at) as loaded_at
    )"""
    with connect(database) as con:
        con.execute("set preserve_insertion_order = true")
        con.execute(
            f"copy (select {columns} from raw.call_events) to '{folder}/call_events' (format parquet, file_size_bytes '64MB')"
        )
    for name, append in loads.items():
        append(copies, new_calls, name)
        with connect(database) as con:
            con.execute(
                f"copy (select {columns} from raw.call_events where loaded_at = timestamp '{data.newest_load(con)}')"
                f" to '{folder}/loads/{name}.parquet' (format parquet)"
            )
    store.restore(copies)
    done.touch()


def on_duckdb(store: Store, copies: int) -> dict:
    """The same full refresh on DuckDB, beside which Spark's seconds can be read."""
    run = Dbt(store.folder, store.raw_database(copies)).run("--full-refresh")
    measure.tell(f"DuckDB, {measure.THREADS} threads: full refresh", run["seconds"], run["peak_bytes"])
    return run


def run_steps(folder: Path, tables: str, executors: int, steps: list[str]) -> dict:
    """One Spark session from its start to its end, in a process that has one core an executor."""
    request = json.dumps({"folder": str(folder), "tables": tables, "executors": executors, "steps": steps})
    process = measure.run(
        [ROOT / f".venv-{ENVIRONMENTS[tables]}/bin/python", "-m", "benchmarks.spark_process", request],
        {"SPARK_LOCAL_IP": "127.0.0.1"},
    )
    return json.loads(process.output.splitlines()[-1])


def moved(step: dict) -> str:
    totals = {name: sum(node[name] for node in step["nodes"].values()) for name in MOVED}
    return ", ".join(f"{name} {value / 1e6:,.0f} MB" for name, value in totals.items())
