"""A process that runs SQL statements in DuckDB and prints how long they took; started by `measure.sql`."""

import json
import sys
import time

import duckdb

THREADS = 2


def connect(database: str, memory_limit: str | None = None):
    """A connection with the settings of the project's profile, so that files and times compare."""
    con = duckdb.connect(database, config={"storage_compatibility_version": "v1.0.0"})
    con.execute(f"set threads = {THREADS}; set preserve_insertion_order = false; set TimeZone = 'UTC'")
    if memory_limit:
        con.execute(f"set memory_limit = '{memory_limit}'")
    return con


def main() -> None:
    request = json.loads(sys.argv[1])
    con = connect(request["database"], request["memory_limit"])
    started = time.monotonic()
    for statement in request["statements"]:
        con.execute(statement)
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
