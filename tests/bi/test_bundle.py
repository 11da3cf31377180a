"""The files of the Superset dashboard agree with each other and with the project. Superset itself: test_superset.py."""

import json
import re
import zipfile

import pytest
import yaml
from call_status_tools import superset_bundle
from package.contract import RELATIONS
from support.harness import PROJECT

FILES = superset_bundle.contents("duckdb:////data/call_status.duckdb")


def of_kind(kind):
    return {name: content for name, content in FILES.items() if name.startswith(f"{kind}/")}


DATASETS = {dataset["uuid"]: dataset for dataset in of_kind("datasets").values()}
(DASHBOARD,) = of_kind("dashboards").values()


@pytest.mark.parametrize("name", of_kind("charts"))
def test_a_chart_asks_for_what_its_dataset_has(name):
    chart = FILES[name]
    dataset = DATASETS[chart["dataset_uuid"]]
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    (query,) = json.loads(chart["query_context"])["queries"]
    asked = {column if isinstance(column, str) else column["sqlExpression"] for column in query["columns"]}
    assert asked | {one["col"] for one in query["filters"]} <= columns
    assert {metric for metric in query.get("metrics", []) if isinstance(metric, str)} <= metrics
    # The filter of dates reaches a chart through this one alone.
    assert {"col": "local_date", "op": "TEMPORAL_RANGE", "val": "No filter"} in query["filters"]
    assert chart["description"] and chart["params"]["viz_type"] == chart["viz_type"]


def test_every_filter_reaches_every_dataset():
    """Superset ignores a filter where a dataset has no such column."""
    filters = DASHBOARD["metadata"]["native_filter_configuration"]
    columns = {one["targets"][0]["column"]["name"] for one in filters if one["filterType"] == "filter_select"}
    assert columns == {"business_number", "queue", "agent_id", "direction"}
    for dataset in DATASETS.values():
        assert columns < {column["column_name"] for column in dataset["columns"]}, dataset["table_name"]
        assert dataset["main_dttm_col"] == "local_date"


def test_the_exposure_names_what_the_datasets_read():
    read = {name for dataset in DATASETS.values() for name in re.findall(r"\bmain\.(\w+)", dataset["sql"])}
    assert read <= RELATIONS.keys()
    file = PROJECT / "models" / "marts" / "kpis" / "_exposures_superset.yml"
    (exposure,) = yaml.safe_load(file.read_text("utf-8"))["exposures"]
    assert {re.findall(r"'(\w+)'", one)[1] for one in exposure["depends_on"]} == read
    assert exposure["label"] == f"Superset: {DASHBOARD['dashboard_title']}"


def test_a_bundle_is_of_the_database_that_is_named(tmp_path):
    out = tmp_path / "calls.zip"
    superset_bundle.write(out, "postgresql://reader@db/calls", "analytics")
    with zipfile.ZipFile(out) as bundle:
        files = {name: yaml.safe_load(bundle.read(name)) for name in bundle.namelist()}
    assert {name.split("/")[0] for name in files} == {"call_status"}
    database = files["call_status/databases/call_status.yaml"]
    assert database["sqlalchemy_uri"] == "postgresql://reader@db/calls" and not database["extra"]["engine_params"]
    for name, content in files.items():
        if "/datasets/" in name:
            assert content["schema"] == "analytics" and "main." not in content["sql"], name
            assert all(metric["verbose_name"] and metric["description"] for metric in content["metrics"]), name
