"""Part `peers`: others doing the same job on the same events. A peer whose rows are not ours does not count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect


class Compared(NamedTuple):
    """How rows of a table are compared: by keys that are its grain. Where a row differs in what must be equal, it counts as
    another one; of the other columns it is said in how many rows they differ."""

    keys: list[str]
    must_equal: list[str]


CALLS = Compared(["source_system", "call_id"], ["direction", "status", "status_reason"])
# No facts about the call: the package's own keys and hashes, and what a run leaves behind.
NOT_COMPARED = {"call_key", "call_hash", "rules_fingerprint", "derived_at", "write_number"}


class Peer(NamedTuple):
    title: str
    most_events: int | None = None


PEERS = {
    "dbt": Peer("usual dbt style, DuckDB"),
    "polars": Peer("Polars, lazy, streaming"),
    "clickhouse": Peer("ClickHouse in process"),
    "pandas": Peer("pandas", most_events=3_000_000),
}
OURS = {"ours": "ours, everything up to fct_calls", "ours_parquet": "ours, from Parquet"}

# What peers must know of the package. They run in environments without dbt, so they are given it as a file.
RULES = """{{ tojson({
    'rules': call_status.get_status_rules(),
    'event_types': call_status.event_types(),
    'dial_outcomes': call_status.dial_outcomes(),
}) }}"""


def measure_part(store: Store, sizes: list[int], names: list[str], repeats: int) -> list[dict]:
    return [measure_size(store, store.copies_for_events(events), names, repeats) for events in sizes]


def measure_size(store: Store, copies: int, names: list[str], repeats: int) -> dict:
    database, parquet = store.raw_database(copies), store.parquet(copies)
    sizes, as_of = store.sizes(copies), store.end()
    measure.say(f"\nPeers, {sizes['events']:,} events of {sizes['calls']:,} calls")
    wanted = [name for name in names if not PEERS[name].most_events or sizes["events"] <= PEERS[name].most_events]
    dbts = our_dbts(store, database, parquet, as_of, wanted)
    arguments = {"as_of": as_of, "rules": rules_file(store, dbts["ours"])}
    runs: dict[str, list] = {name: [] for name in [*dbts, *wanted]}
    for _ in range(repeats):
        for name, dbt in dbts.items():
            runs[name].append(dbt.run("--full-refresh"))
            measure.tell(OURS[name], runs[name][-1]["seconds"], runs[name][-1]["peak_bytes"])
        for name in wanted:
            output = store.folder / f"calls_{name}.parquet"
            run = measure.peer(name, "calls", input=database if name == "dbt" else parquet, output=output, **arguments)
            measure.tell(PEERS[name].title, run["seconds"], run["peak_bytes"])
            with connect(database) as con:
                runs[name].append({**run, "difference": difference(con, "fct_calls", f"read_parquet('{output}')")})
    store.raw_database(copies)
    return {
        **sizes,
        **{name: medians(runs[name]) for name in dbts},
        "peers": {name: judged(PEERS[name].title, runs[name]) for name in wanted},
    }


def our_dbts(store: Store, database: Path, parquet: Path, as_of: str, wanted: list[str]) -> dict[str, Dbt]:
    """The package on its table; where a peer reads Parquet, before that on the same file. Peers are compared with the last."""
    clock = {"call_status_as_of": as_of}
    ours = {"ours": Dbt(store.folder, database, variables=clock)}
    if set(wanted) <= {"dbt"}:
        return ours
    with connect(database) as con:
        con.execute("create schema if not exists raw_parquet")
        con.execute(f"create or replace view raw_parquet.call_events as select * from read_parquet('{parquet}')")
    variables = {**clock, "call_status_raw_schema": "raw_parquet"}
    return {"ours_parquet": Dbt(store.folder / "from_parquet", database, variables=variables), **ours}


def rules_file(store: Store, dbt: Dbt) -> Path:
    """Written once for each benchmark."""
    if store.rules is None:
        store.rules = store.folder / "rules.json"
        store.rules.write_text(json.dumps(dbt.inline(RULES)))
    return store.rules


def judged(title: str, runs: list[dict]) -> dict:
    differing = max(run["difference"]["rows"] for run in runs)
    if differing:
        measure.say(f"  does not count: {title} differs from fct_calls in {differing:,} rows")
    counts = {"rows": differing, "counts": differing == 0}
    return {"title": title, **measure.summary(runs), **runs[-1]["difference"], **counts}


def difference(con, ours: str, theirs: str, compared: Compared = CALLS) -> dict:
    """In how many rows they differ, and of the others, in which further columns how many.

    Each row is wanted once, with the same values in what must be equal. So a row counts that has no equal one on the other
    side.
    """
    keys, must_equal = compared
    columns = [row[0] for row in con.execute(f"describe select * from {ours}").fetchall()]
    has = {row[0] for row in con.execute(f"describe select * from {theirs}").fetchall()}
    others = [name for name in columns if name in has and name not in {*keys, *must_equal, *NOT_COMPARED}]
    is_alone = "(ours.is_there is null or theirs.is_there is null)"
    repeated = con.execute(
        f"select coalesce(sum(rows - 1), 0) from (select count(*) as rows from {theirs} group by {', '.join(keys)})"
    ).fetchone()[0]
    counts = [" or ".join([is_alone, *map(unlike, must_equal)])]
    counts += [f"not {is_alone} and ({unlike(name)})" for name in others]
    # A key may be null: the day of events without a load time.
    rows, *of_others = con.execute(f"""
        select {", ".join(f"count(*) filter ({condition})" for condition in counts)}
        from (select *, true as is_there from {ours}) as ours
        full outer join (select *, true as is_there from {theirs}) as theirs
            on {" and ".join(f"ours.{name} is not distinct from theirs.{name}" for name in keys)}
    """).fetchone()
    return {
        "rows": rows + int(repeated),
        "columns_compared": len(keys) + len(must_equal) + len(others),
        "other_columns_that_differ": {name: count for name, count in zip(others, of_others) if count},
        "columns_missing": sorted(set(columns) - has - NOT_COMPARED),
    }


def unlike(name: str) -> str:
    if name.endswith("_seconds"):
        return f"(ours.{name} is null) <> (theirs.{name} is null) or abs(ours.{name} - theirs.{name}) > 0.000002"
    if name.endswith("_at"):
        return f"ours.{name} is distinct from cast(theirs.{name} as timestamp)"
    return f"ours.{name} is distinct from theirs.{name}"
