"""Histories: loads, runs and deletions in an odd order, with clocks that go back and forth. After each whole run the public
relations are those of the reference, which sees the raw rows as they are and knows nothing of what came before.

In the copy of the project that these tests use many calls share a call_hash, which no real table would show in years.
"""

import os
import random
import re
import shutil
from datetime import datetime, timedelta

import dbt.tracking
import duckdb
import pytest
from rules.reference import Settings, derive
from support.harness import PROJECT, Warehouse, disagreements, fail_on
from support.random_calls import AS_OF, random_events

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache"
)
SEEDS = int(os.environ.get("CALL_STATUS_SEEDS", 12 if os.environ.get("CALL_STATUS_TEST_ALL") else 2))
STEPS = 5
# What somebody may run between two whole runs.
SELECTIONS = [
    ["--select", "int_call_evidence_packed"],
    ["--select", "int_leg_evidence_packed"],
    ["--select", "+int_leg_evidence_packed"],
    ["--select", "+fct_calls"],
    ["--select", "+fct_calls+"],
    ["--select", "fct_calls"],
    ["--select", "event_accounting"],
    ["--select", "+quarantined_call_events"],
    ["--exclude", "int_raw_loads"],
    ["--full-refresh", "--select", "int_call_evidence_packed"],
    ["--full-refresh", "--select", "int_noted_loads"],
]


@pytest.fixture(scope="session")
def colliding_project(tmp_path_factory):
    """The project with a call_hash of five values."""
    copy = tmp_path_factory.mktemp("colliding") / "project"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    file = copy / "macros" / "evidence" / "keys.sql"
    text = file.read_text()
    weak = re.sub(r"(call_status\.key_hash\(call_status\.call_key\(\)\) \}\})", r"\1 % 5", text)
    assert weak != text
    file.write_text(weak)
    return copy


@pytest.fixture
def clock(monkeypatch):
    """Moves the clock that dbt starts its runs by: clock(hours)."""
    real = dbt.tracking.datetime
    state = {"hours": 0.0}

    class Moved(real):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + timedelta(hours=state["hours"])

    monkeypatch.setattr(dbt.tracking, "datetime", Moved)
    return lambda hours: state.update(hours=hours)


class History:
    """A warehouse, and the raw rows that it should know of."""

    def __init__(self, warehouse: Warehouse, seed: int):
        self.warehouse, self.rng, self.rows, self.told = warehouse, random.Random(seed), [], []
        self.events = random_events(self.rng, 40)
        self.rng.shuffle(self.events)
        self.as_of = AS_OF

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
        self.warehouse.dbt("run", *selection, vars={"call_status_as_of": str(self.as_of), **variables})

    def move_as_of(self):
        self.as_of = AS_OF + timedelta(hours=self.rng.choice([-2, 0, 3, 30]))
        self.told.append(f"as of {self.as_of}")

    def delete_and_backfill(self):
        """The rows of one call go, or some of them; the backfill knows the call, the day or the source."""
        keys = sorted({(row["source_system"] or "canonical", row["call_id"]) for row in self.rows if row["call_id"]})
        if not keys:
            return
        source, call_id = self.rng.choice(keys)
        of_call = [
            row
            for row in self.rows
            if row["call_id"] == call_id and (row["source_system"] or "canonical") == source and row["event_id"]
        ]
        gone = self.rng.sample(of_call, self.rng.randint(1, len(of_call))) if of_call else []
        ids = {(row["event_id"], row["event_type"], str(row["occurred_at"])) for row in gone}

        def is_gone(row):
            is_of_call = row["call_id"] == call_id and (row["source_system"] or "canonical") == source
            return is_of_call and (row["event_id"], row["event_type"], str(row["occurred_at"])) in ids

        days = sorted({row["loaded_at"].date() for row in gone if isinstance(row["loaded_at"], datetime)})
        self.rows = [row for row in self.rows if not is_gone(row)]
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute("delete from raw.call_events")
        self.warehouse.write_events(self.rows)
        how = self.rng.choice(["calls", "days", "sources"])
        value = {"calls": [call_id], "days": [str(days[0]), str(days[-1])] if days else None, "sources": [source]}[how]
        self.told.append(f"{len(gone)} rows of {source} {call_id} deleted")
        if value:
            self.run(**{f"call_status_backfill_{how}": value, "call_status_backfill_takes_back": True})
        else:
            self.run(call_status_backfill_calls=[call_id], call_status_backfill_takes_back=True)

    def compare(self):
        found = disagreements(derive(self.rows, Settings(self.as_of)), self.warehouse.relations(), self.rows)
        fail_on(found, "\n".join(self.told))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_the_order_a_whole_run_is_the_reference(seed, tmp_path, colliding_project, clock, parse_cache):
    history = History(Warehouse(tmp_path, parse_cache / "histories", colliding_project), seed)
    history.load()
    history.run()
    for _ in range(STEPS):
        step = history.rng.choice(["load", "load", "load", "clock", "as of", "odd", "odd", "delete"])
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
        history.run()
        history.compare()
