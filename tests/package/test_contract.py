"""What users rely on: the names, columns and types of every public relation, on an empty warehouse and on a full one."""

import pytest
from support.harness import PROJECT, changes

TYPES = {
    "timestamp": "started_at queued_at first_ring_at answered_at ended_at last_loaded_at derived_at last_event_at"
    " ringing_at occurred_at loaded_at",
    "boolean": "is_status_inferred is_answered has_conflicting_direction reached_welcome reached_ivr reached_queue"
    " reached_voicemail has_voicemail is_after_hours is_transferred is_end_inferred",
    "integer": "agents_rung agents_rejected rank display_order line",
    "double": "wait_seconds ring_seconds talk_seconds total_seconds seconds",
    "bigint": "raw_events quarantined_events internal_events duplicate_events kept_events call_hash",
    "date": "load_date",
}
TYPE_OF = {column: sql_type for sql_type, columns in TYPES.items() for column in columns.split()}

CALL = """
    call_key source_system call_id direction status status_reason status_message status_rule is_status_inferred
    is_answered has_conflicting_direction customer_number business_number queue agent_id agents_rung agents_rejected
    reached_welcome reached_ivr reached_queue reached_voicemail has_voicemail is_after_hours is_transferred ended_by
    is_end_inferred cause_scheme cause_code started_at queued_at first_ring_at answered_at ended_at wait_seconds
    ring_seconds talk_seconds total_seconds last_loaded_at rules_fingerprint derived_at call_hash
"""
ONLY_INCOMING = """
    queue agents_rung agents_rejected reached_welcome reached_ivr reached_queue reached_voicemail has_voicemail
    is_after_hours queued_at wait_seconds
"""
RELATIONS = {
    "fct_calls": CALL.split(),
    "fct_incoming_calls": CALL.split(),
    "fct_outgoing_calls": [column for column in CALL.split() if column not in ONLY_INCOMING.split()],
    "fct_call_legs": "call_key leg_key source_system call_id agent_id leg_status ringing_at answered_at ring_seconds".split(),
    "fct_open_calls": """
        call_key source_system call_id direction stage started_at last_event_at customer_number business_number queue
        agent_id
    """.split(),
    "dim_call_status": "direction status meaning display_order is_answered".split(),
    "call_status_rules": "direction rank status_rule status status_reasons description".split(),
    "quarantined_call_events": """
        event_id source_system call_id leg_id direction event_type occurred_at loaded_at party agent_id customer_number
        business_number queue reason cause_scheme cause_code seconds attributes quarantine_reason source_file line raw_text
    """.split(),
    "event_accounting": """
        source_system load_date raw_events quarantined_events internal_events duplicate_events kept_events
    """.split(),
}


@pytest.fixture(scope="module")
def empty(new_warehouse):
    """A warehouse without a raw table."""
    warehouse = new_warehouse()
    warehouse.dbt("build")
    return warehouse


@pytest.mark.parametrize("relation", RELATIONS)
def test_columns_and_types(empty, relation):
    found = empty.query(
        "select column_name, lower(data_type) as data_type from information_schema.columns"
        f" where table_schema = 'main' and table_name = '{relation}' order by ordinal_position"
    )
    assert {row["column_name"]: row["data_type"] for row in found} == {
        column: TYPE_OF.get(column, "varchar") for column in RELATIONS[relation]
    }


def test_nothing_else_is_public(empty):
    found = empty.query("select table_name from information_schema.tables where table_schema = 'main'")
    assert {row["table_name"] for row in found} == set(RELATIONS)


def test_without_a_raw_table_facts_are_empty(empty):
    for relation in RELATIONS.keys() - {"dim_call_status", "call_status_rules"}:
        assert empty.query(f"select * from {relation}") == []


def test_a_second_build_changes_no_row(sample):
    before = sample.relations()
    files_before = sample.query("select derived_at, count(*) as rows from fct_calls group by 1 order by 1")
    sample.dbt("build", vars=sample.vars)
    assert changes(before, sample.relations(), ignored=()) == []
    assert sample.query("select derived_at, count(*) as rows from fct_calls group by 1 order by 1") == files_before


def test_every_rule_is_reached_by_the_sample(sample):
    unreached = sample.query("select status_rule from call_status_rules except select status_rule from fct_calls")
    assert unreached == []


def test_every_quarantine_reason_is_in_the_sample(sample):
    found = {
        row["quarantine_reason"]
        for row in sample.query("select distinct quarantine_reason from quarantined_call_events")
    }
    assert found == {
        "unreadable_row",
        "missing_event_id",
        "missing_call_id",
        "missing_occurred_at",
        "missing_loaded_at",
        "unknown_event_type",
        "unknown_direction",
        "event_not_allowed_for_direction",
        "occurred_in_the_future",
    }


def test_the_sample_is_what_the_generator_writes(tmp_path, monkeypatch):
    from call_status_tools.sample import generate

    files = {"--out": "sample_call_events.csv", "--unreadable": "sample_call_events_unreadable.csv"}
    arguments = [part for option, name in files.items() for part in (option, str(tmp_path / name))]
    monkeypatch.setattr("sys.argv", ["generate_events", *arguments])
    generate.main()
    for name in files.values():
        assert (tmp_path / name).read_bytes() == (PROJECT / "seeds" / "sample" / name).read_bytes()


def test_sample_and_own_events_never_mix(sample, tmp_path, monkeypatch, capsys):
    from call_status_tools.loading import load
    from call_status_tools.sample import run

    own = tmp_path / "own.csv"
    own.write_text(
        "event_id,call_id,direction,event_type,occurred_at\nmine,call,incoming,call_started,2026-03-02 10:00:00\n"
    )
    monkeypatch.setenv("CALL_STATUS_DB", str(sample.path))
    assert load.main([str(own)]) == 1
    assert "holds the bundled sample" in capsys.readouterr().err

    own_database = tmp_path / "own.duckdb"
    monkeypatch.setenv("CALL_STATUS_DB", str(own_database))
    assert load.main([str(own)]) == 0
    with pytest.raises(run.Problem, match="holds 1 raw events that are not the sample's"):
        run.refuse_other_events(own_database)
    run.refuse_other_events(sample.path)
