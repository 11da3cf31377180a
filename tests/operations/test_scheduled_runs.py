"""One unattended run: each exit code by its real cause, what becomes of files, and what readers see (scripts/run-scheduled)."""

import fcntl
import json
import os
import re
import subprocess
import sys
import time

import pytest
from call_status_tools import ROOT
from call_status_tools.operations.failures import Exit

from operations.world import World, as_if_old, completed, missed


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A warehouse after its first run, with two calls."""
    world = World(tmp_path_factory.mktemp("scheduled"))
    world.drop("monday.csv", missed("a") + missed("o"))
    assert world.run() == 0
    return world


@pytest.fixture
def world(built, tmp_path):
    return built.copy(tmp_path / "world")


def test_first_run_publishes(built):
    assert built.statuses() == {"a": "Missed", "o": "Missed"}
    assert [path.name for path in built.inbox.glob("done/*/*")] == ["monday.csv"]
    assert not list(built.inbox.glob("*.csv"))
    report = built.report
    assert (report["exit_code"], report["outcome"]) == (0, "published")
    assert report["files"] == {"loaded": 1, "skipped": 0, "refused": 0, "left": 0}
    assert report["rows"] == {"read": 6, "loaded": 6, "refused": 0}
    assert set(report["seconds"]) == {"load", "parse", "freshness", "build", "publish"}
    assert not built.published.with_name("call_status.duckdb.wal").exists()


def test_nothing_new_does_not_start_dbt(world, monkeypatch):
    monkeypatch.delattr("call_status_tools.operations.building.Project.parsed")
    before = world.published.stat()
    assert world.run() == 3
    assert (world.published.stat().st_ino, world.published.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert world.report["outcome"] == "nothing new"
    ((exit_codes,),) = world.query("select list(exit_code order by run_number) from raw.call_status_runs", world.state)
    assert exit_codes == [0, 3]


@pytest.mark.parametrize(
    "change",
    [
        "insert into raw.call_events select * replace (now() as loaded_at) from raw.call_events",
        "delete from raw.call_events where event_type = 'call_ended'",
        "update raw.call_status_runs set next_timeout_at = '2026-03-03'",
        "update raw.call_status_runs set ended_at = ended_at - interval 61 minute",
        "update raw.call_status_runs set exit_code = 20",
        "update raw.call_status_runs set inputs = replace(inputs, 'project', 'older')",
    ],
    ids=["rows", "rows that are gone", "a call that times out", "an hour", "a failed run", "code"],
)
def test_there_is_something_to_do_after(world, change):
    from call_status_tools.dbt import surroundings
    from call_status_tools.operations import places, record, scheduled_run

    with surroundings(world.environment), scheduled_run.connection(places.places_of()) as con:
        assert record.is_nothing_new(con, record.inputs_of(con), scheduled_run.now())
        con.execute(change)
        assert not record.is_nothing_new(con, record.inputs_of(con), scheduled_run.now())


@pytest.mark.long
def test_late_event_flips_a_published_call(world):
    world.drop(
        "late.csv", [row for row in completed("a", "2026-03-02 09:00:00") if row["event_type"] == "agent_answered"]
    )
    world.drop("new.csv", completed("b"))
    assert world.run() == 0
    assert world.statuses() == {"a": "Completed", "b": "Completed", "o": "Missed"}
    assert world.report["calls"] == {"new": 1, "changed": 1, "gone": 0, "flipped": 1}
    assert world.report["written_anew"] is None
    # The run's own row shows from the next publication on.
    assert world.query("select run_number, exit_code, files_loaded from run_history") == [(1, 0, 1)]


def test_refused_file_stops_nothing_else(world):
    as_if_old(world.drop("broken.csv", missed("x"))).write_text("this is\nno table of calls\n")
    as_if_old(world.inbox / "broken.csv")
    world.drop("good.csv", completed("b"))
    assert world.run() == 11
    assert world.statuses() == {"a": "Missed", "b": "Completed", "o": "Missed"}
    assert sorted(path.name for path in world.inbox.glob("refused/*")) == ["broken.csv", "broken.csv.reason.txt"]
    reason = (world.inbox / "refused" / "broken.csv.reason.txt").read_text()
    assert "broken.csv was not loaded:" in reason and "move it back into the inbox" in reason
    assert "no table of calls" not in reason  # a message never quotes the file


def test_refused_file_alone_starts_no_build(world, monkeypatch):
    monkeypatch.delattr("call_status_tools.operations.building.Project.parsed")
    world.drop("broken.csv", []).write_text("this is\nno table of calls\n")
    as_if_old(world.inbox / "broken.csv")
    assert world.run() == 11
    assert world.run() == 3


def test_unfinished_files_are_left_alone(world):
    fresh = world.drop("fresh.csv", completed("b"))
    os.utime(fresh)
    for name in ("half.csv.part", ".hidden.csv"):
        world.drop(name, completed("c"))
    assert world.run() == 3
    assert sorted(path.name for path in world.inbox.iterdir() if path.is_file()) == [
        ".hidden.csv",
        "fresh.csv",
        "half.csv.part",
    ]


def test_file_loaded_before_is_moved(world):
    """As after a kill between loading and moving."""
    world.drop("again.csv", missed("a") + missed("o"))
    assert world.run() == 3
    assert world.report["files"]["skipped"] == 1
    assert {path.name for path in world.inbox.glob("done/*/*")} == {"monday.csv", "again.csv"}


def test_names_that_are_taken_get_a_number(world):
    world.drop("monday.csv", missed("a") + missed("o"))
    assert world.run() == 3
    assert {path.name for path in world.inbox.glob("done/*/*")} == {"monday.csv", "monday.csv.2"}


def test_second_run_is_locked_out(world, capsys):
    with open(world.folder / "state_runs" / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert world.run() == 12
    assert "another run" in capsys.readouterr().out
    assert world.report["exit_code"] == 0  # that of the run before
    assert json.loads((world.folder / "state_runs" / "locked_run.json").read_text())["exit_code"] == 12


def test_database_in_use_is_locked_out(world, monkeypatch):
    monkeypatch.setattr("call_status_tools.operations.scheduled_run.WAIT_SECONDS", 0.1)
    hold = f"import duckdb, time; con = duckdb.connect({str(world.state)!r}); print('open', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True)
    try:
        holder.stdout.readline()
        assert world.run() == 12
    finally:
        holder.kill()
        holder.wait()


def test_failed_test_publishes_nothing_and_the_next_run_does(world):
    """A status that is none: somebody has changed the facts by hand."""
    world.drop("more.csv", completed("b"))
    world.change("update main.fct_calls set status = 'Lost' where call_id = 'a'")
    assert world.run() == 10
    assert world.statuses() == {"a": "Missed", "o": "Missed"}
    assert any("accepted_values" in line for line in world.report["errors"])
    # The copy that was made meanwhile is gone.
    assert [path.name for path in world.published.parent.iterdir()] == [world.published.name]
    world.change("update main.fct_calls set status = 'Missed' where call_id = 'a'")
    assert world.run() == 0
    assert world.statuses() == {"a": "Missed", "b": "Completed", "o": "Missed"}


def test_failed_build_publishes_nothing(world):
    """A pipeline has changed the raw table."""
    world.change("alter table raw.call_events rename column event_type to kind")
    assert world.run() == 20
    assert world.statuses() == {"a": "Missed", "o": "Missed"}
    assert "has no column event_type" in world.report["errors"][0]


def test_warnings_are_published_and_told_once(world):
    """An event that is refused: more than the share that is allowed."""
    told = world.folder / "told"
    notify = ("--notify", f"cat >> {told}")
    world.drop("odd.csv", [row | {"event_type": "somersault"} for row in missed("z")])
    assert world.run(*notify) == 4
    assert [warning["name"] for warning in json.loads(told.read_text())["warnings"]] == [
        warning["name"] for warning in world.report["warnings"]
    ]
    world.change("update raw.call_status_runs set exit_code = 20")  # so that there is something to do
    assert world.run(*notify) == 4
    assert told.read_text().count('"exit_code": 4') == 1


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_full_disk(built, tmp_path):
    """Nothing is lost: the file waits in the inbox, readers keep what they had, and the next run with room goes on."""
    small = tmp_path / "small"
    small.mkdir()
    size = sum(path.stat().st_size for path in built.folder.rglob("*") if path.is_file())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size * 2 + 20_000_000}", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        world = built.copy(small)
        path = world.drop("new.csv", [row for n in range(400) for row in completed(f"b{n}")])
        published = world.published.read_bytes()
        filler = small / "filler"
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        assert world.run() == 13
        assert world.published.read_bytes() == published
        filler.unlink()
        assert world.run() == 0
        assert len(world.statuses()) == 402
        assert not path.exists()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_the_page_tells_every_exit_code():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.partition("## It has failed. What now?")[2].partition("## What a run does")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {2, *Exit}


def test_wrong_usage(world, capsys):
    with pytest.raises(SystemExit) as stopped:
        world.run("--keep-files", "soon")
    assert stopped.value.code == 2
    with pytest.raises(SystemExit):
        World(world.folder / "nowhere").run()
    assert "is no folder" in capsys.readouterr().err


def test_old_files_go(world):
    (done,) = world.inbox.glob("done/*/*")
    time.sleep(0.01)
    assert world.run("--keep-files", "1") == 3 and done.exists()
    assert world.run("--keep-files", "0") == 3 and not done.exists()
