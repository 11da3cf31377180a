"""Loads raw files into the raw table of their source in DuckDB.

| step | what happens |
|---|---|
| 1 expand | arguments become files: globs are expanded, directories passed over |
| 2 open | the database is opened (created, readable by DuckDB 1.0 and later); one in use is waited for |
| 3 check | per file: its bytes are hashed; bytes loaded before are skipped whole |
| 4 read | the file is unpacked, written in UTF-8 if need be, and becomes SQL (readers.py, rows.py) |
| 5 insert | one `insert ... select` takes every row that converts; only if some do not, a second pass names them |
| 6 look | words that the models will refuse, read as others, or not know are counted |
| 7 commit | rows, refused rows and the note that the file was loaded: one transaction a file |

All times are UTC. A file that cannot be read changes nothing, says why in one line on stderr, and the others go on; the
exit status is then 1 (2 for wrong usage, 130 if interrupted). A file of which every row is refused has failed too: its rows
are kept as refused, and it may be loaded again, with options. Messages name reasons, columns and lines, never a value.
"""

import argparse
import bisect
import contextlib
import os
import re
import signal
import sys
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb

from call_status_tools.errors import Unreadable, UserError
from call_status_tools.loading import dry_run, files, firm, history, messages, spelling, words
from call_status_tools.loading.database import DEFAULT_DATABASE, open_database, refuse_sample, transaction
from call_status_tools.loading.files import shown
from call_status_tools.loading.raw_tables import SOURCES, Source, create_tables, tables_of
from call_status_tools.loading.readers import READERS, REJECTED, Manner, Reading, check_required, nothing, shown_names
from call_status_tools.loading.rows import lengths_that_may_fail, line_steps, typed_rows, with_call_ids
from call_status_tools.loading.spelling import Spelling
from call_status_tools.loading.sql import identifier, literal

# What may go wrong with one file, while the next may still be loaded.
FAILURES_OF_A_FILE = (
    Unreadable,
    duckdb.Error,
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    MemoryError,
    RuntimeError,
)
HEAD_ROWS = 100_000  # where a word is looked for first: what is common is found there


@dataclass
class Loaded:
    """What became of the rows of one file."""

    loaded: int
    kinds: list[tuple[str, int, int]]  # refused: (reason, rows, first line), the most frequent first
    remarks: list[str] = field(default_factory=list)  # what is to be said of the rows that were loaded
    held_back: int = 0  # rows that are fine, of a file that is refused as a whole
    lines: dict[str, list[int]] = field(default_factory=dict)  # reason → lines, where all of them are told

    @property
    def refused(self) -> int:
        return sum(rows for _, rows, _ in self.kinds)

    @property
    def has_failed(self) -> bool:
        """There are rows, and none could be read: an option is missing, and the file may be loaded again with it."""
        return bool(self.kinds) and not self.loaded


class ReadAgain(Exception):
    """A text shows only when it is read how it has to be read."""

    def __init__(self, manner: Manner):
        self.manner = manner


class NothingLoaded(Exception):
    """The file is refused, and nothing is to be changed: no row could be read, as before, or its source wants all of them."""

    def __init__(self, result: Loaded):
        self.result = result


@dataclass
class File:
    """A file that is being loaded, as its steps need it."""

    con: duckdb.DuckDBPyConnection
    name: str  # of the source
    label: str  # its path, for notes
    reading: Reading
    spelling: Spelling
    manner: Manner
    loaded_at: datetime

    @property
    def source(self) -> Source:
        return SOURCES[self.name]

    @property
    def rows(self) -> str:
        return typed_rows(self.reading, self.source, self.spelling)

    def insert_rows(self) -> int:
        """Inserts every row of the file that converts; returns their number."""
        columns = [*self.source.columns, *self.source.unread_columns]
        names = ", ".join(map(identifier, columns))
        values = ", ".join("$1" if name == "loaded_at" else identifier(name) for name in columns)
        rows = f"(from {self.rows} where keep and refusal is null)"
        if self.source.call_ids and "call_id" not in self.reading.fields:
            rows = with_call_ids(rows, self.source.call_ids, self.spelling)
        insert = f"insert into raw.{self.source.table} ({names}) select {values} from {rows}"
        return self.con.execute(insert, [self.loaded_at]).fetchone()[0]

    def unsplit_records(self) -> list[tuple[int, str, str]]:
        """Records DuckDB could not split into fields, in file order: [(line, reason, raw text)].

        DuckDB tells where each begins in bytes (1-based), blank lines before it included; a scan run twice tells it twice.
        """
        if not self.reading.starts:
            return []
        rejected = self.con.execute(
            "select line_byte_position, min_by(error_type, byte_position), min(csv_line)"
            " from temp.reject_errors group by 1 order by 1"
        ).fetchall()
        records, line, at = [], 1 + self.reading.lines_above, 0
        with open(self.reading.path, "rb") as file:
            for position, kind, text in rejected:
                while chunk := file.read(min(1 << 20, position - 1 - at)):
                    at, line = at + len(chunk), line + chunk.count(b"\n")
                blank = re.match(r"[\r\n]*", text)[0].count("\n")
                if kind == "INVALID ENCODING":  # DuckDB's copy has lost the very bytes
                    text = [file.readline() for _ in range(blank + 1)][-1].decode("utf-8", "backslashreplace")
                    file.seek(at)
                elif not self.reading.has_header and kind != "LINE SIZE OVER MAXIMUM":
                    kind = "not valid JSON"
                records.append((line + blank, REJECTED.get(kind, kind), text.strip("\r\n")))
        return records

    def steps(self, unsplit: list[tuple[int, str, str]], last_row: int | None = None) -> list[tuple[int, int]]:
        """From which row on a row's line is how much more than its number. `last_row`: later ones are not asked for."""
        if not self.reading.starts:
            return [(1, 0)]
        rejected = {line for line, *_ in unsplit}
        starts = islice(self.reading.starts(), last_row and last_row + len(rejected) + 1)
        return line_steps(starts, self.reading.has_header, rejected) or [(1, 0)]

    def keep_refused(self, unsplit: list[tuple[int, str, str]], are_more: bool) -> list[tuple[str, int, int]]:
        """Writes down the refused rows. Returns [(reason, rows, first line)].

        `are_more`: than those that could not be split. Only then the rows are converted a second time.
        """
        base = [self.name, self.label, self.loaded_at]
        insert = "insert into raw.call_events_unreadable (source, source_file, loaded_at, line, reason, raw_text)"
        for start in range(0, len(unsplit), 10_000):
            self.con.execute(
                f"{insert} select $1, $2, $3, unnest($4::integer[]), unnest($5::varchar[]), unnest($6::varchar[])",
                [*base, *map(list, zip(*unsplit[start : start + 10_000]))],
            )
        if are_more:
            with in_file_order(self.con):
                refused = f"""
                    {insert}
                    select $1, $2, $3, row + more, refusal, raw_text
                    from (select row_number() over () as row, * from {self.rows})
                    asof join (select unnest($4::bigint[]) as first_row, unnest($5::bigint[]) as more) on row >= first_row
                    where keep and refusal is not null
                """
                self.con.execute(refused, [*base, *map(list, zip(*self.steps(unsplit)))])
        # A table that somebody else made may have lines as text.
        return self.con.execute(
            "select reason, count(*), min(try_cast(line as bigint)) from raw.call_events_unreadable"
            " where source = $1 and source_file = $2 and loaded_at = $3"
            " group by 1 order by 2 desc, 1",
            base,
        ).fetchall()

    def lines_refused(self) -> dict[str, list[int]]:
        """Reason → the lines of the rows that were written down as refused."""
        rows = self.con.execute(
            "select reason, list(line order by line) from raw.call_events_unreadable"
            " where source = $1 and source_file = $2 and loaded_at = $3 group by 1",
            [self.name, self.label, self.loaded_at],
        ).fetchall()
        return dict(rows)

    def unread_columns(self) -> list[str]:
        """Columns of the file that mean nothing here. Where there are events they go to `attributes`, and nothing is lost."""
        used = {item.name.strip().lower() for item in self.reading.fields.values()} | {"loaded_at"}
        names = [name for name in self.reading.names if name.strip().lower() not in used]
        return [f"columns that are not read: {shown_names(names)}"] if names else []

    def rows_split(self) -> int:
        """How many rows of the file could be split into fields. Much cheaper than to convert everything twice."""
        return self.con.execute(f"select count(*) from {self.reading.relation} where {self.reading.keep}").fetchone()[0]

    def look(self, unsplit: list[tuple[int, str, str]]) -> list[str]:
        """What is to be said of the rows that were loaded."""
        table, at = f"raw.{self.source.table} where loaded_at = $1", [self.loaded_at]
        found: list[tuple[str, str]] = []  # condition of rows, what to say of them
        for name in lengths_that_may_fail(self.reading, self.source):
            if self.con.execute(f"select count(unread_{name}) from {table}", at).fetchone()[0]:
                found.append((f"unread_{name} is not null", name))
        lengths = len(found)
        if "event_type" in self.source.columns:
            rows = self.con.execute(
                f"select direction, event_type, party, null, count(*) from {table} group by all", at
            )
            rows = rows.fetchall()
            deciding = {row[1] for row in rows if row[1] and words.normal(row[1]) in words.deciding_event_types()}
            reasons = (
                f"select null, event_type, null, reason, count(*) from {table} and event_type in {in_list(deciding)}"
            )
            rows += self.con.execute(f"{reasons} group by all", at).fetchall() if deciding else []
            found += [(condition(seen, deciding), text) for seen, text in messages.of_words(words.look_at(rows))]
        lines = self.first_lines([rows for rows, _ in found], lengths, unsplit)
        return [
            messages.unread_length(text, count, line) if number < lengths else text.format(line)
            for number, ((_, text), (count, line)) in enumerate(zip(found, lines))
            if count
        ]

    def first_lines(self, conditions: list[str], counted: int, unsplit: list) -> list[tuple[int, int]]:
        """(rows, first line) of each condition. Only the first `counted` ones need the whole file to be counted."""
        if not conditions:
            return []
        sums = ", ".join(f"count(*) filter ({rows}), min(row) filter ({rows})" for rows in conditions)
        numbered = f"select row_number() over () as row, * from {self.rows}"
        with in_file_order(self.con):
            for limit in (f"limit {HEAD_ROWS}", "")[1 if counted else 0 :]:
                found = self.con.execute(
                    f"select {sums} from ({numbered} {limit}) where keep and refusal is null"
                ).fetchone()
                if None not in found:
                    break
        counts, firsts = found[::2], found[1::2]
        steps = self.steps(unsplit, max((row for row in firsts if row), default=1))
        return [(count, row and row + more_of(row, steps)) for count, row in zip(counts, firsts)]


def more_of(row: int, steps: list[tuple[int, int]]) -> int:
    """How much more than its number the line of a row is."""
    return steps[max(0, bisect.bisect_right([first for first, _ in steps], row) - 1)][1]


def in_list(texts: Iterable[str]) -> str:
    return f"({', '.join(map(literal, sorted(texts)))})"


def condition(seen: list[words.Seen], deciding: set[str]) -> str:
    """SQL of rows that have one of the words, all of one column."""
    column = seen[0].column
    found = f"coalesce({column}, '') in {in_list(word.word for word in seen)}"
    return f"{found} and event_type in {in_list(deciding)}" if column == "reason" else found


@contextlib.contextmanager
def in_file_order(con: duckdb.DuckDBPyConnection):
    """Rows come as they stand in the file, so that they can be numbered."""
    con.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        with contextlib.suppress(duckdb.Error):  # what has failed is said already
            con.execute("set preserve_insertion_order = false")


def load_one(
    con: duckdb.DuckDBPyConnection, names: list[str], path: str, spelling: Spelling, is_dry: bool
) -> Loaded | None:
    """Loads one file into the first raw table of `names` that it fits; None if it was loaded before."""
    problems = {}
    for name in names:
        try:
            return load_into(con, name, path, spelling, is_dry)
        except Unreadable as error:
            problems[name] = str(error)
    if len(set(problems.values())) == 1:
        raise Unreadable(next(iter(problems.values())))
    raise Unreadable("; ".join(f"as {name}: {problem}" for name, problem in problems.items()))


def load_into(con: duckdb.DuckDBPyConnection, name: str, path: str, spelling: Spelling, is_dry: bool) -> Loaded | None:
    """Loads one file; None if it was loaded before. A text that DuckDB does not read at once is tried in another manner."""
    manner = Manner()
    while True:
        try:
            return load_once(con, name, path, spelling, is_dry, manner)
        except ReadAgain as again:
            manner = again.manner
        except NothingLoaded as refused:
            return refused.result
        except duckdb.Error as error:
            if "state machine" in str(error) and not manner.one_line_ending:
                manner = manner._replace(one_line_ending=True)
            elif "null_padding" in str(error) and manner.in_parallel:
                manner = manner._replace(in_parallel=False)
            else:
                raise


def load_once(
    con: duckdb.DuckDBPyConnection, name: str, path: str, spelling: Spelling, is_dry: bool, manner: Manner
) -> Loaded | None:
    """Loads one file in one transaction; None if it was loaded before. Raises Unreadable, and what DuckDB raises."""
    source, label = SOURCES[name], shown(os.path.abspath(path))
    before, digest = os.stat(path), files.fingerprint(path)
    with transaction(con), tempfile.TemporaryDirectory(prefix="call_status_") as folder:
        create_tables(con, source)
        earlier = (history.newest_note_of if source.is_of_firm else history.note_of)(con, name, digest)
        if earlier and (earlier.loaded or not earlier.refused):
            return None
        kind, plain = files.prepare(path, folder, spelling.encoding, source.header)
        if named := source.header and kind == "csv" and files.with_header(plain, source.header):
            plain, manner = named, manner._replace(added_lines=1)
        if manner.one_line_ending:
            plain = files.with_one_line_ending(plain)
        con.execute("drop table if exists temp.reject_errors; drop table if exists temp.reject_scans")
        is_empty = os.path.getsize(plain) < 16 and not files.beginning(plain, 16).strip(b"\xef\xbb\xbf \t\r\n")
        reading = nothing(source) if is_empty else READERS[kind](con, plain, source, spelling, manner)
        if names := firm.usual_names(source.table, reading.names, spelling.columns):
            spelling = replace(spelling, columns=spelling.columns | names)
            reading = READERS[kind](con, plain, source, spelling, manner)
        check_required(reading, source, spelling)
        if is_dry:
            reading.relation = f"(select * from {reading.relation} limit {dry_run.ROWS})"
        file = File(con, name, label, reading, spelling, manner, history.unique_time(con))
        loaded = file.insert_rows()
        unsplit = file.unsplit_records()
        reasons = {reason for _, reason, _ in unsplit}
        if REJECTED["MISSING COLUMNS"] in reasons and not manner.is_ragged:
            raise ReadAgain(manner._replace(is_ragged=True))
        if REJECTED["INVALID ENCODING"] in reasons and reading.has_header and files.is_other_encoding(plain):
            raise Unreadable(f"the file is not UTF-8 (first: line {unsplit[0][0]}); {files.TO_UTF8}")
        kinds = file.keep_refused(unsplit, are_more=file.rows_split() > loaded)
        result = Loaded(loaded, kinds, file.unread_columns() if source.is_of_firm else file.look(unsplit))
        if earlier and result.has_failed:
            raise NothingLoaded(result)
        if earlier:
            history.remove(con, earlier)
        con.execute(
            "insert into raw.loaded_files (file, sha256, source, rows_read, rows_loaded, rows_refused, loaded_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [label, digest, name, loaded + result.refused, loaded, result.refused, file.loaded_at],
        )
        if spelling.statuses:
            note_statuses(con, name, spelling, file.loaded_at)
        if is_dry:
            with in_file_order(con):
                result.remarks += dry_run.first_rows(con, reading, file.rows, source)
        after = os.stat(path)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Unreadable("the file changed while it was read; load it again when it is complete")
        if source.is_of_firm and kinds:
            result = replace(result, loaded=0, held_back=loaded, lines=file.lines_refused())
            result.remarks.append(f"nothing was changed: a file of {name} is loaded whole, once every row is right")
            raise NothingLoaded(result)
    return result


def note_statuses(con: duckdb.DuckDBPyConnection, name: str, spelling: Spelling, loaded_at: datetime) -> None:
    """Writes down what the words of a mapping mean, in place of what was there of its source system."""
    table, system = SOURCES[f"{name}_statuses"], spelling.source_system or SOURCES[name].defaults["source_system"]
    create_tables(con, table)
    con.execute(f"delete from raw.{table.table} where source_system = ?", [system])
    for entry in spelling.statuses:
        word, _, their_reason = entry.theirs.partition("/")
        status, _, reason = entry.ours.partition("/")
        con.execute(
            f"insert into raw.{table.table} values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                system,
                entry.direction,
                word,
                their_reason or None,
                status,
                reason or None,
                entry.could_also_be or None,
                loaded_at,
            ],
        )


def load_all(
    con: duckdb.DuckDBPyConnection, names: list[str], paths: list[str], spelling: Spelling, is_dry: bool
) -> tuple[Counter[str], int]:
    """Loads the files and reports each; returns the totals, and how many failed.

    Raises UserError where the database has failed in a way that leaves no file a chance.
    """
    total, failed = Counter(), 0
    for path in paths:
        try:
            result = load_one(con, names, path, spelling, is_dry)
        except duckdb.FatalException as error:  # the connection is of no use any more
            raise UserError(f"{shown(path)}: {messages.one_line(error)}") from None
        except FAILURES_OF_A_FILE as error:
            if "interrupt" in str(error).lower():
                raise KeyboardInterrupt from None
            failed += 1
            messages.problem(path, messages.one_line(error))
            continue
        if result is None:
            total["skipped"] += 1
            print(f"skipped {shown(path)}: loaded before")
            continue
        read = result.loaded + result.refused + result.held_back
        total.update(rows_read=read, rows_loaded=result.loaded, rows_refused=result.refused)
        total["loaded"] += not result.has_failed
        failed += result.has_failed
        what = "refused" if result.has_failed else "would load" if is_dry else "loaded"
        print(f"{what} {shown(path)}: {read:,} rows read, {result.loaded:,} loaded, {result.refused:,} refused")
        for line in messages.refusals(result.kinds, result.lines) + result.remarks:
            print(f"    {line}")
    return total, failed


def add_spelling_options(parser: argparse.ArgumentParser) -> None:
    """The options that say how files are written."""
    parser.add_argument("--mapping", metavar="FILE", help="TOML: what the file's columns, paths and words mean")
    parser.add_argument(
        "--time-format",
        metavar="F",
        help="of times that may be read in two ways, e.g. '%%d/%%m/%%Y %%H:%%M:%%S', or excel",
    )
    parser.add_argument(
        "--time-zone", metavar="ZONE", help="of times without a zone, e.g. Europe/Berlin (default: UTC)"
    )
    parser.add_argument("--encoding", metavar="NAME", help="of a text that is not UTF-8 or UTF-16, e.g. cp1252")
    parser.add_argument("--records", metavar="PATH", help="JSON: where the array of records is, e.g. data.calls")


def spelling_of(con: duckdb.DuckDBPyConnection, options: argparse.Namespace, source: Source) -> Spelling:
    """What those options say."""
    return spelling.from_options(
        con,
        options.mapping,
        source,
        time_format=options.time_format,
        time_zone=options.time_zone,
        encoding=options.encoding,
        records=options.records,
    )


def tables_named(name: str, options: argparse.Namespace) -> list[str]:
    """The raw tables that a `--source` means. Raises UserError for one that is unknown, or too many for a mapping."""
    names = tables_of(name)
    if not names:
        raise UserError(f"unknown source; known: {', '.join(SOURCES)}")
    if options.mapping and len(names) > 1:
        raise UserError(f"a mapping is for one raw table; say which with --source: {', '.join(names)}")
    return names


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/load",
        description="Load raw files (CSV, NDJSON, JSON, XML, Parquet, Excel; gzip, zip or zst of these) into the warehouse."
        " Rows that cannot be converted are kept in raw.call_events_unreadable with file, line and reason. A file of"
        " phone_numbers, agents or business_hours is loaded whole or not at all.",
        epilog="CALL_STATUS_DB names the database (a relative path is relative to where you are); default:"
        " warehouse/call_status.duckdb of this project. docs/loading.md tells more.",
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="a file or a pattern, e.g. 'exports/*.csv.gz'")
    add(
        "--source",
        default="canonical",
        metavar="NAME",
        help=f"one of: {', '.join(SOURCES)} (default: canonical); where a source has several raw tables, its name alone lets the file tell",
    )
    add_spelling_options(parser)
    add("--dry-run", action="store_true", help="show how the first rows would be read; nothing is written")
    add("--list", action="store_true", help="list the files that were loaded")
    add("--forget", metavar="FILE", help="take back a loaded file: its path, or the time that --list shows")
    add(
        "--wait", type=float, default=10, metavar="SECONDS", help="how long to wait for a database in use (default: 10)"
    )
    add("--memory", metavar="SIZE", help="how much to use, e.g. 2GB (default: 60%% of the machine's, at most 4 GB)")
    options = parser.parse_args(argv)
    if bool(options.files) + options.list + bool(options.forget) != 1:
        parser.error("give files to load, or --list, or --forget FILE")
    return options


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status. What goes wrong is printed; only wrong usage raises (SystemExit)."""
    options = arguments(argv)
    try:
        return run(options)
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
        print(f"error: {messages.one_line(error)}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    names = tables_named(options.source, options)
    database = Path(os.environ.get("CALL_STATUS_DB") or DEFAULT_DATABASE).absolute()
    if options.list or options.forget:
        if not database.exists():
            raise UserError(f"there is no {shown(database)}; nothing was loaded yet")
        with contextlib.closing(open_database(database, options.wait, options.memory)) as con:
            history.show(con) if options.list else history.forget(con, options.forget)
        return 0
    paths, problems = files.expand(options.files)
    for path, line in problems:
        messages.problem(path, line)
    if not paths:
        return 1
    with contextlib.closing(open_database(None if options.dry_run else database, options.wait, options.memory)) as con:
        how = spelling_of(con, options, SOURCES[names[0]])
        refuse_sample(con, database)
        total, failed = load_all(con, names, paths, how, options.dry_run)
    failed += len(problems)
    rows = f"{total['rows_read']:,} read, {total['rows_loaded']:,} loaded, {total['rows_refused']:,} refused"
    if options.dry_run:
        print(f"nothing was written; of the first {dry_run.ROWS:,} rows of each file: {rows}")
    else:
        counts = f"{total['loaded']:,} loaded, {total['skipped']:,} skipped, {failed:,} failed"
        print(f"files: {counts}; rows: {rows} -> {shown(database)}")
    return 1 if failed else 0


def interrupt(*_):
    """A polite kill is an interruption: temporary files are removed on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
