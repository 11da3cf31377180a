"""The database: opened for one program, with the session at UTC, and changed by one transaction a file."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from call_status_tools import ROOT
from call_status_tools.errors import UserError
from call_status_tools.loading import readers, values
from call_status_tools.loading.files import shown
from call_status_tools.loading.messages import one_line

DEFAULT_DATABASE = ROOT / "warehouse" / "call_status.duckdb"
SAMPLE = ROOT / "seeds" / "sample" / "sample_call_events.csv"
# DuckDB names a database after its file. Under these names it has a schema or a database of its own.
RESERVED = ("raw", "main", "temp", "system", "information_schema", "pg_catalog")


def check_name(path: Path) -> None:
    """Raises UserError for a file name under which dbt could not build."""
    if path.stem.lower() in RESERVED:
        why = f"{path.stem} is the name of something else in every DuckDB database"
    elif re.search(r"['\"]", path.name):
        why = "its name holds a quote"
    else:
        return
    raise UserError(f"dbt cannot build in {shown(path)}: {why}; name the file otherwise with CALL_STATUS_DB")


def open_database(path: Path | None, wait: float, memory: str | None) -> duckdb.DuckDBPyConnection:
    """A connection with the session at UTC. The database is made where it is missing; without a path, in memory.

    `wait`: seconds to wait for another program that has it open. `memory`: a size such as 2GB, else a share of the
    machine's. Raises UserError where the file cannot be opened or stays in use, and for a size that is none.
    """
    con = connect(path, wait) if path else duckdb.connect()
    con.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    try:
        con.execute(f"set memory_limit = '{memory or default_memory()}'")
    except duckdb.Error:
        raise UserError("--memory is not a size; write it like 2GB") from None
    if sys.stdout.isatty() and sys.stderr.isatty():
        con.execute("set enable_progress_bar = true")
    con.execute(values.MACROS)
    con.execute(readers.MACROS)
    return con


def connect(path: Path, wait: float) -> duckdb.DuckDBPyConnection:
    check_name(path)
    deadline = time.monotonic() + wait
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"})
        except (duckdb.Error, OSError) as error:
            locked = re.search(r"Conflicting lock is held in (.*?) ?\(?(PID \d+)", str(error))
            if not (locked or "Could not set lock" in str(error)):
                what = (
                    "not a DuckDB database (or of a newer DuckDB)" if "valid DuckDB" in str(error) else one_line(error)
                )
                raise UserError(f"cannot open {shown(path)}: {what}; CALL_STATUS_DB names another one") from None
            if time.monotonic() >= deadline:
                who = f" by {os.path.basename(locked[1])} ({locked[2]})" if locked else ""
                raise UserError(
                    f"{shown(path)} is in use{who}; close that program, or wait longer with --wait 600"
                ) from None
            time.sleep(min(0.2, max(0, deadline - time.monotonic())))


def refuse_sample(con: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Raises UserError where the raw table is the bundled sample: it was not made by loading, and it has its events."""
    columns = con.execute("select table_name, column_name from duckdb_columns() where schema_name = 'raw'").fetchall()
    if any(table == "loaded_files" for table, _ in columns) or ("call_events", "event_id") not in columns:
        return
    if con.execute(
        "select 1 from raw.call_events semi join read_csv($1, all_varchar = true) using (event_id) limit 1",
        [str(SAMPLE)],
    ).fetchone():
        raise UserError(
            f"{shown(database)} holds the bundled sample, which own events never mix with;"
            " set CALL_STATUS_DB to another file"
        )


def default_memory() -> str:
    """60 % of the machine's memory, at most 4 GB: loading streams, more would not make it faster."""
    return f"{min(4096, int(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') * 0.6) >> 20)}MiB"


@contextlib.contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commits at the end, rolls back on any error."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # a failed commit has rolled back already
            con.execute("rollback")
        raise
