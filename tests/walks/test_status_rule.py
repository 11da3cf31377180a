"""The walk through "A status rule" of CONTRIBUTING.md (walk.py)."""

import sys

import pytest

from walks.walk import CHANGELOG, READ_THE_RULES, Edit, pytest_in, run, walk


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
    pytest_in(project, *READ_THE_RULES)
    run(project, sys.executable, "-m", "rules.mutation", "--of", "incoming_transfer_unanswered")
