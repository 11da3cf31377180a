"""What a run says of sources that are read side by side, and of calls whose direction nothing tells."""

import json

import pytest

from sources import records

CDR = {
    "calldate": "2026-03-02 10:00:00",
    "src": "5550100102",
    "dst": "2001",
    "channel": "SIP/sip1-00000001",
    "dstchannel": "SIP/2001-00000002",
    "lastapp": "Dial",
    "duration": "30",
    "billsec": "20",
    "disposition": "ANSWERED",
}
JOIN = {"time": "2026-03-02 10:00:00", "queuename": "sales", "agent": "NONE", "event": "ENTERQUEUE"}


def load(warehouse, source, *rows):
    path = warehouse.directory / f"{source}.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    records.load_file(warehouse, path, source)


def lines(warehouse, *parts):
    """The lines of the runs' logs that hold all of these parts."""
    log = (warehouse.directory / "logs" / "dbt.log").read_text("utf-8")
    return [line for line in log.splitlines() if all(part in line for part in parts)]


@pytest.mark.long
def test_two_sources_that_tell_of_the_same_calls(new_warehouse):
    warehouse = new_warehouse()
    both = ["asterisk_cdr", "asterisk_queue_log"]
    load(warehouse, "asterisk_cdr", {**CDR, "uniqueid": "1.1", "source_instance": "berlin"})
    load(warehouse, "asterisk_queue_log", {**JOIN, "callid": "2.1"})
    records.build(warehouse, "asterisk_cdr", call_status_sources=both)
    assert lines(warehouse, "tell of the same calls") == []
    load(warehouse, "asterisk_queue_log", {**JOIN, "callid": "1.1", "source_instance": "berlin"})
    records.build(warehouse, "asterisk_cdr")
    assert lines(warehouse, "tell of the same calls") == []
    records.build(warehouse, "asterisk_cdr", call_status_sources=both)
    (line,) = lines(warehouse, "tell of the same calls")
    assert "asterisk_cdr and asterisk_queue_log tell" in line
    assert "asterisk_cdr is what most people have, asterisk_queue_log alone knows why" in line


def test_calls_without_a_direction(new_warehouse):
    """Their contexts are named; those of calls whose channel tells the direction are not."""
    warehouse = new_warehouse()
    known = {**CDR, "uniqueid": "1.1", "dcontext": "shop", "channel": "SIP/trunk-a-00000001"}
    load(warehouse, "asterisk_cdr", known)
    records.build(warehouse, "asterisk_cdr")
    assert lines(warehouse, "have no direction") == []
    unknown = [{**CDR, "uniqueid": f"2.{call}", "dcontext": "hotline" if call else "door"} for call in range(3)]
    load(warehouse, "asterisk_cdr", known, *unknown)
    records.build(warehouse, "asterisk_cdr")
    (line,) = lines(warehouse, "have no direction")
    assert "3 calls of asterisk_cdr have no direction" in line
    assert "context hotline (2), context door (1)." in line
    assert warehouse.query("select count(*) as n from fct_open_calls") == [{"n": 3}]
    channels = warehouse.query("select value, occurrences from unmapped_source_values where field = 'channel'")
    assert channels == [{"value": "SIP/sip1", "occurrences": 3}]
