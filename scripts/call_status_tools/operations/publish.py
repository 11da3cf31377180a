"""The file that readers open: the public relations as tables, swapped in by one rename.

It is a copy of the last one in which only what has changed is written again. fct_calls logs the hours in which a call started
whose row has changed (macros/kpis/changed_hours.sql); the rows of those hours are replaced in every relation. What cannot be
found so is small, and is written as a whole.

| safe against | by |
|---|---|
| a kill | everything happens in a file of another name; the rename is the last step |
| a state file that was restored or made anew | each publication has a token, which both files hold. Where the state does not know the token of the published file, everything is written anew |
| changed code, variables, or a firm's changed tables | their fingerprint is kept with the token; where it differs, everything is written anew |
| a file that grows | replaced rows leave holes; where they are more than half of the rows, everything is written anew |
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from call_status_tools.loading.database import connect, transaction
from call_status_tools.loading.sql import identifier, literal
from call_status_tools.operations import parquet as parquet_files
from call_status_tools.operations.failures import NoRoom, is_no_room
from call_status_tools.operations.record import inputs_of, stamp_of
from call_status_tools.operations.relations import (
    Relation,
    published_relations,
    relation_named,
)

NEXT = "call_status_next"  # what the new file is called in queries
# With more holes than this share of the rows, and more than these, the file is written anew.
SHARE_OF_HOLES = 0.5
FEW_HOLES = 10_000


@dataclass
class Changes:
    """What has changed since the publication of that `token`; or that everything is to be written anew, and why."""

    whole: str | None = None
    token: str | None = None
    hours: list[datetime] = field(default_factory=list)
    previous: datetime | None = None
    holes: int = 0


@dataclass
class Published:
    """What a publication did. `calls`: rows of fct_calls that are new, changed, gone, and changed in their status; None where all is new."""

    path: Path
    whole: str | None
    rows_written: int = 0
    calls: dict[str, int] | None = None


def publish(
    state: Path,
    published: Path,
    *,
    manifest: Any,
    whole: bool = False,
    parquet: bool = False,
    copying: subprocess.Popen | None = None,
) -> Published:
    """Publishes the state file. `whole`: writes everything anew; nothing of the old file stays, not even as free space.

    `manifest`: what dbt has parsed. `copying`: of copy_beside. Raises NoRoom where the file would not fit on the disk.
    """
    relations = published_relations(manifest)
    published.parent.mkdir(parents=True, exist_ok=True)
    following = following_of(published)
    with contextlib.closing(connect(state, wait=10)) as con:
        con.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        stamp = stamp_of(inputs_of(con))
        changes = Changes("asked for") if whole else changes_since(con, published, manifest, stamp)
        if changes.whole is None:
            finish_copy(copying or begin_copy(published), published)
        else:
            drop_copy(copying, published)
        with attached(con, following):
            done = write(con, relations, changes, following, manifest, stamp)
        check_alone(following)
        if parquet:
            folder = published.parent / "parquet"
            parquet_files.write(con, following, folder, relations, parquet_changes(changes, done))
        os.replace(following, published)
    flush_folder(published.parent)
    return Published(published, changes.whole, done.rows, done.calls)


def changes_since(con: duckdb.DuckDBPyConnection, published: Path, manifest: Any, stamp: str) -> Changes:
    """What has changed since the file was published."""
    if not published.exists():
        return Changes("nothing was published yet")
    create_notes(con)
    try:
        with attached(con, published, read_only=True):
            token = con.execute(f"select token from {NEXT}.main.publication").fetchone()[0]
    except duckdb.Error:
        return Changes("the published file cannot be read")
    note = con.execute(
        "select change_number, published_at, stamp, holes from raw.call_status_publications where token = ?", [token]
    ).fetchone()
    if note is None:
        return Changes("it is not of this state file")
    change_number, previous, stamp_then, holes = note
    if stamp_then != stamp:
        return Changes("code, variables or the firm's tables changed")
    log = relation_named(manifest, "int_changed_hours").of(name_of(con))
    hours = [
        hour
        for (hour,) in con.execute(
            f"select distinct started_hour from {log} where noted_by = 'fct_calls' and change_number > ?",
            [change_number],
        ).fetchall()
    ]
    if None in hours:
        return Changes("the facts were made anew")
    return Changes(None, token, sorted(hours), previous, holes)


@dataclass
class Done:
    """`rows` that were written; `months` (relation → first days of months) in which rows were replaced; the new token."""

    rows: int = 0
    token: str = ""
    calls: dict[str, int] | None = None
    months: dict[str, set[datetime]] = field(default_factory=dict)


def write(
    con: duckdb.DuckDBPyConnection, relations: list[Relation], changes: Changes, path: Path, manifest: Any, stamp: str
) -> Done:
    """Writes the relations, and notes the publication in both files: first in the state, which may know of one that never was."""
    done, holes = Done(), changes.holes
    con.execute("create or replace temp table changed as select unnest(?::timestamp[]) as hour", [changes.hours])
    now = datetime.now(UTC).replace(tzinfo=None)
    window = window_of_callbacks(con, manifest)
    stored = 0
    with transaction(con):
        for schema in {relation.schema for relation in relations}:
            con.execute(f"create schema if not exists {NEXT}.{identifier(schema)}")
        for relation in relations:
            source, target = relation.of(name_of(con)), relation.of(NEXT)
            condition = None if changes.whole else is_changed(relation, changes, window)
            if condition is None:
                rows = con.execute(f"create or replace table {target} as select * from {source}").fetchone()[0]
            else:
                if relation.name == "fct_calls":
                    done.calls = count_calls(con, source, target, condition)
                month = f"select distinct cast(date_trunc('month', {relation.by}) as timestamp) from"
                months = con.execute(f"{month} {target} where {condition}").fetchall()
                holes += con.execute(f"delete from {target} where {condition}").fetchone()[0]
                rows = con.execute(f"insert into {target} select * from {source} where {condition}").fetchone()[0]
                months += con.execute(f"{month} {target} where {condition}").fetchall()
                done.months[relation.name] = {day for (day,) in months}
                stored += con.execute(f"select count(*) from {target}").fetchone()[0]
            done.rows += rows
    if holes > max(stored * SHARE_OF_HOLES, FEW_HOLES) and not changes.whole:
        con.execute(f"detach {NEXT}")
        remove(path)
        con.execute(attach(path))
        calls = done.calls
        done = write(con, relations, Changes("the file had holes"), path, manifest, stamp)
        return Done(done.rows, done.token, calls, {})
    done.token = token = secrets.token_hex(16)
    create_notes(con)
    log = relation_named(manifest, "int_changed_hours").of(name_of(con))
    con.execute(
        "insert into raw.call_status_publications"
        f" select ?, coalesce(max(change_number), 0), ?, ?, ? from {log} where noted_by = 'fct_calls'",
        [token, now, stamp, holes],
    )
    con.execute(
        "delete from raw.call_status_publications where token not in"
        " (select token from raw.call_status_publications order by published_at desc limit 10)"
    )
    con.execute(
        f"create or replace table {NEXT}.main.publication as select ? as token, ?::timestamp as published_at",
        [token, now],
    )
    return done


def is_changed(relation: Relation, changes: Changes, window: float) -> str | None:
    """A condition for the rows of a relation that may have changed. None: it is written as a whole."""
    if relation.by is None:
        return None
    if relation.by_date:  # a local date is at most a day from that of UTC
        days = "select unnest([cast(hour as date) - 1, cast(hour as date), cast(hour as date) + 1]) from changed"
        return f"{relation.by} in ({days})"
    if not changes.hours:
        condition = "false"
    else:
        first, last = changes.hours[0], changes.hours[-1]
        condition = (
            f"({relation.by} >= {moment(first)} and {relation.by} < {moment(last)} + interval 1 hour"
            f" and date_trunc('hour', {relation.by}) in (select hour from changed))"
        )
    if relation.until_window_closes:
        since = min([*changes.hours[:1], changes.previous])
        condition += f" or {relation.until_window_closes} >= {moment(since)} - to_seconds({window})"
    return condition


def window_of_callbacks(con: duckdb.DuckDBPyConnection, manifest: Any) -> float:
    """Seconds that a call-back counts, from the stored rows."""
    contacts = relation_named(manifest, "int_missed_call_contacts").of(name_of(con))
    return con.execute(f"select coalesce(max(epoch(window_ends_at) - epoch(ended_at)), 0) from {contacts}").fetchone()[
        0
    ]


def count_calls(con: duckdb.DuckDBPyConnection, source: str, target: str, condition: str) -> dict[str, int]:
    """How many calls are new, changed (a column differs), gone, and flipped (the status or its reason differs)."""
    columns = [name for name, *_ in con.execute(f"describe {source}").fetchall()]
    # These say when and by which run the row was derived.
    compared = [name for name in columns if name not in ("derived_at", "write_number", "last_loaded_at")]
    row = "row(" + ", ".join(map(identifier, compared)) + ")"
    side = f"select call_key, row(status, status_reason) as status, {row} as facts from"
    return dict(
        zip(
            ("new", "changed", "gone", "flipped"),
            con.execute(
                f"""
                select
                    count(*) filter (old.call_key is null),
                    count(*) filter (old.facts is distinct from new.facts and old.call_key = new.call_key),
                    count(*) filter (new.call_key is null),
                    count(*) filter (old.status is distinct from new.status and old.call_key = new.call_key)
                from ({side} {target} where {condition}) as old
                full join ({side} {source} where {condition}) as new on old.call_key = new.call_key
                """
            ).fetchone(),
        )
    )


def parquet_changes(changes: Changes, done: Done) -> parquet_files.Changes:
    return parquet_files.Changes(done.token, changes.token, {} if changes.whole else done.months)


def create_notes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema if not exists raw")
    con.execute(
        "create table if not exists raw.call_status_publications"
        " (token varchar, change_number bigint, published_at timestamp, stamp varchar, holes bigint)"
    )


def name_of(con: duckdb.DuckDBPyConnection) -> str:
    return con.execute("select current_database()").fetchone()[0]


def moment(value: datetime) -> str:
    return f"timestamp {literal(str(value))}"


def attach(path: Path, read_only: bool = False) -> str:
    how = "read_only" if read_only else "storage_version 'v1.0.0'"
    return f"attach {literal(str(path))} as {NEXT} ({how})"


@contextlib.contextmanager
def attached(con: duckdb.DuckDBPyConnection, path: Path, read_only: bool = False) -> Iterator[None]:
    con.execute(attach(path, read_only))
    try:
        yield
        if not read_only:
            con.execute(f"checkpoint {NEXT}")
    finally:
        with contextlib.suppress(duckdb.Error):
            con.execute(f"detach {NEXT}")


def following_of(published: Path) -> Path:
    """Where the next file is written."""
    return published.with_name(published.name + ".next")


def begin_copy(published: Path) -> subprocess.Popen | None:
    """Begins to copy the published file to where the next one is written. Of a long history that takes seconds, in which dbt can work.

    Where the file system can share blocks, it does. It is flushed as well, so that at the end only what was written since has to be. None
    where there is nothing to copy, or no room.
    """
    following = following_of(published)
    remove(following)
    if not published.exists() or shutil.disk_usage(published.parent).free < published.stat().st_size:
        return None
    # A cp that knows no --reflink, as on macOS, refuses the option.
    copied = '{ cp --reflink=auto "$0" "$1" 2> /dev/null || cp "$0" "$1"; } && sync "$1"'
    return subprocess.Popen(
        ["sh", "-c", copied, str(published), str(following)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish_copy(copying: subprocess.Popen | None, published: Path) -> None:
    """Waits for the copy. Raises NoRoom where there is none for it."""
    said = copying.communicate()[1] if copying else ""
    if copying is None or copying.returncode:
        size, free = published.stat().st_size / 1e9, shutil.disk_usage(published.parent).free / 1e9
        if copying and not is_no_room(said):
            raise OSError(f"{published} could not be copied: cp ended with {copying.returncode}")
        raise NoRoom(
            f"publishing needs {size:.1f} GB beside {published}, and {free:.1f} GB are free; make room, and run again"
        )


def drop_copy(copying: subprocess.Popen | None, published: Path) -> None:
    """Stops the copy where it is still being made, and removes what there is of it."""
    if copying and copying.poll() is None:
        os.killpg(copying.pid, signal.SIGKILL)
        copying.communicate()
    remove(following_of(published))


@contextlib.contextmanager
def copy_beside(published: Path) -> Iterator[subprocess.Popen | None]:
    """What begin_copy begins, for `publish` to finish. Nothing of it is left afterwards."""
    copying = begin_copy(published)
    try:
        yield copying
    finally:
        drop_copy(copying, published)


def check_alone(path: Path) -> None:
    """A file with a write-ahead log beside it is not whole."""
    log = path.with_name(path.name + ".wal")
    if log.exists() and log.stat().st_size:
        raise RuntimeError(f"{path} was not written out")
    log.unlink(missing_ok=True)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def remove(path: Path) -> None:
    for name in (path.name, path.name + ".wal"):
        path.with_name(name).unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """After this, the rename outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
