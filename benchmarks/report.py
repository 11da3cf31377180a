"""The figures on disk: benchmark.json holds what was measured, benchmark.md shows it between its markers."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import measure, tables
from benchmarks.measure import ROOT, THREADS

MARKED = re.compile(r"(<!-- benchmark:(\w+) -->\n).*?(<!-- /benchmark -->)", re.DOTALL)
DIGITS = 5  # more than any of the figures is worth


def read(out: Path) -> dict:
    file = out / "benchmark.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def write(results: dict, out: Path) -> None:
    """Saves the figures and writes the tables anew."""
    out.mkdir(parents=True, exist_ok=True)
    results = rounded(results)
    (out / "benchmark.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    page = out / "benchmark.md"
    page.write_text(rendered(page.read_text("utf-8") if page.exists() else empty_page(), results), "utf-8")


def draw(out: Path) -> None:
    """The plot of the saved figures. Its library is in the peers' environment."""
    if measure.PEERS_PYTHON.exists():
        measure.run([measure.PEERS_PYTHON, "-m", "benchmarks.plot", out / "benchmark.json", out / "benchmark.svg"])


def rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value


def empty_page() -> str:
    marks = (f"<!-- benchmark:{name} -->\n<!-- /benchmark -->\n" for name in tables.TABLES)
    return "# Benchmark\n\n" + "\n".join(marks)


def rendered(page: str, results: dict) -> str:
    """The page with every table whose figures are there; the others stay as they are."""
    figures = tables.named(results)

    def fill(match: re.Match) -> str:
        begin, name, end = match.groups()
        if name not in tables.TABLES:
            raise measure.Failed(f"benchmark.md has a marker of an unknown table: {name}")
        text = tables.text_of(name, figures)
        return f"{begin}\n{text}\n\n{end}" if text else match[0]

    return MARKED.sub(fill, page)


def machine() -> dict:
    versions = {name: metadata.version(name) for name in ("dbt-core", "dbt-duckdb", "duckdb")}
    for line in (ROOT / "requirements/benchmark.txt").read_text().splitlines():
        if "==" in line:
            versions.setdefault(*line.split("=="))
    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "threads": THREADS,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "versions": versions,
    }


def processor() -> str:
    file = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)", file.read_text() if file.exists() else "", re.MULTILINE)
    return found[1] if found else "unknown"
