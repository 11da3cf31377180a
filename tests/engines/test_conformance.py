"""The macros of macros/engine keep their contracts on every engine that is run: a table of SQL and the values it must give.

dbt compiles all of it into one query for the engine under test.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

import pytest
from call_status_tools.dbt import DbtFailed
from support.harness import PROJECT

from engines import warehouses

MOMENT = "cast('2026-03-02 10:00:00.000001' as timestamp)"
EARLIER = "cast('2026-03-02 09:59:58.5' as timestamp)"
NO_TIME = "cast(null as timestamp)"
YEAR_1, YEAR_9999 = "cast('0001-01-01 00:00:00' as timestamp)", "cast('9999-12-31 23:59:59.999999' as timestamp)"
NO_TEXT = "nullif('a', 'a')"
KEY, NUMBER = "0123456789abcdef0123456789abcdef", "+4915771234501"


@dataclass
class Case:
    what: str
    sql: str  # an expression, mostly one macro
    wanted: object
    rows: tuple[str, ...] = ()  # what the expression reads: a column `v`, and in `events` a column `value`

    @property
    def query(self):
        # The limit keeps PostgreSQL from evaluating a cast of a literal while it plans.
        rows = " union all ".join(f"select {row} as v" for row in self.rows)
        return f"select {self.sql} as result" + (f" from (select * from ({rows}) as t limit 9) as u" if rows else "")


def macro(call: str) -> str:
    return "{{ call_status." + call + " }}"


def events(*rows: tuple[str, object]) -> tuple[str, ...]:
    """Events with a time (of one day, where it names none) and a value."""
    return tuple(
        f"{NO_TEXT if value is None else repr(value)} as value, cast('{'2026-03-02 ' * (len(time) == 5)}{time}' as timestamp)"
        for time, value in rows
    )


# What evidence does with a value: packs it, merges it over the events, takes it apart.
EARLIEST_TEXT = macro("unpacked_text(call_status.merge_aggregate(call_status.earliest_text('v', 'value'), 'min_text'))")
LATEST_TEXT = macro("unpacked_text(call_status.merge_aggregate(call_status.latest_text('v', 'value'), 'min_text'))")
# A list as in macros/rules/coded_values.sql: a value for each code.
VALUES = str([{"code": code, "name": f"code {code}", "when": f"value = {code}"} for code in (1, 7, 9, 15)])
EARLIEST_CODE = f"call_status.merge_aggregate(call_status.earliest_code('v', {VALUES}), 'min')"
EARLIEST_NAME = macro(f"unpacked_name({EARLIEST_CODE}, {VALUES})")
EARLIEST_TIME = macro(f"unpacked_time({EARLIEST_CODE})")


def hashed(value: str, key: str) -> str:
    return sha256((key + sha256((key + value).encode()).hexdigest()).encode()).hexdigest()


ONLY_LETTERS = macro("has_only_letters('v')")
TWO_DIGITS = macro("text_matches('v', '[0-9]{2}$')")
CASES = [
    Case("a time", macro("epoch_microseconds('v')"), 1772445600000001, (MOMENT,)),
    Case("null", macro("epoch_microseconds('v')"), None, (NO_TIME,)),
    Case("year 1", macro("epoch_microseconds('v')"), -62135596800000000, (YEAR_1,)),
    Case("year 9999", macro("epoch_microseconds('v')"), 253402300799999999, (YEAR_9999,)),
    Case(
        "a time",
        macro("from_epoch_microseconds('v')"),
        datetime(2026, 3, 2, 10, 0, 0, 1),
        ("cast(1772445600000001 as bigint)",),
    ),
    Case("null", macro("from_epoch_microseconds('v')"), None, ("cast(null as bigint)",)),
    Case(
        "before 1970",
        macro("from_epoch_microseconds('v')"),
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        ("cast(-1 as bigint)",),
    ),
    Case(
        "year 9999",
        macro("from_epoch_microseconds('v')"),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        ("cast(253402300799999999 as bigint)",),
    ),
    Case("a day", macro("timestamp_plus('day', 1, 'v')"), datetime(2026, 3, 3, 10, 0, 0, 1), (MOMENT,)),
    Case("a microsecond", macro("timestamp_plus('microsecond', 1, 'v')"), datetime(2026, 3, 2, 10, 0, 0, 2), (MOMENT,)),
    Case("forwards", macro(f'seconds_between("{EARLIER}", "{MOMENT}")'), 1.500001),
    Case("never negative", macro(f'seconds_between("{MOMENT}", "{EARLIER}")'), 0.0),
    Case("no start", macro(f'seconds_between("{NO_TIME}", "{MOMENT}")'), None),
    Case("no end", macro(f'seconds_between("{MOMENT}", "{NO_TIME}")'), None),
    Case("year 1", macro("is_calendar_time('v')"), True, (YEAR_1,)),
    Case("null", macro("is_calendar_time('v')"), None, (NO_TIME,)),
    Case("a time", macro("load_day('v')"), date(2026, 3, 2), (MOMENT,)),
    Case("null", macro("load_day('v')"), None, (NO_TIME,)),
    Case("a high bit", macro("bitand('v', 34359738368)"), 34359738368, ("cast(34359738376 as bigint)",)),
    Case("null", macro("bitand('v', 1)"), None, ("cast(null as bigint)",)),
    Case("above zero", macro("shift_right('v', 4)"), 2, ("cast(37 as bigint)",)),
    Case("below zero rounds down", macro("shift_right('v', 4)"), -3, ("cast(-37 as bigint)",)),
    Case("over rows", macro("bit_or('v')"), 34359738373, ("cast(5 as bigint)", "34359738368", "null")),
    Case("over nulls", macro("bit_or('v')"), None, ("cast(null as bigint)",)),
    Case(
        "between two rows",
        macro("percentile('v', 0.5)"),
        2.5,
        (f"cast(3 as {macro('type_double()')})", "10", "1", "2", "null"),
    ),
    Case(
        "near the end",
        macro("percentile('v', 0.9)"),
        7.2,
        tuple(f"cast({n} as {macro('type_double()')})" for n in range(9)),
    ),
    Case("of one row", macro("percentile('v', 0.99)"), -7.5, (f"cast(-7.5 as {macro('type_double()')})",)),
    Case("of nulls", macro("percentile('v', 0.5)"), None, (f"cast(null as {macro('type_double()')})",)),
    Case("a quote and a backslash", macro('text_literal("it\'s a back\\\\slash")'), "it's a back\\slash"),
    Case("capitals come first", "min(" + macro("binary_text('v')") + ")", "B", ("'a'", "'B'", "'é'")),
    Case("accents come last", "max(" + macro("binary_text('v')") + ")", "é", ("'z'", "'é'", "'Z'")),
    Case("digits are text", "min(" + macro("binary_text('v')") + ")", "10", ("'9'", "'10'")),
    Case("of text", macro("key_hash('v')"), 4125280303191149419, ("'abc'",)),
    Case("beyond ASCII", macro("key_hash('v')"), 747742397844463233, ("'Zoë'",)),
    Case("null", macro("key_hash('v')"), None, (NO_TEXT,)),
    Case("a number", macro(f"keyed_hash('v', \"'{KEY}'\")"), hashed(NUMBER, KEY), (f"'{NUMBER}'",)),
    Case("beyond ASCII", macro(f"keyed_hash('v', \"'{KEY}'\")"), hashed("Zoë", KEY), ("'Zoë'",)),
    Case("null", macro(f"keyed_hash('v', \"'{KEY}'\")"), None, (NO_TEXT,)),
    Case("is long", "length(" + macro("random_key()") + ") >= 64", True),
    Case("is double", f"cast(0.1 as {macro('type_double()')}) + cast(0.2 as {macro('type_double()')})", 0.1 + 0.2),
    Case(
        "of the earliest event",
        EARLIEST_TEXT,
        "b",
        events(("10:00", "a"), ("09:00", "c"), ("09:00", "b"), ("08:00", None)),
    ),
    Case("before 1970", EARLIEST_TEXT, "b", events(("1970-01-01 00:01", "a"), ("1969-12-31 23:59", "b"))),
    Case("of no event", EARLIEST_TEXT, None, events(("10:00", None), ("09:00", None))),
    Case(
        "of the latest event", LATEST_TEXT, "b", events(("10:00", "c"), ("10:00", "b"), ("09:00", "a"), ("11:00", None))
    ),
    Case("at a tie", EARLIEST_NAME, "code 7", events(("09:00", 9), ("09:00", 7), ("10:00", 1))),
    Case("before 1970", EARLIEST_NAME, "code 15", events(("1969-12-31 23:59:59.999999", 15), ("10:00", 1))),
    Case("of the earliest event", EARLIEST_TIME, datetime(2026, 3, 2, 9), events(("10:00", 1), ("09:00", 7))),
    Case(
        "before 1970",
        EARLIEST_TIME,
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        events(("1969-12-31 23:59:59.999999", 15), ("10:00", 1)),
    ),
    Case(
        "nulls are the same",
        f"case when {NO_TEXT} is not distinct from v and 'a' is distinct from v then 1 end",
        1,
        (NO_TEXT,),
    ),
    Case("a timestamp", macro("utc_timestamp('v', 'timestamp')"), datetime(2026, 3, 2, 10, 0, 0, 1), (MOMENT,)),
    Case("a date", macro("utc_timestamp('v', 'date')"), datetime(2026, 3, 2), ("cast('2026-03-02' as date)",)),
    Case("a number", macro("safe_double('v', 'int')"), 12.0, ("12",)),
    Case("a length", macro("seconds_of_interval('v')"), 90.5, ("interval '90.5 seconds'",)),
    Case("letters only", f"case when {ONLY_LETTERS} then 1 else 0 end", 1, ("'Some_Word-x'",)),
    Case("a match", f"case when {TWO_DIGITS} then 1 else 0 end", 1, ("'c 12'",)),
    Case("no match", f"case when {TWO_DIGITS} then 1 else 0 end", 0, ("'12 c'",)),
    Case("not letters only", f"case when {ONLY_LETTERS} then 1 else 0 end", 0, ("'+49 30 111'",)),
    Case("a select", "(select w from (select v + 1 as w " + macro("evaluated_once()") + ") as once)", 2, ("1",)),
    Case(
        "summer in Berlin",
        macro("zone_to_utc('v', 'Europe/Berlin')"),
        datetime(2026, 7, 1, 8),
        ("cast('2026-07-01 10:00:00' as timestamp)",),
    ),
    Case("winter in Berlin", macro("zone_to_utc('v', 'Europe/Berlin')"), datetime(2026, 3, 2, 9, 0, 0, 1), (MOMENT,)),
    *(
        Case(
            f"the clocks of {zone}, {what}",
            macro(f"utc_to_zone('v', '{zone}')"),
            local,
            (f"cast('{utc}' as timestamp)",),
        )
        for what, zone, utc, local in [
            ("winter", "Europe/Berlin", "2026-03-02 23:30:00.000001", datetime(2026, 3, 3, 0, 30, 0, 1)),
            ("the first of two half past two", "Europe/Berlin", "2026-10-25 00:30:00", datetime(2026, 10, 25, 2, 30)),
            ("the second", "Europe/Berlin", "2026-10-25 01:30:00", datetime(2026, 10, 25, 2, 30)),
            ("summer has begun", "Europe/Berlin", "2026-03-29 01:00:00", datetime(2026, 3, 29, 3)),
            ("half an hour off", "America/St_Johns", "2026-07-01 00:00:00", datetime(2026, 6, 30, 21, 30)),
        ]
    ),
    Case("no time", macro("utc_to_zone('v', 'Europe/Berlin')"), None, ("cast(null as timestamp)",)),
    *(
        Case(f"day of the week: {day}", macro("weekday('v')"), number, (f"cast('{day}' as timestamp)",))
        for day, number in [("2026-03-02 00:00:00", 1), ("2026-03-06 23:59:59.999999", 5), ("2026-03-08 12:00:00", 7)]
    ),
    *(
        Case(f"day of the week of a date: {day}", macro("weekday('v')"), number, (f"cast('{day}' as date)",))
        for day, number in [("2026-03-02", 1), ("2026-03-08", 7)]
    ),
    Case("minute of the day", macro("minute_of_day('v')"), 1439, ("cast('2026-03-02 23:59:59.999999' as timestamp)",)),
]
for text, time in {
    "2026-03-02 10:00:00": datetime(2026, 3, 2, 10),
    "2026-03-02T10:00:00.123456": datetime(2026, 3, 2, 10, 0, 0, 123456),
    "2026-03-02T10:00:00Z": datetime(2026, 3, 2, 10),
    "2026-03-02 10:00:00+05:30": datetime(2026, 3, 2, 4, 30),
    "2026-03-02 10:00:00 +0530": datetime(2026, 3, 2, 4, 30),
    "2026-03-02T10:00:00.5-08": datetime(2026, 3, 2, 18, 0, 0, 500000),
    "2026-03-02": datetime(2026, 3, 2),
    "2024-02-29 00:00:00": datetime(2024, 2, 29),
    "2026-02-30 10:00:00": None,
    "2026-13-01 10:00:00": None,
    "2026-03-02 25:00:00": None,
    "2026": None,
    "10:00": None,
    "yesterday": None,
    "": None,
}.items():
    CASES.append(Case(f"'{text}'", macro("utc_timestamp('v', dbt.type_string())"), time, (f"'{text}'",)))
for text, number in {
    "12": 12.0,
    "-0.5": -0.5,
    "1e3": 1000.0,
    "twelve": None,
    "12 s": None,
    "1d": None,
    "": None,
}.items():
    CASES.append(Case(f"'{text}'", macro("safe_double('v', dbt.type_string())"), number, (f"'{text}'",)))

DOCUMENT = """'{"id": 7, "agent": {"name": "a", "phones": ["1", {"kind": "desk"}]}, "queue": "", "end": null}'"""
JSON_CASES = [
    Case("a document", macro("json_document('v', dbt.type_string())"), '{"a": 1}', ("""'{"a": 1}'""",)),
    Case("cut off", macro("json_document('v', dbt.type_string())"), None, ("""'{"a": '""",)),
    Case("no text", macro("json_document('v', dbt.type_string())"), None, (NO_TEXT,)),
    *(
        Case(f"at {path}", macro(f"json_text('v', {path!r})"), wanted, (DOCUMENT,))
        for path, wanted in {
            "id": "7",
            "agent.name": "a",
            "agent.phones.0": "1",
            "agent.phones.1.kind": "desk",
            "agent.phones.2": None,
            "queue": None,
            "end": None,
            "Id": None,
            ("queue", "id"): "7",
        }.items()
    ),
    Case("of two", "json_array_length(" + macro("json_elements('v', 'agent.phones')") + ")", 2, (DOCUMENT,)),
    *(
        Case(f"{texts} at {path}", macro(f"has_json_text('v', {path!r}, {texts})"), wanted, (DOCUMENT,))
        for path, texts, wanted in [
            ("agent.phones.*.kind", ["desk", "mobile"], True),
            ("agent.phones.*", ["1"], True),
            ("agent.phones.*.kind", ["mobile"], False),
            ("agents.*.kind", ["desk"], False),
        ]
    ),
    Case("of nothing", macro("has_json_text('v', 'agent.phones.*', ['1'])"), None, (NO_TEXT,)),
]
if warehouses.reads_json():
    CASES += JSON_CASES
ERASURE_CASES = [
    Case("of a text", macro("searched_text('v', dbt.type_string())"), "a 1", ("'a 1'",)),
    Case("of null", macro("searched_text('v', dbt.type_string())"), None, (NO_TEXT,)),
    Case("to a number", macro("column_of_searched_text('v', 'integer')"), 12, ("'12'",)),
]
ERASURE_CASES += [
    Case(what, '{{ call_status.text_replaced("v", "' + pattern + '", "' + by + '") }}', wanted, (repr(text),))
    for what, text, pattern, by, wanted in [
        ("every place", "1, 22 and 3", "'[0-9]+'", "'n'", "n, n and n"),
        ("groups", "a12b", "'(^|[^0-9])1(?:x{0,2}|y)2([^0-9]|$)'", r"'\\1-\\2'", "a-b"),
        ("beyond ASCII", "1–2", "'1[ –]2'", "'n'", "n"),
    ]
]
if warehouses.erases_customers():
    CASES += ERASURE_CASES


@pytest.fixture(scope="module")
def results(new_engine):
    """What each case gives on this engine, in their order."""
    warehouse = new_engine()
    columns = []
    for place, case in enumerate(CASES):
        # Times come as text, microseconds since 1970: the client's time zone could change a timestamp.
        result = warehouse.moment("result") if isinstance(case.wanted, datetime) else "result"
        columns.append(f"(select {result} from ({case.query}) as q) as c{place}")
    (row,) = warehouse.query(warehouse.compiled("select\n    " + ",\n    ".join(columns)))
    return list(row.values())


def name_of(case):
    called = re.search(r"call_status\.(\w+)", case.sql)
    return f"{called[1] if called else 'null-safe equality'}: {case.what}"


@pytest.mark.parametrize("place", range(len(CASES)), ids=[name_of(case) for case in CASES])
def test_conformance(results, place):
    wanted = CASES[place].wanted
    if isinstance(wanted, datetime):
        wanted = str((wanted - datetime(1970, 1, 1)) // timedelta(microseconds=1))
    assert results[place] == wanted


def test_every_macro_has_a_case():
    dispatched = set()
    for file in (PROJECT / "macros" / "engine").glob("*.sql"):
        dispatched |= set(re.findall(r"adapter\.dispatch\('(\w+)'", file.read_text(encoding="utf-8")))
    # How incremental models are written: test_same_as_duckdb.py.
    dispatched -= {"incremental", "small_table", "replace_rows", "is_atomic_table"}
    with_cases = {name_of(case).split(":")[0] for case in [*CASES, *JSON_CASES, *ERASURE_CASES]}
    assert dispatched - with_cases == set()


@pytest.mark.skipif(warehouses.reads_json(), reason="this engine reads JSON")
def test_it_says_that_json_is_not_read(new_engine):
    with pytest.raises(DbtFailed, match=r"raw tables hold JSON, which call_status reads on DuckDB"):
        new_engine().compiled(JSON_CASES[0].query)
