"""The clock: with `as_of` fixed, every value of every run is the same to the byte, wherever and whenever it runs.

The clock stands at the change to summer time of Europe/Berlin: 2026-03-29 01:00 UTC, when 02:00 becomes 03:00 there.
Two warehouses take the same events in another order. One is built in a process of its own, in another time zone and with
the clock written in another way; then two runs move the clock of the other on and back, and find no raw event to read.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from rules.reference import Settings, derive
from support.harness import PROJECT, PUBLIC_COLUMNS, disagreements, fail_on
from support.random_calls import AS_OF as RANDOM_AS_OF
from support.random_calls import random_events

RANDOM_CALLS = 1_500
CLOCK = datetime(2026, 3, 29, 1)
SAME_CLOCK_WITH_OFFSET = "2026-03-29T03:00:00+02:00"
LATER = CLOCK + timedelta(microseconds=1)
DAY, MICROSECOND = timedelta(hours=24), timedelta(microseconds=1)

# call_id → its events as (event_type, party, occurred_at).
CALLS = {
    # On the two sides of the time-out.
    "a day ago": [("call_started", None, CLOCK - DAY)],
    "a microsecond less": [("call_started", None, CLOCK - DAY + MICROSECOND)],
    # 24 hours later by the clock on the wall in Berlin, 23 hours later in truth.
    "a day ago on the wall": [("call_started", None, CLOCK - timedelta(hours=23))],
    "over midnight": [
        ("agent_ringing", None, datetime(2026, 3, 28, 23, 59, 50)),
        ("agent_answered", None, datetime(2026, 3, 29, 0, 1)),
        ("call_ended", "customer", datetime(2026, 3, 29, 0, 2)),
    ],
    # 01:59:30 and 03:00:30 on the wall in Berlin; 01:30 to 02:30 of that night is not there at all.
    "over the change": [
        ("agent_ringing", None, datetime(2026, 3, 29, 0, 59, 30)),
        ("agent_answered", None, datetime(2026, 3, 29, 1, 0, 30)),
        ("call_ended", "agent", datetime(2026, 3, 29, 2, 30)),
    ],
    # New York changes on 8 March: 01:59:59 and 03:00:01 on the wall, two seconds.
    "over New York's change": [
        ("agent_ringing", None, datetime(2026, 3, 8, 6, 59, 59)),
        ("call_ended", "customer", datetime(2026, 3, 8, 7, 0, 1)),
    ],
    # Order across autumn's change, when 02:30 comes twice on the wall: the first one ended the call.
    "over the change in autumn": [
        ("call_ended", "system", datetime(2025, 10, 26, 0, 30)),
        ("call_ended", "customer", datetime(2025, 10, 26, 1, 15)),
        ("agent_ringing", None, datetime(2025, 10, 26, 0, 15)),
    ],
}


def events_by_hand():
    return [
        {
            "call_id": call_id,
            "source_system": "canonical",
            "event_id": f"{call_id}/{place}",
            "direction": "incoming",
            "event_type": event_type,
            "party": party,
            "occurred_at": occurred_at,
            "loaded_at": CLOCK,
            "agent_id": "anna" if event_type.startswith("agent") else None,
        }
        for call_id, events in CALLS.items()
        for place, (event_type, party, occurred_at) in enumerate(events)
    ]


def all_events():
    """Random calls as well, moved so that their clock is ours."""
    step = CLOCK - RANDOM_AS_OF
    rows = random_events(random.Random(29), RANDOM_CALLS)
    for row in rows:
        row.pop("seconds_ahead", None)
        for name in ("occurred_at", "loaded_at"):
            if isinstance(row[name], datetime):
                row[name] += step
    return rows + events_by_hand()


def dbt_elsewhere(warehouse, zone, as_of):
    """A full refresh in a process whose time zone is another."""
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "run",
        "--full-refresh",
        "--quiet",
        "--vars",
        json.dumps({"call_status_as_of": as_of}),
        "--target-path",
        str(warehouse.directory / "target"),
        "--log-path",
        str(warehouse.directory / "logs"),
    ]
    environment = {**os.environ, "TZ": zone, "CALL_STATUS_DB": str(warehouse.path)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def every_value(warehouse):
    """Relation → its rows, each value as text: a double as the shortest text that is exactly it.

    But for the time of the run and the number of what it wrote: calls and legs, written by two threads, share one or have two.
    """
    compared = "c not in ('derived_at', 'write_number')"
    relations = (*PUBLIC_COLUMNS, "dim_call_status", "call_status_rules")
    found = warehouse.queries(
        f"select columns(lambda c: {compared})::varchar from {relation}" for relation in relations
    )
    return {relation: Counter(tuple(row.values()) for row in rows) for relation, rows in zip(relations, found)}


def places(warehouse):
    """call_id → the relation that the call is in, of the calls by hand."""
    return {
        row["call_id"]: relation
        for relation in ("fct_calls", "fct_open_calls")
        for row in warehouse.query(f"select call_id from {relation}")
        if row["call_id"] in CALLS
    }


@pytest.fixture(scope="module")
def clocks(new_warehouse):
    """What there was in one warehouse, in another, and there with the clock a little later and back again."""
    rows = all_events()
    here, there = new_warehouse(), new_warehouse()
    here.write_events(rows)
    there.write_events(random.Random(1).sample(rows, len(rows)))
    here.dbt("run", "--full-refresh", vars={"call_status_as_of": SAME_CLOCK_WITH_OFFSET})
    dbt_elsewhere(there, "America/New_York", str(CLOCK))
    found = SimpleNamespace(rows=rows, here=every_value(here), there=every_value(there), relations=here.relations())
    found.calls = {row["call_id"]: row for row in here.query("select * from fct_calls") if row["call_id"] in CALLS}
    found.places = places(here)

    with duckdb.connect(here.path) as connection:
        # Whoever reads a raw row now finds nothing that counts. The loads look as they did.
        connection.execute("update raw.call_events set event_type = 'erased'")
    here.dbt("run", vars={"call_status_as_of": str(LATER)})
    found.relations_later, found.places_later = here.relations(), places(here)
    here.dbt("run", vars={"call_status_as_of": SAME_CLOCK_WITH_OFFSET})
    found.back = every_value(here)
    return found


@pytest.mark.parametrize("relation", [*PUBLIC_COLUMNS, "dim_call_status", "call_status_rules"])
def test_every_value_is_the_same_to_the_byte(clocks, relation):
    """Of two warehouses, here and in New York, with the clock in UTC and with an offset."""
    assert clocks.here[relation], "no rows: nothing is shown"
    assert clocks.here[relation] == clocks.there[relation]


def test_every_value_is_the_references(clocks):
    fail_on(disagreements(derive(clocks.rows, Settings(CLOCK)), clocks.relations, clocks.rows))


def test_the_time_out_is_exact(clocks):
    assert clocks.places == {
        "a day ago": "fct_calls",
        "a microsecond less": "fct_open_calls",
        "a day ago on the wall": "fct_open_calls",
        "over midnight": "fct_calls",
        "over the change": "fct_calls",
        "over New York's change": "fct_calls",
        "over the change in autumn": "fct_calls",
    }
    assert clocks.calls["a day ago"]["is_end_inferred"]


def test_a_call_times_out_in_a_run_that_reads_no_event(clocks):
    assert clocks.places_later == {**clocks.places, "a microsecond less": "fct_calls"}
    fail_on(disagreements(derive(clocks.rows, Settings(LATER)), clocks.relations_later, clocks.rows))


@pytest.mark.parametrize("relation", PUBLIC_COLUMNS)
def test_a_clock_that_moves_back_opens_the_call_again(clocks, relation):
    assert clocks.back[relation] == clocks.here[relation]


@pytest.mark.parametrize(
    "call_id, seconds",
    {
        "over midnight": (70.0, 60.0, 130.0),
        "over the change": (60.0, 5_370.0, 5_430.0),
        "over New York's change": (2.0, None, 2.0),
        "over the change in autumn": (900.0, None, 900.0),
    }.items(),
)
def test_one_call_with_its_true_length(clocks, call_id, seconds):
    """Midnight and a change of the clocks neither split a call nor stretch it."""
    row = clocks.calls[call_id]
    assert (row["ring_seconds"], row["talk_seconds"], row["total_seconds"]) == seconds


def test_the_first_end_counts_across_the_change_in_autumn(clocks):
    assert clocks.calls["over the change in autumn"]["ended_by"] == "system"


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_files_are_read_as_utc_in_any_zone(zone, tmp_path):
    """Naive times, offsets and epochs: the same instant, also at a time that the zone's clocks skip."""
    times = ["2026-03-08 02:30:00", "2026-03-08T02:30:00Z", "2026-03-08T08:00:00+05:30", 1772937000, 1772937000000]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(json.dumps({"call_id": "c", "event_type": "x", "occurred_at": time}) for time in times))
    environment = {**os.environ, "TZ": zone, "CALL_STATUS_DB": str(tmp_path / "db.duckdb")}
    subprocess.run(
        [sys.executable, "-m", "call_status_tools.loading.load", str(file)],
        env=environment,
        check=True,
        capture_output=True,
    )
    with duckdb.connect(tmp_path / "db.duckdb", read_only=True) as connection:
        found = connection.execute("select distinct occurred_at from raw.call_events").fetchall()
        (loaded_at,) = connection.execute("select max(loaded_at) from raw.call_events").fetchone()
    assert found == [(datetime(2026, 3, 8, 2, 30),)]
    assert abs(datetime.utcnow() - loaded_at) < timedelta(minutes=5)
