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


def run(command: list, environment: dict | None = None, folder: Path = ROOT) -> Process:
    """Runs a command to its end. Its largest resident set comes from the kernel, which counts each child by itself."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=err,
            cwd=folder,
            env={**os.environ, **(environment or {})},
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
    if child.returncode != 0:
        raise Failed(f"exit status {child.returncode}: {' '.join(map(str, command))[:600]}\n{''.join(texts)[-3000:]}")
    return Process(seconds, usage.ru_maxrss * 1024, texts[0])


def sql(database: Path, *statements: str, memory_limit: str | None = None) -> dict:
    """Runs statements in DuckDB in a process of their own: their seconds, without start-up, and its peak memory."""
    request = json.dumps({"database": str(database), "statements": statements, "memory_limit": memory_limit})
    process = run([PYTHON, "-m", "benchmarks.sql_process", request], {"PYTHONPATH": PYTHONPATH})
    return {"seconds": json.loads(process.output)["seconds"], "peak_bytes": process.peak_bytes}


def peer(module: str, **arguments) -> dict:
    """Runs a competitor (a module that prints its seconds), in the environment of the competitors if it needs that."""
    options = [part for name, value in arguments.items() for part in (f"--{name.replace('_', '-')}", value)]
    threads = {"POLARS_MAX_THREADS": str(THREADS), "OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": PYTHONPATH}
    process = run(
        [PYTHON if module.startswith("duckdb") else PEERS_PYTHON, "-m", f"benchmarks.peers.{module}", *options], threads
    )
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
