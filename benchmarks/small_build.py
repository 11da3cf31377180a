"""Part `small_build`: where the seconds of `dbt build` go on the bundled sample."""

from __future__ import annotations

import json
import shutil
import statistics
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import PYTHON
from benchmarks.project import Dbt

IMPORTS = "import dbt.cli.main, dbt.adapters.duckdb"


def measure_part(folder: Path, repeats: int) -> dict:
    measure.say("\nA build of the sample")
    folder = folder / "small_build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    seeds = Dbt(folder / "seeds", folder / "sample.duckdb")
    seeds("seed", "--target", "sample_raw")
    builds, cold, warm, start, interpreter = [], [], [], [], []
    for _ in range(repeats):
        interpreter.append(measure.run([PYTHON, "-c", "pass"]).seconds)
        start.append(measure.run([PYTHON, "-c", IMPORTS]).seconds)
        dbt = Dbt(folder / "build", folder / "sample.duckdb", variables={"call_status_as_of": end_of_sample()})
        shutil.rmtree(dbt.target, ignore_errors=True)
        for seconds in (cold, warm):
            dbt("parse")
            seconds.append(parse_seconds(dbt))
        builds.append(build(dbt, "--full-refresh"))
        measure.tell("build of the sample, warm, the whole process", builds[-1]["command"], builds[-1]["peak_bytes"])
    again = [build(dbt) for _ in range(repeats)]
    measure.tell("build without anything new, the whole process", statistics.median(run["command"] for run in again))
    middle = statistics.median
    return {
        "interpreter": middle(interpreter),
        "imports": middle(start) - middle(interpreter),
        "cold_parse": middle(cold),
        "warm_parse": middle(warm),
        "first": medians_of_builds(builds),
        "again": medians_of_builds(again),
    }


def build(dbt: Dbt, *options: str) -> dict:
    process = dbt("build", *options)
    results = json.loads((dbt.target / "run_results.json").read_text())
    nodes: dict[str, dict[str, float]] = {}
    for result in results["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        nodes.setdefault(kind, {})[name if kind != "unit_test" else result["unique_id"].split(".", 2)[2]] = result[
            "execution_time"
        ]
    return {
        "command": process.seconds,
        "peak_bytes": process.peak_bytes,
        "nodes": nodes,
        "elapsed": results["elapsed_time"],
    }


def parse_seconds(dbt: Dbt) -> float:
    """What dbt itself says that reading the project took; only `dbt parse` tells."""
    return json.loads((dbt.target / "perf_info.json").read_text())["load_all_elapsed"]


def medians_of_builds(builds: list[dict]) -> dict:
    middle = statistics.median
    return {
        **{name: middle(run[name] for run in builds) for name in ("command", "elapsed")},
        "peak_bytes": max(run["peak_bytes"] for run in builds),
        "runs": [round(run["command"], 3) for run in builds],
        "nodes": {
            kind: {name: middle(run["nodes"][kind][name] for run in builds) for name in nodes}
            for kind, nodes in builds[0]["nodes"].items()
        },
    }


def end_of_sample() -> str:
    from call_status_tools.sample import run

    return run.end_of_sample()
