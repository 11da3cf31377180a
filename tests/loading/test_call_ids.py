"""Files without an id of calls: rows of one caller that follow on each other are one call."""

from support.loading import query

HEAD = "Call Time,Caller ID,Destination,Did,Status,Ringing,Talking,Total Duration\n"


def row(time, caller, seconds, did="0700", destination="Main menu (805)"):
    return f"2026-03-02T{time},{caller},{destination},{did},Answered,0:00:00,0:00:{seconds:02d},0:00:{seconds:02d}\n"


def ids():
    found = query('select "call time", call_id from raw.three_cx_call_report order by "call time", call_id')
    return [(time and time[11:], call_id and call_id.replace("2026-03-02T", "")) for time, call_id in found]


def test_rows_that_follow_are_one_call_whatever_their_order(load):
    """The third row begins within the first, which outlasts the second; the fourth is 4 seconds late."""
    rows = [row("10:00:00", "1", 30), row("10:00:05", "1", 2), row("10:00:33", "1", 5), row("10:00:42", "1", 5)]
    load("--source", "three_cx", a__csv=HEAD + "".join(reversed(rows)))
    assert ids() == [
        ("10:00:00", "1 10:00:00"),
        ("10:00:05", "1 10:00:00"),
        ("10:00:33", "1 10:00:00"),
        ("10:00:42", "1 10:00:42"),
    ]


def test_callers_are_kept_apart_and_one_who_withholds_the_number_is_told_by_the_number_called(load):
    rows = [
        row("10:00:00", "1", 9),
        row("10:00:01", "2", 9),
        row("10:00:02", "", 9, did="0701"),
        row("10:00:03", "", 9),
    ]
    load("--source", "three_cx", a__csv=HEAD + "".join(rows))
    assert [call_id for _, call_id in ids()] == ["1 10:00:00", "2 10:00:01", "0701 10:00:02", "0700 10:00:03"]


def test_two_files_are_never_joined(load):
    load("--source", "three_cx", a__csv=HEAD + row("10:00:00", "1", 9), b__csv=HEAD + row("10:00:05", "1", 9))
    assert [call_id for _, call_id in ids()] == ["1 10:00:00", "1 10:00:05"]


def test_a_row_without_a_time_belongs_to_no_call(load):
    load("--source", "three_cx", a__csv=HEAD + row("10:00:00", "1", 9) + "Totals,1,,,,,,\n")
    assert ids() == [("10:00:00", "1 10:00:00"), ("", None)]


def test_a_file_with_ids_keeps_them(load):
    given = HEAD.replace("Call Time", "call_id,Call Time") + "mine," + row("10:00:00", "1", 9)
    load("--source", "three_cx", a__csv=given)
    assert ids() == [("10:00:00", "mine")]
