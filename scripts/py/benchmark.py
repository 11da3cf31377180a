"""Measures what the package costs, side by side with a bare group by on the same data, threads and machine.

1. generates events (scripts/generate_events), loads them (scripts/load) and spreads their load times as generated
2. times `select call_id, count(*) … group by 1` and a plain copy of the raw table, as what the hardware can do at best
3. runs `dbt run --full-refresh`, then appends new calls and runs again, and again without anything new
4. prints seconds a node and the ratios

Seconds of nodes are dbt's own (run_results.json), without dbt's start-up; the whole command is given beside them.
A noisy machine moves seconds more than ratios: compare ratios of one run.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2
UP_TO_FACTS = ["stg_call_events", "int_call_evidence", "int_call_leg_evidence", "int_named_evidence", "fct_calls"]


def main() -> int:
    arguments = parse_arguments()
    with contextlib.ExitStack() as stack:
        folder = Path(arguments.keep or stack.enter_context(tempfile.TemporaryDirectory())).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["CALL_STATUS_DB"] = str(folder / "benchmark.duckdb")
        report(folder, arguments)
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000, help="about how many events to generate")
    parser.add_argument("--new-calls", type=int, default=10_000, help="calls that arrive before an incremental run")
    parser.add_argument("--keep", help="a folder for the files, which are then kept; otherwise they are temporary")
    return parser.parse_args()


def report(folder: Path, arguments) -> None:
    database = folder / "benchmark.duckdb"
    if not database.exists():
        generated = make_raw_events(folder, arguments.events)
        line("generate_events + load", generated)
    with connect(database) as warehouse:
        events, calls = warehouse.execute("select count(*), count(distinct call_id) from raw.call_events").fetchone()
        print(f"\n{events:,} events of {calls:,} calls, {THREADS} threads\n")
        bare = median_of(3, lambda: run(warehouse, "create or replace temp table bare as select call_id, count(*) as n from raw.call_events group by 1"))
        copy = median_of(1, lambda: run(warehouse, "create or replace table raw.copy as select * from raw.call_events"))
        run(warehouse, "drop table raw.copy")
    line("bare group by call_id, into a table", bare)
    line("copy of the raw table", copy, bare)

    whole, nodes = dbt_run(folder, "--full-refresh")
    facts = sum(nodes[name] for name in UP_TO_FACTS)
    line("full refresh, everything up to fct_calls", facts, bare, f"{facts / copy:.2f} of the copy")
    for name in UP_TO_FACTS:
        if nodes[name] > 0.01 * facts:
            line(f"  {name}", nodes[name], bare)
    line("full refresh, all models", sum(nodes.values()), bare)
    line("full refresh, the whole command", whole, bare)

    append_calls(database, arguments.new_calls)
    whole, new = dbt_run(folder)
    new_facts = sum(new[name] for name in UP_TO_FACTS)
    line(f"{arguments.new_calls:,} new calls, everything up to fct_calls", new_facts, bare, f"{new_facts / facts:.3f} of a full refresh")
    line(f"{arguments.new_calls:,} new calls, the whole command", whole, bare)
    whole, nothing = dbt_run(folder)
    line("nothing new, the whole command", whole, bare)


def make_raw_events(folder: Path, events: int) -> float:
    """Generates and loads; then replaces the load's one time by those that the events were generated with."""
    started = time.monotonic()
    file = folder / "events.parquet"
    # About 76 events a generated call-per-day over the default two weeks.
    per_day = max(1, round(events / 70))
    subprocess.run([ROOT / "scripts/generate_events", "--calls-per-day", str(per_day), "--out", file], check=True)
    subprocess.run([ROOT / "scripts/load", file], check=True)
    seconds = time.monotonic() - started
    with connect(folder / "benchmark.duckdb") as warehouse:
        # One load all of one minute would be inside the overlap of every run; ids of real systems have no order.
        warehouse.execute("delete from raw.call_events")
        warehouse.execute(f"insert into raw.call_events by name select * replace (md5(call_id) as call_id) from read_parquet('{file}')")
    file.unlink()
    return seconds


def append_calls(database: Path, calls: int) -> None:
    """New calls like the first ones, with ids of their own, an hour after the newest load."""
    with connect(database) as warehouse:
        warehouse.execute(f"""
            insert into raw.call_events by name
            with pattern as (
                select call_id, min(occurred_at) as started_at from raw.call_events
                where call_id is not null group by 1 order by 1 limit {calls}
            ),
            newest as (select max(loaded_at) as loaded_at from raw.call_events)
            select events.* replace (
                events.event_id || '-again' as event_id,
                md5('again' || events.call_id) as call_id,
                newest.loaded_at + (events.occurred_at - pattern.started_at) as occurred_at,
                newest.loaded_at + interval 1 hour as loaded_at
            )
            from raw.call_events as events
            inner join pattern on events.call_id = pattern.call_id, newest
        """)


def dbt_run(folder: Path, *options: str) -> tuple[float, dict[str, float]]:
    """Seconds of the whole command, and of each model."""
    command = [ROOT / ".venv/bin/dbt", "--quiet", "run", "--project-dir", ROOT, "--profiles-dir", ROOT,
               "--threads", "1", "--target-path", folder / "target", "--log-path", folder / "logs", *options]
    started = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - started
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    return seconds, {result["unique_id"].split(".")[2]: result["execution_time"] for result in results}


def connect(database: Path):
    warehouse = duckdb.connect(str(database))
    warehouse.execute(f"set threads = {THREADS}; set preserve_insertion_order = false; set TimeZone = 'UTC'")
    return warehouse


def run(warehouse, sql: str) -> float:
    started = time.monotonic()
    warehouse.execute(sql)
    return time.monotonic() - started


def median_of(times: int, measure) -> float:
    return statistics.median(measure() for _ in range(times))


def line(what: str, seconds: float, bare: float | None = None, note: str = "") -> None:
    ratio = f"{seconds / bare:8.1f} ×" if bare else " " * 10
    print(f"{what:<55}{seconds:>9.2f} s{ratio}  {note}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
