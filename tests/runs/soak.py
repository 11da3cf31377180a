"""Kills scripts/load and dbt build (SIGKILL) at random moments and checks that the next run puts everything right.

A warehouse with history and a dozen new files is copied for each kill. The victim is killed at a moment drawn uniformly
over the time that an undisturbed run takes. Afterwards

| check | must hold |
|---|---|
| at once | the file opens for a reader, and every public relation can be read |
| after an ordinary load and build | every public relation, all columns but derived_at, is the same as undisturbed |

The victims are real processes with their data tests. The ordinary builds in between run the models only, in this
process: what they leave is compared row by row anyway.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
from call_status_tools import ROOT
from call_status_tools.dbt import DbtFailed, run_dbt
from call_status_tools.sample.files import COLUMNS, csv_row
from call_status_tools.sample.history import History
from call_status_tools.sample.phone_line import PhoneLine

START, DAYS = date(2025, 1, 6), 2
# When the rows were derived; and how late events came, which says when this soak loaded them.
NOT_COMPARED = (
    "derived_at", "write_number", "p50_seconds", "p90_seconds", "p99_seconds", "max_seconds", "usual_delay_seconds",
)  # fmt: skip
VARS = {"call_status_as_of": "2025-01-08 10:05:00"}
HISTORY_LOADED_AT = "2025-02-01 00:00:00"  # long before the new files, so that the build of those is an increment
NEW_FILES = 12
MODELS_ONLY = ["--resource-type", "model"]
UNREADABLE = "u{0},canonical,u{0},,incoming,call_started,2025-02-30 09:15:00,,,,,,,,,,,\n"

BEFORE, OPEN, LOADING, MODEL, TEST, BETWEEN, AFTER = PHASES = (
    "before the file is open",
    "open, nothing begun",
    "while loading",
    "in a model",
    "in a data test",
    "between two nodes",
    "after the last step",
)


class Outcome(NamedTuple):
    """What one kill did. No problems: the warehouse survived it."""

    victim: str
    moment: float
    phase: str
    left_wal: bool
    problems: list


class World:
    """One warehouse, `live.duckdb`, and two states to put it back to: new files waiting, and new rows waiting."""

    def __init__(self, folder: Path, calls: int = 300, with_tests: bool = True):
        self.folder = Path(folder).resolve()
        self.live = self.folder / "database" / "live.duckdb"
        self.live.parent.mkdir()
        self.new_files = self.folder / "new"
        self.environment = {**os.environ, "CALL_STATUS_DB": str(self.live), "PYTHONUNBUFFERED": "1"}
        self.load_command = [sys.executable, "-m", "call_status_tools.loading.load", str(self.new_files / "*.csv")]
        self.dbt_arguments = [
            "build",
            "--vars",
            json.dumps(VARS),
            "--project-dir",
            str(ROOT),
            "--profiles-dir",
            str(ROOT),
            "--target-path",
            str(self.folder / "target"),
            "--log-path",
            str(self.folder / "logs"),
            "--no-use-colors",
        ]
        self.build_command = [str(Path(sys.executable).parent / "dbt"), "--log-format", "json", *self.dbt_arguments]
        self.build_command += [] if with_tests else MODELS_ONLY
        self.prepare(calls)

    def prepare(self, calls: int) -> None:
        history = write_files(self.folder, calls)
        self.load(str(history))
        with duckdb.connect(self.live) as warehouse:
            for table in ("call_events", "call_events_unreadable", "loaded_files"):
                warehouse.execute(f"update raw.{table} set loaded_at = timestamp '{HISTORY_LOADED_AT}'")
        self.build()
        self.save("new files waiting")
        self.load()
        self.save("new rows waiting")
        self.build()
        self.expected = self.relations()

    # ---- what an undisturbed user does ------------------------------------------------------------------------------

    def load(self, *files: str) -> None:
        command = [*self.load_command[:3], *files] if files else self.load_command
        result = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(f"scripts/load failed: {result.stderr}")

    def build(self) -> None:
        """In this process, models only. Raises RuntimeError."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                run_dbt(
                    ["build", *MODELS_ONLY, "--no-use-colors"],
                    database=self.live,
                    vars=VARS,
                    target_path=self.folder / "target",
                    log_path=self.folder / "logs",
                )
        except DbtFailed as failed:
            raise RuntimeError(f"dbt build failed: {'; '.join(failed.problems)}") from None

    # ---- states -----------------------------------------------------------------------------------------------------

    def save(self, state: str) -> None:
        shutil.copy(self.live, self.folder / f"{state}.duckdb")

    def put_back(self, state: str) -> None:
        for path in self.live.parent.iterdir():  # the write-ahead log too
            path.unlink()
        shutil.copy(self.folder / f"{state}.duckdb", self.live)

    def relations(self) -> dict[str, Counter]:
        """Public relation -> its rows, without order. A time of a load is shown as the file that it loaded."""
        with duckdb.connect(self.live, read_only=True) as warehouse:
            shown = {
                loaded_at: os.path.basename(file)
                for loaded_at, file in warehouse.execute("select loaded_at, file from raw.loaded_files").fetchall()
            }
            shown |= {day.date(): f"day of {'the new files' if day.year > 2025 else 'history'}" for day in shown}
            names = warehouse.execute(
                "select table_name from information_schema.tables where table_schema = 'main'"
            ).fetchall()
            return {
                name: Counter(
                    tuple(shown.get(value, value) if isinstance(value, date) else value for value in row)
                    for row in warehouse.execute(
                        f"select columns(lambda c: c not in {NOT_COMPARED}) from main.{name}"
                    ).fetchall()
                )
                for (name,) in sorted(names)
            }

    def differences(self) -> list[str]:
        actual = self.relations()
        found = [f"{name} is missing" for name in self.expected.keys() - actual.keys()]
        found += [f"{name} is left over" for name in actual.keys() - self.expected.keys()]
        for name in self.expected.keys() & actual.keys():
            lost, new = self.expected[name] - actual[name], actual[name] - self.expected[name]
            if lost or new:
                found.append(f"{name}: {lost.total()} rows lost, {new.total()} too many, e.g. {[*lost, *new][0]}")
        return found

    # ---- kills ------------------------------------------------------------------------------------------------------

    def start(self, victim: str) -> subprocess.Popen:
        command = self.load_command if victim == "load" else self.build_command
        with open(self.folder / "output", "wb") as output:
            return subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, start_new_session=True)

    def duration(self, victim: str) -> float:
        """Seconds that an undisturbed run takes now."""
        self.put_back(STATE[victim])
        started = time.monotonic()
        if self.start(victim).wait():
            raise RuntimeError(f"{victim} failed undisturbed: {(self.folder / 'output').read_text()[-2000:]}")
        return time.monotonic() - started

    def kill(self, victim: str, moment: float) -> Outcome:
        """Kills the victim `moment` seconds after its start, then loads and builds as if nothing had happened."""
        self.put_back(STATE[victim])
        process, started = self.start(victim), time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
        moment = time.monotonic() - started
        phase = self.phase(victim, process)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left_wal = Path(f"{self.live}.wal").exists()
        problems = []
        for step in (self.relations, self.load, self.build, self.differences):
            try:
                result = step()
            except (duckdb.Error, RuntimeError) as error:
                problems.append(f"{step.__name__}: {str(error)[:500]}")
            else:
                problems += result if step == self.differences else []
        return Outcome(victim, moment, phase, left_wal, problems)

    def phase(self, victim: str, process: subprocess.Popen) -> str:
        """What the victim is doing: by the files that it has open, and by what it has printed."""
        if process.poll() is not None:
            return AFTER
        output = (self.folder / "output").read_text(errors="replace").splitlines()
        phase = phase_of_load(output) if victim == "load" else phase_of_build(output)
        return BEFORE if phase in (OPEN, LOADING) and not has_open(process.pid, self.live) else phase


STATE = {"load": "new files waiting", "build": "new rows waiting"}


def write_files(folder: Path, calls: int) -> Path:
    """Writes history.csv and the new files; both have events of the same calls. Returns the path of the history."""
    line = PhoneLine(1, START, DAYS, calls * 2 // 5, tuple, clean=False)
    rows = [row for load in History(line).loads() for row in load]
    chance = random.Random(1)
    # The newer part of the calls, and one row in ten of the older ones: those calls are derived again.
    new = [position > 0.6 * len(rows) or chance.random() < 0.1 for position in range(len(rows))]
    files = {folder / "history.csv": [row for row, is_new in zip(rows, new) if not is_new]}
    new_rows = [row for row, is_new in zip(rows, new) if is_new]
    (folder / "new").mkdir()
    for number in range(NEW_FILES):
        files[folder / "new" / f"{number:02}.csv"] = new_rows[number::NEW_FILES]
    for number, (path, part) in enumerate(files.items()):
        head = ",".join(COLUMNS) + "\n"
        path.write_text(head + "".join(map(csv_row, part)) + UNREADABLE.format(number))
    return folder / "history.csv"


def has_open(pid: int, path: Path) -> bool:
    """Whether a process has this file open (Linux)."""
    with contextlib.suppress(OSError):  # it may be gone
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/fd/{descriptor}") == str(path):
                    return True
    return False


def phase_of_load(output: list[str]) -> str:
    return AFTER if sum(line.startswith(("loaded", "skipped")) for line in output) == NEW_FILES else LOADING


def phase_of_build(output: list[str]) -> str:
    """dbt's log tells which nodes have started and which have ended."""
    running, begun = set(), False
    for line in output:
        try:
            event = json.loads(line)
        except ValueError:  # a line that the kill has cut off
            continue
        name = event["info"]["name"]
        node = event["data"].get("node_info", {}).get("unique_id", "")
        if name == "FinishedRunningStats":
            return AFTER
        if name == "LogStartLine":
            running.add(node)
            begun = True
        elif name in ("LogModelResult", "LogTestResult"):
            running.discard(node)
    if not begun:
        return OPEN
    if not running:
        return BETWEEN
    return MODEL if any(node.startswith("model.") for node in running) else TEST


# ---- the command ----------------------------------------------------------------------------------------------------


def soak(world: World, kills: int, seed: int) -> list[Outcome]:
    durations = {victim: world.duration(victim) for victim in STATE}
    print(", ".join(f"{victim}: {seconds:.1f} s undisturbed" for victim, seconds in durations.items()), flush=True)
    chance = random.Random(seed)
    outcomes = []
    for number in range(kills):
        victim = ("load", "build")[number % 2]
        outcome = world.kill(victim, chance.uniform(0, durations[victim]))
        outcomes.append(outcome)
        if outcome.phase == AFTER:  # the machine is less busy than it was: aim at the shorter time from now on
            durations[victim] = min(durations[victim], outcome.moment)
        verdict = "; ".join(outcome.problems) or "same facts"
        print(f"{number + 1:>4}  {victim:<6}{outcome.moment:>6.2f} s  {outcome.phase:<24} {verdict}", flush=True)
    return outcomes


def report(outcomes: list[Outcome]) -> None:
    print(f"\n{'killed':<26}{'load':>6}{'build':>7}{'survived':>10}")
    for phase in PHASES:
        here = [outcome for outcome in outcomes if outcome.phase == phase]
        if here:
            by_victim = Counter(outcome.victim for outcome in here)
            survived = sum(not outcome.problems for outcome in here)
            print(f"{phase:<26}{by_victim['load']:>6}{by_victim['build']:>7}{survived:>10}")
    survived = sum(not outcome.problems for outcome in outcomes)
    logs = sum(outcome.left_wal for outcome in outcomes)
    print(
        f"\n{len(outcomes)} kills, {survived} survived, {len(outcomes) - survived} with a difference; "
        f"{logs} left a write-ahead log to replay"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m runs.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50, help="how many, load and build in turn (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other moments (default: 1)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="call_status_faults_") as folder:
        outcomes = soak(World(Path(folder)), options.kills, options.seed)
    report(outcomes)
    return 1 if any(outcome.problems for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
