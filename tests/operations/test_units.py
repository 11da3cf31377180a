"""The systemd units and the crontab line do what they say: their own commands are executed."""

import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import duckdb
import pytest
from call_status_tools import ROOT

from operations.inbox import CALL, PUBLISHED_CALLS

SYSTEMD = ROOT / "orchestration/systemd"
CRON = ROOT / "orchestration/cron"
SILENT, LOUD = (0, 3, 4), (2, 10, 11, 12, 13, 20)
STANDS_FOR_A_RUN = """#!/bin/sh
echo "$@" > "$(dirname "$0")/arguments"
echo "The one line that says what happened."
exit {code}
"""


def settings(unit: str) -> dict[str, list[str]]:
    """A unit's settings: name → its values, in order."""
    found: dict[str, list[str]] = {}
    for line in (SYSTEMD / unit).read_text("utf-8").splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def units_in(directory: Path, project: Path) -> list[Path]:
    """Copies of the units for a project that lies elsewhere, changed as README.md says."""
    for unit in ("call-status.service", "call-status.timer"):
        text = (SYSTEMD / unit).read_text("utf-8")
        (directory / unit).write_text(text.replace("/opt/call_status", str(project)))
    return sorted(directory.glob("call-status.*"))


def crontab_command() -> str:
    """The command of the crontab's one line, as cron hands it to sh."""
    lines = [line for line in (CRON / "crontab").read_text("utf-8").splitlines() if re.match(r"[*\d]", line)]
    assert len(lines) == 1
    when, command = re.fullmatch(r"((?:\S+ ){5})(.*)", lines[0]).groups()
    assert when == "*/5 * * * * "
    assert "%" not in command, "cron reads a percent sign as the end of the command"
    return command


def as_cron(command: str, home: Path) -> subprocess.CompletedProcess:
    surroundings = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "someone"}
    return subprocess.run(["sh", "-c", command], cwd=home, env=surroundings, capture_output=True, text=True)


@pytest.fixture
def stub(tmp_path):
    """Makes a home with a project whose run ends with a code; gives the home."""

    def make(code: int) -> Path:
        home = tmp_path / f"home of {code}"
        project = home / "call_status"
        (project / "scripts").mkdir(parents=True)
        shutil.copytree(CRON, project / "orchestration/cron")
        run = project / "scripts/run-scheduled"
        run.write_text(STANDS_FOR_A_RUN.format(code=code))
        run.chmod(0o755)
        return home

    return make


# ---- systemd ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there: units were not verified")
def test_systemd_accepts_the_units(tmp_path, stub):
    project = tmp_path / "project"
    shutil.move(stub(0) / "call_status", project)
    units = units_in(tmp_path, project)
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    # What it says of a user that is not there and of the machine's own units is not about these two.
    about_ours = [line for line in done.stderr.splitlines() if "call-status" in line]
    assert (done.returncode, about_ours) == (0, []), done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there: nothing was rated")
def test_the_service_may_do_little():
    """Rated by systemd from 0, nothing is allowed, to 10. A service without any line of hardening has 9.6."""
    rated = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20"]
    done = subprocess.run([*rated, SYSTEMD / "call-status.service"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_service_and_timer_say_what_the_run_needs():
    service, timer = settings("call-status.service"), settings("call-status.timer")
    assert service["Type"] == ["oneshot"]
    assert service["SuccessExitStatus"] == ["3 4"]
    assert service["User"] != ["root"]
    assert service["TimeoutStartSec"], "without it a run that hangs would hang for ever"
    assert timer["OnCalendar"] == ["*:0/5"]
    assert timer["Persistent"] == ["true"]
    # The one folder that may be written holds everything that the command line names.
    writable = f"/var/lib/{service['StateDirectory'][0]}/"
    database = next(value for value in service["Environment"] if value.startswith("CALL_STATUS_DB="))
    paths = [database.partition("=")[2], *re.findall(r"--\w+ (/\S+)", service["ExecStart"][0])]
    assert len(paths) == 3 and all(path.startswith(writable) for path in paths), paths


@pytest.mark.long
def test_the_service_runs(tmp_path):
    """Its command line, in the surroundings that systemd gives, in a folder of its own."""
    service = settings("call-status.service")
    data = tmp_path / "data"
    for folder in ("inbox", "state", "published"):
        (data / folder).mkdir(parents=True)
    (data / "inbox/calls.csv").write_text(CALL)
    os.utime(data / "inbox/calls.csv", (0, 0))

    def here(text: str) -> str:
        return text.replace("/opt/call_status", str(ROOT)).replace("/var/lib/call_status", str(data))

    surroundings = dict(here(value).split("=", 1) for value in service["Environment"])
    command = [word for word in shlex.split(here(service["ExecStart"][0])) if word != "$CALL_STATUS_ARGUMENTS"]
    done = subprocess.run(
        command,
        cwd=here(service["WorkingDirectory"][0]),
        env={**surroundings, "PATH": os.defpath, "HOME": str(tmp_path)},
        umask=int(service["UMask"][0], 8),
        capture_output=True,
        text=True,
    )
    allowed = (0, *map(int, service["SuccessExitStatus"][0].split()))
    assert done.returncode in allowed, done.stdout + done.stderr
    published = data / "published/call_status.duckdb"
    with duckdb.connect(published, read_only=True) as connection:
        assert connection.execute(PUBLISHED_CALLS).fetchall() == [("c1", "Missed")]
    mode = stat.S_IMODE(published.stat().st_mode)
    assert mode & 0o040, "readers of the group could not open what was published"
    assert not mode & 0o007, "anyone could open what was published"


# ---- cron ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SILENT)
def test_cron_is_silent_where_nothing_is_wrong(stub, code):
    home = stub(code)
    done = as_cron(crontab_command(), home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    arguments = (home / "call_status/scripts/arguments").read_text()
    assert arguments.split("--")[1:] == [
        f"inbox {home}/calls/inbox ",
        f"publish {home}/calls/published/call_status.duckdb\n",
    ]


@pytest.mark.parametrize("code", LOUD)
def test_cron_mails_where_somebody_should_look(stub, code):
    done = as_cron(crontab_command(), stub(code))
    assert done.returncode == code
    assert done.stdout.splitlines() == [
        "The one line that says what happened.",
        f"scripts/run-scheduled ended with exit code {code}.",
    ]


def test_cron_mails_where_the_project_is_not_there(tmp_path):
    done = as_cron(crontab_command(), tmp_path)
    assert done.returncode and done.stderr


@pytest.mark.long
def test_the_crontab_line_runs(tmp_path):
    (tmp_path / "call_status").symlink_to(ROOT)
    for folder in ("inbox", "state", "published"):
        (tmp_path / "calls" / folder).mkdir(parents=True)
    (tmp_path / "calls/inbox/calls.csv").write_text(CALL)
    os.utime(tmp_path / "calls/inbox/calls.csv", (0, 0))
    done = as_cron(crontab_command(), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with duckdb.connect(tmp_path / "calls/published/call_status.duckdb", read_only=True) as connection:
        assert connection.execute(PUBLISHED_CALLS).fetchall() == [("c1", "Missed")]
