"""scripts/new-source: begins a source (adapter) as a copy of models/staging/_template, and enters it in the lists that need it.

What it makes loads, builds and passes the tests as it stands. Nothing is written where a file or a source of the name is there.
"""

import argparse
import re
import sys
from pathlib import Path

from call_status_tools import ROOT
from call_status_tools.docs import shipped_rows
from call_status_tools.errors import UserError
from call_status_tools.loading.words import macro

TEMPLATE = ROOT / "models" / "staging" / "_template"
# A file of the template → where its copy goes.
COPIES = {
    "_acme__sources.yml": "models/staging/acme/_acme__sources.yml",
    "_acme.yml": "models/staging/acme/_acme.yml",
    "stg_acme__call_events.sql": "models/staging/acme/stg_acme__call_events.sql",
    "mappings.csv": "seeds/mappings/acme.csv",
    "scenarios.md": "tests/scenarios/sources/acme.md",
    "page.md": "docs/sources/acme.md",
}
# A list → (what stands there, what is written in its place).
LISTS = {
    "macros/sources/all_sources.sql": ("\n    }) }}\n", "\n        'acme': ['acme_calls'],\n    }) }}\n"),
    "scripts/call_status_tools/loading/raw_tables.py": (
        '    "call_log_statuses": Source(\n',
        """\
    "acme": Source(
        table="acme_calls",
        columns=texts("id direction outcome started_at answered_at ended_at hung_up_by agent caller called"),
        required=("id", "started_at"),
    ),
    "call_log_statuses": Source(
""",
    ),
    "docs/sources/README.md": (
        "\n\nA phone system that is not among them:",
        "\n| `acme` | one row a call | [acme.md](acme.md) |\n\nA phone system that is not among them:",
    ),
    "README.md": ("| a list of `canonical`,", "| a list of `canonical`, `acme`,"),
}


def named(text: str, name: str) -> str:
    return text.replace("acme", name).replace("Acme", name.replace("_", " ").capitalize())


def planned(name: str) -> dict[Path, str]:
    """What is to be written: file → its text. Raises UserError for a name that is none, or is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise UserError(
            "the name of a source is made of lower-case letters, digits and single underscores, such as acme_pbx"
        )
    if name in macro("sources/all_sources.sql", "get_sources"):
        raise UserError(f"there is a source {name}: models/staging/{name}")
    files = {ROOT / named(target, name): (TEMPLATE / file).read_text("utf-8") for file, target in COPIES.items()}
    for file in files:
        if file.exists():
            raise UserError(f"{file.relative_to(ROOT)} is there already; take another name, or move it away")
    for file, (before, after) in LISTS.items():
        text = (ROOT / file).read_text("utf-8")
        if text.count(before) != 1:
            raise UserError(
                f"{file} is not as it was: {before.strip()!r} must be there once, as the place of a new source"
            )
        files[ROOT / file] = text.replace(before, named(after, name))
    capabilities = ROOT / "seeds" / "mappings" / "source_capabilities.csv"
    _, rows = (TEMPLATE / capabilities.name).read_text("utf-8").split("\n", 1)
    files[capabilities] = capabilities.read_text("utf-8") + named(rows, name)
    return {
        file: text if file in map(ROOT.joinpath, LISTS) or file == capabilities else named(text, name)
        for file, text in files.items()
    }


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/new-source",
        description="Begin a source of your own: a copy of models/staging/_template that loads, builds and passes the tests.",
    )
    parser.add_argument("name", metavar="NAME", help="of the phone system, such as acme_pbx")
    name = parser.parse_args(argv).name
    try:
        files = planned(name)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shipped_rows.SHIPPED.write_text(shipped_rows.render(), encoding="utf-8")
    for file in sorted([*files, shipped_rows.SHIPPED]):
        print(f"wrote {file.relative_to(ROOT)}")
    print(
        f"Now change models/staging/{name} until it reads your records, and try it: scripts/test tests/sources -k {name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
