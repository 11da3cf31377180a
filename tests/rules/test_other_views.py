"""What stands beside the facts: the events of a call, what the phone system said of it, what a source can prove."""

from support.harness import pbx_event
from support.scenario_files import AS_OF

CLOCK = {"call_status_as_of": AS_OF.isoformat(" ")}


def built(new_warehouse, rows):
    warehouse = new_warehouse()
    warehouse.write_events(rows)
    warehouse.dbt("build", vars=CLOCK)
    return warehouse


# ---- call_timeline --------------------------------------------------------------------------------------------------


def test_the_events_of_a_call(new_warehouse):
    """In the words of the package, with what each counts as once the direction is known."""
    warehouse = built(new_warehouse, [
        pbx_event("in", "00", "CALL STARTED", direction=None, party="calling"),
        pbx_event("in", "01", "callee_ringing", agent_id="anna", direction=None),
        pbx_event("in", "02", "callee_busy", agent_id="anna"),
        pbx_event("in", "03", "agent_answered", agent_id="ben", reason="Answering Machine"),
        pbx_event("in", "04", "call_ended", party="robot"),
        pbx_event("in", "04", "call_ended", party="robot", loaded_at="2026-03-02 12:00:00"),
        pbx_event("out", "00", "callee_failed", direction="outbound", reason="busy"),
        pbx_event("unknown", "00", "call_started", direction=None),
        pbx_event("internal", "00", "call_started", direction="internal"),
        pbx_event("in", "05", "began"),
    ])  # fmt: skip
    found = warehouse.query(
        "select call_id, event_type, counts_as, party, reason, stated_direction, loaded_at::varchar as loaded_at"
        " from call_timeline order by call_id, occurred_at"
    )
    assert [tuple(row.values())[:6] for row in found] == [
        ("in", "call_started", "call_started", "customer", None, None),
        ("in", "callee_ringing", "agent_ringing", None, None, None),
        ("in", "callee_busy", "agent_unavailable", None, None, "incoming"),
        ("in", "agent_answered", "voicemail_started", None, "machine", "incoming"),
        ("in", "call_ended", "call_ended", None, None, "incoming"),
        ("out", "callee_failed", "dial_failed", None, "number_busy", "outgoing"),
        ("unknown", "call_started", "call_started", None, None, None),
    ]
    assert found[4]["loaded_at"] == "2026-03-02 11:00:00", "a repeat stands once, with its first load"
    keys = warehouse.query("select distinct call_key from call_timeline where call_id = 'in'")
    assert keys == warehouse.query("select call_key from fct_calls where call_id = 'in'")


# ---- call_status_differences ----------------------------------------------------------------------------------------


def test_where_the_phone_system_says_otherwise(new_warehouse):
    """Two calls are Missed by their events. A word means the status that is spelt alike, whatever case it is in."""
    answered = ["agent_ringing", "agent_answered", "call_ended"]

    def call(call_id, reported, types, **columns):
        return [pbx_event(call_id, f"{n:02}", kind, agent_id="anna", **columns) for n, kind in enumerate(types)] + [
            pbx_event(call_id, "30", "call_ended", reported_status=reported, **columns)
        ]

    warehouse = built(new_warehouse, [
        *call("agree", "completed", answered),
        *call("agree too", "Welcome-Message", ["welcome_started"]),
        *call("differ", "Completed", ["agent_ringing"]),
        *call("differ too", "Completed", ["agent_ringing"]),
        *call("unknown word", "lost", ["agent_ringing"]),
        *call("known word elsewhere", "No Answer", ["agent_ringing"]),
        *call("says nothing", None, answered),
        *call("outgoing", "no answer", ["customer_answered"], direction="outgoing"),
    ])  # fmt: skip
    found = warehouse.query(
        "select direction, reported_status, reported_meaning, status, calls, share from call_status_differences order by 1, 2"
    )
    assert [tuple(row.values()) for row in found] == [
        ("incoming", "Completed", "Completed", "Missed", 2, 1.0),
        ("incoming", "No Answer", None, "Missed", 1, 1.0),
        ("incoming", "lost", None, "Missed", 1, 1.0),
        ("outgoing", "no answer", "No Answer", "Completed", 1, 1.0),
    ]
    (two,) = warehouse.query("select * from call_status_differences where calls = 2")
    rule = warehouse.query(f"select description from call_status_rules where status_rule = '{two['status_rule']}'")
    assert two["why"] == rule[0]["description"] and two["source"] == "canonical"
    examples = warehouse.query("select call_key from fct_calls where call_id in ('differ', 'differ too')")
    assert two["example_call_key"] in {row["call_key"] for row in examples}
    (lost,) = warehouse.query("select why from call_status_differences where reported_status = 'lost'")
    assert lost["why"].startswith("No list knows the reported word. ")


# ---- source_capabilities --------------------------------------------------------------------------------------------


def test_canonical_events_prove_every_status(new_warehouse):
    warehouse = built(new_warehouse, [pbx_event("one", "00", "call_started")])
    assert warehouse.query("select * from source_capabilities where source = 'canonical'") == []
    assert warehouse.query("select status_could_also_be from fct_calls") == [{"status_could_also_be": None}]
