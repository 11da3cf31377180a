"""Raw rows are dropped and a number is erased on the engine under test. On DuckDB tests/operations does it with all that lies around."""

import pytest
from runs.test_backfill import AS_OF, END, RING, call
from support.harness import Warehouse

from engines import warehouses

NUMBER = "+493073510642"
SPELLINGS = [NUMBER, "(030) 7351-0642", "0049 30 73510642"]
ROWS = [
    *(
        row
        for place, number in enumerate([*SPELLINGS, "+493073510643"])
        for row in call(f"call {place}", place, ("call_started", {"customer_number": number, "attributes": f'{{"from": "{number}"}}'}), RING, END)
    ),
    *call(f"{NUMBER} at ten", 1, ("call_started", {"customer_number": NUMBER}), END),
]  # fmt: skip


@pytest.mark.skipif(not warehouses.erases_customers(), reason="erase_customer does not run on this engine")
def test_dropped_and_erased(new_engine, tmp_path, monkeypatch):
    warehouse, files = new_engine(), Warehouse(tmp_path)
    files.write_events(ROWS)
    warehouse.append_from(files.path, "raw.call_events")
    warehouse.dbt("run", vars=AS_OF)
    warehouse.dbt("run-operation", "call_status.drop_raw_before", "--args", "{day: 2026-03-03}", vars=AS_OF)
    monkeypatch.setenv("CALL_STATUS_ERASE_NUMBER", NUMBER)
    warehouse.dbt("run-operation", "call_status.erase_customer", vars=AS_OF)
    warehouse.dbt("run", vars=AS_OF)

    calls = {
        row["call_id"]: row["customer_number"]
        for row in warehouse.query("select call_id, customer_number from fct_calls")
    }
    (renamed,) = [call_id for call_id in calls if call_id.endswith(" at ten")]
    assert renamed.startswith("erased-")
    assert calls == {"call 0": None, "call 1": None, "call 2": None, renamed: None, "call 3": "+493073510643"}
    raw = warehouse.query(
        "select call_id, customer_number, cast(attributes as varchar) as attributes from raw.call_events where customer_number is not null order by 1"
    )
    assert [tuple(row.values()) for row in raw] == [
        ("call 1", "anonymous", '{"from": "anonymous"}'),
        ("call 2", "anonymous", '{"from": "anonymous"}'),
        ("call 3", "+493073510643", '{"from": "+493073510643"}'),
        (renamed, "anonymous", None),
    ]
