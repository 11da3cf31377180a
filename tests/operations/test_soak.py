"""A short soak of scheduled runs (soak.py): kills, odd files, a reader all the while."""

import pytest

from operations.soak import Soak


@pytest.mark.long
def test_short_soak(tmp_path):
    soak = Soak(tmp_path, calls=2_500, seed=5)
    soak.soak(runs=12, is_small_disk=False)
    assert not soak.problems(), soak.report()
    assert soak.killed_in and soak.codes["12"] and soak.readers["reads"] > 10, soak.report()
