"""What every adapter keeps, whatever its phone system is: laws that look at its SQL and at what it makes of raw records.

| law | why |
|---|---|
| each record by itself | loads in any order, halves of a call, repeats and corrections of a record merge exactly |
| only new loads are read | the condition on loaded_at reaches the scan of the raw table, so a run costs what is new |
| ids hold still | a record that comes again gives the same ids, so it counts once |
| nothing is lost | every record gives an event or a refusal with its reason, or is counted as silent; and counts as one record |
| no type is made up | every event has a type of ours |
| two systems never share a call | `source_instance` becomes part of `source_system` |
| one scan | the raw table is read once, however many events a record gives |
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
from call_status_tools.loading.words import event_types

COLUMNS = "event_id, source_system, call_id, event_type, direction, occurred_at, party, reason, leg_id, agent_id, seconds, records, set_aside"


@dataclass
class Adapter:
    """A staging model as SQL, on raw tables in the schema `raw` of a DuckDB database."""

    name: str
    sql: str
    connection: duckdb.DuckDBPyConnection
    tables: list[str]

    def on(self, rows: dict[str, str]) -> str:
        """Its SQL on other rows: table → a query, and no rows for its other tables."""
        sql = self.sql
        for table in self.tables:
            query = rows.get(table, f"select * from raw.{table} where false")
            sql = re.sub(rf'("\w+"\.)?"?raw"?\."?{table}"?(?!\w)', f"({query})", sql)
        return sql

    def events(self, rows: dict[str, str] | None = None) -> list[tuple]:
        sql = self.sql if rows is None else self.on(rows)
        return self.connection.execute(f"select {COLUMNS} from ({sql}) order by all").fetchall()

    def columns_of(self, table: str) -> set[str]:
        return {name for name, *_ in self.connection.execute(f"describe raw.{table}").fetchall()}

    def events_of_each(self) -> list[list[tuple]]:
        """The events of each raw record, from one query: each is given an instance of its own."""
        rows, events = {}, {}
        for place, table in enumerate(self.tables):
            instance = f"'r{place}-' || rowid"
            column = "source_instance" if "source_instance" in self.columns_of(table) else "source_system"
            rows[table] = f"select * replace ({instance} as {column}) from raw.{table}"
            events |= {key: [] for (key,) in self.connection.execute(f"select {instance} from raw.{table}").fetchall()}
        for row in self.events(rows):
            events[row[1].rpartition(":")[2]].append(row)
        return list(events.values())

    def halves(self) -> Iterator[list[dict[str, str]]]:
        """The raw records in two parts, again and again, until each record was apart from each other one."""
        counts = {
            table: self.connection.execute(f"select count(*) from raw.{table}").fetchone()[0] for table in self.tables
        }
        before = dict(zip(counts, itertools.accumulate(counts.values(), initial=0)))
        for bit in range((sum(counts.values()) - 1).bit_length()):
            yield [
                {
                    table: f"select * from raw.{table} where (rowid + {before[table]}) >> {bit} & 1 = {half}"
                    for table in self.tables
                }
                for half in (0, 1)
            ]

    def plan(self, condition: str) -> str:
        found = self.connection.execute(f"explain select * from ({self.sql}) where {condition}").fetchall()
        return found[0][1]


def each_record_by_itself(adapter: Adapter) -> list[str]:
    """What the halves give is what all give: then no record needs another one."""
    together = Counter(adapter.events())
    for halves in adapter.halves():
        apart = Counter(row for rows in halves for row in adapter.events(rows))
        if apart != together:
            return [f"only with other records: {row}" for row in together - apart] + [
                f"only without other records: {row}" for row in apart - together
            ]
    return []


def only_new_loads_are_read(adapter: Adapter) -> list[str]:
    """A condition that does not reach the scan is a step of its own in the plan. One that all rows fulfil is in neither."""
    steps = adapter.plan("loaded_at >= timestamp '2026-03-02 10:00:00'").split("╭─ ")
    return ["rows are filtered only after they were read"] * any(
        step.startswith("Filter") and "loaded_at" in step for step in steps
    )


def ids_hold_still(adapter: Adapter) -> list[str]:
    found = []
    for events in adapter.events_of_each():
        ids = Counter((row[1], row[0]) for row in events if row[-1] is None)
        found += [f"twice in one record: {event_id}" for event_id, count in ids.items() if count > 1]
    later = {
        table: f"select * replace (timestamp '2026-03-09 12:00:00' as loaded_at) from raw.{table}"
        for table in adapter.tables
    }
    changed = Counter(adapter.events()) - Counter(adapter.events(later))
    return found + [f"another id or content when it comes again: {row}" for row in changed]


def nothing_is_lost(adapter: Adapter) -> list[str]:
    found = []
    for events in adapter.events_of_each():
        if sum(row[-2] for row in events) != 1:
            found.append(f"counts as {sum(row[-2] for row in events)} records: {events[:1]}")
        if any(row[-1] == "silent" and (len(events) > 1 or row[3]) for row in events):
            found.append(f"silent, and gives events: {events[:1]}")
    return found


def no_type_is_made_up(adapter: Adapter) -> list[str]:
    types = {row[3] for row in adapter.events() if row[-1] is None}
    return [f"no type of ours: {name}" for name in types - event_types().keys()]


def two_systems_never_share_a_call(adapter: Adapter) -> list[str]:
    found = []
    for table in adapter.tables:
        if "source_instance" in adapter.columns_of(table):
            rows = {table: f"select * replace ('branch' as source_instance) from raw.{table}"}
            systems = {row[1] for row in adapter.events(rows)}
            found += [f"of the instance branch: {system}" for system in systems if not system.endswith(":branch")]
    return found


def one_scan(adapter: Adapter) -> list[str]:
    plan = adapter.plan("true")
    return [
        f"{table} is read {count} times"
        for table in adapter.tables
        if (count := len(re.findall(rf"\b{table}\b", plan))) > 1
    ]


LAWS = [
    each_record_by_itself,
    only_new_loads_are_read,
    ids_hold_still,
    nothing_is_lost,
    no_type_is_made_up,
    two_systems_never_share_a_call,
    one_scan,
]
