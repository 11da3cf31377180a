"""Part `sources`: how fast the records of each phone system become events, and what sources that are off cost."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from statistics import median

from call_status_tools.loading.words import macro
from call_status_tools.sample.run import end_of_sample

from benchmarks import measure
from benchmarks.measure import PYTHON, ROOT
from benchmarks.parts.small_build import parse_seconds
from benchmarks.project import Dbt

NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".*_cache")


def measure_part(folder: Path, sources: list[str], records: int, repeats: int) -> dict:
    measure.say("\nSources")
    folder = folder / "sources"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {
        "speeds": [speed(folder, source, records, repeats) for source in sources],
        "off": cost_of_sources_that_are_off(folder, repeats),
    }


def names() -> list[str]:
    """The phone systems: all sources but `canonical`."""
    return [name for name in macro("sources/all_sources.sql", "get_sources") if name != "canonical"]


def speed(folder: Path, source: str, records: int, repeats: int) -> dict:
    """Seconds of a source's staging model, beside a plain copy of its raw tables."""
    command = [PYTHON, "-m", "benchmarks.sources_process", folder / source, source, records, repeats]
    found = json.loads(measure.run(command).output.splitlines()[-1])
    rate = f"{found['events'] / found['seconds']:,.0f} events/s, {found['seconds'] / found['copy']:.1f} × a copy"
    measure.tell(f"{source}: {found['records']:,} records", found["seconds"], note=rate)
    return {"source": source, **found}


class DbtOn(Dbt):
    """dbt on a copy of the project."""

    def __init__(self, project: Path, database: Path):
        self.project = project
        super().__init__(project, database, variables={"call_status_as_of": end_of_sample()})


def cost_of_sources_that_are_off(folder: Path, repeats: int) -> dict:
    """Parse and build of the sample, in the project as it is and in one that has no other source than its own events."""
    projects = {}
    for name in ("with", "without"):
        project = folder / name
        shutil.copytree(ROOT, project, ignore=NOT_COPIED)
        if name == "without":
            take_sources_out(project)
        projects[name] = DbtOn(project, folder / f"{name}.duckdb")
        projects[name]("seed", "--target", "sample_raw")
    figures: dict[str, dict[str, list[float]]] = {"parse": {}, "build": {}}
    for _ in range(repeats):  # by turns: a noisy machine is noisy for both
        for name, dbt in projects.items():
            shutil.rmtree(dbt.target, ignore_errors=True)
            figures["parse"].setdefault(name, []).append(parse_seconds(dbt))
            figures["build"].setdefault(name, []).append(dbt("build", "--full-refresh").seconds)
    for step, runs in figures.items():
        ratio = median(runs["with"]) / median(runs["without"])
        measure.tell(f"{step} with all sources off", median(runs["with"]), note=f"{ratio:.2f} × without them")
    return {step: {name: median(runs) for name, runs in by_name.items()} for step, by_name in figures.items()}


def take_sources_out(project: Path) -> None:
    """Leaves the canonical source alone: no staging model, no mapping and no capability of another one."""
    for source in names():
        shutil.rmtree(project / "models" / "staging" / source)
    listed = project / "macros" / "sources" / "all_sources.sql"
    listed.write_text(
        re.sub(r"\n        '(?!canonical')\w+': \[.*?\],(?=\n)", "", listed.read_text("utf-8"), flags=re.DOTALL)
    )
    shipped = project / "macros" / "sources" / "shipped_mappings.sql"
    shipped.write_text(re.sub(r"\n    [\[{].*[\]}],", "", shipped.read_text("utf-8")))
