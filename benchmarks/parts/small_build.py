"""Part `small_build`: where the seconds of `dbt build` go on the bundled sample."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import median

from call_status_tools.sample.run import end_of_sample

from benchmarks import measure
from benchmarks.measure import PYTHON
from benchmarks.project import Dbt

IMPORTS = "import dbt.cli.main, dbt.adapters.duckdb"


def measure_part(folder: Path, repeats: int) -> dict:
    measure.say("\nA build of the sample")
    folder = folder / "small_build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    Dbt(folder / "seeds", folder / "sample.duckdb")("seed", "--target", "sample_raw")
    dbt = Dbt(folder / "build", folder / "sample.duckdb", variables={"call_status_as_of": end_of_sample()})
    interpreter, imports, cold, warm, builds = [], [], [], [], []
    for _ in range(repeats):
        interpreter.append(measure.run([PYTHON, "-c", "pass"]).seconds)
        imports.append(measure.run([PYTHON, "-c", IMPORTS]).seconds)
        shutil.rmtree(dbt.target, ignore_errors=True)
        cold.append(parse_seconds(dbt))
        warm.append(parse_seconds(dbt))
        builds.append(build(dbt, "--full-refresh"))
        measure.tell("build of the sample, warm, the whole process", builds[-1]["command"], builds[-1]["peak_bytes"])
    again = [build(dbt) for _ in range(repeats)]
    measure.tell("build without anything new, the whole process", median(run["command"] for run in again))
    return {
        "interpreter": median(interpreter),
        "imports": median(imports) - median(interpreter),
        "cold_parse": median(cold),
        "warm_parse": median(warm),
        "first": medians_of_builds(builds),
        "again": medians_of_builds(again),
    }


def parse_seconds(dbt: Dbt) -> float:
    """What dbt itself says that reading the project took; only `dbt parse` tells."""
    dbt("parse")
    return json.loads((dbt.target / "perf_info.json").read_text())["load_all_elapsed"]


def build(dbt: Dbt, *options: str) -> dict:
    process = dbt("build", *options)
    nodes: dict[str, dict[str, float]] = {}
    for result in dbt.results():
        kind, _, name = result["unique_id"].split(".", 2)
        nodes.setdefault(kind, {})[name] = result["execution_time"]
    return {"command": process.seconds, "peak_bytes": process.peak_bytes, "nodes": nodes}


def medians_of_builds(builds: list[dict]) -> dict:
    return {
        "command": median(run["command"] for run in builds),
        "peak_bytes": max(run["peak_bytes"] for run in builds),
        "runs": [round(run["command"], 3) for run in builds],
        "nodes": {
            kind: {name: median(run["nodes"][kind][name] for run in builds) for name in nodes}
            for kind, nodes in builds[0]["nodes"].items()
        },
    }
