"""dbt, as an unattended run calls it: in this process, parsed once."""

import contextlib
import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import duckdb
import yaml

from call_status_tools import ROOT
from call_status_tools.dbt import DbtFailed, run_dbt
from call_status_tools.operations.failures import Failure, NoRoom, TestFailed, is_no_room
from call_status_tools.operations.places import Places
from call_status_tools.operations.relations import QUIETLY, manifest_of_project, relation_named

# Tests whose cost does not grow with the history.
SELECTION = ["--exclude", "tag:whole_table", "test_type:unit"]
# The database quotes a value of the data in these.
QUOTES_VALUES = re.compile(r"(Conversion|Invalid Input|Constraint|Out of Range|Invalid Type) Error", re.I)


@dataclass
class Project:
    """The project, parsed."""

    places: Places
    manifest: Any
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parsed(cls, places: Places) -> "Project":
        project = cls(places, None)
        try:
            with quiet():
                project.manifest = manifest_of_project(**project.options)
        except DbtFailed as failed:
            raise project.failure(failed) from None
        package = re.search(r"^version: *(\S+)", (ROOT / "dbt_project.yml").read_text(encoding="utf-8"), re.M)[1]
        project.versions = {
            "package_version": package,
            "dbt_version": version("dbt-core"),
            "duckdb_version": duckdb.__version__,
        }
        return project

    @property
    def options(self) -> dict[str, Any]:
        places = self.places
        return {
            "database": places.state,
            "target_path": places.target,
            "log_path": places.logs,
            "manifest": self.manifest,
        }

    def stale_sources(self) -> list[dict[str, str]]:
        """A warning per source whose newest row is older than its `freshness` allows. A raw table that is not there is none."""
        try:
            with quiet():
                outcome = run_dbt(["source", "freshness", *QUIETLY], **self.options)
        except DbtFailed as failed:
            outcome = failed.result
        return [
            {"name": f"freshness_{result.node.name}", "message": f"the newest row is {result.age / 3600:.0f} hours old"}
            for result in getattr(outcome, "results", [])
            if str(result.status) in ("warn", "error") and hasattr(result, "age")
        ]

    def build(self) -> list[dict[str, str]]:
        """Builds and tests. Returns the warnings. Raises TestFailed where tests alone failed, else Failure or NoRoom."""
        try:
            with quiet():
                outcome = run_dbt(["build", *QUIETLY, *SELECTION], **self.options)
        except DbtFailed as failed:
            raise self.failure(failed) from None
        return [
            {"name": result.node.name, "message": result.message or ""}
            for result in outcome.results
            if str(result.status) == "warn"
        ]

    def failure(self, failed: DbtFailed) -> Failure:
        """What a failed command of dbt means for the run."""
        results = getattr(failed.result, "results", [])
        bad = [result for result in results if str(result.status) in ("error", "fail", "runtime error")]
        kind = Failure
        if any(is_no_room(problem) for problem in failed.problems):
            kind = NoRoom
        elif bad and all(str(result.status) == "fail" for result in bad):
            kind = TestFailed
        lines = [first_line(problem) for problem in failed.problems] or ["dbt failed"]
        return kind("; ".join(lines) + f" (more in {self.places.logs / 'dbt.log'})")

    def next_timeout(self, con: duckdb.DuckDBPyConnection, since: datetime) -> datetime | None:
        """When the next open call times out (UTC). None where none will, and where the clock is fixed.

        `since`: the start of the run. A call that was silent for long enough by then and is open still does not wait for the clock.
        """
        variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
        if variables["call_status_as_of"] is not None:
            return None
        hours = timedelta(hours=float(variables["call_status_open_call_timeout_hours"]))
        (last,) = con.execute(
            f"select min(last_event_at) from {self.relation('fct_open_calls', con)} where last_event_at > ?",
            [since - hours],
        ).fetchone()
        return last and last + hours

    def rules_fingerprint(self, con: duckdb.DuckDBPyConnection) -> str | None:
        """The rules and variables by which the newest facts were derived. None where there are no facts."""
        calls = self.relation("fct_calls", con)
        newest = con.execute(f"select rules_fingerprint from {calls} order by write_number desc limit 1").fetchone()
        return newest and newest[0]

    def relation(self, name: str, con: duckdb.DuckDBPyConnection) -> str:
        """A model's relation, for a query."""
        return relation_named(self.manifest, name).of(con.execute("select current_database()").fetchone()[0])


def quiet() -> contextlib.AbstractContextManager:
    """What dbt prints is in its log, and what matters of it in the report."""
    return contextlib.redirect_stdout(io.StringIO())


def first_line(problem: str) -> str:
    """What failed, in a line, without values of the data."""
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    text = " ".join(lines[:2])
    found = QUOTES_VALUES.search(text)
    return text[: found.end()] if found else text
