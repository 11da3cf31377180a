"""Records of phone systems and the calls that they must become: the pages of tests/scenarios/sources (README.md there)."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from call_status_tools import ROOT
from call_status_tools.loading import load
from call_status_tools.loading.words import macro
from support.harness import Warehouse
from support.scenario_files import value_of

PAGES = ROOT / "tests" / "scenarios" / "sources"
AS_OF = "2026-03-20 12:00:00"
# What stands for a call that is in no fact.
NOT_IN_FACTS = {"no call", "open", "internal"}


@dataclass
class Records:
    """A code block: a file as the phone system writes it."""

    kind: str  # the file's ending
    source: str  # as `scripts/load --source` takes it
    text: str
    mapping: str | None = None


@dataclass
class Scenario:
    source: str
    title: str
    records: list[Records] = field(default_factory=list)
    expected: list[dict] = field(default_factory=list)

    @property
    def test_id(self) -> str:
        return f"{self.source} {self.title.lower()}"


def sources() -> list[str]:
    """The sources that have a page."""
    return sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")


def read_scenarios(source: str) -> list[Scenario]:
    """The scenarios of a page, in order. Raises ValueError for a page that is not written as README.md says."""
    found: list[Scenario] = []
    for section in re.split(r"^## ", (PAGES / f"{source}.md").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, body = section.split("\n", 1)
        scenario = Scenario(source, re.sub(r"^\d+\. ", "", title.strip()))
        for head, text in re.findall(r"^```(\S.*?)\n(.*?)^```$", body, re.MULTILINE | re.DOTALL):
            kind, *options = head.split()
            named = dict(option.split("=", 1) for option in options)
            scenario.records.append(Records(kind, named.get("source", source), text, named.get("mapping")))
        lines = [line.strip().strip("|").split("|") for line in body.splitlines() if line.startswith("|")]
        names, _, *rows = [[cell.strip() for cell in line] for line in lines] or [[], []]
        scenario.expected = [
            {name: value_of(name, cell, "2026-03-02") for name, cell in zip(names, row, strict=True)} for row in rows
        ]
        if not scenario.records or not scenario.expected:
            raise ValueError(f"{source}.md, {title}: records in a code block, and a table of calls")
        found.append(scenario)
    return found


def load_file(warehouse: Warehouse, path: Path, source: str, *options: str) -> None:
    """Loads a file as `scripts/load` does; what it prints is in the error, if there is one."""
    shown = io.StringIO()
    with (
        mock.patch.dict(os.environ, CALL_STATUS_DB=str(warehouse.path)),
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(shown),
    ):
        status = load.main([str(path), "--source", source, *options])
    assert status == 0, shown.getvalue()


def load_scenarios(warehouse: Warehouse, scenarios: Iterable[Scenario]) -> None:
    for number, scenario in enumerate(scenarios):
        for place, records in enumerate(scenario.records):
            path = warehouse.directory / f"{number}_{place}.{records.kind}"
            path.write_text(records.text, encoding="utf-8")
            options = ["--mapping", records.mapping] if records.mapping else []
            load_file(warehouse, path, records.source, *options)


def raw_tables_of(source: str) -> list[str]:
    """The raw tables that a source is read from."""
    return macro("sources/all_sources.sql", "get_sources")[source]


def build(warehouse: Warehouse, source: str, **variables: object) -> None:
    warehouse.dbt("run", vars={"call_status_as_of": AS_OF, "call_status_sources": [source], **variables})


# What an id stands for that no call has.
NO_CALL = {"status": "no call"}


def calls_of(warehouse: Warehouse) -> dict[str, dict]:
    """call_id → the call's row in the facts. For any other call `status` says where it is: `open` or `internal`."""
    tables = ("main_internal.int_call_evidence", "fct_open_calls", "fct_calls")
    evidence, open_calls, facts = warehouse.queries(f"select * from {table}" for table in tables)
    twice = [call_id for call_id, count in Counter(row["call_id"] for row in facts).items() if count > 1]
    assert not twice, f"one id of several calls: {twice}"
    return (
        {row["call_id"]: {"status": "internal"} for row in evidence}
        | {row["call_id"]: {**row, "status": "open"} for row in open_calls}
        | {row["call_id"]: row for row in facts}
    )
