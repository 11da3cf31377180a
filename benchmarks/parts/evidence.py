"""Part `evidence`: the aggregation of int_call_evidence_packed alone, from one Parquet file, here and elsewhere."""

from __future__ import annotations

from benchmarks import measure
from benchmarks.data import Store
from benchmarks.parts.peers import rules_file
from benchmarks.project import Dbt
from benchmarks.sql_process import connect

TITLES = {
    "ours": "this package, into a table",
    "ours_to_parquet": "this package, to Parquet",
    "polars": "Polars, streaming, to Parquet",
    "clickhouse": "ClickHouse in process, to Parquet",
}
# Columns by which the passes are seen to have done the same; the others differ in how each packs what it knows.
COMPARED = [
    "first_event_at",
    "last_event_at",
    "first_queue_joined_at",
    "first_customer_ringing_at",
    "first_customer_answered",
    "first_call_ended",
    "first_dial_outcome",
    "longest_voicemail_seconds",
    "last_loaded_at",
]
TABLE = "main.evidence_pass"


def measure_part(store: Store, sizes: list[int], names: list[str], repeats: int) -> list[dict]:
    names = [name for name in names if name in TITLES]
    return [measure_size(store, store.copies_for_events(events), names, repeats) for events in sizes]


def measure_size(store: Store, copies: int, names: list[str], repeats: int) -> dict:
    parquet, sizes = store.parquet(copies), store.sizes(copies)
    measure.say(f"\nEvidence pass from Parquet, {sizes['events']:,} events")
    database = store.folder / "evidence.duckdb"
    database.unlink(missing_ok=True)
    with connect(database) as con:
        con.execute("create schema raw")
        con.execute(f"create view raw.call_events as select * from read_parquet('{parquet}')")
    dbt = Dbt(store.folder, database)
    arguments = {"input": parquet, "as_of": store.end(), "rules": rules_file(store, dbt)}
    dbt("run", "--full-refresh", "--select", "+int_call_evidence_packed")
    select = dbt.compiled("int_call_evidence_packed")
    outputs = {name: store.folder / f"evidence_{name}.parquet" for name in ["ours", *names]}
    copy = f"copy ({select}) to '{outputs['ours']}' (format parquet)"
    jobs = {
        "ours": lambda: measure.sql(database, f"create or replace table {TABLE} as {select}"),
        "ours_to_parquet": lambda: measure.sql(database, copy),
    }
    for name in names:
        jobs[name] = lambda name=name: measure.peer(name, "evidence", output=outputs[name], **arguments)
    runs: dict[str, list] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            runs[name].append(job())
            measure.tell(TITLES[name], runs[name][-1]["seconds"], runs[name][-1]["peak_bytes"])
    found = {name: measure.summary(runs[name]) for name in jobs}
    with connect(database) as con:
        for name in names:
            rows = differing_rows(con, TABLE, f"read_parquet('{outputs[name]}')")
            found[name] = {"title": TITLES[name], **found[name], "rows": rows, "counts": rows == 0}
            if rows:
                measure.say(f"  does not count: {TITLES[name]} differs in {rows:,} rows")
    for output in outputs.values():
        output.unlink()
    peers = {name: found.pop(name) for name in names}
    return {**sizes, **found, "peers": peers}


def differing_rows(con, ours: str, theirs: str) -> int:
    """Calls that are not on both sides with the same values."""
    types = dict(row[:2] for row in con.execute(f"describe select * from {ours}").fetchall())
    unlike = " or ".join(f"ours.{name} is distinct from cast(theirs.{name} as {types[name]})" for name in COMPARED)
    return con.execute(f"""
        select count(*) from {ours} as ours
        full outer join {theirs} as theirs on ours.source_system = theirs.source_system and ours.call_id = theirs.call_id
        where ours.call_id is null or theirs.call_id is null or {unlike}
    """).fetchone()[0]
