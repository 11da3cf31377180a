"""What is written down of each run, in `raw.call_status_runs`; and whether there is anything to do.

The next run asks this table before it starts dbt. There is nothing to do where all of this holds:

- the last run that built something published it;
- no raw table has another number of rows, another newest `loaded_at` or other columns than that run saw;
- no file of the project and no variable of the environment has changed;
- no open call has timed out since, and that run is less than an hour old. A source that falls silent, and a call-back
  that is overdue, are known by the clock alone.
"""

import hashlib
import json
import os
from datetime import datetime, timedelta
from typing import Any

import duckdb

from call_status_tools import ROOT
from call_status_tools.loading.raw_tables import SOURCES
from call_status_tools.loading.sql import identifier
from call_status_tools.operations.failures import Exit

TABLE = "call_status_runs"
# What runs themselves write into the raw schema.
OWN_TABLES = (TABLE, "call_status_publications")
BUILDS_ANYWAY_AFTER = timedelta(hours=1)
# Files whose change may change what is built.
CODE = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/dbt", "scripts/call_status_tools")
# Column → type, in the order of run_history (models/marts/audit/run_history.sql); the last two are for runs alone.
COLUMNS = {
    "run_number": "bigint",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "exit_code": "integer",
    "outcome": "varchar",
    "seconds_total": "double",
    "seconds_load": "double",
    "seconds_freshness": "double",
    "seconds_build": "double",
    "seconds_publish": "double",
    "files_loaded": "bigint",
    "files_skipped": "bigint",
    "files_refused": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_refused": "bigint",
    "calls_new": "bigint",
    "calls_changed": "bigint",
    "calls_gone": "bigint",
    "calls_flipped": "bigint",
    "warnings": "bigint",
    "package_version": "varchar",
    "dbt_version": "varchar",
    "duckdb_version": "varchar",
    "rules_fingerprint": "varchar",
    "inputs": "varchar",
    "next_timeout_at": "timestamp",
}


def inputs_of(con: duckdb.DuckDBPyConnection) -> str:
    """What decides what a run makes, the clock apart: the raw tables as they are now, and the project. JSON."""
    seen = {"project": project_fingerprint(), "tables": {}}
    tables = con.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where schema_name = 'raw' and database_name = current_database() group by 1 order by 1"
    ).fetchall()
    for table, columns in tables:
        if table not in OWN_TABLES:
            newest = "max(loaded_at)" if "loaded_at" in columns else "null"
            rows, newest = con.execute(f"select count(*), {newest} from raw.{identifier(table)}").fetchone()
            seen["tables"][table] = [rows, str(newest), columns]
    return json.dumps(seen, sort_keys=True)


def stamp_of(inputs: str) -> str:
    """A fingerprint of the code, the variables and what the firm says of itself: what may change rows of calls that did not change."""
    seen = json.loads(inputs)
    of_firm = {source.table for source in SOURCES.values() if source.is_of_firm}
    known = {name: table for name, table in seen["tables"].items() if name in of_firm}
    return hashlib.sha256(f"{seen['project']} {known}".encode()).hexdigest()


def project_fingerprint() -> str:
    """Of the project's files (names, sizes, times of change) and of the environment variables that it reads."""
    seen = []
    for name in CODE:
        start = ROOT / name
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                about = path.stat()
                seen.append((str(path.relative_to(ROOT)), about.st_size, about.st_mtime_ns))
    names = sorted(
        name for name in os.environ if name.startswith(("CALL_STATUS_", "DBT_")) and name != "CALL_STATUS_DB"
    )
    variables = [(name, os.environ[name]) for name in names]
    return hashlib.sha256(repr((seen, variables)).encode()).hexdigest()


def create_table(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema if not exists raw")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    con.execute(f"create table if not exists raw.{TABLE} ({columns})")
    there = {name for name, *_ in con.execute(f"describe raw.{TABLE}").fetchall()}
    for name in COLUMNS.keys() - there:
        con.execute(f"alter table raw.{TABLE} add column {name} {COLUMNS[name]}")


def is_nothing_new(con: duckdb.DuckDBPyConnection, inputs: str, now: datetime) -> bool:
    """Whether a run would make what is there already. `inputs`: of inputs_of."""
    if (TABLE,) not in con.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall():
        return False
    last = con.execute(
        f"select exit_code, ended_at, next_timeout_at, inputs from raw.{TABLE}"
        # Not those that found nothing to build.
        " where not (exit_code in (?, ?) and seconds_build is null) order by run_number desc limit 1",
        [Exit.NOTHING_NEW, Exit.FILES_REFUSED],
    ).fetchone()
    if last is None:
        return False
    exit_code, ended_at, next_timeout_at, inputs_then = last
    return (
        exit_code in (Exit.PUBLISHED, Exit.WARNINGS, Exit.FILES_REFUSED)
        and now < ended_at + BUILDS_ANYWAY_AFTER
        and (next_timeout_at is None or now < next_timeout_at)
        and inputs == inputs_then
    )


def note(con: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> None:
    """Writes down one run."""
    create_table(con)
    names = [name for name in COLUMNS if name != "run_number"]
    con.execute(
        f"insert into raw.{TABLE} (run_number, {', '.join(names)})"
        f" select coalesce(max(run_number), 0) + 1, {', '.join('?' for _ in names)} from raw.{TABLE}",
        [values.get(name) for name in names],
    )
