"""The same raw events give the same public relations on this engine as on DuckDB, value by value, run after run."""

import random
import re
from collections import Counter
from datetime import datetime, timedelta

import duckdb
import pytest
from package.contract import KEYS, RELATIONS, TYPE_OF
from rules.many_calls import LOOKED_FOR, in_how_many_calls, many_events
from sources import records
from support.harness import fail_on, valid_event
from support.random_calls import AS_OF, load_into
from support.scenario_files import AS_OF as SCENARIOS_AS_OF
from support.scenario_files import LOADED_AT as SCENARIO_LOADS
from support.scenario_files import read_scenarios

from engines import warehouses
from engines.warehouses import raw_tables

# The one thing that differs between two runs of the same engine.
NOT_COMPARED = {"derived_at", "write_number"}


@pytest.fixture
def both(new_duckdb, new_engine):
    return Both(new_duckdb(), new_engine())


class Both:
    """The same warehouse on DuckDB and on the engine under test."""

    def __init__(self, duckdb, engine):
        self.duckdb, self.engine = duckdb, engine

    def load(self, rows, directory):
        self.duckdb.write_events(rows)
        self.engine.append_from(raw_tables(rows, directory), "raw.call_events")

    def dbt(self, *command, vars):
        self.duckdb.dbt(*command, vars=vars)
        self.engine.dbt(*command, vars=vars)

    def compare(self, where):
        problems, compared = [], Counter()
        for relation in RELATIONS:
            expected, actual = rows_of(self.duckdb, relation), rows_of(self.engine, relation)
            problems += differing_rows(relation, expected, actual)
            compared[relation] = len(expected)
        values = sum(count * len(compared_columns(relation)) for relation, count in compared.items())
        print(f"{where}: {values:,} values of {dict(compared)}")
        fail_on(problems, where, limit=12)


def compared_columns(relation):
    return [name for name in RELATIONS[relation] if name not in NOT_COMPARED]


def rows_of(warehouse, relation):
    """Rows as tuples of values that do not depend on the engine's client: times as microseconds since 1970."""
    columns = [
        f"{warehouse.moment(name)} as {name}" if TYPE_OF.get(name) == "timestamp" else name
        for name in compared_columns(relation)
    ]
    return [tuple(row.values()) for row in warehouse.query(f"select {', '.join(columns)} from {relation}")]


def differing_rows(relation, expected, actual):
    columns = compared_columns(relation)
    wanted, got = Counter(expected), Counter(actual)
    missing, unexpected = list((wanted - got).elements()), list((got - wanted).elements())
    if relation not in KEYS:
        return [f"{relation}: only on DuckDB: {shown_row(columns, row)}" for row in missing] + [
            f"{relation}: only on the engine: {shown_row(columns, row)}" for row in unexpected
        ]
    places = [columns.index(name) for name in KEYS[relation]]
    by_key = {}
    for row in missing:
        by_key.setdefault(tuple(row[place] for place in places), ([], []))[0].append(row)
    for row in unexpected:
        by_key.setdefault(tuple(row[place] for place in places), ([], []))[1].append(row)
    found = []
    for key, (ours, theirs) in sorted(by_key.items(), key=str):
        if len(ours) == len(theirs) == 1:
            values = [
                f"{name}: DuckDB {shown_value(name, a)}, the engine {shown_value(name, b)}"
                for name, a, b in zip(columns, ours[0], theirs[0])
                if a != b
            ]
            found.append(f"{relation} {key}: " + "; ".join(values))
        else:
            found.append(f"{relation} {key}: {len(ours)} differing row(s) on DuckDB, {len(theirs)} on the engine")
    return found


def shown_row(columns, row):
    return {name: shown_value(name, value) for name, value in zip(columns, row) if value is not None}


def shown_value(name, value):
    if TYPE_OF.get(name) == "timestamp" and value is not None and value.lstrip("-").isdigit():
        try:
            return str(datetime(1970, 1, 1) + timedelta(microseconds=int(value)))
        except OverflowError:
            return f"{value} µs"
    return repr(value)


# ---- what is built --------------------------------------------------------------------------------------------------


def test_sample(both):
    """With dbt's own data tests and unit tests; the second build finds nothing new and changes nothing."""
    from call_status_tools.sample import run

    variables = run.variables_of_sample()
    variables["call_status_sources"] = warehouses.sources_of_sample(variables["call_status_sources"])
    both.duckdb.dbt("seed", "--target", "sample_raw")
    for table in ("call_events", "call_events_unreadable", "twilio_calls", "phone_numbers", "agents", "business_hours"):
        both.engine.append_from(both.duckdb.path, f"raw.{table}")
    both.dbt("build", vars=variables)
    both.compare("first build")
    before = both.engine.query("select call_key, derived_at from fct_calls")
    both.engine.dbt("run", vars=variables)
    both.compare("second build")
    after = both.engine.query("select call_key, derived_at from fct_calls")
    assert Counter(map(str, before)) == Counter(map(str, after))


def test_scenarios(both, tmp_path):
    scenarios = read_scenarios()
    for load in SCENARIO_LOADS:
        both.load([row for scenario in scenarios for row in scenario.rows_of_load(load)], tmp_path / "raw")
        both.dbt("run", vars={"call_status_as_of": str(SCENARIOS_AS_OF)})
        both.compare(f"load {load}")


@pytest.mark.parametrize("sources", warehouses.sources_of_a_run(), ids=" ".join)
def test_sources(both, sources):
    """The records of every phone system that is read on this engine, as many in one run as it has memory for."""
    tables = [table for source in sources for table in records.raw_tables_of(source)]
    for source in sources:
        records.load_scenarios(both.duckdb, records.read_scenarios(source))
    loaded = both.duckdb.query("select table_name from information_schema.tables where table_schema = 'raw'")
    for table in {row["table_name"] for row in loaded} & {*tables, "call_log_statuses", "call_status_mappings"}:
        both.engine.append_from(both.duckdb.path, f"raw.{table}")
    both.dbt("run", vars={"call_status_as_of": records.AS_OF, "call_status_sources": sources})
    both.compare(f"{len(sources)} sources")


def test_hashed_numbers(both, tmp_path):
    """With a key that the engine made."""
    hashing = {"call_status_as_of": str(SCENARIOS_AS_OF), "call_status_pii": "hash"}
    both.load([row for scenario in read_scenarios() for row in scenario.rows_of_load(1)], tmp_path / "raw")
    both.engine.dbt("run-operation", "call_status.create_pii_key", vars=hashing)
    key = both.engine.query("select pii_key from raw.call_status_pii_key")[0]["pii_key"]
    with duckdb.connect(both.duckdb.path) as connection:
        connection.execute("create table raw.call_status_pii_key as select $1 as pii_key", [key])
    both.dbt("run", vars=hashing)
    both.compare("hashed numbers")
    hashes = {
        row["customer_number"]
        for row in both.engine.query("select customer_number from fct_calls where customer_number is not null")
    }
    assert hashes and all(len(number) == 64 for number in hashes)


def test_refused_events_leave_with_their_load(both, tmp_path):
    """Another raw table takes the place of the one that had them; nothing else is refused."""
    clock = {"call_status_as_of": str(SCENARIOS_AS_OF)}
    both.load([valid_event("one", "1", direction="sideways")], tmp_path / "raw")
    both.dbt("run", vars=clock)
    both.compare("a refused event")
    with duckdb.connect(both.duckdb.path) as connection:
        connection.execute(
            "create table raw.other_events as select * replace ('incoming' as direction, loaded_at + interval 1 hour as loaded_at)"
            " from raw.call_events"
        )
    both.engine.append_from(both.duckdb.path, "raw.other_events")
    both.dbt("run", vars={**clock, "call_status_canonical_identifier": "other_events"})
    both.compare("another raw table")
    assert both.engine.query("select * from quarantined_call_events") == []


# What people write, in texts and in types of their own; and what cannot be read.
FIRM = {
    "phone_numbers": {
        "number, name, team, country, time_zone, has_after_hours_message, loaded_at": [
            "('+44 20', 'old', null, 'gb', 'Europe/London', 'Yes', timestamp '2026-03-01')",
            "('0044 20', 'new', ' a\u00a0b ', 'GB', 'America/Argentina/Ushuaia', 'no', timestamp '2026-03-02')",
            "('1', 'tie', null, 'UK', 'europe/london', 'maybe', null)",
            "('1', 'Tie', null, '', 'UTC', '1.0', null)",
            "('', 'none', null, null, null, null, null)",
        ],
        "number, has_after_hours_message": ["(442079460001, true)", "(1, null)"],
    },
    "agents": {
        "agent_id, name, is_active": ["('anna', 'Anna', 'FALSE')", "('Anna', 'Other', null)", "(null, 'none', 'x')"],
        "agent_id, is_active": ["(7, false)", "(8, true)"],
    },
    "business_hours": {
        "business_number, weekday, date, opens_at, closes_at": [
            "(null, '1', null, '9:00', '17:30:29.5')",
            "('', '7.0', '', '00:00', '24:00:00')",
            "('+1', null, '2026-12-24', '23:59:59', '1:00')",
            "(null, null, '2026-12-25', '', null)",
            "(null, null, '2026-02-30', null, null)",
            "(null, null, '2026-12-24 00:00:00', null, null)",
            "(null, 'Monday', null, null, null)",
            "(null, '0', null, null, null)",
            "(null, '2', null, '9', '10:00')",
            "(null, '3', null, '24:00', '10:00')",
            "(null, '4', null, '09:00', '9:60')",
            "(null, '5', null, '09:00', null)",
            "(null, '6', '2026-12-24', null, null)",
            "(null, null, null, '09:00', '10:00')",
        ],
        "business_number, weekday, date, opens_at, closes_at, loaded_at": [
            "(1, 2, date '2026-12-25', '09:00', '10:00', timestamp '2026-03-01')",
            "(1, 3, null, '09:00', '10:00', timestamp '2026-03-01')",
            "(2, 3, null, '09:00', '10:00', timestamp '2026-03-02')",
            "(2, 4, null, '09:00', '10:00', null)",
            "(null, null, date '2026-12-25', null, null, null)",
        ],
    },
}


@pytest.fixture(scope="module")
def both_with_firm(new_duckdb, new_engine):
    """Both with all tables of FIRM: the first of each is called `<table>_0`, the second `<table>_1`."""
    both = Both(new_duckdb(), new_engine())
    names = {f"{table}_{n}": parts for table, ways in FIRM.items() for n, parts in enumerate(ways.items())}
    with duckdb.connect(both.duckdb.path) as connection:
        connection.execute("create schema raw")
        for name, (columns, rows) in names.items():
            connection.execute(f"create table raw.{name} as from (values {', '.join(rows)}) as t({columns})")
    for name in names:
        both.engine.append_from(both.duckdb.path, f"raw.{name}")
    return both


@pytest.mark.parametrize("number", [0, 1])
def test_tables_of_the_firm(both_with_firm, number):
    """What staging reads of them, and what a run says of the rest."""
    named = {"call_status_raw_identifiers": {table: f"{table}_{number}" for table in FIRM}}
    found = []
    for warehouse in (both_with_firm.duckdb, both_with_firm.engine):
        rows = {table: staged_rows(warehouse, table, named) for table in FIRM}
        warehouse.dbt("run", "--select", "source_capabilities", vars=named)
        log = (warehouse.directory / "logs" / "dbt.log").read_text("utf-8")
        found.append((rows, [line for line in re.findall("Not everything in .*", log) if f"_{number} " in line]))
    assert found[0] == found[1]
    assert all(found[0][0].values())


def staged_rows(warehouse, table, vars):
    shown = warehouse.dbt("show", "--select", f"stg_firm__{table}", "--limit", "100", vars=vars).results[0]
    return sorted(tuple("" if value is None else str(value) for value in row) for row in shown.agate_table.rows)


LOADED_AT = [datetime(2026, 3, 20, 0, 5), datetime(2026, 3, 19, 22, 30), datetime(2026, 3, 20, 11, 30)]


def test_random_calls(both, tmp_path):
    """20,000 calls in three loads; then a run that finds no new event, but a later clock, other rules and a backfill."""
    rows = many_events()
    found = in_how_many_calls(rows)
    print("in how many calls:", ", ".join(f"{what} {found[what]:,}" for what in LOOKED_FOR))
    clock = {"call_status_as_of": str(AS_OF - timedelta(hours=9))}
    for number, load in enumerate(load_into(random.Random(21), rows, LOADED_AT), start=1):
        both.load(load, tmp_path / "raw")
        both.dbt("run", vars=clock)
        both.compare(f"load {number}")
    changed = {
        "call_status_as_of": str(AS_OF),
        "call_status_reject_rule": "any",
        "call_status_min_voicemail_seconds": 5,
        "call_status_backfill_days": ["2026-03-19", "2026-03-19"],
        "call_status_backfill_calls": ["call 7", "it's; 8"],
    }
    both.dbt("run", vars=changed)
    both.compare("later clock, other rules, a backfill")
