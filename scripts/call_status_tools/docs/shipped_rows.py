"""Writes the rows of seeds/mappings/*.csv into macros/sources/shipped_mappings.sql.

dbt cannot read a file while it compiles, and a seed that nobody seeded stops a run. So the models hold the rows.
"""

import csv
from pathlib import Path

from call_status_tools import ROOT

MAPPINGS, CAPABILITIES = ROOT / "seeds" / "mappings", "source_capabilities"
SHIPPED = ROOT / "macros" / "sources" / "shipped_mappings.sql"
HEAD = """\
{#- Written by scripts/render-docs from seeds/mappings/*.csv. Change those files. mappings.sql says what a row is. -#}
"""


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def literal(value: str | list[str]) -> str:
    """A text or a list of texts for Jinja."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def render() -> str:
    """The whole file."""
    files = sorted(file for file in MAPPINGS.glob("*.csv") if file.stem != CAPABILITIES)
    mappings = [row for file in files for row in rows_of(file)]
    lines = ["", "{% macro shipped_mappings() %}", "{{ return(["]
    lines += [
        f"    {literal([row[name].strip() for name in ('source', 'field', 'value', 'becomes')])}," for row in mappings
    ]
    lines += ["]) }}", "{% endmacro %}", "", "", "{% macro shipped_capabilities() %}", "{{ return(["]
    for row in rows_of(MAPPINGS / f"{CAPABILITIES}.csv"):
        entry: dict[str, str | list[str]] = {name: value.strip() for name, value in row.items() if value.strip()}
        entry["could_also_be"] = [name.strip() for name in row["could_also_be"].split(",") if name.strip()]
        lines.append("    {" + ", ".join(f"'{name}': {literal(value)}" for name, value in entry.items()) + "},")
    return HEAD + "\n".join([*lines, "]) }}", "{% endmacro %}", ""])
