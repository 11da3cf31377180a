"""Files from public reports, loaded one by one: what the raw table then holds.

The files are not part of the project. They are looked for in ../shared beside it, or in the folder that CALL_STATUS_SHARED
names; without them these tests are skipped. The same kinds, in small files of our own, are in test_files_as_they_come.py.
"""

import os
from datetime import datetime
from pathlib import Path

import pytest
from call_status_tools import ROOT
from support.loading import query, unreadable

FOLDER = Path(os.environ.get("CALL_STATUS_SHARED") or ROOT.parent / "shared") / "data" / "reported"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no reported files in {FOLDER}")

RING, LEFT, END = (datetime(2026, 5, 5, 14, 5, second) for second in (9, 39, 40))
VOICEMAIL = [("agent_ringing", RING), ("voicemail_left", LEFT), ("call_ended", END)]
ANSWERED = [
    ("agent_ringing", RING),
    ("agent_answered", RING.replace(second=19)),
    ("call_ended", RING.replace(minute=6, second=19)),
]


def hours_earlier(events, hours):
    return [(event_type, time.replace(hour=time.hour - hours)) for event_type, time in events]


# File, options -> its events.
EVENTS = [
    ("l03_utf16.csv", (), VOICEMAIL),
    ("l04_cp1252.csv", ("--encoding", "cp1252"), VOICEMAIL),
    ("l05_dmy.csv", ("--time-format", "%d/%m/%Y %H:%M:%S"), VOICEMAIL),
    ("l06_mdy_ampm.csv", ("--time-format", "%m/%d/%Y %I:%M:%S %p"), VOICEMAIL),
    ("l07_unpadded_hour.csv", (), hours_earlier(VOICEMAIL, 5)),
    ("l10_zone_name.csv", (), hours_earlier(VOICEMAIL, 2)),
    ("l12_excel_serial.csv", ("--time-format", "excel"), VOICEMAIL),
    ("l15_wrapped_data.json", (), VOICEMAIL),
    ("l18_concatenated.json", (), VOICEMAIL),
    ("l23_export.zip", (), VOICEMAIL),
    ("l26_decimal_comma.csv", (), VOICEMAIL),
    ("l27_seconds_mmss.csv", (), VOICEMAIL),
    ("l27d_seconds_null_word.csv", (), VOICEMAIL),
    ("l28_title_rows.csv", (), VOICEMAIL),
    ("l35_padded_values.csv", (), [VOICEMAIL[0], VOICEMAIL[2]]),
    ("l36_vocabulary.csv", (), [("Agent_Ringing", RING), ("Call_Ended", END)]),
    ("l40_short_rows.csv", (), VOICEMAIL),
    ("l44_backslash_escape.csv", (), [("ivr_started", RING), VOICEMAIL[2]]),
    ("l57_tsv_clid.tsv", (), ANSWERED),
    ("l63_java_zoned.csv", (), hours_earlier(ANSWERED, 2)),
    ("l65_compact_14.csv", (), ANSWERED),
    ("p02_ns_tz_berlin.parquet", (), VOICEMAIL),
    ("p13_seconds_time32.parquet", (), VOICEMAIL),
    ("z3_export.xlsx", (), [("agent_ringing", RING), ("call_ended", LEFT)]),
]


@pytest.mark.parametrize("name, options, expected", EVENTS)
def test_every_event_is_loaded(load, name, options, expected):
    result = load(*options, FOLDER / name)
    assert (result.status, result.err) == (0, "") and " 0 refused" in result.out
    assert query("select event_type, occurred_at from raw.call_events order by occurred_at") == expected


@pytest.mark.parametrize("name", ["l05_dmy.csv", "l06_mdy_ampm.csv", "l12_excel_serial.csv", "l66_compact_12.csv"])
def test_what_may_mean_two_times_is_refused_and_both_options_are_named(load, name):
    result = load(FOLDER / name)
    assert result.status == 1 and "0 loaded, 3 refused" in result.out
    assert "--time-format" in result.out and "--time-zone" in result.out
    assert unreadable() == [(line, "occurred_at is not a time") for line in (2, 3, 4)]


def test_epoch_zero_is_no_time(load):
    assert "3 loaded, 1 refused" in load(FOLDER / "l13_epoch_zero.csv").out
    assert unreadable() == [(4, "occurred_at is not a time")]


@pytest.mark.parametrize(
    "name, seconds",
    [
        ("l26_decimal_comma.csv", 12.5),
        ("l27_seconds_mmss.csv", 12),
        ("l27d_seconds_null_word.csv", None),
        ("l28_title_rows.csv", 12),
        ("l40_short_rows.csv", 12),
        ("p13_seconds_time32.parquet", 12),
    ],
)
def test_lengths(load, name, seconds):
    load(FOLDER / name)
    assert query("select seconds from raw.call_events where event_type = 'voicemail_left'") == [(seconds,)]


def test_ids_keep_every_digit(load):
    load(FOLDER / "l34_uniqueid_number.ndjson")
    assert query("select call_id, count(*) from raw.call_events group by 1 order by 1") == [
        ("123456789012345678901", 1),
        ("123456789012345678902", 1),
        ("1651531787.1", 2),
        ("1651531787.10", 3),
    ]


def test_quotes_in_tabs_swallow_no_rows(load):
    assert "10 rows read, 10 loaded" in load(FOLDER / "l56_tsv_stray_quote.tsv").out
    assert query("select call_id, count(*) from raw.call_events group by 1 order by 1") == [
        ("l56a", 3),
        ("l56b", 2),
        ("l56c", 2),
        ("l56d", 3),
    ]


def test_words_for_nothing_are_null(load):
    load(FOLDER / "s38_placeholders_null.csv")
    assert query("select distinct leg_id, queue, reason from raw.call_events") == [(None, None, None)]


def test_words_are_kept_and_what_they_are_read_as_is_said(load):
    result = load(FOLDER / "s41_party_spellings.csv")
    for word, read_as in {"caller": "customer", "user": "agent", "abandon": "abandoned", "busy": "number_busy"}.items():
        assert f" {word} (1 row, first: line " in result.out and f"): read as {read_as}\n" in result.out
    assert {"caller", "Agent", "user"} <= {party for (party,) in query("select distinct party from raw.call_events")}


def test_local_times_of_a_night_that_has_an_hour_twice(load):
    load("--time-zone", "Europe/Berlin", FOLDER / "s32_naive_local_fall_back.csv")
    found = dict(query("select event_type, occurred_at from raw.call_events"))
    assert (found["call_ended"] - found["agent_answered"]).total_seconds() == 300


MAPPINGS = {
    "l30_header_aliases.csv": 'call_id = "Call ID"\nevent_id = "Event ID"\nevent_type = "Event Type"\noccurred_at = "Event Time"',
    "l16_telnyx_envelope.ndjson": 'call_id = "data.payload.call_session_id"\nevent_type = "data.event_type"\noccurred_at = "data.occurred_at"\n'
    '[event_type]\n"call.initiated" = "agent_ringing"\n"call.hangup" = "call_ended"',
    "l52_nested_agent.ndjson": 'agent_id = "agent.id"\nqueue = "queue.name"',
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_mappings(load, name):
    Path("m.toml").write_text("[columns]\n" + MAPPINGS[name])
    assert load("--mapping", "m.toml", FOLDER / name).err == ""
    events = query("select event_type, occurred_at from raw.call_events order by occurred_at")
    assert (events[0], events[-1]) == (VOICEMAIL[0], VOICEMAIL[2])
    if "nested" in name:
        assert query("select distinct agent_id, queue from raw.call_events") == [("anna", "sales")]


def test_what_cannot_be_read_names_the_way_out(load):
    assert "--encoding cp1252" in load(FOLDER / "l04_cp1252.csv").err
    for name in ("l16_telnyx_envelope.ndjson", "l30_header_aliases.csv", "l42b_names_leak.csv"):
        result = load(FOLDER / name)
        assert result.status == 1 and "--mapping FILE" in result.err and "Maria" not in result.err


def test_an_empty_file_is_a_quiet_day(load):
    assert load(FOLDER / "l49_zero_bytes.csv").status == 0
