"""A rule list that contradicts itself is refused, and what a rule may name is listed in one place."""

import re

import pytest
from call_status_tools.conditions import conditions_of, names_in
from call_status_tools.dbt import inline

from rules.rule_space import read_rules

# What fct_calls needs besides named evidence, up to the CTE that the rules read.
NOT_EVIDENCE = {
    "call_hash",
    # A rule reads is_closed_with_message, which is never null.
    "is_outside_business_hours",
    "hours_fingerprint",
    "call_id",
    "write_number",
    "newest_write_number",
    "first_loaded_at",
    "first_call_ended",
    "first_customer_ringing_at",
    "first_customer_answered_at",
    "first_customer_answered_unproven_at",
    "last_customer_answered_at",
    "first_proven_answer_at",
    "first_unproven_answer_at",
    "last_answer_at",
    "end_event_at",
    "first_end_event_at",
}
TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "HUGEINT": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "TIMESTAMP": "timestamp",
}


OWN = (
    "{'rule': 'vip', 'direction': 'incoming', 'status': 'Unavailable', 'description': 'x', "
    "'when': \"queue = 'vip'\", 'reasons': [{'reason': 'vip', 'message': 'x'}]}"
)
# What somebody does to one of the package's lists (Jinja) → what is said of it; None: nothing.
CHANGES = {
    f"rules.insert(2, {OWN})": None,
    f"rules.append({OWN})": "the rule vip never wins, because it stands behind incoming_unanswered",
    "rules.insert(0, rules[3])": "the rule incoming_after_hours stands in the list twice",
    "rules[1].update({'rank': 1})": "the rule incoming_message_left has a rank",
    "rules[1].update({'status': 'Canceled'})": "incoming_message_left gives Canceled, which is no status of incoming calls",
    "rules[1].pop('reasons')": "the rule incoming_message_left lacks reasons",
    "rules[1].update({'reasons': []})": "the rule incoming_message_left needs reasons",
    "rules[1].reasons[0].update({'when': 'true'})": "needs reasons of which the last one, and no other, is without `when`",
    "rules.pop()": "the last rule of outgoing calls needs `'when': none`",
    "statuses.append({'direction': 'incoming', 'status': 'VIP', 'is_answered': false, 'meaning': 'x'})": None,
    "statuses.append(statuses[0])": "the status Completed of incoming calls stands in the list twice",
    "statuses[0].update({'direction': 'inbound'})": "the status Completed of inbound calls needs a direction",
    "statuses[0].pop('meaning')": "the status Completed of incoming calls lacks meaning",
}


@pytest.fixture(scope="module")
def said() -> dict[str, str | None]:
    """Change → what is said of the changed list. One call of dbt for all of them."""
    steps = [
        "{% set rules = call_status.default__status_rules() %}{% set statuses = call_status.default__call_statuses() %}"
        f"{{% do {change} %}}{{% do found.append(call_status.get_problem_of_{name}({name})) %}}"
        for change, name in ((change, re.match(r"\w+", change)[0]) for change in CHANGES)
    ]
    found = inline("{% set found = [] %}" + "".join(steps) + "{{ tojson(found) }}")
    return dict(zip(CHANGES, found, strict=True))


@pytest.mark.parametrize("change", CHANGES)
def test_a_list_that_contradicts_itself_is_refused(said, change):
    expected = CHANGES[change]
    assert said[change] is None if expected is None else expected in said[change]


def test_the_place_in_the_list_is_the_rank():
    for direction in ("incoming", "outgoing"):
        ranks = [rule["rank"] for rule in read_rules()["rules"] if rule["direction"] == direction]
        assert ranks == list(range(1, len(ranks) + 1))


@pytest.fixture(scope="module")
def columns(sample) -> dict[str, str]:
    """Column → type of the CTE that the rules read."""
    node = sample.dbt("compile", "--select", "fct_calls", "--full-refresh", vars=sample.vars).results[0].node
    up_to_rules = node.compiled_code[: node.compiled_code.index("derived as (")].rstrip().rstrip(",")
    return {
        row["column_name"]: row["column_type"]
        for row in sample.query(f"describe ({up_to_rules} select * from milestones)")
    }


def test_every_name_that_a_rule_may_use_is_listed(columns):
    listed = {entry["name"]: entry["type"] for entry in read_rules()["evidence"]}
    found = {name: TYPES[sql_type] for name, sql_type in columns.items() if name not in NOT_EVIDENCE}
    assert listed == found, "macros/rules/named_evidence.sql lists what the CTE `milestones` of fct_calls holds"


def test_the_rules_use_no_other_name():
    package = read_rules()
    assert set(names_in(conditions_of(package["rules"]))) <= {entry["name"] for entry in package["evidence"]}
