"""Runs scripts/run-scheduled over and over, as years of five minutes would, and lets things go wrong.

| what goes wrong | how |
|---|---|
| files | late, doubled, under a new name, broken, still being written |
| kills | SIGKILL in every second run or so, at any moment or in a step that was hit rarely; the lock file says in which |
| another run | a second process that wants the lock |
| the disk | full once, where the folder can be a small file system of its own (needs root) |

All the while readers open the published file in a loop and ask it questions whose answers must agree. At the end

| must hold | is asked |
|---|---|
| no reader saw an error, or relations that do not agree | readers |
| no file is lost | each dropped file is in `done` or `refused` |
| the facts are right | every public relation is that of a full refresh of the same raw tables, derived_at and write_number apart |
| what is published is the state | every published relation |
"""

import argparse
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

import duckdb
from call_status_tools.dbt import run_dbt
from call_status_tools.sample.files import COLUMNS, csv_row
from call_status_tools.sample.history import History
from call_status_tools.sample.phone_line import PhoneLine

from operations.world import World, as_if_old, differences, relations_of

SHARE_OF_KILLS = 0.45
STEPS = ["load", "parse", "freshness", "build", "publish", "history"]
SHARE_OF_HISTORY = 0.85
READER = """
import duckdb, json, sys, time
path, out = sys.argv[1:]
agree = '''
select
    (select count(*) from fct_calls) as calls,
    (select count(*) from calls_for_analysis) as for_analysis,
    (select coalesce(sum(calls), 0) from fct_calls_hourly) as hourly,
    (select count(*) from fct_incoming_calls) + (select count(*) from fct_outgoing_calls) as both,
    (select count(*) from fct_call_legs as legs anti join fct_calls as calls on legs.call_key = calls.call_key) as strays
'''
reads, problems = 0, []
while True:
    try:
        with duckdb.connect(path, read_only=True) as con:
            calls, *others, strays = con.execute(agree).fetchone()
        if set(others) != {calls} or strays:
            problems.append(f'do not agree: {calls} {others} {strays}')
    except Exception as error:
        problems.append(f'{type(error).__name__}: {str(error)[:200]}')
    reads += 1
    with open(out, 'w') as file:
        json.dump({'reads': reads, 'problems': problems[:20]}, file)
    time.sleep(0.5)
"""


class Soak:
    """One soak in `folder`. `calls`: how many there are in the end."""

    def __init__(self, folder: Path, calls: int, seed: int):
        self.folder = folder
        self.world = World(folder / "world")
        self.world.inbox.mkdir(parents=True)
        self.random = random.Random(seed)
        self.codes: Counter[str] = Counter()
        self.killed_in: Counter[str] = Counter()
        self.dropped: set[str] = set()
        self.files = 0
        line = PhoneLine(seed, date(2025, 1, 6), max(1, calls // 2500), 2500, tuple, clean=False)
        rows = [row for load in History(line).loads() for row in load]
        cut = int(len(rows) * SHARE_OF_HISTORY)
        self.waiting = rows[cut:]
        self.drop(rows[:cut])
        self.seconds = 0.0

    # ---- files ------------------------------------------------------------------------------------------------------

    def name(self, kind: str) -> Path:
        self.files += 1
        path = self.world.inbox / f"{self.files:04}_{kind}.csv"
        self.dropped.add(path.name)
        return path

    def drop(self, rows: list, kind: str = "calls") -> Path:
        path = self.name(kind)
        path.write_text(",".join(COLUMNS) + "\n" + "".join(map(csv_row, rows)), encoding="utf-8")
        return as_if_old(path)

    def drop_some(self, runs_left: int) -> None:
        """What arrives before a run: some of the rows that wait, in any order; now and then something odd."""
        count = max(1, len(self.waiting) // max(1, runs_left))
        if self.random.random() < 0.5:  # late: rows from anywhere in what is left
            self.random.shuffle(self.waiting)
        part, self.waiting = self.waiting[:count], self.waiting[count:]
        if part:
            path = self.drop(part)
            if self.random.random() < 0.2:
                as_if_old(Path(shutil.copy(path, self.name("doubled"))))
        if part and self.random.random() < 0.2:
            self.drop(part[::-1], "again")  # the same events in another file
        if self.random.random() < 0.15:
            as_if_old(self.write(self.name("broken"), b"\x00\x01 no table of calls\n" * self.random.randint(1, 50)))
        if part and self.random.random() < 0.15:
            whole = self.drop(part[: count // 2 + 1], "slow")
            text = whole.read_bytes()
            self.write(whole, text[: len(text) // 2])  # its clock says that it was written just now
            self.slow = (whole, text)
        elif getattr(self, "slow", None):
            path, text = self.slow
            if path.exists():
                as_if_old(self.write(path, text))
            self.slow = None

    @staticmethod
    def write(path: Path, content: bytes) -> Path:
        path.write_bytes(content)
        return path

    # ---- runs -------------------------------------------------------------------------------------------------------

    def start(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "call_status_tools.operations.scheduled_run", "--inbox", str(self.world.inbox)]
        with open(self.folder / "output", "a") as output:
            return subprocess.Popen(
                command, env={**os.environ, **self.world.environment}, stdout=output, stderr=subprocess.STDOUT
            )

    def run(self) -> str:
        """A whole run. Returns its exit code."""
        begin = time.monotonic()
        code = self.start().wait()
        if code not in (3, 12):
            self.seconds = time.monotonic() - begin
        self.codes[str(code)] += 1
        return str(code)

    def run_and_kill(self) -> None:
        """Half of the kills come at any moment; half, in the step that was hit least often so far, as short steps are hit rarely."""
        lock = self.world.folder / "state_runs" / "lock"
        step = min(STEPS, key=lambda name: self.killed_in[name]) if self.random.random() < 0.5 else None
        process = self.start()
        if step:
            while process.poll() is None and lock.read_text() != f"process {process.pid}, {step}":
                time.sleep(0.002)
        try:
            process.wait(self.random.uniform(0.0, 0.02) if step else self.random.uniform(0.2, self.seconds))
            self.codes[str(process.returncode)] += 1
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            holder, _, last = lock.read_text().partition(", ")
            self.killed_in[last if holder == f"process {process.pid}" else "start"] += 1

    def run_beside_another(self) -> None:
        first = self.start()
        time.sleep(1.5)
        second = self.start()
        self.codes[str(second.wait())] += 1
        self.codes[str(first.wait())] += 1

    def fill_disk(self) -> None:
        filler = self.folder / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65_536)
            except OSError:
                pass
        try:
            code = self.run()
            assert code == "13", f"a full disk gave {code}"
        finally:
            filler.unlink()

    def soak(self, runs: int, is_small_disk: bool) -> None:
        assert self.run() in "0 4", (self.folder / "output").read_text()
        out = self.folder / "reader.json"
        reader = subprocess.Popen([sys.executable, "-c", READER, str(self.world.published), str(out)])
        try:
            for number in range(runs):
                self.drop_some(runs - number)
                if is_small_disk and number == runs // 2:
                    self.fill_disk()
                elif number % 20 == 7:
                    self.run_beside_another()
                elif self.random.random() < SHARE_OF_KILLS:
                    self.run_and_kill()
                else:
                    self.run()
                print(f"\r{number + 1} of {runs} runs", end="", file=sys.stderr, flush=True)
            if getattr(self, "slow", None) and self.slow[0].exists():
                as_if_old(self.write(*self.slow))
            self.drop(self.waiting or [], "last")
            self.run()
        finally:
            reader.kill()
            reader.wait()
        self.readers = json.loads(out.read_text())

    # ---- the end ----------------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """What does not hold."""
        world = self.world
        found = [f"a reader: {problem}" for problem in self.readers["problems"]]
        kept = {
            path.name for folder in ("done/*", "refused") for path in world.inbox.glob(f"{folder}/*") if path.is_file()
        }
        found += [f"lost: {name}" for name in sorted(self.dropped - kept)]
        found += [f"broken, and not refused: {path.name}" for path in world.inbox.glob("done/*/*broken*")]
        found += differences(world.state, world.published)
        fresh = self.folder / "fresh" / world.state.name
        fresh.parent.mkdir()
        shutil.copy(world.state, fresh)
        run_dbt(
            ["run", "--full-refresh"], database=fresh, target_path=self.folder / "target", log_path=self.folder / "logs"
        )
        relations = relations_of(world.published)
        with duckdb.connect() as con:
            con.execute(f"attach '{world.published}' as published (read_only); attach '{fresh}' as state (read_only)")
            for name, columns in relations.items():
                compared = ", ".join(column for column in columns if column not in ("derived_at", "write_number"))
                for one, other in (("published", "state"), ("state", "published")):
                    count = con.execute(
                        f"select count(*) from (select {compared} from {one}.main.{name}"
                        f" except all select {compared} from {other}.main.{name})"
                    ).fetchone()[0]
                    if count:
                        found.append(f"{name}: {count} rows of the {one} file are not in the {other}")
        return found

    def report(self) -> str:
        calls = self.world.query("select count(*) from fct_calls")[0][0]
        codes = ", ".join(
            f"{count} x {code}" for code, count in sorted(self.codes.items(), key=lambda item: int(item[0]))
        )
        kills = ", ".join(f"{step} {count}" for step, count in sorted(self.killed_in.items()))
        return (
            f"calls {calls:,}; files {len(self.dropped):,}; exit codes {codes}; killed {sum(self.killed_in.values())} ({kills});"
            f" reads {self.readers['reads']:,}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m operations.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--disk", default="6g", help="size of the file system that is filled once (default: 6g; needs root)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={options.disk}", "tmpfs", folder], capture_output=True
        )
        try:
            soak = Soak(Path(folder), options.calls, options.seed)
            soak.soak(options.runs, is_small_disk=mounted.returncode == 0)
            print(f"\n{soak.report()}")
            if mounted.returncode:
                print("the full disk was left out: no file system can be mounted here")
            problems = soak.problems()
        finally:
            if not mounted.returncode:
                subprocess.run(["umount", "-l", folder], check=True)
    print("\n".join(problems) or "everything is as a full refresh would have it")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
