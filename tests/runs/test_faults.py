"""Kills, locks, a full disk, too little memory: what a user is told, and that the next ordinary run puts it right.

tests/runs/soak.py kills far more often; docs/faults.md tells what happens and has the figures.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from support.harness import PROJECT

from runs import soak

pytestmark = pytest.mark.long

READER = "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); print('ready', flush=True); sys.stdin.read()"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A warehouse with history and new files, and what it must hold in the end."""
    return soak.World(tmp_path_factory.mktemp("faults"), calls=100, with_tests=False)


@pytest.fixture(scope="module")
def durations(world):
    return {victim: world.duration(victim) for victim in ("load", "build")}


def put_right(world):
    """An ordinary load and build, after which everything is as if nothing had happened."""
    world.load()
    world.build()
    assert world.differences() == []


def dbt(world, *options):
    """dbt build as a user runs it: (exit status, what is shown)."""
    command = [Path(sys.executable).parent / "dbt", *world.dbt_arguments, *soak.MODELS_ONLY, *options]
    result = subprocess.run(command, env=world.environment, capture_output=True, text=True)
    return result.returncode, result.stdout


@contextlib.contextmanager
def reader(path):
    """Another program, a BI tool say, that holds the file open for reading."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.communicate()


def wait_until_open(process, path):
    while process.poll() is None and not soak.has_open(process.pid, path):
        time.sleep(0.02)
    assert process.poll() is None, "the build ended before it opened the file"


# ---- kills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "victim, part", [("load", 0.5), ("load", 0.7), ("load", 0.9), ("build", 0.6), ("build", 0.75), ("build", 0.9)]
)
def test_after_a_kill_the_next_run_gives_the_same_facts(world, durations, victim, part):
    outcome = world.kill(victim, part * durations[victim])
    assert outcome.problems == [], outcome.phase


# ---- two programs at once -------------------------------------------------------------------------------------------


def raw_events(world):
    with duckdb.connect(world.live, read_only=True) as warehouse:
        return sorted(
            warehouse.execute("select columns(lambda c: c <> 'loaded_at')::varchar from raw.call_events").fetchall(),
            key=str,
        )


def test_two_loads_at_once_load_each_file_once(world):
    world.put_back("new rows waiting")
    expected = raw_events(world)
    world.put_back("new files waiting")
    loads = [
        subprocess.Popen(
            world.load_command, env=world.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    shown = [load.communicate(timeout=60) for load in loads]
    assert [(load.returncode, err) for load, (_, err) in zip(loads, shown)] == [(0, ""), (0, "")]
    assert "".join(out for out, _ in shown).count("\nskipped") + 1 >= soak.NEW_FILES
    assert raw_events(world) == expected


def test_a_load_and_a_reader_during_a_build(world):
    """The build ends well; the load waits for it or says who is in the way; so does the reader."""
    world.put_back("new files waiting")
    build = world.start("build")
    wait_until_open(build, world.live)
    hasty = subprocess.run([*world.load_command, "--wait", "0"], env=world.environment, capture_output=True, text=True)
    with pytest.raises(duckdb.IOException, match="Could not set lock"):
        duckdb.connect(world.live, read_only=True)
    assert build.poll() is None, "the build was over before the others came"
    assert hasty.returncode == 1 and re.fullmatch(
        r"error: .* is in use by .* \(PID \d+\); close that program, or wait .*\n", hasty.stderr
    )
    world.load()  # waits
    assert build.wait() == 0
    world.build()
    assert world.differences() == []


def test_a_build_while_a_reader_holds_the_file(world):
    """dbt says who holds it, and changes nothing. A traceback of dbt-duckdb's follows, which no package can keep away.

    Loads say it too (test_load.py).
    """
    world.put_back("new rows waiting")
    before = world.live.read_bytes()
    with reader(world.live) as process:
        status, shown = dbt(world)
    assert status != 0
    message = shown.split("Encountered an error:\n")[1].splitlines()[0]
    assert "Could not set lock on file" in message and f"(PID {process.pid})" in message
    assert world.live.read_bytes() == before


# ---- no room --------------------------------------------------------------------------------------------------------


def test_a_build_on_a_full_disk(world, tmp_path):
    world.put_back("new rows waiting")
    before, disk = shutil.copy(world.live, tmp_path), world.live.parent
    size = world.live.stat().st_size + (32 << 10)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        shutil.copy(before, world.live)
        status, shown = dbt(world)
        after = [shutil.copy(path, tmp_path) for path in disk.iterdir()]  # the write-ahead log too
    finally:
        subprocess.run(["umount", disk], check=True)
    assert status != 0 and "No space left on device" in shown and "Traceback" not in shown, shown
    for path in after:  # a bigger disk
        shutil.copy(path, disk)
    put_right(world)


def test_a_build_with_too_little_memory(world, tmp_path):
    """The profile's settings may limit the memory; a limit that is far too low fails the build and nothing else."""
    profile = (PROJECT / "profiles.yml").read_text()
    limited = profile.replace("settings:\n", "settings:\n        memory_limit: 3MB\n", 1)
    assert limited != profile
    (tmp_path / "profiles.yml").write_text(limited)
    world.put_back("new rows waiting")
    status, shown = dbt(world, "--profiles-dir", str(tmp_path), "--target-path", str(tmp_path))
    assert status != 0 and "Out of Memory" in shown and "Traceback" not in shown, shown
    put_right(world)
