"""Serves the boards of charts/ in a browser, or writes one of their tables as CSV.

The database is --database, else CALL_STATUS_DB, else warehouse/call_status.duckdb where it exists, else the bundled sample,
which is built where it is missing. The boards only read it, and let go of it after each page: a `dbt build` can start meanwhile.
They are made with dbt Charts (`dct`), which is told not to report its use.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import duckdb
import yaml

from call_status_tools import ROOT
from call_status_tools.errors import UserError
from call_status_tools.loading.database import DEFAULT_DATABASE
from call_status_tools.sample import run

CHARTS = ROOT / "charts"
DCT = Path(sys.executable).with_name("dct")
HOST = "localhost"
PORT = 8095
SECONDS_TO_START = 60
# Filters that take several values; the others take one.
LISTS = ("multiselect", "daterange")
RELATION = re.compile(r"\b(?:from|join)\s+([a-z_]+)\b(?!\s*\()")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/board", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", type=Path, metavar="FILE", help="a DuckDB file in which `dbt build` has run")
    parser.add_argument("--sample", action="store_true", help="the bundled sample, whatever else there is")
    parser.add_argument("--port", type=int, default=PORT, help=f"where the boards are served on this machine ({PORT})")
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"the address that is listened on ({HOST}); 0.0.0.0 lets other machines in, without a password",
    )
    parser.add_argument("--csv", metavar="BOARD/TABLE", help="write this table instead, for instance callbacks/to_call")
    parser.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="NAME=VALUE,...",
        help="with --csv: a filter of the board, for instance dates=2026-03-09,2026-03-13; may be repeated",
    )
    options = parser.parse_args(argv)
    if options.database and options.sample:
        parser.error("--database and --sample exclude each other")
    if options.filter and not options.csv:
        parser.error("--filter goes with --csv; on a board, set its filters in the browser")
    try:
        database = find_database(options.database, options.sample)
        check(database)
        if options.csv:
            write_csv(database, options.csv, options.filter, sys.stdout)
        else:
            serve(database, options.port, options.host)
    except UserError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


# ---- the database ----------------------------------------------------------------------------------------------------


def find_database(named: Path | None, is_sample: bool) -> Path:
    """The database to show. Builds the sample where that is meant and it is missing."""
    if not is_sample:
        by_variable = os.environ.get("CALL_STATUS_DB")
        if named or by_variable:
            return Path(named or by_variable).absolute()
        if DEFAULT_DATABASE.exists():
            return DEFAULT_DATABASE
    if not run.SAMPLE_DATABASE.exists():
        print("Building the sample first, about half a minute ...", file=sys.stderr)
        run.build_sample(run.SAMPLE_DATABASE)
    return run.SAMPLE_DATABASE


def check(database: Path) -> None:
    """Raises UserError where the boards would find nothing in it."""
    if not database.exists():
        raise UserError(
            f"there is no database {database}; load events with scripts/load and run `.venv/bin/dbt build`, or leave it out to see the sample"
        )
    try:
        with duckdb.connect(str(database), read_only=True) as warehouse:
            names = "select table_name from information_schema.tables where table_schema = 'main'"
            there = {name for (name,) in warehouse.execute(names).fetchall()}
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) and "lock" in str(error):
            raise UserError(f"{database} is in use by another program; try again when it is done") from None
        raise UserError(f"{database} cannot be read as a DuckDB file of this version") from None
    missing = sorted(relations_of_boards() - there)
    if "fct_calls" in missing:
        raise UserError(f"{database} holds no facts yet; run `.venv/bin/dbt build`")
    if missing:
        raise UserError(f"{database} was built without {', '.join(missing)}; run `.venv/bin/dbt build`")


def relations_of_boards() -> set[str]:
    """The relations that the boards read, those of their filters among them."""
    ours = {path.stem for path in (ROOT / "models" / "marts").rglob("*.sql")}
    return ours & {name for file in CHARTS.glob("*.yml") for name in RELATION.findall(file.read_text("utf-8"))}


def environment(database: Path) -> dict[str, str]:
    return {**os.environ, "CALL_STATUS_DB": str(database), "DO_NOT_TRACK": "1", "PYTHONWARNINGS": "ignore"}


# ---- in a browser ----------------------------------------------------------------------------------------------------


def serve(database: Path, port: int, host: str) -> None:
    """Serves until it is interrupted."""
    endings = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)  # sigwait takes them, and the server is ended in order
    with served(database, port, host=host) as url:
        shown = database.relative_to(ROOT) if database.is_relative_to(ROOT) else database
        print(f"The boards: {url}\nThe data: {shown}. Ctrl-C ends it.", flush=True)
        signal.sigwait(endings)


@contextlib.contextmanager
def served(
    database: Path,
    port: int,
    project: Path = ROOT,
    log: Path = ROOT / "logs" / "board.log",
    variables: Mapping[str, str] | None = None,
    host: str = HOST,
) -> Iterator[str]:
    """The address of the boards, which are served meanwhile. Raises UserError where they cannot be.

    `project` has the folder charts/ and dbt_charts.yml. `variables` are added to the server's environment.

    A copy is served: dct reloads open pages whenever a file changes below the folder that it serves, which in this project
    would be at every line of a log.
    """
    if not is_free(port):
        raise UserError(f"port {port} is taken; name another one with --port")
    log.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, log.open("w") as out:
        shutil.copytree(project / "charts", Path(folder) / "charts")
        shutil.copy(project / "dbt_charts.yml", folder)
        command = [DCT, "serve", "--host", host, "--port", str(port), "--no-cache", "--project-dir", folder]
        # In a session of its own: Ctrl-C in the terminal reaches this program, which then ends the server.
        server = subprocess.Popen(
            command,
            env={**environment(database), **(variables or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, ()),
        )
        try:
            wait_for(server, port, log)
            yield f"http://localhost:{port}/"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    """Returns when the server answers. Raises UserError where it ends or stays silent."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}/health", timeout=1):
            return
        time.sleep(0.1)
    raise UserError(f"the boards did not start; {log} says why")


# ---- a table as a file -----------------------------------------------------------------------------------------------


def write_csv(database: Path, table: str, filters: list[str], out: IO[str]) -> None:
    """Writes all rows of one table of a board, filtered as the board would be."""
    board, _, name = table.partition("/")
    tables = tables_of(board)
    if name not in tables:
        raise UserError(f"--csv takes one of: {', '.join(sorted(all_tables()))}")
    command = [DCT, "render", CHARTS / f"{board}.yml", "--format", "data", "--output", "-", "--no-cache"]
    for one in filters:
        command += ["--var", variable(board, one)]
    done = subprocess.run(
        [*command, "--project-dir", ROOT], env=environment(database), capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise UserError(f"the board {board} cannot be read:\n{done.stderr.strip()}")
    rows = json.loads(done.stdout)["queries"][tables[name]]["rows"]
    writer = csv.writer(out, lineterminator="\n")
    for place, row in enumerate(rows):
        if place == 0:
            writer.writerow(row)
        writer.writerow([as_text(value) for value in row.values()])


FORMULA = re.compile(r"[=@]|[+-]\D")


def as_text(value) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe. A number of a phone is none."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def board_files() -> dict[str, dict]:
    """Name of a board → what its file says."""
    return {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in CHARTS.glob("*.yml") if file.stem != "meta"}


def tables_of(board: str) -> dict[str, str]:
    """Table of a board → its query. Empty for a board that there is not."""
    charts = board_files().get(board, {}).get("charts", {})
    return {name: chart["query"] for name, chart in charts.items() if chart["type"] == "table"}


def all_tables() -> list[str]:
    return [f"{board}/{table}" for board in board_files() for table in tables_of(board)]


def variable(board: str, text: str) -> str:
    """`number=+1,+2` as dct wants it. Raises UserError for a filter that the board has not."""
    name, _, value = text.partition("=")
    shared = yaml.safe_load((CHARTS / "meta.yml").read_text("utf-8"))["variables"]
    of_board = board_files()[board].get("variables", {})
    filters = {key: {**shared.get(key, {}), **of_board.get(key, {})} for key in {*shared, *of_board}}
    if name not in filters or not value:
        raise UserError(f"--filter takes NAME=VALUE, where NAME is one of: {', '.join(sorted(filters))}")
    return f"{name}={json.dumps(value.split(',')) if filters[name]['input'] in LISTS else value}"


if __name__ == "__main__":
    sys.exit(main())
