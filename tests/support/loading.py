"""What tests of scripts/load share: files, and questions to the database of the test's folder."""

from typing import NamedTuple

import duckdb

HEAD = "event_id,call_id,event_type,occurred_at,customer_number,seconds,attributes\n"
ROW = "e1,c1,call_started,2026-01-01T10:00:00Z,+4915123456789,1.5,\n"
SECRET = "+4915123456789"


class Result(NamedTuple):
    status: int
    out: str
    err: str


def query(sql):
    """Rows of the test's database."""
    with duckdb.connect("db.duckdb", read_only=True) as con:
        return con.execute(sql).fetchall()


def raw_tables():
    """The raw tables there are."""
    return [name for (name,) in query("select table_name from duckdb_tables() where schema_name = 'raw' order by 1")]


def unreadable():
    """(line, reason) of the refused rows."""
    return query("select line, reason from raw.call_events_unreadable order by 1")
