"""The walk through "An event type" of CONTRIBUTING.md (walk.py)."""

import pytest

from walks.walk import CHANGELOG, READ_THE_RULES, Edit, pytest_in, walk


@pytest.mark.long
def test_an_event_type(project):
    """Calls can be parked. No rule looks at it."""
    edits = [
        Edit(
            "tests/scenarios/<family>.md",
            name="incoming_ringing_and_rejections",
            append="""
## 901. Parked, and never picked up

| at | event | agent | party |
|---|---|---|---|
| 10:00:00 | agent_ringing | anna | |
| 10:00:05 | call_parked | | |
| 10:00:30 | call_ended | | customer |

Expected

| status | status_reason |
|---|---|
| Missed | caller_hung_up_ringing |
""",
        ),
        Edit(
            "macros/rules/event_types.sql",
            {
                "        'dial_blocked':": """\
        'call_parked':                 {'bit': 34, 'direction': 'both'},
        'dial_blocked':"""
            },
        ),
        Edit("macros/evidence/version.sql", {"return(6)": "return(7)"}),
        Edit(
            "tests/rules/stored_layout.json",
            {
                '"version": 6': '"version": 7',
                '    "dial_blocked": 19,\n': '    "call_parked": 34,\n    "dial_blocked": 19,\n',
            },
        ),
        Edit("tests/rules/reference.py", {'{"call_started", ': '{"call_started", "call_parked", '}),
        CHANGELOG,
    ]
    walk(project, "An event type", edits)
    pytest_in(project, *READ_THE_RULES)
