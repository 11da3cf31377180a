"""Walks through CONTRIBUTING.md: an example of each change is made in a copy of the project, in the listed files alone.

A walk reads its list of files from the page. It fails where the example edits a file that is not on the list, leaves a listed
file out, or where the project's own tests do not pass afterwards, which means that another file had to be touched.
"""

import filecmp
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from support.harness import PROJECT

PAGE = PROJECT / "CONTRIBUTING.md"
# What scripts/render-docs writes.
RENDERED = {"README.md", "docs/rules.md", "docs/proof.md", "docs/questions.md", "docs/kpis.md"}


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


def walk(project: Path, heading: str, edits: list[Edit], written: set[str] = frozenset()) -> None:
    """Makes the edits, which must be the listed ones, and renders what is rendered. `written`: listed files that a command made."""
    assert {edit.listed for edit in edits} | written == set(listed_files(heading))
    edited = {edit.apply(project) for edit in edits} | {re.sub(r"<\w+>", edits[0].name, path) for path in written}
    # Builds and tests the sample first, as scripts/run does.
    run(project, "scripts/render-docs", "--fast")
    assert changed_files(project) - RENDERED == edited - RENDERED


# Tests that know the rules and the event types.
READ_THE_RULES = (
    *(f"tests/rules/test_{name}.py" for name in ("reference", "rule_lists", "stored_layout", "proof", "scenarios")),
    "tests/package/test_docs.py",
)
CHANGELOG = Edit("CHANGELOG.md", {"\n## 0.1.0\n": "\n### Added\n\n- An example.\n\n## 0.1.0\n"})
