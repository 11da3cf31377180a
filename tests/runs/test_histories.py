"""Histories of runs in an odd order (histories.py), and that they notice faults which are put back (faults.py)."""

import os

import pytest
from support.harness import Warehouse

from runs import faults, histories

SEEDS = int(os.environ.get("CALL_STATUS_SEEDS", 4 if os.environ.get("CALL_STATUS_TEST_ALL") else 1))


@pytest.fixture(scope="session")
def colliding_project(tmp_path_factory):
    return histories.colliding_project(tmp_path_factory.mktemp("colliding"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_the_order_a_whole_run_is_the_reference(seed, tmp_path, colliding_project, parse_cache):
    with histories.moving_clock() as clock:
        histories.play(
            histories.History(Warehouse(tmp_path, parse_cache / "histories", colliding_project), seed), clock
        )


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_every_fault_can_be_put_back(fault, colliding_project):
    """The text that a fault replaces is there, once."""
    fault.replacements_in(colliding_project)


@pytest.mark.long
@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_a_fault_that_is_put_back_turns_a_history_red(fault, tmp_path):
    assert faults.first_red_seed(fault, tmp_path, range(fault.seed, 200)) is not None, (
        f"200 histories do not notice: {fault.what}"
    )
