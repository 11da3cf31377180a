"""scripts/new-mapping: looks at an export with one row a call, and prints a mapping to begin with.

Columns are guessed by their names, words by what the mappings that are shipped say of them. What is not known stands in a
comment with what to do, so that the file can be loaded at once and gets better line by line. It holds names of columns, and
words that come often enough to be no person's.
"""

import argparse
import json
import re
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from call_status_tools.errors import Unreadable, UserError
from call_status_tools.loading import files, messages, spelling, words
from call_status_tools.loading.database import open_database
from call_status_tools.loading.delimited import DELIMITERS, TITLE_LINES, names_in
from call_status_tools.loading.raw_tables import SOURCES, Source
from call_status_tools.loading.readers import READERS, Manner, arrays_in, text_head
from call_status_tools.loading.sql import literal
from call_status_tools.loading.values import HAS_OFFSET, Field, TimeSpelling, as_time

ROWS = 10_000  # are looked at
DEPTH = 4  # of paths in JSON
SHOWN_WORDS = 40  # a column with more of them holds no statuses
# Ours → what exports call it, letters and digits alone; the likeliest first.
NAMES = {
    "call_id": "callid callsid calluuid sessionid interactionid conversationid callguid linkedid uniqueid uuid guid recordid id",
    "direction": "direction calldirection callflow inout calltype type",
    "reported_status": "callstatus status result callresult disposition outcome calloutcome completionstatus finalstate state",
    "reason": "reason hangupcause statusreason missedcallreason endreason disconnectreason cause",
    "started_at": "startedat starttime calltime callstart callstarttime start datetime calldate createdat timestamp begin date time",
    "answered_at": "answeredat answertime answer connecttime connectedat pickuptime",
    "ended_at": "endedat endtime callend callendtime hanguptime disconnecttime end",
    "wait_seconds": "waitseconds waittime waitingtime ringtime ringing queuetime waitduration timetoanswer ringduration",
    "talk_seconds": "talkseconds talktime talking billsec conversationduration durationincall callduration duration durationseconds",
    "voicemail_seconds": "voicemailseconds voicemailduration voicemaillength",
    "agent_id": "agentid agentemail agent useremail user answeredby agentname username extension owner operator",
    "queue": "queuename queue callqueue group ringgroup department team",
    "customer_number": "customernumber customerphonenumber clientnumber contactnumber externalnumber callernumber customer client",
    "business_number": "businessnumber virtualnumber ournumber did didnumber linenumber companynumber line",
    "ended_by": "endedby hangupby disconnectedby hangupsource terminatedby",
}
SIDES = {
    "from",
    "to",
    "caller",
    "callee",
    "called",
    "src",
    "dst",
    "source",
    "destination",
    "callerid",
    "fromnumber",
    "tonumber",
}
DIRECTIONS = {
    "incoming": {"in", "inbound", "incoming", "received", "terminating"},
    "outgoing": {"out", "outbound", "outgoing", "dialed", "dialled", "placed", "originating"},
    "internal": {"internal", "local"},
}
FORMATS = [
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
]


def plain(name: str) -> str:
    """A name as NAMES has it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def header_of(text: str) -> tuple[str, ...]:
    """The names of the line that names the most columns that an export of calls may have; there may be titles above it."""
    known = {name for names in NAMES.values() for name in names.split()}
    lines = text.splitlines(keepends=True)[:TITLE_LINES]
    found = [
        {name for name in names_in([line], delimiter) if plain(name) in known}
        for line in lines
        for delimiter in DELIMITERS
    ]
    return tuple(max(found, key=len, default=()))


def look_at(con: duckdb.DuckDBPyConnection, path: str) -> tuple[list[dict[str, Any]], str | None]:
    """(the first rows of a file: column or path → value, where the array of them is in JSON)."""
    records = None
    with tempfile.TemporaryDirectory(prefix="call_status_") as folder:
        kind, text = files.prepare(path, folder, None)
        header = header_of(text_head(text)) if kind == "csv" else ()
        if kind == "csv" and not header:
            raise Unreadable("no line names columns as an export of calls has them, such as Status or Start time")
        source = Source("call_log", dict.fromkeys(header, "VARCHAR"), required=header)
        if kind in ("json", "ndjson"):
            records = array_of(text_head(text))
        reading = READERS[kind](con, text, source, spelling.Spelling(records=records), Manner())
        found = con.execute(f"select {reading.raw_text} from {reading.relation} where {reading.keep} limit {ROWS}")
        rows = [value for (row,) in found.fetchall() if isinstance(value := json_or_text(row), dict)]
    return [dict(paths_in(row)) for row in rows], records


def array_of(head: str) -> str | None:
    """The path of the only array of objects in the object that a text begins with."""
    try:
        value, _ = json.JSONDecoder().raw_decode(head.lstrip())
    except ValueError:
        return None
    paths = [steps for steps, _ in arrays_in(value, [])] if isinstance(value, dict) else []
    scalars = [name for name, inner in value.items() if not isinstance(inner, dict | list)] if paths else []
    known = {name for names in NAMES.values() for name in names.split()}
    is_record = len({plain(name) for name in scalars} & known) > 2
    return ".".join(map(str, paths[0])) if len(paths) == 1 and not is_record else None


def json_or_text(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value.lstrip().startswith("{") else value
    except ValueError:
        return value


def paths_in(row: dict, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each value of a row with its path. Objects are gone into, also those in a text."""
    for name, value in row.items():
        inner = json_or_text(value)
        if isinstance(inner, dict) and len(above) < DEPTH:
            yield from paths_in(inner, (*above, name))
        elif not isinstance(value, list | dict):
            yield ".".join((*above, name)), value


def guessed_columns(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Ours → the column or path that is likely to hold it."""
    filled = Counter(path for row in rows for path, value in row.items() if value not in (None, ""))
    found: dict[str, str] = {}
    for whole in (True, False):  # a name as it is before the last step of a path
        for ours, names in NAMES.items():
            for name in names.split() if ours not in found else ():
                fitting = [path for path in filled if plain(path if whole else path.rpartition(".")[2]) == name]
                if fitting := [path for path in fitting if path not in found.values()]:
                    found[ours] = fitting[0]
                    break
    return found


def meanings() -> dict[str, Any]:
    """Word → what most of the mappings that are shipped say it means."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for file in sorted(spelling.READY.glob("*.toml")):
        for word, meaning in tomllib.loads(file.read_text("utf-8"))["status"].items():
            said[plain(word)][json.dumps(meaning)] += 1
    found = {word: json.loads(counts.most_common(1)[0][0]) for word, counts in said.items()}
    return {**found, **{plain(proof["status"]): proof["status"] for proof in words.status_proofs()}}


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def counted(rows: list[dict[str, Any]], path: str | None) -> list[tuple[str, int]] | None:
    """The words of a column with their number, the most frequent first; None where there are too many for words."""
    counts = Counter(str(row[path]).strip() for row in rows if path and row.get(path) not in (None, ""))
    return counts.most_common() if len(counts) <= SHOWN_WORDS else None


def word_lines(rows: list[dict[str, Any]], path: str | None, known: dict[str, Any], question: str) -> Iterator[str]:
    found = counted(rows, path)
    if path and found is None:
        yield f"# {toml(path)} has more than {SHOWN_WORDS} different values: it may be another column"
    hidden = 0
    for word, count in found or ():
        is_word = re.fullmatch(r"[A-Za-z][\w /,.'-]{0,40}", word) and (
            count >= words.SHOWN_FROM or plain(word) in known
        )
        number = f"{count:,} row{'s' * (count > 1)}"
        if not is_word:
            hidden += 1
        elif plain(word) in known:
            yield f"{toml(word)} = {toml(known[plain(word)])}  # {number}"
        else:
            yield f'# {toml(word)} = ""  # {number}: {question}'
    if hidden:
        yield f"# and {hidden} that come too seldom to be shown, or do not look like a word"


def time_lines(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], path: str | None) -> Iterator[str]:
    """What is to be said of how times are written."""
    texts = sorted({str(row[path]).strip() for row in rows if path and row.get(path) not in (None, "")})
    if not texts:
        return
    given = f"unnest([{', '.join(map(literal, texts))}]) as t(v)"
    as_it_is = as_time(Field("v", "v"), TimeSpelling(None, "UTC"))
    unread = con.execute(f"select count(*) from {given} where {as_it_is} is null").fetchone()[0]
    if unread * 10 > len(texts):  # fewer are rows that are no calls, such as totals
        fitting = [
            form
            for form in FORMATS
            if con.execute(f"select count(try_strptime(v, {literal(form)})) from {given}").fetchone()[0] == len(texts)
        ]
        if len(fitting) == 1:
            yield f"time_format = {toml(fitting[0])}"
        else:
            forms = " or ".join(map(toml, fitting or [FORMATS[0]]))
            yield f"# time_format = {forms}  # which one? {unread:,} times cannot be read without"
    if not any(re.search(HAS_OFFSET, text, re.IGNORECASE) or re.fullmatch(r"[\d.]+", text) for text in texts):
        yield '# time_zone = "Europe/Berlin"  # the times name no zone: without this line they are read as UTC'


def mapping_of(con: duckdb.DuckDBPyConnection, path: str) -> Iterator[str]:
    """The lines of a mapping. Raises Unreadable for a file that the loader could not read, or that holds no rows."""
    rows, records = look_at(con, path)
    if not rows:
        raise Unreadable("the file holds no rows")
    columns = guessed_columns(rows)
    system = re.sub(r"\W+", "_", files.shown(Path(path).name).partition(".")[0].lower()).strip("_") or "my_system"
    yield f"# A mapping to begin with, from the first {len(rows):,} rows. Look at each line, then try it:"
    yield f"#     scripts/load {files.shown(path)} --source call_log --mapping THIS_FILE --dry-run"
    yield "# docs/sources/call_log.md says what may stand here."
    yield f"source_system = {toml(system)}  # how the phone system is called in the tables"
    if records:
        yield f"records = {toml(records)}"
    yield from time_lines(con, rows, columns.get("started_at"))
    yield from ("", "[columns]")
    for ours in (name for name in SOURCES["call_log"].columns if name in NAMES):
        needed = " Every call needs it." if ours == "started_at" else ""
        yield (
            f"{ours} = {toml(columns[ours])}"
            if ours in columns
            else f"# {ours}: no column of a name that is known.{needed}"
        )
    others = list(dict.fromkeys(name for row in rows for name in row if name not in columns.values()))
    sides = [name for name in others if SIDES.intersection(map(plain, name.split(".")))]
    if sides and "customer_number" not in columns:
        yield f"# {', '.join(map(toml, sides))}: the customer is on one side or the other. Take the column that holds them more often."
    yield f"# Not used, kept in attributes: {', '.join(map(toml, others)) or 'none'}"
    ways = {word: way for way, names in DIRECTIONS.items() for word in names}
    if "direction" in columns:
        yield from ("", "[direction]")
        yield from word_lines(rows, columns["direction"], ways, "incoming, outgoing or internal?")
    yield from ("", "[status]")
    yield from word_lines(rows, columns.get("reported_status"), meanings(), "which status is it?")


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/new-mapping",
        description="Look at an export with one row a call and print a mapping to begin with, for scripts/load --source call_log.",
        epilog="example: scripts/new-mapping calls.csv > acme.toml",
    )
    parser.add_argument("file", metavar="FILE", help="CSV, NDJSON, JSON, Parquet or Excel; packed or not")
    path = parser.parse_args(argv).file
    try:
        if not Path(path).is_file():
            raise UserError(f"{files.shown(path)} is no file; check the path")
        with open_database(None, 0, None) as con:
            print("\n".join(mapping_of(con, path)))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (Unreadable, duckdb.Error, OSError) as error:
        print(f"error: {files.shown(path)}: {messages.one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
