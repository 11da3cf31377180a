"""Real records of phone systems, where they lie beside the checkout: they may be used but not copied into the project.

Each has expected statuses, some with alternatives, and where a firm's own settings matter, the mappings that a user would add.
What differs is told per call. The status is the expected one, or one of its alternatives while `status_could_also_be` says so;
where an alternative is expected, nothing is claimed to be proven.
"""

import csv
from dataclasses import dataclass, field

import pytest
from support.harness import PROJECT, Warehouse

from sources import records

DATA = PROJECT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real records are not at {DATA}")


@dataclass
class Set:
    """Files that belong together: a table of expectations, and the records that it is about."""

    folder: str
    source: str
    files: dict[str, str]  # pattern of files → what --source is given
    expected: str = "expected.csv"
    options: list[str] = field(default_factory=list)
    variables: dict = field(default_factory=dict)
    assumes: str = ""  # which of the configurations of mappings.csv

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.folder, self.expected, self.assumes]))


def rows_of(folder: str, file: str) -> list[dict]:
    """The rows of a CSV file; none where there is no such file."""
    path = DATA / folder / file
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def configurations(folder: str) -> list[str]:
    """What the mappings of a folder may assume; nothing where all of them hold."""
    return sorted({row["assumes"] for row in rows_of(folder, "mappings.csv")} - {""}) or [""]


SETS = [
    Set("callhippo", "callhippo", {"calling_activity.ndjson": "callhippo"}),
    *(
        Set("freeswitch", "freeswitch", {"cdr_*": "freeswitch"}, assumes=assumed)
        for assumed in configurations("freeswitch")
    ),
    Set(
        "asterisk_queue_log",
        "asterisk_queue_log",
        dict.fromkeys(("queue_log", "queue_log_table.csv"), "asterisk_queue_log"),
    ),
    Set("twilio", "twilio", {"airbyte_calls.ndjson": "twilio", "status_callbacks.ndjson": "twilio"}),
    Set("twilio_fivetran", "twilio", {"twilio_call_data.csv": "twilio"}),
    Set("aircall", "aircall", {"call_webhooks_full.ndjson": "aircall"}),
    Set("aircall", "aircall", {"call_webhooks_redacted.json": "aircall"}),
    Set("aircall", "aircall", {"calls_export.csv": "aircall"}, expected="expected_export.csv"),
    Set("zendesk_talk", "zendesk_talk", dict.fromkeys(("calls.ndjson", "call_legs.ndjson"), "zendesk_talk")),
    Set(
        "amazon_connect",
        "amazon_connect",
        dict.fromkeys(("contact_records.ndjson", "contact_events.ndjson", "agent_events.ndjson"), "amazon_connect"),
    ),
    Set("genesys_cloud", "genesys_cloud", {"*.ndjson": "genesys_cloud"}),
    Set(
        "three_cx",
        "three_cx",
        dict.fromkeys(("cdroutput_*.csv", "call_report_v20.csv"), "three_cx"),
    ),
    *(
        Set(name, name, {f"{name.removeprefix('asterisk_')}_*.csv": name}, assumes=assumed)
        for name in ("asterisk_cdr", "asterisk_cel")
        for assumed in configurations(name)
    ),
    *(
        Set(name, "call_log", {file: "call_log"}, options=["--mapping", name])
        for name, file in {
            "ringcentral": "call_log.ndjson",
            "zoom_phone": "webhooks.ndjson",
            "plivo": "hangup_callbacks.ndjson",
            "vonage": "event_webhooks.ndjson",
            "talkdesk": "calls_report_old.json",
        }.items()
    ),
]


def expectations(one: Set) -> list[dict]:
    """But for those of another configuration."""
    others = {*configurations(one.folder)} - {one.assumes}
    return [row for row in rows_of(one.folder, one.expected) if row.get("assumes") not in others]


def load_mappings(one: Set, warehouse: Warehouse) -> None:
    rows = [row for row in rows_of(one.folder, "mappings.csv") if row["assumes"] in ("", one.assumes)]
    if rows:
        path = warehouse.directory / "mappings.csv"
        with path.open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["source", "field", "value", "becomes"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        records.load_file(warehouse, path, "call_status_mappings")


def build(one: Set, warehouse: Warehouse) -> None:
    """Loads and builds, a month after the last record."""
    load_mappings(one, warehouse)
    for pattern, source in one.files.items():
        for path in sorted((DATA / one.folder).glob(pattern)):
            records.load_file(warehouse, path, source, *one.options)
    warehouse.dbt("run", vars={"call_status_sources": [one.source], "call_status_as_of": "2026-11-01", **one.variables})


def problem_of(expected: dict, call: dict) -> str | None:
    """What is wrong with a call; None where it is as expected."""
    status, others = expected["expected_status"], [s for s in expected["could_also_be"].split("|") if s]
    said = [s for s in (call.get("status_could_also_be") or "").split(", ") if s]
    if status.startswith("no call") or status == "":
        wanted = {"no call"} if status else {"internal", "no call"}
        return None if call["status"] in wanted else f"{call['status']}, where {status or 'internal'} is expected"
    if expected["direction"] and call.get("direction") and call["direction"] != expected["direction"]:
        return f"direction {call['direction']}, where {expected['direction']} is expected"
    if call["status"] != status and not (call["status"] in others and said):
        return f"{call['status']} ({call.get('status_reason')}), where {status} is expected, or one of {others} with alternatives"
    if others and not said and not call.get("is_status_inferred") and expected["confidence"] != "high":
        return f"{call['status']} is claimed to be proven, where {others} are as good"
    return None


# Of each set that was built: calls of which the expectation names no alternative → what status_could_also_be says of them.
CERTAIN: dict[str, dict[str, str | None]] = {}


@needs_data
@pytest.mark.long
@pytest.mark.parametrize("one", SETS, ids=lambda one: one.name)
def test_real_records(one, new_warehouse):
    warehouse = new_warehouse()
    build(one, warehouse)
    wrong, certain, calls = {}, {}, records.calls_of(warehouse)
    for expected in expectations(one):
        if not expected["call_id"].startswith("("):
            call = calls.get(expected["call_id"], records.NO_CALL)
            if problem := problem_of(expected, call):
                wrong[expected["call_id"]] = problem
            if not expected["could_also_be"] and call["status"] == expected["expected_status"] and call["status"]:
                certain[expected["call_id"]] = call.get("status_could_also_be")
    CERTAIN[f"{one.name} {sorted(one.files)}"] = certain
    assert wrong == {}


@needs_data
@pytest.mark.long
def test_what_is_certain_is_not_doubted():
    """Of the calls without alternatives nine in ten have none here: that anything could be anything is no honesty."""
    if len(CERTAIN) < len(SETS):
        pytest.skip("only with all the sets")
    doubted = {f"{name} {call}": others for name, calls in CERTAIN.items() for call, others in calls.items() if others}
    total = sum(map(len, CERTAIN.values()))
    print(f"{total - len(doubted)} of {total}")
    assert total and len(doubted) <= total / 10, doubted
