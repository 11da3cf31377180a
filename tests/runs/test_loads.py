"""What has been read is counted, not clocked: histories that lost calls where runs went by the time of loading."""

from datetime import datetime, timedelta

import duckdb
import pytest
from support.harness import DbtFailed, changes

from runs.histories import moving_clock

AS_OF = {"call_status_as_of": "2026-03-20 12:00:00"}
NOON = datetime(2026, 3, 20, 12)


def call(call_id, loaded_at, *types, source="pbx", ended=True):
    """A call of an hour ago, its events a second apart."""
    return [
        {
            "event_id": f"{source} {call_id} {event_type}",
            "source_system": source,
            "call_id": call_id,
            "direction": "incoming",
            "event_type": event_type,
            "occurred_at": NOON - timedelta(hours=1) + timedelta(seconds=place),
            "loaded_at": loaded_at,
            "agent_id": "anna",
        }
        for place, event_type in enumerate([*types, *(["call_ended"] if ended else [])])
    ]


@pytest.fixture
def warehouse(new_warehouse):
    return new_warehouse()


@pytest.fixture
def clock():
    """Moves the clock by which dbt starts its runs: clock(hours)."""
    with moving_clock() as move:
        yield move


def run(warehouse, *arguments, **variables):
    warehouse.dbt("run", *arguments, vars={**AS_OF, **variables})


def statuses(warehouse):
    return {row["call_id"]: row["status"] for row in warehouse.query("select call_id, status from fct_calls")}


def change_raw(warehouse, sql):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(sql)


def equals_a_full_refresh(warehouse, **variables):
    found = warehouse.relations()
    run(warehouse, "--full-refresh", **variables)
    assert changes(found, warehouse.relations(), ignored=("derived_at",)) == []


@pytest.mark.long
def test_a_clock_that_was_ahead_once(warehouse, clock):
    """A run with the clock ahead derives facts anew; calls that come when the clock is right again are not older than those."""
    warehouse.write_events(call("first", NOON, "agent_ringing"))
    run(warehouse)
    clock(1)
    run(warehouse, call_status_reject_rule="any")
    clock(0)
    warehouse.write_events(call("second", NOON, "agent_ringing"))
    run(warehouse, call_status_reject_rule="any")
    assert statuses(warehouse) == {"first": "Missed", "second": "Missed"}


@pytest.mark.long
def test_load_times_that_were_in_the_future_once(warehouse):
    warehouse.write_events(call("ahead", NOON + timedelta(hours=10), "agent_ringing"))
    run(warehouse)
    for hours in (2, 6, -20):
        warehouse.write_events(call(f"{hours} hours", NOON + timedelta(hours=hours), "agent_ringing"))
        run(warehouse)
    assert len(statuses(warehouse)) == 4


@pytest.mark.long
def test_calls_whose_keys_would_collide_time_out_in_different_runs(warehouse):
    warehouse.write_events(call("eu/1", NOON, "agent_ringing", ended=False))
    warehouse.write_events(call("1", NOON, "agent_ringing", "transferred", ended=False, source="pbx/eu"))
    for seconds in (0, 1, 2):
        run(warehouse, call_status_as_of=str(NOON + timedelta(hours=23, seconds=seconds)))
    assert set(statuses(warehouse)) == {"eu/1", "1"}


def test_a_row_that_commits_late_is_read_by_calls_and_legs_alike(warehouse):
    warehouse.write_events(call("early", NOON, "agent_ringing", ended=False))
    warehouse.write_events(call("later loads without legs", NOON + timedelta(hours=5), "ivr_started"))
    run(warehouse)
    warehouse.write_events(call("early", NOON + timedelta(hours=1), "agent_answered")[:1])
    run(warehouse)
    warehouse.write_events(call("early", NOON + timedelta(hours=1))[:1])
    run(warehouse)
    equals_a_full_refresh(warehouse)
    assert statuses(warehouse)["early"] == "Completed"


def test_calls_are_never_open_and_concluded_at_once(warehouse):
    warehouse.write_events(call("silent", NOON, "agent_ringing", ended=False))
    run(warehouse)
    run(warehouse, "--select", "+fct_calls", call_status_as_of="2026-03-25 12:00:00")
    assert statuses(warehouse) == {"silent": "Missed"}
    assert warehouse.query("select * from fct_open_calls") == []


def test_a_load_that_is_unchanged_is_not_read_again(warehouse):
    """Also right after it came, and while a trickle comes into the same minute."""
    warehouse.write_events(call("large", NOON, "agent_ringing"))
    run(warehouse)
    # Whoever reads these rows now finds nothing that counts.
    change_raw(warehouse, "update raw.call_events set event_type = 'erased'")
    run(warehouse)
    assert warehouse.query("select * from quarantined_call_events") == []
    warehouse.write_events(call("trickle", NOON + timedelta(seconds=30), "agent_ringing"))
    run(warehouse, "--exclude", "event_accounting")
    assert warehouse.query("select * from quarantined_call_events") == []
    assert set(statuses(warehouse)) == {"large", "trickle"}


def test_rows_that_were_replaced_within_their_minute(warehouse):
    """As many rows as before, at other times: the whole minute is read."""
    warehouse.write_events(call("one", NOON, "agent_ringing"))
    run(warehouse)
    change_raw(warehouse, "delete from raw.call_events")
    warehouse.write_events(call("other", NOON + timedelta(seconds=7), "agent_ringing"))
    run(warehouse)
    assert set(statuses(warehouse)) == {"one", "other"}, "what a deleted row told stays, until a backfill"


@pytest.mark.long
def test_many_loads_at_once_are_read_by_few_ranges(warehouse):
    rows = [row for n in range(300) for row in call(f"call {n}", NOON + timedelta(minutes=37 * n), "agent_ringing")]
    warehouse.write_events(rows[:4])
    run(warehouse)
    warehouse.write_events(rows[4:])
    run(warehouse)
    assert len(statuses(warehouse)) == 300
    equals_a_full_refresh(warehouse)


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    [
        ["--select", "int_call_evidence_packed"],
        ["--select", "int_leg_evidence_packed"],
        ["--select", "int_queue_evidence_packed"],
    ],
)
def test_half_a_run_is_finished_by_the_next(warehouse, command):
    warehouse.write_events(call("one", NOON, "agent_ringing", "agent_answered"))
    run(warehouse)
    warehouse.write_events(call("two", NOON, "agent_ringing", "agent_answered"))
    run(warehouse, "--select", "int_raw_loads")
    run(warehouse, *command)
    run(warehouse)
    equals_a_full_refresh(warehouse)


def test_evidence_that_an_earlier_version_did_not_have(warehouse):
    """The run after an upgrade makes the new table from all raw events, and derives no call again for it."""
    warehouse.write_events(call("one", NOON, "queue_joined", "agent_answered"))
    run(warehouse)
    # There was no such table, and legs were a view.
    change_raw(warehouse, "drop table fct_queue_visits")
    change_raw(warehouse, "drop table fct_call_legs")
    change_raw(warehouse, "create view fct_call_legs as select call_key from fct_calls")
    change_raw(
        warehouse, "delete from main_internal.int_changed_hours where noted_by in ('fct_queue_visits', 'fct_call_legs')"
    )
    change_raw(warehouse, "drop table main_internal.int_queue_evidence_packed")
    change_raw(warehouse, "delete from main_internal.int_noted_loads where reader = 'int_queue_evidence_packed'")
    derived = "select call_id, derived_at from fct_calls where call_id = 'one'"
    before = warehouse.query(derived)
    warehouse.write_events(call("two", NOON, "queue_joined"))
    run(warehouse)
    assert warehouse.query(derived) == before
    outcomes = "select outcome from fct_queue_visits order by outcome"
    assert [row["outcome"] for row in warehouse.query(outcomes)] == ["answered", "not_served"]
    equals_a_full_refresh(warehouse)


def test_the_leanest_run_brings_visits_to_queues(warehouse):
    """Their evidence comes with `+fct_calls`, though it is no part of the facts."""
    warehouse.write_events(call("one", NOON, "queue_joined"))
    run(warehouse)
    warehouse.write_events(call("two", NOON, "queue_joined"))
    run(warehouse, "--select", "+fct_calls+")
    assert len(warehouse.query("select * from fct_queue_visits")) == len(statuses(warehouse)) == 2


@pytest.mark.long
def test_a_note_that_is_lost_costs_reading_alone(warehouse):
    warehouse.write_events(call("one", NOON, "agent_ringing"))
    run(warehouse)
    run(warehouse, "--full-refresh", "--select", "int_noted_loads")
    run(warehouse)
    equals_a_full_refresh(warehouse)


@pytest.mark.long
def test_an_empty_run_notes_nothing(warehouse):
    warehouse.write_events(call("one", NOON, "agent_ringing"))
    run(warehouse)
    warehouse.write_events(call("two", NOON, "agent_ringing"))
    run(warehouse, "--empty")
    run(warehouse)
    assert set(statuses(warehouse)) == {"one", "two"}


@pytest.mark.long
def test_a_run_that_saw_no_rows_is_made_up_for(warehouse):
    """--empty makes tables anew from nothing, or counts nothing; what was read before is read again, and not taken for gone."""
    warehouse.write_events(call("one", NOON, "agent_ringing"))
    run(warehouse)
    run(warehouse, "--empty")
    run(warehouse, "--select", "int_call_evidence_packed")
    assert set(statuses(warehouse)) == {"one"}
    run(warehouse, "--empty", "--full-refresh")
    assert statuses(warehouse) == {}
    run(warehouse)
    equals_a_full_refresh(warehouse)
    assert set(statuses(warehouse)) == {"one"}


@pytest.mark.long
def test_loads_of_long_ago_are_not_counted(warehouse, clock):
    """With call_status_count_loads_of_days they are neither read when they grow nor missed when they are gone."""
    today = datetime.now().replace(microsecond=0)
    weeks = {"call_status_count_loads_of_days": 14, "call_status_as_of": str(today + timedelta(days=2))}
    everything = {"call_status_as_of": str(today + timedelta(days=2))}
    warehouse.write_events(call("old", today - timedelta(days=30), "agent_ringing"))
    warehouse.write_events(call("new", today, "agent_ringing"))
    run(warehouse, **everything)
    warehouse.write_events(call("late", today - timedelta(days=29), "agent_ringing"))
    warehouse.write_events(call("in time", today - timedelta(days=13), "agent_ringing"))
    warehouse.write_events(call("no time", None, "agent_ringing"))
    run(warehouse, **weeks)
    assert set(statuses(warehouse)) == {"old", "new", "in time"}
    # Loads that the last run did not count are not gone, also where the variable is another and nothing is counted anew.
    run(warehouse, "--select", "int_call_evidence_packed", **everything)
    # All loads, once a week: what was left out is read.
    run(warehouse, **everything)
    assert set(statuses(warehouse)) == {"old", "new", "in time", "late"}
    assert len(warehouse.query("select * from quarantined_call_events")) == 2
    change_raw(warehouse, "delete from raw.call_events where call_id = 'old'")
    log = warehouse.directory / "logs" / "dbt.log"
    for variables, is_said in ((weeks, False), (everything, True)):
        run(warehouse, **variables)
        assert ("2 rows that were read before are gone" in log.read_text()) == is_said
    assert "old" in statuses(warehouse)
    # A clock that goes back counts from an earlier day on.
    clock(-24 * 20)
    run(warehouse, "--select", "int_call_evidence_packed", **weeks)
    run(warehouse, "--full-refresh", **weeks)
    assert set(statuses(warehouse)) == {"new", "in time", "late"}


def test_facts_without_evidence_leave_where_the_evidence_was_made_anew(warehouse):
    warehouse.write_events(call("one", NOON, "agent_ringing") + call("two", NOON, "agent_ringing"))
    warehouse.write_events(call("three", NOON, "agent_ringing"))
    run(warehouse)
    change_raw(warehouse, "delete from raw.call_events where call_id = 'one'")
    run(warehouse)
    assert set(statuses(warehouse)) == {"one", "two", "three"}
    run(warehouse, "--full-refresh", "--select", "int_call_evidence_packed")
    run(warehouse)
    assert set(statuses(warehouse)) == {"two", "three"}
    equals_a_full_refresh(warehouse)


def test_deleted_rows_are_said_once_and_most_of_them_stop_the_run(warehouse):
    rows = [row for n in range(5) for row in call(f"call {n}", NOON, "agent_ringing")]
    warehouse.write_events(rows)
    run(warehouse)
    change_raw(warehouse, "delete from raw.call_events where call_id = 'call 0'")
    log = warehouse.directory / "logs" / "dbt.log"
    for times in (1, 1):
        run(warehouse)
        assert log.read_text().count("2 rows that were read before are gone from raw.call_events") == times
    assert len(statuses(warehouse)) == 5
    change_raw(warehouse, "delete from raw.call_events where call_id <> 'call 1'")
    before = statuses(warehouse)
    with pytest.raises(DbtFailed, match="6 of 8 rows that were read before are gone from raw.call_events"):
        run(warehouse)
    assert statuses(warehouse) == before


def test_a_call_that_is_lost_fails_a_data_test(warehouse):
    warehouse.write_events(call("one", NOON, "agent_ringing") + call("two", NOON, "agent_ringing"))
    run(warehouse)
    change_raw(warehouse, "delete from fct_calls where call_id = 'one'")
    with pytest.raises(DbtFailed, match="no_call_is_lost"):
        warehouse.dbt("test", "--select", "no_call_is_lost", vars=AS_OF)
