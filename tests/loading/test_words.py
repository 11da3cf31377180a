"""scripts/load says at once what the models will refuse, read as another word, or not know."""

from call_status_tools.dbt import inline
from call_status_tools.loading import words
from support.loading import query

NAMES = "call_id,direction,event_type,occurred_at,party,reason,customer_number\n"


def row(direction="incoming", event_type="call_ended", party="", reason="", number=""):
    return f"c1,{direction},{event_type},2026-05-05 10:00:00,{party},{reason},{number}\n"


def lines_of(result):
    return [line.strip() for line in result.out.splitlines() if line.startswith("    ")]


def test_the_lists_are_those_of_the_macros():
    lists = "[call_status.vocabulary(), call_status.reason_vocabulary(), call_status.event_types()]"
    assert inline(f"{{{{ tojson({lists}) }}}}") == [words.vocabulary(), words.reason_vocabulary(), words.event_types()]


def test_known_words_need_no_remark(load):
    known = [
        row(),
        row("Incoming", "Call-Ended", "AGENT "),
        row("", "agent_ringing", reason="whatever"),
        row(event_type="queue_left", reason="Full"),
    ]
    assert lines_of(load(a__csv=NAMES + "".join(known))) == []


def test_what_is_said_of_words(load):
    content = [
        row("Inbound"),  # line 2
        row("assumed_incoming", "agent_wrap_up"),
        row("sideways", "agent_wrap_up", "caller"),
        row("sideways", "agent_wrap_up", "pbx"),
        row("sideways", "", "Maria"),
        row("inbound", "queue_left", "robot", "gave up"),
        row("", "dial_failed", "robot", "busy"),
        row("", "dial_failed", "robot", "anything else"),
        row("", "queue_left", "system", "abandon"),
    ]
    result = load(a__csv=NAMES + "".join(content))
    assert result.status == 0 and lines_of(result) == [
        "direction sideways (3 rows, first: line 4): unknown, the models will refuse them",
        "direction Inbound (1 row, first: line 2): read as incoming",
        "direction inbound (1 row, first: line 7): read as incoming",
        "event_type agent_wrap_up (3 rows, first: line 3): unknown, the models will refuse them",
        "event_type, other words (1 row, first: line 6): unknown, the models will refuse them",
        "party robot (3 rows, first: line 7): unknown, counts as none",
        "party caller (1 row, first: line 4): read as customer",
        "party pbx (1 row, first: line 5): read as system",
        "party, other words (1 row, first: line 6): unknown, counts as none",
        "reason abandon (1 row, first: line 10): read as abandoned",
        "reason busy (1 row, first: line 8): read as number_busy",
        "reason, other words (1 row, first: line 7): unknown for these events, counts as none",
    ]
    assert {d for (d,) in query("select distinct direction from raw.call_events")} >= {"Inbound", "inbound", "sideways"}


def test_a_word_is_shown_only_if_it_looks_like_one_and_comes_often(load):
    rows = [row(party="Maria"), row(party="Maria"), *[row(party="+4915123456789")] * 5, *[row(party="Maria M")] * 5]
    result = load(a__csv=NAMES + "".join(rows))
    assert "Maria" not in result.out and "party, some words (12 rows, first: line 2)" in result.out


def test_a_rare_word_far_down_has_its_line(load):
    rows = [row(), '"c\n1",incoming,call_ended,2026-05-05 10:00:00,,,\n', *[row()] * 120_000, row("inbound"), row("")]
    assert lines_of(load(a__csv=NAMES + "".join(rows))) == [
        "direction inbound (1 row, first: line 120005): read as incoming"
    ]
