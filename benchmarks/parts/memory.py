"""Part `memory`: the largest full refresh within a limit of memory."""

from __future__ import annotations

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.project import Dbt

LIMIT = "4GB"


def measure_part(store: Store, events: int) -> dict:
    copies = store.copies_for_events(events)
    database, sizes = store.raw_database(copies), store.sizes(copies)
    measure.say(f"\nFull refresh of {sizes['events']:,} events with memory_limit {LIMIT}")
    found = {**sizes, "limit": LIMIT}
    try:
        run = Dbt(store.folder, database, memory_limit=LIMIT).run("--full-refresh", "--select", "+fct_calls")
    except measure.Failed as failure:
        measure.say(f"  failed: {failure}")
        return {**found, "failed": True}
    measure.tell("full refresh, everything up to fct_calls", run["seconds"], run["peak_bytes"])
    return {**found, **run}
