"""Runs one peer and prints its seconds: from opening the input to having written the result, without imports."""

import argparse
import importlib
import json
import time

from benchmarks.peers.task import Task


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("name", help="dbt, polars, clickhouse or pandas")
    parser.add_argument("job", choices=["calls", "evidence", "everything"])
    parser.add_argument("--input", required=True, help="the Parquet file, or the DuckDB database, with the raw events")
    parser.add_argument("--output", required=True, help="the Parquet file to write; of everything, the folder")
    parser.add_argument("--rules", required=True, help="the file that benchmarks.rules_process has written")
    parser.add_argument("--as-of", required=True, help="the clock, UTC")
    options = parser.parse_args()
    task = Task(options.input, options.output, options.as_of, options.rules)
    peer = importlib.import_module(f"benchmarks.peers.{options.name}")
    started = time.monotonic()
    getattr(peer, options.job)(task)
    seconds = time.monotonic() - started
    if hasattr(peer, "export"):
        peer.export(task)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
