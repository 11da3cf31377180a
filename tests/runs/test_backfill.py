"""Backfill: what merging cannot do. After it, everything is as after a full refresh, and other calls are left alone."""

import shutil
from datetime import datetime, timedelta

import duckdb
import pytest
from support.harness import DbtFailed, changes

AS_OF = {"call_status_as_of": "2026-03-20 12:00:00"}
START = datetime(2026, 3, 2, 10)


def call(call_id, day, *events):
    """Events ten seconds apart, loaded an hour after the call's start: (event_type, columns)."""
    at = START + timedelta(days=day)
    return [
        {
            "event_id": f"{call_id}-{n}",
            "call_id": call_id,
            "direction": "incoming",
            "event_type": event_type,
            "occurred_at": at + timedelta(seconds=10 * n),
            "loaded_at": at + timedelta(hours=1),
            **columns,
        }
        for n, (event_type, columns) in enumerate(events)
    ]


RING, END = ("agent_ringing", {"agent_id": "anna"}), ("call_ended", {"party": "customer"})
ANSWER, OTHER_RING = ("agent_answered", {"agent_id": "anna"}), ("agent_ringing", {"agent_id": "ben"})

ROWS = [
    *call("monday", 0, RING, END),
    *call("monday two legs", 0, RING, OTHER_RING, END),
    *call("tuesday", 1, RING, END),
    *call("wednesday", 2, RING, ANSWER, END),
    *call("thursday", 3, ("agent_applauded", {}), RING, END),
]


@pytest.fixture(scope="module")
def built_once(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(ROWS)
    warehouse.dbt("run", vars=AS_OF)
    return warehouse


@pytest.fixture
def built(built_once, new_warehouse):
    """A copy, which a test may change."""
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    return warehouse


def change_raw(warehouse, sql):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(sql)


def backfill(warehouse, **variables):
    """A backfill that may take back what rows said that are gone."""
    named = {f"call_status_backfill_{name}": value for name, value in variables.items()}
    warehouse.dbt("run", vars={**AS_OF, **named, "call_status_backfill_takes_back": True})


def equals_a_full_refresh(warehouse):
    found = warehouse.relations()
    warehouse.dbt("run", "--full-refresh", vars=AS_OF)
    assert changes(found, warehouse.relations(), ignored=("derived_at",)) == []


def derived_at(warehouse):
    return {row["call_id"]: row["derived_at"] for row in warehouse.query("select call_id, derived_at from fct_calls")}


def test_rows_that_came_late_need_no_backfill(built):
    """They are read by the next run, and other calls are left alone."""
    before = derived_at(built)
    # Visible only now: a day before what the last run had read.
    built.write_events(call("monday", 0, RING, ANSWER, END)[1:2] + call("late", 1, RING, END))
    built.dbt("run", vars=AS_OF)
    found = built.query("select call_id, status from fct_calls order by call_id")
    assert [tuple(row.values()) for row in found] == [
        ("late", "Missed"),
        ("monday", "Completed"),
        ("monday two legs", "Missed"),
        ("thursday", "Missed"),
        ("tuesday", "Missed"),
        ("wednesday", "Completed"),
    ]
    after = derived_at(built)
    assert {name for name in before if before[name] != after[name]} == {"monday"}
    equals_a_full_refresh(built)


def test_a_backfill_takes_nothing_back_unless_it_is_told_to(built):
    """Half of a call's rows were purged: the facts know what they said, and the backfill does not."""
    before = built.relations()
    change_raw(built, "delete from raw.call_events where call_id = 'wednesday' and event_type = 'agent_answered'")
    with pytest.raises(DbtFailed, match="would take back what 1 calls .* call_status_backfill_takes_back: true"):
        built.dbt("run", vars={**AS_OF, "call_status_backfill_calls": ["wednesday"]})
    assert changes(before, {**built.relations(), **audit_of(before)}, ignored=("derived_at",)) == []


def audit_of(relations):
    """The accounting and the refused events: they show the raw tables as they are."""
    return {name: relations[name] for name in ("event_accounting", "quarantined_call_events")}


OUTGOING = {"direction": "outgoing", "agent_id": "anna"}
LEFT, DIALLED = ("agent_disconnected", {"agent_id": "anna"}), ("customer_ringing", OUTGOING)
PICKED_UP, HUNG_UP = ("customer_answered", OUTGOING), ("call_ended", {**OUTGOING, "party": "customer"})


@pytest.mark.parametrize(
    "events, status",
    [
        ([RING, ANSWER, LEFT, END], "Missed"),
        pytest.param([DIALLED, PICKED_UP, HUNG_UP], "Rejected", marks=pytest.mark.long),
    ],
    ids=["of an agent", "of a customer"],
)
def test_the_answer_of_a_day_between_was_deleted(built, events, status):
    """Neither the call nor the agent's leg has its first or its last load on that day."""
    rows = call("over days", 0, *events)
    for day, row in enumerate(rows):
        row["loaded_at"] = START + timedelta(days=day, hours=1)
    built.write_events(rows)
    built.dbt("run", vars=AS_OF)
    change_raw(built, "delete from raw.call_events where call_id = 'over days' and event_type like '%answered'")
    backfill(built, days=["2026-03-03", "2026-03-03"])
    assert built.query("select status from fct_calls where call_id = 'over days'") == [{"status": status}]
    equals_a_full_refresh(built)


def test_facts_alone_are_no_backfill(built):
    before = built.relations()
    built.dbt("run", "--select", "fct_calls", vars={**AS_OF, "call_status_backfill_days": ["2026-03-02", "2026-03-05"]})
    assert changes(before, built.relations(), ignored=("derived_at",)) == []


def test_a_source_is_made_anew(built):
    change_raw(built, "delete from raw.call_events where event_type = 'agent_answered'")
    backfill(built, sources=["canonical"])
    equals_a_full_refresh(built)


@pytest.mark.parametrize("calls", [["wednesday"], ["wednesday", "monday two legs", "nobody's"]], ids=len)
def test_raw_rows_of_named_calls_changed(built, calls):
    change_raw(
        built,
        """
        delete from raw.call_events where call_id = 'wednesday' and event_type = 'agent_answered';
        update raw.call_events set agent_id = 'anna' where call_id = 'monday two legs'
    """,
    )
    backfill(built, calls=calls)
    assert built.query("select status from fct_calls where call_id = 'wednesday'") == [{"status": "Missed"}]
    legs = built.query("select agent_id from fct_call_legs where call_id = 'monday two legs' order by 1")
    assert [leg["agent_id"] for leg in legs] == (["anna", "ben"] if len(calls) == 1 else ["anna"])
    if len(calls) > 1:
        equals_a_full_refresh(built)


def test_a_call_that_raw_no_longer_has_leaves_everything(built):
    change_raw(built, "delete from raw.call_events where call_id = 'tuesday'")
    backfill(built, calls=["tuesday"])
    for relation in ("fct_calls", "fct_call_legs", "fct_open_calls"):
        assert built.query(f"select * from {relation} where call_id = 'tuesday'") == [], relation


def test_rows_of_a_day_were_deleted(built):
    """Of a day nothing is left, of another a call: both calls are found by what is stored of them."""
    change_raw(
        built,
        """
        delete from raw.call_events where call_id in ('tuesday', 'monday');
        delete from raw.call_events where call_id = 'thursday' and event_type = 'agent_applauded'
    """,
    )
    backfill(built, days=["2026-03-02", "2026-03-05"])
    equals_a_full_refresh(built)


def test_it_also_reads_what_is_new(built):
    built.write_events(call("friday", 4, RING, END))
    backfill(built, calls=["monday"])
    equals_a_full_refresh(built)


def test_twice_is_once(built):
    change_raw(built, "delete from raw.call_events where call_id = 'wednesday' and event_type = 'agent_answered'")
    backfill(built, days=["2026-03-04", "2026-03-04"])
    backfill(built, days=["2026-03-04", "2026-03-04"])
    equals_a_full_refresh(built)
