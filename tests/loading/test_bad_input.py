"""Bad and odd input through dbt: raw rows, raw tables and variables. What files may hold is in test_load.py.

Three tables say what happens: REASONS (event -> why it is refused), TABLES (raw table -> what is read from it) and
VARIABLES (value -> what the message must say). Few warehouses, each for many cases.
"""

import contextlib
import io
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from call_status_tools.dbt import DbtFailed, run_dbt
from support.harness import PROJECT, changes, fail_on, valid_event
from support.scenario_files import AS_OF

VARS = {"call_status_as_of": str(AS_OF)}
TEN, LOADED_AT = "2026-03-02 10:00:00", "2026-03-02 11:00:00"


def event(call_id, **columns):
    """A valid incoming event, apart from what is said."""
    return valid_event(call_id, **{"event_id": f"{call_id}-1", **columns})


# ---- rows -----------------------------------------------------------------------------------------------------------

BC = "0001-12-31 (BC) 10:00:00"  # year 0
FAR = "290000-01-01 00:00:00"
# What is odd about an event -> the reason for which it is refused; None: it is not. The last ones break several rules.
REASONS = [
    ({"event_id": None}, "missing_event_id"),
    ({"event_id": ""}, "missing_event_id"),
    ({"call_id": None}, "missing_call_id"),
    ({"call_id": ""}, "missing_call_id"),
    ({"occurred_at": None}, "missing_occurred_at"),
    ({"occurred_at": "infinity"}, "missing_occurred_at"),
    ({"occurred_at": "-infinity"}, "missing_occurred_at"),
    ({"occurred_at": BC}, "missing_occurred_at"),
    ({"occurred_at": FAR}, "missing_occurred_at"),
    ({"loaded_at": None}, "missing_loaded_at"),
    ({"loaded_at": "infinity"}, "missing_loaded_at"),
    ({"loaded_at": "-infinity"}, "missing_loaded_at"),
    ({"loaded_at": BC}, "missing_loaded_at"),
    ({"loaded_at": FAR}, "missing_loaded_at"),
    ({"event_type": None}, "unknown_event_type"),
    ({"event_type": ""}, "unknown_event_type"),
    ({"event_type": "agent_wrap_up"}, "unknown_event_type"),
    ({"event_type": "call started."}, "unknown_event_type"),
    ({"event_type": "callstarted"}, "unknown_event_type"),
    ({"direction": "sideways"}, "unknown_direction"),
    ({"direction": "in coming"}, "unknown_direction"),
    ({"direction": "assumed"}, "unknown_direction"),
    ({"event_type": "customer_ringing"}, "event_not_allowed_for_direction"),
    ({"direction": "outgoing", "event_type": "voicemail_left"}, "event_not_allowed_for_direction"),
    ({"occurred_at": "2026-03-03 11:00:00.000001"}, "occurred_in_the_future"),
    ({"occurred_at": "9999-12-30 23:59:59"}, "implausible_occurred_at"),
    ({"occurred_at": "2100-01-01 00:00:00"}, "implausible_occurred_at"),
    ({"occurred_at": "1989-12-31 23:59:59.999999"}, "implausible_occurred_at"),
    ({"occurred_at": "1970-01-01 00:00:00", "event_type": "?"}, "implausible_occurred_at"),
    ({"occurred_at": "0001-01-01 00:00:00"}, "implausible_occurred_at"),
    ({"event_id": None, "call_id": None, "occurred_at": None}, "missing_event_id"),
    ({"occurred_at": None, "loaded_at": None, "event_type": "?"}, "missing_occurred_at"),
    ({"event_type": "?", "direction": "?"}, "unknown_event_type"),
    ({"direction": "?", "occurred_at": "2027-01-01"}, "unknown_direction"),
    ({"source_system": "", "event_type": "?"}, "unknown_event_type"),
    ({"occurred_at": "2026-03-03 11:00:00"}, None),  # a day after its load, to the microsecond
    ({"source_system": "ahead", "occurred_at": "2099-12-30 10:00:00", "loaded_at": "2099-12-30 11:00:00"}, None),
    ({"loaded_at": "2100-01-01 00:00:00"}, "missing_loaded_at"),
    ({"loaded_at": "1989-12-31 23:59:59"}, "missing_loaded_at"),
    ({"occurred_at": "1990-01-01 00:00:00"}, None),
    ({"direction": "assumed_outgoing", "event_type": "voicemail_left"}, None),
    # Words in another spelling: macros/rules/vocabulary.sql.
    ({"event_type": "CALL_STARTED"}, None),
    ({"event_type": " call_started"}, None),
    ({"event_type": "Call-Started"}, None),
    ({"direction": "inbound"}, None),
    ({"direction": "INCOMING"}, None),
    ({"direction": " "}, None),
    ({"direction": None, "event_type": "voicemail_left"}, None),
    ({"direction": "", "event_type": "customer_ringing"}, None),
    ({"direction": "internal", "event_type": "voicemail_left"}, None),
    ({"source_system": ""}, None),
    ({"leg_id": "", "agent_id": "", "party": "", "queue": "", "reason": "", "customer_number": ""}, None),
]
REFUSED = [event(f"refused-{n}", queue=f"case {n}") | odd for n, (odd, _) in enumerate(REASONS)]

# Texts that could break SQL, Jinja or a key made of two of them.
TEXTS = [
    "it's",
    "''",
    "'; drop table raw.call_events; --",
    'say "hi"',
    "two\nlines",
    "tab\tand\rreturn",
    "naïve 📞 שלום",
    "a/b",
    "a%2Fb",
    "a%b",
    "a%252Fb",
    "/",
    "%",
    "//",
    "\\",
    "\\'",
    "{{ 1 / 0 }}",
    "{% raw %}",
    "{# no #}",
    "$1 ? %s :x",
    "null",
    " ",
    "7",
    "007",
    "\u202eright to left",
    "x" * 5000,
]
# Every text as a call of one source and as a source, and pairs that would be one key if nothing were escaped.
PAIRS = [("canonical", text) for text in TEXTS] + [(text, "call") for text in TEXTS]
PAIRS += [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a", "b%2Fc"), ("a%", "2Fb/c"), ("", "/a"), ("canonical/", "a")]
# The length of a message -> whether the call has one, where a second is the least. What can be no length is unknown, and
# a message of unknown length is one.
SECONDS = {"nan": True, "infinity": True, "-infinity": True, "-1": True, "1e300": True, "0.999": False, "1e-300": False}


def call_of_pair(source, call_id, loaded_at):
    common = {"source_system": source, "loaded_at": loaded_at, "reason": call_id, "agent_id": call_id, "leg_id": source}
    rings, ended = {"event_type": "agent_ringing"}, {"event_type": "call_ended", "party": "customer"}
    return [event(call_id, **common, **odd, event_id=f"{odd['event_type']} {loaded_at}") for odd in (rings, ended)]


@pytest.fixture(scope="module")
def odd(new_warehouse):
    """Two loads with a build each: the second build is given the names of the sources that the first has seen."""
    warehouse = new_warehouse()
    warehouse.write_events(REFUSED + [row for pair in PAIRS for row in call_of_pair(*pair, LOADED_AT)])
    with duckdb.connect(warehouse.path) as connection:
        for seconds in SECONDS:
            values = event(f"seconds {seconds}", event_type="voicemail_left")
            ended = values | {"event_id": f"{seconds} ended", "event_type": "call_ended"}
            for row in (values, ended):
                connection.execute(
                    f"insert into raw.call_events ({', '.join(row)}, seconds) values ({', '.join('?' * len(row))}, ?::double)",
                    [*row.values(), seconds if row is values else None],
                )
    warehouse.dbt("run", vars=VARS)
    later = "2026-03-02 12:00:00"
    warehouse.write_events([row for pair in PAIRS for row in call_of_pair(*pair, later)])
    warehouse.write_events(
        [event("late", event_type="?", queue="second load", loaded_at=loaded_at) for loaded_at in (later, None)]
    )
    warehouse.dbt("build", vars=VARS)
    return warehouse


@pytest.mark.parametrize(
    "number", range(len(REASONS)), ids=lambda n: ", ".join(f"{k}={v}" for k, v in REASONS[n][0].items())
)
def test_each_refused_event_has_its_reason(odd, number):
    found = odd.query(f"select quarantine_reason from quarantined_call_events where queue = 'case {number}'")
    reason = REASONS[number][1]
    assert [row["quarantine_reason"] for row in found] == ([reason] if reason else [])


def test_refused_events_of_a_later_load_are_added(odd):
    found = odd.query("select quarantine_reason from quarantined_call_events where queue = 'second load' order by 1")
    assert [row["quarantine_reason"] for row in found] == ["missing_loaded_at", "unknown_event_type"]


def test_what_is_not_refused_is_in_the_facts_or_internal(odd):
    found = odd.query("select call_id from fct_calls union all select call_id from fct_open_calls")
    calls = {row["call_id"] for row in found}
    valid = {
        row["call_id"] for row, (_, reason) in zip(REFUSED, REASONS) if not reason and row["direction"] != "internal"
    }
    assert valid <= calls
    assert not {row["call_id"] for row, (_, reason) in zip(REFUSED, REASONS) if reason} & calls


def test_odd_texts_are_calls_like_any_other(odd):
    found = odd.query(
        "select source_system, call_id, status, last_loaded_at from fct_calls where call_id not like 'seconds %'"
    )
    expected = {(source or "canonical", call_id) for source, call_id in PAIRS}
    assert {(row["source_system"], row["call_id"]) for row in found} >= expected
    ours = [row for row in found if (row["source_system"], row["call_id"]) in expected]
    assert {row["status"] for row in ours} == {"Missed"}
    assert {row["last_loaded_at"] for row in ours} == {datetime(2026, 3, 2, 12)}
    assert len(ours) == len(expected)


@pytest.mark.parametrize("relation, key", [("fct_calls", "call_key"), ("fct_call_legs", "leg_key")])
def test_keys_are_unique_whatever_they_are_made_of(odd, relation, key):
    (row,) = odd.query(f"select count(*) as rows, count(distinct {key}) as keys from {relation}")
    assert row["rows"] == row["keys"] >= len(PAIRS)


def test_lengths_that_are_no_lengths(odd):
    found = odd.query("select call_id[9:] as seconds, has_voicemail from fct_calls where call_id like 'seconds %'")
    assert {row["seconds"]: row["has_voicemail"] for row in found} == SECONDS


def test_values_of_events_long_ago_and_far_ahead_are_whole(new_warehouse):
    """From the first to the last day that can be a time; also on a second run, which adds to what is stored."""
    moments = ["1990-01-01 00:00:00", "1999-12-31 23:59:59", "2038-01-19 03:14:08", "2099-12-30 00:00:00"]
    warehouse = new_warehouse()
    for run in (1, 2):
        for moment in moments:
            carried = {
                "source_system": f"from {moment}",
                "queue": "support",
                "customer_number": "+4930",
                "agent_id": "ann",
            }
            rows = [
                event(
                    moment,
                    event_type=kind,
                    occurred_at=moment,
                    loaded_at=moment,
                    event_id=f"{kind} {run}",
                    **carried,
                )
                for kind in ("agent_ringing", "call_ended")
            ]
            warehouse.write_events(rows)
        warehouse.dbt("run", vars=VARS)
    found = warehouse.query("select call_id, queue, customer_number, total_seconds from fct_calls")
    assert {row.pop("call_id"): row for row in found} == {
        moment: {"queue": "support", "customer_number": "+4930", "total_seconds": 0.0} for moment in moments
    }
    assert warehouse.query("select distinct agent_id, leg_status from fct_call_legs") == [
        {"agent_id": "ann", "leg_status": "missed"}
    ]


# ---- tables ---------------------------------------------------------------------------------------------------------

REQUIRED = "'e' || n as event_id, 'c' as call_id, 'incoming' as direction, 'call_started' as event_type"
TIMES = f"timestamp '{TEN}' as occurred_at, timestamp '{LOADED_AT}' as loaded_at"
TEXT_TIMES = [  # a time as text -> when that is; None: the event is refused
    ("2026-03-02T10:00:00Z", TEN),
    ("2026-03-02 15:30:00+0530", TEN),
    ("2026-03-02T15:30:00.5+05:30", f"{TEN}.500000"),
    ("2026-03-02 02:00:00-08", TEN),
    (TEN, TEN),
    ("2026-03-02T10:00", TEN),
    ("2026-03-02", "2026-03-02 00:00:00"),
    ("2026-03-02 15:30:00 +0530", TEN),
    ("2026-02-30 10:00:00", None),
    ("1772445600", None),
    ("yesterday", None),
    ("", None),
    ("'; drop table raw.call_events; --", None),
]
TEXT_TIME = (
    "case n "
    + " ".join("when {} then '{}'".format(n, text.replace("'", "''")) for n, (text, _) in enumerate(TEXT_TIMES))
    + " end"
)
# Raw table, as the columns of a select over n = 0, 1, ... -> what staging must make of row n = 0, or of each row.
TABLES = {
    "only the required columns": (
        f"{REQUIRED}, {TIMES}",
        {"source_system": "canonical", "occurred_at": TEN, "seconds": None, "attributes": None},
    ),
    "columns in another case and order, and some that nobody knows": (
        f"{TIMES.replace('occurred_at', 'Occurred_At')}, 'q' as QUEUE, 'c' as \"CALL_ID\", 'e' || n as \"Event_Id\","
        ' \'call_started\' as "EVENT_TYPE", \'incoming\' as "Direction", 1 as "group", \'x\' as "it\'s"',
        {"call_id": "c", "queue": "q", "occurred_at": TEN},
    ),
    "times as text; identities as numbers; seconds as text, JSON": (
        f"n as event_id, 12345678901::bigint as call_id, 'incoming' as direction, 'call_started' as event_type,"
        f" {TEXT_TIME} as occurred_at, '{LOADED_AT}' as loaded_at, case n when 0 then '1.5' else 'lots' end as seconds,"
        " '{\"a\": 1}'::json as attributes",
        {
            "call_id": "12345678901",
            "attributes": '{"a": 1}',
            "seconds": [1.5] + [None] * (len(TEXT_TIMES) - 1),
            "occurred_at": [time for _, time in TEXT_TIMES],
            "quarantine_reason": [None if time else "missing_occurred_at" for _, time in TEXT_TIMES],
        },
    ),
    "times with a zone; uuids, an enumeration, small numbers, a struct": (
        "uuid() as event_id, uuid '00000000-0000-4000-8000-000000000001' as call_id, 'incoming' as direction,"
        " 'call_started' as event_type, 'customer'::enum('customer', 'agent') as party, 2::smallint as seconds, {'a': 1} as attributes,"
        f" timestamptz '2026-03-02 15:30:00+05:30' as occurred_at, timestamptz '{LOADED_AT}+00' as loaded_at",
        {
            "call_id": "00000000-0000-4000-8000-000000000001",
            "party": "customer",
            "seconds": 2.0,
            "attributes": "{'a': 1}",
            "occurred_at": TEN,
            "loaded_at": LOADED_AT,
        },
    ),
    "times in nanoseconds and as a date; attributes that are no JSON": (
        f"{REQUIRED}, timestamp_ns '2026-03-02 10:00:00.123456' as occurred_at, date '2026-03-03' as loaded_at, 'so what' as attributes",
        {"occurred_at": f"{TEN}.123456", "loaded_at": "2026-03-03 00:00:00", "attributes": "so what"},
    ),
    "times as epoch seconds and milliseconds": (
        f"{REQUIRED}, 1772445600 as occurred_at, 1772449200500::double as loaded_at",
        {"occurred_at": TEN, "loaded_at": f"{LOADED_AT}.500000", "quarantine_reason": None},
    ),
    "times as epoch microseconds and nanoseconds": (
        f"{REQUIRED}, 1772445600123456::decimal(20, 2) as occurred_at, 1772449200123456789::hugeint as loaded_at",
        {"occurred_at": f"{TEN}.123456", "loaded_at": f"{LOADED_AT}.123456", "quarantine_reason": None},
    ),
    "numbers that are no epoch": (
        f"{REQUIRED}, (case n when 0 then 0 when 1 then 46083.4 when 2 then 20260302100000 else -1772445600 end)::double as occurred_at,"
        f" timestamp '{LOADED_AT}' as loaded_at",
        {"occurred_at": None, "quarantine_reason": "missing_occurred_at"},
    ),
    "nulls of no type": (
        ", ".join(
            f"null as {column}"
            for column in ("event_id", "call_id", "direction", "event_type", "occurred_at", "loaded_at")
        ),
        {"quarantine_reason": "missing_event_id"},
    ),
}


@pytest.fixture(scope="module")
def raw_tables(new_warehouse):
    """A warehouse with facts, whose raw table the tests replace."""
    warehouse = new_warehouse()
    warehouse.write_events([event("first"), event("first", event_id="2", event_type="call_ended")])
    warehouse.dbt("run", vars=VARS)
    return warehouse


def replace_raw_table(warehouse, columns):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("set TimeZone = 'UTC'; drop table if exists raw.call_events")
        connection.execute(
            f"create table raw.call_events as select {columns} from range({len(TEXT_TIMES)}) as numbers(n)"
        )


@pytest.mark.parametrize("name", TABLES)
def test_a_raw_table_of_other_columns_and_types(raw_tables, name):
    columns, expected = TABLES[name]
    replace_raw_table(raw_tables, columns)
    raw_tables.dbt("run", "--select", "int_call_events", vars=VARS)
    found = raw_tables.query(
        "select * from main_internal.int_call_events order by try_cast(ltrim(event_id, 'e') as integer)"
    )
    for column, values in expected.items():
        values = values if isinstance(values, list) else [values] * len(found)
        assert [str(v) if isinstance(v, datetime) else v for v in (row[column] for row in found)] == values, column


def test_a_cause_may_hold_any_character(new_warehouse):
    """Scheme and code are stored in one text, with chr(1) between them and chr(2) before what is escaped."""
    odd = ["\x01", "\x02", "\x02\x01", "\x012", "a\x01b", "486"]
    causes = [(scheme, code) for scheme in [None, *odd] for code in odd]
    warehouse = new_warehouse()
    warehouse.write_events(
        [
            event(f"{n}", event_type="call_ended", cause_scheme=scheme, cause_code=code)
            for n, (scheme, code) in enumerate(causes)
        ]
    )
    warehouse.dbt("run", "--select", "+fct_calls", vars=VARS)
    found = warehouse.query("select cause_scheme, cause_code from fct_calls order by call_id::integer")
    assert [(row["cause_scheme"], row["cause_code"]) for row in found] == causes


@pytest.mark.parametrize("column, models", [("call_id", []), ("loaded_at", ["--select", "int_call_events"])])
def test_a_raw_table_without_a_required_column_stops_the_run(raw_tables, column, models):
    before = raw_tables.relations()
    replace_raw_table(raw_tables, f"{REQUIRED}, {TIMES}".replace(f" as {column}", f" as not_{column}"))
    with pytest.raises(DbtFailed) as failure:
        raw_tables.dbt("run", *models, vars=VARS)
    message = str(failure.value)
    assert f"call_events has no column {column}, which every raw table needs. It has: " in message.replace('"', "")
    assert "Traceback" not in message
    replace_raw_table(raw_tables, f"{REQUIRED}, {TIMES}")
    fail_on(changes(before, raw_tables.relations(), ignored=()))


def test_raw_tables_of_another_schema_and_name(new_warehouse):
    """Names that need quotes, and a view in the table's place."""
    warehouse = new_warehouse()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(
            'create schema "tele phony"; create schema raw; create table raw.call_events (wrong varchar)'
        )
        connection.execute(
            f'create view "tele phony"."Select" as select {REQUIRED}, {TIMES} from range(2) as numbers(n)'
        )
        connection.execute(
            'create table "tele phony"."Select_unreadable" (source_file varchar, line integer, loaded_at timestamp)'
        )
        connection.execute(f"insert into \"tele phony\".\"Select_unreadable\" values ('a.csv', 7, '{LOADED_AT}')")
    warehouse.dbt(
        "run", vars={**VARS, "call_status_raw_schema": "tele phony", "call_status_canonical_identifier": "Select"}
    )
    assert [row["call_id"] for row in warehouse.query("select call_id from fct_calls")] == ["c"]
    assert warehouse.query("select source_file, line from quarantined_call_events") == [
        {"source_file": "a.csv", "line": 7}
    ]


# ---- variables ------------------------------------------------------------------------------------------------------

HOURS, SECONDS_FROM_0, SECONDS_ABOVE_0 = (
    "a number of hours above 0",
    "a number of seconds from 0",
    "a number of seconds above 0",
)
ISO = "an ISO 8601 timestamp"
# Variable -> (wrong values, what the message says is allowed).
# A quote or a line break would end the name in SQL; a blank at its end cannot be seen.
BAD_NAMES = ['ra"w', "it's", "ra`w", "raw\n", "raw\nx", "raw;", "a.b", " raw", "raw "]
WRONG = {
    "as_of": (
        [
            "yesterday",
            "",
            "2026-02-30",
            "2025-02-29",
            "2026-13-01",
            "0000-01-01",
            "2026-01-01 25:00",
            "2026-01-01T10:00:00 Mars",
            "16.03.2026",
            20260316,
            1773640800,
            True,
            ["2026-03-16"],
            {},
            "2026-03-16; drop table x",
            "infinity",
            "now",
            "9999-12-31 23:59:59-12:00",
            "0001-01-01 00:00:00+12:00",
        ],
        ISO,
    ),
    "open_call_timeout_hours": (
        [0, -1, "24", "a day", None, True, [24], {}, float("nan"), float("inf"), 10**9, 999_999_999],
        HOURS,
    ),
    "min_voicemail_seconds": ([-0.1, "1", None, False, [], float("nan"), float("inf"), 10**12], SECONDS_FROM_0),
    "reject_rule": (
        ["ALL", "none", "", " all", None, True, 1, ["all"], {"all": 1}, "all' or '1'='1"],
        "'all' or 'any'",
    ),
    "backfill_days": (
        [
            5,
            "2026-03-01",
            ["2026-03-01"],
            ["2026-03-02", "2026-03-01"],
            ["2026-02-30", "2026-03-01"],
            [None, None],
            ["2026-03-01 10:00:00", "2026-03-02"],
            {"2026-03-01": 1},
            ["2026-03-01"] * 3,
        ],
        "a list of two days",
    ),
    "backfill_calls": ([5, "c1", [5], [None], {"c1": 1}, [["c1"]]], "a list of call ids"),
    "backfill_sources": ([5, "pbx", [5], {"pbx": 1}], "a list of source systems"),
    "backfill_takes_back": (["true", 1, None, [True]], "true or false"),
    "pii": (["Keep", "encrypt", "", None, True, ["hash"], {}], "'keep', 'hash' or 'drop'"),
    "service_level_seconds": ([0, -20, "20", None, True, [20], float("nan")], SECONDS_ABOVE_0),
    "short_abandon_seconds": ([-1, "5", None, True, [5], float("nan")], "a number of seconds from 0"),
    "callback_window_hours": (
        [0, -1, 8761, "72", None, True, [72], float("nan")],
        "a number of hours above 0, at most 8760",
    ),
    "warn_refused_share": ([-0.01, 1.01, 5, "0.01", None, True, [0.01], {}, float("nan")], "a share from 0 to 1"),
    "time_zone": (
        [None, "", 5, True, ["UTC"], "Europe/Berlin'; x", "+02:00", "Europe/Atlantis"],
        "the name of a time zone",
    ),
    "count_loads_of_days": ([0, -1, 1.5, "7", True, [7], float("nan")], "a whole number of days from 1"),
    "raw_database": ([*BAD_NAMES, "", 5, True, ["raw"], {}], "the name of a database"),
    "raw_schema": ([*BAD_NAMES, None, "", "  ", 5, True, ["raw"], {}], "the name of a schema"),
    "raw_identifiers": (
        [None, "", 5, True, ["call_events"], {"call_events": None}, {"calls": "x"}]
        + [{"call_events": name} for name in BAD_NAMES],
        "a dictionary of raw tables and their names",
    ),
    "canonical_identifier": ([*BAD_NAMES, None, "", 5, False, ["call_events"], {}], "the name of a table"),
    "sources": (
        [
            None,
            "canonical",
            "",
            5,
            True,
            {},
            {"canonical": 1},
            ["genesys"],
            ["canonical", "x"],
            ["Canonical"],
            [None],
            [["canonical"]],
        ],
        "a list of these: canonical, ",
    ),
}
RIGHT = {
    "as_of": [None, "2026-03-16", "2026-03-16T06:00:00Z", "2026-03-16 06:00:00.123456+05:30", "2024-02-29 23:59"],
    "open_call_timeout_hours": [0.25, 1, 8760],
    "min_voicemail_seconds": [0, 0.5, 60],
    "reject_rule": ["all", "any"],
    "backfill_days": [None, [], ["2026-03-01", "2026-03-01"], ["2026-02-28", "2026-03-01"]],
    "backfill_calls": [None, [], ["c1"], ["it's", "x/y"]],
    "backfill_sources": [None, [], ["pbx", "it's"]],
    "backfill_takes_back": [True, False],
    "pii": ["keep", "hash", "drop"],
    "service_level_seconds": [0.5, 20],
    "short_abandon_seconds": [0, 2.5],
    "callback_window_hours": [0.25, 8760],
    "warn_refused_share": [0, 0.005, 1],
    "time_zone": ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
    "count_loads_of_days": [None, 1, 35],
    "raw_database": [None, "lake-house"],
    "raw_schema": ["raw", "Tele phony", "überall"],
    "raw_identifiers": [{}, {"call_events": "Event Log", "call_status_pii_key": "key$2"}],
    "canonical_identifier": ["call_events", "Event-Log $1"],
    "sources": [["canonical"], []],
}
MISSPELT = ["as_off", "AS_OF", "open_call_timeout", "sources ", "", "pii_key", "x'; drop table y; --"]


@pytest.fixture(scope="module")
def check_variables(tmp_path_factory):
    """What every run does first, for some variables; returns dbt's message, None if it finds nothing wrong.

    The project is parsed once, so a check takes a fraction of a second. Nothing is asked of the database.
    """
    folder = tmp_path_factory.mktemp("variables")
    options = {"database": folder / "none.duckdb", "target_path": folder, "log_path": folder}
    manifest = run_dbt(["parse"], **options)

    def check(**variables):
        given = {f"call_status_{name}": value for name, value in variables.items()}
        command = ["run-operation", "call_status.validate_variables", "--no-use-colors"]
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                run_dbt(command, vars=given, manifest=manifest, **options)
        except DbtFailed as failed:
            return "\n".join([printed.getvalue(), *failed.problems])
        return None

    return check


def test_every_variable_has_wrong_and_right_values():
    variables = {
        line.split(":")[0].strip().removeprefix("call_status_")
        for line in (PROJECT / "dbt_project.yml").read_text().splitlines()
        if line.startswith("  call_status_")
    }
    assert WRONG.keys() == RIGHT.keys() == variables


@pytest.mark.parametrize(
    "name, value", [(name, value) for name, (values, _) in WRONG.items() for value in values], ids=str
)
def test_a_wrong_value_is_named_with_what_is_allowed(check_variables, name, value):
    message = check_variables(**{name: value})
    assert message and f"call_status_{name} is " in message and f"; it takes {WRONG[name][1]}" in message, message
    assert "Traceback" not in message


@pytest.mark.parametrize("name, value", [(name, value) for name, values in RIGHT.items() for value in values], ids=str)
def test_a_right_value_passes(check_variables, name, value):
    assert check_variables(**{name: value}) is None


@pytest.mark.parametrize("name", MISSPELT)
def test_an_unknown_variable_is_named_with_the_known_ones(check_variables, name):
    message = check_variables(**{name: 1})
    assert f"There is no variable call_status_{name}. Known: call_status_as_of, " in message
    assert all(f"call_status_{known}" in message for known in WRONG) and "Traceback" not in message


def test_dbt_build_stops_before_any_model(raw_tables, tmp_path):
    """The command as a user gives it. One message, no traceback, and the file stays as it is to the byte."""
    before = raw_tables.path.read_bytes()
    command = [Path(sys.executable).parent / "dbt", "build", "--vars", "{call_status_as_off: 2026-03-16}"]
    environment = {**os.environ, "CALL_STATUS_DB": str(raw_tables.path)}
    result = subprocess.run(
        [*command, "--target-path", tmp_path, "--log-path", tmp_path],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert result.stdout.count("There is no variable call_status_as_off. Known: ") == 1, result.stdout
    assert "Traceback" not in result.stdout + result.stderr and "START sql" not in result.stdout
    assert raw_tables.path.read_bytes() == before
