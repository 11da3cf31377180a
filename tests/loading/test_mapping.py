"""scripts/load --mapping: columns, paths and words of a file under our names."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from support.loading import query

TEN = datetime(2026, 5, 5, 10)
COLUMNS = "call_id, event_id, source_system, direction, event_type, occurred_at, party, agent_id, queue, seconds"


def events():
    return query(f"select {COLUMNS} from raw.call_events order by occurred_at, event_type")


def attributes():
    return [
        json.loads(a) if a else None for (a,) in query("select attributes from raw.call_events order by occurred_at")
    ]


def test_columns_words_zone_format_and_unit(load):
    Path("acme.toml").write_text(
        """
        source_system = "acme"
        time_zone = "Europe/Berlin"
        time_format = "%d/%m/%Y %H:%M:%S"
        [columns]
        call_id = "Call ID"
        event_type = "What"
        occurred_at = "When"
        direction = "Type"
        party = "Who"
        agent_id = "Agent"
        seconds = "Length"
        event_id = "No"
        [event_type]
        "ring" = "agent_ringing"
        "bye" = "call_ended"
        [direction]
        "eingehend" = "incoming"
        [party]
        "Kunde" = "customer"
        "-" = ""
        [units]
        seconds = "minutes"
        """
    )
    text = (
        "Report\nNo;Call ID;What;When;Type;Who;Agent;Length;party;Note\n"
        "1;A1;Ring;05/05/2026 12:00:00;Eingehend;-;anna;;x;a\n2;A1;bye;05/05/2026 12:00:20;eingehend;kunde;;1,5;y;\n"
    )
    assert load("--mapping", "acme.toml", a__csv=text).err == ""
    assert events() == [
        ("A1", "1", "acme", "incoming", "agent_ringing", TEN, None, "anna", None, None),
        ("A1", "2", "acme", "incoming", "call_ended", TEN.replace(second=20), "customer", None, None, 90.0),
    ]
    assert attributes() == [{"Note": "a", "party": "x"}, {"party": "y"}]


def test_an_option_comes_before_the_mapping(load):
    Path("m.toml").write_text('time_zone = "Asia/Tokyo"\n')
    text = "call_id,event_type,occurred_at\nc,call_ended,2026-05-05 12:00:00\n"
    assert load("--mapping", "m.toml", "--time-zone", "Europe/Berlin", a__csv=text).err == ""
    assert events()[0][5] == TEN


def test_paths_in_json(load):
    Path("m.toml").write_text(
        """
        records = "events"
        [columns]
        call_id = "data.payload.session"
        event_id = "data.id"
        event_type = "data.kind"
        occurred_at = "data.at"
        direction = "data.direction"
        agent_id = "agents[0].id"
        queue = "queue.name"
        [direction]
        "data.from.extension" = "outgoing"
        """
    )
    first = {
        "data": {"id": 1.10, "kind": "agent_ringing", "at": 1777975200, "payload": {"session": "s"}, "direction": "x"},
        "agents": [{"id": "anna"}],
        "queue": {"name": "sales"},
    }
    second = {"data": {**first["data"], "kind": "call_ended", "from": {"extension": "12"}}, "agents": []}
    text = json.dumps({"events": [first, second]}).replace("1.1,", "1.10,")
    assert load("--mapping", "m.toml", a__json=text).err == ""
    assert events() == [
        ("s", "1.10", "canonical", "x", "agent_ringing", TEN, None, "anna", "sales", None),
        ("s", "1.10", "canonical", "outgoing", "call_ended", TEN, None, None, None, None),
    ]
    assert attributes()[0].keys() == {"data", "agents", "queue"}


def test_a_path_through_json_in_a_column(load):
    Path("m.toml").write_text('[columns]\ncall_id = "payload.call.id"\n')
    text = 'event_type,occurred_at,payload\ncall_ended,2026-05-05,"{""call"": {""id"": ""c1""}}"\ncall_ended,2026-05-05,oops\n'
    assert load("--mapping", "m.toml", a__csv=text).err == ""
    assert {row[0] for row in events()} == {"c1", None}


WRONG = {
    "columns = 1": "[columns] must be a table of texts",
    "[colums]": "unknown key colums; there are",
    "oops": "the mapping is no TOML",
    "time_zone = 1": "time_zone must be a text",
    'time_zone = "Nowhere"': "unknown time zone Nowhere",
    '[columns]\ncallid = "x"': "[columns] names callid, which is no column",
    '[columns]\nqueue = "Nowhere"': "the mapping names Nowhere, which the file does not have",
    '[columns]\nqueue = "Nowhere.at.all"': "the mapping names Nowhere.at.all, which the file does not have",
    '[event_type]\nx = "ringing"': "[event_type] says ringing, which is no word of ours; there are call_started",
    '[direction]\nx = "inbound"': "[direction] says inbound",
    '[units]\nseconds = "hours"': "unknown unit hours",
    '[units]\nqueue = "minutes"': "[units] names queue, which is no length",
    '[time_zones]\nqueue = "UTC"': "[time_zones] names queue, which is no time",
}


@pytest.mark.parametrize("content", WRONG)
def test_a_wrong_mapping_is_one_line_before_anything_is_loaded(load, content):
    Path("m.toml").write_text(content)
    text = "call_id,event_type,occurred_at\nc,call_ended,2026-05-05 12:00:00\n"
    result = load("--mapping", "m.toml", a__csv=text)
    assert result.status == 1 and WRONG[content] in result.err and result.err.count("\n") == 1
    assert query("select 1 from duckdb_tables() where table_name = 'call_events'") == []


def test_a_mapping_that_is_not_there(load):
    result = load("--mapping", "none.toml", a__csv="x\n")
    assert result.err == (
        "error: the mapping cannot be read: no such file or directory;"
        " there are, by name, plivo, ringcentral, talkdesk, vonage, zoom_phone\n"
    )
