"""Walks through CONTRIBUTING.md: an example of each change is made in a copy of the project, in the listed files alone.

A walk reads its list of files from the page. It fails where the example edits a file that is not on the list, leaves a listed
file out, or where the project's own tests do not pass afterwards, which means that another file had to be touched.
"""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from support.harness import PROJECT

PAGE = PROJECT / "CONTRIBUTING.md"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "target", "logs", "*.duckdb*", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache"
)
# What scripts/render-docs writes.
RENDERED = {"README.md", "docs/rules.md", "docs/proof.md", "docs/questions.md"}


def listed_files(heading: str) -> list[str]:
    """The files of one list of the page, in order; `<name>` and the like stand for what the change is called."""
    section = PAGE.read_text("utf-8").split(f"### {heading}\n")[1].split("\n##")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


@dataclass
class Edit:
    """One file of a list, filled in: passages put in place of others, each of which is there once, and text at the end."""

    listed: str  # the path as the page has it
    changes: dict[str, str] = field(default_factory=dict)
    append: str = ""
    name: str = ""  # what stands for <…> in the path

    def apply(self, project: Path) -> str:
        path = re.sub(r"<\w+>", self.name, self.listed)
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8") if file.exists() else ""
        for old, new in self.changes.items():
            assert text.count(old) == 1, f"{path}: {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        file.write_text(text + self.append, encoding="utf-8")
        return path


def run(project: Path, *command: str, **environment: str) -> None:
    path = os.pathsep.join(str(project / folder) for folder in ("scripts", "tests", "."))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CALL_STATUS", "PYTEST"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=project,
        env={**inherited, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"


def pytest_in(project: Path, *arguments: str, **environment: str) -> None:
    run(project, sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", *arguments, **environment)


def changed_files(project: Path) -> set[str]:
    """Files of the copy that are not as they are here, but for databases and what dbt writes."""
    files = {path.relative_to(project) for path in project.rglob("*") if path.is_file()}
    ours = {path for path in files if not {"target", "logs", ".venv", "__pycache__"} & set(path.parts)}
    return {
        str(path)
        for path in ours
        if not re.search(r"\.duckdb|\.hypothesis|cache|\.user\.yml", str(path))
        and not ((PROJECT / path).exists() and filecmp.cmp(PROJECT / path, project / path, shallow=False))
    }


@pytest.fixture
def project(tmp_path):
    """A copy of the project, with the environment of this one."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    return copy


def walk(project: Path, heading: str, edits: list[Edit]) -> None:
    """Makes the edits, which must be the listed ones, and renders what is rendered."""
    assert [edit.listed for edit in edits] == listed_files(heading)
    edited = {edit.apply(project) for edit in edits}
    run(project, "scripts/run")
    run(project, "scripts/render-docs")
    assert changed_files(project) - RENDERED == edited - RENDERED


AFFECTED_BY_RULES = (
    "tests/rules",
    # Minutes of random calls, which the scenarios are enough of here.
    "--ignore=tests/rules/test_properties.py",
    "tests/package/test_docs.py",
    "tests/package/test_contract.py",
)
CHANGELOG = Edit("CHANGELOG.md", {"\n## 0.1.0\n": "\n### Added\n\n- An example.\n\n## 0.1.0\n"})


@pytest.mark.long
def test_a_status_rule(project):
    """Transferred calls that nobody answers get a rule of their own. No rule has looked at transfers before."""
    edits = [
        Edit(
            "tests/scenarios/<family>.md",
            name="incoming_ringing_and_rejections",
            append="""
## 900. A transfer that nobody answers

| at | event | agent | party |
|---|---|---|---|
| 10:00:00 | agent_ringing | anna | |
| 10:00:05 | transferred | | |
| 10:00:30 | call_ended | | customer |

Expected

| status | status_rule | status_reason |
|---|---|---|
| Unavailable | incoming_transfer_unanswered | transfer_not_answered |
""",
        ),
        Edit(
            "macros/rules/status_rules.sql",
            {
                "'direction': 'incoming', 'rule': 'incoming_rung_unanswered'": """\
'direction': 'incoming', 'rule': 'incoming_transfer_unanswered', 'status': 'Unavailable',
        'when': 'is_transferred and agents_rung > 0',
        'description': 'The call was transferred, and nobody answered.',
        'reasons': [
            {'reason': 'transfer_not_answered', 'message': 'The call was transferred, and nobody answered.'},
        ],
    },
    {
        'direction': 'incoming', 'rule': 'incoming_rung_unanswered'"""
            },
        ),
        Edit(
            "tests/rules/reference.py",
            {
                "INCOMING_RULES = [\n": """\
def incoming_transfer_unanswered(events, settings):
    if of_type(events, "transferred") and rung_legs(events):
        return "Unavailable", "transfer_not_answered", False


INCOMING_RULES = [
""",
                "    incoming_rung_unanswered,\n": "    incoming_transfer_unanswered,\n    incoming_rung_unanswered,\n",
            },
        ),
        Edit(
            "tests/rules/rule_space.py",
            {
                '        "reached_welcome": YES_OR_NO,\n': """\
        "reached_welcome": YES_OR_NO,
        "is_transferred": YES_OR_NO,
""",
                '    "reached_welcome": (': '    "is_transferred": ("transferred", {}),\n    "reached_welcome": (',
                '        ("incoming_rejected", "Rejected", "all_agents_rejected"': """\
        (
            "incoming_transfer_unanswered",
            "Unavailable",
            "transfer_not_answered",
            NO,
            "is_transferred and agents_rung >= 1",
        ),
        ("incoming_rejected", "Rejected", "all_agents_rejected\"""",
            },
        ),
        Edit(
            "models/marts/calls/_unit_tests.yml",
            {
                "          - &queue\n": """\
          - {<<: *rejected, call_id: transferred, is_transferred: true}
          - &queue
""",
                "          - {<<: *ringing, call_id: rang out, leg: a}\n": """\
          - {<<: *ringing, call_id: rang out, leg: a}
          - {<<: *ringing, call_id: transferred, leg: a}
""",
                "        left the queue,Missed": """\
        transferred,Unavailable,incoming_transfer_unanswered,transfer_not_answered,false
        left the queue,Missed""",
            },
        ),
        CHANGELOG,
    ]
    walk(project, "A status rule", edits)
    pytest_in(project, *AFFECTED_BY_RULES)
    pytest_in(project, "tests/rules/test_mutation.py", CALL_STATUS_TEST_ALL="1")


@pytest.mark.long
def test_an_event_type(project):
    """Calls can be parked. No rule looks at it."""
    edits = [
        Edit(
            "tests/scenarios/<family>.md",
            name="incoming_ringing_and_rejections",
            append="""
## 901. Parked, and never picked up

| at | event | agent | party |
|---|---|---|---|
| 10:00:00 | agent_ringing | anna | |
| 10:00:05 | call_parked | | |
| 10:00:30 | call_ended | | customer |

Expected

| status | status_reason |
|---|---|
| Missed | caller_hung_up_ringing |
""",
        ),
        Edit(
            "macros/rules/event_types.sql",
            {
                "        'dial_blocked':": """\
        'call_parked':                 {'bit': 34, 'direction': 'both'},
        'dial_blocked':"""
            },
        ),
        Edit("macros/evidence/version.sql", {"return(5)": "return(6)"}),
        Edit(
            "tests/rules/stored_layout.json",
            {
                '"version": 5': '"version": 6',
                '    "dial_blocked": 19,\n': '    "call_parked": 34,\n    "dial_blocked": 19,\n',
            },
        ),
        Edit("tests/rules/reference.py", {'{"call_started", ': '{"call_started", "call_parked", '}),
        CHANGELOG,
    ]
    walk(project, "An event type", edits)
    pytest_in(project, *AFFECTED_BY_RULES)


@pytest.mark.long
def test_a_source(project):
    """A phone system whose export has one row per call: its id, what became of it, and when."""
    edits = [
        Edit(
            "models/staging/<name>/_<name>__sources.yml",
            name="acme",
            append="""version: 2

sources:
  - name: call_status
    database: "{{ var('call_status_raw_database') or '' }}"
    schema: "{{ var('call_status_raw_schema') }}"
    tables:
      - name: acme
        identifier: acme_calls
        description: One row per incoming call of an Acme phone system.
        config:
          enabled: "{{ 'acme' in var('call_status_sources') }}"
""",
        ),
        Edit(
            "models/staging/<name>/stg_<name>__call_events.sql",
            name="acme",
            append="""{{ config(enabled='acme' in var('call_status_sources', [])) }}

-- One row per event of a raw Acme call: it rang, and it ended.

with calls as (
    {{ call_status.column_rows(
        source('call_status', 'acme'),
        {'id': 'text', 'hung_up_by': 'text', 'rang_at': 'timestamp', 'ended_at': 'timestamp', 'loaded_at': 'timestamp'}
    ) }}
),

milestones as (
    select 'agent_ringing' as event_type
    union all
    select 'call_ended' as event_type
)

select
    calls.id || '/' || milestones.event_type as event_id,
    'acme' as source_system,
    calls.id as call_id,
    cast(null as {{ dbt.type_string() }}) as leg_id,
    'incoming' as direction,
    milestones.event_type,
    case when milestones.event_type = 'call_ended' then calls.ended_at else calls.rang_at end as occurred_at,
    calls.loaded_at,
    case when milestones.event_type = 'call_ended' then calls.hung_up_by end as party,
    cast(null as {{ dbt.type_string() }}) as agent_id,
    cast(null as {{ dbt.type_string() }}) as customer_number,
    cast(null as {{ dbt.type_string() }}) as business_number,
    cast(null as {{ dbt.type_string() }}) as queue,
    cast(null as {{ dbt.type_string() }}) as reason,
    cast(null as {{ dbt.type_string() }}) as cause_scheme,
    cast(null as {{ dbt.type_string() }}) as cause_code,
    cast(null as {{ call_status.type_double() }}) as seconds,
    cast(null as {{ dbt.type_string() }}) as reported_status,
    cast(null as {{ dbt.type_string() }}) as attributes,
    cast(null as {{ dbt.type_string() }}) as unread_seconds
from calls
cross join milestones
""",
        ),
        Edit("macros/sources/all_sources.sql", {"return(['canonical'])": "return(['canonical', 'acme'])"}),
        Edit(
            "scripts/call_status_tools/loading/raw_tables.py",
            {
                "\n}\n\nBOOKKEEPING": """
    "acme": Source(
        table="acme_calls",
        columns={
            "id": "VARCHAR",
            "hung_up_by": "VARCHAR",
            "rang_at": "TIMESTAMP",
            "ended_at": "TIMESTAMP",
            "loaded_at": "TIMESTAMP",
        },
        required=("id", "rang_at"),
        defaults={},
    ),
}

BOOKKEEPING"""
            },
        ),
        CHANGELOG,
    ]
    walk(project, "A source", edits)
    (project / "acme.csv").write_text(
        "id,hung_up_by,rang_at,ended_at\n7,customer,2026-03-02 10:00:00,2026-03-02 10:00:20\n"
    )
    database = {"CALL_STATUS_DB": str(project / "acme.duckdb")}
    run(project, "scripts/load", "acme.csv", "--source", "acme", **database)
    # Twice: the second run reads what the first one has written.
    for _ in range(2):
        run(project, ".venv/bin/dbt", "build", "--vars", "{call_status_sources: [canonical, acme]}", **database)
    with duckdb.connect(project / "acme.duckdb", read_only=True) as warehouse:
        found = warehouse.execute("select source_system, call_id, status, status_reason from fct_calls").fetchall()
    assert found == [("acme", "7", "Missed", "caller_hung_up_ringing")]
    pytest_in(project, "tests/package/test_docs.py", "tests/package/test_project.py", "tests/loading/test_load.py")


@pytest.mark.long
def test_a_public_relation(project):
    """Calls per day."""
    edits = [
        Edit(
            "models/marts/<room>/<name>.sql",
            name="calls",
            append="""-- One row per UTC day and status of concluded calls.

select
    cast(started_at as date) as started_on,
    status,
    count(*) as calls
from {{ ref('call_status', 'fct_calls') }}
group by cast(started_at as date), status
""",
        ),
        Edit(
            "models/marts/<room>/<name>.yml",
            name="calls",
            append="""version: 2

models:
  - name: calls
    description: One row per UTC day and status of concluded calls.
    columns:
      - name: started_on
        data_type: date
        description: The day on which the calls started (UTC).
      - name: status
        data_type: string
        description: "{{ doc('call_status', 'status') }}"
      - name: calls
        data_type: bigint
        description: How many calls.
""",
        ),
        Edit(
            "tests/package/contract.py",
            {
                "\nCONTRACT = {\n": """
PER_DAY = columns("started_on date, status varchar, calls bigint")

CONTRACT = {
    "calls": Relation(PER_DAY, ("started_on", "status"), ()),
"""
            },
        ),
        Edit("README.md", {"| `fct_call_legs` |": "| `calls` | day and status | How many? |\n| `fct_call_legs` |"}),
        CHANGELOG,
    ]
    walk(project, "A public relation", edits)
    pytest_in(project, "tests/package/test_docs.py", "tests/package/test_contract.py", "tests/package/test_consumer.py")


@pytest.mark.long
def test_an_engine(project):
    """DuckDB under another name, with one macro of its own."""
    edits = [
        Edit(
            "macros/engine/<name>.sql",
            name="mirror",
            append="{#- DuckDB under another name. -#}\n\n{% macro mirror__type_double() -%}double{%- endmacro %}\n",
        ),
        Edit(
            "tests/engines/warehouses/<name>.py",
            name="mirror",
            append='''"""DuckDB under another name."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb

from engines.warehouses.duckdb import DuckDBWarehouse


@contextlib.contextmanager
def started(directory: Path):
    yield lambda folder: MirrorWarehouse(folder, directory / "parse")


class MirrorWarehouse(DuckDBWarehouse):
    def append_from(self, duckdb_file: Path, table: str) -> None:
        with duckdb.connect(self.path) as connection:
            connection.execute(f"attach '{duckdb_file}' as theirs (read_only); create schema if not exists raw")
            connection.execute(f"create table if not exists {table} as from theirs.{table} limit 0")
            connection.execute(f"insert into {table} from theirs.{table}")
''',
        ),
        Edit("requirements/<name>.txt", name="mirror", append="# The same as for DuckDB.\n-r dev.txt\n"),
        Edit(
            "docs/engines.md",
            {"| Snowflake | compiled |": "| Mirror | run | all | nothing |\n| Snowflake | compiled |"},
        ),
        CHANGELOG,
    ]
    walk(project, "An engine", edits)
    arguments = ("tests/engines", "-k", "conformance or sample or dispatch or interface")
    pytest_in(project, *arguments, CALL_STATUS_TEST_ENGINE="mirror")
