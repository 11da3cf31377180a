"""Fixtures shared by the tests that run dbt."""

import itertools

import pytest
from support.harness import Warehouse


@pytest.fixture(scope="session")
def parse_cache(tmp_path_factory):
    """Where warehouses share what dbt has parsed."""
    return tmp_path_factory.mktemp("parse")


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory, parse_cache):
    """Makes empty warehouses, as many as a test wants."""
    numbers = itertools.count(1)
    return lambda: Warehouse(tmp_path_factory.mktemp(f"warehouse{next(numbers)}"), parse_cache)


@pytest.fixture(scope="session")
def sample(new_warehouse):
    """The warehouse that scripts/run builds. Shared: tests may build it again, not change its raw events."""
    from call_status_tools.sample import run

    warehouse = new_warehouse()
    warehouse.vars = {"call_status_as_of": run.end_of_sample()}
    warehouse.dbt("seed", "--target", "sample_raw")
    warehouse.dbt("build", vars=warehouse.vars)
    return warehouse
