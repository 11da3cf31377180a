"""What several runs built bit by bit is what one run builds at once, and what the plain-Python reference says.

The events are random, with few customers and numbers, so that calls meet. Between the runs late events move calls to other hours,
statuses and numbers, open them again, and take call-backs away; and the firm changes what it says of itself.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from package.contract import COMPARED
from rules.reference import Settings
from rules.test_properties import LOADED_AT
from support import firm
from support.harness import fail_on, plain
from support.random_calls import AS_OF, load_into, random_events

from marts.reference import marts

RELATIONS = ("calls_for_analysis", "fct_calls_hourly", "fct_missed_call_followups")
# The reference has no keys of its own, and knows nothing of runs.
NOT_IN_REFERENCE = {
    "call_key", "contact_call_key", "contact_direction", "kpi_fingerprint", "rules_fingerprint", "derived_at", "status_message",
}  # fmt: skip

FIRM = {
    "phone_numbers": (
        {
            "number": "+1 555 0001",
            "name": "Main",
            "team": "sales",
            "time_zone": "Asia/Kolkata",
            "has_after_hours_message": True,
        },
        {"number": "+49 30 1234", "name": "Berlin", "time_zone": "Europe/Berlin"},
    ),
    "agents": ({"agent_id": "anna", "name": "Anna", "team": "support"}, {"agent_id": "Ben", "name": "Ben"}),
    "business_hours": (
        {"business_number": "0015550001", "weekday": 1, "opens_at": "09:00", "closes_at": "17:00"},
        {"weekday": 5, "opens_at": "20:00", "closes_at": "04:00"},
    ),
}
OTHER_FIRM = {
    **FIRM,
    "phone_numbers": (
        {"number": "+1 555 0001", "name": "Main", "team": "sales", "time_zone": "America/New_York"},
        {"number": "+1 555 0002", "name": "Second", "has_after_hours_message": True},
    ),
    "business_hours": ({"weekday": 5, "opens_at": "08:00", "closes_at": "12:00"},),
}


def rows_of(relation, rows):
    names = [name for name in COMPARED[relation] if name not in NOT_IN_REFERENCE]
    return Counter(tuple(plain(row[name]) for name in names) for row in rows)


def problems(warehouse, expected):
    """What the relations have and should not, and the other way round."""
    found = []
    for relation in RELATIONS:
        has, wants = (
            rows_of(relation, warehouse.query(f"select * from {relation}")),
            rows_of(relation, expected[relation]),
        )
        names = [name for name in COMPARED[relation] if name not in NOT_IN_REFERENCE]
        for what, some in (("should not have", has - wants), ("lacks", wants - has)):
            found += [f"{relation} {what} {dict(zip(names, row))}" for row in list(some)[:3]]
    return found


def everything_occurs(warehouse):
    """Each value that the definitions tell apart is that of many calls, so that a wrong one would show."""
    flags = {
        "calls_for_analysis": "is_offered is_abandoned is_short_abandoned is_within_service_level is_outside_business_hours",
        "fct_missed_call_followups": "is_returned is_owed is_expired",
    }
    for relation, names in flags.items():
        for name in names.split():
            found = warehouse.query(f"select {name} as value, count(*) as calls from {relation} group by 1")
            calls = {row["value"]: row["calls"] for row in found}
            wanted = (
                {True, False, None}
                if name in ("is_within_service_level", "is_outside_business_hours")
                else {True, False}
            )
            assert {value for value, number in calls.items() if number >= 5} == wanted, name
    (attempts,) = warehouse.query("""
        select
            count(*) filter (attempts_by_caller > 1 and is_returned) as by_caller,
            count(*) filter (attempts_by_team > 0 and is_expired) as by_team
        from fct_missed_call_followups
    """)
    assert min(attempts.values()) >= 5


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_runs_build_what_one_run_builds_and_the_reference_says(new_warehouse, seed):
    rng = random.Random(seed)
    rows = random_events(rng, calls=1_500)
    loads = load_into(rng, rows, LOADED_AT)
    warehouse, settings = new_warehouse(), Settings(AS_OF - timedelta(hours=3))
    arrived = []
    for load, told in zip(loads, [{}, FIRM, OTHER_FIRM]):
        arrived += load
        settings = replace(settings, as_of=settings.as_of + timedelta(hours=1), **told)
        warehouse.write_events(load)
        firm.write(warehouse.path, **told)
        warehouse.dbt("run", vars={"call_status_as_of": str(settings.as_of)})
        fail_on(problems(warehouse, marts(arrived, settings)))
    everything_occurs(warehouse)
    bit_by_bit = dict(zip(RELATIONS, warehouse.queries(f"select * from {relation}" for relation in RELATIONS)))
    warehouse.dbt("run", "--full-refresh", vars={"call_status_as_of": str(settings.as_of)})
    for relation in RELATIONS:
        names = [name for name in COMPARED[relation] if name != "derived_at"]
        at_once = warehouse.query(f"select {', '.join(names)} from {relation}")
        assert Counter(tuple(map(plain, row.values())) for row in at_once) == Counter(
            tuple(plain(row[name]) for name in names) for row in bit_by_bit[relation]
        )
