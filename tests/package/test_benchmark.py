"""The benchmark on tiny data: it runs, writes its tables, and counts no peer whose statuses differ."""

import json
import os
import re
import subprocess
import sys

import duckdb
import pytest
from package import contract
from support.harness import PROJECT

from benchmarks import data, measure, project, report, spark_process, tables
from benchmarks.parts import everything, peers

needs_peers = pytest.mark.skipif(
    not measure.PEERS_PYTHON.exists(), reason="benchmarks/run has not made .venv-benchmark"
)


def benchmark(*options):
    environment = {**os.environ, "PYTHONPATH": measure.PYTHONPATH}
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *map(str, options)],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )


# ---- the whole command ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    done = benchmark("--quick", "--only", "full_refresh,incremental,peers", "--keep", folder, "--out", folder / "out")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def results(measured):
    return report.read(measured / "out")


@pytest.mark.long
def test_loading_is_measured(tmp_path):
    done = benchmark("--quick", "--only", "loading", "--keep", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    files = report.read(tmp_path / "out")["loading"]
    assert {file["file"] for file in files} == {"Parquet", "CSV, text columns"}
    assert all(file["events"] and file["loader"]["seconds"] for file in files)


@pytest.mark.long
def test_one_large_load_is_measured(tmp_path):
    done = benchmark("--quick", "--only", "one_load", "--keep", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = report.read(tmp_path / "out")["one_load"]
    assert found["right_after"]["seconds"] and found["a_week_later"]["seconds"]


@pytest.mark.long
def test_sources_are_measured(tmp_path):
    done = benchmark("--quick", "--only", "sources", "--keep", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = report.read(tmp_path / "out")["sources"]
    assert [one["source"] for one in found["speeds"]] == ["call_log", "zendesk_talk"]
    assert all(one["events"] and one["seconds"] and one["copy"] for one in found["speeds"])
    assert set(found["off"]) == {"parse", "build"}


@pytest.mark.long
@needs_peers
def test_everything_is_measured_and_its_peer_makes_the_same_three_tables(tmp_path):
    options = ["--quick", "--only", "everything", "--peers", "polars", "--keep", tmp_path, "--out", tmp_path / "out"]
    done = benchmark(*options)
    assert done.returncode == 0, done.stderr
    size = report.read(tmp_path / "out")["everything"][0]
    ours, peer = size["ours"], size["peers"]["polars"]
    assert {"fct_calls", "fct_call_legs", "event_accounting", "fct_calls_hourly"} <= set(ours["nodes"])
    assert 0 < ours["seconds"] <= ours["command"]
    assert peer["counts"] and set(peer["tables"]) == {"fct_calls", "fct_call_legs", "event_accounting"}
    for name, its in peer["tables"].items():
        assert its["columns_compared"] == len(set(contract.COMPARED[name]) - peers.NOT_COMPARED), name
        assert (its["rows"], its["other_columns_that_differ"], its["columns_missing"]) == (0, {}, []), name
    page = (tmp_path / "out/benchmark.md").read_text("utf-8")
    assert "Polars" in page.split("<!-- benchmark:everything -->")[1] and "does not count" not in page


@pytest.mark.long
def test_every_part_is_measured(results):
    refresh, history = results["full_refresh"][0], results["incremental"][0]
    assert {"int_call_evidence_packed", "fct_calls"} <= set(refresh["refresh"]["nodes"])
    assert "fct_call_legs" not in refresh["refresh"]["nodes"], "only what fct_calls needs counts as up to the facts"
    assert refresh["refresh"]["seconds"] <= refresh["refresh"]["all_models"] <= refresh["refresh"]["command"]
    assert history["late"]["events"] == [history["new_calls"]]
    assert history["new"]["events"][0] > history["new_calls"]
    assert 0 < history["statements"]["nothing"] < history["statements"]["new"]
    assert "event_accounting" in refresh["refresh"]["other_nodes"]


@pytest.mark.long
def test_the_peer_agrees_and_counts(results):
    peer = results["peers"][0]["peers"]["dbt"]
    assert peer["counts"] and peer["rows"] == 0
    assert peer["other_columns_that_differ"] == {} and peer["columns_missing"] == []


def test_all_facts_are_compared_but_what_only_the_package_makes():
    not_compared = set(contract.RELATIONS["fct_calls"]) - set(contract.COMPARED["fct_calls"])
    assert not_compared | {"call_key", "rules_fingerprint", "derived_at"} == peers.NOT_COMPARED


@pytest.mark.long
def test_tables_are_written(measured, results):
    page = (measured / "out/benchmark.md").read_text("utf-8")
    assert f"| {results['full_refresh'][0]['events']:,} |" in page.split("<!-- benchmark:full_refresh -->")[1]
    assert "usual dbt style" in page.split("<!-- benchmark:peers -->")[1]
    assert "0 (" in page and "does not count" not in page


def test_quick_figures_never_replace_the_published_ones():
    refused = benchmark("--quick")
    assert refused.returncode == 2 and "--out" in refused.stderr


def test_wrong_options_are_named():
    for options, word in (
        (["--only", "nonsense"], "nonsense"),
        (["--sizes", "many"], "many"),
        (["--peers", "excel"], "excel"),
    ):
        refused = benchmark(*options)
        assert refused.returncode == 2 and word in refused.stderr


# ---- peers read the rules -------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["dbt", *(pytest.param(name, marks=needs_peers) for name in peers.PEERS if name != "dbt")]
)
def test_a_new_rule_over_any_evidence_needs_no_new_peer(measured, tmp_path, name):
    rules = json.loads((measured / "rules.json").read_text())
    evidence = re.findall(r"{'name': '(\w+)'", (PROJECT / "macros/rules/named_evidence.sql").read_text("utf-8"))
    assert len(evidence) > 40
    first = {
        "direction": "outgoing",
        "rule": "outgoing_new",
        "status": "No Answer",
        "when": " or ".join(f"{evidence} is not null" for evidence in evidence),
        "reasons": [
            {"reason": "new", "when": "dial_outcome = 'timed_out'", "message": "It's new."},
            {"reason": "other", "inferred": True, "message": "Other."},
        ],
    }
    (tmp_path / "rules.json").write_text(json.dumps({**rules, "rules": [first, *rules["rules"]]}))
    store = data.Store(measured, data.QUICK_CALLS_PER_DAY)
    found = {}
    for file in (measured / "rules.json", tmp_path / "rules.json"):
        output = tmp_path / "calls.parquet"
        events = store.database(1) if name == "dbt" else store.parquet(1)
        measure.peer(name, "calls", input=events, output=output, rules=file, as_of=store.end())
        found[file] = duckdb.execute(f"""
            select direction, status_rule = 'outgoing_new', is_status_inferred, count(*) from '{output}'
            where direction = 'outgoing' group by all order by all
        """).fetchall()
    old, new = found.values()
    assert not any(is_new for _, is_new, _, _ in old)
    assert [(is_new, is_inferred) for _, is_new, is_inferred, _ in new] == [(True, False), (True, True)]
    assert sum(row[-1] for row in old) == sum(row[-1] for row in new)


@needs_peers
def test_conditions_mean_the_same_in_pandas(tmp_path):
    """Null is neither true nor false there either."""
    conditions = [
        "a = 'x'",
        "not a = 'x'",
        "a <> 'x' or n >= 2",
        "a in ('x')",
        "not (a in ('x', 'z')) or b",
        "a is null",
        "a is not null and n - 1 < 1",
        "coalesce(a, 'it''s') = 'it''s'",
        "n > 1 and not b or b and (true)",
    ]
    script = f"""
import duckdb, pandas as pd
from benchmarks.peers import conditions
rows = pd.DataFrame({{"a": ["x", None, "y"] * 2, "n": [0, 1, 2] * 2, "b": [True, False, False, False, True, True]}})
for condition in {conditions}:
    wanted = [bool(row[0]) for row in duckdb.sql(f"select {{condition}} from rows").fetchall()]
    assert list(conditions.holds(condition, rows)) == wanted, condition
try:
    conditions.holds("a like 'x'", rows)
except ValueError as error:
    assert "a like 'x'" in str(error)
"""
    measure.run([measure.PEERS_PYTHON, "-c", script])


# ---- equality with fct_calls ----------------------------------------------------------------------------------------


@pytest.fixture
def calls():
    con = duckdb.connect()
    con.execute("""
        create table ours as
        select 'canonical' as source_system, 'c' || n as call_id, 'incoming' as direction, 'Missed' as status,
            'ring_timeout' as status_reason, timestamp '2026-03-02 10:00:00' as ended_at, 1.5 as talk_seconds
        from range(10) as numbers (n);
        create table theirs as from ours
    """)
    return con


@pytest.mark.parametrize(
    "change, rows",
    [
        ("select 1", 0),
        ("update theirs set status = 'IVR' where call_id = 'c3'", 1),
        ("update theirs set status_reason = null", 10),
        ("update theirs set direction = 'outgoing' where call_id in ('c1', 'c2')", 2),
        ("delete from theirs where call_id = 'c3'", 1),
        ("insert into theirs from ours where call_id = 'c3'", 1),
        ("update theirs set call_id = 'other' where call_id = 'c3'", 2),
        ("update theirs set source_system = null where call_id = 'c3'", 2),
    ],
)
def test_a_differing_row_is_found(calls, change, rows):
    calls.execute(change)
    assert peers.difference(calls, "ours", "theirs")["rows"] == rows


def test_other_columns_are_only_reported(calls):
    calls.execute(
        "update theirs set ended_at = ended_at + interval 1 second, talk_seconds = 1.5000001 where call_id = 'c3'"
    )
    found = peers.difference(calls, "ours", "theirs")
    assert found["rows"] == 0 and found["other_columns_that_differ"] == {"ended_at": 1}


@pytest.mark.parametrize(
    "change, rows, columns",
    [
        ("select 1", 0, {}),
        ("update theirs set raw_events = 7 where load_date is null", 1, {}),
        ("update theirs set quarantined_events = 7 where load_date is null", 0, {"quarantined_events": 1}),
        ("delete from theirs where load_date is null", 1, {}),
        ("insert into theirs from ours where load_date is null", 1, {}),
    ],
)
def test_a_key_may_be_null(change, rows, columns):
    con = duckdb.connect()
    con.execute("""
        create table ours as
        select 'canonical' as source_system, day as load_date, 9 as raw_events, 8 as kept_events, 1 as quarantined_events
        from (values (date '2026-03-02'), (null)) as days (day);
        create table theirs as from ours
    """)
    con.execute(change)
    found = peers.difference(con, "ours", "theirs", everything.COMPARED["event_accounting"])
    assert (found["rows"], found["other_columns_that_differ"]) == (rows, columns)
    assert everything.is_same(found) == (not rows and not columns)


def test_everything_counts_only_where_every_table_is_ours():
    run, ours = {"seconds": 8.0, "peak_bytes": 2**30}, {"seconds": 1.0, "peak_bytes": 2**30}
    same = {"rows": 0, "columns_compared": 5, "other_columns_that_differ": {}, "columns_missing": []}
    for unlike in ({}, {"rows": 7}, {"other_columns_that_differ": {"ended_at": 1}}, {"columns_missing": ["ended_at"]}):
        tables_of_run = {"fct_calls": same, "fct_call_legs": {**same, **unlike}}
        peer = everything.judged("Polars", [{**run, "tables": tables_of_run}])
        assert peer["counts"] == (not unlike)
        results = {"everything": [{"events": 1, "ours": ours, "peers": {"polars": peer}}]}
        text = tables.text_of("everything", tables.named(results))
        assert ("| does not count |" in text) == bool(unlike) and "`fct_calls` 0 (5 columns compared)" in text


def test_a_peer_that_differs_does_not_count():
    run = {"seconds": 8.0, "peak_bytes": 2**30}
    same = {"rows": 0, "columns_compared": 5, "other_columns_that_differ": {}, "columns_missing": []}
    ours = {"seconds": 1.0, "peak_bytes": 2**30}
    for difference, text in ((same, "| 8.00 |"), ({**same, "rows": 7}, "| does not count |")):
        peer = peers.judged("usual dbt style", [{**run, "difference": difference}])
        results = {"peers": [{"events": 1, "ours": ours, "peers": {"dbt": peer}}]}
        assert text in tables.text_of("peers", tables.named(results))
        assert (tables.text_of("targets", tables.named(results)) is None) == (difference is not same)


# ---- Spark ----------------------------------------------------------------------------------------------------------


def test_work_is_that_of_the_tasks_of_a_time():
    def task(end, read):
        return {
            "Task Info": {"Finish Time": end},
            "Task Metrics": {
                "Executor Run Time": 1500,
                "Disk Bytes Spilled": 4,
                "Output Metrics": {"Bytes Written": 3},
                "Input Metrics": {"Bytes Read": read},
                "Shuffle Write Metrics": {"Shuffle Bytes Written": 2},
            },
        }

    killed = {"Task Info": {"Finish Time": 2000}}  # has no metrics
    found = spark_process.work([task(1999, 100), task(2000, 10), task(2500, 1), killed, task(3002, 1000)], 2.0, 3.0)
    assert found == {"read": 11, "shuffled": 4, "spilled": 8, "written": 6, "task_seconds": 3.0}


def spark_results(events, calls):
    """A full refresh with 7 bytes an event of shuffle, a run that reads 5 and writes 3 bytes a stored call; and what is fixed."""

    def step(**each):
        node = {
            "seconds": 100.0,
            "read": 0,
            "shuffled": 0,
            "spilled": 0,
            "written": 0,
            "task_seconds": 1e-6 * events,
            **each,
        }
        return {"seconds": 100.0, "nodes": {"fct_calls": node}}

    steps = {
        "bare": step(),
        "copy": step(),
        "full_refresh": step(shuffled=7 * events + 900),
        "late": step(),
        "nothing": step(),
        "new": step(read=5 * calls + 800, written=3 * calls + 700),
    }
    session = {"steps": steps, "bytes": {"fct_calls": 50 * calls}}
    return {
        "events": events,
        "calls": calls,
        "new_calls": 10,
        "duckdb": {"seconds": 10.0, "nodes": {"fct_calls": 10.0}},
        "parquet": {"1": session, "2": session},
        "iceberg": {"2": session},
    }


def test_the_cost_model_of_spark_leaves_out_what_does_not_grow():
    results = {"spark": [spark_results(10**6, 10**5), spark_results(10**7, 10**6)]}
    model = tables.text_of("spark_cost_model", tables.named(results))
    assert "| sent between tasks | 7 bytes an event | 292 MB for an hour's events, 7 GB for a day's |" in model
    # A day of a billion events has a hundred million calls.
    assert (
        "| Parquet: a run on a day of history | 5 bytes read, 3 written a stored call | 500 MB read, 300 MB written"
        in model
    )
    assert "| all three | 50 bytes a call | 1.82 TB a year |" in model
    assert "0.3 core-hours for a day's events" in model


# ---- data -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return data.Store(tmp_path_factory.mktemp("events"), 20)


def test_copies_are_calls_of_their_own_in_hourly_loads(store):
    database = store.database(3)
    with duckdb.connect(str(database)) as con:
        events, calls, loads, days = con.execute("""
            select count(*), count(distinct call_id), count(distinct loaded_at), count(distinct loaded_at::date)
            from raw.call_events where loaded_at is not null
        """).fetchone()
        backwards = con.execute("""
            select count(*) from (select loaded_at < lag(loaded_at) over (order by rowid) as back from raw.call_events) where back
        """).fetchone()[0]
    assert calls == store.sizes(3)["calls"] == 3 * store.base_sizes()[1]
    assert events > 0.95 * store.sizes(3)["events"] and days >= 14 and loads > 120
    assert backwards == 0, "rows must be in load order"


def test_appended_events_are_new_calls_then_late_events_and_can_be_taken_back(store):
    database = store.database(2)
    before = store.sizes(2)
    with duckdb.connect(str(database)) as con:
        end = con.execute("select max(loaded_at) from raw.call_events").fetchone()[0]
    new = [store.append_new_calls(2, 30, f"new{n}") for n in range(2)]
    late = store.append_late_events(2, 30, "late0")
    with duckdb.connect(str(database)) as con:
        calls, loads = con.execute(
            "select count(distinct call_id), count(distinct loaded_at) from raw.call_events where loaded_at > $1", [end]
        ).fetchone()
        all_calls = con.execute("select count(distinct call_id) from raw.call_events").fetchone()[0]
    assert new[0] == new[1] > 60 and late == 30
    assert 60 < calls <= 60 + 30 and (loads, all_calls) == (3, before["calls"] + 60)
    store.restore(2)
    with duckdb.connect(str(database)) as con:
        assert con.execute("select count(*) from raw.call_events").fetchone()[0] == before["events"]


# ---- the published page ---------------------------------------------------------------------------------------------


def test_published_tables_are_those_of_the_published_figures():
    docs = PROJECT / "docs"
    page = (docs / "benchmark.md").read_text("utf-8")
    assert report.rendered(page, report.read(docs)) == page, "run benchmarks/run --tables"
    assert {match[2] for match in report.MARKED.finditer(page)} == set(tables.TABLES)


def test_statements_in_one_string_count_singly():
    """dbt says twice of a commit that it sends it, and of a connection that it closes it. Neither is a statement more."""
    log = "\n".join(
        f"\x1b[0m10:00:00.00000{place} [debug] [Thread-1 (]: {text}"
        for place, text in enumerate(
            [
                'Using duckdb connection "model.call_status.fct_calls"',
                "On model.call_status.fct_calls: BEGIN",
                "SQL status: OK in 0.000 seconds",
                'Using duckdb connection "model.call_status.fct_calls"',
                "On model.call_status.fct_calls: /* a comment */\n\n  delete from facts where 1 = 0;\n\n  insert into facts\n  select 1\n",
                "SQL status: OK in 0.001 seconds",
                "On model.call_status.fct_calls: COMMIT",
                'Using duckdb connection "model.call_status.fct_calls"',
                "On model.call_status.fct_calls: COMMIT",
                "On model.call_status.fct_calls: Close",
            ]
        )
    )
    assert project.statements_in(log) == 4
