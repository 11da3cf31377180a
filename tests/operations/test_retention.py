"""drop_raw_before: raw rows go, what they told stays, and nothing that would lose it runs by accident."""

import re
import shutil

import duckdb
import pytest
from runs.test_backfill import AS_OF, END, RING, ROWS, call
from support.harness import DbtFailed, changes

HORIZON = "2026-03-04"
UNREADABLE = """
    create table raw.call_events_unreadable (
        source varchar, source_file varchar, line bigint, reason varchar, raw_text varchar, loaded_at timestamp
    );
    insert into raw.call_events_unreadable values
        ('canonical', 'a.csv', 2, 'no time', 'x', '2026-03-02 12:00:00'), ('canonical', 'b.csv', 2, 'no time', 'x', '2026-03-04 12:00:00')
"""


def differences(before, after):
    return changes(before.relations(), after.relations(), ignored=("derived_at",))


def execute(warehouse, sql):
    with duckdb.connect(warehouse.path) as connection:
        return connection.execute(sql).fetchall()


def problem(warehouse, *command, **variables):
    with pytest.raises(DbtFailed) as failed:
        warehouse.dbt(*command, vars={**AS_OF, **variables})
    return re.sub(r"\s+", " ", str(failed.value))


def drop(warehouse, day=HORIZON, **variables):
    warehouse.dbt(
        "run-operation", "call_status.drop_raw_before", "--args", f"{{day: {day}}}", vars={**AS_OF, **variables}
    )


@pytest.fixture(scope="module")
def built_once(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(ROWS)
    execute(warehouse, UNREADABLE)
    warehouse.dbt("run", vars=AS_OF)
    return warehouse


@pytest.fixture(scope="module")
def dropped_once(built_once, new_warehouse):
    """Rows of two of the four days are gone."""
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    drop(warehouse)
    return warehouse


@pytest.fixture
def dropped(dropped_once, new_warehouse):
    """A copy, which a test may change."""
    warehouse = new_warehouse()
    shutil.copy(dropped_once.path, warehouse.path)
    return warehouse


def log_of(warehouse):
    return (warehouse.directory / "logs" / "dbt.log").read_text()


def test_rows_go_and_the_horizon_is_noted(built_once, dropped_once):
    assert execute(dropped_once, "select count(*) from raw.call_events where loaded_at < '2026-03-04'") == [(0,)]
    assert execute(dropped_once, "select line, source_file from raw.call_events_unreadable") == [(2, "b.csv")]
    assert execute(
        dropped_once,
        "select source, raw_table, cast(dropped_before as varchar), dropped_rows from raw.call_status_horizons order by 1",
    ) == [
        ("canonical", "raw.call_events", "2026-03-04 00:00:00", 7),
        ("loader", "raw.call_events_unreadable", "2026-03-04 00:00:00", 1),
    ]
    assert "raw.call_events: 7 rows that were loaded before 2026-03-04 were deleted." in log_of(dropped_once)
    assert differences(built_once, dropped_once) == []


def test_the_next_run_misses_nothing_and_changes_nothing(built_once, dropped):
    """More than half of the rows are gone, which stops a run otherwise. The data tests hold as well."""
    dropped.dbt("build", "--exclude", "test_type:unit", vars=AS_OF)
    assert differences(built_once, dropped) == []
    assert "are gone from" not in log_of(dropped)


def test_rows_that_come_late_to_a_day_behind_the_horizon_are_read(dropped):
    """A refused one among them, in the very minute of rows that went: accounting and refused rows stay of one mind."""
    late = call("late", 0, RING, END) + call("monday", 0, RING, ("agent_answered", {"agent_id": "anna"}), END)[1:2]
    dropped.write_events([*late, *call("refused", 0, ("agent_applauded", {}))])
    dropped.dbt("build", "--exclude", "test_type:unit", vars=AS_OF)
    found = {row["call_id"]: row["status"] for row in dropped.query("select call_id, status from fct_calls")}
    assert found["late"] == "Missed" and found["monday"] == "Completed" and found["tuesday"] == "Missed"


def test_other_rules_derive_calls_behind_the_horizon_again(built_once, dropped, new_warehouse):
    expected = new_warehouse()
    shutil.copy(built_once.path, expected.path)
    for warehouse in (expected, dropped):
        warehouse.dbt("run", vars={**AS_OF, "call_status_reject_rule": "any"})
    assert len({row["rules_fingerprint"] for row in dropped.query("select rules_fingerprint from fct_calls")}) == 1
    assert differences(expected, dropped) == []
    assert differences(built_once, dropped) != []


@pytest.mark.parametrize(
    "command, variables",
    [
        (("build", "--full-refresh"), {}),
        (("run", "--full-refresh", "--empty"), {}),
        (("run", "--full-refresh", "--select", "int_leg_evidence_packed"), {}),
        (("run",), {"call_status_backfill_days": ["2026-03-02", "2026-03-02"]}),
        (("run",), {"call_status_backfill_calls": ["tuesday"]}),
        (("run",), {"call_status_backfill_sources": ["canonical"]}),
    ],
    ids=str,
)
def test_what_would_lose_calls_stops_before_any_model(dropped_once, command, variables):
    before = dropped_once.path.read_bytes()
    message = problem(dropped_once, *command, **variables)
    assert "loaded before 2026-03-04 were deleted" in message and "call_status_backfill_takes_back: true" in message
    assert dropped_once.path.read_bytes() == before


def test_a_backfill_on_this_side_of_the_horizon_goes_on(built_once, dropped):
    dropped.dbt("run", vars={**AS_OF, "call_status_backfill_calls": ["wednesday"]})
    assert differences(built_once, dropped) == []


def test_evidence_that_is_gone_is_not_made_from_half_of_the_rows(dropped):
    execute(dropped, "drop table main_internal.int_queue_evidence_packed")
    assert "make int_queue_evidence_packed anew" in problem(dropped, "run")


@pytest.mark.long
def test_a_count_of_load_days_that_is_made_anew_keeps_those_behind_the_horizon(built_once, dropped):
    counts = ("event_accounting", "quarantined_call_events", "source_lateness", "int_unmapped_words")
    dropped.dbt("run", "--full-refresh", "--select", *counts, vars=AS_OF)
    assert differences(built_once, dropped) == []
    dropped.dbt("build", "--exclude", "test_type:unit", vars=AS_OF)
    assert differences(built_once, dropped) == []


def test_evidence_that_treats_numbers_otherwise_names_the_way_out(dropped):
    """Facts that are kept would show them."""
    execute(dropped, "update main_internal.int_call_evidence_packed set evidence_version = '6, pii drop'")
    message = problem(dropped, "run")
    assert "holds evidence of version" in message and "Keep a copy of the facts first" in message


def test_a_loss_that_is_meant(dropped):
    """Facts are those of the rows that are left; there is nothing more to lose then."""
    dropped.dbt("run", "--full-refresh", vars={**AS_OF, "call_status_backfill_takes_back": True})
    calls = {row["call_id"] for row in dropped.query("select call_id from fct_calls")}
    assert calls == {"wednesday", "thursday"}
    dropped.dbt("run", "--full-refresh", vars=AS_OF)


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "2026-02-30", "'2026-03-04 12:00:00'", "2026"])
def test_a_day_that_is_none_or_to_come_deletes_nothing(built_once, day):
    before = built_once.path.read_bytes()
    message = problem(built_once, "run-operation", "call_status.drop_raw_before", "--args", f"{{day: {day}}}")
    assert "drop_raw_before" in message and "Nothing was deleted." in message
    assert built_once.path.read_bytes() == before


def test_rows_that_no_run_has_read_are_not_deleted(built_once, new_warehouse):
    """Also those that one reader alone has not read, and where nothing was built at all."""
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    warehouse.write_events(call("new", 0, RING, END))
    assert "Run `dbt build` first" in problem(
        warehouse, "run-operation", "call_status.drop_raw_before", "--args", f"{{day: {HORIZON}}}"
    )
    warehouse.dbt("run", "--exclude", "event_accounting", vars=AS_OF)
    with pytest.raises(DbtFailed, match="Run `dbt build` first"):
        drop(warehouse)
    warehouse.dbt("run", vars=AS_OF)
    drop(warehouse)
    empty = new_warehouse()
    empty.write_events(ROWS)
    with pytest.raises(DbtFailed, match="Run `dbt build` first"):
        drop(empty)


def test_a_view_is_not_deleted_from(built_once, new_warehouse):
    warehouse = new_warehouse()
    shutil.copy(built_once.path, warehouse.path)
    execute(warehouse, "alter table raw.call_events rename to own; create view raw.call_events as from raw.own")
    with pytest.raises(DbtFailed, match="is a view"):
        drop(warehouse)
