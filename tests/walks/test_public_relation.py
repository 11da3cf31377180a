"""The walk through "A public relation" of CONTRIBUTING.md (walk.py)."""

import pytest

from walks.walk import CHANGELOG, Edit, pytest_in, walk


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
    pytest_in(project, "tests/package/test_docs.py", "tests/package/test_contract.py")
