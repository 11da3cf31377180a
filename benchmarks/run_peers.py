"""Part `peers`: others doing the same job on the same events. A peer whose rows are not ours does not count."""

from __future__ import annotations

from pathlib import Path

from benchmarks import data, full_refresh, measure
from benchmarks.project import Dbt, medians
from benchmarks.sql_process import connect

# What must be equal, row by row; of the other columns it is said where they differ.
MUST_EQUAL = ["source_system", "call_id", "direction", "status", "status_reason"]
NOT_COMPARED = {"call_key", "call_hash", "status_message", "status_rule", "rules_fingerprint", "derived_at"}

# name: (what it is, module, reads, most events that it is given)
PEERS = {
    "dbt": ("usual dbt style, DuckDB", "duckdb_dbt_style", "duckdb", None),
    "dbt_parquet": ("usual dbt style, DuckDB, from Parquet", "duckdb_dbt_style", "parquet", None),
    "polars": ("Polars, lazy, streaming", "polars_calls", "parquet", None),
    "clickhouse": ("ClickHouse in process", "clickhouse_calls", "parquet", None),
    "pandas": ("pandas", "pandas_calls", "parquet", 3_000_000),
}


def measure_part(store: data.Store, sizes: list[int], names: list[str], repeats: int, prepared: dict) -> list[dict]:
    return [measure_size(store, store.copies_for_events(events), names, repeats, prepared) for events in sizes]


def measure_size(store: data.Store, copies: int, names: list[str], repeats: int, prepared: dict) -> dict:
    database, parquet = store.database(copies), store.parquet(copies)
    store.restore(copies)
    full_refresh.drop_models(database)
    prepared.pop(database, None)
    sizes, as_of = store.sizes(copies), store.end()
    measure.say(f"\nPeers, {sizes['events']:,} events of {sizes['calls']:,} calls")
    with connect(str(database)) as con:
        con.execute("create schema if not exists raw_parquet")
        con.execute(f"create or replace view raw_parquet.call_events as select * from read_parquet('{parquet}')")
    clock = {"call_status_as_of": as_of}
    ours = Dbt(store.folder, database, variables=clock)
    wanted = {name: PEERS[name] for name in names if not PEERS[name][3] or sizes["events"] <= PEERS[name][3]}
    dbts = {"ours": ours}  # last, so that peers are compared with it
    if any(reads == "parquet" for _, _, reads, _ in wanted.values()):
        variables = {**clock, "call_status_raw_schema": "raw_parquet"}
        dbts = {"ours_parquet": Dbt(store.folder / "from_parquet", database, variables=variables), **dbts}
    runs: dict[str, list] = {}
    for _ in range(repeats):
        for name, dbt in dbts.items():
            runs.setdefault(name, []).append(dbt.run("--full-refresh"))
            tell(name, runs)
        for name, (_, module, reads, _) in wanted.items():
            output = database if reads == "duckdb" or name == "dbt_parquet" else store.folder / f"calls_{name}.parquet"
            runs.setdefault(name, []).append(
                measure.peer(module, input=database if reads == "duckdb" else parquet, output=output, as_of=as_of)
            )
            tell(name, runs)
            runs[name][-1]["difference"] = difference(database, output)
            if output == database:
                measure.sql(database, "drop schema peer cascade", "checkpoint")
    found = {
        **sizes,
        **{name: medians(runs[name]) for name in dbts},
        "peers": {name: judged(PEERS[name][0], runs[name]) for name in wanted},
    }
    full_refresh.drop_models(database)
    return found


def tell(name: str, runs: dict) -> None:
    what = {"ours": "ours, everything up to fct_calls", "ours_parquet": "ours, from Parquet"}.get(name) or PEERS[name][
        0
    ]
    measure.tell(what, runs[name][-1]["seconds"], runs[name][-1]["peak_bytes"])


def judged(title: str, runs: list[dict]) -> dict:
    differing = max(run["difference"]["rows"] for run in runs)
    if differing:
        measure.say(f"  does not count: {title} differs from fct_calls in {differing:,} rows")
    return {
        "title": title,
        **measure.summary(runs),
        **runs[-1]["difference"],
        "rows": differing,
        "counts": differing == 0,
    }


def difference(database: Path, output: Path) -> dict:
    """How many rows of a peer are not those of fct_calls, and in which other columns how many rows differ."""
    theirs = "peer.fct_calls" if output == database else f"read_parquet('{output}')"
    with connect(str(database)) as con:
        return difference_of_rows(con, "fct_calls", theirs)


def difference_of_rows(con, ours: str, theirs: str) -> dict:
    """Rows of either side without an equal one on the other side: each call is wanted once, with the same status."""
    keys = MUST_EQUAL[:2]
    columns = [row[0] for row in con.execute(f"describe select * from {ours}").fetchall()]
    has = {row[0] for row in con.execute(f"describe select * from {theirs}").fetchall()}
    others = [name for name in columns if name in has and name not in {*MUST_EQUAL, *NOT_COMPARED}]
    wrong = " or ".join(f"ours.{name} is distinct from theirs.{name}" for name in MUST_EQUAL[2:])
    repeated = con.execute(
        f"select coalesce(sum(rows - 1), 0) from (select count(*) as rows from {theirs} group by {', '.join(keys)})"
    ).fetchone()[0]
    row = con.execute(f"""
        select
            count(*) filter (ours.call_id is null or theirs.call_id is null or {wrong}) as rows
            {"".join(f", count(*) filter (ours.call_id is not null and theirs.call_id is not null and {unlike(name)})" for name in others)}
        from {ours} as ours full outer join {theirs} as theirs
            on {" and ".join(f"ours.{name} = theirs.{name}" for name in keys)}
    """).fetchone()
    return {
        "rows": row[0] + int(repeated),
        "columns_compared": len(MUST_EQUAL) + len(others),
        "other_columns_that_differ": {name: count for name, count in zip(others, row[1:]) if count},
        "columns_missing": sorted(set(columns) - has - NOT_COMPARED),
    }


def unlike(name: str) -> str:
    if name.endswith("_seconds"):
        return f"(ours.{name} is null) <> (theirs.{name} is null) or abs(ours.{name} - theirs.{name}) > 0.000002"
    if name.endswith("_at"):
        return f"ours.{name} is distinct from cast(theirs.{name} as timestamp)"
    return f"ours.{name} is distinct from theirs.{name}"
