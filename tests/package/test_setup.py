"""scripts/setup and what calls it, where something is in the way. Nothing is installed: Python is a stand-in that notes calls."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from call_status_tools.errors import UserError
from call_status_tools.sample import run
from jinja2 import Environment
from support.harness import PROJECT

# `-m venv FOLDER` makes an environment of this stand-in; without pip in it, as an interruption leaves it, it has no pip.
PYTHON = """#!/usr/bin/env bash
case "$*" in
  *"-m venv"*)
    echo "venv" >> calls
    folder=${@: -1}
    rm -rf "$folder" && mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"
    [ -e interrupt ] && { rm interrupt; kill -9 $PPID; exit 1; }
    touch "$folder/pip" ;;
  *"-m pip --version"*) [ -e .venv/pip ] ;;
  *"-m pip install"*) [ -e .venv/pip ] || { echo "No module named pip" >&2; exit 1; }; sleep "${SLOW:-0}"; echo "install" >> calls ;;
  *"-m call_status_tools"*) echo "ran" ;;
  *) exit 0 ;;
esac
"""


@pytest.fixture
def project(tmp_path):
    """What a first set-up needs of the project."""
    copy = tmp_path / "call status"
    shutil.copytree(PROJECT / "requirements", copy / "requirements")
    (copy / "scripts").mkdir()
    for name in ("setup", "run", "load"):
        shutil.copy(PROJECT / "scripts" / name, copy / "scripts" / name)
    (copy / "python").write_text(PYTHON)
    (copy / "python").chmod(0o755)
    return copy


def start(project, *command, cwd=None, **environment):
    return subprocess.Popen(
        [*map(str, command)],
        cwd=cwd or project,
        env={**os.environ, "PYTHON": str(project / "python"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def shell(project, *command, **options):
    process = start(project, *command, **options)
    out, err = process.communicate()
    return process.returncode, out, err


def calls(project):
    return (project / "calls").read_text().split()


def test_a_set_up_that_was_interrupted_is_made_again(project):
    (project / "interrupt").touch()
    status, _, _ = shell(project, "scripts/run")
    assert status != 0 and (project / ".venv" / "bin" / "python").exists()
    status, out, err = shell(project, "scripts/run")
    assert (status, out) == (0, "ran\n"), err
    assert calls(project) == ["venv", "venv", "install"]
    assert shell(project, "scripts/run")[1] == "ran\n"
    assert calls(project) == ["venv", "venv", "install"], "once"


def test_of_two_set_ups_at_once_the_second_waits(project):
    first = start(project, "scripts/run", SLOW="1")
    while not (project / ".venv" / "pip").exists():
        time.sleep(0.02)
    status, out, err = shell(project, "scripts/run")
    first.communicate()
    assert (first.returncode, status, out) == (0, 0, "ran\n")
    assert "under way; waiting" in err and "Traceback" not in err
    assert calls(project) == ["venv", "install"]


@pytest.mark.parametrize("name", ["run", "load"])
def test_a_link_to_a_command_itself_finds_the_project(project, tmp_path, name):
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin" / "call-status"
    link.symlink_to(os.path.relpath(project / "scripts" / name, link.parent))
    (tmp_path / "second").symlink_to(link)
    for command in (link, tmp_path / "second"):
        status, out, err = shell(project, command, cwd=tmp_path, PYTHONPATH="")
        assert (status, out) == (0, "ran\n"), err
    assert (project / ".venv").is_dir()


def test_a_checkout_that_cannot_be_written_to_says_so(project):
    """Root may write anywhere, so the script runs as somebody else then, in a folder that anybody may enter."""
    somebody = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    if somebody and not shutil.which("setpriv"):
        pytest.skip("root without setpriv")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = Path(shutil.copytree(project, Path(folder) / "checkout"))
        copy.chmod(0o555)
        status, _, err = shell(copy, *somebody, "scripts/run")
        copy.chmod(0o755)
    (line,) = err.splitlines()
    assert status == 1 and "cannot be written to" in line and "Copy the project" in line


# ---- scripts/run behind the set-up ----------------------------------------------------------------------------------


def test_folders_that_cannot_be_written_to_are_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot make .*file/folder: Not a directory. Copy the project"):
        run.make_folders(tmp_path / "file" / "folder" / "x.duckdb")
    monkeypatch.setattr(run.os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(UserError, match="Cannot write into"):
        run.make_folders(tmp_path / "x.duckdb")


def test_two_runs_at_once(tmp_path, monkeypatch):
    (tmp_path / "target").mkdir()
    monkeypatch.setattr(run, "ROOT", tmp_path)
    with (tmp_path / "target" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="Another scripts/run is under way"), run.no_other_run():
            pass
    with run.no_other_run():
        pass


def test_an_empty_name_of_a_database_is_none():
    """As for scripts/run and scripts/load; DuckDB takes an empty path for a database in memory."""
    (line,) = [
        line for line in (PROJECT / "profiles.yml").read_text().splitlines() if line.strip().startswith("path: ")
    ]
    template = Environment().from_string(line.split("path: ")[1].strip('"'))
    for given, path in (("", "warehouse/call_status.duckdb"), ("own.duckdb", "own.duckdb")):
        assert template.render(env_var=lambda name, default, given=given: given or default) == path
