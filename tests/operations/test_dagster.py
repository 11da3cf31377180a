"""The Dagster project, executed without its daemon: the job in this process, the schedule and the sensor as the daemon asks them."""

import importlib.util
import json
import os

import duckdb
import pytest
from call_status_tools import ROOT
from package.contract import RELATIONS

from operations.inbox import CALL, PUBLISHED_CALLS

if not os.environ.get("CALL_STATUS_TEST_DAGSTER"):
    pytest.skip("scripts/test --dagster runs it", allow_module_level=True)

import dagster as dg

JOB = "call_status_run"


@pytest.fixture(scope="module")
def project():
    spec = importlib.util.spec_from_file_location("definitions", ROOT / "orchestration/dagster/definitions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty inbox and a place for the databases."""
    (tmp_path / "inbox").mkdir()
    monkeypatch.setenv("CALL_STATUS_DB", str(tmp_path / "call_status.duckdb"))
    monkeypatch.setenv("CALL_STATUS_INBOX", str(tmp_path / "inbox"))
    monkeypatch.delenv("CALL_STATUS_ARGUMENTS", raising=False)
    return tmp_path


def execute(project, instance):
    """Runs the job: (whether it succeeded, materialized assets, check → whether it passed)."""
    job = project.definitions.resolve_job_def(JOB)
    done = job.execute_in_process(instance=instance, raise_on_error=False)
    events = done.get_asset_materialization_events()
    checks = {found.check_name: (found.passed, found.severity.value) for found in done.get_asset_check_evaluations()}
    return done.success, {event.asset_key.to_user_string() for event in events}, checks


def put(data, name="calls.csv", text=CALL):
    file = data / "inbox" / name
    file.write_text(text)
    os.utime(file, (0, 0))
    return file


PASSED, WARNED, FAILED = (True, "ERROR"), (False, "WARN"), (False, "ERROR")
NO_WARNING = (True, "WARN")
EVERYTHING, NOTHING = set(RELATIONS), set()
# Exit code → whether the job succeeds, what is materialized, what the checks say.
BY_EXIT_CODE = {
    0: (True, EVERYTHING, {"tests_pass": PASSED, "no_warnings": NO_WARNING}),
    3: (True, NOTHING, {}),
    4: (True, EVERYTHING, {"tests_pass": PASSED, "no_warnings": WARNED}),
    10: (False, NOTHING, {"tests_pass": FAILED}),
    11: (False, EVERYTHING, {"tests_pass": PASSED, "no_warnings": NO_WARNING}),
    12: (True, NOTHING, {}),
    13: (False, NOTHING, {}),
    20: (False, NOTHING, {}),
}


@pytest.mark.parametrize("code", BY_EXIT_CODE)
def test_what_an_exit_code_becomes(project, instance, data, monkeypatch, code):
    run = data / "run-scheduled"
    run.write_text(f"#!/bin/sh\nexit {code}\n")
    run.chmod(0o755)
    monkeypatch.setattr(project, "RUN", run)
    assert execute(project, instance) == BY_EXIT_CODE[code]


@pytest.mark.parametrize("of_this_run", [True, False])
def test_a_check_says_what_the_run_said(project, instance, data, monkeypatch, of_this_run):
    """What an earlier run wrote is not told as if it were of this one."""
    warnings = [{"name": "source_is_quiet", "message": "No event of twilio since ten."}]
    (data / "call_status_runs").mkdir()
    (data / "call_status_runs/last_run.json").write_text(
        json.dumps({"exit_code": 4 if of_this_run else 20, "warnings": warnings, "rows": {"loaded": 3}})
    )
    run = data / "run-scheduled"
    run.write_text("#!/bin/sh\nexit 4\n")
    run.chmod(0o755)
    monkeypatch.setattr(project, "RUN", run)
    done = project.definitions.resolve_job_def(JOB).execute_in_process(instance=instance)
    (found,) = (check for check in done.get_asset_check_evaluations() if check.check_name == "no_warnings")
    assert not found.passed
    assert {name: value.data for name, value in found.metadata.items()} == ({"found": warnings} if of_this_run else {})


def test_a_run(project, instance, data):
    """A file comes, is asked for by the sensor once, is built and published; then there is nothing new."""
    ask = dg.build_sensor_context
    sensor = project.files_in_the_inbox
    assert isinstance(sensor(ask(instance=instance)), dg.SkipReason)
    put(data)
    request = sensor(ask(instance=instance))
    assert request.run_key == sensor(ask(instance=instance)).run_key, "one file would start a run again and again"

    success, materialized, checks = execute(project, instance)
    assert success and materialized == EVERYTHING
    assert checks["tests_pass"] == PASSED
    with duckdb.connect(data / "published/call_status.duckdb", read_only=True) as connection:
        assert connection.execute(PUBLISHED_CALLS).fetchall() == [("c1", "Missed")]

    assert isinstance(sensor(ask(instance=instance)), dg.SkipReason), "the file is still in the inbox"
    assert execute(project, instance) == BY_EXIT_CODE[3]
    put(data, "later.csv")
    assert sensor(ask(instance=instance)).run_key != request.run_key


def test_the_schedule_asks_for_the_job(project, instance):
    schedule = project.definitions.resolve_schedule_def("every_five_minutes")
    assert (schedule.cron_schedule, schedule.job_name) == ("*/5 * * * *", JOB)
    tick = schedule.evaluate_tick(dg.build_schedule_context(instance=instance))
    assert len(tick.run_requests) == 1
