"""Nothing is lost: event_accounting and quarantined_call_events are exact to the row, whatever comes when.

One warehouse takes six loads. What the reference makes of all rows so far must be there after each; a few sources are
small enough to be written out by hand.
"""

import random
import re
from collections import Counter
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from rules.reference import Settings, derive
from support.harness import differences, fail_on, readable_refusal, row_disagreements
from support.random_calls import load_into, random_events

RANDOM_CALLS = 800

# When each load reaches the warehouse, in the order in which they are committed. The fourth is late: it began before
# the third. The last brings nothing.
LOADED_AT = {
    1: datetime(2026, 3, 10, 9),
    2: datetime(2026, 3, 10, 15),
    3: datetime(2026, 3, 11, 1),
    4: datetime(2026, 3, 10, 23),
    5: datetime(2026, 3, 11, 5),
    6: None,
}
LAST_LOAD = max(LOADED_AT)
LONG_AGO = datetime(2026, 2, 1, 8)
SQL_BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)

# load, source_system, event_id, event_type, direction, loaded_at (`day hour:minute` of March 2026; empty: missing)
EVENTS = """
    1 desk    a   call_started   incoming 10 09:00
    1 desk    b   call_ended     incoming 10 09:00
    1 desk    a   call_started   incoming 10 09:00
    1 desk    c   -              incoming 10 09:00
    1 desk    d   call_started   internal 10 09:00
    1 desk    e   call_started   incoming
    1 nobody  a   call_started   sideways 10 09:00
    2 desk    a   call_started   incoming 10 15:00
    2 desk    c   call_started   incoming 10 15:00
    2 desk    f   call_started   incoming
    2 desk    e   call_started   incoming 10 15:00
    3 desk    a   call_started   incoming 11 01:00
    3 desk    b   call_ended     incoming 11 01:00
    4 desk    g   call_started   incoming 10 23:00
    4 desk    h   -              incoming 10 22:30
    4 branch  a   call_started   incoming 01 08:00
    4 branch  b   -              incoming 01 08:00
    4 branch  b   call_ended     incoming 01 09:00
    5 desk    a   call_started   incoming 11 05:00
    5 desk    a   call_started   incoming 11 05:00
    5 nobody  a   call_started   sideways 11 05:00
"""
# load, source, line, loaded_at
UNREADABLE = """
    4 desk    7  11 02:00
    4 desk    8  10 23:30
    4 branch  9  01 08:00
    5 newest  1  11 05:00
    5 desk    2
    5 -       3  11 05:00
"""
# From which load on, source, load day (`-`: none), then raw, quarantined, internal, duplicate, kept.
EXPECTED = """
    1 desk    10  5 1 1 1 2
    1 desk    -   1 1 0 0 0
    1 nobody  10  1 1 0 0 0
    2 desk    10  8 1 1 2 4
    2 desk    -   2 2 0 0 0
    3 desk    11  2 0 0 0 2
    4 desk    10 11 3 1 2 5
    4 desk    11  3 1 0 0 2
    4 branch  01  4 2 0 0 2
    5 desk    11  5 1 0 2 2
    5 desk    -   3 3 0 0 0
    5 nobody  11  1 1 0 0 0
    5 newest  11  1 1 0 0 0
"""
COUNTS = (
    "raw_events",
    "quarantined_events",
    "internal_events",
    "duplicate_events",
    "kept_events",
    "raw_records",
    "silent_records",
)
BY_HAND = ("desk", "nobody", "branch", "newest")


# ---- what is loaded -------------------------------------------------------------------------------------------------


def table(text):
    return [line.split() for line in text.strip().splitlines()]


def moment(parts):
    return datetime.fromisoformat(f"2026-03-{parts[0]} {parts[1]}") if parts else None


def events_by_hand(load):
    return [
        {
            "source_system": source,
            "call_id": f"{source} call",
            "event_id": event_id,
            "event_type": None if event_type == "-" else event_type,
            "direction": direction,
            "occurred_at": LONG_AGO,
            "loaded_at": moment(loaded_at),
        }
        for its_load, source, event_id, event_type, direction, *loaded_at in table(EVENTS)
        if int(its_load) == load
    ]


def unreadable_rows(load):
    """Rows that the loader refused: by hand, and some of the sources of the random events."""
    rng = random.Random(load)
    rows = [
        {"source": None if source == "-" else source, "line": int(line), "loaded_at": moment(loaded_at)}
        for its_load, source, line, *loaded_at in table(UNREADABLE)
        if int(its_load) == load
    ]
    if LOADED_AT[load]:
        rows += [
            {"source": rng.choice(["canonical", "", "pbx|a"]), "line": 1, "loaded_at": LOADED_AT[load]}
            for _ in range(rng.randrange(4))
        ]
    return rows


def random_loads():
    """Random events in five loads: repeats, broken rows, a source that comes with the fourth load and is old."""
    rng = random.Random(4)
    loads = load_into(rng, random_events(rng, RANDOM_CALLS), [at for at in LOADED_AT.values() if at])
    late = [row for load in loads for row in load if row["source_system"] == "pbx"]
    loads = [[row for row in load if row["source_system"] != "pbx"] for load in loads]
    for row in late:
        if isinstance(row["loaded_at"], datetime):
            row["loaded_at"] = LONG_AGO + timedelta(hours=rng.randrange(48))
    loads[3] += late
    return [*delivered_again(rng, loads), []]


def delivered_again(rng, loads):
    """With some rows again in a later load: as they were, or, where they were refused, put right."""
    out = [list(load) for load in loads]
    for place, load in enumerate(loads[:-1]):
        for row in rng.sample(load, len(load) // 10):
            later = rng.randrange(place + 1, len(loads))
            right = {"event_type": "call_started", "direction": "incoming", "occurred_at": LONG_AGO}
            changed = right if rng.random() < 0.5 else {}
            out[later].append({**row, **changed, "loaded_at": LOADED_AT[later + 1]})
    return out


def write_unreadable(warehouse, rows):
    """As scripts/load writes them."""
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(
            "create table if not exists raw.call_events_unreadable (source varchar, source_file varchar, line integer,"
            " reason varchar, raw_text varchar, loaded_at timestamp)"
        )
        for row in rows:
            connection.execute(
                "insert into raw.call_events_unreadable values (?, 'a.csv', ?, 'not a time', 'text', ?)",
                [row["source"], row["line"], row["loaded_at"]],
            )


# ---- what must come of it -------------------------------------------------------------------------------------------


def expected(rows, unreadable):
    """The reference's relations, with the rows that the loader refused: the reference does not know of them."""
    derived = derive(rows, Settings(LONG_AGO))
    accounting = {(row["source_system"], row["load_date"]): dict(row) for row in derived["event_accounting"]}
    refused = derived["quarantined_call_events"]
    for row in unreadable:
        source, day = row["source"] or "canonical", row["loaded_at"] and row["loaded_at"].date()
        counts = accounting.setdefault(
            (source, day), {"source_system": source, "load_date": day, **dict.fromkeys(COUNTS, 0)}
        )
        for name in ("raw_events", "quarantined_events", "raw_records"):
            counts[name] += 1
        nothing = dict.fromkeys(("event_id", "call_id", "event_type", "direction"))
        refused.append({**nothing, "source_system": source, "quarantine_reason": "unreadable_row"})
    return {"event_accounting": list(accounting.values()), "quarantined_call_events": refused}


def relations(warehouse):
    return {name: warehouse.query(f"select * from {name}") for name in ("event_accounting", "quarantined_call_events")}


def account(warehouse, command="run"):
    """Only what accounts for events; with `build` the data tests on it as well, accounting_closes among them."""
    warehouse.dbt(command, "--select", "+quarantined_call_events", "+event_accounting")


@pytest.fixture(scope="module")
def loaded(new_warehouse):
    """The two relations, and the rows so far, after each load."""
    warehouse, rows, unreadable, after = new_warehouse(), [], [], {}
    for load, random_rows in zip(LOADED_AT, random_loads()):
        new_rows = random_rows + events_by_hand(load)
        rows, unreadable = rows + new_rows, unreadable + unreadable_rows(load)
        warehouse.write_events(new_rows)
        if load > 1:  # the table is not there from the start: not every warehouse has one
            write_unreadable(warehouse, unreadable_rows(load))
        else:
            unreadable = []
        account(warehouse, command="build" if load == LAST_LOAD else "run")
        after[load] = SimpleNamespace(**relations(warehouse), rows=rows, unreadable=unreadable)
    return SimpleNamespace(warehouse=warehouse, after=after)


# ---- tests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", LOADED_AT)
def test_after_each_load_every_row_is_where_the_reference_puts_it(loaded, load):
    found = loaded.after[load]
    wanted = expected(found.rows, found.unreadable)
    refused = [readable_refusal(row) for row in found.quarantined_call_events]
    fail_on(
        row_disagreements("event_accounting", wanted["event_accounting"], found.event_accounting)
        + row_disagreements("quarantined_call_events", wanted["quarantined_call_events"], refused)
    )
    assert sum(row["raw_events"] for row in found.event_accounting) == len(found.rows) + len(found.unreadable)


@pytest.mark.parametrize("load", LOADED_AT)
def test_accounting_by_hand(loaded, load):
    wanted = {}
    for since, source, day, *counts in table(EXPECTED):
        if int(since) <= load:
            load_date = None if day == "-" else date(2026, 3, int(day))
            wanted[source, load_date] = dict(zip(COUNTS, map(int, counts)))
    found = {(row["source_system"], row["load_date"]): row for row in loaded.after[load].event_accounting}
    assert {key for key in found if key[0] in BY_HAND} == set(wanted)
    assert not {key: wrong for key, counts in wanted.items() if (wrong := differences(counts, found[key]))}


def test_refused_events_by_hand(loaded):
    found = Counter(
        (row["source_system"], row["event_id"] or row["line"], row["quarantine_reason"])
        for row in loaded.after[LAST_LOAD].quarantined_call_events
        if row["source_system"] in BY_HAND
    )
    assert found == Counter(
        [
            ("desk", "c", "unknown_event_type"),
            ("desk", "h", "unknown_event_type"),
            ("desk", "e", "missing_loaded_at"),
            ("desk", "f", "missing_loaded_at"),
            ("desk", 7, "unreadable_row"),
            ("desk", 8, "unreadable_row"),
            ("desk", 2, "unreadable_row"),
            ("nobody", "a", "unknown_direction"),
            ("nobody", "a", "unknown_direction"),
            ("branch", "b", "unknown_event_type"),
            ("branch", 9, "unreadable_row"),
            ("newest", 1, "unreadable_row"),
        ]
    )


def test_a_run_without_new_rows_changes_nothing(loaded):
    before, after = loaded.after[LAST_LOAD - 1], loaded.after[LAST_LOAD]
    for relation in ("event_accounting", "quarantined_call_events"):
        assert multiset_of(getattr(before, relation)) == multiset_of(getattr(after, relation))


def multiset_of(rows):
    return Counter(tuple(row.values()) for row in rows)


def test_a_full_refresh_gives_the_same(loaded, new_warehouse):
    at_once, last = new_warehouse(), loaded.after[LAST_LOAD]
    at_once.write_events(last.rows)
    write_unreadable(at_once, last.unreadable)
    account(at_once)
    for relation, rows in relations(at_once).items():
        assert multiset_of(rows) == multiset_of(getattr(last, relation)), relation


def test_accounting_that_does_not_close_fails_a_data_test(loaded):
    """accounting_closes must be able to fail: a refused event too few, a day too many, a lost event."""
    tampering = [
        "delete from quarantined_call_events where event_id = 'h'",
        "delete from event_accounting where source_system = 'newest'",
        "update event_accounting set kept_events = kept_events - 1 where source_system = 'branch'",
        "update event_accounting set duplicate_events = duplicate_events - 1, kept_events = kept_events + 1"
        " where source_system = 'newest'",
    ]
    warehouse = loaded.warehouse
    with duckdb.connect(warehouse.path) as connection:
        compiled = next(warehouse.parse_cache.glob("*/compiled/call_status/tests/dbt/accounting_closes.sql"))
        for tamper in tampering:
            connection.execute("begin; " + tamper)
            assert len(connection.sql(compiled.read_text()).fetchall()) == 1, tamper
            connection.execute("rollback")


# ---- rows that commit late ------------------------------------------------------------------------------------------


def tardy_event(event_id, loaded_at, **columns):
    return {
        "source_system": "tardy",
        "call_id": f"tardy {event_id}",
        "event_id": event_id,
        "event_type": "call_ended",
        "direction": "incoming",
        "occurred_at": LONG_AGO,
        "loaded_at": loaded_at,
        **columns,
    }


@pytest.fixture(scope="module")
def tardy(new_warehouse):
    """A source that was built up to 11 March, 20:00, and then gets rows of two days before and of that morning."""
    warehouse = new_warehouse()
    warehouse.write_events([tardy_event("on time", datetime(2026, 3, 11, 20)), tardy_event("no time", None)])
    write_unreadable(warehouse, [])
    warehouse.dbt("run")
    days_ago, this_morning = datetime(2026, 3, 9, 12), datetime(2026, 3, 11, 7)
    warehouse.write_events(
        [
            tardy_event("days late", days_ago),
            tardy_event("days late, refused", days_ago, event_type="?"),
            tardy_event("hours late", this_morning),
            tardy_event("hours late, refused", this_morning, event_type="?"),
            tardy_event("no time either", None),
        ]
    )
    write_unreadable(warehouse, [{"source": "tardy", "line": 1, "loaded_at": days_ago}])
    warehouse.dbt("build")
    return warehouse


def calls_in_facts(warehouse):
    return {row["call_id"] for row in warehouse.query("select call_id from fct_calls")}


def test_the_next_run_reads_rows_that_came_late(tardy):
    assert calls_in_facts(tardy) == {"tardy on time", "tardy days late", "tardy hours late"}
    counted = tardy.query(f"select load_date, {', '.join(COUNTS)} from event_accounting order by load_date nulls last")
    assert [tuple(row.values()) for row in counted] == [
        (date(2026, 3, 9), 3, 2, 0, 0, 1, 3, 0),
        (date(2026, 3, 11), 3, 1, 0, 0, 2, 3, 0),
        (None, 2, 2, 0, 0, 0, 2, 0),
    ]
    refused = tardy.query("select event_id, quarantine_reason from quarantined_call_events order by all nulls last")
    assert [tuple(row.values()) for row in refused] == [
        ("days late, refused", "unknown_event_type"),
        ("hours late, refused", "unknown_event_type"),
        ("no time", "missing_loaded_at"),
        ("no time either", "missing_loaded_at"),
        (None, "unreadable_row"),
    ]
