"""A warehouse that scheduled runs keep: an inbox, a state file, a published file."""

import csv
import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from call_status_tools.dbt import surroundings
from call_status_tools.operations import scheduled_run
from support.harness import valid_event

COLUMNS = (
    "call_id",
    "event_id",
    "direction",
    "event_type",
    "occurred_at",
    "party",
    "customer_number",
    "agent_id",
    "reason",
)
DAY = "2026-03-02"


@dataclass
class World:
    """`folder` holds all of it. `options`: of every run."""

    folder: Path
    options: tuple[str, ...] = ()

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def state(self) -> Path:
        return self.folder / "state.duckdb"

    @property
    def published(self) -> Path:
        return self.folder / "published" / "call_status.duckdb"

    @property
    def report(self) -> dict:
        return json.loads((self.folder / "state_runs" / "last_run.json").read_text())

    @property
    def environment(self) -> dict[str, str]:
        return {"CALL_STATUS_DB": str(self.state)}

    def copy(self, folder: Path) -> "World":
        """The same warehouse once more."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return World(folder, self.options)

    def drop(self, name: str, events: list[dict]) -> Path:
        """Writes a file of events into the inbox. It was complete a minute ago."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(events)
        return as_if_old(path)

    def run(self, *options: str) -> int:
        """One scheduled run, in this process. Returns its exit code."""
        with surroundings(self.environment):
            return scheduled_run.main(["--inbox", str(self.inbox), *self.options, *options])

    def query(self, sql: str, path: Path | None = None) -> list[tuple]:
        """Of the published file, or of another one."""
        with duckdb.connect(str(path or self.published), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Changes the state file by hand."""
        with duckdb.connect(str(self.state)) as con:
            con.execute(sql)

    def statuses(self) -> dict[str, str]:
        """Of the published calls."""
        return dict(self.query("select call_id, status from fct_calls"))


def as_if_old(path: Path) -> Path:
    os.utime(path, (time.time() - 60, time.time() - 60))
    return path


def missed(call_id: str, at: str = f"{DAY} 09:00:00", number: str = "+14155550101") -> list[dict]:
    """An incoming call that nobody answers."""
    return events_of(call_id, at, number, [(0, "call_started"), (2, "agent_ringing"), (20, "call_ended")])


def completed(call_id: str, at: str = f"{DAY} 10:00:00", number: str = "+14155550102") -> list[dict]:
    """An incoming call that an agent answers."""
    return events_of(
        call_id, at, number, [(0, "call_started"), (2, "agent_ringing"), (8, "agent_answered"), (40, "call_ended")]
    )


def events_of(call_id: str, at: str, number: str, events: list[tuple[int, str]]) -> list[dict]:
    rows = []
    for second, event_type in events:
        moment = str(datetime.fromisoformat(at) + timedelta(seconds=second))
        of_agent = {"agent_id": "anna", "party": "agent"} if event_type.startswith("agent") else {}
        of_call = {"event_type": event_type, "occurred_at": moment, "customer_number": number}
        rows.append(valid_event(call_id, f"{call_id}-{second}", **of_call, **of_agent))
    return rows


def relations_of(published: Path) -> dict[str, list[str]]:
    """Published relation → its columns. What runs write of themselves is left out: the published file lags behind by one run."""
    with duckdb.connect(str(published), read_only=True) as con:
        rows = con.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where schema_name = 'main' and not internal and table_name not in ('publication', 'run_history') group by 1"
        ).fetchall()
    assert "fct_calls" in dict(rows)
    return dict(rows)


def differences(state: Path, published: Path) -> list[str]:
    """What of the published file is not as the state file has it."""
    found = []
    relations = relations_of(published)
    with duckdb.connect(str(state), read_only=True) as con:
        con.execute(f"set TimeZone = 'UTC'; attach '{published}' as published (read_only)")
        for name, columns in relations.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            for one, other in (("main", "published.main"), ("published.main", "main")):
                rows = con.execute(
                    f"select count(*) from (select {listed} from {one}.{name} except all select {listed} from {other}.{name})"
                ).fetchone()[0]
                if rows:
                    found.append(f"{name}: {rows} rows of {one} are not in {other}")
    return found
