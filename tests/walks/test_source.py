"""The walk through "A source" of CONTRIBUTING.md (walk.py): what scripts/new-source writes is a source as it stands."""

import subprocess
from dataclasses import replace

import duckdb
import pytest

from walks.walk import CHANGELOG, listed_files, pytest_in, run, walk

RECORDS = """\
id,direction,outcome,started_at,answered_at,ended_at,hung_up_by,agent
7,inbound,missed,2026-03-02 10:00:00,,2026-03-02 10:00:20,customer,ada
8,outbound,answered,2026-03-02 10:00:00,2026-03-02 10:00:10,2026-03-02 10:00:20,agent,ada
"""


@pytest.mark.long
def test_a_source(project):
    run(project, "scripts/new-source", "acme_pbx")
    entry = replace(CHANGELOG, name="acme_pbx")
    walk(project, "A source", [entry], written=set(listed_files("A source")) - {CHANGELOG.listed})
    (project / "calls.csv").write_text(RECORDS)
    database = {"CALL_STATUS_DB": str(project / "acme.duckdb")}
    run(project, "scripts/load", "calls.csv", "--source", "acme_pbx", **database)
    # Twice: the second run reads what the first one has written.
    for _ in range(2):
        run(project, ".venv/bin/dbt", "build", "--vars", "{call_status_sources: [canonical, acme_pbx]}", **database)
    with duckdb.connect(project / "acme.duckdb", read_only=True) as warehouse:
        found = warehouse.execute("select source_system, call_id, status from fct_calls order by call_id").fetchall()
    assert found == [("acme_pbx", "7", "Missed"), ("acme_pbx", "8", "Completed")]
    # Of the models only the source's own are linted: nothing else has changed, and all take longer than the rest of the walk's checks.
    run(project, ".venv/bin/sqlfluff", "lint", "models/staging/acme_pbx")
    pytest_in(project, "tests/package/test_docs.py", "tests/package/test_project.py", "-k", "not sqlfluff")
    pytest_in(project, "tests/sources/test_mappings.py")
    pytest_in(project, "tests/sources/test_scenarios.py", "tests/sources/test_laws.py", "-k", "acme_pbx")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Acme", "the name of a source is made of lower-case letters"),
        ("callhippo", "there is a source callhippo: models/staging/callhippo"),
    ],
)
def test_a_name_that_cannot_be_taken_is_one_line_and_writes_nothing(project, name, problem):
    done = subprocess.run([project / "scripts/new-source", name], capture_output=True, text=True)
    assert done.returncode == 1 and problem in done.stderr and done.stderr.count("\n") == 1
    assert not (project / "models" / "staging" / "Acme").exists()
