"""DuckLake: tables in Parquet files of a folder, their catalog in PostgreSQL. The extensions come from Python packages."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import shutil
from pathlib import Path

import duckdb
from support.harness import as_dictionaries

from engines.warehouses import EngineWarehouse, columns_of
from engines.warehouses.postgres import PostgresServer

READS_JSON = True
SOURCES_AT_ONCE = 0  # scripts/load, which brings records into the raw tables, needs DuckDB 2.0.
# Not loads, and one thread of dbt: DuckLake 1.0 on DuckDB 1.5.5 may fail where two transactions commit at once (duckdb/ducklake#1248).
MEANWHILE = ["read"]
# A statement costs a round trip to the catalog and a commit, where DuckDB alone has neither.
LONG = [
    "test_scenarios",
    "test_hashed_numbers",
    "test_refused_events_leave_with_their_load",
    "test_tables_of_the_firm",
    "test_random_calls",
]
EXTENSIONS = ("ducklake", "postgres_scanner")


@contextlib.contextmanager
def started(directory: Path):
    extensions = extension_directory(directory / "extensions")
    server = PostgresServer()
    try:
        yield lambda folder: DuckLakeWarehouse(folder, server, extensions)
    finally:
        server.stop()


def extension_directory(folder: Path) -> Path:
    """A folder in which DuckDB finds the extensions, as if it had installed them."""
    platform = duckdb.sql("pragma platform").fetchone()[0]
    for name in EXTENSIONS:
        package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        (file,) = package.glob(f"extensions/v{duckdb.__version__}/{name}.duckdb_extension")
        place = folder / file.parent.name / platform
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    return folder


class DuckLakeWarehouse(EngineWarehouse):
    def __init__(self, directory: Path, server: PostgresServer, extensions: Path):
        super().__init__(directory)
        self.extensions = extensions
        database = "lake_" + hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        server.execute(f"create database {database}")
        self.catalog = f"ducklake:postgres:host={server.directory} user=call_status dbname={database}"
        self.data = self.directory / "data"

    def profile(self) -> dict:
        return {
            "type": "duckdb",
            "path": ":memory:",
            "database": "lake",
            "schema": "main",
            "threads": 1,
            "config_options": {"extension_directory": str(self.extensions)},
            "extensions": list(EXTENSIONS),
            "attach": [{"path": self.catalog, "alias": "lake", "options": {"data_path": str(self.data)}}],
            "settings": {"TimeZone": "UTC", "preserve_insertion_order": False},
        }

    @contextlib.contextmanager
    def connect(self):
        with duckdb.connect(config={"extension_directory": str(self.extensions)}) as connection:
            for name in EXTENSIONS:
                connection.execute(f"load {name}")
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{self.catalog}' as lake (data_path '{self.data}')")
            connection.execute("use lake")
            yield connection

    def append_from(self, duckdb_file: Path, table: str) -> None:
        with duckdb.connect(duckdb_file, read_only=True) as source:
            names = ", ".join(columns_of(source, table))
        with self.connect() as connection:
            connection.execute(f"attach '{duckdb_file}' as source (read_only)")
            connection.execute("create schema if not exists lake.raw")
            connection.execute(f"create table if not exists lake.{table} as from source.{table} limit 0")
            connection.execute(f"insert into lake.{table} ({names}) select {names} from source.{table}")

    def query(self, sql: str) -> list[dict]:
        with self.connect() as connection:
            return as_dictionaries(connection.execute(sql))

    def moment(self, column: str) -> str:
        return f"case when isinf({column}) then {column}::varchar else epoch_us({column})::varchar end"
