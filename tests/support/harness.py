"""A throw-away warehouse for tests: raw events in, dbt, rows out, and readable comparisons of rows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from call_status_tools import ROOT as PROJECT
from call_status_tools import canonical_columns
from call_status_tools.dbt import DbtFailed as DbtFailed
from call_status_tools.dbt import failure_message as failure_message
from package import contract

from support.parsing import run_with_what_was_parsed

# Name → DuckDB type of a raw event's columns.
RAW_COLUMNS = canonical_columns.COLUMNS
# Public relation → the columns that are compared with the reference, and between warehouses.
PUBLIC_COLUMNS = contract.COMPARED


def valid_event(call_id: str, event_id: str, **columns) -> dict:
    """A valid incoming raw event, apart from what is said."""
    return {
        "event_id": event_id,
        "source_system": "canonical",
        "call_id": call_id,
        "direction": "incoming",
        "event_type": "call_started",
        "occurred_at": "2026-03-02 10:00:00",
        "loaded_at": "2026-03-02 11:00:00",
        **columns,
    }


def pbx_event(call_id: str, at: str, event_type: str, **columns) -> dict:
    """A valid event of the source system `pbx`, `at` seconds (two digits) after ten o'clock."""
    of_pbx = {"source_system": "pbx", "event_type": event_type, "occurred_at": f"2026-03-02 10:00:{at}"}
    return valid_event(call_id, f"{call_id} {at} {event_type}", **{**of_pbx, **columns})


def not_kept(results, materialization: str) -> tuple[set[str], set[str]]:
    """Of the models of a materialization that a run has built: all, and those that it did not leave alone."""
    models = [result for result in results if result.node.resource_type == "model"]
    of_it = [result for result in models if result.node.config.materialized == materialization]
    return {result.node.name for result in of_it}, {result.node.name for result in of_it if result.message != "KEPT"}


class Warehouse:
    """One DuckDB file and this dbt project on it.

    Most commands reuse what dbt has parsed (parsing.py). For the others, warehouses that share a `parse_cache` folder parse the
    project once per set of variables. dbt also parses anew where the database's path differs, so each run sees its
    warehouse under one path: a link inside the cache.
    """

    is_parsed_once = True  # not where the files of the project change

    def __init__(self, directory: Path, parse_cache: Path | None = None, project: Path = PROJECT):
        self.directory = Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.path = self.directory / "call_status.duckdb"
        self.parse_cache = Path(parse_cache or self.directory / "parse").resolve()
        self.parse_cache.mkdir(parents=True, exist_ok=True)
        self.project = project

    # ---- raw events -------------------------------------------------------------------------------------------------

    def write_events(self, rows: list[dict]) -> None:
        """Appends raw events; makes the raw table if there is none. A time may be a text that DuckDB can read."""
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type in RAW_COLUMNS.items())
        # A file and one insert: row by row takes minutes for some ten thousand events.
        file = self.directory / "events.ndjson"
        with file.open("w", encoding="utf-8") as out:
            for row in rows:
                assert set(row) <= set(RAW_COLUMNS), set(row) - set(RAW_COLUMNS)
                out.write(json.dumps({name: row.get(name) for name in RAW_COLUMNS}, default=str) + "\n")
        as_text = {name: "DOUBLE" if sql_type == "DOUBLE" else "VARCHAR" for name, sql_type in RAW_COLUMNS.items()}
        values = ", ".join(f"{name}::{sql_type}" for name, sql_type in RAW_COLUMNS.items())
        with duckdb.connect(self.path) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(f"create table if not exists raw.call_events ({columns})")
            if rows:
                connection.execute(
                    f"insert into raw.call_events ({', '.join(RAW_COLUMNS)}) select {values} from"
                    f" read_json('{file}', format = 'newline_delimited', columns = {as_text})"
                )
        file.unlink()

    # ---- dbt --------------------------------------------------------------------------------------------------------

    def dbt(self, *args: str, vars: dict | None = None) -> Any:
        """Runs a dbt command, for instance `dbt('build', '--full-refresh', vars={...})`; raises DbtFailed. Returns its result."""
        return run_with_what_was_parsed(
            (self.project,) if self.is_parsed_once else None,
            args,
            database=self.path_for_dbt(),
            vars=vars or {},
            project_dir=self.project,
            target_path=self.target_for(vars),
            log_path=self.directory / "logs",
        )

    def path_for_dbt(self) -> Path:
        """The database by a path that all warehouses of the parse cache share; it leads to one of them at a time."""
        link = self.parse_cache / "warehouse"
        link.unlink(missing_ok=True)
        link.symlink_to(self.directory, target_is_directory=True)
        return link / self.path.name

    def target_for(self, vars: dict | None) -> Path:
        """The folder of what dbt has parsed with these variables."""
        variables = json.dumps(vars or {}, default=str, sort_keys=True)
        return self.parse_cache / hashlib.sha256(variables.encode()).hexdigest()[:12]

    # ---- reading ----------------------------------------------------------------------------------------------------

    def query(self, sql: str) -> list[dict]:
        """Rows as dictionaries: column → value."""
        (rows,) = self.queries([sql])
        return rows

    def queries(self, sqls: Iterable[str]) -> list[list[dict]]:
        """The rows of each query, by one connection: DuckDB reads the whole catalog whenever a file is opened."""
        with duckdb.connect(self.path, read_only=True) as connection:
            return [as_dictionaries(connection.execute(sql)) for sql in sqls]

    def relations(self) -> dict[str, list[dict]]:
        """Every public relation's public columns; a missing relation or column is an error that names it."""
        queries = [f"select {', '.join(columns)} from {relation}" for relation, columns in PUBLIC_COLUMNS.items()]
        return dict(zip(PUBLIC_COLUMNS, self.queries(queries)))


def as_dictionaries(result: Any) -> list[dict]:
    """The rows of a query that was sent, by a cursor of any engine's client: column → value."""
    names = [column[0] for column in result.description]
    return [dict(zip(names, values)) for values in result.fetchall()]


# ---- comparing rows -------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Makes equal what is equal: numbers to the microsecond. An empty string is not a null: the facts have none."""
    if isinstance(value, Decimal):
        value = float(value)
    return round(value, 6) if isinstance(value, float) else value


def differences(expected: dict, actual: dict) -> dict[str, str]:
    """Column → what is wrong with it; looks only at the columns of `expected`."""
    found = {}
    for name, value in expected.items():
        if name not in actual:
            found[name] = "no such column"
        elif plain(value) != plain(actual[name]):
            found[name] = f"expected {shown(value)}, got {shown(actual[name])}"
    return found


def shown(value: Any) -> str:
    return str(value) if isinstance(value, datetime) else repr(value)


def multiset(rows: list[dict], columns: list[str]) -> Counter:
    """Rows without order, repeats counted."""
    return Counter(tuple(plain(row[name]) for name in columns) for row in rows)


def leg_multiset(legs: list[dict], columns: list[str]) -> list[str]:
    """Legs, or other parts of a call, without order, one readable line each."""
    return sorted(", ".join(f"{name}: {shown(plain(leg[name]))}" for name in columns) for leg in legs)


def by_call(rows: list[dict]) -> dict[tuple, list[dict]]:
    """(source_system, call_id) → its rows."""
    found: dict[tuple, list[dict]] = {}
    for row in rows:
        found.setdefault((row["source_system"], row["call_id"]), []).append(row)
    return found


def events_table(rows: list[dict]) -> str:
    """A call's raw events as a table in order of time, without the columns that none of them fills."""
    names = [name for name in RAW_COLUMNS if any(row.get(name) is not None for row in rows)]
    lines = [
        [("''" if row.get(name) == "" else str(row.get(name) if row.get(name) is not None else "")) for name in names]
        for row in sorted(rows, key=lambda row: str(row.get("occurred_at")))
    ]
    widths = [max(map(len, column)) for column in zip(names, *lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in [names, *lines])


# ---- comparing a warehouse with the reference -----------------------------------------------------------------------


def disagreements(reference: dict, actual: dict, raw_rows: list[dict]) -> list[str]:
    """Everything in which the warehouse's public relations differ from the reference, each with the call's events."""
    evidence = by_call([{**row, "source_system": row.get("source_system") or "canonical"} for row in raw_rows])
    found = []
    for relation in ("fct_calls", "fct_open_calls"):
        for call, problem in call_disagreements(reference[relation], actual[relation]):
            found.append(f"{relation} {call}: {problem}\n{events_table(evidence.get(call, []))}")
    for relation, rows in (
        ("fct_call_legs", actual["fct_call_legs"]),
        ("fct_queue_visits", queue_visits(actual)),
    ):
        for call, problem in part_disagreements(relation, reference[relation], rows):
            found.append(f"{relation} {call}: {problem}\n{events_table(evidence.get(call, []))}")
    refused = [readable_refusal(row) for row in actual["quarantined_call_events"]]
    found += row_disagreements("quarantined_call_events", reference["quarantined_call_events"], refused)
    found += row_disagreements("event_accounting", reference["event_accounting"], actual["event_accounting"])
    return found + broken_promises(actual)


def call_disagreements(expected: list[dict], actual: list[dict]) -> Iterator[tuple[tuple, str]]:
    """((source_system, call_id), what differs) per call whose row is not the expected one."""
    expected_calls, actual_calls = by_call(expected), by_call(actual)
    for call in sorted({*expected_calls, *actual_calls}):
        wanted, got = expected_calls.get(call, []), actual_calls.get(call, [])
        if len(wanted) != len(got):
            yield call, f"expected {len(wanted)} row(s), got {len(got)}"
        elif wrong := differences(wanted[0], got[0]):
            yield call, "; ".join(f"{name}: {problem}" for name, problem in wrong.items())


def queue_visits(relations: dict) -> list[dict]:
    """The rows of fct_queue_visits, each with the source system and the id of its call.

    A visit without a call in fct_calls stands under a source system that no call has.
    """
    call_of = {row["call_key"]: (row["source_system"], row["call_id"]) for row in relations["fct_calls"]}
    return [
        {**row, "source_system": source_system, "call_id": call_id}
        for row in relations["fct_queue_visits"]
        for source_system, call_id in [call_of.get(row["call_key"], ("not in fct_calls", row["call_key"]))]
    ]


def part_disagreements(relation: str, expected: list[dict], actual: list[dict]) -> Iterator[tuple[tuple, str]]:
    """((source_system, call_id), what differs) per call whose legs, or visits to queues, are not the expected ones."""
    # The leg's own name is no public column: its row must be there all the same.
    columns = [name for name in PUBLIC_COLUMNS[relation] if name not in ("call_key", "leg_key")]
    expected_calls, actual_calls = by_call(expected), by_call(actual)
    for call in sorted({*expected_calls, *actual_calls}):
        wanted = leg_multiset(expected_calls.get(call, []), columns)
        got = leg_multiset(actual_calls.get(call, []), columns)
        if wanted != got:
            yield call, "\n  expected " + "\n           ".join(wanted) + "\n  got      " + "\n           ".join(got)


def row_disagreements(relation: str, expected: list[dict], actual: list[dict]) -> list[str]:
    """A line per row that is missing or not expected."""
    columns = PUBLIC_COLUMNS[relation]
    wanted, got = multiset(expected, columns), multiset(actual, columns)
    return [
        f"{relation}: expected, but not there ({count}×): {dict(zip(columns, row))}"
        for row, count in (wanted - got).items()
    ] + [
        f"{relation}: there, but not expected ({count}×): {dict(zip(columns, row))}"
        for row, count in (got - wanted).items()
    ]


def readable_refusal(row: dict) -> dict:
    """A refused row may show an empty string as it was sent, or as the null that it means."""
    row = {name: None if value == "" else value for name, value in row.items()}
    return {**row, "source_system": row["source_system"] or "canonical"}


def broken_promises(actual: dict) -> list[str]:
    """What holds without looking at any event: keys, directional tables, messages."""
    found = []
    calls, legs, open_calls = actual["fct_calls"], actual["fct_call_legs"], actual["fct_open_calls"]
    key_of = {(row["source_system"], row["call_id"]): row["call_key"] for row in [*calls, *open_calls]}
    for what, keys in (
        ("call_key", [row["call_key"] for row in [*calls, *open_calls]]),
        ("leg_key", [row["leg_key"] for row in legs]),
    ):
        if None in keys or len(set(keys)) != len(keys):
            found.append(f"{what} is null or not unique")
    if strays := [leg for leg in legs if key_of.get((leg["source_system"], leg["call_id"])) != leg["call_key"]]:
        found.append(f"legs whose call_key is not their call's: {strays[:3]}")
    if strays := [visit for visit in queue_visits(actual) if visit["call_id"] is None]:
        found.append(f"visits to queues without a call: {strays[:3]}")
    if silent := [row["call_id"] for row in calls if not row["status_message"]]:
        found.append(f"calls without a status_message: {silent[:3]}")
    for relation, direction in (("fct_incoming_calls", "incoming"), ("fct_outgoing_calls", "outgoing")):
        columns = [name for name in PUBLIC_COLUMNS[relation] if name != "derived_at"]
        ours = [row for row in calls if row["direction"] == direction]
        if multiset(ours, columns) != multiset(actual[relation], columns):
            found.append(f"{relation} is not the {direction} part of fct_calls")
    return found


def changes(before: dict, after: dict, ignored: tuple[str, ...]) -> list[str]:
    """How the public relations of two warehouses (or of one at two times) differ, keys included."""
    found = []
    for relation, columns in PUBLIC_COLUMNS.items():
        compared = [name for name in columns if name not in ignored]
        first, second = multiset(before[relation], compared), multiset(after[relation], compared)
        found += [f"{relation}, only before: {dict(zip(compared, row))}" for row in (first - second)]
        found += [f"{relation}, only after: {dict(zip(compared, row))}" for row in (second - first)]
    return found


def fail_on(problems: list[str], where: str = "", limit: int = 5) -> None:
    """Fails the test with the first few problems; an assertion would print them all over again."""
    if problems:
        rest = [f"… and {len(problems) - limit} more"] if len(problems) > limit else []
        heading = f"{where}: " if where else ""
        text = "\n\n".join([f"{heading}{len(problems)} disagreement(s)", *problems[:limit], *rest])
        pytest.fail(text, pytrace=False)
