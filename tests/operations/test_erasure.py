"""One customer's number is erased: no byte of it is left in any file, and nothing else changes.

The search here is another one than the command's: of every file, unpacked, all that is no digit is taken out, and the number's digits
are looked for in what is left.
"""

import contextlib
import csv
import fcntl
import gzip
import io
import json
import re
import shutil
import zipfile
import zlib

import duckdb
import openpyxl
import pytest
import zstandard
from call_status_tools.loading import load
from call_status_tools.operations import erasure
from call_status_tools.operations.building import Project
from call_status_tools.operations.places import Places, places_of
from call_status_tools.operations.publish import publish
from call_status_tools.operations.spellings import Spellings
from support.harness import DbtFailed, changes

NUMBER, STRANGER = "+493073510642", "+493073510643"
DIGITS = "3073510642"
SPELLINGS = [NUMBER, "0049 30 7351 0642", "(030) 7351-0642", "+49 (0)30/73510642", "493073510642", "30 73 51 06 42"]
AS_OF = {"call_status_as_of": "2026-03-20 12:00:00", "call_status_sources": ["canonical", "callhippo"]}
DAY = "2026-03-02"


def event(call_id, second, event_type, number=None, **columns):
    return {
        "event_id": f"{call_id} {second}",
        "source_system": "pbx",
        "call_id": call_id,
        "direction": "incoming",
        "event_type": event_type,
        "occurred_at": f"{DAY}T10:00:{second:02}",
        "customer_number": number,
        **columns,
    }


def call(call_id, number, **columns):
    return [
        event(call_id, 0, "call_started", number, **columns),
        event(call_id, 9, "call_ended", number, party="customer"),
    ]


def deep(number):
    return {
        "from": number,
        "bare": int(re.sub(r"\D", "", NUMBER)),
        "all": [493073510642, 493073510642],
        "sip": f"sip:{NUMBER}@pbx",
    }


EVENTS = [
    *(row for place, number in enumerate(SPELLINGS) for row in call(f"call {place}", number, attributes=deep(number))),
    *call(f"{NUMBER} at ten", NUMBER, agent_id="anna"),
    *call("stranger", STRANGER, attributes={"from": STRANGER}),
    event("refused", 0, "agent_applauded", NUMBER, attributes={"from": NUMBER}),
]
CALLHIPPO = [
    {"type": "call", "callSid": f"CA{place}", "callType": "Incoming", "from": number, "to": "+15550100101", "status": "Missed",
     "startTime": f"{DAY}T10:00:00Z", "endTime": f"{DAY}T10:00:20Z", "hangupBy": "Client"}
    for place, number in enumerate([NUMBER, STRANGER])
]  # fmt: skip
# Refused by the loader, its text kept; and a row without an id, from which the loader derives one.
CSV = f"call_id,event_type,occurred_at,direction,customer_number\nx,call_ended,yesterday,incoming,{NUMBER}\ny,call_ended,{DAY}T11:00:00Z,incoming,{NUMBER}\n"


def ndjson(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def in_zip(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def workbook():
    book, packed = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["number", "n"])
    book.active.append([NUMBER, int(NUMBER)])
    book.save(packed)
    return packed.getvalue()


def write_inbox(inbox):
    """Files in every format. Those that are loaded come first."""
    done, refused = inbox / "done" / DAY, inbox / "refused"
    done.mkdir(parents=True)
    refused.mkdir()
    files = {
        done / "calls.ndjson.gz": gzip.compress(ndjson(EVENTS)),
        done / "hippo.zip": in_zip("hippo.ndjson", ndjson(CALLHIPPO)),
        done / "some.csv": CSV.encode(),
        done / "wide.csv": CSV.encode("utf-16"),
        done / "calls.json.zst": zstandard.compress(json.dumps([deep(NUMBER)]).encode()),
        done / f"export {NUMBER}.xml": f"<calls><call from='{SPELLINGS[2]}'/></calls>".encode(),
        done / "book.xlsx": workbook(),
        done / "zip in zip.zip": in_zip("inner.zip", in_zip("x.csv", CSV)),
        refused / "cut.csv.gz": gzip.compress(CSV.encode() * 100)[:40],
        refused / "bad.csv": b"\xff\xfe\x01" + CSV.encode(),
        refused / "bad.csv.reason.txt": f"line 2: {NUMBER} is no time\n".encode(),
        inbox / "waiting.tsv": CSV.replace(",", "\t").encode(),
    }
    for path, content in files.items():
        path.write_bytes(content)
    with duckdb.connect() as con:
        con.execute(
            f"copy (select '{NUMBER}' as a, {int(NUMBER)} as b, {{'x': ['{SPELLINGS[1]}']}} as c, 7.5 as d)"
            f" to '{done / 'calls.parquet'}'"
        )
        con.execute(f"attach '{refused / 'copy.duckdb'}' as copy; create table copy.t as select '{NUMBER}' as a")
    return list(files)[:3]


def contents(path):
    """(what is in a file, however deep it is packed), as bytes; of a database its bytes and its values."""
    data = path.read_bytes()
    if data[8:12] == b"DUCK" or data[:4] == b"PAR1":
        with duckdb.connect() as con:
            if data[:4] == b"PAR1":
                tables = [f"read_parquet('{path}')"]
            else:
                con.execute(f"attach '{path}' as looked_at (read_only)")
                names = con.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'looked_at'"
                ).fetchall()
                tables = [f'looked_at."{schema}"."{name}"' for schema, name in names]
            rows = [
                row for table in tables for row in con.execute(f"select columns(*)::varchar from {table}").fetchall()
            ]
        data += "\n".join(value or "" for row in rows for value in row).encode()
    return unpacked(data)


def unpacked(data):
    if data[:2] == b"\x1f\x8b":
        return unpacked(zlib.decompressobj(31).decompress(data))  # also of one that is cut off
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return unpacked(zstandard.decompress(data, max_output_size=1 << 20))
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(name.encode() + b"\n" + unpacked(archive.read(name)) for name in archive.namelist())
    return data


def hashes(warehouse):
    """What `hash` makes of the number, by the facts: both keys of one customer."""
    rows = warehouse.query("select distinct customer_number from fct_calls where call_id = 'call 0'")
    return [row["customer_number"].encode() for row in rows if row["customer_number"]]


def files_with_the_number(folder, *others):
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "parse" not in path.parts):
        text = path.name.encode() + b"\n" + contents(path)
        if DIGITS.encode() in re.sub(rb"[^0-9\n]", b"", text) or any(other in text for other in others):
            found.append(path.relative_to(folder).as_posix())
    return found


class Story:
    """What there was to see on the way, for the tests to look at."""


@pytest.fixture(
    scope="module", params=[pytest.param(value, marks=pytest.mark.long) for value in ("keep", "hash", "drop")]
)
def story(request, new_warehouse):
    seen, warehouse = Story(), new_warehouse()
    seen.warehouse, seen.pii = warehouse, request.param
    seen.vars = {**AS_OF, "call_status_pii": request.param}
    folder, inbox = warehouse.directory, warehouse.directory / "inbox"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALL_STATUS_DB", str(warehouse.path))
        calls, hippo, some = write_inbox(inbox)
        loaded = [load.main([str(calls), str(some)]), load.main(["--source", "callhippo", str(hippo)])]
        assert loaded == [1, 0] or loaded == [0, 0]
        if request.param == "hash":
            warehouse.dbt("run-operation", "call_status.create_pii_key", vars=seen.vars)
        warehouse.dbt("run", vars=seen.vars)
        runs = folder / "call_status_runs"
        (runs / "logs").mkdir(parents=True)
        (runs / "logs" / "own.log").write_text(f"update where call_id = '{NUMBER} at ten'\n")
        (runs / "last_run.json").write_text(json.dumps({"files": [f"export {NUMBER}.xml"]}))

        places = places_of()
        for _ in range(2):
            publish(places.state, places.published, parquet=True, manifest=Project.parsed(places).manifest)
        seen.versions = [path for path in places.parquet.iterdir() if path.is_dir()]
        seen.hashes = hashes(warehouse) if request.param == "hash" else []
        seen.facts = warehouse.relations()
        seen.before = files_with_the_number(folder, *seen.hashes)
        seen.unlike = [name for name in seen.before if "logs/own.log" in name]
        patch.setattr("sys.stdin", io.StringIO("+49 (30) 735 106 42\n"))
        out, err = io.StringIO(), io.StringIO()
        patch.setattr("sys.stderr", err)
        with contextlib.redirect_stdout(out):
            seen.status = erasure.main(["--inbox", str(inbox), "--vars", json.dumps(seen.vars)])
        seen.out, seen.err = out.getvalue(), err.getvalue()
        seen.after = files_with_the_number(folder, *seen.hashes)
        seen.loaded_again = load.main([str(some)])
    seen.erased = warehouse.relations()
    return seen


def test_no_byte_of_the_number_is_left_in_any_file(story):
    packed = {
        "calls.ndjson.gz",
        "hippo.zip",
        "some.csv",
        "calls.json.zst",
        "book.xlsx",
        "zip in zip.zip",
        "calls.parquet",
    }
    assert {f"inbox/done/{DAY}/{name}" for name in packed} < set(story.before), "the search finds what is there"
    assert {"call_status.duckdb", "call_status_runs/last_run.json", "inbox/waiting.tsv"} < set(story.before)
    assert (story.status, story.err) == (0, "")
    assert story.after == []
    assert "The number is in no file that was searched." in story.out and DIGITS not in re.sub(r"\D", "", story.out)


def test_what_cannot_be_rewritten_is_deleted_and_named(story):
    inbox = story.warehouse.directory / "inbox"
    for name in ("cut.csv.gz", "copy.duckdb"):
        assert f"refused/{name}: it" in story.out and not (inbox / "refused" / name).exists()
    left = {path.name for path in inbox.rglob("*") if path.is_file()}
    assert {"calls.ndjson.gz", "hippo.zip", "bad.csv", "export .xml"} <= left
    with gzip.open(inbox / "done" / DAY / "calls.ndjson.gz") as file:
        rows = [json.loads(line) for line in file]
    assert (
        len(rows) == len(EVENTS) and rows[0]["attributes"]["bare"] is None and rows[-2]["customer_number"] == STRANGER
    )
    assert list(csv.reader((inbox / "done" / DAY / "some.csv").open()))[2][-1] == ""


def test_the_call_stays_and_its_number_is_null(story):
    """A stranger's number, which differs in one digit, is what it was."""
    calls = {row["call_id"]: row for row in story.erased["fct_calls"]}
    before = {row["call_id"]: row for row in story.facts["fct_calls"]}
    assert len(calls) == len(before) == len(SPELLINGS) + 5
    for call_id in [*(f"call {place}" for place in range(len(SPELLINGS))), "y", "CA0"]:
        assert calls[call_id] == {**before[call_id], "customer_number": None}
    for call_id in ("stranger", "CA1"):
        assert calls[call_id] == before[call_id]
    (renamed,) = [call_id for call_id in calls if call_id.endswith(" at ten")]
    assert renamed.startswith("erased-") and calls[renamed]["call_key"] == f"pbx/{renamed}"


def test_a_file_that_was_rewritten_stays_known_as_loaded(story):
    assert story.loaded_again == 0
    rows = story.warehouse.query("select count(*) as n from raw.call_events where call_id = 'y'")
    assert rows == [{"n": 1}]


def test_a_run_changes_no_call_and_a_full_refresh_brings_nothing_back(story):
    """Who called back whom is counted once more."""
    warehouse = story.warehouse
    warehouse.dbt("run", vars=story.vars)
    after_run = warehouse.relations()
    followed = ("fct_missed_call_followups",)
    found = changes(story.erased, after_run, ignored=())
    assert [line for line in found if not line.startswith(followed)] == []
    warehouse.dbt("run", "--full-refresh", vars=story.vars)
    # The id of a refused event is hashed with the key: of a new id another one comes out.
    ignored = ("derived_at", "event_id") if story.pii == "hash" else ("derived_at",)
    assert changes(after_run, warehouse.relations(), ignored=ignored) == []
    warehouse.dbt("test", "--exclude", "test_type:unit", vars=story.vars)


# ---- what readers open ----------------------------------------------------------------------------------------------


def test_what_readers_open_is_published_anew_and_older_versions_go(story):
    published = story.warehouse.directory / "published"
    assert story.pii != "keep" or "published/call_status.duckdb" in story.before
    assert len(story.versions) == 2 and len([path for path in (published / "parquet").iterdir() if path.is_dir()]) == 1
    with duckdb.connect(str(published / "call_status.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from fct_calls").fetchone()[0] == len(story.facts["fct_calls"])


def test_what_was_not_published_is_not_published(tmp_path):
    erasure.publish_anew(Places(tmp_path / "call_status.duckdb", tmp_path / "published.duckdb", tmp_path / "runs"))
    assert list(tmp_path.iterdir()) == []


# ---- what stops it --------------------------------------------------------------------------------------------------


@pytest.fixture
def command(new_warehouse, monkeypatch, capsys):
    """Runs the command on a database; returns (status, what it printed)."""
    warehouse = new_warehouse()
    warehouse.write_events([])
    monkeypatch.setenv("CALL_STATUS_DB", str(warehouse.path))

    def run(number, *arguments):
        monkeypatch.setattr("sys.stdin", io.StringIO(number + "\n"))
        return erasure.main([*arguments]), capsys.readouterr().err

    run.warehouse = warehouse
    return run


@pytest.mark.parametrize(
    "number", ["", "030 73510642", "+49 12", "anna", "+999 73510642", "+49 30 73510642 and +49 30 73510643"]
)
def test_what_is_no_number_with_a_countrys_code(command, number):
    status, error = command(number)
    assert status == 1 and "write it like +49 30 901820" in error and DIGITS not in re.sub(r"\D", "", error)


def test_a_run_that_is_under_way(command):
    runs = command.warehouse.directory / "call_status_runs"
    runs.mkdir()
    with (runs / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert command(NUMBER) == (
            12,
            f"error: another run holds {runs / 'lock'} (beginning); wait until it has ended\n",
        )


def test_no_room(command, monkeypatch):
    monkeypatch.setattr(erasure.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    assert command(NUMBER)[0] == 13


def test_what_is_found_afterwards_is_named(command, monkeypatch):
    """A table of one's own in the database."""
    with duckdb.connect(command.warehouse.path) as con:
        con.execute(f"create table own as select '{NUMBER}' as a")
    monkeypatch.setattr(erasure, "erase_from_tables", lambda *_: [])
    status, error = command(NUMBER)
    assert status == 1 and "call_status.duckdb: main.own" in error and DIGITS not in error


def test_the_number_is_no_argument(new_warehouse):
    warehouse = new_warehouse()
    with pytest.raises(SystemExit) as left:
        erasure.main([NUMBER])
    assert left.value.code == 2
    with pytest.raises(DbtFailed, match="takes no number as an argument"):
        warehouse.dbt("run-operation", "call_status.erase_customer", "--args", "{number: '+49'}", vars=AS_OF)


@pytest.mark.parametrize(
    "text, is_it",
    [
        *((text, True) for text in SPELLINGS),
        ("0114930 73510642", True),
        ("tel:%2B49%2030%2073510642", True),
        ("2001772445600000000493073510642", True),  # packed evidence
        ("\u202f+49\u00a030\u201373510642.", True),
        ("+4930735106421", False),
        ("1493073510642", False),
        ("+493073510643", False),
        ("3073510, 642", False),
    ],
)
def test_spellings(text, is_it):
    number = Spellings(NUMBER)
    assert (number.anywhere.search(text.encode()) is not None) == is_it
    assert duckdb.execute("select regexp_matches($1, $2)", [text, number.sql]).fetchone() == (is_it,)
    if is_it and not text.startswith("2001"):
        assert not re.search("[0-9]", number.without(text.encode()).decode().replace("%2B", ""))
