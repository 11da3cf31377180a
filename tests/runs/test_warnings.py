"""What an ordinary run says aloud and does not stop for: refused events, unknown words, ids that were used again.

Each is a data test of severity `warn`. What it lists is compared too.
"""

from call_status_tools.loading import load
from support.harness import valid_event
from support.scenario_files import AS_OF

CLOCK = {"call_status_as_of": AS_OF.isoformat(" ")}
TESTS = {"few_events_are_refused", "source_values_are_known", "no_call_id_is_reused"}


def event(call_id, number=1, **columns):
    return valid_event(call_id, f"{call_id}/{number}", **{"source_system": "pbx", **columns})


def events(count, **columns):
    return [event(f"{columns.get('event_type', 'call')} {number}", **columns) for number in range(count)]


def warnings(warehouse):
    """The data tests that warn."""
    warehouse.dbt("run", vars=CLOCK)
    results = warehouse.dbt("test", "--select", *sorted(TESTS), vars=CLOCK).results
    return {result.node.name for result in results if result.status == "warn"}


def test_nothing_odd_is_no_warning(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(events(200))
    assert warnings(warehouse) == set()


# ---- refused events -------------------------------------------------------------------------------------------------


def test_more_refused_events_than_the_limit(new_warehouse):
    """One in a hundred is no warning, three in two hundred and one are."""
    warehouse = new_warehouse()
    warehouse.write_events(events(198) + events(2, direction="sideways"))
    assert warnings(warehouse) == {"source_values_are_known"}
    warehouse.write_events(events(1, event_type="began"))
    assert warnings(warehouse) == {"few_events_are_refused", "source_values_are_known"}


def test_all_refused_says_how_many_and_why(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(events(3, event_type="began") + events(2, direction="sideways"))
    assert "few_events_are_refused" in warnings(warehouse)
    said = (warehouse.directory / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert (
        "Of the 5 events of pbx that were loaded on 2026-03-02 these were refused:"
        " 3 unknown_event_type, 2 unknown_direction. quarantined_call_events has them." in said
    )


def test_only_the_newest_load_day_of_each_source_counts(new_warehouse):
    """What was said once is not said for ever."""
    warehouse = new_warehouse()
    warehouse.write_events(events(5, direction="sideways"))
    assert "few_events_are_refused" in warnings(warehouse)
    warehouse.write_events([event("later", loaded_at="2026-03-03 11:00:00")])
    assert "few_events_are_refused" not in warnings(warehouse)
    warehouse.write_events([event("other", source_system="other", direction="sideways")])
    assert "few_events_are_refused" in warnings(warehouse)


# ---- unknown words --------------------------------------------------------------------------------------------------


def listed(warehouse):
    found = warehouse.query("select * from unmapped_source_values order by field, value")
    return [(row["source"], row["field"], row["value"], row["occurrences"]) for row in found]


def test_unknown_words_are_listed(new_warehouse):
    warehouse = new_warehouse()
    warehouse.write_events(
        [
            event("one", party="Robot"),
            event("one", 2, party=" caller "),  # a synonym
            event("two", event_type="queue_left", reason="bored", loaded_at="2026-03-02 12:00:00"),
            event("two", 2, event_type="number_unavailable", reason="free text"),
            event("three", event_type="began"),
            event("four", direction="sideways"),
        ]
    )
    assert warnings(warehouse) == {"few_events_are_refused", "source_values_are_known"}
    assert listed(warehouse) == [
        ("canonical", "direction", "sideways", 1),
        ("canonical", "event_type", "began", 1),
        ("canonical", "party", "Robot", 1),
        ("canonical", "reason", "bored", 1),
    ]
    warehouse.write_events([event("five", party="Robot", loaded_at="2026-03-04 11:00:00")])
    assert "source_values_are_known" in warnings(warehouse)
    (robot,) = warehouse.query("select * from unmapped_source_values where value = 'Robot'")
    assert robot["occurrences"] == 2
    assert (str(robot["first_seen_at"]), str(robot["last_seen_at"])) == ("2026-03-02 11:00:00", "2026-03-04 11:00:00")
    keys = {
        row["call_key"] for row in warehouse.query("select call_key from fct_calls where call_id in ('one', 'five')")
    }
    assert robot["example_call_key"] in keys


def test_a_length_that_the_loader_could_not_read_is_listed(new_warehouse, monkeypatch):
    warehouse = new_warehouse()
    monkeypatch.setenv("CALL_STATUS_DB", str(warehouse.path))
    file = warehouse.directory / "events.csv"
    head = "event_id,call_id,direction,event_type,occurred_at,loaded_at,seconds\n"
    rows = [
        f"{n},c{n},incoming,voicemail_left,2026-03-02 10:00:00,,{text}"
        for n, text in enumerate(["12 s", "long", "long", ""])
    ]
    file.write_text(head + "\n".join(rows) + "\n")
    assert load.main([str(file)]) == 0
    assert warnings(warehouse) == {"source_values_are_known"}
    assert listed(warehouse) == [("canonical", "seconds", "long", 2)]
    assert {row["status"] for row in warehouse.query("select status from fct_calls")} == {"Voicemail"}


# ---- ids that were used again ---------------------------------------------------------------------------------------


def test_a_call_that_goes_on_long_after_its_end(new_warehouse):
    """A day later it is another call with the same id. A minute later it is what came after the hang-up."""
    warehouse = new_warehouse()
    warehouse.write_events(
        [
            event("soon"),
            event("soon", 2, event_type="call_ended", occurred_at="2026-03-02 10:01:00"),
            event("soon", 3, event_type="voicemail_left", occurred_at="2026-03-02 10:02:00"),
            event("again"),
            event("again", 2, event_type="call_ended", occurred_at="2026-03-02 10:01:00"),
        ]
    )
    assert warnings(warehouse) == set()
    warehouse.write_events(
        [event("again", 3, occurred_at="2026-03-03 10:01:00.000001", loaded_at="2026-03-03 11:00:00")]
    )
    assert warnings(warehouse) == {"no_call_id_is_reused"}
    (found,) = warehouse.query("select * from reused_call_ids")
    assert (found["source"], found["source_system"], found["call_id"]) == ("canonical", "pbx", "again")
    assert str(found["first_ended_at"]) == "2026-03-02 10:01:00"
