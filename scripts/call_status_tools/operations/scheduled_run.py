"""One unattended run: load what is new, build, test, publish.

| step | what happens | it stops here with |
|---|---|---|
| lock | one run at a time | 12 |
| load | complete files of the inbox into the raw tables; each is moved to `done/` or `refused/` | 13 |
| (look) | nothing new: dbt is not started | 3 |
| freshness | `dbt source freshness`: a source whose newest row is old is a warning | |
| build | `dbt build` on the state file, tests of what changed included | 10, 20 |
| publish | the file that readers open is replaced | 13 |
| history | the run is written down in the state file; it shows in the next publication | |
| prune | old files of the inbox and old logs go | |

Whatever stops a run, readers keep the file that they had, and the next run goes on where this one stopped.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from call_status_tools.errors import UserError
from call_status_tools.loading import messages
from call_status_tools.loading.database import open_database, refuse_sample
from call_status_tools.loading.load import add_spelling_options, interrupt
from call_status_tools.operations import inbox, parquet, record
from call_status_tools.operations.failures import OUTCOMES, Exit, Failure, Locked, is_no_room
from call_status_tools.operations.places import Places, places_of

SETTLE_SECONDS = 10
WAIT_SECONDS = 10  # for a database in use
KEPT_LOGS = 5
REMIND_AFTER_SECONDS = 86_400


@dataclass
class Report:
    """What a run did. It becomes last_run.json, a row of raw.call_status_runs, and the line that is printed."""

    started_at: datetime
    seconds: dict[str, float] = field(default_factory=dict)
    files: Counter[str] = field(default_factory=Counter)
    warnings: list[dict[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    calls: dict[str, int] | None = None
    published: Path | None = None
    whole: str | None = None
    code: Exit = Exit.PUBLISHED
    versions: dict[str, str] = field(default_factory=dict)
    inputs: str | None = None
    next_timeout_at: datetime | None = None
    say: Callable[[str], None] = print  # who holds the lock says what it is doing

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.say(name)
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - begin, 3)

    @property
    def line(self) -> str:
        """The one line that is printed."""
        parts = [f"{OUTCOMES[self.code]} ({int(self.code)})"]
        if files := [
            f"{self.files[kind]:,} {kind}" for kind in ("loaded", "skipped", "refused", "left") if self.files[kind]
        ]:
            parts.append("files " + ", ".join(files))
        if self.files["rows_read"]:
            parts.append(f"rows {self.files['rows_loaded']:,} loaded, {self.files['rows_refused']:,} refused")
        if self.calls is not None:
            parts.append("calls " + ", ".join(f"{count:,} {kind}" for kind, count in self.calls.items()))
        parts += [f"warning {warning['name']}" for warning in self.warnings]
        parts.append(f"{sum(self.seconds.values()):.1f} s")
        return "; ".join(parts)

    def as_json(self, ended_at: datetime) -> dict[str, Any]:
        return {
            "exit_code": int(self.code),
            "outcome": OUTCOMES[self.code],
            "started_at": self.started_at.isoformat() + "Z",
            "ended_at": ended_at.isoformat() + "Z",
            "seconds": self.seconds,
            "files": {kind: self.files[kind] for kind in ("loaded", "skipped", "refused", "left")},
            "rows": {kind: self.files[f"rows_{kind}"] for kind in ("read", "loaded", "refused")},
            "calls": self.calls,
            "warnings": self.warnings,
            "errors": self.errors,
            "published": str(self.published) if self.published else None,
            "written_anew": self.whole,
        }

    def as_row(self, ended_at: datetime) -> dict[str, Any]:
        return {
            "started_at": self.started_at,
            "ended_at": ended_at,
            "exit_code": int(self.code),
            "outcome": OUTCOMES[self.code],
            "seconds_total": round((ended_at - self.started_at).total_seconds(), 3),
            **{f"seconds_{step}": self.seconds.get(step) for step in ("load", "freshness", "build", "publish")},
            **{f"files_{kind}": self.files[kind] for kind in ("loaded", "skipped", "refused")},
            **{f"rows_{kind}": self.files[f"rows_{kind}"] for kind in ("read", "loaded", "refused")},
            **({f"calls_{kind}": count for kind, count in self.calls.items()} if self.calls else {}),
            "warnings": len(self.warnings),
            **self.versions,
            "inputs": self.inputs,
            "next_timeout_at": self.next_timeout_at,
        }


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code. Only wrong usage raises (SystemExit 2)."""
    options = arguments(argv)
    places = places_of(options.publish)
    report = Report(now())
    try:
        with places.lock("start") as report.say:
            try:
                run(options, places, report)
            except BaseException as error:  # whatever it is, it is written down
                report.code = code_of(error)
                report.errors.append(text_of(error, places))
            finish(options, places, report)
    except Locked as error:
        report.code = Exit.LOCKED
        report.errors.append(str(error))
        write_json(places.runs / "locked_run.json", report.as_json(now()))
    except OSError as error:
        report.code = Exit.NO_ROOM if is_no_room(error) else Exit.BUILD_FAILED
        report.errors.append(text_of(error, places))
    print(f"call_status: {report.line}", flush=True)
    for line in report.errors:
        print(f"error: {line}", file=sys.stderr)
    return int(report.code)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/run-scheduled",
        description="One unattended run: load what is new in the inbox, build, test, publish.",
        epilog="Exit codes: "
        + ", ".join(f"{int(code)} {outcome}" for code, outcome in OUTCOMES.items())
        + ". CALL_STATUS_DB names the state file (default: warehouse/call_status.duckdb). docs/operations.md tells more.",
    )
    add = parser.add_argument
    add("--inbox", metavar="DIR", type=Path, help="files to load; they are moved to DIR/done or DIR/refused")
    add(
        "--source",
        metavar="NAME",
        action="append",
        help="of the files in DIR itself (default: canonical); of several, the first that reads the file."
        " Files in DIR/NAME are of the source NAME",
    )
    add_spelling_options(parser)
    add(
        "--settle",
        metavar="SECONDS",
        type=float,
        default=SETTLE_SECONDS,
        help=f"how old the last change of a file has to be (default: {SETTLE_SECONDS})",
    )
    add(
        "--publish",
        metavar="FILE",
        help="what readers open (default: published/call_status.duckdb beside the state file)",
    )
    add("--parquet", action="store_true", help="publish Parquet files too, in the folder parquet beside FILE")
    add("--notify", metavar="CMD", help="a shell command that is given the JSON of a run which needs a look")
    add(
        "--keep-files",
        metavar="DAYS",
        type=int,
        help="delete files of DIR/done and DIR/refused after so many days (default: never)",
    )
    options = parser.parse_args(argv)
    options.source = options.source or ["canonical"]
    if options.inbox and not options.inbox.is_dir():
        parser.error(f"--inbox {options.inbox} is no folder; make it, or name another one")
    if options.keep_files is not None and options.keep_files < 0:
        parser.error("--keep-files takes a number of days, 0 or more")
    return options


def run(options: argparse.Namespace, places: Places, report: Report) -> None:
    """The steps. Raises what stops them; what is known by then is in the report."""
    signal.signal(signal.SIGTERM, interrupt)
    if not load(options, places, report):
        return
    from call_status_tools.operations import building, publish  # most runs find nothing new, and need neither

    with publish.copy_beside(places.published) as copying:
        with report.step("parse"):
            project = building.Project.parsed(places)
        report.versions = project.versions
        with report.step("freshness"):
            report.warnings += project.stale_sources()
        with report.step("build"):
            report.warnings += project.build()
        with report.step("publish"):
            done = publish.publish(
                places.state, places.published, parquet=options.parquet, manifest=project.manifest, copying=copying
            )
            report.published, report.calls, report.whole = done.path, done.calls, done.whole
    with connection(places) as con:
        report.next_timeout_at = project.next_timeout(con, report.started_at)
        report.versions["rules_fingerprint"] = project.rules_fingerprint(con)
    if report.files["refused"]:
        report.code = Exit.FILES_REFUSED
    elif report.warnings:
        report.code = Exit.WARNINGS


def load(options: argparse.Namespace, places: Places, report: Report) -> bool:
    """Loads the inbox. Returns whether there is anything to build."""
    files = []
    if options.inbox:
        files = inbox.ready_files(options.inbox, inbox.known_sources(), options.settle)
    with report.step("load"), connection(places) as con:
        if files:
            refuse_sample(con, places.state)
            report.files = inbox.load_inbox(con, options.inbox, files, options)
        is_there = places.published.exists() and (not options.parquet or parquet.current_version(places.parquet))
        report.inputs = record.inputs_of(con)
        has_work = not (is_there and record.is_nothing_new(con, report.inputs, now()))
    if not has_work:
        report.code = Exit.FILES_REFUSED if report.files["refused"] else Exit.NOTHING_NEW
    return has_work


@contextlib.contextmanager
def connection(places: Places) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        con = open_database(places.state, WAIT_SECONDS, None)
    except UserError as error:
        raise (Locked if "is in use" in str(error) else Failure)(str(error)) from None
    with contextlib.closing(con):
        yield con


def finish(options: argparse.Namespace, places: Places, report: Report) -> None:
    """Writes the run down, tells who wants to know, and tidies up. What fails here is said, and changes no exit code."""
    ended_at = now()
    report.say("history")
    with said(report, places), connection(places) as con:
        record.note(con, report.as_row(ended_at))
    with said(report, places):
        write_json(places.last_run, report.as_json(ended_at))
    if options.notify:
        with said(report, places):
            notify(options.notify, places, report, ended_at)
    if options.inbox and options.keep_files is not None:
        with said(report, places):
            inbox.prune(options.inbox, options.keep_files)


@contextlib.contextmanager
def said(report: Report, places: Places) -> Iterator[None]:
    try:
        yield
    except (UserError, duckdb.Error, OSError, subprocess.SubprocessError) as error:
        report.errors.append(text_of(error, places))


def notify(command: str, places: Places, report: Report, ended_at: datetime) -> None:
    """Hands the JSON to a command where something has changed for the worse or back, and again a day later while it lasts."""
    memory = places.runs / "notified.json"
    last = json.loads(memory.read_text(encoding="utf-8")) if memory.exists() else {"about": [], "at": 0}
    about = [] if report.code in (Exit.PUBLISHED, Exit.NOTHING_NEW) else [int(report.code)]
    about += sorted(warning["name"] for warning in report.warnings)
    if report.code == Exit.NOTHING_NEW:  # what was wrong is neither better nor worse
        return
    if about == last["about"] and (not about or time.time() - last["at"] < REMIND_AFTER_SECONDS):
        return
    subprocess.run(command, shell=True, input=json.dumps(report.as_json(ended_at)), text=True, check=True, timeout=60)
    write_json(memory, {"about": about, "at": time.time()})


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".next")
    unfinished.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def code_of(error: BaseException) -> Exit:
    if isinstance(error, Failure):
        return error.code
    return Exit.NO_ROOM if is_no_room(error) else Exit.BUILD_FAILED


def text_of(error: BaseException, places: Places) -> str:
    """One line of what went wrong, without values of the data."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; the next run goes on from here"
    if isinstance(error, (duckdb.Error, OSError)):
        return messages.one_line(error)
    return f"{type(error).__name__}: {re.sub(chr(10) + '.*', '', str(error))} ({places.logs} may say more)"


def now() -> datetime:
    """The clock, in UTC and without a zone, as the tables have it."""
    return datetime.now(UTC).replace(tzinfo=None)


if __name__ == "__main__":
    sys.exit(main())
