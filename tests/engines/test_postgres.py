"""On PostgreSQL: what readers get, by docs/scheduling.md, and a full refresh behind the horizon of drop_raw_before."""

import contextlib

import psycopg2
import pytest
from call_status_tools import ROOT
from runs.test_backfill import ANSWER, AS_OF, END, RING, call
from support.harness import valid_event

from engines.warehouses import raw_tables


def test_readers(new_engine, tmp_path):
    warehouse = new_engine()
    (statements,) = (
        block.partition("```")[0]
        for block in (ROOT / "docs/scheduling.md").read_text("utf-8").split("```sql\n")[1:]
        if "create role" in block
    )
    warehouse.server.execute(statements, warehouse.database)
    events = [valid_event("1", "1 start"), valid_event("1", "1 end", event_type="call_ended")]
    warehouse.append_from(raw_tables(events, tmp_path / "raw"), "raw.call_events")
    for options in [], ["--full-refresh", "--threads", "1"]:
        warehouse.dbt("run", *options, vars={"call_status_as_of": "2026-03-09 00:00:00"})
        with contextlib.closing(warehouse.connect()) as connection:
            connection.autocommit = True
            reader = connection.cursor()
            reader.execute("set role readers")
            reader.execute(
                "select (select count(*) from main.fct_calls), (select count(*) from main.fct_incoming_calls)"
            )
            assert reader.fetchall() == [(1, 1)]
            for table in ("raw.call_events", "main_internal.int_call_evidence"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    reader.execute(f"select 1 from {table}")


def test_an_update_of_the_evidence_keeps_facts(new_engine, tmp_path):
    warehouse = new_engine()
    joined = ("queue_joined", {"queue": "sales"})
    events = [*call("old", 0, joined, RING, ANSWER, END), *call("new", 2, joined, RING, END)]
    warehouse.append_from(raw_tables(events, tmp_path / "raw"), "raw.call_events")
    warehouse.dbt("run", vars=AS_OF)
    warehouse.dbt("run-operation", "call_status.drop_raw_before", "--args", "{day: 2026-03-04}", vars=AS_OF)
    for table in ("call", "leg", "queue"):
        warehouse.server.execute(
            f"update main_internal.int_{table}_evidence_packed set evidence_version = '5, pii keep'", warehouse.database
        )
    for options in ["--full-refresh", "--threads", "1"], []:
        warehouse.dbt("run", *options, vars=AS_OF)
        calls = warehouse.query("select call_id, status, write_number = 0 as is_kept from fct_calls order by 1")
        assert [tuple(row.values()) for row in calls] == [("new", "Missed", False), ("old", "Completed", True)]
        for table in ("fct_call_legs", "fct_queue_visits", "event_accounting"):
            assert warehouse.query(f"select count(*) as rows_there from {table}") == [{"rows_there": 2}]
