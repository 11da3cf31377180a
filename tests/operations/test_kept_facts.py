"""A full refresh behind the horizon of drop_raw_before, because evidence has another version: facts stay, the rest is made anew."""

import re
import shutil

import duckdb
import pytest
from runs.test_backfill import ANSWER, AS_OF, END, RING, call
from support.harness import DbtFailed, changes

HORIZON = "2026-03-04"
JOIN, REFUSED, WORD = ("queue_joined", {"queue": "sales"}), ("agent_applauded", {}), ("call_ended", {"party": "nobody"})
ROWS = [
    *call("old", 0, JOIN, RING, ("agent_rejected", {"agent_id": "anna"}), ("agent_ringing", {"agent_id": "ben"}), END),
    *call("old and refused", 0, RING, REFUSED, WORD),
    *call("both sides", 1, JOIN, RING, ANSWER),
    *[
        {**row, "loaded_at": row["loaded_at"].replace(day=5)}
        for row in call("both sides", 1, JOIN, RING, ANSWER, END)[3:]
    ],
    *call("new", 2, JOIN, RING, ("agent_rejected", {"agent_id": "anna"}), ("agent_ringing", {"agent_id": "ben"}), END),
    *call("new and refused", 3, RING, REFUSED, WORD),
]
EVIDENCE = ["int_call_evidence_packed", "int_leg_evidence_packed", "int_queue_evidence_packed"]
KEPT = {"old", "old and refused", "both sides"}


def execute(warehouse, sql):
    with duckdb.connect(warehouse.path) as connection:
        return connection.execute(sql).fetchall()


def build(warehouse, *options, **variables):
    warehouse.dbt("build", "--exclude", "test_type:unit", *options, vars={**AS_OF, **variables})


def differences(before, after, ignored=("derived_at", "write_number")):
    return changes(before.relations(), after.relations(), ignored=ignored)


def facts(warehouse):
    return {row["call_id"]: row for row in warehouse.query("select * from fct_calls")}


def copy(warehouse, new_warehouse):
    made = new_warehouse()
    shutil.copy(warehouse.path, made.path)
    return made


@pytest.fixture(scope="module")
def old_once(new_warehouse):
    """Raw rows of two of the days are gone, and the state is of another version: its facts lack a column."""
    warehouse = new_warehouse()
    warehouse.write_events(ROWS)
    build(warehouse)
    warehouse.dbt("run-operation", "call_status.drop_raw_before", "--args", f"{{day: {HORIZON}}}", vars=AS_OF)
    for table in EVIDENCE:
        execute(warehouse, f"update main_internal.{table} set evidence_version = '5, pii keep'")
    execute(warehouse, "alter table main.fct_calls drop column status_could_also_be")
    execute(warehouse, "update main.fct_calls set rules_fingerprint = 'of then'")
    return warehouse


@pytest.fixture
def old(old_once, new_warehouse):
    return copy(old_once, new_warehouse)


@pytest.fixture(scope="module")
def upgraded_once(old_once, new_warehouse):
    warehouse = copy(old_once, new_warehouse)
    build(warehouse, "--full-refresh")
    return warehouse


@pytest.fixture
def upgraded(upgraded_once, new_warehouse):
    return copy(upgraded_once, new_warehouse)


def test_an_ordinary_run_says_what_a_full_refresh_does(old_once):
    before = old_once.path.read_bytes()
    with pytest.raises(DbtFailed) as failed:
        build(old_once)
    message = re.sub(r"\s+", " ", str(failed.value))
    assert (
        "holds evidence of version '5, pii keep'" in message or "its columns differ in status_could_also_be" in message
    )
    assert old_once.path.read_bytes() == before


def test_evidence_of_another_version_names_what_is_kept(old):
    execute(old, "alter table main.fct_calls add column status_could_also_be varchar")
    with pytest.raises(DbtFailed, match=r"Calls\s+behind\s+that\s+day\s+keep\s+the\s+rows\s+that\s+they\s+have"):
        build(old)


def test_facts_behind_the_horizon_stay_and_the_rest_is_made_anew(old_once, upgraded_once):
    before, after = facts(old_once), facts(upgraded_once)
    assert before.keys() == after.keys()
    for call_id, row in after.items():
        is_kept = call_id in KEPT
        assert (row["write_number"] == 0, row["rules_fingerprint"] == "of then") == (is_kept, is_kept)
        assert (row["derived_at"] == before[call_id]["derived_at"]) == is_kept
        alike = before[call_id].keys() - {"write_number", "rules_fingerprint", "derived_at"}
        assert {name: row[name] for name in alike} == {name: before[call_id][name] for name in alike}
    assert len(before) == 5


@pytest.mark.parametrize(
    "relation, rows",
    [
        ("main.fct_call_legs", 7),
        ("main.fct_queue_visits", 3),
        ("main.event_accounting", 4),
        ("main.quarantined_call_events", 2),
        ("main.source_lateness", 4),
        ("main_internal.int_unmapped_words", 4),
    ],
)
def test_what_belongs_to_them_stays(old_once, upgraded_once, relation, rows):
    found = [sorted(map(str, execute(warehouse, f"from {relation}"))) for warehouse in (old_once, upgraded_once)]
    assert found[0] == found[1]
    assert len(found[0]) == rows


def test_the_next_builds_change_nothing(upgraded, upgraded_once):
    build(upgraded)
    assert differences(upgraded_once, upgraded, ignored=("derived_at",)) == []


def test_other_rules_derive_only_calls_that_have_evidence(upgraded):
    build(upgraded, call_status_reject_rule="any")
    found = facts(upgraded)
    assert (found["old"]["status"], found["new"]["status"]) == ("Missed", "Rejected")
    assert {call_id for call_id, row in found.items() if row["rules_fingerprint"] == "of then"} == KEPT


def test_late_rows_change_the_others_alone(upgraded):
    """In hours and on days of kept calls, too, whose legs and visits are made anew otherwise."""
    legs = upgraded.query("select * from fct_call_legs order by leg_key")
    upgraded.write_events(
        [
            *call("old", 0, JOIN, RING, ANSWER, END)[2:3],
            *call("late", 0, JOIN, RING, END),
            *call("late on the other day", 1, JOIN, RING, END),
        ]
    )
    build(upgraded)
    found = facts(upgraded)
    assert {call_id: row["status"] for call_id, row in found.items() if "l" in call_id} == {
        "old": "Missed",
        "old and refused": "Missed",
        "late": "Missed",
        "late on the other day": "Missed",
    }
    assert len(upgraded.query("select * from fct_call_legs order by leg_key")) == len(legs) + 2
    assert len(upgraded.query("select * from fct_queue_visits")) == 5


def test_a_refresh_that_stopped_half_way_is_gone_on_with(old, upgraded_once):
    """A kill after the first table of evidence: it is new, the facts to keep are marked, and nothing else has happened."""
    execute(
        old,
        f"""
        attach '{upgraded_once.path}' as upgraded (read_only);
        create or replace table main_internal.int_call_evidence_packed as from upgraded.main_internal.int_call_evidence_packed;
        update main.fct_calls set write_number = 0 where call_id in {tuple(sorted(KEPT))}
        """,
    )
    build(old, "--full-refresh")
    assert differences(upgraded_once, old) == []


def test_another_upgrade_keeps_them_again(upgraded, upgraded_once):
    for table in EVIDENCE:
        execute(upgraded, f"update main_internal.{table} set evidence_version = '5, pii keep'")
    build(upgraded, "--full-refresh")
    assert differences(upgraded_once, upgraded) == []


def test_numbers_that_may_not_be_shown_are_not_kept(old_once):
    before = old_once.path.read_bytes()
    with pytest.raises(DbtFailed, match="call_status_backfill_takes_back: true"):
        build(old_once, "--full-refresh", call_status_pii="drop")
    assert old_once.path.read_bytes() == before


def test_a_loss_that_is_meant_takes_kept_facts_along(upgraded):
    build(upgraded, "--full-refresh", call_status_backfill_takes_back=True)
    assert facts(upgraded).keys() == {"new", "new and refused", "both sides"}
    assert 0 not in {row["write_number"] for row in facts(upgraded).values()}


@pytest.mark.long
def test_facts_of_another_version_alone_are_made_anew_from_evidence(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(ROWS)
    build(warehouse)
    before = copy(warehouse, new_warehouse)
    warehouse.dbt("run-operation", "call_status.drop_raw_before", "--args", f"{{day: {HORIZON}}}", vars=AS_OF)
    for table in ("fct_calls", "event_accounting"):
        execute(warehouse, f"alter table main.{table} add column of_then integer")
    with pytest.raises(
        DbtFailed, match=r"--full-refresh\s+--select\s+(fct_calls event_accounting|event_accounting fct_calls)"
    ):
        build(warehouse)
    warehouse.dbt("run", "--full-refresh", "--select", "fct_calls", "event_accounting", vars=AS_OF)
    build(warehouse)
    assert differences(before, warehouse) == []
