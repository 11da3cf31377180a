"""What a walk is made in."""

import shutil
import sys
from pathlib import Path

import pytest
from support.harness import PROJECT

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache"
)


@pytest.fixture
def project(tmp_path):
    """A copy of the project, with the environment of this one."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    return copy
