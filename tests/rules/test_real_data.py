"""Real calls, where they lie beside the checkout: they may be used but not copied into the project."""

import csv

import pytest
from call_status_tools.loading import load
from support.harness import PROJECT

FOLDER = PROJECT.parent / "shared" / "data" / "bank_1999"


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the real day of a bank's call centre is not at {FOLDER}")
def test_a_day_of_a_banks_call_centre(new_warehouse, monkeypatch, capsys):
    """Every status agrees with the outcome that the bank's own system recorded, on all calls where it decides."""
    warehouse = new_warehouse()
    monkeypatch.setenv("CALL_STATUS_DB", str(warehouse.path))
    assert load.main([str(FOLDER / "call_events_1999-08-01.csv")]) == 0
    warehouse.dbt("build")

    statuses = {row["call_id"]: row["status"] for row in warehouse.query("select call_id, status from fct_calls")}
    with (FOLDER / "expected_1999-08-01.csv").open() as file:
        expected = {row["call_id"]: row["expected_status"] for row in csv.DictReader(file)}
    wrong = {call: (status, statuses.get(call)) for call, status in expected.items() if statuses.get(call) != status}
    assert len(expected) > 2_000
    assert wrong == {}
    refused = warehouse.query("select count(*) as n from quarantined_call_events")[0]["n"]
    assert refused == 0
