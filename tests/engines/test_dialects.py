"""Engines that are not run here: what they would get is rendered with their own dbt adapter, and parsed.

`scripts/test --engine dialects` installs the adapters' macros and runs all of this; `scripts/test` runs what only reads
files. A parser knows the grammar and not the engine, so the functions that are called are compared with lists as well.
Nothing here is a run.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from support.harness import PROJECT

from engines import dialects, warehouses

sqlglot = pytest.importorskip("sqlglot")

ADAPTERS = PROJECT / ".venv-dialects"
RENDER = PROJECT / "tests" / "engines" / "render.py"
needs_adapters = pytest.mark.skipif(
    not os.environ.get("CALL_STATUS_TEST_DIALECTS"), reason="scripts/test --engine dialects runs it"
)

DIALECTS = {name: dialects.find(name) for name in dialects.names()}
FUNCTIONS_ANYWHERE = (
    "abs coalesce count floor greatest max min nullif replace round row_number substr substring sum trim upper".split()
)
NOT_FUNCTIONS = """
    all and as by case cast decimal else end except exists from having in intersect interval is join nullable numeric not on or over select
    safe_cast then timestamp try_cast union using values when where
""".split()


# ---- one file per engine --------------------------------------------------------------------------------------------

FILES = {path.stem: path.read_text() for path in sorted((PROJECT / "macros" / "engine").glob("*.sql"))}
INTERFACE = FILES["interface"]
DISPATCHED = re.findall(r"adapter\.dispatch\('(\w+)', 'call_status'\)", INTERFACE)


def macros_in(text):
    return re.findall(r"\{%-? macro (\w+)\(", text)


def implementations(name):
    """The engines that have an implementation of their own."""
    found = [macro.removesuffix(f"__{name}") for text in FILES.values() for macro in macros_in(text)]
    return set(found) & {*warehouses.names(), *dialects.names()}


def test_all_dispatchers_are_in_the_interface():
    elsewhere = {
        (path.stem, name)
        for path in (PROJECT / "macros").rglob("*.sql")
        if path.stem != "interface"
        for name in re.findall(r"adapter\.dispatch\('(\w+)'", path.read_text())
    }
    # A project may replace the rules, the statuses, what its sources can prove, its raw tables, and what is worth a word.
    assert elsewhere == {
        ("status_rules", "status_rules"),
        ("call_statuses", "call_statuses"),
        ("capabilities", "source_capabilities"),
        ("read_raw_table", "raw_table"),
        ("notices", "notice_limits"),
    }


@pytest.mark.parametrize("name", DISPATCHED)
def test_a_dispatcher_has_a_contract_and_a_default(name):
    contract = re.search(rf"\{{#-\n((?:(?!#\}}).)*)\n-#\}}\n\{{% macro {name}\(", INTERFACE, re.DOTALL)
    assert contract and re.search(r"^    (Takes|Gives)   ", contract[1], re.MULTILINE)
    assert f"default__{name}" in macros_in(INTERFACE)


def test_the_interface_says_what_is_not_dispatched():
    others = set(macros_in(INTERFACE)) - set(DISPATCHED) - {f"default__{name}" for name in DISPATCHED}
    said = re.findall(r"\{#-\n    Not dispatched(?:(?!#\}).)*#\}\n\{% macro (\w+)\(", INTERFACE, re.DOTALL)
    assert others == set(said)


@pytest.mark.parametrize("file", sorted(FILES.keys() - {"interface"}))
def test_a_file_holds_one_engine(file):
    """Implementations for the engine of its name, or for one whose adapter takes that engine's macros; and their helpers."""
    engine = file.split("_")[0]
    for macro in macros_in(FILES[file]):
        prefix, is_implementation, name = macro.partition("__")
        if is_implementation:
            assert name in DISPATCHED
            assert prefix == engine or (prefix not in FILES and DIALECTS[prefix].parent == engine)


@pytest.mark.parametrize("engine", [*warehouses.names(), *dialects.names()])
def test_what_is_said_of_an_engine(engine):
    """The head of its file says whether it is run, and both tables of engines have a row for it."""
    is_compiled = engine in DIALECTS
    if engine in FILES:
        head = FILES[engine].split("-#}")[0]
        assert ("only compiled for it, never run" if is_compiled else ": run, by `scripts/test") in head
    folder = "dialects" if is_compiled else "warehouses"
    assert f"| `{folder}/{engine}.py` |" in (PROJECT / "macros" / "engine" / "README.md").read_text()
    assert re.search(rf"^\| .*{engine}", (PROJECT / "docs" / "engines.md").read_text(), re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("engine", DIALECTS)
@pytest.mark.parametrize("name", DISPATCHED)
def test_every_engine_has_every_macro(name, engine):
    """An engine that is not run has its own macro, or takes one that was judged right for it."""
    dialect, found = DIALECTS[engine], implementations(name)
    default_is_right = name in dialect.default_is_right.split()
    assert not (engine in found and default_is_right), "it has its own: the default is not used"
    if engine in found or (dialect.is_rebuilt and name in ("replace_rows", "is_atomic_table")):
        return
    if re.search(rf"macro default__{name}\(.*call_status\.raise_no_(json|erasure)\(\)", INTERFACE):
        return  # it says itself that it is not there
    assert not (engine == "redshift" and "postgres" in found), "Redshift would take PostgreSQL's, which it cannot run"
    assert dialect.parent in found or default_is_right, "neither its own nor a default that was looked up"


def test_defaults_that_are_right_are_macros():
    assert {name for dialect in DIALECTS.values() for name in dialect.default_is_right.split()} <= set(DISPATCHED)


# ---- rendered and parsed --------------------------------------------------------------------------------------------


def render(engine, out, *options, project=PROJECT):
    return subprocess.run(
        [sys.executable, RENDER, engine, ADAPTERS, project, out, *options],
        capture_output=True,
        text=True,
        cwd=out.parent,
    )


@pytest.fixture(scope="module", params=DIALECTS)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def statements(engine, tmp_path_factory):
    """Everything that a first run, a further one and a backfill would send: (what it is for, SQL)."""
    out = tmp_path_factory.mktemp(engine) / "statements.json"
    result = render(engine, out)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return [
        (purpose, sql)
        for purpose, sql in json.loads(out.read_text())
        if not (DIALECTS[engine].is_rebuilt and purpose.startswith(("further run", "backfill")))
    ]


def without_text(sql):
    """SQL without comments and the insides of literals."""
    sql = re.sub(r"/\*.*?\*/", "", sql, flags=re.DOTALL)
    return re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", re.sub(r"--.*", "", sql))


@needs_adapters
def test_every_model_is_rendered(engine, statements):
    rendered = {purpose for purpose, _ in statements}
    # An ephemeral model, as all of staging is, is a part of the models behind it.
    models = [path for path in (PROJECT / "models").rglob("*.sql") if "staging" not in path.parts]
    for path in (path for path in models if "materialized='ephemeral'" not in path.read_text("utf-8")):
        for run in ["first run"] + ([] if DIALECTS[engine].is_rebuilt else ["further run", "backfill"]):
            assert f"{run}: model {path.stem}" in rendered


@needs_adapters
def test_it_parses(engine, statements):
    problems = []
    for purpose, sql in statements:
        try:
            parsed = [tree for tree in sqlglot.parse(sql, dialect=engine) if tree]
        except sqlglot.errors.ParseError as error:
            problems.append(f"{purpose}: {error}")
            continue
        # What it does not understand it takes for a command.
        problems += [
            f"{purpose}: not understood: {tree.sql()[:200]}" for tree in parsed if isinstance(tree, sqlglot.exp.Command)
        ]
    assert not problems, "\n\n".join(problems)


@needs_adapters
def test_it_calls_only_functions_of_the_engine(engine, statements):
    known = {*FUNCTIONS_ANYWHERE, *DIALECTS[engine].functions.split()}
    unknown = {}
    for purpose, sql in statements:
        for name in re.findall(r"\b([A-Za-z_]\w*)\(", without_text(sql)):
            name = name if engine == "clickhouse" else name.lower()
            if name not in known and name.lower() not in NOT_FUNCTIONS:
                unknown.setdefault(name, purpose)
    assert set(unknown) == set(DIALECTS[engine].known_to_fail.split()), unknown


@needs_adapters
def test_it_uses_only_operators_of_the_engine(engine, statements):
    foreign = {
        (operator.strip(), purpose)
        for purpose, sql in statements
        for operator in re.findall(DIALECTS[engine].foreign, without_text(sql))
    }
    assert not foreign


@needs_adapters
def test_what_dbt_deprecates_is_an_error(tmp_path):
    """The fixture above parses with deprecations as errors; here is one, so that this is known to work."""
    project = tmp_path / "project"
    for folder in ("macros", "models", "seeds", "tests/dbt"):
        shutil.copytree(PROJECT / folder, project / folder)
    shutil.copy(PROJECT / "dbt_project.yml", project)
    groups = project / "models" / "_groups.yml"
    groups.write_text(groups.read_text().replace("    owner:\n", "    colour: red\n    owner:\n"))
    result = render("redshift", tmp_path / "out.json", "parse", project=project)
    assert result.returncode == 1
    assert "CustomKeyInObjectDeprecation" in result.stdout + result.stderr
