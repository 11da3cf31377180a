"""Part `scheduled`: from a file in the inbox to a published file, with scripts/run-scheduled, on stored histories of several sizes."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from pathlib import Path

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.sql_process import connect

STEPS = ("load", "parse", "freshness", "build", "publish")


def measure_part(store: Store, histories: list[int], new_calls: int, repeats: int) -> list[dict]:
    return [measure_history(store, store.copies_for_calls(calls), new_calls, repeats) for calls in histories]


def measure_history(store: Store, copies: int, new_calls: int, repeats: int) -> dict:
    sizes = store.sizes(copies)
    measure.say(f"\nScheduled runs, {sizes['calls']:,} stored calls")
    folder = store.folder / f"scheduled_{copies}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "inbox").mkdir(parents=True)
    state = folder / "state.duckdb"
    shutil.copy(store.raw_database(copies), state)
    try:
        first = run(folder, state)
        measure.tell("the first run builds and publishes everything", first["seconds"], first["peak_bytes"])
        found = {**sizes, "new_calls": new_calls, "first": first}
        runs = []
        for number in range(repeats):
            # The history's own copies have a number alone behind their ids.
            events = write_new_calls(store, state, new_calls, f"new-{number}", folder / "inbox" / f"{number}.csv")
            runs.append(run(folder, state))
            steps = ", ".join(f"{step} {seconds:.2f}" for step, seconds in runs[-1]["steps"].items())
            measure.tell(
                f"{events:,} events of {new_calls:,} new calls", runs[-1]["seconds"], runs[-1]["peak_bytes"], steps
            )
        found["new"] = median(runs)
        found["nothing"] = median([run(folder, state) for _ in range(repeats)])
        measure.tell("nothing new", found["nothing"]["seconds"], found["nothing"]["peak_bytes"])
        found["state_bytes"] = state.stat().st_size
        found["published_bytes"] = (folder / "published" / "call_status.duckdb").stat().st_size
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(folder: Path, state: Path) -> dict:
    """One run, in a process of its own: its seconds from start to exit, and those of its steps."""
    command = [
        measure.PYTHON,
        "-m",
        "call_status_tools.operations.scheduled_run",
        "--inbox",
        folder / "inbox",
        "--settle",
        "0",
    ]
    environment = {"CALL_STATUS_DB": str(state), "PYTHONPATH": str(measure.ROOT / "scripts")}
    process = measure.run(
        [*command, "--publish", folder / "published" / "call_status.duckdb"], environment, expected=(0, 3, 4)
    )
    report = json.loads((folder / "state_runs" / "last_run.json").read_text())
    steps = {step: report["seconds"][step] for step in STEPS if step in report["seconds"]}
    return {"seconds": process.seconds, "peak_bytes": process.peak_bytes, "steps": steps}


def median(runs: list[dict]) -> dict:
    steps = {step: statistics.median(run["steps"][step] for run in runs) for step in runs[0]["steps"]}
    return {**measure.summary(runs), "steps": steps}


def write_new_calls(store: Store, state: Path, calls: int, batch: str, path: Path) -> int:
    """A file of so many calls that started in the hour after the newest call. Returns the number of events."""
    part = path.with_suffix(".part")
    with connect(state) as con:
        # Of the facts: a raw event may be of any time.
        (newest,) = con.execute("select max(started_at) from main.fct_calls").fetchone()
    with connect(":memory:") as con:
        con.execute(f"create table events as {store.new_calls(calls, batch, newest)}")
        count = con.execute("select count(*) from events").fetchone()[0]
        con.execute(f"copy events to '{part}' (format csv, header)")
    os.rename(part, path)
    return count
