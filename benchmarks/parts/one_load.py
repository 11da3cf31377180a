"""Part `one_load`: a run with nothing new right after a load of everything in one go, beside one a week later."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect


def measure_part(store: Store, events: int, repeats: int) -> dict:
    copies = store.copies_for_events(events)
    database, sizes, end = store.folder / "one_load.duckdb", store.sizes(copies), store.end()
    measure.say(f"\nOne load of {sizes['events']:,} events")
    database.unlink(missing_ok=True)
    with connect(database) as con:
        con.execute(f"attach '{store.database(copies)}' as histories (read_only)")
        con.execute("create schema raw")
        con.execute(
            f"create table raw.call_events as select * replace (timestamp '{end}' as loaded_at) from histories.raw.call_events"
        )
    clocks = {"right_after": end, "a_week_later": str(datetime.fromisoformat(end) + timedelta(days=7))}
    found = {**sizes}
    for when, clock in clocks.items():
        dbt = Dbt(store.folder, database, variables={"call_status_as_of": clock})
        dbt.run()  # the load itself; a week later, the calls that the clock has closed since
        found[when] = medians([dbt.run() for _ in range(repeats)])
        measure.tell(f"nothing new, {when.replace('_', ' ')}", found[when]["seconds"], found[when]["peak_bytes"])
    database.unlink()
    return found
