"""The package in somebody's project: tests/package/consumer, installed from a folder, with everything that may collide.

Its models are called as the package's are, its raw table has a name, a schema and types of its own, its session is not
in UTC, and one rule is replaced.
"""

import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from rules.reference import Settings, derive
from support.harness import PROJECT, PUBLIC_COLUMNS, DbtFailed, Warehouse, changes, disagreements, fail_on
from support.random_calls import AS_OF, load_into, random_events

NOT_SHIPPED = shutil.ignore_patterns(
    ".git",
    ".venv*",
    "target",
    "dbt_packages",
    "logs",
    "*.duckdb*",
    "__pycache__",
    ".pytest_cache",
    ".hypothesis",
    "package-lock.yml",
)
CALLS = "reports_calls"  # where the project wants the package's relations
CLOCK = {"call_status_as_of": AS_OF.isoformat(" ")}

# The raw table: names in capitals, times with a zone and as text, numbers as decimals, more and fewer columns.
RAW_TABLE = """
    create schema pbx;
    create table pbx."Event Log" (
        "EVENT_ID" varchar, tenant integer, source_system varchar, call_id varchar, leg_id varchar, direction varchar,
        event_type varchar, occurred_at timestamptz, loaded_at varchar, party varchar, agent_id varchar,
        customer_number varchar, queue varchar, reason varchar, seconds decimal(12, 6), reported_status varchar,
        attributes struct(note varchar),
        "Remark" text default 'none'
    )
"""
MISSING = ("business_number", "cause_scheme", "cause_code")


class Consumer(Warehouse):
    """The project in a folder of its own, with the package two folders above, as its packages.yml says."""

    is_parsed_once = False

    def __init__(self, directory, package):
        super().__init__(directory, project=package / "tests" / "package" / "consumer")

    def relations(self):
        return {
            relation: self.query(f"select {', '.join(columns)} from {CALLS}.{relation}")
            for relation, columns in PUBLIC_COLUMNS.items()
        }

    def tables(self):
        return {
            (row["table_schema"], row["table_name"])
            for row in self.query("select table_schema, table_name from information_schema.tables")
        }

    def load(self, rows):
        """Appends raw events as another tool would."""
        file = self.directory / "events.ndjson"
        with file.open("w", encoding="utf-8") as out:
            for row in rows:
                sent = {name: value for name, value in row.items() if name not in (*MISSING, "attributes")}
                for name, hours in (("occurred_at", 0), ("loaded_at", 1)):  # UTC, and Berlin's winter time
                    if row[name] is not None:
                        sent[name] = (row[name] + timedelta(hours=hours)).isoformat() + f"+0{hours}:00"
                out.write(json.dumps({**sent, "tenant": 7, "attributes": {"note": "x"}}) + "\n")
        columns = dict.fromkeys([*sent, "tenant"], "varchar") | {"attributes": "struct(note varchar)"}
        with duckdb.connect(self.path) as connection:
            connection.execute(
                f"""insert into pbx."Event Log" by name select * from read_json('{file}', format = 'newline_delimited', columns = {columns})"""
            )


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package as it is shipped, with the consumer's packages installed."""
    folder = tmp_path_factory.mktemp("package") / "call_status"
    shutil.copytree(PROJECT, folder, ignore=NOT_SHIPPED)
    installed = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "deps"],
        cwd=folder / "tests" / "package" / "consumer",
        capture_output=True,
        text=True,
        env={**os.environ, "CALL_STATUS_DB": "unused.duckdb", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )
    assert installed.returncode == 0, installed.stdout
    return folder


@pytest.fixture(scope="module")
def consumer(package, tmp_path_factory):
    """Built once, with the first of two loads; `rows` are the raw events so far."""
    consumer = Consumer(tmp_path_factory.mktemp("consumer"), package)
    with duckdb.connect(consumer.path) as connection:
        connection.execute(RAW_TABLE)
    rng = random.Random(5)
    events = [
        {**row, **dict.fromkeys(MISSING)}
        for row in random_events(rng, 150)
        # What is no time at all cannot be in a column of timestamps.
        if all(row[name] is None or isinstance(row[name], datetime) for name in ("occurred_at", "loaded_at"))
        # Nor can what is no number be in a column of decimals.
        and math.isfinite(row["seconds"] or 0)
    ]
    consumer.rows, consumer.later = load_into(rng, events + abandoned_calls(), [AS_OF - timedelta(hours=8), AS_OF])
    consumer.load(consumer.rows)
    consumer.dbt("build", vars=CLOCK)
    return consumer


def abandoned_calls():
    """Callers who give up in a queue after the menu; the project's own rules know two of the queues."""
    return [
        {
            **dict.fromkeys(("source_system", "leg_id", "agent_id", "customer_number", "seconds", *MISSING)),
            "event_id": f"{call}/{place}",
            "call_id": call,
            "direction": "incoming",
            "event_type": event_type,
            "occurred_at": datetime(2026, 3, 3, 9, 0, place),
            "loaded_at": datetime(2026, 3, 3, 10),
            "queue": call,
            "party": "customer",
            "reason": "abandoned" if event_type == "queue_left" else None,
        }
        for call in ("vip", "overflow", "other")
        for place, event_type in enumerate(["call_started", "ivr_started", "queue_joined", "queue_left", "call_ended"])
    ]


def without_own_rules(relations):
    """Visits to queues name no call_id; the consumer's own source has its keys written out."""
    own = ("vip", "overflow")
    return {
        name: [
            row
            for row in rows
            if row.get("call_id") not in own
            and not str(row.get("call_key")).endswith(tuple(f"/{call}" for call in own))
        ]
        for name, rows in relations.items()
    }


def test_the_second_build_changes_nothing(consumer):
    before = consumer.relations()
    assert before["fct_calls"] and before["fct_open_calls"] and before["quarantined_call_events"]
    consumer.dbt("build", vars=CLOCK)
    fail_on(changes(before, consumer.relations(), ignored=()))


def test_every_column_type_is_read(consumer):
    """And a second load merges: all relations as the reference has them, but for the calls with rules of their own."""
    consumer.load(consumer.later)
    consumer.rows = consumer.rows + consumer.later
    consumer.dbt("build", vars=CLOCK)
    reference = derive(consumer.rows, Settings(AS_OF))
    fail_on(disagreements(without_own_rules(reference), without_own_rules(consumer.relations()), consumer.rows))


def test_its_own_rules_and_statuses_decide(consumer):
    """The data tests of the build have accepted the status."""
    status = {row["call_id"]: (row["status"], row["status_rule"]) for row in consumer.relations()["fct_calls"]}
    assert status["other"] == ("Missed", "incoming_queue_abandoned")
    assert status["overflow"] == ("Unavailable", "incoming_unavailable")
    assert status["vip"] == ("VIP Lost", "incoming_vip_abandoned")
    (own,) = consumer.query(f"select * from {CALLS}.dim_call_status where status = 'VIP Lost'")
    assert own == {
        "direction": "incoming",
        "status": "VIP Lost",
        "meaning": "An important customer gave up.",
        "display_order": 13,
        "is_answered": False,
    }


def test_models_of_the_same_name_stand_side_by_side(consumer):
    (own,) = consumer.query("select sum(calls_of_day) as calls, sum(missed_of_day) as missed from reports.fct_calls")
    (packaged,) = consumer.query(
        f"select count(*) as calls, count(*) filter (status = 'Missed') as missed from {CALLS}.fct_calls"
    )
    assert own == packaged
    assert consumer.query("select * from reports.stg_call_events") == [{"id_of_event": 1}]
    assert consumer.query("select count(*) as days from reports.missed_days")[0]["days"] > 0


def test_nothing_else_is_made(consumer):
    """No sample, and no relation of the package outside the schema that the project gave it."""
    schemas = {}
    for schema, table in consumer.tables():
        schemas.setdefault(schema, set()).add(table)
    assert set(schemas) == {"pbx", "reports", CALLS}
    assert schemas["pbx"] == {"Event Log"}
    assert schemas["reports"] == {
        path.stem for path in (PROJECT / "tests" / "package" / "consumer" / "models").glob("*.sql")
    }
    # Ephemeral: numbers and derived ids are masked behind it.
    models = {
        path for path in (PROJECT / "models").rglob("*.sql") if "materialized='ephemeral'" not in path.read_text()
    }
    off = {"staging", "semantic_layer"}
    assert schemas[CALLS] == {path.stem for path in models if not off & {*path.parts}}


def test_it_parses_without_a_warning_and_has_documentation(consumer, package):
    consumer.dbt("--warn-error", "parse", "--no-partial-parse")
    consumer.dbt("docs", "generate", vars=CLOCK)
    (catalog,) = consumer.parse_cache.rglob("catalog.json")
    nodes = json.loads(catalog.read_text())["nodes"]
    assert {"model.call_status.fct_calls", "model.phone_reports.fct_calls"} <= set(nodes)
    manifest = json.loads(catalog.with_name("manifest.json").read_text())
    # dbt would show the package's overview as the start page of this project.
    assert "doc.call_status.__overview__" not in manifest["docs"]
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert {node["name"] for node in tests if node["package_name"] == "call_status"} == {
        "accounting_closes",
        "no_call_is_lost",
        "few_events_are_refused",
        "source_values_are_known",
        "no_source_is_quiet",
        "no_share_is_unusual",
        "no_call_id_is_reused",
        "public_relations_hold",
    }
    # Neither side's tests look at the other's models of the same name.
    for node in tests:
        assert {name.split(".")[1] for name in node["depends_on"]["nodes"]} == {node["package_name"]}, node["name"]
    assert not [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    # Its own metric alone: the package's semantic layer is off.
    assert {kind: [*manifest[kind]] for kind in ("metrics", "semantic_models", "saved_queries")} == {
        "metrics": ["metric.phone_reports.missed_calls"],
        "semantic_models": ["semantic_model.phone_reports.days_with_calls"],
        "saved_queries": [],
    }


def test_public_relations_are_tested_there_too(consumer):
    """A broken promise fails the project's build."""
    with duckdb.connect(consumer.path) as connection:
        connection.execute(f"create table kept as from {CALLS}.fct_calls")
        connection.execute(f"update {CALLS}.fct_calls set status = 'Lost' where call_id = 'other'")
    with pytest.raises(DbtFailed, match="public_relations_hold: fail: Got 2 results"):
        consumer.dbt("test", "--select", "public_relations_hold", vars=CLOCK)
    with duckdb.connect(consumer.path) as connection:
        connection.execute(f"delete from {CALLS}.fct_calls; insert into {CALLS}.fct_calls from kept; drop table kept")


SWITCHES = re.compile(r"^```yaml\n# dbt_project.yml, .*\n(models:\n.*?)^```$", re.M | re.S)


@pytest.fixture
def with_metrics(package, tmp_path):
    """The project with the package's semantic layer switched on, as docs/kpis.md says: beside its own metrics and time spine."""
    project = package / "tests" / "package" / "semantic_layer_on"
    shutil.copytree(package / "tests" / "package" / "consumer", project, symlinks=True, dirs_exist_ok=True)
    (text,) = SWITCHES.findall((PROJECT / "docs" / "kpis.md").read_text())
    settings, switches = yaml.safe_load((project / "dbt_project.yml").read_text()), yaml.safe_load(text)
    settings["models"]["call_status"].update(switches.pop("models")["call_status"])
    (project / "dbt_project.yml").write_text(yaml.safe_dump({**settings, **switches}))
    consumer = Consumer(tmp_path, package)
    consumer.project = project
    return consumer


@pytest.mark.long
def test_the_semantic_layer_can_be_switched_on(with_metrics):
    nothing = {"call_status_sources": []}
    with_metrics.dbt("--warn-error", "parse", "--no-partial-parse", vars=nothing)
    with_metrics.dbt("build", vars=nothing)
    assert (CALLS, "call_status_legs_by_local_date") in with_metrics.tables()
    (parsed,) = with_metrics.parse_cache.rglob("semantic_manifest.json")
    manifest = json.loads(parsed.read_text())
    metrics = {metric["name"] for metric in manifest["metrics"]}
    assert {metric for metric in metrics if not metric.startswith("call_status_")} == {"missed_calls"}
    assert "call_status_missed_calls" in metrics
    spines = manifest["project_configuration"]["time_spines"]
    assert {spine["node_relation"]["alias"] for spine in spines} == {"days", "call_status_time_spine_hour"}


@pytest.mark.long
def test_without_any_source_it_builds_empty_relations(package, tmp_path):
    consumer = Consumer(tmp_path, package)
    nothing = {"call_status_sources": []}
    for _ in range(2):
        consumer.dbt("build", vars=nothing)
        assert {name: len(rows) for name, rows in consumer.relations().items()} == dict.fromkeys(PUBLIC_COLUMNS, 0)
    assert {schema for schema, _ in consumer.tables()} == {"reports", CALLS}
    assert consumer.query(f"select count(*) as statuses from {CALLS}.dim_call_status") == [{"statuses": 13}]


OWN_MODEL = """
select
    'c1-' || event_type as event_id, 'c1' as call_id, 'incoming' as direction, event_type,
    timestamp '2026-03-02 10:00:00' as occurred_at, timestamp '2026-03-02 11:00:00' as loaded_at
from (values ('call_started'), ('welcome_started'), ('call_ended')) as events(event_type)
"""


@pytest.mark.long
def test_a_model_of_its_own_is_the_raw_table(package, tmp_path):
    """By the macro of the README. One build makes it, and then reads it; what it adds is read by the next."""
    project = package / "tests" / "package" / "own_raw_table"
    shutil.copytree(package / "tests" / "package" / "consumer", project, symlinks=True)
    (macro,) = re.findall(
        r"^```sql\n(\{% macro default__raw_table.*?)^```$", (PROJECT / "README.md").read_text(), re.M | re.S
    )
    (project / "macros" / "raw_table.sql").write_text(macro)
    model = project / "models" / "phone_events.sql"
    model.write_text(OWN_MODEL)
    consumer = Consumer(tmp_path, package)
    consumer.project = project
    consumer.dbt("build", vars=CLOCK)
    asked = f"select call_id, status from {CALLS}.fct_calls"
    assert consumer.query(asked) == [{"call_id": "c1", "status": "Welcome Message"}]
    model.write_text(OWN_MODEL.replace("('call_ended')", "('call_ended'), ('ivr_started')"))
    consumer.dbt("build", vars=CLOCK)
    assert consumer.query(asked) == [{"call_id": "c1", "status": "IVR"}]
    # Without the model the facts stay, and the run says what is missing.
    with duckdb.connect(consumer.path) as connection:
        connection.execute("drop table reports.phone_events")
    with pytest.raises(DbtFailed, match="reports.phone_events cannot be found"):
        consumer.dbt("build", "--select", "package:call_status", vars=CLOCK)
    consumer.dbt("build", vars=CLOCK)
    assert consumer.query(asked) == [{"call_id": "c1", "status": "IVR"}]
