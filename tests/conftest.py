"""Fixtures shared by the tests that run dbt."""

import gc
import itertools
import os

import pytest
from call_status_tools.dbt import RARE_COLLECTIONS
from support import parsing
from support.harness import PROJECT, Warehouse

# For what tests start as processes of their own.
os.environ["PYTHONPATH"] = os.pathsep.join(str(PROJECT / folder) for folder in ("scripts", "tests", "."))

RUN_ALL = bool(os.environ.get("CALL_STATUS_TEST_ALL"))


# Between commands as within them, tests collect garbage rarely.
gc.set_threshold(*RARE_COLLECTIONS)


def pytest_configure(config):
    config.addinivalue_line("markers", "long: runs with scripts/test --all only")


# What takes longest comes first: where it came last, one worker would wait for the other for minutes.
FIRST = ("runs/test_histories.py", "runs/", "walks/", "loading/", "rules/")


def place_in_order(item) -> int:
    path = item.path.relative_to(PROJECT / "tests").as_posix()
    return next((place for place, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))


def pytest_collection_modifyitems(items):
    items.sort(key=place_in_order)
    for item in items:
        if "long" in item.keywords and not RUN_ALL:
            item.add_marker(pytest.mark.skip(reason="scripts/test --all runs it"))


@pytest.fixture(scope="session")
def parse_cache(tmp_path_factory):
    """Where warehouses share what dbt has parsed."""
    folder = tmp_path_factory.mktemp("parse")
    # Each worker has a folder of its own within that of the test run.
    of_run = folder.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else folder.parent
    parsing.shared_folder = of_run / "parsed"
    parsing.shared_folder.mkdir(exist_ok=True)
    return folder


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
    warehouse.vars = run.variables_of_sample()
    warehouse.dbt("seed", "--target", "sample_raw")
    warehouse.dbt("build", vars=warehouse.vars)
    return warehouse
