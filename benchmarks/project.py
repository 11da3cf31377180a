"""Runs dbt on this project as a user would, with a profile of the benchmark's own, and reads what dbt says of it."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from benchmarks import measure
from benchmarks.measure import ROOT, THREADS


class Dbt:
    """dbt on one database. Its folder of parsed state is kept from run to run, as in daily use."""

    def __init__(self, folder: Path, database: Path, memory_limit: str | None = None, variables: dict | None = None):
        self.database = database
        self.variables = variables or {}
        self.folder = folder / (
            "dbt_" + database.stem + ("_limited" if memory_limit else "") + ("_vars" if variables else "")
        )
        self.target = self.folder / "target"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profile(memory_limit)))

    def __call__(self, *command: str, environment: dict | None = None) -> measure.Process:
        # One node at a time, so that the seconds of nodes do not overlap; DuckDB itself has its threads.
        options = [
            "--project-dir",
            ROOT,
            "--profiles-dir",
            self.folder,
            "--target-path",
            self.target,
            "--log-path",
            self.folder / "logs",
            "--threads",
            "1",
            "--vars",
            json.dumps(self.variables),
        ]
        return measure.run(
            [measure.PYTHON.with_name("dbt"), "--quiet", *command, *options],
            {"CALL_STATUS_DB": str(self.database), **(environment or {})},
        )

    def run(self, *options: str) -> dict:
        """`dbt run`: seconds of everything up to fct_calls, of all models, of the whole command, of each model; memory."""
        process = self("run", *options)
        nodes = {model_name(node): seconds for node, seconds in self.node_seconds().items()}
        up_to_facts = self.up_to_facts()
        return {
            "seconds": sum(nodes[name] for name in up_to_facts),
            "all_models": sum(nodes.values()),
            "command": process.seconds,
            "nodes": {name: nodes[name] for name in up_to_facts},
            "peak_bytes": process.peak_bytes,
        }

    def node_seconds(self) -> dict[str, float]:
        results = json.loads((self.target / "run_results.json").read_text())["results"]
        return {result["unique_id"]: result["execution_time"] for result in results}

    def up_to_facts(self) -> list[str]:
        """The models of `+fct_calls`, in the order in which they ran."""
        nodes = json.loads((self.target / "manifest.json").read_text())["nodes"]
        wanted, found = ["model.call_status.fct_calls"], set()
        while wanted:
            node = wanted.pop()
            if node in nodes and node not in found:
                found.add(node)
                wanted += nodes[node]["depends_on"]["nodes"]
        return [model_name(node) for node in self.node_seconds() if node in found]

    def compiled(self, model: str) -> str:
        """The SQL of a model as it was compiled last."""
        return next((self.target / "compiled").rglob(f"{model}.sql")).read_text()


def profile(memory_limit: str | None) -> dict:
    """The project's own profile, with a fixed number of threads and, if asked, a limit of memory."""
    project = yaml.safe_load((ROOT / "profiles.yml").read_text())
    for output in project["call_status"]["outputs"].values():
        output["settings"] = {**output.get("settings", {}), "threads": THREADS}
        if memory_limit:
            output["settings"]["memory_limit"] = memory_limit
    return project


def model_name(unique_id: str) -> str:
    return unique_id.split(".")[2]


def medians(runs: list[dict]) -> dict:
    """Medians of several `Dbt.run`, with the seconds of every run kept."""
    nodes = {name: measure.statistics.median(run["nodes"][name] for run in runs) for name in runs[0]["nodes"]}
    return {
        **measure.summary(runs),
        "all_models": measure.statistics.median(run["all_models"] for run in runs),
        "command": measure.statistics.median(run["command"] for run in runs),
        "nodes": nodes,
    }
