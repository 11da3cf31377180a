"""Files from public reports, loaded and built: what the facts then say of each call.

The files are not part of the project (test_reported_files.py says where they are looked for); without them this is skipped.
"""

from datetime import datetime
from types import SimpleNamespace

import duckdb
import pytest
from call_status_tools.dbt import DbtFailed
from call_status_tools.loading import load as loader
from support.harness import differences

from loading.test_reported_files import EVENTS, FOLDER

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no reported files in {FOLDER}")

VARS = {"call_status_as_of": "2026-11-25 20:00:00"}
# Those of test_reported_files with their options; the rest need none.
FILES = {name: options for name, options, _ in EVENTS} | dict.fromkeys(
    [
        "s41_party_spellings.csv", "s38_placeholders_null.csv", "l13_epoch_zero.csv", "l34_uniqueid_number.ndjson",
        "l56_tsv_stray_quote.tsv", "s15_overflow_second_queue.csv", "s28_call_id_reused.csv", "s10_no_end_event.csv",
        "s06_end_at_transfer.csv", "s01_voicemail_answers.csv", "s17_after_hours_then_queue.csv",
        "s14_queue_callback_requested.csv", "s24_withheld_numbers.csv", "s13_terminal_event_without_end.csv",
    ],
    (),
) | {"s32_naive_local_fall_back.csv": ("--time-zone", "Europe/Berlin")}  # fmt: skip

# Call, status, reason (None: any), further columns.
EXPECTED = [
    *((f"s41{x}", "Missed", "caller_hung_up_queue", {}) for x in "ade"),
    *((f"s41{x}", "Canceled", "agent_canceled", {}) for x in "bc"),
    *((f"s41{x}", "Canceled", "number_busy", {}) for x in "fg"),
    ("s41h", "Completed", "machine_answered", {}),
    ("s38", "Missed", "ring_timeout", {"agents_rung": 2, "agents_rejected": 1, "queue": None}),
    ("1651531787.1", "Missed", None, {}),
    ("1651531787.10", "Completed", None, {}),
    ("l56d", "Completed", None, {}),
    ("s15b", "Missed", "caller_hung_up_queue", {"queue": "sales", "last_queue": "overflow"}),
    ("s10", "Completed", None, {"talk_seconds": None}),
    ("s10out", "Completed", None, {"talk_seconds": None}),
    (
        "s06",
        "Completed",
        None,
        {"ended_by": "customer", "talk_seconds": 1190.0, "ended_at": datetime(2026, 5, 4, 10, 20)},
    ),
    ("s01b", "Missed", "voicemail_no_message", {"is_answered": False}),
    ("s17", "Missed", "caller_hung_up_queue", {"is_after_hours": True}),
    ("s14a", "Missed", "caller_left_queue", {}),
    ("s14b", "Missed", "callback_requested", {}),
    ("s14c", "Missed", "caller_left_queue", {}),
    *((f"s24_{x}", "Missed", None, {"customer_number": None}) for x in range(9)),
    ("s13in", "Rejected", "blocked_caller", {}),
    ("s13out", "Canceled", "country_restricted", {}),
    ("l26", "Voicemail", None, {"voicemail_seconds": 12.5}),
    ("l27", "Voicemail", None, {"voicemail_seconds": 12.0}),
    ("l27d", "Voicemail", None, {"voicemail_seconds": None}),
    ("l35", "Missed", "caller_hung_up_ringing", {}),
    ("l36", "Missed", "caller_hung_up_ringing", {}),
]


@pytest.fixture(scope="module")
def built(new_warehouse):
    """One warehouse with every file."""
    warehouse = new_warehouse()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALL_STATUS_DB", str(warehouse.path))
        for name, options in FILES.items():
            loader.main([*options, str(FOLDER / name)])
    warehouse.dbt("build", "--exclude", "resource_type:unit_test", vars=VARS)
    calls = {row["call_id"]: row for row in warehouse.query("select * from fct_calls")}
    return SimpleNamespace(warehouse=warehouse, calls=calls)


@pytest.mark.parametrize(
    "call_id, status, reason, columns", EXPECTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_call(built, call_id, status, reason, columns):
    wanted = {"status": status, **({"status_reason": reason} if reason else {}), **columns}
    assert not differences(wanted, built.calls[call_id])


def test_a_reused_id_is_listed(built):
    assert [row["call_id"] for row in built.warehouse.query("select call_id from reused_call_ids")] == ["0"]


def test_synonyms_are_not_listed(built):
    listed = built.warehouse.query(
        "select value from unmapped_source_values where field in ('party', 'direction', 'event_type')"
    )
    assert listed == []


@pytest.mark.parametrize("name, call", [("d28_raw_timestamptz_ns.sql", "d28"), ("d30_raw_epoch_bigint.sql", "d30")])
def test_a_raw_table_of_ones_own(new_warehouse, name, call):
    warehouse = new_warehouse()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute((FOLDER / name).read_text())
    warehouse.dbt("run", vars=VARS)
    (row,) = warehouse.query("select * from fct_calls")
    assert (row["call_id"], row["status"], row["total_seconds"]) == (call, "Missed", 30.0)


def test_a_raw_table_that_is_not_found_stops_the_run(built):
    before = built.warehouse.query("select count(*) as calls from fct_calls")
    with pytest.raises(DbtFailed, match="cannot be found"):
        built.warehouse.dbt("run", "--full-refresh", vars={**VARS, "call_status_raw_schema": "rwa"})
    assert built.warehouse.query("select count(*) as calls from fct_calls") == before
