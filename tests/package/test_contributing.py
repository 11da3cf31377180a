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
    pytest_in(project, "tests/rules", "tests/package/test_docs.py", "tests/package/test_contract.py")


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
        'call_parked':                 {'bit': 39, 'direction': 'both'},
        'dial_blocked':"""
            },
        ),
        Edit("macros/evidence/version.sql", {"return(3)": "return(4)"}),
        Edit(
            "tests/rules/stored_layout.json",
            {
                '"version": 3': '"version": 4',
                '    "dial_blocked": 19,\n': '    "call_parked": 39,\n    "dial_blocked": 19,\n',
            },
        ),
        Edit("tests/rules/reference.py", {'{"call_started", ': '{"call_started", "call_parked", '}),
        CHANGELOG,
    ]
    walk(project, "An event type", edits)
    pytest_in(project, "tests/rules", "tests/package/test_docs.py", "tests/package/test_contract.py")
