"""Which way a call goes, by what its channels and contexts claim (macros/sources/parties.sql)."""

import duckdb
import pytest
from call_status_tools.dbt import inline


@pytest.fixture(scope="module")
def expressions():
    claims = "['a', 'b']"
    return inline(
        "{{ tojson({'direction': call_status.strongest_direction(" + claims + "),"
        " 'phone': call_status.phone_of_channel('a'),"
        " 'order': call_status.get_strongest_first([['x', 'ours'], ['y', 'assumed_internal'], ['z', 'trunk'], ['w', 'incoming']])}) }}"
    )


def value_of(expression, a, b=None):
    return duckdb.execute(f"select {expression} from (select ?::varchar as a, ?::varchar as b)", [a, b]).fetchone()[0]


@pytest.mark.parametrize(
    ("a", "b", "direction"),
    [
        ("assumed_internal", "outgoing", "outgoing"),
        ("internal", "outgoing", "outgoing"),
        ("incoming", "outgoing", "incoming"),
        ("assumed_internal", "assumed_incoming", "assumed_incoming"),
        ("* incoming", "assumed_internal", "assumed_internal"),
        ("* outgoing", "* incoming", "incoming"),
        ("* incoming", None, "incoming"),
        ("ours", "ignore", "assumed_internal"),
        ("* ours", "outgoing", "outgoing"),
        ("trunk", "ignore", None),
        (None, None, None),
    ],
)
def test_the_strongest_claim_counts_and_a_star_where_no_other_does(expressions, a, b, direction):
    assert value_of(expressions["direction"], a, b) == direction


def test_rows_are_tried_in_the_order_of_what_they_claim(expressions):
    assert [becomes for _, becomes in expressions["order"]] == ["incoming", "trunk", "assumed_internal", "ours"]


@pytest.mark.parametrize(
    ("channel", "phone"),
    [
        ("PJSIP/2001-0000001a", "2001"),
        ("SIP/2001", "2001"),
        ("SIP/front-desk-0000001a", "front-desk"),
        ("Local/2001@from-queue-00000003;1", "2001"),
        ("Local/2001@from-internal/n", "2001"),
        ("2001", "2001"),
        (None, None),
    ],
)
def test_the_phone_behind_a_channel(expressions, channel, phone):
    assert value_of(expressions["phone"], channel) == phone
