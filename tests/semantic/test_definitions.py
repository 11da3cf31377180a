"""The files of the semantic layer, without MetricFlow: names that cannot collide, and everything said of a metric that must be."""

import re
from datetime import datetime

import pytest
import yaml
from support.harness import PROJECT

from semantic import kpis
from semantic.plain_sql import SQL

FOLDER = PROJECT / "models" / "semantic_layer"
# By hand, from the KPIs that the project promises.
KPIS = """
    offered_calls answered_calls abandoned_calls answer_rate answer_rate_of_all abandonment_rate abandonment_rate_in_queue
    abandonment_rate_ringing missed_rate service_level service_level_without_short_abandons average_speed_of_answer
    median_speed_of_answer p90_speed_of_answer average_wait_of_unanswered average_talk_time average_handle_time voicemail_rate
    rejected_rate unavailable_rate ivr_drop_rate welcome_drop_rate after_hours_rate connect_rate connect_rate_human canceled_calls
    agent_answer_rate unreturned_calls callback_rate median_time_to_callback calls_per_number unique_callers repeat_callers
""".split()


def read(name):
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


METRICS = read("_metrics.yml")["metrics"]
MODELS = read("_semantic_models.yml")["semantic_models"]
QUERIES = read("_saved_queries.yml")["saved_queries"]


def test_every_kpi_is_a_metric():
    assert {f"call_status_{name}" for name in KPIS} <= {metric["name"] for metric in METRICS}
    assert "call_status_canceled_by_reason" in {query["name"] for query in QUERIES}


def test_every_metric_is_written_down_twice_more():
    """In SQL and in plain Python, which `scripts/test --semantic` compares with MetricFlow."""
    names = {metric["name"].removeprefix("call_status_") for metric in METRICS}
    assert names == {name for formulas in SQL.values() for name in formulas}
    assert names == {*kpis.kpis([], [], [], [], kpis.Firm(datetime(2026, 1, 1)))}


def test_names_cannot_collide_with_those_of_another_project():
    """dbt wants metrics, measures and semantic models to have one name each over all projects; entities of one name are joined."""
    names = [part["name"] for part in [*METRICS, *MODELS, *QUERIES]]
    names += [part["name"] for model in MODELS for kind in ("entities", "measures") for part in model.get(kind, [])]
    names += [path.stem for path in FOLDER.rglob("*.sql")]
    assert [name for name in names if not name.startswith("call_status_")] == []


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric["name"])
def test_a_metric_says_what_it_is(metric):
    assert metric["label"] and metric["description"].strip().endswith(".")
    assert metric["config"]["meta"]["unit"] in {
        "calls", "share", "seconds", "callers", "calls per caller", "legs", "visits",
    }  # fmt: skip
    if metric["type"] == "ratio":
        assert metric["config"]["meta"]["unit"] != "share" or " / " in metric["description"]


def test_every_measure_is_a_metric():
    measures = {measure["name"] for model in MODELS for measure in model.get("measures", [])}
    used = {metric["type_params"]["measure"] for metric in METRICS if metric["type"] == "simple"}
    assert measures == used


def test_every_variable_that_is_named_exists():
    text = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.yml"))
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    named = {name for name in re.findall(r"`(call_status_\w+)`", text) if name.endswith(("_seconds", "_hours"))}
    assert named and named - {metric["name"] for metric in METRICS} <= variables.keys()
