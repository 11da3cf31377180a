"""scripts/board: which database it takes, what it says where it cannot go on, a table as a file."""

import csv
import io
import os
import socket
import subprocess
import sys
import textwrap

import duckdb
import pytest
from call_status_tools import board
from call_status_tools.errors import UserError

IN_A_BROWSER = pytest.mark.skipif(
    not os.environ.get("CALL_STATUS_TEST_BOARDS"),
    reason="scripts/test --boards runs it, where the boards are installed",
)


def said(capsys, *arguments) -> str:
    assert board.main([*map(str, arguments)]) == 1
    return capsys.readouterr().err


# ---- the database ----------------------------------------------------------------------------------------------------


def test_the_database_is_the_named_one_then_that_of_the_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("CALL_STATUS_DB", str(tmp_path / "variable.duckdb"))
    assert board.find_database(tmp_path / "named.duckdb", False) == tmp_path / "named.duckdb"
    assert board.find_database(None, False) == tmp_path / "variable.duckdb"


def test_then_ones_own_calls_then_the_sample(monkeypatch, tmp_path):
    monkeypatch.delenv("CALL_STATUS_DB", raising=False)
    own, sample = tmp_path / "call_status.duckdb", tmp_path / "warehouse" / "sample.duckdb"
    monkeypatch.setattr(board, "DEFAULT_DATABASE", own)
    monkeypatch.setattr(board.run, "SAMPLE_DATABASE", sample)
    built = []
    monkeypatch.setattr(board.run, "build_sample", built.append)
    assert (board.find_database(None, False), built) == (sample, [sample])
    own.touch()
    assert (board.find_database(None, False), built) == (own, [sample])
    assert (board.find_database(None, True), built) == (sample, [sample, sample])


def test_no_file(capsys, tmp_path):
    assert "there is no database" in said(capsys, "--database", tmp_path / "none.duckdb")


def test_no_duckdb_file(capsys, tmp_path):
    (tmp_path / "text.duckdb").write_text("call_id\n" * 1000)
    assert "cannot be read as a DuckDB file" in said(capsys, "--database", tmp_path / "text.duckdb")


def test_no_facts(capsys, tmp_path):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert "holds no facts yet; run `.venv/bin/dbt build`" in said(capsys, "--database", tmp_path / "empty.duckdb")


def test_built_by_an_older_version(capsys, tmp_path):
    with duckdb.connect(str(tmp_path / "old.duckdb")) as warehouse:
        for relation in board.relations_of_boards() - {"fct_queue_visits"}:
            warehouse.execute(f"create table {relation} (x integer)")
    assert "was built without fct_queue_visits; run" in said(capsys, "--database", tmp_path / "old.duckdb")


def test_in_use(capsys, tmp_path):
    path = tmp_path / "busy.duckdb"
    holder = textwrap.dedent("""
        import duckdb, sys
        connection = duckdb.connect(sys.argv[1])
        print("open", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", holder, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "open\n"
        assert "is in use by another program" in said(capsys, "--database", path)
        process.stdin.close()


def test_port_taken(sample):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is taken; name another one with --port"):
            with board.served(sample.path, port):
                pass


def test_the_boards_read_public_relations_that_there_are(sample):
    assert {"fct_calls", "fct_missed_call_followups"} < board.relations_of_boards()
    board.check(sample.path)


# ---- a table as a file -----------------------------------------------------------------------------------------------


def test_no_such_table(capsys, sample):
    assert "--csv takes one of: agents/agents_table, " in said(capsys, "--database", sample.path, "--csv", "agents/nix")


def test_no_such_filter(capsys, sample):
    arguments = ("--database", sample.path, "--csv", "callbacks/to_call")
    assert "one of: agent, dates, number, queue, team" in said(capsys, *arguments, "--filter", "nix=1")


def test_no_cell_is_a_formula():
    cells = ["=1+1", "@x", "+49 30 1", "-3", None, "+cmd|x", 7]
    assert [board.as_text(cell) for cell in cells] == ["'=1+1", "'@x", "+49 30 1", "-3", "", "'+cmd|x", "7"]


@IN_A_BROWSER
def test_the_list_of_call_backs_as_a_file(capsys, sample):
    assert board.main(["--database", str(sample.path), "--csv", "callbacks/to_call"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    with duckdb.connect(str(sample.path), read_only=True) as warehouse:
        owed = "select customer_key, count(*) as calls, min(started_at) as since from fct_missed_call_followups where is_owed group by 1"
        wanted = warehouse.execute(f"select calls from ({owed}) order by since, customer_key").fetchall()
    assert [int(row["missed_calls"]) for row in rows] == [calls for (calls,) in wanted]
    assert all(row["customer_number"] for row in rows)


@IN_A_BROWSER
def test_a_filtered_table(capsys, sample):
    arguments = ["--database", str(sample.path), "--csv", "unanswered/statuses_table"]
    assert board.main([*arguments, "--filter", "direction=outgoing", "--filter", "dates=2026-03-09,2026-03-13"]) == 0
    rows = {row["status"]: int(row["calls"]) for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    with duckdb.connect(str(sample.path), read_only=True) as warehouse:
        wanted = warehouse.execute(
            "select status, sum(calls) from fct_calls_hourly where direction = 'outgoing'"
            " and local_date between '2026-03-09' and '2026-03-13' group by 1"
        ).fetchall()
    assert rows == dict(wanted)
