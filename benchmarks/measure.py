"""Times processes and statements. Everything that is compared runs in a process of its own, one at a time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = Path(sys.executable)  # that of .venv, which benchmarks/run starts
PEERS_PYTHON = ROOT / ".venv-benchmark/bin/python"
THREADS = 2
PYTHONPATH = os.pathsep.join(str(ROOT / folder) for folder in (".", "scripts", "tests"))


class Failed(Exception):
    """A process that did not end well: its command and the end of what it said."""


@dataclass
class Process:
    seconds: float  # from start to exit
    peak_bytes: int  # largest resident set
    output: str


def run(command: list, environment: dict | None = None, expected: tuple[int, ...] = (0,)) -> Process:
    """Runs a command to its end, with one of the `expected` exit codes. The kernel tells its largest resident set, which is never below that of this process.

    So this process stays small: it imports neither dbt nor what a peer uses.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": PYTHONPATH, **(environment or {})},
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
    if child.returncode not in expected:
        raise Failed(f"exit status {child.returncode}: {' '.join(map(str, command))[:600]}\n{''.join(texts)[-3000:]}")
    return Process(seconds, usage.ru_maxrss * 1024, texts[0])


def sql(database: Path, *statements: str) -> dict:
    """Runs statements in DuckDB in a process of their own: their seconds, without start-up, and its peak memory."""
    return timed([PYTHON, "-m", "benchmarks.sql_process", database, *statements])


def peer(name: str, job: str, **arguments) -> dict:
    """Runs a peer, in the environment of the peers if it needs that."""
    python = PYTHON if name == "dbt" else PEERS_PYTHON
    options = [part for option, value in arguments.items() for part in (f"--{option.replace('_', '-')}", value)]
    return timed([python, "-m", "benchmarks.peers", name, job, *options])


def timed(command: list) -> dict:
    """Runs a process that prints its own seconds at the end."""
    process = run(command, {"POLARS_MAX_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS)})
    return {"seconds": json.loads(process.output.splitlines()[-1])["seconds"], "peak_bytes": process.peak_bytes}


def summary(runs: list[dict]) -> dict:
    """Median seconds and largest peak of several runs, with every figure kept."""
    return {
        "seconds": statistics.median(run["seconds"] for run in runs),
        "peak_bytes": max(run["peak_bytes"] for run in runs),
        "runs": [round(run["seconds"], 4) for run in runs],
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def tell(what: str, seconds: float, peak_bytes: int | None = None, note: str = "") -> None:
    """One measurement on the screen as soon as it is there."""
    memory = f"{peak_bytes / 2**30:7.2f} GiB" if peak_bytes else " " * 11
    say(f"  {what:<62}{seconds:>9.2f} s {memory}  {note}".rstrip())
