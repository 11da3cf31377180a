"""scripts/load: files as phone systems, spreadsheets and libraries write them. A table of file -> rows for each format."""

import gzip
import io
import json
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest
import zstandard
from support.loading import HEAD, ROW, query, unreadable

TEN = datetime(2026, 5, 5, 10)
NAMES = "call_id,event_type,occurred_at,party,agent_id"
RING = "c1,agent_ringing,2026-05-05 10:00:00,,anna"
END = "c1,call_ended,2026-05-05 10:00:20,customer,"
EVENTS = [("c1", "agent_ringing", TEN, None, "anna"), ("c1", "call_ended", TEN.replace(second=20), "customer", None)]


def events():
    return query(f"select {NAMES} from raw.call_events order by occurred_at")


# --- delimited text ----------------------------------------------------------------------------------------------------

PLAIN = f"{NAMES}\n{RING}\n{END}\n"
TEXTS = {
    "what Excel saves.csv": "sep=;\r\n" + PLAIN.replace(",", ";"),
    "any delimiter that is said.csv": "sep=^\n" + PLAIN.replace(",", "^"),
    "titles from Windows.csv": f"Ein Büro\r\n\r\n{PLAIN}".replace("\r", "").replace("\n", "\r\n"),
    "titles.csv": f"Report, of all calls\nfrom 1 to 2;;\n\n\n{PLAIN}",
    "blank lines first.csv": "\n\n" + PLAIN,
    "short rows.csv": PLAIN.replace("customer,\n", "customer\n"),
    "short rows and quoted lines.csv": f'{NAMES},note\n{RING},"two\nlines"\n{END[:-1]}\n',
    "padded.csv": f"call_id ,event_type   ,occurred_at, party,agent_id\nc1  ,agent_ringing,2026-05-05 10:00:00 ,,  anna\n{END} \n",
    "null words.csv": PLAIN.replace(",,anna", ",NULL,anna").replace("customer,", "customer,\\N"),
    "null words, padded.csv": PLAIN.replace(",,anna", ", None ,anna").replace("customer,", "customer,n/a"),
    "backslashes.csv": f'{NAMES},note\n{RING},"said \\"hello, there\\" twice"\n{END},\\N\n',
    "backslash at the end.csv": f'{NAMES},note\n{RING},"C:\\"\n{END},\n',
    "quotes in tabs.tsv": f'{NAMES},note\n{RING},"VIP\n{END},19" screen\n'.replace(",", "\t"),
    "quoted tabs.tsv": f'{NAMES},note\n{RING},"a,b"\n{END},"say ""hi"""\n'.replace(",", "\t").replace("a\tb", "a\t b"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_delimited_text(load, name):
    Path(name).write_text(TEXTS[name], newline="")
    result = load(name)
    assert (result.status, result.err) == (0, "") and "2 loaded, 0 refused" in result.out
    assert events() == EVENTS


def test_notes_are_whole(load):
    for name in ("backslashes.csv", "backslash at the end.csv", "quotes in tabs.tsv", "quoted tabs.tsv"):
        Path(name).write_text(TEXTS[name])
        load(name)
    found = {json.loads(note)["note"] for (note,) in query("select attributes from raw.call_events") if note}
    assert found == {'said "hello, there" twice', "C:\\", '"VIP', '19" screen', "a\t b", 'say "hi"'}


def test_a_quote_far_down_a_tsv_swallows_no_rows(load):
    lines = [NAMES + ",note", *[RING + ","] * 30_000, RING + ',"open', *[END + ","] * 5]  # the head has no quote
    result = load(a__tsv="\n".join(lines).replace(",", "\t"))
    assert "30,006 loaded, 0 refused" in result.out


def test_a_short_row_far_down_is_read_too_and_one_without_its_time_is_refused(load):
    result = load(a__csv="\n".join([NAMES, *[RING] * 40_000, END[:-1], "c1,call_ended", RING]))
    assert "40,002 loaded, 1 refused" in result.out and unreadable() == [(40_003, "too few fields")]


def test_lines_below_titles(load):
    load(a__csv=f"A title\n\n{NAMES}\n{RING}\n\nc1,call_ended,never,,\n{END[:-1]}\nc1\n")
    assert unreadable() == [(6, "occurred_at is not a time"), (8, "too few fields")]


def test_the_header_of_a_file_without_one_is_not_shown(load):
    result = load(a__csv="c1,incoming,Maria,Mustermann\nc1,outgoing,Maria,Maria\n")
    assert result.status == 1 and "Must" not in result.err and "Maria" not in result.err


# --- encodings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_encodings_that_can_be_told(load, encoding):
    assert load(a__csv=PLAIN.replace("anna", "Jürgen").encode(encoding)).err == ""
    ndjson = json.dumps({"call_id": "j", "event_type": "x", "occurred_at": "2026-05-05"})
    assert load(b__ndjson=ndjson.encode(encoding)).err == ""
    assert [row[0] for row in query("select distinct agent_id from raw.call_events where agent_id > ''")] == ["Jürgen"]


def test_an_encoding_that_is_said(load):
    content = PLAIN.replace("anna", "Jürgen").encode("cp1252")
    result = load(a__csv=content)
    assert result.status == 1 and "--encoding cp1252" in result.err
    assert load("--encoding", "cp1252", "a.csv").status == 0 and events()[0][-1] == "Jürgen"
    assert "unknown encoding nope" in load("--encoding", "nope", b__csv=PLAIN).err
    assert "the file is not utf-16" in load("--encoding", "utf-16", b__csv=PLAIN + "x").err


# --- JSON --------------------------------------------------------------------------------------------------------------

FIRST, SECOND = (
    {"call_id": "c1", "event_type": "agent_ringing", "occurred_at": "2026-05-05T10:00:00Z", "agent_id": "anna"},
    {"call_id": "c1", "event_type": "call_ended", "occurred_at": "2026-05-05T10:00:20Z", "party": "customer"},
)
BOTH = json.dumps(FIRST), json.dumps(SECOND)
DOCUMENTS = {
    "one after the other": "".join(BOTH),
    "pretty, one after the other": json.dumps(FIRST, indent=2) + "\n" + json.dumps(SECOND, indent=2),
    "an array a line": f"[{BOTH[0]}]\n[{BOTH[1]}]\n",
    "an array on one line": f"[{BOTH[0]}, {BOTH[1]}]",
    "an array inside": json.dumps({"data": [FIRST, SECOND], "meta": {"total": 2, "pages": []}}),
    "an array inside, pretty": json.dumps({"meta": {"next": None}, "data": {"calls": [FIRST, SECOND]}}, indent=1),
    "one of two arrays": json.dumps({"links": [{"href": "x"}], "data": [FIRST, SECOND]}),
    "arrays inside, one a line": f'{{"events": [{BOTH[0]}]}}\n{{"events": [{BOTH[1]}]}}\n',
}


@pytest.mark.parametrize("ending", ["json", "ndjson"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_forms_of_json(load, name, ending):
    result = load(**{f"a__{ending}": DOCUMENTS[name]})
    assert (result.status, result.err) == (0, "")
    assert events() == EVENTS


def test_json_without_an_ending(load):
    """As Amazon Data Firehose names its objects, packed or not."""
    name, content = "connect-1-2026-05-05-10-00-00-6a3c9d52", "".join(BOTH)
    for file, written in {name: content, f"{name}.gz": gzip.compress(content.replace("anna", "bob").encode())}.items():
        result = load(**{file: written})
        assert (result.status, result.err) == (0, "")
    assert {row[-1] for row in events()} == {"anna", "bob", None} and len(events()) == 4


CASES = [{"eventType": "QUEUED", "contactId": "c1"}, {"EventType": "DISCONNECTED", "ContactId": "c1"}]


def test_letter_case_differs_where_records_are_kept_whole(load):
    """Where the loader takes a record apart, two spellings of a column stop the file."""
    result = load("--source", "amazon_connect.contact_events", a__ndjson="\n".join(map(json.dumps, CASES)))
    assert (result.status, result.err) == (0, "")
    found = query("select document from raw.amazon_connect_contact_events")
    assert sorted((json.loads(text) for (text,) in found), key=str) == sorted(CASES, key=str)


def test_arrays_that_only_a_path_tells_apart(load):
    content = json.dumps({"old": {"calls": [FIRST]}, "new": {"calls": [FIRST, SECOND]}})
    assert "old.calls, new.calls; --records PATH says which" in load(a__json=content).err
    assert "--records new.call leads to no array" in load("--records", "new.call", "a.json").err
    assert load("--records", "new.calls", "a.json").status == 0 and events() == EVENTS


def test_ids_keep_every_digit(load):
    ids = ["1651531787.1", "1651531787.10", "123456789012345678901", "1e5", "-0.50", "7"]
    line = '{"call_id": %s, "event_type": "x", "occurred_at": 1777989909.5, "n": 1.50, "note": "a\\": 1.50, b", "seconds": 2.50}'
    load(
        a__ndjson="\n".join(line % i for i in ids),
        b__json="[" + ",\n".join(line % f"{i}" for i in ids) + "]",
        c__json='{"data": [' + ", ".join(line % i for i in ids) + "]}",
    )
    assert query("select call_id, count(*), min(seconds) from raw.call_events group by 1 order by 1") == [
        (i, 3, 2.5) for i in sorted(ids)
    ]
    (attributes,) = {json.dumps(json.loads(a)) for (a,) in query("select attributes from raw.call_events")}
    assert json.loads(attributes) == {"n": 1.5, "note": 'a": 1.50, b'}


def test_thousands_of_different_keys_need_no_memory_of_their_own(load):
    rows = [FIRST | {f"key {i}": i, f"other {i}": "x"} for i in range(3000)]
    result = load("--memory", "150MB", a__ndjson="\n".join(map(json.dumps, rows)))
    assert (result.status, result.err) == (0, "")
    assert json.loads(query("select max(attributes) from raw.call_events")[0][0]) == {"key 999": 999, "other 999": "x"}


def test_a_page_without_records_is_a_quiet_hour(load):
    empty = json.dumps({"calls": [], "page": 0, "next_page_uri": None})
    assert "0 rows read" in load(a__json=empty).out
    load(b__ndjson=f"{empty}\n{json.dumps({'calls': [FIRST, SECOND], 'page': 1})}\n")
    assert events() == EVENTS
    assert "required column missing" in load(c__json=json.dumps({"id": "c1", "tags": []})).err


def test_numbers_that_are_none(load):
    """`nan` and `-nan`, as C writes them. In a text they are letters."""
    odd = json.dumps({"call": FIRST | {"note": "x: nan"}}).replace('"call":', '"rate": -nan, "loss": nan, "call":')
    for text in (odd, odd.replace("{", "{\n").replace("}", "\n}")):
        load(a__json=text)
    assert query("select distinct call_id, attributes from raw.call_events") == [("c1", '{"note":"x: nan"}')]


# --- web forms ---------------------------------------------------------------------------------------------------------

FORMS = (
    "call_id=c1&event_type=agent_ringing&occurred_at=2026-05-05T10%3A00%3A00Z&party=&agent_id=anna\n"
    "\n"
    "2026-05-05 10:00:21 call_id=c1&event_type=call_ended&occurred_at=2026-05-05T12%3A00%3A20%2B02%3A00&party=customer&note=a%26b+c\n"
)


@pytest.mark.parametrize("name", ["a.form", "a.txt", "a.txt.gz"])
def test_bodies_of_web_forms(load, name):
    Path(name).write_bytes(gzip.compress(FORMS.encode()) if name.endswith(".gz") else FORMS.encode())
    result = load(name)
    assert (result.status, result.err) == (0, "")
    assert events() == EVENTS
    (attributes,) = query("select attributes from raw.call_events where party = 'customer'")[0]
    assert json.loads(attributes) == {"received_at": "2026-05-05 10:00:21", "note": "a&b c"}


def test_a_line_that_is_no_form_is_refused_alone(load):
    assert "2 loaded, 1 refused" in load(a__form=FORMS + "hello\n").out
    assert unreadable() == [(4, "not valid JSON")]


def test_a_text_with_columns_is_no_form(load):
    assert "2 loaded, 0 refused" in load(a__txt=PLAIN).out


# --- XML ---------------------------------------------------------------------------------------------------------------

CALL = (
    '<?xml version="1.0"?>\n<call core="7">\n <call_id>%s</call_id>\n <call_id>again</call_id>\n <event_type>\tx\n</event_type>\n'
    " <occurred_at>2026-05-05</occurred_at>\n <flow><n>2</n></flow><flow><n>1</n></flow>\n <agent_id>Jürgen &amp; Co</agent_id><queue/>\n</call>\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_documents_of_xml(load, encoding):
    """One after the other, also on one line. Of texts under one name the first, of elements all."""
    content = CALL % "c1" + (CALL % "c2").replace("\n", "") + CALL % "c3"
    result = load(a__xml=content.encode(encoding), b__xml="")
    assert (result.status, result.err) == (0, "") and "3 rows read, 3 loaded, 0 refused" in result.out
    found = query("select call_id, event_type, agent_id, queue, attributes from raw.call_events order by 1")
    assert [row[:4] for row in found] == [(call, "x", "Jürgen & Co", "") for call in ("c1", "c2", "c3")]
    assert json.loads(found[0][4]) == {"core": "7", "flow": [{"n": "2"}, {"n": "1"}]}


def test_elements_of_one_document(load):
    calls = "".join(
        f"<call><call_id>c{i}</call_id><event_type>x</event_type><occurred_at>2026-05-05</occurred_at></call>"
        for i in (1, 2)
    )
    assert load(a__xml=f"<export>{calls}</export>").err == ""
    assert query("select call_id from raw.call_events order by 1") == [("c1",), ("c2",)]


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE call [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><call><call_id>&b;</call_id></call>',
        '<?xml version="1.0"?>\n<!DOCTYPE call SYSTEM "file:///etc/passwd"><call/>',
        "<call><call_id>c1</call_id>",
        "</documents><documents>",
        "call_id,event_type\n",
        "<a>" * 200 + "</a>" * 200,
    ],
)
def test_what_is_no_xml_or_declares_entities(load, content):
    result = load(a__xml=content)
    assert result.status == 1 and "XML" in result.err and result.err.count("\n") == 1


def test_a_document_that_the_table_is_not_for(load):
    """A column that takes any document does not make every file one."""
    result = load("--source", "freeswitch", a__json=BOTH[0], b__json='{"variables": {"uuid": "x"}}')
    assert "required column missing: variables or xml_cdr_uuid or document" in result.err
    assert query("select document from raw.freeswitch_cdrs") == [('{"variables": {"uuid": "x"}}',)]


# --- packed ------------------------------------------------------------------------------------------------------------


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def test_packed_files(load):
    half = len(PLAIN) // 2
    frames = b"".join(zstandard.compress(part.encode()) for part in (PLAIN[:half], PLAIN[half:]))
    members = {"calls__csv": PLAIN, "__MACOSX/._calls__csv": b"\0", "._x": b"\0"}
    for name, content in {"a.csv.zst": frames, "b.zip": zipped(**members), "c.csv.zip": zipped(**members)}.items():
        Path(name).write_bytes(content)
        assert load(name).err == "", name
        assert set(events()) == set(EVENTS)
    cut = load(d__csv__zst=zstandard.compress(PLAIN.encode())[:-3])
    assert cut.status == 1 and "cut off or damaged" in cut.err
    assert "the archive holds 2 files" in load(e__zip=zipped(a__csv=PLAIN, b__csv=PLAIN)).err
    assert "unknown kind of file" in load(f__zip=zipped(readme__md="x")).err
    assert "named .zst but not" in load(g__csv__zst=gzip.compress(PLAIN.encode())).err


def test_a_workbook(load):
    book = openpyxl.Workbook()
    for row in (
        ["Call report"],
        [],
        ["call_id", "event_type", "occurred_at", "seconds", "agent_id"],
        [4711.0, "agent_ringing", TEN, None, "anna"],
        [None] * 5,
        [4711, "voicemail_left", TEN, time(0, 0, 12), None],
        [4711, "voicemail_left", TEN, timedelta(seconds=13), None],
        [4711, "call_ended", "never", None, None],
    ):
        book.active.append(row)
    book.save("a.xlsx")
    assert "4 rows read, 3 loaded, 1 refused" in load("a.xlsx").out
    assert query(
        "select call_id, occurred_at, seconds, agent_id from raw.call_events order by seconds nulls first"
    ) == [
        ("4711", TEN, None, "anna"),
        ("4711", TEN, 12.0, None),
        ("4711", TEN, 13.0, None),
    ]
    assert unreadable() == [(8, "occurred_at is not a time")]  # the row of the sheet


# --- times and lengths -------------------------------------------------------------------------------------------------

FORMATS = [  # time, format, zone -> UTC
    ("05/05/2026 14:05:09", "%d/%m/%Y %H:%M:%S", None, datetime(2026, 5, 5, 14, 5, 9)),
    ("5/6/2026 2:05:09 PM", "%m/%d/%Y %I:%M:%S %p", None, datetime(2026, 5, 6, 14, 5, 9)),
    ("05.06.2026 14:05", "%d.%m.%Y %H:%M", "Europe/Berlin", datetime(2026, 6, 5, 12, 5)),
    ("05.06.2026 14:05 +0300", "%d.%m.%Y %H:%M %z", "Europe/Berlin", datetime(2026, 6, 5, 11, 5)),
    ("2026-06-05 14:05", "%d.%m.%Y %H:%M", None, datetime(2026, 6, 5, 14, 5)),  # one that needs no format
    ("202605051405", "%Y%m%d%H%M", None, datetime(2026, 5, 5, 14, 5)),
    ("46147.58690972", "excel", None, datetime(2026, 5, 5, 14, 5, 9)),
    ("46147.58690972", "excel", "Europe/Berlin", datetime(2026, 5, 5, 12, 5, 9)),
    ("2026-05-05 14:05:09", None, "Europe/Berlin", datetime(2026, 5, 5, 12, 5, 9)),
    ("2026-05-05T14:05:09Z", None, "Europe/Berlin", datetime(2026, 5, 5, 14, 5, 9)),
    ("2026-05-05 14:05:09+02", None, "America/New_York", datetime(2026, 5, 5, 12, 5, 9)),
    ("May 5, 2026 2:05 PM", None, "Europe/Berlin", datetime(2026, 5, 5, 12, 5)),
    ("1777989909", None, "Europe/Berlin", datetime(2026, 5, 5, 14, 5, 9)),
    ("2026-10-25 01:59:59", None, "Europe/Berlin", datetime(2026, 10, 24, 23, 59, 59)),
    ("2026-10-25 02:30:00", None, "Europe/Berlin", datetime(2026, 10, 25, 1, 30)),  # twice there: the second
    ("2026-10-25 03:00:00", None, "Europe/Berlin", datetime(2026, 10, 25, 2)),
]


@pytest.mark.parametrize("text, form, zone, expected", FORMATS)
def test_formats_and_zones(load, text, form, zone, expected):
    options = [*(("--time-format", form) if form else ()), *(("--time-zone", zone) if zone else ())]
    assert load(*options, a__csv=f'call_id,event_type,occurred_at\nc,x,"{text}"\n').status == 0
    assert query("select occurred_at from raw.call_events") == [(expected,)]


def test_zones_of_parquet(load):
    """A time that knows its zone keeps it; one that does not is of the zone that is said."""
    duckdb.execute(
        "set TimeZone = 'UTC'; copy (select 'c' as call_id, 'x' as event_type, timestamp '2026-05-05 14:00' as occurred_at) to 'a.parquet'"
    )
    duckdb.execute(
        "copy (select 'c' as call_id, 'x' as event_type, timestamptz '2026-05-05 12:00+00' as occurred_at) to 'b.parquet'"
    )
    assert load("--time-zone", "Europe/Berlin", "a.parquet", "b.parquet").status == 0
    assert query("select distinct occurred_at from raw.call_events") == [(datetime(2026, 5, 5, 12),)]


@pytest.mark.parametrize(
    "option, value, why",
    [
        ("--time-zone", "Europe/Nowhere", "unknown time zone Europe/Nowhere"),
        ("--time-format", "%Q", "the time format cannot be read"),
    ],
)
def test_wrong_options_are_one_line(load, option, value, why):
    result = load(option, value, a__csv=PLAIN)
    assert result.status == 1 and why in result.err and result.err.count("\n") == 1


LENGTHS = {
    "12": 12,
    " 12.5 ": 12.5,
    "12,5": 12.5,
    "0,125": 0.125,
    "00:12": 12,
    "1:15": 75,
    "75:00": 4500,
    "1:02:03": 3723,
    "00:00:12.5": 12.5,
    "12 s": 12,
    "12s": 12,
    "12,5 sec": 12.5,
    "1m 5s": 65,
    "PT1M5S": 65,
    "-3": -3,
    "NULL": None,
    "": None,
    "1,234": None,
    "lots": None,
    "1:75": None,
    "nan": None,
}


def test_lengths(load):
    rows = "".join(f'c{i:02},x,2026-05-05,"{text}"\n' for i, text in enumerate(LENGTHS))
    result = load(a__csv="call_id,event_type,occurred_at,seconds\n" + rows)
    assert "21 loaded, 0 refused" in result.out
    assert (
        "4 loaded without seconds: its text is no length, and is kept in unread_seconds (first: line 19)" in result.out
    )
    found = query("select seconds, unread_seconds from raw.call_events order by call_id")
    expected = [
        (seconds, None if seconds is not None or text in ("NULL", "") else text) for text, seconds in LENGTHS.items()
    ]
    assert found == expected


@pytest.mark.parametrize(
    "value", ["time '00:00:12'", "interval '12 s'", "12::utinyint", "12.0::decimal(9, 3)", "'00:12'"]
)
def test_lengths_in_parquet(load, value):
    duckdb.execute(
        f"copy (select 'c' as call_id, 'x' as event_type, date '2026-05-05' as occurred_at, {value} as seconds) to 'a.parquet'"
    )
    assert load("a.parquet").err == "" and query("select seconds from raw.call_events") == [(12.0,)]


NANOSECONDS = ["timestamptz_ns '2026-01-01 11:00:00.123456789+01'", "timestamp_ns '2026-01-01 10:00:00.123456789'"]


@pytest.mark.parametrize("value", NANOSECONDS)
def test_nanoseconds_are_cut(load, value):
    duckdb.execute(f"copy (select 'c' as call_id, 'x' as event_type, {value} as occurred_at) to 'a.parquet'")
    assert load("a.parquet").err == ""
    assert query("select occurred_at from raw.call_events") == [(datetime(2026, 1, 1, 10, 0, 0, 123456),)]


# --- a look before -----------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_and_writes_nothing(load):
    result = load("--dry-run", a__csv=HEAD + ROW + ROW.replace("2026-01-01T10:00:00Z", "never"))
    assert result.status == 0 and not Path("db.duckdb").exists()
    assert "would load a.csv: 2 rows read, 1 loaded, 1 refused" in result.out
    assert "occurred_at      occurred_at      2026-01-01 10:00:00" in result.out
    assert "customer_number  customer_number  (given)" in result.out and "nothing was written" in result.out
