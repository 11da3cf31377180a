"""Part `memory`: the largest full refresh within a limit of memory."""

from __future__ import annotations

from benchmarks import data, full_refresh, measure
from benchmarks.project import Dbt


def measure_part(store: data.Store, events: int, limit: str, prepared: dict) -> dict:
    copies = store.copies_for_events(events)
    database = store.database(copies)
    store.restore(copies)
    full_refresh.drop_models(database)
    prepared.pop(database, None)
    sizes = store.sizes(copies)
    measure.say(f"\nFull refresh of {sizes['events']:,} events with memory_limit {limit}")
    found = {**sizes, "limit": limit}
    try:
        run = Dbt(store.folder, database, memory_limit=limit).run("--full-refresh")
    except measure.Failed as failure:
        measure.say(f"  failed: {failure}")
        return {**found, "failed": True}
    measure.tell("full refresh, everything up to fct_calls", run["seconds"], run["peak_bytes"])
    return {**found, **run}
