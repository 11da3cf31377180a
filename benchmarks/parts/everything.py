"""Part `everything`: a full refresh of all models, beside Polars making facts, legs and accounting of the same events.

The package makes much more than these three: what a later run goes on from, hours, queue visits, refused events, checks. A
peer whose rows differ from ours in any of the three, in any column that is compared, does not count.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.measure import THREADS
from benchmarks.parts.peers import CALLS, Compared, difference, rules_file
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect

OURS, POLARS = "ours, all models", "Polars: facts, legs, accounting"
# Everything else in these tables is compared as well, and must be ours.
COMPARED = {
    "fct_calls": CALLS,
    "fct_call_legs": Compared(["source_system", "call_id", "leg_key"], ["leg_status"]),
    "event_accounting": Compared(["source_system", "load_date"], ["raw_events", "kept_events"]),
}


def measure_part(store: Store, sizes: list[int], repeats: int) -> list[dict]:
    return [measure_size(store, store.copies_for_events(events), repeats) for events in sizes]


def measure_size(store: Store, copies: int, repeats: int) -> dict:
    database, parquet = store.raw_database(copies), store.parquet(copies)
    sizes, as_of = store.sizes(copies), store.end()
    measure.say(f"\nEverything, {sizes['events']:,} events of {sizes['calls']:,} calls")
    dbt = Dbt(store.folder, database, variables={"call_status_as_of": as_of}, threads=THREADS)
    output = store.folder / "everything_polars"
    arguments = {"input": parquet, "output": output, "as_of": as_of, "rules": rules_file(store, dbt)}
    ours, theirs = [], []
    for _ in range(repeats):  # side by side: what slows the machine slows both
        ours.append(dbt.run_everything("--full-refresh"))
        note = f"models in sum {ours[-1]['all_models']:.2f} s, the whole command {ours[-1]['command']:.2f} s"
        measure.tell(OURS, ours[-1]["seconds"], ours[-1]["peak_bytes"], note)
        run = measure.peer("polars", "everything", **arguments)
        measure.tell(POLARS, run["seconds"], run["peak_bytes"])
        theirs.append({**run, "differences": differences(database, output)})
    store.raw_database(copies)
    return {**sizes, "threads": THREADS, "ours": medians(ours), "peers": {"polars": judged(POLARS, theirs)}}


def differences(database: Path, output: Path) -> dict[str, dict]:
    """By table: where the peer's file differs from ours."""
    with connect(database) as con:
        return {
            table: difference(con, table, f"read_parquet('{output / table}.parquet')", compared)
            for table, compared in COMPARED.items()
        }


def judged(title: str, runs: list[dict]) -> dict:
    """A peer's figures; it counts if in every run every table is ours."""
    unlike = {table for run in runs for table, its in run["differences"].items() if not is_same(its)}
    for table in sorted(unlike):
        measure.say(f"  does not count: {title}: {table} differs")
    return {"title": title, **measure.summary(runs), "tables": runs[-1]["differences"], "counts": not unlike}


def is_same(its: dict) -> bool:
    return not (its["rows"] or its["other_columns_that_differ"] or its["columns_missing"])
