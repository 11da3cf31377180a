"""The walk through "An engine" of CONTRIBUTING.md (walk.py)."""

import pytest

from walks.walk import CHANGELOG, Edit, pytest_in, walk


@pytest.mark.long
def test_an_engine(project):
    """DuckDB under another name, with one macro of its own."""
    edits = [
        Edit(
            "macros/engine/<name>.sql",
            name="mirror",
            append="{#- DuckDB under another name. -#}\n\n{% macro mirror__type_double() -%}double{%- endmacro %}\n",
        ),
        Edit(
            "tests/engines/warehouses/<name>.py",
            name="mirror",
            append='''"""DuckDB under another name."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb

from engines.warehouses.duckdb import DuckDBWarehouse

READS_JSON = True


@contextlib.contextmanager
def started(directory: Path):
    yield lambda folder: MirrorWarehouse(folder, directory / "parse")


class MirrorWarehouse(DuckDBWarehouse):
    def append_from(self, duckdb_file: Path, table: str) -> None:
        with duckdb.connect(self.path) as connection:
            connection.execute(f"attach '{duckdb_file}' as theirs (read_only); create schema if not exists raw")
            connection.execute(f"create table if not exists {table} as from theirs.{table} limit 0")
            connection.execute(f"insert into {table} from theirs.{table}")
''',
        ),
        Edit("requirements/<name>.txt", name="mirror", append="# The same as for DuckDB.\n-r dev.txt\n"),
        Edit(
            "docs/engines.md",
            {"| Snowflake | compiled |": "| Mirror | run | all | nothing |\n| Snowflake | compiled |"},
        ),
        CHANGELOG,
    ]
    walk(project, "An engine", edits)
    arguments = ("tests/engines", "-k", "conformance or sample or dispatch or interface")
    pytest_in(project, *arguments, CALL_STATUS_TEST_ENGINE="mirror")
