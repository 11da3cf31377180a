"""Builds the warehouse from the bundled sample, runs its data tests and prints calls by direction and status.

The database is CALL_STATUS_DB, else warehouse/sample.duckdb. A database that holds raw events other than the sample is
refused: sample and real calls never mix. The clock is fixed to the end of the sample, so that some calls are open.
"""

import os
import sys
import time
from pathlib import Path

from call_status_tools import ROOT

SAMPLE = ROOT / "seeds" / "sample" / "sample_call_events.csv"

SUMMARY = """
select
    calls.direction,
    calls.status,
    count(*) as calls,
    100.0 * count(*) / sum(count(*)) over (partition by calls.direction) as share,
    median(calls.wait_seconds) as wait,
    median(calls.talk_seconds) as talk
from fct_calls as calls
inner join dim_call_status as statuses
    on calls.direction = statuses.direction and calls.status = statuses.status
group by calls.direction, calls.status, statuses.display_order
order by statuses.display_order
"""


def main() -> int:
    database = Path(os.environ.get("CALL_STATUS_DB") or ROOT / "warehouse" / "sample.duckdb").absolute()
    started = time.monotonic()
    try:
        refuse_other_events(database)
        nodes = build(database, end_of_sample())
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print_summary(database, nodes, time.monotonic() - started)
    return 0


class Problem(Exception):
    """Something the user can mend; the message says what and how."""


def connect(database: Path):
    import duckdb

    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise Problem(
            f"Cannot open {database}: {str(error).splitlines()[0]} Close the program that holds it, or set CALL_STATUS_DB to another path."
        ) from None


def end_of_sample() -> str:
    """The minute after the last load of the sample, UTC: the clock of the run."""
    import duckdb

    return duckdb.execute(
        f"select cast(date_trunc('minute', max(loaded_at)) + interval 1 minute as varchar) from read_csv('{SAMPLE}')"
    ).fetchone()[0]


def refuse_other_events(database: Path) -> None:
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        return
    with connect(database) as warehouse:
        tables = "select count(*) from duckdb_tables() where schema_name = 'raw' and table_name = 'call_events'"
        if not warehouse.execute(tables).fetchone()[0]:
            return
        others = warehouse.execute(
            f"select count(*) from raw.call_events where event_id not in "
            f"(select event_id from read_csv('{SAMPLE}', all_varchar = true) where event_id is not null)"
        ).fetchone()[0]
    if others:
        raise Problem(
            f"{database} holds {others:,} raw events that are not the sample's. `dbt build` builds them; "
            "to see the sample, unset CALL_STATUS_DB or point it at another file."
        )


def build(database: Path, as_of: str) -> list:
    """Seeds the sample as raw tables, then builds and tests everything. Returns dbt's results."""
    os.chdir(ROOT)
    os.environ["CALL_STATUS_DB"] = str(database)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    # A target folder of its own each, so that neither run makes the other parse the project anew.
    clock = f"{{call_status_as_of: '{as_of}'}}"
    steps = [
        ("Seeding the sample", ["seed", "--target", "sample_raw", "--target-path", "target/sample_raw"]),
        ("Building and testing", ["build", "--target-path", "target/sample", "--vars", clock]),
    ]
    for title, arguments in steps:
        print(f"{title} ...", file=sys.stderr)
        result = dbtRunner().invoke(["--quiet", *arguments])
        if not result.success:
            raise Problem(f"`dbt {' '.join(arguments)}` failed; see above, and logs/dbt.log for all of it.")
    DuckDBConnectionManager.close_all_connections()
    return result.result.results


def print_summary(database: Path, nodes: list, seconds: float) -> None:
    kinds = [node.node.resource_type.value for node in nodes]
    with connect(database) as warehouse:
        rows = warehouse.execute(SUMMARY).fetchall()
        open_calls = warehouse.execute("select count(*) from fct_open_calls").fetchone()[0]
        refused = warehouse.execute("select count(*) from quarantined_call_events").fetchone()[0]
    duration = lambda value: "-" if value is None else f"{value:.0f} s"  # noqa: E731

    print(f"\n{'direction':<10}{'status':<17}{'calls':>6}{'share':>8}{'median wait':>13}{'median talk':>13}")
    for direction, status, calls, share, wait, talk in rows:
        print(f"{direction:<10}{status:<17}{calls:>6}{share:>7.1f}%{duration(wait):>13}{duration(talk):>13}")
    print(
        f"\n{open_calls} calls still open, {refused} events refused with a reason; "
        f"{kinds.count('model')} models built, {kinds.count('test') + kinds.count('unit_test')} tests passed in {seconds:.0f} s."
    )

    shown = database.relative_to(ROOT) if database.is_relative_to(ROOT) else database
    print(f"""
The database: {shown}

Try next
  a question      .venv/bin/python -c "import duckdb; print(duckdb.connect('{shown}').sql('select status_rule, count(*) from fct_calls group by 1'))"
  why a call is   select status, status_message, status_rule from fct_calls where call_id = '...'
  your own calls  scripts/load your_events.csv && .venv/bin/dbt build
  all tables      README.md, or .venv/bin/dbt docs generate --static""")


if __name__ == "__main__":
    sys.exit(main())
