"""What the user says about how files are written, by options or in a mapping file (TOML).

A mapping names the file's columns or JSON paths, what its words mean, and how its times and lengths are written. The raw
table keeps what a file says; only the words that a mapping translates are written in ours.
"""

import codecs
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from call_status_tools.errors import UserError
from call_status_tools.loading import words
from call_status_tools.loading.raw_tables import Source
from call_status_tools.loading.sql import literal
from call_status_tools.loading.values import EXCEL, TimeSpelling

UNITS = {
    "seconds": 1,
    "minutes": 60,
    "days": 86400,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
    "nanoseconds": 1e-9,
    "mm:ss": 1,
}
TEXTS = ("source_system", "time_zone", "time_format", "records")
TABLES = ("columns", "units", "time_zones")
WORD_TABLES = ("event_type", "direction", "party", "reason")
NO_STATUS = ("", "no_call")  # says nothing, is no call
READY = Path(__file__).parent / "mappings"  # those that are there by name


class Meaning(NamedTuple):
    """What a word of a phone system's own status means."""

    theirs: str  # `status`, or `status/reason`
    direction: str | None  # of whose calls; None: of both
    ours: str  # `status`, `status/reason`, or one of NO_STATUS
    could_also_be: str  # statuses that the word does not tell from it, separated by a comma


@dataclass(frozen=True)
class Spelling:
    """How files are written, as far as the user says it."""

    time_format: str | None = None
    time_zone: str | None = None
    encoding: str | None = None
    records: str | None = None  # JSON: the path of the array
    source_system: str | None = None
    # Ours → columns, or paths in JSON: the first with a value. `may_lack`: those of which the file may have none.
    columns: dict[str, list[str]] = field(default_factory=dict)
    may_lack: frozenset[str] = frozenset()
    units: dict[str, str] = field(default_factory=dict)  # ours → a key of UNITS
    time_zones: dict[str, str] = field(default_factory=dict)  # ours → zone
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # ours → theirs → our word
    statuses: tuple[Meaning, ...] = ()

    def times_of(self, column: str) -> TimeSpelling:
        return TimeSpelling(self.time_format, self.time_zones.get(column) or self.time_zone or "UTC")

    def names_of(self, column: str) -> list[str]:
        """What the file may call a column of ours."""
        return self.columns.get(column, [column])


def read_mapping(path: str, source: Source) -> Spelling:
    """The mapping of a file. Raises UserError for a file that is no mapping, naming the first thing that is wrong."""
    ready = READY / f"{path}.toml"
    try:
        content = tomllib.loads(
            (ready if ready.exists() and not Path(path).exists() else Path(path)).read_text("utf-8-sig")
        )
    except OSError as error:
        names = ", ".join(sorted(file.stem for file in READY.glob("*.toml")))
        why = (error.strerror or "unknown error").lower()
        raise UserError(f"the mapping cannot be read: {why}; there are, by name, {names}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"the mapping is no TOML: {error}") from None

    def check(is_right: bool, what: str) -> None:
        if not is_right:
            raise UserError(f"the mapping is wrong: {what}")

    has_statuses = source.table == "call_log"
    known = [*TEXTS, *TABLES, *WORD_TABLES, *(["status"] if has_statuses else [])]
    for name, value in content.items():
        check(name in known, f"unknown key {name}; there are {', '.join(known)}")
        if name == "status":
            continue
        if name in TEXTS:
            check(isinstance(value, str) and value != "", f"{name} must be a text")
        else:
            texts = (
                [text for entry in value.values() for text in as_list(name, entry)] if isinstance(value, dict) else [0]
            )
            check(all(isinstance(text, str) for text in texts), f"[{name}] must be a table of texts")
    for table in TABLES:
        for name in content.get(table, {}):
            is_known = name in source.columns and name != "loaded_at"
            check(is_known, f"[{table}] names {name}, which is no column; there are {', '.join(source.columns)}")
    for name, unit in content.get("units", {}).items():
        check(source.columns[name] == "DOUBLE", f"[units] names {name}, which is no length")
        check(unit in UNITS, f"unknown unit {unit}; there are {', '.join(UNITS)}")
    for name in content.get("time_zones", {}):
        check(source.columns[name] == "TIMESTAMP", f"[time_zones] names {name}, which is no time")
    for column in WORD_TABLES:
        ours = words.known_words(column)
        for word in content.get(column, {}).values():
            is_known = word == "" or not ours or word in ours
            check(is_known, f"[{column}] says {word}, which is no word of ours; there are {', '.join(ours)}")
    return Spelling(
        statuses=tuple(meanings(content.get("status", {}), check)),
        columns={ours: as_list("columns", theirs) for ours, theirs in content.get("columns", {}).items()},
        may_lack=frozenset(ours for ours, theirs in content.get("columns", {}).items() if isinstance(theirs, list)),
        **{name: content[name] for name in (*TEXTS, "units", "time_zones") if name in content},
        words={column: content[column] for column in WORD_TABLES if column in content},
    )


def as_list(table: str, value: object) -> list:
    """An entry of a table. In [columns] it may be a list: the first with a value counts, and the file may lack them all."""
    return value if table == "columns" and isinstance(value, list) else [value]


def meanings(table: object, check: Callable[[bool, str], None]) -> Iterator[Meaning]:
    """The entries of [status]: a text for both directions, or a table with `incoming`, `outgoing` and `could_also_be`."""
    check(isinstance(table, dict), "[status] must be a table")
    for theirs, value in table.items():
        entry = value if isinstance(value, dict) else {"both": value}
        is_right = all(isinstance(text, str) for text in entry.values())
        keys = {"both"} if not isinstance(value, dict) else {"incoming", "outgoing", "could_also_be"}
        check(is_right and entry.keys() <= keys, f"[status] {theirs}: a text, or incoming, outgoing and could_also_be")
        for key, ours in entry.items():
            if key == "could_also_be":
                continue
            direction = None if key == "both" else key
            check(is_status(ours, direction), f"[status] says {ours}, which is no status of {direction or 'any'} calls")
            yield Meaning(theirs.strip().lower(), direction, ours, entry.get("could_also_be", ""))


def is_status(text: str, direction: str | None) -> bool:
    """Whether a text is `status` or `status/reason` of a direction, or says that there is none."""
    proofs = [proof for proof in words.status_proofs() if direction in (None, proof["direction"])]
    known = {proof["status"] for proof in proofs} | {f"{proof['status']}/{proof['status_reason']}" for proof in proofs}
    return text in NO_STATUS or text in known


def from_options(
    con: duckdb.DuckDBPyConnection, mapping: str | None, source: Source, **options: str | None
) -> Spelling:
    """The spelling that options and mapping say together; an option comes before the mapping. Raises UserError."""
    spelling = read_mapping(mapping, source) if mapping else Spelling()
    spelling = replace(spelling, **{name: value for name, value in options.items() if value})
    zones = {zone for zone in [spelling.time_zone, *spelling.time_zones.values()] if zone}
    names = {name for (name,) in con.execute("select name from pg_timezone_names()").fetchall()}
    if zones - names:
        raise UserError(f"unknown time zone {min(zones - names)}; write it like Europe/Berlin")
    if spelling.time_format and spelling.time_format != EXCEL:
        try:
            con.execute(f"select try_strptime('', {literal(spelling.time_format)})")
        except duckdb.Error:
            raise UserError(
                "the time format cannot be read; write it like '%d/%m/%Y %H:%M:%S', or excel for Excel's day numbers"
            ) from None
    if spelling.encoding:
        try:
            codecs.lookup(spelling.encoding)
        except LookupError:
            raise UserError(
                f"unknown encoding {spelling.encoding}; there are, for example, cp1252 and utf-16"
            ) from None
    return spelling
