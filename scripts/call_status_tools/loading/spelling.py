"""What the user says about how files are written, by options or in a mapping file (TOML).

A mapping names the file's columns or JSON paths, what its words mean, and how its times and lengths are written. The raw
table keeps what a file says; only the words that a mapping translates are written in ours.
"""

import codecs
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

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


@dataclass(frozen=True)
class Spelling:
    """How files are written, as far as the user says it."""

    time_format: str | None = None
    time_zone: str | None = None
    encoding: str | None = None
    records: str | None = None  # JSON: the path of the array
    source_system: str | None = None
    columns: dict[str, str] = field(default_factory=dict)  # ours → a column, or a path in JSON
    units: dict[str, str] = field(default_factory=dict)  # ours → a key of UNITS
    time_zones: dict[str, str] = field(default_factory=dict)  # ours → zone
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # ours → theirs → our word

    def times_of(self, column: str) -> TimeSpelling:
        return TimeSpelling(self.time_format, self.time_zones.get(column) or self.time_zone or "UTC")

    def name_of(self, column: str) -> str:
        """What the file calls a column of ours."""
        return self.columns.get(column, column)


def read_mapping(path: str, source: Source) -> Spelling:
    """The mapping of a file. Raises UserError for a file that is no mapping, naming the first thing that is wrong."""
    try:
        content = tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise UserError(f"the mapping cannot be read: {(error.strerror or 'unknown error').lower()}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"the mapping is no TOML: {error}") from None

    def check(is_right: bool, what: str) -> None:
        if not is_right:
            raise UserError(f"the mapping is wrong: {what}")

    known = [*TEXTS, *TABLES, *WORD_TABLES]
    for name, value in content.items():
        check(name in known, f"unknown key {name}; there are {', '.join(known)}")
        if name in TEXTS:
            check(isinstance(value, str) and value != "", f"{name} must be a text")
        else:
            texts = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
            check(texts, f"[{name}] must be a table of texts")
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
        **{name: content[name] for name in (*TEXTS, *TABLES) if name in content},
        words={column: content[column] for column in WORD_TABLES if column in content},
    )


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
