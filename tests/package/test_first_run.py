"""The first hour of a stranger: scripts/run in a fresh copy of the project, then each command that it says to try next."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from support.harness import PROJECT

pytestmark = pytest.mark.long

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache"
)
OWN_EVENTS = """call_id,direction,event_type,occurred_at
A1,incoming,agent_answered,2026-03-02T10:00:02Z
A1,incoming,call_ended,2026-03-02T10:00:25Z
"""


def shell(folder, command, **environment):
    """What a user sees who pastes the command into a shell in the folder."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CALL_STATUS", "PYTHONPATH"))
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**inherited, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def commands_in(printed):
    """What it is for → the command. A command is a line that starts with four spaces, below what it is for."""
    return dict(re.findall(r"^  (\S.*)\n    (\S.*)$", printed.split("Try next")[1], re.MULTILINE))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy with a space in its name, and with the environment of this one."""
    copy = tmp_path_factory.mktemp("first run") / "call status"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    (copy / "your_events.csv").write_text(OWN_EVENTS)
    return copy


@pytest.fixture(scope="module")
def printed(project):
    return shell(project, "scripts/run")


def test_it_says_where_the_database_is_and_what_to_try(project, printed):
    assert "The database: warehouse/sample.duckdb" in printed
    assert f"Try next, in {project}\n" in printed
    assert len(commands_in(printed)) == 5


def test_every_printed_command_works_as_printed(project, printed):
    said = {what: shell(project, command) for what, command in commands_in(printed).items()}
    assert "ring_timeout" in said["How did calls end, and why?"]
    (why,) = [what for what in said if what.startswith("Why is call ")]
    status = re.search(r"Why is call \S+ (.+)\?", why)[1]
    assert status in said[why] and "incoming_" in said[why]
    assert re.search(r"\| connected +\| +\d+ \|", said["The same through dbt: what is going on right now?"])
    assert (project / "target" / "static_index.html").exists()
    with duckdb.connect(project / "warehouse" / "call_status.duckdb", read_only=True) as own:
        assert own.execute("select call_id, status from fct_calls").fetchall() == [("A1", "Completed")]


def test_your_own_calls_do_not_go_to_a_database_that_holds_the_sample(project, printed):
    """Where CALL_STATUS_DB says where the sample is, the commands still work in that shell."""
    elsewhere = project / "the sample.duckdb"
    shutil.copy(project / "warehouse" / "sample.duckdb", elsewhere)
    show = f"from pathlib import Path; from call_status_tools.sample import run; run.print_next_steps(Path({str(elsewhere)!r}))"
    environment = {"CALL_STATUS_DB": str(elsewhere)}
    shown = shell(
        project, f".venv/bin/python -c {shlex.quote(show)}", **environment, PYTHONPATH=str(project / "scripts")
    )
    commands = commands_in(shown)
    assert "ring_timeout" in shell(project, commands["How did calls end, and why?"], **environment)
    assert "connected" in shell(project, commands["The same through dbt: what is going on right now?"], **environment)
    (own,) = [command for what, command in commands.items() if what.startswith("Your own calls")]
    loads = own.split(" && ")[0]
    assert "-> " + str(project / "warehouse" / "call_status.duckdb") in shell(project, loads, **environment)
