"""Mappings: the shipped rows are those of the CSV files, and rows of one's own come before them."""

import csv
import json

import pytest
from call_status_tools.docs import shipped_rows
from call_status_tools.loading.words import event_types, macro, reason_vocabulary, status_proofs, vocabulary

from sources import records


def test_the_shipped_rows_are_those_of_the_files():
    assert shipped_rows.SHIPPED.read_text("utf-8") == shipped_rows.render(), "run scripts/render-docs"
    rows = [row for file in shipped_rows.MAPPINGS.glob("*.csv") for row in csv.DictReader(file.open(encoding="utf-8"))]
    read = macro("sources/shipped_mappings.sql", "shipped_mappings")
    assert sorted(read) == sorted([*row.values()] for row in rows if "becomes" in row)


# What the models of a source look for: Twilio's legs, trunks and states.
OF_SOURCES = {"leg", "trunk_in", "trunk_out", "human", "machine", "declined", "answered", "busy", "canceled"} | {
    "completed",
    "failed",
    "in-progress",
    "no-answer",
    "queued",
    "ringing",
    "",
}


def test_what_a_shipped_row_becomes_is_a_word_of_ours():
    """A status, or one of its reasons, where the field says so; any word of ours elsewhere, or whose a channel is (parties.sql)."""
    proofs = status_proofs()
    reasons = {proof["status_reason"] for proof in proofs} | event_types().keys() | {"ignore"}
    reasons |= {word for known in reason_vocabulary() for word in known["words"]}
    words = {word for column in ("direction", "party") for word in vocabulary()[column]["words"]} | reasons
    allowed = {"status": {proof["status"] for proof in proofs} | {"no_call"}, "reason": reasons}
    anything = words | {"no_call", "trunk", "ours", "ignore", ""} | OF_SOURCES
    rows = macro("sources/shipped_mappings.sql", "shipped_mappings")
    assert [row for row in rows if row[3] not in allowed.get(row[1], anything)] == []


OWN_ROWS = """source,field,value,becomes
callhippo,status,Parked,Missed
CallHippo,status,*under_score*,Rejected
callhippo,status,*,Unavailable
callhippo,status,cancelled,Rejected
callhippo,reason,*the number was busy*,not_in_service
callhippo,status,says 'nothing',
"""
# call_id → direction, CallHippo's status and reason, and the status and reason that it must get.
CALLS = {
    "exact, whatever the case": ("Incoming", "PARKED", None, ("Missed", "ring_timeout")),
    "a pattern, where _ is a letter like any other": (
        "Incoming",
        "an under_score!",
        None,
        ("Rejected", "all_agents_rejected"),
    ),
    "not the pattern": ("Incoming", "an underXscore!", None, ("Unavailable", "agent_unavailable")),
    "a star comes last": ("Incoming", "whatever", None, ("Unavailable", "agent_unavailable")),
    "instead of a shipped row": ("Outgoing", "Cancelled", None, ("Rejected", "customer_declined")),
    "instead of a shipped pattern": ("Outgoing", "Canceled", "The number was busy", ("Canceled", "not_in_service")),
    "a word that says nothing": ("Incoming", "Says 'nothing'", None, ("Missed", "no_stage_evidence")),
}


@pytest.fixture(scope="module")
def built(new_warehouse):
    warehouse = new_warehouse()
    words, calls = warehouse.directory / "words.csv", warehouse.directory / "calls.ndjson"
    words.write_text(OWN_ROWS)
    ended = {"startTime": "2026-03-02T10:00:00Z", "endTime": "2026-03-02T10:00:30Z"}
    calls.write_text(
        "\n".join(
            json.dumps({"callSid": call, "callType": direction, "status": status, "reason": reason, **ended})
            for call, (direction, status, reason, _) in CALLS.items()
        )
    )
    records.load_file(warehouse, words, "call_status_mappings")
    records.load_file(warehouse, calls, "callhippo")
    records.build(warehouse, "callhippo")
    return warehouse


def test_rows_of_ones_own_come_first(built):
    found = {row["call_id"]: (row["status"], row["status_reason"]) for row in built.query("select * from fct_calls")}
    assert found == {call: expected for call, (*_, expected) in CALLS.items()}


def test_the_differences_know_what_a_word_means(built):
    """Each call has the status that its word means, so none is listed; nor is a word that says nothing."""
    assert built.query("select reported_status from call_status_differences where reported_meaning is not null") == []


def test_a_word_that_says_nothing_is_known(built):
    assert built.query("select value from unmapped_source_values") == []


def said(warehouse, what):
    """How often a run has said it."""
    log = warehouse.directory / "logs" / "dbt.log"
    return log.read_text("utf-8").count(what) if log.exists() else 0


@pytest.mark.long
def test_a_changed_mapping_is_noticed_and_a_backfill_makes_the_calls_anew(new_warehouse):
    """Until then a call keeps what its words meant. The source's name stands for all its instances."""
    warehouse = new_warehouse()
    call = {"callType": "Incoming", "status": "Parked", "startTime": "2026-03-02T10:00:00Z"}
    ended = {**call, "endTime": "2026-03-02T10:00:30Z"}
    for name, content in {
        "calls.ndjson": [{**ended, "callSid": "one"}, {**ended, "callSid": "two", "source_instance": "berlin"}],
        "words.ndjson": [{"source": "callhippo", "field": "status", "value": "parked", "becomes": "Unavailable"}],
        "later.ndjson": [{**ended, "callSid": "three"}],
    }.items():
        (warehouse.directory / name).write_text("\n".join(map(json.dumps, content)))
    line = "What the records of callhippo mean has changed"

    def run(*, expected, **variables):
        records.build(warehouse, "callhippo", **variables)
        found = warehouse.query("select call_id, status from fct_calls order by call_id")
        assert {row["call_id"]: row["status"] for row in found} == expected

    records.load_file(warehouse, warehouse.directory / "calls.ndjson", "callhippo")
    run(expected={"one": "Missed", "two": "Missed"})
    records.load_file(warehouse, warehouse.directory / "words.ndjson", "call_status_mappings")
    records.load_file(warehouse, warehouse.directory / "later.ndjson", "callhippo")
    assert said(warehouse, line) == 0
    run(expected={"one": "Missed", "three": "Unavailable", "two": "Missed"})
    assert said(warehouse, line) > 0
    assert said(warehouse, """call_status_backfill_sources: ["callhippo", "callhippo:berlin"]""") > 0
    told = said(warehouse, line)
    run(expected=dict.fromkeys(["one", "three", "two"], "Unavailable"), call_status_backfill_sources=["callhippo"])
    run(expected=dict.fromkeys(["one", "three", "two"], "Unavailable"))
    assert said(warehouse, line) == told


def test_the_capabilities_are_those_of_the_file(built):
    """Of all sources, also of those that are off."""
    with (shipped_rows.MAPPINGS / "source_capabilities.csv").open(encoding="utf-8") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    names = ", ".join(rows[0])
    found = built.query(f"select {names} from source_capabilities")
    assert sorted(found, key=str) == sorted(
        [{**row, "could_also_be": row["could_also_be"] or ""} for row in rows], key=str
    )
