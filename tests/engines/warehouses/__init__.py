"""The engines that the tests run on: one module each, found by its name. scripts/test --engine NAME runs on NAME.

A module has a context manager `started(directory)`: it starts the engine, gives a function that makes an empty warehouse
in a folder, and stops the engine. A warehouse has these methods:

    dbt(*command, vars=None)       runs dbt on it
    compiled(sql)                  SQL with the package's macros in it, as dbt renders it for the engine
    append_from(file, table)       appends a table of a DuckDB file to the one of the same name
    query(sql)                     the rows, a dictionary each
    moment(column)                 SQL: a time as text, the same on every engine

EngineWarehouse brings the first two. A module may also say what its engine can be tried with:

    READS_JSON = True        its macros read JSON; on the others they raise an error
    SOME_SOURCES = [...]     those that are tried unless CALL_STATUS_TEST_ALL is set; else all, set or not
    SOURCES_AT_ONCE = 1      how many of them fit into one run; 0 tries none; else all
    SAMPLE_SOURCES = [...]   those of the sample's sources whose models fit; else all
    ERASES_CUSTOMERS = True  erase_customer runs there; on the others it raises an error

And what else differs in the tests:

    MEANWHILE = [...]       what other programs may do while dbt runs: "read", "load"
    LONG = [...]            tests that run only if CALL_STATUS_TEST_ALL is set

What only one engine can be tested for is in tests/engines/test_<name>.py.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
from pathlib import Path

import duckdb
import yaml
from sources import records
from support.harness import PROJECT, Warehouse
from support.parsing import run_with_what_was_parsed

# The engine under test.
ENGINE = os.environ.get("CALL_STATUS_TEST_ENGINE", "duckdb")


def said(name: str, otherwise):
    """What the module of the engine under test says of sources."""
    return getattr(find(ENGINE), name, otherwise)


def reads_json() -> bool:
    return said("READS_JSON", False)


def erases_customers() -> bool:
    """Whether call_status.erase_customer runs on the engine."""
    return said("ERASES_CUSTOMERS", False)


def is_in_json(source: str) -> bool:
    """Whether a source's raw tables hold JSON, which some engines do not read."""
    files = [*(PROJECT / "models/staging" / source).glob("*.sql"), *(PROJECT / "macros/sources").glob(f"{source}.sql")]
    return any("call_status.json_" in path.read_text("utf-8") for path in files)


def sources_of_a_run() -> list[list[str]]:
    """The sources that the engine under test is tried with, in groups of those that fit into one run."""
    found = [name for name in records.sources() if reads_json() or not is_in_json(name)]
    if not os.environ.get("CALL_STATUS_TEST_ALL"):
        found = said("SOME_SOURCES", found)
    size = said("SOURCES_AT_ONCE", len(found))
    return [found[start : start + size] for start in range(0, len(found), size)] if size else []


def sources_of_sample(sources: list[str]) -> list[str]:
    """Those of the sample's sources whose models fit into the engine under test."""
    return said("SAMPLE_SOURCES", sources)


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def find(name: str):
    """The module of an engine."""
    return importlib.import_module(f"{__name__}.{name}")


class EngineWarehouse:
    """One database of an engine other than DuckDB, and this dbt project on it."""

    project = PROJECT

    def __init__(self, directory: Path):
        self.directory = Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)

    def profile(self) -> dict:
        """dbt's connection to this database. It sets the session's time zone to UTC, so that no cast depends on the machine."""
        raise NotImplementedError

    def append_from(self, duckdb_file: Path, table: str) -> None:
        """Appends a table of a DuckDB file to the one of the same name, which is made if it is not there."""
        raise NotImplementedError

    def query(self, sql: str) -> list[dict]:
        raise NotImplementedError

    def moment(self, column: str) -> str:
        """SQL: microseconds since 1970 as text, or `infinity`, so that no client's time zone touches the time."""
        raise NotImplementedError

    def dbt(self, *args: str, vars: dict | None = None):
        """Runs a dbt command; raises DbtFailed. Returns dbt's result."""
        write_profile(self.directory, self.profile())
        variables = json.dumps(vars or {}, default=str, sort_keys=True)
        return run_with_what_was_parsed(
            (self.project, json.dumps(self.profile(), sort_keys=True)),
            args,
            vars=vars or {},
            project_dir=self.project,
            profiles_dir=self.directory,
            target_path=self.directory / "target" / hashlib.sha256(variables.encode()).hexdigest()[:12],
            log_path=self.directory / "logs",
        )

    def compiled(self, sql: str) -> str:
        """SQL with the package's macros in it, as dbt renders it for this engine."""
        return self.dbt("compile", "--inline", sql).results[0].node.compiled_code


def write_profile(folder: Path, connection: dict) -> None:
    """The profiles.yml of a project with one connection."""
    profile = {"call_status": {"target": "engine", "outputs": {"engine": connection}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))


def raw_tables(rows: list[dict], directory: Path) -> Path:
    """A DuckDB file with a raw table of just these rows, typed."""
    shutil.rmtree(directory, ignore_errors=True)
    scratch = Warehouse(directory)
    scratch.write_events(rows)
    return scratch.path


def columns_of(source: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column, quoted: phone systems have columns such as `from`; → DuckDB's type."""
    return {f'"{name}"': kind for name, kind, *_ in source.execute(f"describe {table}").fetchall()}
