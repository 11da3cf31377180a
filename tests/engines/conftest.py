"""Which engine the tests run on: CALL_STATUS_TEST_ENGINE, `duckdb` unless scripts/test --engine postgres, -spark or -iceberg says otherwise."""

import itertools
import os

import pytest
from warehouses import DuckDBWarehouse, IcebergWarehouse, PostgresServer, PostgresWarehouse, SparkWarehouse, start_spark

ENGINE = os.environ.get("CALL_STATUS_TEST_ENGINE", "duckdb")
# DuckDB is what the others are compared with.
collect_ignore = ["test_same_as_duckdb.py"] if ENGINE == "duckdb" else []
if ENGINE != "iceberg":
    collect_ignore.append("test_iceberg.py")


@pytest.fixture(scope="session")
def new_duckdb(tmp_path_factory, parse_cache):
    numbers = itertools.count(1)
    return lambda: DuckDBWarehouse(tmp_path_factory.mktemp(f"duckdb{next(numbers)}"), parse_cache)


@pytest.fixture(scope="session")
def new_engine(tmp_path_factory, new_duckdb):
    """Makes empty warehouses of the engine under test. On Spark, each is the end of the one before."""
    directory = tmp_path_factory.mktemp("engine")
    numbers = itertools.count(1)
    if ENGINE == "postgres":
        server = PostgresServer()
        yield lambda: PostgresWarehouse(directory / str(next(numbers)), server)
        server.stop()
    elif ENGINE in ("spark", "iceberg"):
        warehouse = {"spark": SparkWarehouse, "iceberg": IcebergWarehouse}[ENGINE]
        session = start_spark(directory, warehouse.tables)
        yield lambda: warehouse(directory / str(next(numbers)), session)
        session.stop()
    else:
        yield new_duckdb
