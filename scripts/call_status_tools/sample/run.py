"""Builds the warehouse from the bundled sample, runs its data tests and prints calls by direction and status.

The database is CALL_STATUS_DB, else warehouse/sample.duckdb. A database that holds raw events other than the sample is
refused: sample and real calls never mix. The clock is fixed to the end of the sample, so that some calls are open.
"""

import contextlib
import fcntl
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from call_status_tools import ROOT
from call_status_tools.dbt import DbtFailed, run_dbt
from call_status_tools.errors import UserError

SAMPLE_DATABASE = ROOT / "warehouse" / "sample.duckdb"
SAMPLE = ROOT / "seeds" / "sample" / "sample_call_events.csv"
# Raw table → its seed, and the column that tells a row of the sample from others. Two phone systems: one that writes events of
# ours, and one whose own records are read; and what the firm says of itself.
PARTS = {
    "call_events": (SAMPLE, "event_id"),
    "twilio_calls": (SAMPLE.with_name("sample_twilio_calls.csv"), "sid"),
    "phone_numbers": (SAMPLE.with_name("sample_phone_numbers.csv"), "number"),
    "agents": (SAMPLE.with_name("sample_agents.csv"), "agent_id"),
}
SOURCES = ["canonical", "twilio"]

SUMMARY = """
select
    calls.direction,
    calls.status,
    count(*) as calls,
    count(*) filter (calls.source = 'twilio') as of_twilio,
    100.0 * count(*) / sum(count(*)) over (partition by calls.direction) as share,
    median(calls.wait_seconds) as wait,
    median(calls.talk_seconds) as talk
from fct_calls as calls
inner join dim_call_status as statuses
    on calls.direction = statuses.direction and calls.status = statuses.status
group by calls.direction, calls.status, statuses.display_order
order by statuses.display_order
"""

# Calls of which the phone system itself says something else.
A_DIFFERENCE = """
select source, reported_status, status, calls, why
from call_status_differences
where reported_meaning is not null
order by calls desc, source, direction, reported_status, status_rule
limit 1
"""

WRITABLE = "Copy the project to a folder of your own, or let CALL_STATUS_DB name a file in one."

# An incoming call whose status takes a look at its agents.
A_CALL = """
select call_id, status
from fct_calls
where direction = 'incoming' and not is_answered
order by agents_rung desc, agents_rejected desc, started_at, call_key
limit 1
"""


def main() -> int:
    database, started = database_of_sample(), time.monotonic()
    try:
        nodes = build_sample(database)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print_summary(database, nodes, time.monotonic() - started)
    print_next_steps(database)
    return 0


def database_of_sample() -> Path:
    """CALL_STATUS_DB, else warehouse/sample.duckdb."""
    return Path(os.environ.get("CALL_STATUS_DB") or SAMPLE_DATABASE).absolute()


def build_sample(database: Path) -> list:
    """Builds and tests the sample in a database that holds it already, or nothing. Returns dbt's results, one per node."""
    make_folders(database)
    with no_other_run():
        refuse_other_events(database)
        return build(database)


def make_folders(database: Path) -> None:
    """The folders that a run writes into. Raises UserError for one that cannot be written to."""
    for folder in (database.parent, ROOT / "target", ROOT / "logs"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"Cannot make {folder}: {error.strerror}. {WRITABLE}") from None
        if not os.access(folder, os.W_OK):
            raise UserError(f"Cannot write into {folder}. {WRITABLE}")


@contextlib.contextmanager
def no_other_run() -> Iterator[None]:
    """Raises UserError while another scripts/run works in this folder. A run that was killed leaves nothing behind."""
    with (ROOT / "target" / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another scripts/run is under way in {ROOT}; wait until it is done.") from None
        yield


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection that only reads. Raises UserError where the file cannot be opened."""
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise UserError(
            f"Cannot open {database}: {str(error).splitlines()[0]} Close the program that holds it, or set CALL_STATUS_DB to another path."
        ) from None


def end_of_sample() -> str:
    """The minute after the last load of the sample, UTC, as text: the clock of the run."""
    return duckdb.execute(
        f"select cast(date_trunc('minute', max(loaded_at)) + interval 1 minute as varchar) from read_csv('{SAMPLE}')"
    ).fetchone()[0]


def refuse_other_events(database: Path) -> None:
    """Raises UserError where the database holds raw rows that are not the sample's."""
    if not database.exists():
        return
    others = 0
    with connect(database) as warehouse:
        tables = warehouse.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
        for (table,) in tables:
            if table in PARTS:
                file, column = PARTS[table]
                others += warehouse.execute(
                    f"select count(*) from raw.{table} where {column} not in "
                    f"(select {column} from read_csv('{file}', all_varchar = true) where {column} is not null)"
                ).fetchone()[0]
    if others:
        raise UserError(
            f"{database} holds {others:,} raw rows that are not the sample's. `dbt build` builds them; "
            "to see the sample, unset CALL_STATUS_DB or point it at another file."
        )


def variables_of_sample() -> dict:
    """The variables of a run on the sample: its clock, and its two phone systems."""
    return {"call_status_as_of": end_of_sample(), "call_status_sources": SOURCES}


def build(database: Path) -> list:
    """Seeds the sample as raw tables, then builds and tests everything. Returns dbt's results, one per node.

    Raises UserError where dbt fails; dbt has printed why.
    """
    # Each step has a target folder of its own, so that neither makes the other parse the project anew.
    steps = [
        ("Seeding the sample", ["seed"], {"target": "sample_raw", "target_path": ROOT / "target" / "sample_raw"}),
        (
            "Building and testing",
            ["build"],
            {"vars": variables_of_sample(), "target_path": ROOT / "target" / "sample"},
        ),
    ]
    for title, command, options in steps:
        print(f"{title} ...", file=sys.stderr)
        try:
            result = run_dbt(command, database=database, log_path=ROOT / "logs", **options)
        except DbtFailed:
            raise UserError(f"`dbt {command[0]}` failed; see above, and logs/dbt.log for all of it.") from None
    return result.results


def print_summary(database: Path, nodes: list, seconds: float) -> None:
    """Prints calls by direction and status, and what dbt did: `nodes` are its results, `seconds` how long it took."""
    kinds = [node.node.resource_type.value for node in nodes]
    with connect(database) as warehouse:
        rows = warehouse.execute(SUMMARY).fetchall()
        open_calls = warehouse.execute("select count(*) from fct_open_calls").fetchone()[0]
        refused = warehouse.execute("select count(*) from quarantined_call_events").fetchone()[0]
        source, word, other_status, number, why = warehouse.execute(A_DIFFERENCE).fetchone()
    duration = lambda value: "-" if value is None else f"{value:.0f} s"  # noqa: E731

    print(
        f"\n{'direction':<10}{'status':<17}{'calls':>6}{'of Twilio':>11}{'share':>8}{'median wait':>13}{'median talk':>13}"
    )
    for direction, status, calls, of_twilio, share, wait, talk in rows:
        print(
            f"{direction:<10}{status:<17}{calls:>6}{of_twilio or '-':>11}{share:>7.1f}%{duration(wait):>13}{duration(talk):>13}"
        )
    print(
        f"\n{source.capitalize()} says `{word}` of {number} calls that are {other_status}: {why[0].lower()}{why[1:]} "
        "call_status_differences lists such calls."
    )
    print(
        f"{open_calls} calls still open, {refused} events refused with a reason; "
        f"{kinds.count('model')} models built, {kinds.count('test') + kinds.count('unit_test')} tests passed in {seconds:.0f} s."
    )


def print_next_steps(database: Path) -> None:
    """Prints commands to go on with. Each line that starts with four spaces can be pasted into a shell in the project."""
    path = str(database.relative_to(ROOT) if database.is_relative_to(ROOT) else database)
    with connect(database) as warehouse:
        call_id, status = warehouse.execute(A_CALL).fetchone()
    with_dbt = f"CALL_STATUS_DB={shlex.quote(path)} .venv/bin/dbt"
    # Your own calls go to the default database, never to the sample's.
    own = "env -u CALL_STATUS_DB " if os.environ.get("CALL_STATUS_DB") else ""
    print(f"""
The database: {path}

Try next, in {ROOT}

  How did calls end, and why?
    {asked(path, "select direction, status, status_reason, count(*) as calls from fct_calls group by all order by all")}

  Why is call {call_id} {status}?
    CALL_STATUS_DB={shlex.quote(path)} scripts/explain {call_id}

  The same through dbt: what is going on right now?
    {with_dbt} show --quiet --limit 20 --inline "select stage, count(*) as calls from fct_open_calls group by stage"

  Every table and column, as one page: target/static_index.html
    {with_dbt} docs generate --static

  Your own calls, in a database of their own (which columns: README.md)
    {own}scripts/load your_events.csv && {own}.venv/bin/dbt build""")


def asked(path: str, sql: str) -> str:
    """A shell command that prints the answer to a query. Has no single quotes inside, so that it stays readable."""
    database = json.dumps(path, ensure_ascii=False)
    code = f'import duckdb; duckdb.connect({database}, read_only=True).sql("{sql}").show()'
    return f".venv/bin/python -c {shlex.quote(code)}"


if __name__ == "__main__":
    sys.exit(main())
