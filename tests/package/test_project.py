"""The project's own hygiene: it parses without a warning, it is lint-free, and no model asks which engine it runs on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.harness import PROJECT

BIN = Path(sys.executable).parent


def run(*command):
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def test_parse_without_a_warning(tmp_path):
    result = run(
        BIN / "dbt", "--warn-error", "parse", "--no-partial-parse", "--target-path", tmp_path, "--log-path", tmp_path
    )
    assert result.returncode == 0, result.stdout
    assert "[WARNING]" not in result.stdout, result.stdout


def test_sqlfluff_is_clean():
    result = run(BIN / "sqlfluff", "lint", "models", "analyses")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("model", sorted((PROJECT / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_models_do_not_ask_for_the_engine(model):
    assert not re.search(r"target\.(type|name)|adapter\.", model.read_text())
