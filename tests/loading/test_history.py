"""scripts/load --list and --forget: which files were loaded, and how one is taken back."""

from pathlib import Path

import duckdb
import pytest
from support.loading import HEAD, ROW, query

BAD = "e9,c9,call_started,never,,,\n"


def forget_one(load, what):
    result = load("--forget", what)
    assert result.status == 0, result.err
    return result.out


def rows():
    return query("select count(*) from raw.call_events")[0][0]


def test_files_are_listed(load):
    assert "nothing was loaded yet" in load("--list").err and not Path("db.duckdb").exists()
    load(a__csv=HEAD + ROW + BAD, b__csv=HEAD)
    first, second, last = load("--list").out.splitlines()
    assert "  1 loaded, 1 refused  " in first and first.endswith("/a.csv")
    assert "  0 loaded, 0 refused  " in second and second.endswith("/b.csv")
    assert last == "2 files were loaded; times are UTC"


def test_a_file_is_taken_back_whole(load):
    load(a__csv=HEAD + ROW + BAD, b__csv=HEAD + ROW * 2)
    said = forget_one(load, "a.csv")
    assert "1 rows and 1 refused ones were deleted" in said
    assert "call_status_backfill_takes_back: true}'" in said and "call_status_backfill_days: [" in said
    assert rows() == 2 and query("select count(*) from raw.call_events_unreadable") == [(0,)]
    assert load("a.csv").out.startswith("loaded a.csv") and rows() == 3


def test_a_file_that_came_under_one_name_twice(load):
    load(a__csv=HEAD + ROW)
    load(a__csv=HEAD + ROW * 2)
    forget_one(load, "a.csv")  # by its bytes
    assert rows() == 1
    load("a.csv")
    Path("a.csv").unlink()
    result = load("--forget", "a.csv")
    assert result.status == 1 and "a.csv was loaded 2 times; --forget one of '" in result.err
    time = query("select loaded_at::varchar from raw.loaded_files where rows_loaded = 1")[0][0]
    forget_one(load, time)
    assert rows() == 2


@pytest.mark.parametrize("shown", ["2026-03-02 10:00:00.06", "2026-03-02 10:00:00.060000", "2026-03-02T10:00:00.060"])
def test_a_time_is_read_as_any_program_shows_it(load, shown):
    load(a__csv=HEAD + ROW)
    with duckdb.connect("db.duckdb") as con:
        for table in ("call_events", "loaded_files"):
            con.execute(f"update raw.{table} set loaded_at = '2026-03-02 10:00:00.06'")
    forget_one(load, shown)
    assert rows() == 0


def test_what_was_not_loaded(load):
    load(a__csv=HEAD)
    assert load("--forget", "b.csv").err == "error: b.csv was not loaded; --list shows what was\n"


def test_every_file_has_a_time_of_its_own(load, monkeypatch):
    load(**{f"f{i}__csv": HEAD + ROW * i for i in range(1, 6)})
    assert query("select count(*), count(distinct loaded_at) from raw.loaded_files") == [(5, 5)]


def test_rows_of_others_are_left_alone(load):
    load(a__csv=HEAD + ROW)
    with duckdb.connect("db.duckdb") as con:
        con.execute("insert into raw.call_events by name select * from raw.call_events")
    result = load("--forget", "a.csv")
    assert result.status == 1 and "cannot be told from other rows" in result.err and "nothing was changed" in result.err
    assert rows() == 2 and query("select count(*) from raw.loaded_files") == [(1,)]


@pytest.mark.parametrize("arguments", [[], ["--list", "a.csv"], ["--list", "--forget", "a.csv"]])
def test_one_thing_at_a_time(load, arguments):
    with pytest.raises(SystemExit) as stopped:
        load(*arguments)
    assert stopped.value.code == 2


# --- databases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["raw.duckdb", "Main.duckdb", "temp.duckdb", "system.db", "it's.duckdb", 'a"b.duckdb'])
def test_a_database_that_dbt_cannot_build_in_is_named_before_anything_is_loaded(load, monkeypatch, name):
    monkeypatch.setenv("CALL_STATUS_DB", name)
    result = load(a__csv=HEAD + ROW)
    assert result.status == 1 and "dbt cannot build in" in result.err and result.err.count("\n") == 1
    assert not Path(name).exists()


def test_a_table_of_refused_rows_that_somebody_else_made(load):
    with duckdb.connect("db.duckdb") as con:
        con.execute("create schema raw; create table raw.call_events_unreadable (line varchar, raw_text varchar)")
        con.execute("insert into raw.call_events_unreadable values ('+4915123456789', null)")
    result = load(a__csv=HEAD + ROW + BAD + "e2\n")
    assert (result.status, result.err) == (0, "") and "(first: line 3)" in result.out
