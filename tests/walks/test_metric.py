"""The walk through "A metric" of CONTRIBUTING.md (walk.py)."""

import pytest

from walks.walk import CHANGELOG, Edit, pytest_in, walk


@pytest.mark.long
def test_a_metric(project):
    """Calls that were transferred."""
    edits = [
        Edit(
            "models/semantic_layer/_metrics.yml",
            append="""
  - name: call_status_transferred_calls
    label: Transferred
    description: Concluded calls that were transferred (`is_transferred`).
    config:
      meta: {unit: calls}
    type: simple
    type_params:
      measure: call_status_transferred_calls
""",
        ),
        Edit(
            "models/semantic_layer/_semantic_models.yml",
            {
                "      # ---- statuses of incoming calls\n": """      - name: call_status_transferred_calls
        agg: sum_boolean
        expr: is_transferred

      # ---- statuses of incoming calls
"""
            },
        ),
        Edit(
            "tests/semantic/plain_sql.py",
            {
                '        "calls": "count(*)",\n': """        "calls": "count(*)",
        "transferred_calls": count("calls.is_transferred"),
"""
            },
        ),
        Edit(
            "tests/semantic/kpis.py",
            {
                '        "calls": len(calls),\n': """        "calls": len(calls),
        "transferred_calls": sum(call["is_transferred"] for call in calls),
"""
            },
        ),
        CHANGELOG,
    ]
    walk(project, "A metric", edits)
    # The SQL of no model has changed.
    pytest_in(
        project, "tests/semantic", "tests/package/test_docs.py", "tests/package/test_project.py", "-k", "not sqlfluff"
    )
