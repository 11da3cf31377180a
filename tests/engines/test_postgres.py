"""What docs/scheduling.md says of readers on PostgreSQL: they get the public relations and nothing else."""

import contextlib

import psycopg2
import pytest
from call_status_tools import ROOT
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
