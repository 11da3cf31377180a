"""Loads raw files into the raw table of their source in DuckDB.

| step | what happens |
|---|---|
| 1 expand | arguments become files: globs are expanded, directories passed over |
| 2 open | the database is opened (created, readable by DuckDB 1.0 and later); one in use is waited for |
| 3 check | per file: its bytes are hashed; bytes loaded before are skipped whole |
| 4 read | the file becomes SQL (readers.py), gzip unpacked into a temporary folder first |
| 5 insert | one `insert ... select` takes every row that converts; only if some do not, a second pass names them |
| 6 commit | rows, refused rows and the note that the file was loaded: one transaction a file |

All times are UTC. A file that cannot be read changes nothing, says why in one line on stderr, and the others go on; the
exit status is then 1 (2 for wrong usage, 130 if interrupted). Messages name reasons, columns and lines, never a value.
"""

import argparse
import contextlib
import glob
import gzip
import hashlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from call_status_tools import ROOT
from call_status_tools.errors import Unreadable, UserError
from call_status_tools.loading.raw_tables import SOURCES, Source, create_tables
from call_status_tools.loading.readers import (
    FORMATS,
    MACROS,
    READERS,
    REJECTED,
    TO_UTF8,
    Reading,
    check_required,
    line_steps,
    record_starts,
    typed_rows,
)

DEFAULT_DATABASE = ROOT / "warehouse" / "call_status.duckdb"
SAMPLE = ROOT / "seeds" / "sample" / "sample_call_events.csv"

# What DuckDB or the system says -> what it means and what to do. The first that fits; the rest of a message is withheld
# where it may quote a value.
MEANINGS = [
    (
        r"No space left|disk is full|Could not write all|failed to offload|max_temp_directory_size",
        "the disk is full; free some space and load again",
    ),
    (
        r"Out of Memory|MemoryError|could not allocate",
        "out of memory; close other programs, or allow more with --memory 8GB",
    ),
    (r"not valid UTF-?8|invalid UTF-?8|Invalid unicode|Invalid string encoding", f"the file is not UTF-8; {TO_UTF8}"),
    (r"state machine reached an invalid state", "not a well-formed text file; check its quotes and line endings"),
    (r"maximum_object_size", "one JSON object is larger than 32 MB; split it"),
    (
        r"Can only modify view|is not a table",
        "the raw table is a view in this database; name another one with CALL_STATUS_DB",
    ),
    (r"Is a directory", "a directory, not a file; check the path"),
    (r"Permission denied|EACCES", "permission denied; allow reading the file and writing the database"),
    (r"Malformed JSON.*?(at byte \d+ in [\w/]+ \d+)", "broken JSON {0}; is the file complete?"),
    (r"No magic bytes|Parquet|Thrift|TProtocol", "not a complete Parquet file; copy or export it again"),
]


class Loaded(NamedTuple):
    """What became of the rows of one file."""

    read: int
    loaded: int
    refused: int
    kinds: list[tuple[str, int, int]]  # (reason, rows, first line), the most frequent first


def one_line(error: BaseException) -> str:
    """An exception as one line: what it means and what to do. Quoted parts are cut, they may be values of the file."""
    if isinstance(error, Unreadable):
        return str(error)
    text = f"{type(error).__name__}: {error}"
    for pattern, meaning in MEANINGS:
        found = re.search(pattern, text, re.IGNORECASE | re.DOTALL)
        if found:
            return meaning.format(*found.groups())
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return "the gzip data is cut off or damaged; copy the file again"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}; check the path"
    first = re.sub(r"\"[^\"]*\"|'[^']*'", "...", str(error).split("\n", 1)[0])[:200]
    return f"{type(error).__name__}: {first}; check the file"


def shown(path: str | Path) -> str:
    """A path for one line of text, whatever bytes it is made of."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def expand(arguments: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """(files, problems): each file once, in order; a glob is expanded unless a file has that very name.

    A problem is (path, line for the user).
    """
    files, problems, folders = {}, [], []
    for argument in arguments:
        found = [argument] if os.path.lexists(argument) else sorted(glob.glob(argument, recursive=True))
        if not found:
            what = "no file matches this pattern" if glob.has_magic(argument) else "no such file"
            problems.append((argument, f"{what}; check the path"))
        for path in found:
            if os.path.isdir(path):
                folders.append(path)
            elif not os.path.exists(path):
                problems.append((path, "the link leads nowhere; point it to a file"))
            elif not os.path.isfile(path):
                problems.append((path, "not a regular file; save the data to a file first"))
            else:
                files[os.path.abspath(path)] = path
    for path in folders:
        if files:
            print(f"passed over {shown(path)}: a directory")
        else:
            problems.append((path, "a directory; name its files, e.g. 'directory/*.csv'"))
    return list(files.values()), problems


def open_database(path: Path, wait: float, memory: str | None) -> duckdb.DuckDBPyConnection:
    """A connection with the session at UTC. The database is made where it is missing.

    `wait`: seconds to wait for another program that has it open. `memory`: a size such as 2GB, else a share of the
    machine's. Raises UserError where the file cannot be opened or stays in use, and for a size that is none.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            con = duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"})
            break
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
    con.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
    try:
        con.execute(f"set memory_limit = '{memory or default_memory()}'")
    except duckdb.Error:
        raise UserError("--memory is not a size; write it like 2GB") from None
    if sys.stdout.isatty() and sys.stderr.isatty():
        con.execute("set enable_progress_bar = true")
    con.execute(MACROS)
    return con


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


def fingerprint(path: str) -> str:
    """SHA-256 of the file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare(path: str, folder: str, one_line_ending: bool) -> tuple[str, str]:
    """(format, a plain copy or link in `folder`). The plain name keeps any special sign in the real one out of DuckDB.

    Raises Unreadable where the name does not say what the file is, or says something else.
    """
    suffixes = [s.lower() for s in Path(path).suffixes]
    zipped = suffixes[-1:] == [".gz"]
    kind = FORMATS.get((suffixes[:-1] if zipped else suffixes)[-1:][0] if len(suffixes) > zipped else "")
    if not kind:
        raise Unreadable(f"unknown kind of file; its name should end in one of {' '.join(FORMATS)}, or these with .gz")
    plain = os.path.join(folder, "input")
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    if is_gzip:
        with gzip.open(path) as packed, open(plain, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    elif zipped and os.path.getsize(path):
        raise Unreadable("named .gz but not gzip; rename the file")
    else:
        os.symlink(os.path.abspath(path), plain)
    with open(plain, "rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if os.path.getsize(plain) and is_parquet != (kind == "parquet"):
        raise Unreadable(
            "a Parquet file; name it .parquet" if is_parquet else "not a Parquet file; name it after what it is"
        )
    if one_line_ending:
        with (
            open(plain, encoding="latin-1", newline=None) as mixed,  # latin-1: every byte passes unchanged
            open(plain + ".unix", "w", encoding="latin-1", newline="") as file,
        ):
            shutil.copyfileobj(mixed, file, 1 << 20)
        plain += ".unix"
    return kind, plain


def insert_rows(con: duckdb.DuckDBPyConnection, source: Source, reading: Reading, loaded_at: datetime) -> int:
    """Inserts every row of the file that converts; returns their number."""
    names = ", ".join(source.columns)
    values = ", ".join("$1" if name == "loaded_at" else name for name in source.columns)
    insert = f"""
        insert into raw.{source.table} ({names})
        select {values} from {typed_rows(reading, source)} where keep and refusal is null
    """
    return con.execute(insert, [loaded_at]).fetchone()[0]


def unsplit_records(con: duckdb.DuckDBPyConnection, plain: str, numbering: str) -> list[tuple[int, str, str]]:
    """Records DuckDB could not split into fields, in file order: [(line, reason, raw text)].

    DuckDB tells where each begins in bytes (1-based), blank lines before it included; a scan run twice tells it twice.
    """
    rejected = con.execute(
        "select line_byte_position, min_by(error_type, byte_position), min(csv_line)"
        " from temp.reject_errors group by 1 order by 1"
    ).fetchall()
    records, line, at = [], 1, 0
    with open(plain, "rb") as file:
        for position, kind, text in rejected:
            while chunk := file.read(min(1 << 20, position - 1 - at)):
                at, line = at + len(chunk), line + chunk.count(b"\n")
            blank = re.match(r"[\r\n]*", text)[0].count("\n")
            if kind == "INVALID ENCODING":  # DuckDB's copy has lost the very bytes
                text = [file.readline() for _ in range(blank + 1)][-1].decode("utf-8", "backslashreplace")
                file.seek(at)
            elif numbering == "lines" and kind != "LINE SIZE OVER MAXIMUM":
                kind = "not valid JSON"
            records.append((line + blank, REJECTED.get(kind, kind), text.strip("\r\n")))
    return records


def keep_refused(
    con: duckdb.DuckDBPyConnection, source: Source, plain: str, reading: Reading, loaded: int, base: list
) -> list[tuple[str, int, int]]:
    """Writes the refused rows of a file, `base` being (source, file, loaded_at). Returns [(reason, rows, first line)].

    `loaded`: how many rows of the file were inserted.
    """
    insert = "insert into raw.call_events_unreadable (source, source_file, loaded_at, line, reason, raw_text)"
    is_text = reading.numbering != "rows"
    unsplit = unsplit_records(con, plain, reading.numbering) if is_text else []
    for start in range(0, len(unsplit), 10_000):
        con.execute(
            f"{insert} select $1, $2, $3, unnest($4::integer[]), unnest($5::varchar[]), unnest($6::varchar[])",
            [*base, *map(list, zip(*unsplit[start : start + 10_000]))],
        )
    # A bare count is much cheaper than converting everything twice, and nearly always it is all that is needed.
    if con.execute(f"select count(*) from {reading.relation} where {reading.keep}").fetchone()[0] > loaded:
        rejected = {line for line, *_ in unsplit}
        steps = is_text and line_steps(record_starts(plain, reading), reading.numbering == "csv", rejected) or [(1, 0)]
        con.execute("set preserve_insertion_order = true")  # rows are numbered as they come
        numbered = f"select row_number() over () as row, * from {typed_rows(reading, source)}"
        refused = f"""
            {insert}
            select $1, $2, $3, row + more, refusal, raw_text
            from ({numbered})
            asof join (select unnest($4::bigint[]) as first_row, unnest($5::bigint[]) as more) on row >= first_row
            where keep and refusal is not null
        """
        con.execute(refused, [*base, *map(list, zip(*steps))])
        con.execute("set preserve_insertion_order = false")
    return con.execute(
        "select reason, count(*), min(line) from raw.call_events_unreadable"
        " where source = $1 and source_file = $2 and loaded_at = $3"
        " group by 1 order by 2 desc, 1",
        base,
    ).fetchall()


def load_one(con: duckdb.DuckDBPyConnection, name: str, path: str) -> Loaded | None:
    """Loads one file; None if it was loaded before. A text file that mixes line endings, which DuckDB does not read, is tried again with one kind."""
    try:
        return load_once(con, name, path)
    except duckdb.InvalidInputException as error:
        if "state machine" not in str(error):
            raise
        return load_once(con, name, path, one_line_ending=True)


def load_once(con: duckdb.DuckDBPyConnection, name: str, path: str, one_line_ending: bool = False) -> Loaded | None:
    """Loads one file in one transaction; None if it was loaded before. Raises Unreadable, and what DuckDB raises."""
    source, label = SOURCES[name], shown(os.path.abspath(path))
    before, digest = os.stat(path), fingerprint(path)
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    with transaction(con), tempfile.TemporaryDirectory(prefix="call_status_") as folder:
        create_tables(con, source)
        if con.execute("select 1 from raw.loaded_files where sha256 = ? and source = ?", [digest, name]).fetchone():
            return None
        kind, plain = prepare(path, folder, one_line_ending)
        con.execute("drop table if exists temp.reject_errors; drop table if exists temp.reject_scans")
        reading = READERS[kind](con, plain, source)
        check_required(reading, source)
        loaded = insert_rows(con, source, reading, loaded_at)
        kinds = keep_refused(con, source, plain, reading, loaded, [name, label, loaded_at])
        refused = sum(rows for _, rows, _ in kinds)
        con.execute(
            "insert into raw.loaded_files (file, sha256, source, rows_read, rows_loaded, rows_refused, loaded_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [label, digest, name, loaded + refused, loaded, refused, loaded_at],
        )
        after = os.stat(path)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Unreadable("the file changed while it was read; load it again when it is complete")
    return Loaded(loaded + refused, loaded, refused, kinds)


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


def load_all(con: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> tuple[Counter[str], list[tuple[str, str]]]:
    """Loads the files and reports each; returns the totals and the problems [(path, line for the user)].

    Raises UserError where the database has failed in a way that leaves no file a chance.
    """
    total, problems = Counter(), []
    for path in files:
        try:
            result = load_one(con, name, path)
        except duckdb.FatalException as error:  # the connection is of no use any more
            raise UserError(f"{shown(path)}: {one_line(error)}") from None
        except (Unreadable, duckdb.Error, OSError, EOFError, zlib.error, MemoryError, RuntimeError) as error:
            if "interrupt" in str(error).lower():
                raise KeyboardInterrupt from None
            problems.append((path, one_line(error)))
            report_problem(path, problems[-1][1])
            continue
        if result is None:
            total["skipped"] += 1
            print(f"skipped {shown(path)}: loaded before")
            continue
        total.update(loaded=1, rows_read=result.read, rows_loaded=result.loaded, rows_refused=result.refused)
        print(f"loaded {shown(path)}: {result.read:,} rows read, {result.loaded:,} loaded, {result.refused:,} refused")
        for reason, rows, line in result.kinds:
            print(f"    {rows:,} refused: {reason} (first: line {line})")
    return total, problems


def report_problem(path: str, line: str) -> None:
    """One line on stderr about a file."""
    sys.stdout.flush()
    print(f"error: {shown(path)}: {line}", file=sys.stderr, flush=True)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/load",
        description="Load raw files (CSV, NDJSON, JSON, Parquet, gzip of these) into the warehouse."
        " Times are read as UTC unless they carry an offset. Rows that cannot be converted are kept in"
        " raw.call_events_unreadable with file, line and reason.",
        epilog="CALL_STATUS_DB names the database (a relative path is relative to where you are); default:"
        " warehouse/call_status.duckdb of this project.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file or a pattern, e.g. 'exports/*.csv.gz'")
    parser.add_argument(
        "--source", default="canonical", metavar="NAME", help=f"one of: {', '.join(SOURCES)} (default: canonical)"
    )
    parser.add_argument(
        "--wait", type=float, default=10, metavar="SECONDS", help="how long to wait for a database in use (default: 10)"
    )
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="how much memory to use, e.g. 2GB (default: 60%% of the machine's, at most 4 GB)",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status. What goes wrong is printed; only wrong usage raises (SystemExit)."""
    options = arguments(argv)
    try:
        if options.source not in SOURCES:
            raise UserError(f"unknown source; known: {', '.join(SOURCES)}")
        files, problems = expand(options.files)
        for path, line in problems:
            report_problem(path, line)
        if not files:
            return 1
        database = Path(os.environ.get("CALL_STATUS_DB") or DEFAULT_DATABASE).absolute()
        with contextlib.closing(open_database(database, options.wait, options.memory)) as con:
            refuse_sample(con, database)
            total, unreadable = load_all(con, options.source, files)
        failed = len(problems) + len(unreadable)
        print(
            f"files: {total['loaded']:,} loaded, {total['skipped']:,} skipped, {failed:,} failed; rows:"
            f" {total['rows_read']:,} read, {total['rows_loaded']:,} loaded, {total['rows_refused']:,} refused"
            f" -> {shown(database)}"
        )
        return 1 if failed else 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the file under way was not loaded; run the same command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (duckdb.Error, OSError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 1


def interrupt(*_):
    """A polite kill is an interruption: temporary files are removed on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
