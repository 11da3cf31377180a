"""Part `incremental`: new calls, late events and nothing new on stored histories of several sizes, and the statements that runs send."""

from __future__ import annotations

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.parts.full_refresh import ONCE_FROM
from benchmarks.project import Dbt, medians


def measure_part(store: Store, histories: list[int], new_calls: int, repeats: int) -> list[dict]:
    return [measure_history(store, store.copies_for_calls(calls), new_calls, repeats) for calls in histories]


def measure_history(store: Store, copies: int, new_calls: int, repeats: int) -> dict:
    sizes, full = store.sizes(copies), store.full_refresh_seconds.get(copies)
    repeats = 1 if sizes["events"] >= ONCE_FROM else repeats
    measure.say(f"\nIncremental runs, {sizes['calls']:,} stored calls")
    database = store.database(copies) if full else store.raw_database(copies)
    dbt = Dbt(store.folder, database)
    if full is None:
        refresh = dbt.run("--full-refresh")
        full = refresh["seconds"]
        measure.tell("full refresh, everything up to fct_calls", full, refresh["peak_bytes"])
    dbt.run()  # dbt parses again after a full refresh; the first checkpoint of a large file is a slow one
    found = {**sizes, "new_calls": new_calls, "full_refresh_seconds": full}
    for kind, append, what in (
        ("new", store.append_new_calls, f"events of {new_calls:,} new calls"),
        ("late", store.append_late_events, "events that come late"),
    ):
        runs, appended = [], []
        for number in range(repeats):
            appended.append(append(copies, new_calls, f"{kind}{number}"))
            runs.append(dbt.run())
            command = f"the whole command {runs[-1]['command']:.2f} s"
            measure.tell(f"{appended[-1]:,} {what}", runs[-1]["seconds"], runs[-1]["peak_bytes"], command)
        found[kind] = {"events": appended, **medians(runs)}
    found["nothing"] = medians([dbt.run() for _ in range(repeats)])
    measure.tell("nothing new", found["nothing"]["seconds"], found["nothing"]["peak_bytes"])
    found["statements"] = statements(store, dbt, copies, new_calls)
    store.restore(copies)
    store.full_refresh_seconds.pop(copies, None)
    return found


def statements(store: Store, dbt: Dbt, copies: int, new_calls: int) -> dict:
    """What runs send: all models with nothing new, all with new calls, and those up to fct_calls with new calls."""
    found = {"nothing": dbt.statements()}
    store.append_new_calls(copies, new_calls, "up_to_facts")
    found["up_to_facts"] = dbt.statements("--select", "+fct_calls")
    dbt.run()
    store.append_new_calls(copies, new_calls, "all")
    found["new"] = dbt.statements()
    measure.say("  statements sent: " + ", ".join(f"{name} {number}" for name, number in found.items()))
    return found
