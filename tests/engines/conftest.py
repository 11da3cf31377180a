"""The engine that the tests run on: CALL_STATUS_TEST_ENGINE, which scripts/test --engine NAME sets; `duckdb` otherwise."""

import itertools
import os

import pytest

from engines import warehouses
from engines.warehouses import ENGINE

RUN_ALL = bool(os.environ.get("CALL_STATUS_TEST_ALL"))

# test_<engine>.py is about that engine alone.
collect_ignore = [f"test_{name}.py" for name in warehouses.names() if name != ENGINE]
collect_ignore += ["test_same_as_duckdb.py", "test_operations.py"] if ENGINE == "duckdb" else ["test_dialects.py"]


def pytest_collection_modifyitems(items):
    for item in items:
        if getattr(item, "originalname", item.name) in warehouses.said("LONG", []) and not RUN_ALL:
            item.add_marker(pytest.mark.skip(reason="CALL_STATUS_TEST_ALL=1 runs it"))


@pytest.fixture(scope="session")
def new_duckdb(tmp_path_factory):
    yield from makes_warehouses("duckdb", tmp_path_factory)


@pytest.fixture(scope="session")
def new_engine(tmp_path_factory):
    """Makes empty warehouses of the engine under test. On Spark, each is the end of the one before."""
    yield from makes_warehouses(ENGINE, tmp_path_factory)


def makes_warehouses(name, tmp_path_factory):
    directory = tmp_path_factory.mktemp(name)
    numbers = itertools.count(1)
    with warehouses.find(name).started(directory) as new_warehouse:
        yield lambda: new_warehouse(directory / str(next(numbers)))
