"""Part `incremental`: new calls and late events on stored histories of several sizes."""

from __future__ import annotations

from benchmarks import data, full_refresh, measure
from benchmarks.project import Dbt, medians


def measure_part(
    store: data.Store, calls_wanted: list[int], new_calls: int, repeats: int, prepared: dict
) -> list[dict]:
    return [
        measure_history(store, store.copies_for_calls(calls), new_calls, repeats, prepared) for calls in calls_wanted
    ]


def measure_history(store: data.Store, copies: int, new_calls: int, repeats: int, prepared: dict) -> dict:
    database = store.database(copies)
    dbt = Dbt(store.folder, database)
    measure.say(f"\nIncremental runs, {store.base_sizes()[1] * copies:,} stored calls")
    full = prepared.pop(database, None)
    if full is None:
        store.restore(copies)
        full_refresh.drop_models(database)
        refresh = dbt.run("--full-refresh")
        full = refresh["seconds"]
        measure.tell("full refresh, everything up to fct_calls", full, refresh["peak_bytes"])
    sizes = store.sizes(copies)
    if repeats > 1:
        dbt.run()  # dbt parses again after a full refresh; the first checkpoint of a large file is a slow one
    found = {**sizes, "new_calls": new_calls, "full_refresh_seconds": full}
    for kind, append in (("new", data.append_new_calls), ("late", None)):
        runs, appended = [], []
        for number in range(repeats):
            batch = f"{kind}{number}"
            appended.append(
                append(database, store.base, new_calls, batch)
                if append
                else data.append_late_events(database, new_calls, batch)
            )
            runs.append(dbt.run())
            what = f"{appended[-1]:,} events " + (f"of {new_calls:,} new calls" if append else "that come late")
            measure.tell(
                what, runs[-1]["seconds"], runs[-1]["peak_bytes"], f"the whole command {runs[-1]['command']:.2f} s"
            )
        found[kind] = {"events": appended, **medians(runs)}
    nothing = [dbt.run() for _ in range(repeats)]
    found["nothing"] = medians(nothing)
    measure.tell("nothing new", found["nothing"]["seconds"], found["nothing"]["peak_bytes"])
    store.restore(copies)
    return found
