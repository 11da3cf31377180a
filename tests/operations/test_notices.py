"""What a run notices: events that come late, sources that are quiet, statuses whose share is far from the usual one.

One warehouse has a source system for each story. The clock stands at half past twelve on a Wednesday.
"""

import random
import statistics
from collections import defaultdict
from datetime import datetime, timedelta

import duckdb
import pytest

NOW = datetime(2026, 3, 18, 12, 30)
TODAY = NOW.replace(hour=0, minute=0)
CLOCK = {"call_status_as_of": NOW.isoformat(" ")}
MINUTES = timedelta(minutes=5)


# ---- events ---------------------------------------------------------------------------------------------------------


def call(source, number, at, *types, loaded_at=None):
    """A call of one instant."""
    return [
        {
            "source_system": source,
            "call_id": f"{source} {at} {number}",
            "event_id": f"{source} {at} {number} {event_type}",
            "direction": "incoming",
            "event_type": event_type,
            "occurred_at": at,
            "loaded_at": loaded_at or at + MINUTES,
        }
        for event_type in types
    ]


def calls(source, at, count, *types, **columns):
    return [
        event for number in range(count) for event in call(source, number, at, *(types or ["call_ended"]), **columns)
    ]


def at(weeks_ago, hour):
    return TODAY - timedelta(weeks=weeks_ago) + timedelta(hours=hour)


def wednesdays(source, hours, count=4, weeks=range(5), quiet=(), **columns):
    """`count` calls in each hour of this Wednesday and of those before it, but not at `quiet`: (weeks ago, hour)."""
    return [
        event
        for week in weeks
        for hour in hours
        if (week, hour) not in quiet
        for event in calls(source, at(week, hour), count, **columns)
    ]


NOON = range(8, 12)
SINCE_NINE = [(0, 9), (0, 10), (0, 11)]
STOPPED = {"quiet": SINCE_NINE}
# Source → its calls, and whether it is quiet.
ACTIVITY = {
    "steady": (wednesdays("steady", NOON), False),
    "stopped": (wednesdays("stopped", NOON, **STOPPED), True),
    # Its newest hours are yesterday's, and nobody ever calls at noon.
    "at_night": (wednesdays("at_night", range(20, 24), weeks=range(1, 6)), False),
    "for_an_hour": (wednesdays("for_an_hour", NOON, quiet=[(0, 11)]), False),
    "for_a_busy_hour": (wednesdays("for_a_busy_hour", NOON, count=10, quiet=[(0, 11)]), True),
    "few_calls": (wednesdays("few_calls", NOON, count=3, **STOPPED), False),
    "quiet_last_week_too": (wednesdays("quiet_last_week_too", NOON, quiet=[*SINCE_NINE, (1, 10)]), False),
    "new": (wednesdays("new", NOON, weeks=range(4), **STOPPED), False),
    "not_yet_today": (wednesdays("not_yet_today", NOON, weeks=range(1, 6)), True),
    "stopped_weeks_ago": (wednesdays("stopped_weeks_ago", NOON, weeks=range(2, 7)), True),
    "in_progress": (
        wednesdays("in_progress", NOON, **STOPPED) + calls("in_progress", at(0, 11), 1, "call_started"),
        False,
    ),
    # Each day's file comes the next night. Today's is not there yet.
    "every_night": (
        [
            event
            for week in range(1, 6)
            for hour in NOON
            for event in calls("every_night", at(week, hour), 4, loaded_at=at(week, 26))
        ],
        False,
    ),
}


def mixed(source, at, completed, ended):
    return calls(source, at, completed, "agent_answered", "call_ended") + calls(source, at + MINUTES, ended)


def shares(source, before, today, hour=10):
    """The calls of some Wednesdays: (completed, ended otherwise) of each week before, the nearest first, and of today."""
    return [event for week, counts in enumerate([today, *before]) for event in mixed(source, at(week, hour), *counts)]


USUAL = [(20, 20), (18, 22), (22, 18), (19, 21), (21, 19), (20, 20), (17, 23), (23, 17)]
# Source → its calls, and whether its share of Completed is unusual today.
SHARES = {
    "as_ever": (shares("as_ever", USUAL, (18, 22)), False),
    "all_answered": (shares("all_answered", USUAL, (36, 4)), True),
    "nobody_answers": (shares("nobody_answers", USUAL, (4, 36)), True),
    "one_odd_day_before": (shares("one_odd_day_before", [(40, 0), *USUAL[1:]], (4, 36)), True),
    "odd_on_some_days": (shares("odd_on_some_days", [*USUAL[:4], (4, 36), (5, 35), (36, 4), (37, 3)], (5, 35)), False),
    "not_enough_calls": (shares("not_enough_calls", USUAL, (1, 28)), False),
    "not_enough_weeks": (shares("not_enough_weeks", USUAL[:3], (4, 36)), False),
    "a_little_more": (shares("a_little_more", [(500, 500)] * 4, (548, 452)), False),
    "a_little_too_much": (shares("a_little_too_much", [(500, 500)] * 4, (590, 410)), True),
    # In the morning nearly all are answered, and in the afternoon few are.
    "morning": (
        shares("morning", [(36, 4)] * 5, (36, 4))
        + [event for week in range(1, 6) for event in mixed("morning", at(week, 15), 4, 36)],
        False,
    ),
}

# Events of a source that is late in all ways. The second load reaches into the load day of the first.
RANDOM = random.Random(7)
LATE = [
    event
    for number in range(60)
    for event in call(
        "late",
        number,
        at(1, 9) - timedelta(seconds=round(RANDOM.lognormvariate(7, 2), 3)),
        "call_ended",
        loaded_at=at(1, 9 + number % 3),
    )
] + call("late", "early", at(1, 10), "call_ended", loaded_at=at(1, 9))
REFUSED = [{**LATE[0], "event_id": "refused", "event_type": "began"}]
LATER = [
    event
    for event in call("late", "later", at(2, 0), "call_ended", loaded_at=at(1, 9))
    + call("late", "today", at(0, 8), "call_ended", loaded_at=at(0, 9))
]


def notices(warehouse, clock):
    """Data test → its status, and how many rows it has."""
    results = warehouse.dbt("test", "--select", "no_source_is_quiet", "no_share_is_unusual", vars=clock).results
    return {
        result.node.name: (result.status, result.failures) for result in results if result.node.name.startswith("no_")
    }


def stories():
    return [event for events, _ in [*ACTIVITY.values(), *SHARES.values()] for event in events]


@pytest.fixture(scope="module")
def built(new_warehouse):
    warehouse = new_warehouse()

    warehouse.write_events(stories() + LATE + REFUSED)
    warehouse.dbt("run", "--select", "+source_activity", "+status_shares", vars=CLOCK)
    warehouse.results = notices(warehouse, CLOCK)
    return warehouse


# ---- quiet sources --------------------------------------------------------------------------------------------------


def activity(warehouse):
    return {row["source_system"]: row for row in warehouse.query("select * from source_activity")}


@pytest.mark.parametrize("source", ACTIVITY)
def test_quiet_where_it_never_is(built, source):
    assert activity(built)[source]["is_quiet"] == ACTIVITY[source][1]


def test_since_when_it_is_quiet(built):
    found = activity(built)
    names = ("local_last_hour", "local_quiet_since", "quiet_hours", "missing_calls", "usual_delay_seconds")
    assert {source: tuple(found[source][name] for name in names) for source in ("steady", "stopped", "few_calls")} == {
        "steady": (at(0, 11), None, 0, 0, 300.0),
        "stopped": (at(0, 8), at(0, 9), 3, 12, 300.0),
        "few_calls": (at(0, 8), at(0, 9), 3, 9, 300.0),
    }
    assert found["not_yet_today"]["local_quiet_since"] == at(0, 8)
    assert found["stopped_weeks_ago"]["local_quiet_since"] == at(1, 8)
    assert found["every_night"]["usual_delay_seconds"] > 14 * 3600


# ---- unusual shares -------------------------------------------------------------------------------------------------


def share_rows(warehouse, source):
    return warehouse.query(f"select * from status_shares where source_system = '{source}' order by status, local_date")


@pytest.mark.parametrize("source", SHARES)
def test_a_share_is_far_from_the_usual_one(built, source):
    found = [row for row in share_rows(built, source) if row["local_date"] == TODAY.date()]
    assert [row["is_unusual"] for row in found] == [SHARES[source][1]] * 2
    assert sum(row["share"] for row in found) == 1


@pytest.mark.parametrize("source", ["as_ever", "all_answered", "odd_on_some_days"])
def test_share_and_spread_are_those_of_python(built, source):
    """The calls of these sources are counted again from their events."""
    counts = defaultdict(lambda: [0, 0])
    for event in SHARES[source][0]:
        if event["event_type"] == "call_ended":
            counts[event["occurred_at"].date()][1] += 1
        else:
            counts[event["occurred_at"].date()][0] += 1
    today, *before = (completed / all_calls for _, (completed, all_calls) in sorted(counts.items(), reverse=True))
    usual = statistics.median(before)
    distance = statistics.median(abs(share - usual) for share in before)
    likely = (usual * 40 + 1) / 42
    spread = max(1.4826 * distance, (likely * (1 - likely) / 40) ** 0.5)
    (row,) = (
        row for row in share_rows(built, source) if (row["status"], row["local_date"]) == ("Completed", TODAY.date())
    )
    names = ("share", "usual_share", "median_distance", "deviation")
    assert tuple(row[name] for name in names) == pytest.approx((today, usual, distance, (today - usual) / spread))
    assert row["weeks_compared"] == 8


def test_a_run_warns_and_says_of_what(built):
    assert built.results == {
        "no_source_is_quiet": ("warn", sum(quiet for _, quiet in ACTIVITY.values())),
        "no_share_is_unusual": ("warn", 2 * sum(unusual for _, unusual in SHARES.values())),
    }
    said = (built.directory / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert (
        "stopped is quiet since 2026-03-18 09:00 (local time), when it never was before: at least 12 calls are missing."
        " source_activity has it." in said
    )
    assert (
        "Completed is 10.0 % of the incoming calls of nobody_answers on 2026-03-18; usual on that weekday is 50.0 %."
        " status_shares has the days before." in said
    )


# ---- lateness -------------------------------------------------------------------------------------------------------

LATENESS = "events p50_seconds p90_seconds p99_seconds max_seconds early_events".split()


def lateness(warehouse):
    rows = warehouse.query("select * from source_lateness")
    return {(row["source_system"], row["load_date"]): tuple(row[name] for name in LATENESS) for row in rows}


def expected_lateness(events):
    late = defaultdict(list)
    for event in events:
        seconds = (event["loaded_at"] - event["occurred_at"]).total_seconds()
        late[event["source_system"], event["loaded_at"].date()].append(seconds)
    return {key: numbers_of(seconds) for key, seconds in late.items()}


def numbers_of(seconds):
    percentiles = statistics.quantiles(seconds * (2 if len(seconds) == 1 else 1), n=100, method="inclusive")
    early = len([one for one in seconds if one < 0])
    return len(seconds), percentiles[49], percentiles[89], percentiles[98], max(seconds), early


def same(found, wanted):
    assert set(found) == set(wanted)
    for key, numbers in wanted.items():
        assert found[key] == pytest.approx(numbers), key


@pytest.fixture(scope="module")
def loaded_later(new_warehouse):
    """The source that is late, built bit by bit."""
    warehouse = new_warehouse()
    warehouse.write_events(LATE + REFUSED)
    warehouse.dbt("run", "--select", "+source_lateness", vars=CLOCK)
    warehouse.write_events(LATER)
    warehouse.dbt("run", "--select", "+source_lateness", vars=CLOCK)
    return warehouse


def test_lateness_is_that_of_python(built):
    same(lateness(built), expected_lateness(stories() + LATE))


def test_a_late_load_counts_its_load_day_anew(loaded_later):
    found = lateness(loaded_later)
    same(found, expected_lateness(LATE + LATER))
    assert found["late", at(1, 0).date()][5] == 1


def test_a_full_refresh_gives_the_same(loaded_later):
    before = lateness(loaded_later)
    loaded_later.dbt("run", "--full-refresh", "--select", "+source_lateness", vars=CLOCK)
    assert lateness(loaded_later) == before


def test_a_run_reads_only_the_load_days_that_have_changed(loaded_later):
    """What stands in other days stays, even where it is wrong."""

    with duckdb.connect(loaded_later.path) as connection:
        connection.execute("update source_lateness set events = -1")
    loaded_later.write_events(call("late", "newest", at(0, 8), "call_ended", loaded_at=at(0, 10)))
    loaded_later.dbt("run", "--select", "+source_lateness", vars=CLOCK)
    assert {day: row[0] for (_, day), row in lateness(loaded_later).items()} == {
        at(1, 0).date(): -1,
        at(0, 0).date(): 2,
    }


# ---- another clock -----------------------------------------------------------------------------------------------


@pytest.mark.long
def test_what_is_odd_at_noon_is_not_at_five(built):
    """The same calls by the clock of the early morning: today has no hour that is over and busy. Last, since it builds again."""
    early = {"call_status_as_of": (TODAY + timedelta(hours=5)).isoformat(" ")}
    built.dbt("run", "--select", "source_activity", "status_shares", vars=early)
    assert notices(built, early) == {"no_source_is_quiet": ("warn", 1), "no_share_is_unusual": ("pass", 0)}
    assert {source for source, row in activity(built).items() if row["is_quiet"]} == {"stopped_weeks_ago"}
