"""scripts/new-mapping: what it prints is a mapping that loads the file it was made from, and shows nobody's values."""

import json

import pytest
from call_status_tools.loading import load, new_mapping

CSV = """Calls of last week;;;;;;
Call ID;Type;Call result;Start;Talk time;Agent name;Number of caller
1;Inbound;Answered;31/03/2026 10:00:00;00:01:10;Ada;+15550100101
2;Inbound;Voicemail;31/03/2026 11:00:00;0;Ada;+15550100102
3;Outbound;Busy;31/03/2026 12:00:00;0;Grace;+15550100103
4;Outbound;Parked;31/03/2026 12:00:00;0;Grace;+15550100103
5;Outbound;Parked;31/03/2026 12:00:00;0;Grace;+15550100103
6;Outbound;Parked;31/03/2026 12:00:00;0;Grace;+15550100103
7;Sideways;Smith;31/03/2026 12:00:00;0;Grace;+15550100103
"""
JSON = {
    "page": 1,
    "calls": [
        {
            "id": "1",
            "direction": "in",
            "status": "no-answer",
            "started_at": "2026-03-02T10:00:00Z",
            "agent": {"name": "Ada"},
        }
    ],
}


@pytest.fixture
def made(tmp_path, capsys):
    """Prints the mapping of a file and gives its lines."""

    def make(name, text):
        (tmp_path / name).write_text(text, "utf-8")
        assert new_mapping.main([str(tmp_path / name)]) == 0
        printed = capsys.readouterr().out
        (tmp_path / "made.toml").write_text(printed, "utf-8")
        return printed.splitlines()

    return make


def load_with_it(tmp_path, monkeypatch, name):
    monkeypatch.setenv("CALL_STATUS_DB", str(tmp_path / "calls.duckdb"))
    return load.main([str(tmp_path / name), "--source", "call_log", "--mapping", str(tmp_path / "made.toml")])


def test_an_export_with_titles_and_times_of_the_day_first(made, tmp_path, monkeypatch, capsys):
    lines = made("acme calls.csv", CSV)
    for line in (
        'source_system = "acme_calls"  # how the phone system is called in the tables',
        'time_format = "%d/%m/%Y %H:%M:%S"',
        'call_id = "Call ID"',
        'direction = "Type"',
        'reported_status = "Call result"',
        'started_at = "Start"',
        'talk_seconds = "Talk time"',
        'agent_id = "Agent name"',
        '"Inbound" = "incoming"  # 2 rows',
        '"Answered" = "Completed"  # 1 row',
        '"Voicemail" = "Voicemail"  # 1 row',
        '# "Parked" = ""  # 3 rows: which status is it?',
    ):
        assert line in lines
    assert any(line.startswith("# time_zone = ") for line in lines)
    assert load_with_it(tmp_path, monkeypatch, "acme calls.csv") == 0
    assert "7 rows read, 7 loaded, 0 refused" in capsys.readouterr().out


def test_json_in_an_envelope_with_objects_inside(made, tmp_path, monkeypatch, capsys):
    lines = made("calls.json", json.dumps(JSON, indent=1))
    for line in ('records = "calls"', 'call_id = "id"', 'agent_id = "agent.name"', '"in" = "incoming"  # 1 row'):
        assert line in lines
    assert not any("time_zone" in line for line in lines)
    assert load_with_it(tmp_path, monkeypatch, "calls.json") == 0
    assert "1 rows read, 1 loaded" in capsys.readouterr().out


def test_nobodys_value_is_shown(made):
    text = "\n".join(made("acme.csv", CSV))
    assert not [value for value in ("Ada", "Grace", "Smith", "Sideways", "+1555") if value in text]
    assert text.count("that come too seldom to be shown") == 2


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("empty.csv", "Call ID,Status,Start\n", "the file holds no rows"),
        ("values.csv", "1,Ada,+15550100101\n", "no line names columns as an export of calls has them"),
        ("broken.json", "[{", ""),
        ("gone.csv", None, "is no file; check the path"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, capsys, name, text, problem):
    if text is not None:
        (tmp_path / name).write_text(text)
    assert new_mapping.main([str(tmp_path / name)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and problem in said.err and said.err.count("\n") == 1
    assert "Ada" not in said.err and said.out == ""
