"""Reads the scenarios of tests/scenarios/*.md; tests/scenarios/README.md describes the format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

SCENARIOS = Path(__file__).parents[1] / "scenarios"

AS_OF = datetime(2026, 3, 20, 12)
# When each load reaches the warehouse. The second comes longer after the first than a run looks back (3 hours by
# default); the third began before the second and committed after it.
LOADED_AT = {1: datetime(2026, 3, 20, 7), 2: datetime(2026, 3, 20, 11, 30), 3: datetime(2026, 3, 20, 10)}
LAST_LOAD = max(LOADED_AT)

DEFAULT_DAY = "2026-03-02"
SHORT_NAMES = {"at": "occurred_at", "event": "event_type", "agent": "agent_id", "leg": "leg_id"}
HEADING = re.compile(r"^## (?P<number>\d+)(?P<variant>[a-z]?)\. (?P<title>.+)$")
SETTING = re.compile(r"^(?P<name>direction|day): (?P<value>\S+)$")
EXPECTATION = re.compile(r"^Expected( (?P<what>legs|queue visits|listed|refused))?( after load (?P<load>\d+))?$")


@dataclass
class Scenario:
    number: str
    title: str
    direction: str | None = None
    day: str = DEFAULT_DAY
    events: list[tuple[int, dict]] = field(default_factory=list)  # (load, raw row)
    expected: dict[int, dict] = field(default_factory=dict)  # load after which it holds → the call's row
    expected_legs: dict[int, list[dict]] = field(default_factory=dict)
    expected_queue_visits: dict[int, list[dict]] = field(default_factory=dict)
    expected_listed: dict[int, list[dict]] = field(default_factory=dict)  # in unmapped_source_values
    expected_refused: dict[int, list[dict]] = field(default_factory=dict)  # in quarantined_call_events

    @property
    def call_id(self):
        return f"scenario-{self.number}"

    @property
    def test_id(self):
        """Sorts like the table of the acceptance cases: `07 ring, time-out, …`."""
        return f"{self.number.zfill(2 + self.number[-1].isalpha())} {self.title.lower()}"

    def rows_of_load(self, load):
        return [row for its_load, row in self.events if its_load == load]

    def rows_up_to(self, load):
        return [row for its_load, row in self.events if its_load <= load]


def read_scenarios() -> list[Scenario]:
    found = [scenario for path in sorted(SCENARIOS.glob("*.md")) for scenario in read_file(path)]
    return sorted(found, key=lambda scenario: scenario.test_id)


def read_file(path: Path) -> list[Scenario]:
    scenarios, settings, scenario, section, table = [], {}, None, None, None
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        try:
            line = line.strip()
            if not line.startswith("|") and table is not None:
                fill(scenario, section, table)
                table = None
            if heading := HEADING.match(line):
                scenario = Scenario(heading["number"] + heading["variant"], heading["title"], **settings)
                section = ("events", None)
                scenarios.append(scenario)
            elif line.startswith("## "):
                raise ValueError("a heading is `## NUMBER. Title`")
            elif setting := SETTING.match(line):
                value = None if setting["value"] == "none" else setting["value"]
                if scenario is None:
                    settings[setting["name"]] = value
                else:
                    setattr(scenario, setting["name"], value)
            elif expectation := EXPECTATION.match(line):
                kind = f"expected_{expectation['what'].replace(' ', '_')}" if expectation["what"] else "expected"
                section = (kind, int(expectation["load"] or LAST_LOAD))
            elif line.startswith("Expected"):
                raise ValueError(
                    "`Expected`, `Expected legs`, `… queue visits`, `… listed`, `… refused`, each also `… after load N`"
                )
            elif line.startswith("|") and scenario is not None:
                table = [*(table or []), [cell.strip() for cell in line.strip("|").split("|")]]
        except Exception as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    return scenarios


def fill(scenario: Scenario, section: tuple, table: list[list[str]]) -> None:
    """Puts one finished table where it belongs."""
    kind, load = section
    header, _, *body = table
    rows = [dict(zip(header, cells, strict=True)) for cells in body]
    if kind == "events":
        scenario.events += [raw_event(scenario, place, row) for place, row in enumerate(rows, start=1)]
    elif kind == "expected":
        (row,) = rows
        scenario.expected[load] = {name: value_of(name, cell, scenario.day) for name, cell in row.items()}
    else:
        getattr(scenario, kind)[load] = [
            {name: value_of(name, cell, scenario.day) for name, cell in row.items()} for row in rows
        ]


def raw_event(scenario: Scenario, place: int, cells: dict) -> tuple[int, dict]:
    given = {SHORT_NAMES.get(name, name): value_of(name, cell, scenario.day) for name, cell in cells.items()}
    load = int(given.pop("load", None) or 1)
    row = {"direction": scenario.direction, "loaded_at": LOADED_AT[load], "source_system": "canonical"}
    row.update({name: value for name, value in given.items() if value is not None})
    row["call_id"] = scenario.call_id
    # Ids are the scenario's own, so that scenarios do not repeat each other's events.
    row["event_id"] = f"{scenario.call_id}/{given.get('event_id') or place}"
    return load, row


def value_of(name: str, cell: str, day: str):
    """A cell's value, by its column's name."""
    if cell in ("", "-"):
        return None
    if name == "at" or name.endswith("_at"):
        return datetime.fromisoformat(cell if " " in cell else f"{day} {cell}")
    if name == "seconds" or name.endswith("_seconds"):
        return float(cell)
    if name.startswith("agents_") or name == "occurrences":
        return int(cell)
    if name.startswith(("is_", "has_", "reached_")):
        return {"true": True, "false": False}[cell]
    return cell
