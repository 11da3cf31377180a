"""The rules, proved: every combination of the evidence that they read, none left out.

What is proved is the SQL that the models run, on what `rule_space.py` builds inside DuckDB, against what the rules'
text says (written there a second time, by hand, in another form).
"""

import random
import re
from datetime import timedelta

import duckdb
import pytest
from call_status_tools.conditions import conditions_of, names_in
from package.contract import STATUSES
from support.scenario_files import AS_OF

from rules.reference import Settings, decide, read_event
from rules.rule_space import (
    DIRECTIONS,
    DOMAINS,
    EVENT_OF,
    EVENT_OF_OUTCOME,
    IMPLICATIONS,
    INSTEAD_OF,
    ORACLE,
    OUTCOME,
    build,
    number_of_combinations,
    read_rules,
)

SAMPLED = 400  # combinations a line of the oracle that also go through the plain-Python reference

by_direction = pytest.mark.parametrize("direction", DIRECTIONS)


@pytest.fixture(scope="module")
def package():
    return read_rules()


@pytest.fixture(scope="module")
def space(package):
    """For each direction a table `incoming_decided`: every combination, with

    - `rule_number`, the winner by the models' own expression
    - `holding`, the numbers of all rules whose condition holds, in order
    - `without_winner`, the number of the next one: the winner if the first were not there
    """
    connection = duckdb.connect()
    build(connection)
    for direction in DIRECTIONS:
        holds = ", ".join(
            f"case when {rule['when'] or 'true'} then {number} end"
            for number, rule in enumerate(package["rules"], start=1)
            if rule["direction"] == direction
        )
        connection.execute(f"""
            create table {direction}_decided as
            select * exclude (holding), holding[1] as first_holding, holding[2] as without_winner
            from (select *, {package["derive_rule_number"]} as rule_number,
                         list_filter([{holds}], lambda number: number is not null) as holding from {direction})
        """)
    return connection


def outcome(package, rule_number="rule_number"):
    """The models' expressions for what a rule gives, as columns."""
    return ", ".join(f"{re.sub('rule_number', rule_number, package[name])} as {name}" for name in OUTCOME)


def rules_of(package, direction):
    return {n: rule for n, rule in enumerate(package["rules"], start=1) if rule["direction"] == direction}


def column(space, sql):
    return [value for (value,) in space.execute(sql).fetchall()]


# ---- what the rules read --------------------------------------------------------------------------------------------


@by_direction
def test_every_column_that_the_rules_read_has_a_domain(package, direction):
    read = set(names_in(conditions_of(list(rules_of(package, direction).values()))))
    assert read == set(DOMAINS[direction]), (
        "put the new column into DOMAINS of tests/rule_space.py, or take the old one out"
    )


def test_numbers_and_texts_in_conditions_are_within_the_domains(package):
    """Counts are compared with 0 and each other only, so 0 to 2 is enough; the others with values they can have."""
    text = re.sub(r"coalesce\((\w+), ''\)", r"\1", " and ".join(conditions_of(package["rules"])))
    compared = re.findall(r"(\w+) (?:=|>) ('\w+'|\w+)", text)
    assert len(compared) == len(re.findall(r"[<>=!]+", text)), "a comparison that this test does not understand"
    domains = {**DOMAINS["incoming"], **DOMAINS["outgoing"]}
    for name, value in compared:
        allowed = {"0", "agents_rung"} if name.startswith("agents_") else domains[name]
        assert value in allowed, f"{name} is compared with {value}"


@by_direction
def test_number_of_combinations(space, direction):
    """None is left out, and events can give some of them, but not all."""
    count, possible = space.execute(f"select count(*), count(*) filter (is_possible) from {direction}").fetchone()
    assert count == number_of_combinations(direction)
    assert 0 < possible < count


# ---- all combinations -----------------------------------------------------------------------------------------------


@by_direction
def test_exactly_one_rule_wins(space, direction, package):
    """The models' `case` is the first rule whose condition holds, never null, and of the call's own direction."""
    own = list(rules_of(package, direction))
    wrong = f"rule_number is null or rule_number is distinct from first_holding or rule_number not in {tuple(own)}"
    assert column(space, f"select count(*) from {direction}_decided where {wrong}") == [0]


@by_direction
def test_every_combination_has_the_outcome_of_the_text(space, direction, package):
    """Rule, status, reason and is_status_inferred; an outcome is never null."""
    differs = " or ".join(f"models.{name} is distinct from text.{name} or models.{name} is null" for name in OUTCOME)
    examples = space.execute(f"""
        select models.*, text.* from (select *, {outcome(package)} from {direction}_decided) as models
        join {direction}_outcomes as text using (oracle) where {differs} limit 3
    """).fetchall()
    assert not examples
    # The join lost nothing: the oracle, too, has exactly one outcome for every combination.
    joined = f"select count(*) from {direction} join {direction}_outcomes using (oracle)"
    assert column(space, joined) == [number_of_combinations(direction)]


# ---- combinations that events can give ------------------------------------------------------------------------------


@by_direction
def test_every_rule_wins_somewhere(space, direction, package):
    winners = column(space, f"select distinct rule_number from {direction}_decided where is_possible")
    assert set(winners) == set(rules_of(package, direction))


@by_direction
def test_every_reason_is_reached(space, direction, package):
    reached = space.execute(f"""
        select distinct rule_number, {package["status_reason"]}, {package["is_status_inferred"]}
        from {direction}_decided where is_possible
    """).fetchall()
    # A condition may say whether the status is inferred: then both occur.
    listed = [
        (number, reason["reason"], is_inferred)
        for number, rule in rules_of(package, direction).items()
        for reason in rule["reasons"]
        for is_inferred in (
            (False, True) if isinstance(reason.get("inferred"), str) else (bool(reason.get("inferred")),)
        )
    ]
    assert sorted(reached) == sorted(listed)


@by_direction
def test_exactly_the_allowed_statuses_occur(space, direction, package):
    for where in ("true", "is_possible"):
        found = column(space, f"select distinct {package['status']} from {direction}_decided where {where}")
        assert set(found) == set(STATUSES[direction])


@by_direction
def test_no_rule_can_be_removed(space, direction, package):
    """Without it the next rule that holds would win, and some call would get another status, not only another reason."""
    changed = dict(
        space.execute(f"""
        select rule_number, count(*) filter (was is distinct from becomes)
        from (select rule_number, {package["status"]} as was,
                     {re.sub("rule_number", "without_winner", package["status"])} as becomes
              from {direction}_decided where is_possible)
        group by rule_number
    """).fetchall()
    )
    assert [rule["rule"] for number, rule in rules_of(package, direction).items() if not changed[number]] == []


# ---- the plain-Python reference -------------------------------------------------------------------------------------


# A number that is never open and says so.
CLOSED_NUMBER = "+15550100"
ALWAYS_CLOSED = {
    "phone_numbers": ({"number": CLOSED_NUMBER, "has_after_hours_message": True},),
    "business_hours": ({"business_number": CLOSED_NUMBER, "weekday": 1},),
}


def events_of(combination: dict) -> list:
    """Events that give this combination of evidence. That there are some shows that the combination is possible."""
    shown = [name for name, value in combination.items() if value is True and name in EVENT_OF]
    replaced = {INSTEAD_OF[name] for name in shown if name in INSTEAD_OF}
    found = [("call_started", {}), *(EVENT_OF[name] for name in shown if name not in replaced)]
    # The first legs are rung (one of them may have answered, above), the last ones rejected.
    rung, rejected = combination["agents_rung"] or 0, combination["agents_rejected"] or 0
    for leg in range(1, rung + 1):
        rejects = leg > rung - rejected
        found.append(("agent_rejected" if rejects else "agent_ringing", {"agent_id": f"leg {leg}"}))
    if combination["is_end_inferred"] is False:
        found.append(("call_ended", {"party": combination["ended_by"]}))
    if combination["dial_outcome"]:
        found.append(EVENT_OF_OUTCOME[combination["dial_outcome"]])
    return [
        read_event(
            {
                "event_id": str(place),
                "call_id": "call",
                "direction": combination["direction"],
                "event_type": event_type,
                "occurred_at": AS_OF - timedelta(hours=1),
                "business_number": CLOSED_NUMBER,
                "loaded_at": AS_OF,
                **fields,
            }
        )
        for place, (event_type, fields) in enumerate(found)
    ]


@by_direction
def test_the_reference_agrees_on_events_that_give_the_combination(space, direction):
    """Ties the proof to the reference, and so to the random calls that go through the models. For each line of
    the oracle some of the combinations that events can give: always the same ones, chosen by hash."""
    cursor = space.execute(f"""
        select * exclude (is_possible) from {direction} where is_possible
        qualify row_number() over (partition by oracle order by hash({", ".join(DOMAINS[direction])})) <= {SAMPLED}
    """)
    names = [description[0] for description in cursor.description]
    combinations = [dict(zip(names, row)) for row in cursor.fetchall()]
    assert {combination["oracle"] for combination in combinations} == set(range(1, len(ORACLE[direction]) + 1))
    order = random.Random(1)
    for combination in combinations:
        events = events_of(combination)
        order.shuffle(events)
        settings = Settings(
            AS_OF,
            reject_rule="any" if combination["any_rejection_counts"] else "all",
            **(ALWAYS_CLOSED if combination["is_closed_with_message"] else {}),
        )
        rule, status, reason, inferred = decide(events, settings)
        assert (rule, status, reason, inferred) == ORACLE[direction][combination["oracle"] - 1][:4], combination


@by_direction
def test_every_implication_leaves_something_out(space, direction):
    """None is idle, and together they leave out what they are meant to."""
    for one, other in IMPLICATIONS[direction]:
        assert column(space, f"select count(*) from {direction} where ({one}) and not ({other})") != [0]
