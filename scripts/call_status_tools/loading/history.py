"""Which files were loaded, and how one is taken back.

The rows of a file are those with its `loaded_at`, which no other file has; its note in `raw.loaded_files` keeps it.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import duckdb

from call_status_tools.errors import UserError
from call_status_tools.loading.database import transaction
from call_status_tools.loading.files import fingerprint, shown
from call_status_tools.loading.raw_tables import SOURCES


class Note(NamedTuple):
    """What `raw.loaded_files` says of a file."""

    loaded_at: datetime
    file: str
    source: str
    loaded: int
    refused: int
    sha256: str


def notes(con: duckdb.DuckDBPyConnection) -> list[Note]:
    """All of them, the oldest first."""
    there = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'loaded_files'"
    if not con.execute(there).fetchone():
        return []
    columns = "loaded_at, file, source, rows_loaded, rows_refused, sha256"
    return [Note(*row) for row in con.execute(f"select {columns} from raw.loaded_files order by loaded_at").fetchall()]


def note_of(con: duckdb.DuckDBPyConnection, source: str, sha256: str) -> Note | None:
    """The note of a file with these bytes."""
    return next((note for note in notes(con) if (note.source, note.sha256) == (source, sha256)), None)


def newest_note_of(con: duckdb.DuckDBPyConnection, source: str, sha256: str) -> Note | None:
    """The note of a file with these bytes, if no other of its source was loaded since: what is loaded last counts."""
    last = next((note for note in reversed(notes(con)) if note.source == source), None)
    return last if last and last.sha256 == sha256 else None


def unique_time(con: duckdb.DuckDBPyConnection) -> datetime:
    """Now, or the next microsecond that no file has."""
    now = datetime.now(UTC).replace(tzinfo=None)
    while con.execute("select 1 from raw.loaded_files where loaded_at = ?", [now]).fetchone():
        now += timedelta(microseconds=1)
    return now


def show(con: duckdb.DuckDBPyConnection) -> None:
    """One line per loaded file, the oldest first."""
    for note in notes(con):
        of = "" if note.source == "canonical" else f" of {note.source}"
        print(f"{note.loaded_at}  {note.loaded:,} loaded, {note.refused:,} refused{of}  {note.file}")
    print(f"{len(notes(con)):,} files were loaded; times are UTC")


def find(con: duckdb.DuckDBPyConnection, wanted: str) -> Note:
    """The note of a file: by the time of its load, by its bytes, or by its path. Raises UserError where that is not one."""
    label, sha256 = shown(os.path.abspath(wanted)), os.path.isfile(wanted) and fingerprint(wanted)
    there, loaded_at = notes(con), time_of(wanted)
    by_time = [note for note in there if note.loaded_at == loaded_at]
    by_bytes = [note for note in there if note.sha256 == sha256]
    by_path = [note for note in there if note.file == label]
    for found in (by_time, by_bytes, by_path):
        if len(found) == 1:
            return found[0]
        if found:
            times = ", ".join(f"'{note.loaded_at}'" for note in found)
            raise UserError(f"{shown(wanted)} was loaded {len(found)} times; --forget one of {times}")
    raise UserError(f"{shown(wanted)} was not loaded; --list shows what was")


def time_of(text: str) -> datetime | None:
    """A time as --list or a query shows it, which write the fraction of a second in different ways; None for other text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def remove(con: duckdb.DuckDBPyConnection, note: Note) -> tuple[int, int]:
    """Deletes a file's rows, its refused rows and its note. Returns how many rows and refused rows these were.

    Raises UserError where rows of others have the same `loaded_at`. Needs a transaction.
    """
    delete = f"delete from raw.{SOURCES[note.source].table} where loaded_at = ?"
    rows = con.execute(delete, [note.loaded_at]).fetchone()[0]
    if rows > note.loaded:
        raise UserError(
            f"{note.file} cannot be told from other rows that were loaded at {note.loaded_at}: there are {rows:,}, and it"
            f" had {note.loaded:,}; nothing was changed"
        )
    of_file = "where source = ? and {} = ? and loaded_at = ?"
    values = [note.source, note.file, note.loaded_at]
    delete = f"delete from raw.call_events_unreadable {of_file.format('source_file')}"
    refused = con.execute(delete, values).fetchone()[0]
    con.execute(f"delete from raw.loaded_files {of_file.format('file')}", values)
    return rows, refused


def forget(con: duckdb.DuckDBPyConnection, wanted: str) -> None:
    """Takes a file back, and says what makes the facts right."""
    note = find(con, wanted)
    with transaction(con):
        rows, refused = remove(con, note)
    if SOURCES[note.source].is_of_firm:
        print(
            f"forgot {note.file}: {rows:,} rows were deleted. After the next `dbt build` what was loaded before counts."
        )
        return
    day = f'"{note.loaded_at.date()}"'
    print(
        f"forgot {note.file}: {rows:,} rows and {refused:,} refused ones were deleted. If they were built, this takes them back:"
    )
    print(
        f"    dbt build --vars '{{call_status_backfill_days: [{day}, {day}], call_status_backfill_takes_back: true}}'"
    )
