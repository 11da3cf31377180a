"""Engines that are not run here: what they would get is rendered with their own dbt adapter, and parsed.

`scripts/test --engine dialects` installs the adapters' macros and runs all of this, `scripts/test` the table of dispatch only. A parser knows
the grammar and not the engine: so the functions that are called are compared with lists, too. Nothing here is a run.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from support.harness import PROJECT

sqlglot = pytest.importorskip("sqlglot")

ADAPTERS = PROJECT / ".venv-dialects"
RENDER = PROJECT / "tests" / "dialects" / "render.py"
needs_adapters = pytest.mark.skipif(
    not os.environ.get("CALL_STATUS_TEST_DIALECTS"), reason="scripts/test --engine dialects runs it"
)

# Engine → the adapter whose macros dbt takes where there are none of its own.
ENGINES = {
    "snowflake": None,
    "bigquery": None,
    "databricks": "spark",
    "redshift": "postgres",
    "trino": None,
    "clickhouse": None,
}
# Every run builds the incremental models anew there: what they would merge is never sent.
REBUILT = {"bigquery", "trino", "clickhouse"}

# Macro → the engines on which its default was looked up and is right.
DEFAULT_IS_RIGHT = {
    "key_hash": {"databricks"},
    "keyed_hash": {"snowflake", "databricks"},
    "random_key": {"databricks"},
    "utc_timestamp": {"databricks"},
    "later": {"snowflake", "databricks", "redshift", "trino", "clickhouse"},
    "type_double": {"snowflake", "redshift"},
    "safe_double": {"databricks"},
    "bitand": {"bigquery", "databricks", "redshift"},
    "shift_right": {"redshift"},
    "bit_or": {"bigquery", "databricks", "redshift"},
    "binary_text": {"snowflake", "bigquery", "databricks", "trino", "clickhouse"},
    "text_literal": {"redshift", "trino"},
    "incremental": {"snowflake", "databricks", "redshift"},
    # Where every run builds anew, neither is called.
    "replace_rows": {"snowflake", "redshift", "bigquery", "trino", "clickhouse"},
    "is_atomic_table": {"snowflake", "redshift", "bigquery", "trino", "clickhouse"},
}

# The functions that may be called, as the engines' references list them; ClickHouse minds the case.
ANYWHERE = "coalesce count greatest max min nullif replace round substr sum".split()
FUNCTIONS = {
    "snowflake": """
        bitand bitor_agg bitshiftright chr concat convert_timezone date_part dateadd length lower md5_number_lower64 mod regexp_like sha2 split_part
        to_timestamp_ntz try_to_double try_to_timestamp_ntz try_to_timestamp_tz
    """,
    "bigquery": """
        bit_or chr concat datetime_add div farm_fingerprint length lower safe_offset sha256 split substring timestamp_add timestamp_micros to_hex
        unix_micros
    """,
    "databricks": """
        bit_or chr concat conv get length lower md5 regexp_extract regexp_replace sha2 shiftright split timestamp_micros timestampadd unix_micros
    """,
    "redshift": "bit_or chr concat dateadd datediff farmfingerprint64 length lower sha2 split_part",
    "trino": """
        bitwise_and bitwise_or_agg bitwise_right_shift_arithmetic chr concat date_add from_big_endian_64
        from_iso8601_timestamp_nanos from_unixtime_nanos length lower regexp_like regexp_replace sha256 split_part to_hex to_unixtime
        to_utf8 try with_timezone xxhash64
    """,
    "clickhouse": """
        SHA256 bitAnd bitShiftRight concat dateadd fromUnixTimestamp64Micro groupBitOr hex length lower
        parseDateTime64BestEffortOrNull sipHash64 splitByString toDateTime64 toFloat64OrNull toInt64 toString
        toUnixTimestamp64Micro
    """,
}
# What fails there; docs/engines.md says so.
KNOWN_TO_FAIL = {"clickhouse": {"chr"}}
NOT_FUNCTIONS = """
    all and as by case cast decimal else end except exists from having in intersect interval is join nullable not on or over select
    safe_cast then timestamp try_cast union using values when where
""".split()
# What an engine does not have, though the parser takes it.
FOREIGN = {
    "trino": r"\s&\s|>>|<<|::",
    "clickhouse": r"\s&\s|>>|<<",
    "snowflake": r"\s&\s|>>|<<",
    "bigquery": r"::",
    "databricks": r">>",
}


# ---- the table of dispatch ------------------------------------------------------------------------------------------


def macros():
    return "\n".join(path.read_text() for path in sorted((PROJECT / "macros").rglob("*.sql")))


def implementations(name):
    return set(re.findall(rf"\{{%-? macro (\w+?)__{name}\(", macros()))


def dispatched():
    """The macros that differ between engines; not the rules, nor the ways to write into a table."""
    names = set(re.findall(r"adapter\.dispatch\('(\w+)', 'call_status'\)", macros()))
    return sorted(name for name in names if name != "status_rules" and not name.startswith("get_incremental_"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", dispatched())
def test_every_engine_has_every_macro(name, engine):
    found, parent = implementations(name), ENGINES[engine]
    if engine in found:
        return
    assert not (engine == "redshift" and "postgres" in found), "Redshift would take PostgreSQL's, which it cannot run"
    assert parent in found or engine in DEFAULT_IS_RIGHT.get(name, ()), (
        f"{name}: neither its own nor a default that was looked up"
    )


# ---- rendered and parsed --------------------------------------------------------------------------------------------


def render(engine, out, *options, project=PROJECT):
    return subprocess.run(
        [sys.executable, RENDER, engine, ADAPTERS, project, out, *options],
        capture_output=True,
        text=True,
        cwd=out.parent,
    )


@pytest.fixture(scope="module", params=ENGINES)
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
        if not (engine in REBUILT and purpose.startswith(("further run", "backfill")))
    ]


def without_text(sql):
    """SQL without comments and the insides of literals."""
    sql = re.sub(r"/\*.*?\*/", "", sql, flags=re.DOTALL)
    return re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", re.sub(r"--.*", "", sql))


@needs_adapters
def test_every_model_is_rendered(engine, statements):
    rendered = {purpose for purpose, _ in statements}
    for path in (PROJECT / "models").rglob("*.sql"):
        for run in ["first run"] + (["further run", "backfill"] if engine not in REBUILT else []):
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
    known = {*ANYWHERE, *FUNCTIONS[engine].split()}
    unknown = {}
    for purpose, sql in statements:
        for name in re.findall(r"\b([A-Za-z_]\w*)\(", without_text(sql)):
            name = name if engine == "clickhouse" else name.lower()
            if name not in known and name.lower() not in NOT_FUNCTIONS:
                unknown.setdefault(name, purpose)
    assert set(unknown) == KNOWN_TO_FAIL.get(engine, set()), unknown


@needs_adapters
def test_it_uses_only_operators_of_the_engine(engine, statements):
    foreign = {
        (operator.strip(), purpose)
        for purpose, sql in statements
        for operator in re.findall(FOREIGN.get(engine, r"$^"), without_text(sql))
    }
    assert not foreign


@needs_adapters
def test_what_dbt_deprecates_is_an_error(tmp_path):
    """The fixture above parses with deprecations as errors; here is one, so that this is known to work."""
    project = tmp_path / "project"
    for folder in ("macros", "models", "analyses", "seeds", "tests/dbt"):
        shutil.copytree(PROJECT / folder, project / folder)
    text = (PROJECT / "dbt_project.yml").read_text()
    (project / "dbt_project.yml").write_text(text)
    groups = project / "models" / "_groups.yml"
    groups.write_text(groups.read_text().replace("    owner:\n", "    colour: red\n    owner:\n"))
    result = render("redshift", tmp_path / "out.json", "parse", project=project)
    assert result.returncode == 1
    assert "CustomKeyInObjectDeprecation" in result.stdout + result.stderr
