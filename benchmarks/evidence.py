"""Part `evidence`: the aggregation of int_call_evidence_packed alone, from one Parquet file, here and elsewhere."""

from __future__ import annotations

from benchmarks import data, measure
from benchmarks.project import Dbt
from benchmarks.sql_process import connect

OTHERS = {
    "polars": ("Polars, streaming, to Parquet", "polars_evidence"),
    "clickhouse": ("ClickHouse in process, to Parquet", "clickhouse_evidence"),
}
# Columns by which the passes are seen to have done the same; the others differ in how each packs what it knows.
COMPARED = [
    "first_event_at",
    "last_event_at",
    "first_queue_joined_at",
    "first_customer_ringing_at",
    "longest_voicemail_seconds",
    "last_loaded_at",
]


def measure_part(store: data.Store, sizes: list[int], names: list[str], repeats: int) -> list[dict]:
    return [measure_size(store, store.copies_for_events(events), names, repeats) for events in sizes]


def measure_size(store: data.Store, copies: int, names: list[str], repeats: int) -> dict:
    parquet = store.parquet(copies)
    sizes = store.sizes(copies)
    measure.say(f"\nEvidence pass from Parquet, {sizes['events']:,} events")
    database = store.folder / "evidence.duckdb"
    database.unlink(missing_ok=True)
    with connect(str(database)) as con:
        con.execute("create schema raw")
        con.execute(f"create view raw.call_events as select * from read_parquet('{parquet}')")
    dbt = Dbt(store.folder, database)
    dbt("run", "--full-refresh", "--select", "+int_call_evidence_packed")
    select = dbt.compiled("int_call_evidence_packed")
    table = "main.evidence_pass"
    outputs = {name: store.folder / f"evidence_{name}.parquet" for name in ("ours", *OTHERS)}
    runs: dict[str, list] = {}

    def keep(name: str, what: str, run: dict) -> None:
        runs.setdefault(name, []).append(run)
        measure.tell(what, run["seconds"], run["peak_bytes"])

    for _ in range(repeats):
        keep("ours", "ours, into a table", measure.sql(database, f"create or replace table {table} as {select}"))
        keep(
            "ours_to_parquet",
            "ours, to Parquet",
            measure.sql(database, f"copy ({select}) to '{outputs['ours']}' (format parquet)"),
        )
        for name in names:
            if name in OTHERS:
                title, module = OTHERS[name]
                keep(name, title, measure.peer(module, input=parquet, output=outputs[name]))
    found = {**sizes, **{name: measure.summary(runs[name]) for name in ("ours", "ours_to_parquet")}, "peers": {}}
    with connect(str(database)) as con:
        for name in (name for name in OTHERS if name in runs):
            rows = differing_rows(con, table, f"read_parquet('{outputs[name]}')")
            found["peers"][name] = {
                "title": OTHERS[name][0],
                **measure.summary(runs[name]),
                "rows": rows,
                "counts": rows == 0,
            }
            if rows:
                measure.say(f"  does not count: {OTHERS[name][0]} differs in {rows:,} rows")
    for output in outputs.values():
        output.unlink(missing_ok=True)
    return found


def differing_rows(con, ours: str, theirs: str) -> int:
    """Calls that are not on both sides with the same values."""
    has = dict(row[:2] for row in con.execute(f"describe select * from {ours}").fetchall())
    unlike = "".join(
        f" or ours.{name} is distinct from cast(theirs.{name} as {has[name]})" for name in COMPARED if name in has
    )
    return con.execute(f"""
        select count(*) from {ours} as ours
        full outer join {theirs} as theirs on ours.source_system = theirs.source_system and ours.call_id = theirs.call_id
        where ours.call_id is null or theirs.call_id is null{unlike}
    """).fetchone()[0]
