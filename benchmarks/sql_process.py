"""DuckDB as the benchmark uses it; and a process that runs SQL statements and prints their seconds, for `measure.sql`."""

import json
import sys
import time
from pathlib import Path

import duckdb

THREADS = 2


def connect(database: Path | str) -> duckdb.DuckDBPyConnection:
    """A connection with the settings of the project's profile, so that files and times compare."""
    con = duckdb.connect(str(database), config={"storage_compatibility_version": "v1.0.0"})
    con.execute(f"set threads = {THREADS}; set preserve_insertion_order = false; set TimeZone = 'UTC'")
    return con


def main() -> None:
    database, *statements = sys.argv[1:]
    con = connect(database)
    started = time.monotonic()
    for statement in statements:
        con.execute(statement)
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
