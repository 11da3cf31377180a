"""A record that carries a status and a reason of ours comes back with both, whatever it is."""

import json

import pytest
from call_status_tools.dbt import inline

from sources import records


@pytest.fixture(scope="module")
def proofs():
    return inline("{{ tojson(call_status.status_proofs()) }}")


@pytest.fixture(scope="module")
def rules():
    return inline("{{ tojson(call_status.status_rules()) }}")


@pytest.fixture(scope="module")
def built(new_warehouse, proofs):
    """A call for each proof, with and without its reason, ended by whoever it was."""
    warehouse, rows = new_warehouse(), []
    for proof in proofs:
        for ended_by in (None, "agent", "customer", "system"):
            for reason in (f"/{proof['status_reason']}", ""):
                row = {
                    "call_id": f"{proof['direction']} {proof['status']}{reason} {ended_by}",
                    "direction": proof["direction"],
                    "reported_status": proof["status"],
                    "reason": reason.removeprefix("/") or None,
                    "started_at": "2026-03-02 10:00:00",
                    "ended_at": "2026-03-02 10:01:00",
                    "ended_by": ended_by,
                    "queue": "sales",
                }
                rows.append(row)
    file = warehouse.directory / "calls.ndjson"
    file.write_text("\n".join(map(json.dumps, {row["call_id"]: row for row in rows}.values())))
    records.load_file(warehouse, file, "call_log")
    records.build(warehouse, "call_log")
    return {row["call_id"]: row for row in warehouse.query("select * from fct_calls")}


def test_every_reason_comes_back(built, proofs):
    wrong = {}
    for proof in proofs:
        for ended_by in (None, "agent", "customer", "system"):
            row = built[f"{proof['direction']} {proof['status']}/{proof['status_reason']} {ended_by}"]
            if (row["status"], row["status_reason"]) != (proof["status"], proof["status_reason"]):
                wrong[row["call_id"]] = (row["status"], row["status_reason"])
    assert wrong == {}


def test_a_status_alone_comes_back(built, proofs):
    wrong = {
        call: row["status"]
        for call, row in built.items()
        if "/" not in call and not call.startswith(f"{row['direction']} {row['status']} ")
    }
    assert wrong == {} and len(built) > len(proofs)


def test_every_reason_of_the_rules_has_a_proof(proofs, rules):
    """But for those that depend on a setting or on the firm's hours, and not on a record."""
    known = {(proof["direction"], proof["status"], proof["status_reason"]) for proof in proofs}
    all_reasons = {
        (rule["direction"], rule["status"], reason["reason"]) for rule in rules for reason in rule["reasons"]
    }
    assert {reason for _, _, reason in all_reasons - known} == {"agent_rejected", "outside_business_hours"}
    assert known <= all_reasons
