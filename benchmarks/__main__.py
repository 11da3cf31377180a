"""Measures what the package costs, beside what people would use instead, on the same data, threads and machine.

Parts, in this order:
  full_refresh  everything up to fct_calls from nothing, beside a bare group by and a plain copy of the raw table
  incremental   10,000 new calls, and as many late events, on stored histories of several sizes; the statements that a run sends
  one_load      nothing new, right after a load of everything in one go and a week later
  peers         the usual dbt style, Polars, ClickHouse in process and pandas; a peer whose rows differ does not count
  everything    a full refresh of all models, beside Polars making facts, legs and accounting
  evidence      the aggregation of int_call_evidence_packed alone, from Parquet
  memory        the largest full refresh within a limit of memory
  loading       scripts/load, beside a bare insert of the same file
  small_build   where the time of `dbt build` goes on the bundled sample
  scheduled     scripts/run-scheduled: a file in the inbox to a published file, and nothing new
  sources       records of each phone system as events, and what sources that are off cost
  spark         Spark with one and two executors, only where --only asks for it: it needs Java and more than an hour

Every figure is printed as it is measured. Each part is saved when it is done: the raw figures in benchmark.json, the tables
in benchmark.md (between its markers; the prose is by hand); the plot, benchmark.svg, at the end. Seconds of models are
dbt's own, without its start-up and parsing; seconds of peers are without imports. A noisy machine moves seconds more
than ratios: compare ratios of one run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import data, measure, report
from benchmarks.measure import PEERS_PYTHON, PYTHON, ROOT
from benchmarks.parts import (
    everything,
    evidence,
    full_refresh,
    incremental,
    loading,
    memory,
    one_load,
    peers,
    scheduled,
    small_build,
    sources,
    spark,
)

USUAL_PARTS = [
    "full_refresh",
    "incremental",
    "one_load",
    "peers",
    "everything",
    "evidence",
    "memory",
    "loading",
    "small_build",
    "scheduled",
    "sources",
]
PARTS = [*USUAL_PARTS, "spark"]
# Sizes are copies of one base of 200,000 calls (1.18 million events): with these, the parts share their databases.
DEFAULTS = {
    "sizes": "1.2M,12M,118M",
    "histories": "200k,2M,20M",
    "peer_sizes": "1.2M,12M",
    "spark_sizes": "10M,50M",
    "peers": ",".join(peers.PEERS),
    "repeats": 3,
}
QUICK = {**dict.fromkeys(["sizes", "histories", "peer_sizes", "spark_sizes"], "1k"), "peers": "dbt", "repeats": 1}
NEW_CALLS, QUICK_NEW_CALLS = 10_000, 50
RECORDS, QUICK_RECORDS = 100_000, 1_000
QUICK_SOURCES = ["call_log", "zendesk_talk"]


def main() -> int:
    options = parse_arguments()
    if options.tables:
        report.write(report.read(options.out), options.out)
        report.draw(options.out)
        return 0
    with contextlib.ExitStack() as stack:
        folder = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark_"))).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            set_up_peers(options)
            measure_parts(folder, options)
            report.draw(options.out)
        except measure.Failed as failure:
            print(f"error: {failure}\nWhat was measured before is kept in {options.out}.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"interrupted; what was measured before is kept in {options.out}", file=sys.stderr)
            return 130
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", metavar="PARTS", type=names_of(PARTS), default=USUAL_PARTS, help="these parts, with commas between")
    for name, metavar, what in (
        ("sizes", "EVENTS", "full refreshes"),
        ("histories", "CALLS", "stored calls before incremental runs"),
        ("peer-sizes", "EVENTS", "events that peers are given"),
        ("spark-sizes", "EVENTS", "events that Spark is given"),
    ):
        add(f"--{name}", metavar=metavar, type=numbers, help=f"{what} (default: %(default)s)")
    add("--peers", metavar="PEERS", type=names_of(peers.PEERS), help="which peers (default: %(default)s)")
    add("--repeats", metavar="N", type=int, help="runs of which the median is taken (default: %(default)s)")
    add("--quick", action="store_true", help="tiny data, one run each, no peer but the usual dbt style")
    add("--keep", metavar="FOLDER", help="keep generated data there and use it again. The full run needs 40 GB of disk")
    add("--out", metavar="FOLDER", type=Path, help="of the page, the figures and the plot (default: docs)")
    add("--tables", action="store_true", help="measure nothing; write tables and plot from benchmark.json")
    parser.set_defaults(**(QUICK if "--quick" in sys.argv else DEFAULTS))
    options = parser.parse_args()
    if options.quick and not options.out:
        parser.error("--quick says nothing of the package's cost: it needs --out FOLDER, so that docs stay as they are")
    options.out = options.out or ROOT / "docs"
    return options


def numbers(text: str) -> list[int]:
    return [number(part) for part in text.split(",")]


def number(text: str) -> int:
    found = re.fullmatch(r"([0-9.]+)([kM]?)", text)
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text} is not a number like 200k or 1.2M")
    return int(float(found[1]) * {"": 1, "k": 1_000, "M": 1_000_000}[found[2]])


def names_of(known: list[str] | dict) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        if unknown := [name for name in text.split(",") if name not in known]:
            raise argparse.ArgumentTypeError(f"no such thing: {', '.join(unknown)}; there are {', '.join(known)}")
        return text.split(",")

    return names


def set_up_peers(options: argparse.Namespace) -> None:
    """Installs the environment of the peers, and of the plot, where it is needed."""
    if options.quick and not (set(options.peers) - {"dbt"} and {"peers", "everything", "evidence"} & set(options.only)):
        return
    requirements, folder = ROOT / "requirements/benchmark.txt", PEERS_PYTHON.parents[1]
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return
    measure.say("Setting up .venv-benchmark from requirements/benchmark.txt (once, about a minute) ...")
    measure.run([PYTHON, "-m", "venv", folder])
    measure.run([PEERS_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
    stamp.write_text(requirements.read_text())


def measure_parts(folder: Path, options: argparse.Namespace) -> None:
    store = data.Store(folder, data.QUICK_CALLS_PER_DAY if options.quick else data.CALLS_PER_DAY)
    repeats, new_calls = options.repeats, QUICK_NEW_CALLS if options.quick else NEW_CALLS
    parts = {
        "full_refresh": lambda: full_refresh.measure_part(store, options.sizes, repeats),
        "incremental": lambda: incremental.measure_part(store, options.histories, new_calls, repeats),
        "one_load": lambda: one_load.measure_part(store, options.peer_sizes[-1], repeats),
        "peers": lambda: peers.measure_part(store, options.peer_sizes, options.peers, repeats),
        "everything": lambda: everything.measure_part(store, options.peer_sizes, options.peers, repeats),
        "evidence": lambda: evidence.measure_part(store, options.peer_sizes[-1:], options.peers, repeats),
        "memory": lambda: memory.measure_part(store, options.sizes[-1]),
        "loading": lambda: loading.measure_part(store, options.peer_sizes[-1], repeats),
        "small_build": lambda: small_build.measure_part(folder, repeats),
        "scheduled": lambda: scheduled.measure_part(store, options.histories, new_calls, repeats),
        "sources": lambda: sources.measure_part(
            folder,
            QUICK_SOURCES if options.quick else sources.names(),
            QUICK_RECORDS if options.quick else RECORDS,
            repeats,
        ),
        "spark": lambda: spark.measure_part(store, options.spark_sizes, new_calls),
    }
    results = {**report.read(options.out), "machine": report.machine()}
    for name in PARTS:
        if name in options.only:
            results[name] = parts[name]()
            report.write(results, options.out)
            measure.say(f"Saved {name} in {options.out}")


if __name__ == "__main__":
    os.environ.pop("DBT_PROFILES_DIR", None)
    sys.exit(main())
