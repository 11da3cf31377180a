"""The project's own hygiene: it parses without a warning, it is lint-free, commands are documented, dbt is called in one way."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.harness import PROJECT

BIN = Path(sys.executable).parent

# Modules that call dbt by themselves → why they do not use `run_dbt` of call_status_tools/dbt.py.
CALLS_DBT = {
    "scripts/call_status_tools/dbt.py": "it is run_dbt",
    "tests/engines/render.py": "dbt with stand-ins for an engine's drivers, in a process of its own",
}


def run(*command):
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def test_parse_without_a_warning(tmp_path):
    result = run(
        BIN / "dbt", "--warn-error", "parse", "--no-partial-parse", "--target-path", tmp_path, "--log-path", tmp_path
    )
    assert result.returncode == 0, result.stdout
    assert "[WARNING]" not in result.stdout, result.stdout


# ---- linters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [("sqlfluff", "lint", "models"), ("ruff", "check", "."), ("ruff", "format", "--check", ".")],
    ids=" ".join,
)
def test_linters_find_nothing(command):
    name, *arguments = command
    result = run(BIN / name, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr


# ---- Python ---------------------------------------------------------------------------------------------------------


def calls_dbt(module: Path) -> bool:
    """Whether a module imports the class that runs dbt."""
    imports = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return any(name.name == "dbtRunner" for node in imports for name in node.names)


def test_dbt_is_called_in_one_way():
    """By run_dbt, which puts the environment and the working directory back and releases the database."""
    modules = [module for folder in ("scripts", "tests") for module in (PROJECT / folder).rglob("*.py")]
    found = {str(module.relative_to(PROJECT)) for module in modules if calls_dbt(module)}
    assert found - CALLS_DBT.keys() == set(), "call run_dbt of call_status_tools/dbt.py"
    assert CALLS_DBT.keys() - found == set(), "these call dbt no more: take them out of CALLS_DBT"


# ---- commands -------------------------------------------------------------------------------------------------------


def test_every_command_is_in_the_table():
    """scripts/README.md: command, what for, example. An example begins with its command."""
    commands = {
        str(path.relative_to(PROJECT))
        for folder in ("scripts", "benchmarks")
        for path in (PROJECT / folder).iterdir()
        if path.is_file() and os.access(path, os.X_OK)
    }
    page = (PROJECT / "scripts" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\S+)` \| ([^|]+) \| `([^`]+)` \|$", page, re.MULTILINE)
    assert {command for command, _, _ in rows} == commands
    assert [example for command, _, example in rows if not example.startswith(command)] == []


# ---- models ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", sorted((PROJECT / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_models_do_not_ask_for_the_engine(model):
    assert not re.search(r"target\.(type|name)|adapter\.", model.read_text())
