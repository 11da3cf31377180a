"""Runs dbt on this project as a user would, in a process of its own, and reads what dbt says of the run."""

from __future__ import annotations

import json
import re
import statistics
from datetime import datetime
from pathlib import Path

import yaml

from benchmarks import measure
from benchmarks.measure import ROOT, THREADS

# A step of a node, in what dbt says of a run.
ENDS = ["started_at", "completed_at"]


class Dbt:
    """dbt on one database. Its folder of parsed state is kept from run to run, as in daily use."""

    project = ROOT
    threads = 1

    def __init__(
        self,
        folder: Path,
        database: Path,
        memory_limit: str | None = None,
        variables: dict | None = None,
        threads: int = 1,
    ):
        self.database = database
        self.variables = variables or {}
        self.threads = threads
        name = "dbt_" + database.stem + ("_limited" if memory_limit else "") + ("_vars" if variables else "")
        self.set_up(folder / (name + (f"_threads{threads}" if threads > 1 else "")), profile(memory_limit))

    def set_up(self, folder: Path, profile: dict) -> None:
        self.folder, self.target = folder, folder / "target"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profiles.yml").write_text(yaml.safe_dump(profile))

    def __call__(self, *command: str) -> measure.Process:
        """Runs a command from its start to its exit. With one thread, one node at a time: the seconds of nodes do not overlap."""
        options = ["--threads", str(self.threads), "--vars", json.dumps(self.variables)]
        environment = {"CALL_STATUS_DB": str(self.database)}
        return measure.run([measure.PYTHON.with_name("dbt"), *self.arguments(*command), *options], environment)

    def arguments(self, *command: str) -> list[str]:
        folders = {"project-dir": self.project, "profiles-dir": self.folder, "target-path": self.target}
        folders["log-path"] = self.folder / "logs"
        return ["--quiet", *command, *(part for name, path in folders.items() for part in (f"--{name}", str(path)))]

    def run(self, *options: str) -> dict:
        """`dbt run`: seconds of everything up to fct_calls, of all models, of the whole command, of each model; memory."""
        process = self("run", *options)
        nodes = {result["unique_id"]: result["execution_time"] for result in self.results()}
        up_to_facts = self.up_to_facts()
        found = {model_name(node): seconds for node, seconds in nodes.items() if node in up_to_facts}
        return {
            "seconds": sum(found.values()),
            "nodes": found,
            "other_nodes": {model_name(node): seconds for node, seconds in nodes.items() if node not in up_to_facts},
            **totals(process, nodes),
        }

    def run_everything(self, *options: str) -> dict:
        """`dbt run` as `run`, but of all models: seconds from the start of the first to the end of the last."""
        process = self("run", *options)
        models = [result for result in self.results() if result["unique_id"].startswith("model.")]
        times = [datetime.fromisoformat(step[end]) for model in models for step in model["timing"] for end in ENDS]
        nodes = {model_name(model["unique_id"]): model["execution_time"] for model in models}
        return {
            "seconds": (max(times) - min(times)).total_seconds(),
            "nodes": nodes,
            **totals(process, nodes),
        }

    def statements(self, *options: str) -> int:
        """How many statements `dbt run` sends. By dbt's own log, whose writing takes time: such a run is not timed."""
        log = self.folder / "logs/dbt.log"
        log.unlink(missing_ok=True)
        self("run", "--log-level-file", "debug", *options)
        return statements_in(log.read_text())

    def results(self) -> list[dict]:
        """What the last command says of each node, in the order in which they ran."""
        return json.loads((self.target / "run_results.json").read_text())["results"]

    def up_to_facts(self) -> set[str]:
        """The nodes of `+fct_calls`."""
        nodes = json.loads((self.target / "manifest.json").read_text())["nodes"]
        wanted, found = ["model.call_status.fct_calls"], set()
        while wanted:
            node = wanted.pop()
            if node in nodes and node not in found:
                found.add(node)
                wanted += nodes[node]["depends_on"]["nodes"]
        return found

    def inline(self, template: str):
        """What a Jinja template of this project renders to, read as JSON."""
        self("compile", "--inline", template, "--no-introspect", "--no-populate-cache")
        return json.loads(self.results()[0]["compiled_code"])

    def compiled(self, model: str) -> str:
        """The SQL of a model as it was compiled last."""
        return next((self.target / "compiled").rglob(f"{model}.sql")).read_text()


def totals(process: measure.Process, nodes: dict[str, float]) -> dict:
    """What is said of every run, however its seconds are counted. `nodes`: the seconds of each."""
    return {"all_models": sum(nodes.values()), "command": process.seconds, "peak_bytes": process.peak_bytes}


def statements_in(log: str) -> int:
    """Statements in a debug log of dbt. Those that travel in one string count singly."""
    sent = re.findall(
        r'Using \w+ connection "[^\n]*\n[^\n]*?: On [^\n]*?: (.*?)\n\S*\d\d:\d\d:\d\d\.\d+ \[', log, re.DOTALL
    )
    return sum(len([part for part in text.split(";") if part.strip()]) for text in sent)


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
    """Medians of several `Dbt.run` or `Dbt.run_everything`, with the seconds of every run kept."""
    return {
        **measure.summary(runs),
        "all_models": statistics.median(run["all_models"] for run in runs),
        "command": statistics.median(run["command"] for run in runs),
        **{
            kind: {name: statistics.median(run[kind][name] for run in runs) for name in runs[0][kind]}
            for kind in ("nodes", "other_nodes")
            if kind in runs[0]
        },
    }
