"""scripts/load: what each kind of input becomes. A table of input -> outcome; everything runs in a folder of its own.

In-process for speed, a few through a real process. `load` returns what a user sees and what the database then holds.
"""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from call_status_tools import canonical_columns
from call_status_tools.loading.raw_tables import SOURCES
from support.loading import HEAD, ROW, SECRET, query, raw_tables, unreadable

# --- good input, each format -------------------------------------------------------------------------------------------

EVENTS = [
    {
        "event_id": "e1",
        "call_id": "c1",
        "event_type": "call_started",
        "occurred_at": "2026-01-01T10:00:00.000123Z",
        "customer_number": SECRET,
        "seconds": None,
        "attributes": {"a": [1, None]},
    },
    {
        "event_id": "e2",
        "call_id": "c1",
        "event_type": "call_ended",
        "occurred_at": "2026-01-01T15:30:05+05:30",
        "customer_number": None,
        "seconds": 2.5,
        "attributes": None,
    },
]
EXPECTED = [
    ("e1", "canonical", "c1", datetime(2026, 1, 1, 10, 0, 0, 123), SECRET, None, {"a": [1, None]}),
    ("e2", "canonical", "c1", datetime(2026, 1, 1, 10, 0, 5), None, 2.5, None),
]


def as_csv(delimiter=",", end="\n"):
    """EVENTS as CSV; the JSON is quoted."""

    def cell(v):
        return "" if v is None else '"' + (json.dumps(v) if isinstance(v, dict) else str(v)).replace('"', '""') + '"'

    return end.join([delimiter.join(EVENTS[0])] + [delimiter.join(map(cell, e.values())) for e in EVENTS]) + end


def as_parquet(path="x.parquet"):
    """EVENTS as Parquet with native types."""
    Path("events.ndjson").write_text("\n".join(map(json.dumps, EVENTS)))
    duckdb.execute(
        f"copy (select * from read_json('events.ndjson', columns = {{event_id: 'varchar', call_id: 'varchar',"
        "event_type: 'varchar', occurred_at: 'timestamptz', customer_number: 'varchar', seconds: 'double',"
        f" attributes: 'json'}})) to '{path}'"
    )
    return Path(path).read_bytes()


NDJSON = "\n".join(map(json.dumps, EVENTS)) + "\n"
GOOD = {
    "comma.csv": as_csv,
    "semicolon.csv": lambda: as_csv(";"),
    "tab.tsv": lambda: as_csv("\t"),
    "pipe.txt": lambda: as_csv("|"),
    "windows.csv": lambda: as_csv(end="\r\n"),
    "mac.csv": lambda: as_csv(end="\r"),
    "mixed.csv": lambda: as_csv().replace("\n", "\r\n", 1) + "\n\r\n\n",
    "bom.csv": lambda: b"\xef\xbb\xbf" + as_csv().encode(),
    "a.ndjson": lambda: NDJSON,
    "blank.jsonl": lambda: "\n" + NDJSON.replace("\n", "\r\n\r\n"),
    "lines.json": lambda: NDJSON,
    "bom.ndjson": lambda: b"\xef\xbb\xbf" + NDJSON.encode(),
    "array.json": lambda: json.dumps(EVENTS),
    "pretty.json": lambda: json.dumps(EVENTS, indent=2),
    "objects.json": lambda: "\n".join(json.dumps(e, indent=1) for e in EVENTS),
    "a.parquet": as_parquet,
    "a.csv.gz": lambda: gzip.compress(as_csv().encode()),
    "a.ndjson.gz": lambda: gzip.compress(NDJSON.encode()),
    "A.PARQUET.GZ": lambda: gzip.compress(as_parquet()),
    "a.json.gz": lambda: gzip.compress(json.dumps(EVENTS).encode()),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format_gives_the_same_rows(load, name):
    content = GOOD[name]()
    result = load(**{name: content})
    assert (result.status, result.err) == (0, "")
    rows = query(
        "select event_id, source_system, call_id, occurred_at, customer_number, seconds, attributes"
        " from raw.call_events order by 1"
    )
    assert [(*row[:-1], json.loads(row[-1]) if row[-1] else None) for row in rows] == EXPECTED
    assert query("select rows_read, rows_loaded, rows_refused from raw.loaded_files") == [(2, 2, 0)]
    assert query("select count(*) from raw.call_events_unreadable") == [(0,)]


def test_the_tables_are_as_promised(load):
    load(a__csv=HEAD)
    assert raw_tables() == ["call_events", "call_events_unreadable", "loaded_files"]
    described = {name: kind for name, kind, *_ in query("describe raw.call_events")}
    assert described == {**canonical_columns.COLUMNS, "unread_seconds": "VARCHAR"}
    assert "v1.0" in str(query("select tags from duckdb_databases() where database_name = 'db'"))  # old readers open it


# --- times -------------------------------------------------------------------------------------------------------------

TEN = datetime(2026, 1, 1, 10)
TIMES = {
    "2026-01-01T10:00:00Z": TEN,
    "2026-01-01 10:00:00": TEN,
    "2026-01-01T10:00": TEN,
    "2026-01-01": datetime(2026, 1, 1),
    "2026-01-01T15:30:00+05:30": TEN,
    "2026-01-01T15:30:00+0530": TEN,
    "2026-01-01 15:30:00 +0530": TEN,
    "2026-01-01T15:00:00+05": TEN,
    "2026-01-01T02:00:00-08:00": TEN,
    "2026-01-01 10:00:00 UTC": TEN,
    " 2026-01-01t10:00:00z ": TEN,
    "2026-01-01T10:00:00.123456Z": TEN.replace(microsecond=123456),
    "20260101T100000Z": TEN,
    "20260101T153000+0530": TEN,
    "2025-12-31T23:30:00-10:30": TEN,
    "1767261600": TEN,
    "1767261600000": TEN,
    "1767261600.5": TEN.replace(microsecond=500000),
    "1.7672616e9": TEN,
    "1.7672616e12": TEN,
    "1.7672616E+09": TEN,
    "1767261600123": TEN.replace(microsecond=123000),
    "1767261600123456": TEN.replace(microsecond=123456),
    "1767261600123456789": TEN.replace(microsecond=123456),  # cut, not rounded
    "2026-01-01T10:00:00.123456789Z": TEN.replace(microsecond=123456),
    "2026-01-01 9:00:00-01": TEN,
    "2026-1-1 10:00": TEN,
    "2026-01-01 10:00:00 AM": TEN,
    "2026-01-01 12:00:00 am +02:00": datetime(2025, 12, 31, 22),
    "2026/01/01 10:00:00": TEN,
    "2026.01.01 10:00": TEN,
    "Thu, 01 Jan 2026 12:00:00 +0200": TEN,
    "Thu, 1 Jan 2026 10:00:00 GMT": TEN,
    "1-Jan-2026 10:00:00": TEN,
    "January 1 2026 10:00:00 am": TEN,
    "Thu Jan  1 10:00:00 2026": TEN,
    "Thu Jan 01 2026 11:00:00 GMT+0100 (Central European Standard Time)": TEN,
    "2026-01-01 11:00:00 Europe/Berlin": TEN,
    "2026-01-01T11:00:00+01:00[Europe/Berlin]": TEN,
    "2026-01-01T10:00:00Z[UTC]": TEN,
    "20260101100000": TEN,
    "": None,
    "  ": None,
}
NO_TIMES = [
    "2026-02-30T10:00:00Z",
    "2026-13-01",
    "2026-01-01T25:00:00Z",
    "yesterday",
    "infinity",
    "nan",
    "epoch",
    "20260131",
    "2026-01-01T10:00:00+25:00",
    "2026-01-01T10:00:00 Mars/Base",
    "1e40",
    "12/31/2026",
    "01.02.2026 10:00",
    "0",
    "-1",
    "1",
    "46147.58690972",
    "0001-01-01T00:00:00Z",
    "1899-12-30",
    "2100-01-01",
    "260101",
    "202601011000",
    "1.77E+12",
    "1.767E+9",
    "2026-01-01 13:00 PM",
    "2026-01-01 0:30 am",
    "1 Mai 2026 10:00",
    "2026-01-01 10:00:00 CEST",
    "2026-01-01T10:00:00Z; drop table x",
]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_times_in_text(load, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    rows = "".join(f'e{i:02},c,call_started,"{text}",,,\n' for i, text in enumerate(TIMES))
    assert (
        load(
            a__csv=HEAD + rows,
            b__ndjson="\n".join(
                json.dumps({"call_id": "c", "event_type": "x", "event_id": f"e{i:02}", "occurred_at": t})
                for i, t in enumerate(TIMES)
            ),
        ).err
        == ""
    )
    found = query("select list_distinct(list(occurred_at)) from raw.call_events group by event_id order by event_id")
    assert dict(zip(TIMES, (times for (times,) in found))) == {text: [t] if t else [] for text, t in TIMES.items()}


def test_no_times_are_refused_by_name(load):
    rows = "".join(f"e{i},c,call_started,{text},,,\n" for i, text in enumerate(NO_TIMES))
    result = load(a__csv=HEAD + rows + ROW)
    assert result.status == 0 and "--time-format" in result.out and "--time-zone" in result.out
    assert unreadable() == [(i, "occurred_at is not a time") for i in range(2, len(NO_TIMES) + 2)]


@pytest.mark.parametrize(
    "value",
    [
        "timestamp '2026-01-01 10:00:00'",
        "timestamptz '2026-01-01 15:30:00+05:30'",
        "timestamp_ns '2026-01-01 10:00:00'",
        "timestamp_s '2026-01-01 10:00:00'",
        "1767261600",
        "1767261600000::bigint",
        "1767261600::double",
        "1767261600::decimal(18, 3)",
        "'2026-01-01T15:30:00+0530'",
        "'2026-01-01T10:00:00Z'::blob",
    ],
)
def test_times_in_parquet(load, value):
    duckdb.execute(
        f"set TimeZone = 'America/New_York'; copy (select 'c' as call_id, 'x' as event_type, {value} as occurred_at)"
        " to 'a.parquet'"
    )
    assert load("a.parquet").err == ""
    assert query("select occurred_at from raw.call_events") == [(TEN,)]


# --- rows that cannot be converted -------------------------------------------------------------------------------------


def test_a_bad_row_keeps_its_line_and_text_and_does_not_stop_the_file(load):
    bad = {
        4: (f"e4,c,x,2026-02-30T00:00:00Z,{SECRET},,", "occurred_at is not a time"),
        8: ("e8,c", "too few fields"),
        9: ("e9,c,x,2026-01-01,,,,,7", "too many fields"),
        13: ('e13,"c"d,x,2026-01-01,,,', "a quote is not closed"),
        14: ("e14,c,x,never,,,", "occurred_at is not a time"),
    }
    good = {
        2: 'e2,"two\nlines",x,2026-01-01,,,',
        5: "e5,c,x,2026-01-01,,lots,",
        6: "",
        7: "e7,c,x,,,,",
        10: "",
        11: 'e11,"a\r\nb",x,2026-01-01,,,',
        15: "e15,c,x,2026-01-01,,1e3,",
        16: 'e16,c,x,2026-01-01,,nan,"{""a"": 1}"',
    }
    lines = [text for _, text in sorted([*good.items(), *((n, text) for n, (text, _) in bad.items())])]
    result = load(a__csv=HEAD + "\n".join(lines) + "\n")
    assert result.status == 0 and "11 rows read, 6 loaded, 5 refused" in result.out
    assert "2 refused: occurred_at is not a time (first: line 4)" in result.out
    assert unreadable() == [(line, reason) for line, (_, reason) in sorted(bad.items())]
    kept = query(
        "select line, raw_text from raw.call_events_unreadable where reason in ('too few fields', 'occurred_at is not a time') order by 1"
    )
    assert json.loads(kept[0][1])["customer_number"] == SECRET and json.loads(kept[1][1])["event_id"] == "e8"
    assert query("select rows_read, rows_loaded, rows_refused from raw.loaded_files") == [(11, 6, 5)]
    assert (
        "2 loaded without seconds: its text is no length, and is kept in unread_seconds (first: line 5)" in result.out
    )
    found = query(
        "select event_id, seconds, unread_seconds from raw.call_events where event_id in ('e15', 'e16', 'e5') order by 1"
    )
    assert found == [("e15", 1000.0, None), ("e16", None, "nan"), ("e5", None, "lots")]


def test_bad_lines_of_ndjson(load):
    ok = '{"call_id": "c", "event_type": "x", "occurred_at": 1767261600, "seconds": "2"}'
    lines = [
        ok,
        "",
        "{oops",
        "[1]",
        ok.replace('"2"', '"two"'),
        "null",
        ok[:-1],
        b'{"call_id": "\xe9"}',
        "a\x01b",
        "  ",
        ok,
    ]
    content = b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines)
    assert load(a__ndjson=content).status == 0
    assert unreadable() == [
        (3, "not valid JSON"),
        (4, "not a JSON object"),
        (6, "not a JSON object"),
        (7, "not valid JSON"),
        (8, "not UTF-8"),
        (9, "not valid JSON"),
    ]
    assert query("select raw_text from raw.call_events_unreadable where line in (3, 8) order by line") == [
        ("{oops",),
        ('{"call_id": "\\xe9"}',),
    ]
    assert query("select count(*), count(seconds) from raw.call_events") == [(3, 2)]


def test_bad_elements_of_arrays_and_rows_of_parquet_are_numbered(load):
    load(
        a__json='[{"call_id": "c", "event_type": "x", "occurred_at": 1767261600}, 5, {"call_id": "c", "event_type": "x", "occurred_at": "?"}]'
    )
    assert unreadable() == [(2, "not a JSON object"), (3, "occurred_at is not a time")]
    duckdb.execute(
        "copy (select 'c' as call_id, 'x' as event_type, if(i = 70000, 'bad', '2026-01-01') as occurred_at"
        " from range(1, 100001) t(i)) to 'a.parquet'"
    )
    assert "1 refused: occurred_at is not a time (first: line 70000)" in load("a.parquet").out


def test_lines_are_right_far_down_a_large_file(load):
    filler = f"e,c,x,2026-01-01T00:00:00Z,,,{'x' * 800}\n"  # 80 MB: more than DuckDB reads at once
    load(
        a__csv=HEAD + 'e,"a\nb",x,2026-01-01,,,\n\n' + filler * 50_000 + "short\n" + filler * 50_000 + "e,c,x,bad,,,\n"
    )
    assert unreadable() == [(50_005, "too few fields"), (100_006, "occurred_at is not a time")]


def test_broken_letters_are_refused_row_by_row_and_another_encoding_as_a_whole(load):
    content = HEAD.encode() + ROW.encode() + b"e2,caf\xe9,x,2026-01-01,,,\n"
    result = load(a__csv=content)
    assert (
        result.status == 1 and "not UTF-8 (first: line 3); say how it is written, e.g. --encoding cp1252" in result.err
    )
    assert "1 refused: not UTF-8 (first: line 3)" in load(b__csv=content + "e3,é,x,2026-01-01,,,\n".encode()).out
    assert query("select raw_text from raw.call_events_unreadable") == [("e2,caf\\xe9,x,2026-01-01,,,",)]


@pytest.mark.parametrize("megabytes, reason", [(10, None), (40, "longer than 32 MB")])
def test_huge_fields(load, megabytes, reason):
    huge = "x" * (megabytes << 20)
    result = load(
        a__csv=HEAD + ROW + f"e2,{huge},x,2026-01-01,,,\n" + ROW,
        b__ndjson=json.dumps({"call_id": huge, "event_type": "x", "occurred_at": "2026-01-01"})
        + '\n{"call_id":"c","event_type":"x","occurred_at":1767261600}\n',
    )
    assert (result.status, result.err) == (0, "")
    assert unreadable() == ([(1, reason), (3, reason)] if reason else [])
    assert query("select count(*) from raw.call_events") == [(3 if reason else 5,)]


def test_odd_values_arrive_unharmed(load):
    odd = ["'; drop table raw.call_events; --", 'say ""hi""', "a\0b", "naïve 📞", "$1 ? %s {x}", "a,b;c|d"]
    load(a__csv=HEAD + "".join(f'e{i},"{text}",x,2026-01-01,,,\n' for i, text in enumerate(odd)))
    assert [v for (v,) in query("select call_id from raw.call_events order by event_id")] == [
        t.replace('""', '"') for t in odd
    ]


# --- columns -----------------------------------------------------------------------------------------------------------


def test_names_in_any_case_and_order_with_spaces(load):
    load(a__csv=" Occurred_At ,EVENT_TYPE,Call_ID\n2026-01-01,x,c1\n")
    assert query("select call_id, event_type, occurred_at, source_system, queue from raw.call_events") == [
        ("c1", "x", datetime(2026, 1, 1), "canonical", None)
    ]


def test_unknown_columns_go_into_attributes(load):
    load(
        a__csv='call_id,event_type,occurred_at,attributes,Zip,a\nc1,x,2026-01-01,"{""a"": 1}",007,2\nc2,x,2026-01-01,not json,,\nc3,x,2026-01-01,,,\n'
        "c4,x,2026-01-01,[1],9,\n",
        b__ndjson='{"call_id": "c5", "event_type": "x", "occurred_at": 1767261600, "extra": {"k": [1]}, "with \\"/~ sign": true, "loaded_at": "?"}\n',
    )
    found = dict(query("select call_id, attributes from raw.call_events"))
    assert {k: v and json.loads(v) for k, v in found.items()} == {
        "c1": {"a": 1, "Zip": "007"},
        "c2": "not json",
        "c3": None,
        "c4": {"Zip": "9", "attributes": [1]},
        "c5": {"extra": {"k": [1]}, 'with "/~ sign': True},
    }


def test_event_id_is_derived_from_content_only_where_the_column_is_missing(load):
    body = "call_id,event_type,occurred_at,seconds\nc1,x,2026-01-01T00:00:00Z,1\nc1,x,2026-01-01T00:00:00Z,1\nc1,x,2026-01-01T00:00:00Z,2\n"
    load(
        a__csv=body,
        b__ndjson='{"seconds": 1.0, "occurred_at": "2026-01-01T01:00:00+01:00", "event_type": "x", "call_id": "c1"}\n',
    )
    ids = [i for (i,) in query("select event_id from raw.call_events order by seconds")]
    assert len(ids) == 4 and len(set(ids)) == 2 and all(i.startswith("row-") for i in ids)
    load(c__csv="event_id," + body.replace("\nc1", "\n,c1"))
    assert query("select count(*) from raw.call_events where event_id is null") == [(3,)]


def test_empty_required_values_are_loaded_as_nulls(load):
    load(a__csv=HEAD + ",,,,,,\n")
    assert query("select event_id, call_id, event_type, occurred_at from raw.call_events") == [(None,) * 4]


def test_loaded_at_is_the_time_of_the_load(load):
    before = datetime.utcnow()
    load(a__csv=HEAD.replace("\n", ",loaded_at\n") + ROW.replace("\n", ",1999-01-01\n"))
    ((at, attributes),) = query("select loaded_at, attributes from raw.call_events")
    assert before <= at <= datetime.utcnow() and attributes is None


def test_a_table_that_lacks_a_column_gets_it(load):
    with duckdb.connect("db.duckdb") as con:
        con.execute("create schema raw; create table raw.call_events (call_id varchar, occurred_at timestamp)")
    assert load(a__csv=HEAD + ROW).status == 0
    assert query("select call_id, seconds from raw.call_events") == [("c1", 1.5)]


# --- files that cannot be read -----------------------------------------------------------------------------------------

BAD_FILES = {
    "cut.csv.gz": (gzip.compress((HEAD + ROW * 9999).encode())[:-40], "cut off or damaged"),
    "crc.csv.gz": (gzip.compress((HEAD + ROW).encode())[:-8] + b"\0" * 8, "cut off or damaged"),
    "plain.csv.gz": (HEAD + ROW, "not gzip"),
    "cut.json": ('[{"call_id": "c", "event_type": "x", "occurred_at": 1767261600}, {"call', "broken JSON"),
    "latin.json": (b'[{"call_id": "caf\xe9", "event_type": "x", "occurred_at": 1767261600}]', "not UTF-8"),
    "words.ndjson": ("hello\nworld\n", "required column missing: call_id, event_type, occurred_at (found: none)"),
    "cut.parquet": (b"PAR1 and no more", "not a complete Parquet file"),
    "text.parquet": (HEAD + ROW, "not a Parquet file"),
    "binary.csv": (b"PAR1 and so on", "a Parquet file; name it .parquet"),
    "image.csv": (b"\x89PNG\0\0\0\n", "NUL bytes"),
    "a.xlsx": (b"PK", "not a complete Excel workbook"),
    "cut.zip": (b"PK\x03\x04 and no more", "cut off or damaged"),
    "cut.csv.zst": (b"\x28\xb5\x2f\xfd and no more", "cut off or damaged"),
    "noextension": (HEAD, "unknown kind of file"),
    "only.gz": (gzip.compress(b"x"), "unknown kind of file"),
    "wrong.csv": (HEAD.replace(",", "^"), "separated by a comma"),
    "noheader.csv": (ROW * 2, "found: 7 columns under names that are not known"),
    "repeats.csv": ("c1,Maria,Maria\n", "found: 3 columns under names that are not known"),
    "missing.csv": (
        HEAD.replace("call_id,", "") + ROW,
        "required column missing: call_id (found: event_id, event_type,",
    ),
    "missing.ndjson": (
        '{"call_id": "c", "event_type": "x"}',
        "required column missing: occurred_at (found: call_id, event_type)",
    ),
    "twice.csv": (HEAD.replace("event_id", "call_id"), "call_id twice"),
    "case.csv": (HEAD.replace("event_id", "Call_Id "), "twice"),
    "twice.ndjson": ('{"call_id": "c", "event_type": "x", "occurred_at": 1767261600, "call_id": "d"}', "call_id twice"),
    "case.ndjson": (
        '{"call_id": "c", "event_type": "x", "occurred_at": 1767261600}\n{"CALL_ID": "c"}',
        "call_id twice",
    ),
    "header.csv": ("é,".encode("latin1") + HEAD.encode(), "header is not UTF-8; say how it is written"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_changes_nothing_and_says_why_in_one_line(load, name):
    content, why = BAD_FILES[name]
    result = load("--source", "canonical", **{name: content})
    assert result.status == 1
    assert result.err.startswith(f"error: {name}: ") and result.err.count("\n") == 1 and why in result.err
    assert raw_tables() == []


def test_a_file_of_which_no_row_can_be_read_has_failed_and_may_come_again(load):
    content = HEAD + "e1,c1,call_started,01.02.2026 10:00,,,\ne2,c1\n"
    for _ in range(2):  # the second time changes nothing
        result = load(a__csv=content)
        assert result.status == 1 and "refused a.csv: 2 rows read, 0 loaded, 2 refused" in result.out
        assert "files: 0 loaded, 0 skipped, 1 failed" in result.out and "loaded a.csv" not in result.out
        assert unreadable() == [(2, "occurred_at is not a time"), (3, "too few fields")]
    assert load("--time-format", "%d.%m.%Y %H:%M", "a.csv").status == 0
    assert query("select occurred_at from raw.call_events") == [(datetime(2026, 2, 1, 10),)]
    assert unreadable() == [(3, "too few fields")]
    assert query("select rows_loaded, rows_refused from raw.loaded_files") == [(1, 1)]


def test_doubled_columns_in_parquet(load):
    duckdb.execute(
        "copy (select 'c' as call_id, 'x' as event_type, 1767261600 as occurred_at, 'd' as \"Call_id_\") to 'a.parquet'"
    )
    twice = Path("a.parquet").read_bytes().replace(b"Call_id_", b"_LL_ID__")
    assert load(b__parquet=twice).status == 0  # the patched name is only another column
    duckdb.execute(
        "copy (select 'c' as call_id, 'x' as event_type, 1767261600 as occurred_at, 'd' as cull_id) to 'a.parquet'"
    )
    result = load(c__parquet=Path("a.parquet").read_bytes().replace(b"cull_id", b"call_id"))
    assert (result.status, "column call_id twice" in result.err) == (1, True)


def test_the_other_files_go_on(load):
    result = load("nothing.csv", "no*.csv", a__csv=HEAD + ROW, b__csv="x\n", c__csv=HEAD + ROW + ROW)
    assert result.status == 1 and result.err.count("\n") == 3
    assert "no such file" in result.err and "no file matches" in result.err and "required column missing" in result.err
    assert "files: 2 loaded, 0 skipped, 3 failed; rows: 3 read, 3 loaded, 0 refused" in result.out


def test_files_without_events_are_those_of_a_quiet_day(load):
    empty = {
        "d__csv": b"",
        "e__ndjson": b"\n",
        "f__json": b" ",
        "g__parquet": b"",
        "h__csv__gz": gzip.compress(b"\r\n"),
    }
    assert load(a__csv=HEAD, b__csv=HEAD.strip(), c__json="[ ]\n", **empty, i__csv=b"\xef\xbb\xbf").status == 0
    assert query("select sum(rows_read), count(*) from raw.loaded_files") == [(0, 8)]  # one has the bytes of another


# --- files: names, repeats, patterns -----------------------------------------------------------------------------------


def test_the_same_bytes_are_skipped_under_any_name(load):
    load(a__csv=HEAD + ROW)
    result = load(a__csv=HEAD + ROW, b__csv=HEAD + ROW, c__csv=HEAD + ROW * 2)
    assert (
        result.out.count("skipped") == 3 and "1 loaded, 2 skipped, 0 failed" in result.out
    )  # twice by name, once in the total
    assert query("select count(*) from raw.call_events") == [(3,)]


def test_links_directories_patterns_and_strange_names(load, tmp_path):
    folder = tmp_path / "year=2026" / "it's [new]* \"; drop table x; --"
    (folder / "sub.csv").mkdir(parents=True)
    for i, name in enumerate(["a.csv", "b?.csv", "c\n.csv", os.fsdecode(b"d\xe9.csv")]):
        (folder / name).write_text(HEAD + ROW.replace("e1", f"e{i}"))
    (tmp_path / "link.csv").symlink_to(folder / "a.csv")
    (tmp_path / "dead.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.csv")
    result = load("year=2026/*/*.csv", "link.csv", "dead.csv", "pipe.csv")
    assert (
        result.status == 1
        and result.err.count("\n") == 2
        and "leads nowhere" in result.err
        and "not a regular file" in result.err
    )
    assert "sub.csv: a directory" in result.out and "4 loaded, 1 skipped" in result.out
    assert (
        query(
            "select distinct list_sort(map_keys(attributes::map(varchar, varchar))) from raw.call_events where attributes is not null"
        )
        == []
    )
    assert load("year=2026").err.count("a directory; name its files") == 1


def test_a_file_named_like_a_pattern_is_itself(load):
    Path("[ab].csv").write_text(HEAD)
    Path("a.csv").write_text(HEAD + ROW)
    assert "0 read" in load("[ab].csv").out


# --- the command -------------------------------------------------------------------------------------------------------


def test_an_unknown_source_lists_the_known(load):
    result = load("--source", "nope", a__csv=HEAD)
    assert (result.status, result.err) == (1, f"error: unknown source; known: {', '.join(SOURCES)}\n")


def test_not_a_database(load):
    Path("db.duckdb").write_text("hello " * 9999)
    result = load(a__csv=HEAD)
    assert result.status == 1 and "not a DuckDB database" in result.err and result.err.count("\n") == 1


def test_out_of_memory_is_one_line_and_changes_nothing(load):
    duckdb.execute(
        "copy (select 'c' || i as call_id, repeat('x', 5000) || i as event_type, 1767261600 + i as occurred_at from range(40000) t(i)) to 'a.parquet'"
    )
    result = load("--memory", "20MB", "a.parquet")
    assert result.status == 1 and "out of memory" in result.err and result.err.count("\n") == 1
    assert raw_tables() == []


def test_a_full_disk_is_one_line_and_changes_nothing(load, monkeypatch):
    Path("small").mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "small"], capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        monkeypatch.setenv("CALL_STATUS_DB", "small/db.duckdb")
        assert load(a__csv=HEAD + ROW).status == 0
        duckdb.execute(
            "copy (select 'c' as call_id, md5(i::varchar) as event_type, 1767261600 + i as occurred_at, i as event_id"
            " from range(500000) t(i)) to 'big.parquet'"
        )
        result = load("big.parquet")
        assert result.status == 1 and "the disk is full" in result.err and result.err.count("\n") == 1
        with duckdb.connect("small/db.duckdb", read_only=True) as con:
            assert con.execute("select count(*) from raw.call_events").fetchall() == [(1,)]
    finally:
        subprocess.run(["umount", "small"], check=True)


def test_a_view_in_the_place_of_the_table(load):
    with duckdb.connect("db.duckdb") as con:
        con.execute("create schema raw; create view raw.call_events as select 1 as call_id")
    assert "is a view in this database" in load(a__csv=HEAD + ROW).err


def process(*arguments, **options):
    """The loader in a process of its own, that minds an interrupt also where the tests run in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "call_status_tools.loading.load", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def test_a_database_in_use_is_waited_for_and_then_named(load):
    Path("a.csv").write_text(HEAD + ROW)
    with duckdb.connect("db.duckdb"):
        out, err = (busy := process("--wait", "0.3", "a.csv")).communicate()
        assert busy.returncode == 1 and "is in use" in err and f"PID {os.getpid()}" in err and err.count("\n") == 1
        patient = process("a.csv")
        time.sleep(1)
    out, err = patient.communicate(timeout=20)
    assert (patient.returncode, err) == (0, "")


@pytest.mark.parametrize("sign, status", [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_load_changes_nothing(load, sign, status, tmp_path):
    load(a__csv=HEAD + ROW)
    duckdb.execute(
        "copy (select 'c' as call_id, 'x' as event_type, '2026-01-01T00:00:00Z' as occurred_at, md5(i::varchar) as queue"
        " from range(700000) t(i)) to 'big.parquet'"
    )
    (tmp_path / "tmp").mkdir()
    child = process("big.parquet", env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
    while not list((tmp_path / "tmp").iterdir()):
        time.sleep(0.01)
    time.sleep(0.3)
    child.send_signal(sign)
    out, err = child.communicate(timeout=30)
    assert child.returncode == status and "Traceback" not in err and err.count("\n") <= 1
    assert query("select count(*) from raw.call_events") == [(1,)]
    assert load("big.parquet").status == 0 and query("select count(*) from raw.call_events") == [(700001,)]


def test_a_reader_of_our_output_may_go_away(load):
    Path("a.csv").write_text(HEAD + ROW)
    child = process("a.csv")
    child.stdout.close()
    assert "Traceback" not in child.stderr.read()
    child.wait()
