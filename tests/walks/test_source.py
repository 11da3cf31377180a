"""The walk through "A source" of CONTRIBUTING.md (walk.py)."""

import duckdb
import pytest

from walks.walk import CHANGELOG, Edit, pytest_in, run, walk


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
      - name: acme_calls
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
        call_status.raw_table('acme_calls'),
        {'id': 'text', 'hung_up_by': 'text', 'rang_at': 'timestamp', 'ended_at': 'timestamp', 'loaded_at': 'timestamp'}
    ) }}
),

milestones as (
    select 'agent_ringing' as event_type
    union all
    select 'call_ended' as event_type
)

select
    {{ call_status.event_columns({
        'event_id': "calls.id || '/' || milestones.event_type",
        'source_system': "'acme'",
        'call_id': 'calls.id',
        'direction': "'incoming'",
        'event_type': 'milestones.event_type',
        'occurred_at': "case when milestones.event_type = 'call_ended' then calls.ended_at else calls.rang_at end",
        'loaded_at': 'calls.loaded_at',
        'party': "case when milestones.event_type = 'call_ended' then calls.hung_up_by end",
        'records': "case when milestones.event_type = 'call_ended' then 0 else 1 end",
    }) }}
from calls
cross join milestones
""",
        ),
        Edit(
            "macros/sources/all_sources.sql",
            {
                "        'canonical': ['canonical'],\n": "        'canonical': ['canonical'],\n        'acme': ['acme_calls'],\n"
            },
        ),
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
    ),
}

BOOKKEEPING"""
            },
        ),
        Edit(
            "tests/scenarios/sources/<name>.md",
            name="acme",
            append="""# Acme

## 1. A call that nobody answered

```csv
id,hung_up_by,rang_at,ended_at
acme-1,customer,2026-03-02 10:00:00,2026-03-02 10:00:20
```

| call_id | direction | status | status_reason |
|---|---|---|---|
| acme-1 | incoming | Missed | caller_hung_up_ringing |
""",
        ),
        Edit("docs/sources/<name>.md", name="acme", append="# Acme\n\nOne row per incoming call.\n"),
        Edit("README.md", {"a list of `canonical`,": "a list of `canonical`, `acme`,"}),
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
    pytest_in(project, "tests/package/test_docs.py", "tests/sources/test_scenarios.py", "tests/sources/test_laws.py")
