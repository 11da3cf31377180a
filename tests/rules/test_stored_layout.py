"""What the numbers in stored evidence mean may only change together with the evidence version.

stored_layout.json is a deliberate second copy of bits, codes and columns. A run merges new evidence into stored evidence of
the same version, so a bit that moved without a new version would silently misread every stored row.
"""

import json
from pathlib import Path

import pytest

from rules.rule_space import read_rules

RECORD = Path(__file__).with_name("stored_layout.json")


@pytest.fixture(scope="module")
def layout() -> dict:
    package = read_rules()
    coded = {
        name: {str(value["name"]): value["code"] for value in package[name]}
        for name in ("dial_outcomes", "parties", "answer_kinds")
    }
    return {
        "version": package["evidence_version_number"],
        "signals": {signal["name"]: signal["bit"] for signal in package["signals"]},
        **coded,
        "columns": package["evidence_columns"],
    }


def test_the_layout_changes_only_with_the_version(layout):
    recorded = json.loads(RECORD.read_text("utf-8"))
    new_version = layout["version"] != recorded["version"]
    changed = {part: layout[part] for part in layout if part != "version" and layout[part] != recorded.get(part)}
    assert new_version or not changed, (
        f"{', '.join(changed)} of the stored evidence changed, but its version is still {recorded['version']}: "
        "raise evidence_version_number() in macros/evidence/version.sql, and write the new layout into "
        "tests/rules/stored_layout.json"
    )
    assert layout == recorded, "write the layout of the new version into tests/rules/stored_layout.json"


def test_no_number_is_used_twice(layout):
    for part in ("signals", "dial_outcomes", "parties", "answer_kinds"):
        numbers = list(layout[part].values())
        assert len(set(numbers)) == len(numbers), part
    assert all(0 <= bit <= 62 for bit in layout["signals"].values()), "a signed 64-bit integer has 63 bits to use"
    for part in ("dial_outcomes", "parties", "answer_kinds"):
        assert all(0 <= code <= 15 for code in layout[part].values()), "earliest_code keeps four bits for a code"
