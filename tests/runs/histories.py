"""Histories: loads, runs and deletions in an odd order, with clocks that go back and forth. After each whole run the public
relations are those of the reference, which sees the raw rows as they are and knows nothing of what came before.

In the copy of the project that histories use many calls share a call_hash, which no real table would show in years.
"""

import contextlib
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import dbt.tracking
import duckdb
from rules.reference import Settings, derive
from support.harness import PROJECT, DbtFailed, Warehouse, disagreements, fail_on
from support.random_calls import AS_OF, random_events

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache"
)
# Step → how often, as a weight.
WEIGHTS = {
    "load": 4,
    "odd": 3,
    "clock": 2,
    "as of": 2,
    "delete": 2,
    "pii": 2,
    "facts alone": 1,
    "nothing new": 1,
}
STEPS = [step for step, weight in WEIGHTS.items() for _ in range(weight)]
STEPS_OF_A_HISTORY = 7
# What somebody may run between two whole runs.
SELECTIONS = [
    ["--select", "int_call_evidence_packed"],
    ["--select", "int_leg_evidence_packed"],
    ["--select", "+int_leg_evidence_packed"],
    ["--select", "+fct_calls"],
    ["--select", "+fct_calls+"],
    ["--select", "fct_calls"],
    ["--select", "event_accounting", "int_queue_evidence_packed"],
    ["--select", "+quarantined_call_events"],
    ["--exclude", "int_raw_loads"],
    ["--full-refresh", "--select", "int_call_evidence_packed", "int_queue_evidence_packed"],
    ["--full-refresh", "--select", "int_noted_loads"],
]


def colliding_project(folder: Path) -> Path:
    """A copy of the project with a call_hash of five values."""
    copy = Path(folder) / "project"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    file = copy / "macros" / "evidence" / "keys.sql"
    text = file.read_text()
    weak = re.sub(r"(call_status\.key_hash\(call_status\.call_key\(\)\) \}\})", r"\1 % 5", text)
    assert weak != text
    file.write_text(weak)
    return copy


@contextlib.contextmanager
def moving_clock() -> Iterator[Callable[[float], None]]:
    """Moves the clock that dbt starts its runs by: clock(hours)."""
    real = dbt.tracking.datetime
    state = {"hours": 0.0}

    class Moved(real):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + timedelta(hours=state["hours"])

    dbt.tracking.datetime = Moved
    try:
        yield lambda hours: state.update(hours=hours)
    finally:
        dbt.tracking.datetime = real


class History:
    """A warehouse, and the raw rows that it should know of."""

    def __init__(self, warehouse: Warehouse, seed: int):
        self.warehouse, self.rng, self.rows, self.told = warehouse, random.Random(seed), [], []
        self.events = random_events(self.rng, 40)
        self.rng.shuffle(self.events)
        self.as_of, self.pii = AS_OF, "keep"

    def load(self):
        """Some events more. Their time of loading may be hours ago, of another month, or still to come."""
        number = max(1, len(self.events) // 3)
        part, self.events = self.events[:number], self.events[number:]
        hours = self.rng.choice([0, 0, 0, -1, -30, 10, 10, -700])
        at = AS_OF + timedelta(hours=hours, minutes=self.rng.randrange(3))
        rows = []
        for row in part:
            ahead = row.pop("seconds_ahead", None)
            if isinstance(row["loaded_at"], datetime):
                row = {**row, "loaded_at": at + timedelta(seconds=self.rng.choice([0, 0, 0, 1, 61]))}
                if ahead is not None:
                    row["occurred_at"] = row["loaded_at"] + timedelta(seconds=ahead)
            rows.append(row)
        self.rows += rows
        self.warehouse.write_events(rows)
        self.told.append(f"load {len(rows)} rows at {at}")

    def run(self, *selection, **variables):
        self.told.append(f"run {' '.join(selection)} {variables or ''}")
        given = {"call_status_as_of": str(self.as_of), "call_status_pii": self.pii}
        self.warehouse.dbt("run", *selection, vars={**given, **variables})

    def move_as_of(self):
        self.as_of = AS_OF + timedelta(hours=self.rng.choice([-2, 0, 3, 30]))
        self.told.append(f"as of {self.as_of}")

    def delete_and_backfill(self):
        """The rows of one call go, or some of them; the backfill knows the call, the day or the source."""
        days_of: dict[tuple[str, str], set] = {}
        for row in self.rows:
            if row["call_id"]:
                days = days_of.setdefault((row["source_system"] or "canonical", row["call_id"]), set())
                days.update([row["loaded_at"].date()] if isinstance(row["loaded_at"], datetime) else [])
        if not days_of:
            return
        # Half of the time all that was loaded on the first of several days.
        of_days = sorted(call for call, days in days_of.items() if len(days) > 1)
        first_day = bool(of_days) and self.rng.random() < 0.5
        source, call_id = self.rng.choice(of_days if first_day else sorted(days_of))
        of_call = [
            row
            for row in self.rows
            if row["call_id"] == call_id and (row["source_system"] or "canonical") == source and row["event_id"]
        ]
        gone = self.rng.sample(of_call, self.rng.randint(1, len(of_call))) if of_call else []
        if first_day:
            day = min(days_of[source, call_id])
            gone = [row for row in of_call if isinstance(row["loaded_at"], datetime) and row["loaded_at"].date() == day]
        ids = {(row["event_id"], row["event_type"], str(row["occurred_at"])) for row in gone}

        def is_gone(row):
            is_of_call = row["call_id"] == call_id and (row["source_system"] or "canonical") == source
            return is_of_call and (row["event_id"], row["event_type"], str(row["occurred_at"])) in ids

        # A repeat goes as well, whatever day it was loaded on.
        gone = [row for row in self.rows if is_gone(row)]
        days = sorted({row["loaded_at"].date() for row in gone if isinstance(row["loaded_at"], datetime)})
        self.rows = [row for row in self.rows if not is_gone(row)]
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute("delete from raw.call_events")
        self.warehouse.write_events(self.rows)
        how = "days" if first_day else self.rng.choice(["calls", "days", "sources"])
        value = {"calls": [call_id], "days": [str(days[0]), str(days[-1])] if days else None, "sources": [source]}[how]
        self.told.append(f"{len(gone)} rows of {source} {call_id} deleted")
        if value:
            self.run(**{f"call_status_backfill_{how}": value, "call_status_backfill_takes_back": True})
        else:
            self.run(call_status_backfill_calls=[call_id], call_status_backfill_takes_back=True)

    def backfill_of_facts_alone(self):
        """Evidence is not made anew, so there is nothing for the facts to follow."""
        keys = sorted({row["call_id"] for row in self.rows if row["call_id"]})
        self.run("--select", "fct_calls", call_status_backfill_calls=self.rng.sample(keys, min(3, len(keys))))

    def change_pii(self):
        """Whatever is selected: a run with another value stops, or leaves nothing that the value forbids."""
        self.pii = "drop" if self.pii == "keep" else "keep"
        selected = self.rng.choice(
            [
                ["+fct_calls+"],
                ["int_call_events", "int_call_evidence_packed", "int_leg_evidence_packed", "int_queue_evidence_packed"],
            ]
        )
        for selection in (["--full-refresh", "--select", *selected], []):
            try:
                self.run(*selection)
            except DbtFailed as failed:
                self.told.append(f"refused: {str(failed.problems)[:200]}")
                if not selection:
                    self.run("--full-refresh")

    def run_with_nothing_new(self):
        """Whoever reads an event now finds one that says nothing. No load has another count."""
        self.run()
        self.told.append("every event erased, to be put back after the next run")
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute("create table raw.kept as from raw.call_events")
            connection.execute("update raw.call_events set event_type = 'erased'")
        self.run()
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute("drop table raw.call_events")
            connection.execute("alter table raw.kept rename to call_events")

    def compare(self):
        rows = self.rows if self.pii == "keep" else [{**row, "customer_number": None} for row in self.rows]
        relations = self.warehouse.relations()
        found = disagreements(derive(rows, Settings(self.as_of)), relations, rows)
        if self.pii == "drop":
            forbidden = "customer_number is not null or attributes is not null or raw_text is not null"
            shown = self.warehouse.query(f"select * from quarantined_call_events where {forbidden}")
            found += [f"quarantined_call_events shows what call_status_pii forbids: {row}" for row in shown]
        fail_on(found, "\n".join(self.told))


def play(history: History, clock: Callable[[float], None]) -> None:
    """A history from its first load on. Fails where a whole run does not give the reference."""
    history.load()
    history.run()
    for _ in range(STEPS_OF_A_HISTORY):
        step = history.rng.choice(STEPS)
        if step == "load" and history.events:
            history.load()
        elif step == "clock":
            hours = history.rng.choice([-26, -1, 1, 5])
            history.told.append(f"clock {hours:+} hours")
            clock(hours)
        elif step == "as of":
            history.move_as_of()
        elif step == "odd":
            history.run(*history.rng.choice(SELECTIONS))
            if history.rng.random() < 0.5:
                continue
        elif step == "delete":
            history.delete_and_backfill()
            history.compare()
            continue
        elif step == "pii":
            history.change_pii()
            history.compare()
            continue
        elif step == "facts alone":
            history.backfill_of_facts_alone()
        elif step == "nothing new":
            history.run_with_nothing_new()
            history.compare()
            continue
        history.run()
        history.compare()
