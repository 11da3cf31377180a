"""Measures what the package costs, beside what people would use instead, on the same data, threads and machine.

Parts, in this order:
  full_refresh  everything up to fct_calls from nothing, beside a bare group by and a plain copy of the raw table
  incremental   10,000 new calls, and as many late events, on stored histories of several sizes
  peers         the usual dbt style, Polars, ClickHouse in process and pandas; a peer whose rows differ does not count
  evidence      the aggregation of int_call_evidence_packed alone, from Parquet
  memory        the largest full refresh within a limit of memory
  small_build   where the time of `dbt build` goes on the bundled sample
  spark         Spark with one and two executors, only where --only asks for it: it needs Java and more than an hour

Every figure is printed as it is measured, and each part is saved when it is done: the raw figures in benchmark.json, the
tables in benchmark.md (between its markers; the prose is by hand), the plot in benchmark.svg. Seconds of models are
dbt's own, without its start-up and parsing; seconds of peers are without imports. A noisy machine moves seconds more
than ratios: compare ratios of one run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import data, evidence, full_refresh, incremental, measure, memory, report, small_build, spark
from benchmarks import run_peers as peers
from benchmarks.measure import ROOT

USUAL_PARTS = ["full_refresh", "incremental", "peers", "evidence", "memory", "small_build"]
PARTS = [*USUAL_PARTS, "spark"]
# Sizes are copies of one base of 200,000 calls (1.18 million events): with these, the parts share their databases.
DEFAULTS = {
    "sizes": "1.2M,12M,118M",
    "histories": "200k,2M,20M",
    "peer_sizes": "1.2M,12M",
    "spark_sizes": "10M,50M",
    "new_calls": "10k",
    "repeats": 3,
}
QUICK = {
    "sizes": "1k",
    "histories": "1k",
    "peer_sizes": "1k",
    "spark_sizes": "1k",
    "new_calls": "50",
    "repeats": 1,
    "peers": "dbt",
}


def main() -> int:
    options = parse_arguments()
    out = Path(options.out)
    if options.tables:
        report.write(report.read(out), out)
        return 0
    set_up_peers(options)
    with contextlib.ExitStack() as stack:
        folder = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark_"))).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            measure_parts(folder, out, options)
        except measure.Failed as failure:
            print(f"error: {failure}\nWhat was measured before is kept in {out}.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"interrupted; what was measured before is kept in {out}", file=sys.stderr)
            return 130
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="benchmarks/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="PARTS", type=names_of(PARTS), help="only these parts, with commas between")
    parser.add_argument(
        "--sizes", metavar="EVENTS", type=numbers, help=f"full refreshes (default: {DEFAULTS['sizes']})"
    )
    parser.add_argument(
        "--histories",
        metavar="CALLS",
        type=numbers,
        help=f"stored calls before incremental runs (default: {DEFAULTS['histories']})",
    )
    parser.add_argument(
        "--peer-sizes",
        metavar="EVENTS",
        type=numbers,
        help=f"events that peers are given (default: {DEFAULTS['peer_sizes']})",
    )
    parser.add_argument(
        "--peers", type=names_of([*peers.PEERS, "none"]), help=f"which of {','.join(peers.PEERS)}; or none"
    )
    parser.add_argument(
        "--spark-sizes",
        metavar="EVENTS",
        type=numbers,
        help=f"events that Spark is given (default: {DEFAULTS['spark_sizes']})",
    )
    parser.add_argument("--new-calls", metavar="CALLS", type=number, help="calls of an incremental run (default: 10k)")
    parser.add_argument("--repeats", metavar="N", type=int, help="runs of which the median is taken (default: 3)")
    parser.add_argument("--memory-limit", metavar="SIZE", default="4GB", help="of the part memory (default: 4GB)")
    parser.add_argument("--quick", action="store_true", help="tiny data, one run each, no peer but the usual dbt style")
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        help="generated data stays there and is used again; else it is"
        " temporary. The full run needs about 40 GB of disk (set TMPDIR, or this, to where they are)",
    )
    parser.add_argument("--out", metavar="FOLDER", help="where the page, the figures and the plot are (default: docs)")
    parser.add_argument(
        "--tables", action="store_true", help="measure nothing; write tables and plot from benchmarks.json"
    )
    options = parser.parse_args()
    if options.quick and not options.out:
        parser.error("--quick says nothing of the package's cost: it needs --out FOLDER, so that docs stay as they are")
    for name, value in {**DEFAULTS, "peers": ",".join(peers.PEERS), **(QUICK if options.quick else {})}.items():
        if getattr(options, name) is None:
            convert = {"peers": lambda text: text.split(","), "new_calls": number}.get(name, numbers)
            setattr(options, name, convert(value) if isinstance(value, str) else value)
    options.only = options.only or USUAL_PARTS
    options.peers = [name for name in options.peers if name != "none"]
    options.out = options.out or str(ROOT / "docs")
    return options


def number(text: str) -> int:
    found = re.fullmatch(r"([0-9.]+)([kM]?)", text)
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text} is not a number like 200k or 1.2M")
    return int(float(found[1]) * {"": 1, "k": 1_000, "M": 1_000_000}[found[2]])


def numbers(text: str) -> list[int]:
    return [number(part) for part in text.split(",")]


def names_of(known: list[str]):
    def names(text: str) -> list[str]:
        if unknown := [name for name in text.split(",") if name not in known]:
            raise argparse.ArgumentTypeError(f"no such thing: {', '.join(unknown)}; there are {', '.join(known)}")
        return text.split(",")

    return names


def set_up_peers(options) -> None:
    """Installs the peers' own environment where one of them is wanted."""
    wanted = set(options.peers) - {"dbt", "dbt_parquet"} and {"peers", "evidence"} & set(options.only)
    if options.quick and not wanted:
        return
    requirements = ROOT / "requirements" / "benchmark.txt"
    stamp = measure.PEERS_PYTHON.parents[1] / ".installed"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return
    measure.say("Setting up .venv-benchmark from requirements/benchmark.txt (once, about a minute) ...")
    subprocess.run([measure.PYTHON, "-m", "venv", measure.PEERS_PYTHON.parents[1]], check=True)
    subprocess.run(
        [measure.PEERS_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
        check=True,
    )
    stamp.write_text(requirements.read_text())


def measure_parts(folder: Path, out: Path, options) -> None:
    store = data.Store(folder, data.QUICK_CALLS_PER_DAY if options.quick else data.CALLS_PER_DAY)
    prepared: dict[Path, float] = {}  # databases whose models are complete, with the seconds of their full refresh
    parts = {
        "full_refresh": lambda: full_refresh.measure_part(store, options.sizes, options.repeats, prepared),
        "incremental": lambda: incremental.measure_part(
            store, options.histories, options.new_calls, options.repeats, prepared
        ),
        "peers": lambda: peers.measure_part(store, options.peer_sizes, options.peers, options.repeats, prepared),
        "evidence": lambda: evidence.measure_part(store, options.peer_sizes[-1:], options.peers, options.repeats),
        "memory": lambda: memory.measure_part(store, options.sizes[-1], options.memory_limit, prepared),
        "small_build": lambda: small_build.measure_part(folder, options.repeats),
        "spark": lambda: spark.measure_part(store, options.spark_sizes, options.new_calls, prepared),
    }
    results = report.read(out)
    results["machine"] = report.machine()
    for name in PARTS:
        if name in options.only:
            results[name] = parts[name]()
            report.write(results, out)
            measure.say(f"Saved {name} in {out}")


if __name__ == "__main__":
    os.environ.pop("DBT_PROFILES_DIR", None)
    sys.exit(main())
