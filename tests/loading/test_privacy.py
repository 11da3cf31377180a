"""No customer's number leaves the raw schema with `call_status_pii: drop` or `hash`, and no key with `hash`.

Looked through: every column of every relation outside raw, all that dbt writes into its target folder and its logs (at
level debug), and what the loader and dbt print. The database file is not: the raw tables are in it.
"""

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from call_status_tools.dbt import DbtFailed
from support.harness import Warehouse
from support.parsing import run_with_what_was_parsed

# None of these digits is in any other value of these tests.
ANNA, BEN, CARL, DORA, EMIL = NUMBERS = [
    "+4915771234501",
    "+4915771234502",
    "+14155550143077",
    "+33612345678042",
    "4420794609876500",
]
LOADED_AT = datetime(2026, 3, 16, 6)
HASH, DROP, KEEP = ({"call_status_pii": value} for value in ("hash", "drop", "keep"))
KEY_TABLE = "raw.call_status_pii_key"
BAD_KEYS = {"empty": "('')", "short": "('0123456789')", "null": "(null)", "two rows": f"('{'a' * 64}'), ('{'b' * 64}')"}


# ---- raw events, through the loader and beside it -------------------------------------------------------------------


def file_row(number, call_id, **columns):
    return {
        "event_id": f"file {call_id}",
        "call_id": call_id,
        "event_type": "call_ended",
        "direction": "incoming",
        "occurred_at": "2026-03-16T05:00:00Z",
        "customer_number": number,
        **columns,
    }


FILES = {
    "good.ndjson": [
        file_row(ANNA, "anna 1", attributes={"from": ANNA, "deep": [{"sip": f"sip:{ANNA}@example.org"}]}),
        file_row(BEN, "ben", extra_column=f"caller {BEN}"),
        file_row(None, "withheld"),
    ],
    # Refused as a whole, and refused by dbt: with the number in attributes, in JSON, without its plus.
    "broken.ndjson": [
        file_row(CARL, "carl", occurred_at="yesterday"),
        file_row(CARL, "carl", event_type="?", attributes={"number": CARL.lstrip("+")}),
        file_row(CARL, "carl", direction="sideways", attributes=f"not even JSON {CARL}"),
        f'{{"call_id": "cut", "customer_number": "{DORA}", "event_ty',
        f"not JSON at all, {DORA}",
    ],
    "unreadable.csv": f"call_id,event_type,occurred_at,customer_number\nc,x,{EMIL},{DORA}\nc,x,2026-13-45,{EMIL}\n{EMIL}\n",
    # Files that cannot be loaded at all: their messages must not quote them either.
    "no_header.csv": f"c1,call_ended,2026-03-16T05:00:00Z,{ANNA}\nc2,call_ended,2026-03-16T05:00:00Z,{BEN}\n",
    "cut.json": f'[{{"call_id": "c", "event_type": "x", "occurred_at": 1, "customer_number": "{CARL}"}}, {{"n": "{CARL}',
}


def raw_event(number, call_id, **columns):
    return {
        "event_id": f"pipeline {call_id}",
        "source_system": "pbx",
        "call_id": call_id,
        "event_type": "call_ended",
        "direction": "incoming",
        "occurred_at": LOADED_AT,
        "loaded_at": LOADED_AT,
        "customer_number": number,
        **columns,
    }


EVENTS = [
    raw_event(ANNA, "anna 2"),
    raw_event(DORA, "open call", event_type="call_started"),
    raw_event(EMIL, "refused", event_type=None, attributes=json.dumps({"called_from": EMIL})),
    raw_event(EMIL, None),
    raw_event("", "empty"),
]
LATER_EVENTS = [
    raw_event(ANNA, "anna 3", loaded_at=LOADED_AT + timedelta(hours=9)),
    raw_event(BEN, "ben 2", loaded_at=LOADED_AT + timedelta(hours=9)),
]


def write_files(directory):
    for name, content in FILES.items():
        if not isinstance(content, str):
            content = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in content) + "\n"
        (directory / name).write_text(content)


# ---- a warehouse that keeps all that it says ------------------------------------------------------------------------


class Chatty(Warehouse):
    """A warehouse whose dbt says all it can; `said` is everything that it and the loader ever printed."""

    said = ""

    def dbt(self, *args, vars):
        """What DbtFailed says is what failed, or for a run-operation what it printed; never the log."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                return run_with_what_was_parsed(
                    (self.project,),
                    args,
                    flags=["--debug", "--log-level-file", "debug", "--write-json"],
                    database=self.path_for_dbt(),
                    vars=vars,
                    target_path=self.target_for(vars),
                    log_path=self.directory / "logs",
                    quiet=False,
                )
            except DbtFailed as failed:
                raise DbtFailed("\n".join(failed.problems) or out.getvalue()) from None
            finally:
                self.said += out.getvalue()

    def load_files(self):
        """Through scripts/load, in a process of its own."""
        folder = self.directory / "files"
        folder.mkdir()
        write_files(folder)
        done = subprocess.run(
            [sys.executable, "-m", "call_status_tools.loading.load", *map(str, sorted(folder.iterdir()))],
            env={**os.environ, "CALL_STATUS_DB": str(self.path)},
            capture_output=True,
            text=True,
        )
        self.said += done.stdout + done.stderr
        assert done.returncode == 1 and done.stderr.count("error: ") == 2, done.stderr  # no_header.csv and cut.json

    def execute(self, sql):
        with duckdb.connect(self.path) as connection:
            return connection.execute(sql).fetchall()

    def numbers(self):
        """call_id → what the facts say of the customer's number."""
        rows = self.query(
            "select call_id, customer_number from fct_calls union all select call_id, customer_number from fct_open_calls"
        )
        return {row["call_id"]: row["customer_number"] for row in rows}


def needles(numbers):
    """Each number as it was sent, and without the plus: the second finds the first, too."""
    return [number.lstrip("+") for number in numbers]


def relations_outside_raw(warehouse):
    return [
        f'"{schema}"."{name}"'
        for schema, name in warehouse.execute(
            "select table_schema, table_name from information_schema.tables where table_schema <> 'raw'"
        )
    ]


def leaks(warehouse, secrets):
    """Every place outside the raw schema where a secret stands."""
    found = []
    for relation in relations_outside_raw(warehouse):
        rows = warehouse.execute(f"select columns(*)::varchar from {relation}")
        text = " ".join(value or "" for row in rows for value in row)
        found += [f"{relation}: {secret}" for secret in secrets if secret in text]
    for folder in (warehouse.parse_cache, warehouse.directory / "logs"):
        for path in sorted(folder.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            found += [f"{path}: {secret}" for secret in secrets if secret.encode() in content]
    return found + [f"printed: {secret}" for secret in secrets if secret in warehouse.said]


def hashed(number, key):
    """What the README's "SHA-256 with a secret key" is, step by step: of the digits, so that every spelling has one hash."""
    inner = hashlib.sha256((key + number.removeprefix("+")).encode()).hexdigest()
    return hashlib.sha256((key + inner).encode()).hexdigest()


def failure(warehouse, *args, vars):
    with pytest.raises(DbtFailed) as failed:
        warehouse.dbt(*args, vars=vars)
    return str(failed.value)


# ---- keep → hash → another key → drop, in one warehouse -------------------------------------------------------------


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """What there was to see on the way. Each step is one run; tests look at what it left."""
    warehouse = Chatty(tmp_path_factory.mktemp("privacy"))
    seen = SimpleNamespace(warehouse=warehouse)
    warehouse.load_files()
    seen.said_by_loader = warehouse.said
    warehouse.write_events(EVENTS)
    warehouse.dbt("run", vars=KEEP)
    seen.kept, seen.leaks_of_keep = warehouse.numbers(), leaks(warehouse, needles(NUMBERS))

    seen.missing_key = failure(warehouse, "run", vars=HASH)
    warehouse.dbt("run-operation", "call_status.create_pii_key", vars=HASH)
    ((seen.key,),) = warehouse.execute(f"select pii_key from {KEY_TABLE}")
    seen.second_key = failure(warehouse, "run-operation", "call_status.create_pii_key", vars=HASH)
    seen.keep_to_hash = failure(warehouse, "run", vars=HASH)
    seen.after_refused_run = warehouse.numbers()
    warehouse.dbt("build", "--full-refresh", "--exclude-resource-type", "unit_test", vars=HASH)
    seen.hashed = warehouse.numbers()

    warehouse.write_events(LATER_EVENTS)
    warehouse.dbt("run", vars=HASH)
    seen.incremental = warehouse.numbers()
    seen.leaks_of_hash = leaks(warehouse, [*needles(NUMBERS), seen.key])

    seen.bad_keys = {}
    for name, rows in BAD_KEYS.items():
        warehouse.execute(f"create or replace table {KEY_TABLE} as from (values {rows}) as t(pii_key)")
        seen.bad_keys[name] = failure(warehouse, "run", "--select", "int_call_events", vars=HASH)
    warehouse.execute(f"create or replace table {KEY_TABLE} as from (values ('{'k' * 64}')) as t(pii_key)")
    seen.changed_key = failure(warehouse, "run", vars=HASH)
    seen.after_changed_key = warehouse.numbers()
    warehouse.dbt("run", "--full-refresh", vars=HASH)
    seen.other_key = warehouse.numbers()
    seen.old_hashes_left = leaks_in_relations(warehouse, [value for value in seen.incremental.values() if value])

    seen.hash_to_drop = failure(warehouse, "run", vars=DROP)
    warehouse.dbt("run", "--full-refresh", vars=DROP)
    seen.dropped = warehouse.numbers()
    hashes = [value for value in seen.other_key.values() if value]
    seen.leaks_of_drop = leaks(warehouse, needles(NUMBERS)) + leaks_in_relations(warehouse, hashes)
    return seen


def leaks_in_relations(warehouse, secrets):
    return [leak for leak in leaks(warehouse, secrets) if leak.startswith('"')]


def test_this_search_finds_what_there_is(story):
    """With `keep` every number is in some relation; if the search found none, it would show nothing later either."""
    for number in needles(NUMBERS):
        assert any(number in leak for leak in story.leaks_of_keep)
    assert any("quarantined_call_events" in leak for leak in story.leaks_of_keep)
    assert not any(leak.startswith(("/", "printed")) for leak in story.leaks_of_keep)
    assert (story.warehouse.target_for(DROP) / "run_results.json").exists() and "SELECT" in story.warehouse.said.upper()


def test_the_loader_prints_no_number(story):
    assert "refused" in story.said_by_loader
    assert not [number for number in needles(NUMBERS) if number in story.said_by_loader]


def test_hash_leaves_no_number_and_no_key(story):
    assert story.leaks_of_hash == []


def test_drop_leaves_no_number_and_no_hash(story):
    assert story.leaks_of_drop == []
    assert set(story.dropped.values()) == {None}
    assert story.dropped.keys() == story.other_key.keys()


@pytest.mark.parametrize("step", ["hashed", "incremental", "other_key"])
def test_one_number_has_one_hash(story, step):
    """Across sources, runs and calls, after an incremental run and after a full refresh; null stays null."""
    found, key = getattr(story, step), "k" * 64 if step == "other_key" else story.key
    numbers = {
        "anna 1": ANNA,
        "anna 2": ANNA,
        "ben": BEN,
        "withheld": None,
        "empty": None,
        "open call": DORA,
        **({"anna 3": ANNA, "ben 2": BEN} if step != "hashed" else {}),
    }
    assert found == {call_id: number and hashed(number, key) for call_id, number in numbers.items()}


def test_another_key_gives_other_hashes_and_leaves_no_old_one(story):
    assert not {*story.other_key.values()} & {*story.incremental.values()} - {None}
    assert story.old_hashes_left == []


# ---- runs that must stop --------------------------------------------------------------------------------------------


def lines_about(message, what):
    return [line for line in message.splitlines() if what in line]


@pytest.mark.parametrize("case", ["missing", *BAD_KEYS])
def test_a_run_without_a_usable_key_stops_with_one_message(story, case):
    message = story.missing_key if case == "missing" else story.bad_keys[case]
    assert len(lines_about(message, "which needs")) == 1
    assert "call_status_pii_key" in message and "create_pii_key` makes it" in message
    assert not {"a" * 64, "0123456789"} & set(message.split("'"))


@pytest.mark.parametrize("step", ["keep_to_hash", "changed_key", "hash_to_drop"])
def test_evidence_of_another_version_asks_for_a_full_refresh(story, step):
    message = getattr(story, step)
    assert "holds evidence of version" in message and "dbt build --full-refresh" in message
    assert ("put the old key back" in message) == (step == "changed_key")


def test_a_run_that_stops_changes_nothing(story):
    assert story.after_refused_run == story.kept
    assert story.after_changed_key == story.incremental


def test_a_key_is_made_only_once(story):
    assert "is there already" in story.second_key
    assert len(story.key) >= 64 and set(story.key) <= set("0123456789abcdef")


# ---- refused rows alone, and views ----------------------------------------------------------------------------------

DERIVED_ID = "row-" + hashlib.md5(ANNA.encode()).hexdigest()
REFUSED = [raw_event(ANNA, "refused", event_id=DERIVED_ID, event_type=None, attributes=json.dumps({"from": ANNA}))]
SECRETS = [*needles(NUMBERS), DERIVED_ID]


@pytest.fixture
def refused(tmp_path, parse_cache):
    """A warehouse that holds refused rows alone."""
    warehouse = Chatty(tmp_path / "refused", parse_cache / "privacy")
    warehouse.write_events(REFUSED)
    warehouse.execute(
        "create table raw.call_events_unreadable as select 'canonical' as source, 'a.csv' as source_file, 2 as line,"
        f" 'no JSON' as reason, '{{{ANNA}' as raw_text, timestamp '2026-03-16 06:00:00' as loaded_at"
    )
    warehouse.execute(f"create table {KEY_TABLE} as select '{'k' * 64}' as pii_key")
    return warehouse


@pytest.mark.long
@pytest.mark.parametrize("variables", [HASH, DROP], ids=["hash", "drop"])
def test_refused_rows_alone_stop_a_run_after_a_change(refused, variables):
    refused.dbt("run", vars=KEEP)
    commands = [
        ["run"],
        ["run", "--select", "quarantined_call_events"],
        ["run", "--full-refresh", "--select", "+fct_calls+"],
        ["run", "--full-refresh", "--select", "int_noted_loads"],
    ]
    for command in commands:
        message = failure(refused, *command, vars=variables)
        # What notices it first: the view that masks events, or the refused rows.
        assert "does not allow" in message or 'int_call_events" holds evidence of version' in message, command
    refused.dbt("run", "--full-refresh", vars=variables)
    refused.dbt("run", vars=variables)
    assert leaks_in_relations(refused, SECRETS) == []
    (row,) = [row for row in refused.query("select * from quarantined_call_events") if row["call_id"] == "refused"]
    (account,) = [row for row in refused.query("select * from event_accounting") if row["source_system"] == "pbx"]
    assert row["quarantine_reason"] == "unknown_event_type" and account["quarantined_events"] == 1
    assert row["event_id"] == ("row-" + hashed(DERIVED_ID, "k" * 64) if variables is HASH else None)


def test_derived_ids_are_counted_and_not_shown(refused):
    twice = raw_event(BEN, "ben", event_id="row-" + hashlib.md5(BEN.encode()).hexdigest())
    refused.write_events([twice, twice])
    refused.dbt("run", vars=DROP)
    (account,) = [row for row in refused.query("select * from event_accounting") if row["source_system"] == "pbx"]
    assert (account["raw_events"], account["duplicate_events"], account["kept_events"]) == (3, 1, 1)
    assert leaks_in_relations(refused, [*SECRETS, twice["event_id"]]) == []


@pytest.mark.parametrize("command", [["run"], ["run", "--full-refresh", "--select", "int_call_events"]], ids=" ".join)
def test_a_refused_change_leaves_the_views_as_they_were(refused, command):
    refused.write_events([raw_event(BEN, "ben")])
    refused.dbt("run", vars=DROP)
    assert "holds evidence of version" in failure(refused, *command, vars=KEEP)
    assert leaks_in_relations(refused, SECRETS) == []


def test_facts_follow_evidence_that_was_made_anew_alone(refused):
    """Also those of calls whose raw rows are gone."""
    refused.write_events([raw_event(BEN, "ben"), raw_event(ANNA, "anna")])
    refused.dbt("run", "--exclude", "quarantined_call_events", vars=KEEP)
    refused.execute("delete from raw.call_events where call_id = 'ben'")
    evidence = ["--select", "int_call_evidence_packed", "int_leg_evidence_packed", "int_queue_evidence_packed"]
    assert "int_call_events" in failure(refused, "run", "--full-refresh", *evidence, vars=DROP), (
        "the view masks nothing"
    )
    refused.dbt("run", "--full-refresh", *evidence, "int_call_events", vars=DROP)
    refused.dbt("run", vars=DROP)
    assert leaks_in_relations(refused, SECRETS) == [] and set(refused.numbers()) == {"anna"}
