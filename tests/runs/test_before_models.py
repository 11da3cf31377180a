"""What stops a run before any model: raw tables that are gone, a sample that would replace own events."""

import re
from datetime import datetime

import duckdb
import pytest
from support.harness import DbtFailed

NOON = datetime(2026, 3, 20, 12)
AS_OF = {"call_status_as_of": "2026-03-21 12:00:00"}
EVENT = {
    "event_id": "1",
    "source_system": "pbx",
    "call_id": "one",
    "direction": "incoming",
    "event_type": "call_ended",
    "occurred_at": NOON,
    "loaded_at": NOON,
}
ELSEWHERE = [
    {"call_status_raw_schema": "rew"},
    {"call_status_canonical_identifier": "call_event"},
    {"call_status_raw_identifiers": {"call_events": "call_event"}},
]


@pytest.fixture(scope="module")
def built(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events([EVENT])
    warehouse.dbt("run", vars=AS_OF)
    return warehouse


def execute(warehouse, sql):
    with duckdb.connect(warehouse.path) as connection:
        return connection.execute(sql).fetchall()


def problem(warehouse, *command, vars=AS_OF):
    with pytest.raises(DbtFailed) as failed:
        warehouse.dbt(*command, vars=vars)
    (message,) = failed.value.problems
    return re.sub(r"\s+", " ", message)


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=str)
@pytest.mark.parametrize(
    "command", [("run",), ("build", "--full-refresh"), ("build", "--empty", "--full-refresh")], ids=" ".join
)
def test_facts_without_their_raw_table_stop_a_run(built, command, elsewhere):
    before = built.path.read_bytes()
    message = problem(built, *command, vars={**AS_OF, **elsewhere})
    assert "cannot be found, and there are facts" in message and "call_status_raw_schema" in message
    assert built.path.read_bytes() == before


def test_before_the_first_load_a_run_says_which_table_it_looked_for(new_warehouse):
    warehouse = new_warehouse()
    for command in (("run",), ("run", "--empty"), ("run", "--full-refresh")):
        warehouse.dbt(*command, vars=AS_OF)
    said = (warehouse.directory / "logs" / "dbt.log").read_text()
    assert said.count("There is no raw table call_status.raw.call_events yet") == 3
    assert warehouse.query("select * from fct_calls") == []


@pytest.mark.long
def test_raw_tables_have_a_database_and_names(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events([EVENT])
    execute(warehouse, 'alter table raw.call_events rename to "Event Log"')
    named = {"call_status_raw_database": "call_status", "call_status_raw_identifiers": {"call_events": "Event Log"}}
    warehouse.dbt("run", vars={**AS_OF, **named})
    assert [row["call_id"] for row in warehouse.query("select call_id from fct_calls")] == ["one"]
    message = problem(warehouse, "run", vars={**AS_OF, **named, "call_status_canonical_identifier": "other"})
    assert "call_status.raw.other cannot be found" in message, "the variable of the one table comes first"


def test_a_name_with_a_quote_never_reaches_sql(built):
    """Also where no hook runs."""
    for command in (
        ("run",),
        ("compile", "--select", "int_raw_loads"),
        ("run-operation", "call_status.create_pii_key"),
    ):
        with pytest.raises(DbtFailed) as failed:
            built.dbt(*command, vars={"call_status_raw_schema": 'ra"w'})
        assert "Parser Error" not in str(failed.value)
    assert execute(built, "select count(*) from duckdb_schemas() where schema_name like '%\"%'") == [(0,)]


@pytest.mark.parametrize("command", ["seed", "build"])
def test_the_sample_never_replaces_own_events(built, command):
    message = problem(built, command, "--target", "sample_raw", vars=None)
    assert "raw events of your own" in message
    assert execute(built, "select call_id from raw.call_events") == [("one",)]


@pytest.mark.parametrize(
    "what", ["files", "an event", "a later load", "a table of other columns", "an agent", "hours without a load"]
)
def test_a_sample_with_anything_besides_is_no_sample(new_warehouse, what):
    warehouse = new_warehouse()
    warehouse.dbt("seed", "--target", "sample_raw")
    warehouse.dbt("seed", "--target", "sample_raw")
    sql = {
        "files": "create table raw.loaded_files as select 'a.csv' as file",
        "an event": "insert into raw.call_events (event_id, call_id) values ('1', 'one')",
        "a later load": "update raw.call_events set loaded_at = '2026-04-01' where call_id = 'c0000001'",
        "a table of other columns": "alter table raw.call_events drop attributes",
        "an agent": "insert into raw.agents (agent_id) values ('mine')",
        "hours without a load": "alter table raw.business_hours drop loaded_at",
    }
    execute(warehouse, sql[what])
    assert "raw events of your own" in problem(warehouse, "seed", "--target", "sample_raw", vars=None)
