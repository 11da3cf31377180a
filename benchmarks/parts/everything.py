"""Part `everything`: a full refresh of all models, beside Polars making facts, legs and accounting of the same events.

The package makes much more than these three: what a later run goes on from, hours, queue visits, refused events, checks. A
peer whose rows differ from ours in any of the three, in any column that is compared, does not count.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.measure import THREADS
from benchmarks.parts.peers import CALLS, Compared, difference, rules_file
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect

OURS = "ours, all models"
PEERS = {"polars": "Polars: facts, legs, accounting"}
# Everything else in these tables is compared as well, and must be ours.
COMPARED = {
    "fct_calls": CALLS,
    "fct_call_legs": Compared(["source_system", "call_id", "leg_key"], ["leg_status"]),
    "event_accounting": Compared(["source_system", "load_date"], ["raw_events", "kept_events"]),
}


def measure_part(store: Store, sizes: list[int], names: list[str], repeats: int) -> list[dict]:
    names = [name for name in names if name in PEERS]
    return [measure_size(store, store.copies_for_events(events), names, repeats) for events in sizes]


def measure_size(store: Store, copies: int, names: list[str], repeats: int) -> dict:
    database, parquet = store.raw_database(copies), store.parquet(copies)
    sizes, as_of = store.sizes(copies), store.end()
    measure.say(f"\nEverything, {sizes['events']:,} events of {sizes['calls']:,} calls")
    dbt = Dbt(store.folder, database, variables={"call_status_as_of": as_of}, threads=THREADS)
    arguments = {"input": parquet, "as_of": as_of, "rules": rules_file(store, dbt)}
    ours, theirs = [], {name: [] for name in names}
    for _ in range(repeats):  # side by side: what slows the machine slows both
        ours.append(dbt.run_everything("--full-refresh"))
        note = f"models in sum {ours[-1]['all_models']:.2f} s, the whole command {ours[-1]['command']:.2f} s"
        measure.tell(OURS, ours[-1]["seconds"], ours[-1]["peak_bytes"], note)
        for name in names:
            output = store.folder / f"everything_{name}"
            run = measure.peer(name, "everything", output=output, **arguments)
            measure.tell(PEERS[name], run["seconds"], run["peak_bytes"])
            theirs[name].append({**run, "tables": differences(database, output)})
            shutil.rmtree(output)
    store.raw_database(copies)
    return {**sizes, "ours": medians(ours), "peers": {name: judged(PEERS[name], runs) for name, runs in theirs.items()}}


def differences(database: Path, output: Path) -> dict[str, dict]:
    """By table: where the peer's file differs from ours."""
    with connect(database) as con:
        return {
            table: difference(con, table, f"read_parquet('{output / table}.parquet')", compared)
            for table, compared in COMPARED.items()
        }


def judged(title: str, runs: list[dict]) -> dict:
    """A peer's figures; it counts if in every run every table is ours."""
    unlike = {table for run in runs for table, its in run["tables"].items() if not is_same(its)}
    for table in sorted(unlike):
        measure.say(f"  does not count: {title}: {table} differs")
    return {"title": title, **measure.summary(runs), "tables": runs[-1]["tables"], "counts": not unlike}


def is_same(its: dict) -> bool:
    return not (its["rows"] or its["other_columns_that_differ"] or its["columns_missing"])
