"""scripts/explain: one call on one screen, and what it says where there is none, or several."""

import re
from pathlib import Path

import duckdb
import pytest
from call_status_tools import explain
from support.harness import PROJECT, pbx_event
from support.scenario_files import AS_OF

CLOCK = {"call_status_as_of": AS_OF.isoformat(" ")}


# One agent of two rejects, so that the rule of rejections is tried and does not hold.
TWO_AGENTS = [
    pbx_event("two agents", "00", "call_started", customer_number="+4930", business_number="+4989", party="customer"),
    pbx_event("two agents", "01", "queue_joined", queue="sales"),
    pbx_event("two agents", "02", "callee_ringing", agent_id="anna"),
    pbx_event("two agents", "02", "agent_ringing", agent_id="ben"),
    pbx_event("two agents", "09", "agent_rejected", agent_id="ben"),
    pbx_event(
        "two agents",
        "20",
        "call_ended",
        party="caller",
        reported_status="abandoned",
        cause_scheme="q850",
        cause_code="16",
    ),
]
CALLS = [
    *TWO_AGENTS,
    pbx_event("outgoing", "00", "callee_answered", direction="outgoing", reason="unproven", customer_number="+4930"),
    pbx_event("still open", "00", "ivr_started", occurred_at=AS_OF.isoformat(" "), loaded_at=AS_OF.isoformat(" ")),
    pbx_event("refused", "00", "call_began"),
    pbx_event("refused", "01", "call_began"),
    pbx_event("partly refused", "00", "call_started"),
    pbx_event("partly refused", "01", "call_began"),
    pbx_event("of two systems", "00", "call_started", source_system="pbx"),
    pbx_event("of two systems", "00", "call_started", source_system="pbx 2"),
    pbx_event("it's \"odd\" %", "00", "call_started", agent_id="a\nb"),
    pbx_event("internal", "00", "call_started", direction="internal"),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(CALLS)
    warehouse.dbt("run", vars=CLOCK)
    return warehouse


@pytest.fixture
def explained(warehouse, monkeypatch, capsys):
    """Call id → (exit status, text, errors)."""
    monkeypatch.setenv("CALL_STATUS_DB", str(warehouse.path))

    def run(call_id, *more):
        status = explain.main([call_id, *more])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


def test_a_call_on_one_screen(explained):
    status, text, _ = explained("two agents")
    assert status == 0
    assert text.splitlines()[:3] == [
        "Call two agents of pbx: incoming, +4930 -> +4989",
        "2026-03-02 10:00:00 to 10:00:20 UTC",
        "Status: Missed - The caller hung up before an agent answered.",
    ]
    assert len(text.splitlines()) <= 40 and max(map(len, text.splitlines())) <= 160
    parts = dict(part.split("\n", 1) for part in text.strip().split("\n\n")[1:])
    assert list(parts) == ["Events", "Rules, in order", "Legs", "How sure"]
    assert [line.split()[1] for line in parts["Events"].splitlines()] == [row["event_type"] for row in sorted(
        TWO_AGENTS, key=lambda row: (row["occurred_at"], row["event_type"]))]  # fmt: skip
    assert re.search(r"10:00:02  callee_ringing +counts as agent_ringing, anna", parts["Events"])
    assert re.search(r"10:00:20  call_ended +by customer, q850 16", parts["Events"])
    tried = parts["Rules, in order"].splitlines()
    assert re.search(r"Rejected\? no: agents rejected 1, agents rung 2, .*\(incoming_rejected\)", "\n".join(tried))
    assert [line for line in tried if "? yes" in line] == [tried[-2]], "the rules end with the one that won"
    assert "(incoming_rung_unanswered)" in tried[-2] and "caller_hung_up_ringing" in tried[-1]
    assert re.search(r"ben +rejected +rang at 10:00:02, for 7 s", parts["Legs"])
    assert re.search(r"anna +missed +rang at 10:00:02", parts["Legs"])
    assert "The phone system itself says: abandoned." in parts["How sure"]


def test_it_tells_what_the_facts_tell(warehouse, explained):
    """For every concluded call of the warehouse: its status, rule and reason are those that the rules give when they are tried again."""
    for call in warehouse.query("select * from fct_calls where call_id <> 'of two systems'"):
        _, text, _ = explained(call["call_id"])
        won = [line for line in text.splitlines() if "? yes" in line]
        assert len(won) == 1 and f"{call['status']}? yes" in won[0] and f"({call['status_rule']})" in won[0], text
        assert f"Reason: {call['status_reason']}" in text and call["status_message"] in text


def test_variables_of_the_last_run(explained):
    _, text, _ = explained("two agents", "--vars", "{call_status_reject_rule: any}")
    assert "any rejection counts yes" in text


def test_what_is_not_sure_is_said(explained):
    _, text, _ = explained("outgoing")
    assert "unknown number -> +4930" in text
    assert "No event ends the call: its end is taken from its last event." in text


def test_an_open_call_has_no_rules_yet(explained):
    status, text, _ = explained("still open")
    assert status == 0 and "still open, so it has no status yet. Furthest stage: ivr." in text and "Rules" not in text


def test_an_id_of_two_systems_is_two_calls(explained):
    status, text, _ = explained("of two systems")
    assert status == 0 and text.count("Call of two systems of ") == 2 and "of pbx 2: incoming" in text


def test_refused_events_are_named(explained):
    assert (
        "Refused events with this id, which count for nothing: 1 unknown_event_type" in explained("partly refused")[1]
    )
    status, _, error = explained("refused")
    assert status == 1 and "every event of this call was refused: 2 unknown_event_type" in error


@pytest.mark.parametrize("call_id", ["nowhere", "internal", "", "two agents' or '1'='1"])
def test_no_such_call_is_one_line_and_a_hint(explained, call_id):
    status, text, error = explained(call_id)
    assert (status, text) == (1, "") and error.count("\n") == 1
    assert error.startswith("error: there is no call with this id: look in fct_calls.call_id")


@pytest.mark.parametrize("path, hint", [("none.duckdb", "there is no database"), ("empty.duckdb", "dbt build")])
def test_without_a_warehouse_it_says_how_to_make_one(tmp_path, monkeypatch, capsys, path, hint):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    monkeypatch.setenv("CALL_STATUS_DB", str(tmp_path / path))
    assert explain.main(["one"]) == 1
    error = capsys.readouterr().err
    assert hint in error and error.count("\n") == 1, error


def test_it_is_a_command():
    assert (Path(PROJECT) / "scripts" / "explain").stat().st_mode & 0o100
