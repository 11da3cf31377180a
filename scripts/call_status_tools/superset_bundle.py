"""Packs the dashboard of superset/bundle into a ZIP file that Superset imports.

The files there leave out what stands elsewhere. It is filled in here: the address of the database, the names and descriptions of
metrics (models/semantic_layer/_metrics.yml), and the query of each chart, which follows from what the chart shows.
"""

import argparse
import json
import sys
import zipfile
from os import environ
from pathlib import Path

import yaml

from call_status_tools import ROOT
from call_status_tools.loading.database import DEFAULT_DATABASE

BUNDLE = ROOT / "superset" / "bundle"
METRICS = ROOT / "models" / "semantic_layer" / "_metrics.yml"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/superset-bundle", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("call_status_superset.zip"), help="the ZIP file to write")
    parser.add_argument(
        "--database",
        help="as SQLAlchemy writes it; default: the DuckDB file CALL_STATUS_DB, else warehouse/call_status.duckdb",
    )
    parser.add_argument("--schema", default="main", help="schema of the package's relations (default: main)")
    options = parser.parse_args()
    write(options.out, options.database or default_database(), options.schema)
    print(
        f"{options.out} written. In Superset: Dashboards, Import dashboards; or superset import-dashboards -p {options.out} -u admin"
    )
    return 0


def default_database() -> str:
    path = Path(environ.get("CALL_STATUS_DB") or DEFAULT_DATABASE).absolute()
    return f"duckdb:///{path}"


def write(out: Path, database: str, schema: str = "main") -> None:
    """The ZIP file: every file of the bundle, in one folder, as Superset wants it."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in contents(database, schema).items():
            bundle.writestr(f"call_status/{name}", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def contents(database: str, schema: str = "main") -> dict[str, dict]:
    """Path in the bundle → what it says."""
    files = {path.relative_to(BUNDLE).as_posix(): read(path) for path in sorted(BUNDLE.rglob("*.yaml"))}
    metrics = {
        metric["name"].removeprefix("call_status_"): {
            "verbose_name": metric["label"],
            "description": " ".join(metric["description"].split()),
        }
        for metric in read(METRICS)["metrics"]
    }
    for name, content in files.items():
        if name.startswith("databases/"):
            content["sqlalchemy_uri"] = database
            if not database.startswith("duckdb:"):
                content["extra"]["engine_params"] = {}
        elif name.startswith("datasets/"):
            content["sql"] = content["sql"].replace("main.", f"{schema}.")
            content["schema"] = schema
            for metric in content["metrics"]:
                metric |= metrics[metric["metric_name"]]
        elif name.startswith("charts/"):
            if "description" not in content:
                content["description"] = metrics[content["params"]["metric"]]["description"]
            content["query_context"] = json.dumps(query_context(content["params"]))
    return files


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8"))


def query_context(params: dict) -> dict:
    """What a chart asks. Superset puts in the dataset on import. A browser works it out by itself; Superset needs it for exports,
    reports and its API."""
    filters = params["adhoc_filters"]
    query = {
        "columns": [*axis_of(params), *params.get("groupby", [])],
        "metrics": params.get("metrics") or [params["metric"]] if "metric" in params else params["metrics"],
        "filters": [
            {"col": one["subject"], "op": one["operator"], "val": one["comparator"]}
            for one in filters
            if one["expressionType"] == "SIMPLE"
        ],
        "extras": {
            "where": " and ".join(f"({one['sqlExpression']})" for one in filters if one["expressionType"] == "SQL")
        },
        "orderby": [],
        "row_limit": params.get("row_limit", 1),
    }
    if params.get("query_mode") == "raw":
        query |= {"columns": params["all_columns"], "orderby": [json.loads(one) for one in params["order_by_cols"]]}
        del query["metrics"]
    elif "timeseries_limit_metric" in params:
        query["orderby"] = [[params["timeseries_limit_metric"], not params["order_desc"]]]
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }


def axis_of(params: dict) -> list[dict | str]:
    """The column of the x axis, cut to its grain."""
    if "x_axis" not in params:
        return []
    grain = {"timeGrain": params["time_grain_sqla"]} if "time_grain_sqla" in params else {}
    column = params["x_axis"]
    return [{"columnType": "BASE_AXIS", "expressionType": "SQL", "sqlExpression": column, "label": column, **grain}]


if __name__ == "__main__":
    sys.exit(main())
