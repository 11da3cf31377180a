"""Times a source's staging model on many raw records: those of its scenarios, over and over. Prints the figures as JSON.

python -m benchmarks.sources_process FOLDER SOURCE RECORDS REPEATS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median

import duckdb
from sources import records
from support.harness import Warehouse

from benchmarks.measure import THREADS


def main(folder: Path, source: str, wanted: int, repeats: int) -> None:
    warehouse = Warehouse(folder)
    records.load_scenarios(warehouse, records.read_scenarios(source))
    model = f"stg_{source}__call_events"
    result = warehouse.dbt("compile", "--select", model, vars={"call_status_sources": [source]})
    (sql,) = [found.node.compiled_code for found in result.results if found.node.name == model]
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(f"set threads = {THREADS}; set TimeZone = 'UTC'")
        tables = [f"raw.{table}" for table in records.raw_tables_of(source)]
        multiply(connection, tables, wanted)
        # Into tables: a count alone would leave out what it does not need.
        copies = "; ".join(
            f"create or replace temp table copy_{place} as from {name}" for place, name in enumerate(tables)
        )
        seconds, copy = [], []
        for _ in range(repeats):
            copy.append(timed(connection, copies))
            seconds.append(timed(connection, f"create or replace temp table events as {sql}"))
        events = connection.execute("select count(*) from events where event_type is not null").fetchone()[0]
        total = sum(connection.execute(f"select count(*) from {name}").fetchone()[0] for name in tables)
    print(json.dumps({"records": total, "events": events, "seconds": median(seconds), "copy": median(copy)}))


def multiply(connection: duckdb.DuckDBPyConnection, tables: list[str], wanted: int) -> None:
    """Each raw table over and over, until there are about as many records as are wanted."""
    there = sum(connection.execute(f"select count(*) from {name}").fetchone()[0] for name in tables)
    for name in tables:
        connection.execute(f"create temp table once as from {name}")
        connection.execute(f"insert into {name} select once.* from once, range({max(0, wanted // there - 1)})")
        connection.execute("drop table once")


def timed(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    started = time.perf_counter()
    connection.execute(sql)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
