"""What the package promises of its public relations, written out by hand for the tests.

A second pair of eyes on the models, on purpose: nothing here is read from a macro, a model or its YAML. A change of a
public relation is made twice, there and here, and the tests compare. A test that needs a column, a type, a key or an
allowed value of a public relation takes it from this list.
"""

from typing import NamedTuple


class Relation(NamedTuple):
    """One public relation."""

    columns: dict[str, str]  # name → DuckDB type, in the relation's order
    key: tuple[str, ...]  # columns that tell its rows apart; empty where none do
    # Columns that tests compare with the reference, and between warehouses and runs; empty where rows do not come from
    # events.
    compared: tuple[str, ...]


def columns(text: str) -> dict[str, str]:
    """`name type, name type` → name → type."""
    return dict(column.split() for column in text.split(","))


# ---- allowed values -------------------------------------------------------------------------------------------------

DIRECTIONS = ("incoming", "outgoing")
# The article's spelling, in display order.
STATUSES = {
    "incoming": (
        "Completed",
        "Missed",
        "Rejected",
        "Voicemail",
        "Unavailable",
        "IVR",
        "Welcome Message",
        "Call Not Set-Up",
    ),
    "outgoing": ("Completed", "No Answer", "Rejected", "Canceled"),
}
ENDED_BY = ("customer", "agent", "system")
# What came of a wait in a queue, in the order in which it is looked for.
QUEUE_OUTCOMES = ("answered", "overflow", "abandoned", "callback", "empty", "full", "key", "timeout", "not_served")
LEG_STATUSES = ("answered", "rejected", "unavailable", "answered_elsewhere", "missed")
# From the nearest to the furthest.
STAGES = (
    "direction_unknown",
    "started",
    "welcome",
    "ivr",
    "after_hours",
    "queue",
    "ringing",
    "voicemail",
    "connected",
)
# In the order in which they are looked for. The first ones are of sources other than `canonical`.
ONLY_FROM_SOURCES = ("no_call", "unreadable_started_at", "unreadable_occurred_at", "unreadable_document")
QUARANTINE_REASONS = (
    "unreadable_row",
    *ONLY_FROM_SOURCES,
    "missing_event_id",
    "missing_call_id",
    "missing_occurred_at",
    "missing_loaded_at",
    "implausible_occurred_at",
    "unknown_event_type",
    "unknown_direction",
    "event_not_allowed_for_direction",
    "occurred_in_the_future",
)

# (Relation, column) → its values. A column may be null besides.
ALLOWED = {
    ("fct_calls", "direction"): DIRECTIONS,
    ("fct_calls", "ended_by"): ENDED_BY,
    ("fct_incoming_calls", "status"): STATUSES["incoming"],
    ("fct_outgoing_calls", "status"): STATUSES["outgoing"],
    ("fct_call_legs", "leg_status"): LEG_STATUSES,
    ("fct_queue_visits", "outcome"): QUEUE_OUTCOMES,
    ("fct_open_calls", "direction"): DIRECTIONS,
    ("fct_open_calls", "stage"): STAGES,
    ("fct_missed_call_followups", "contact_direction"): DIRECTIONS,
    ("dim_call_status", "direction"): DIRECTIONS,
    ("call_status_rules", "direction"): DIRECTIONS,
    ("quarantined_call_events", "quarantine_reason"): QUARANTINE_REASONS,
}

# ---- relations ------------------------------------------------------------------------------------------------------

CALL = columns("""
    call_key varchar, source_system varchar, source varchar, call_id varchar, direction varchar,
    status varchar, status_reason varchar, status_message varchar, status_rule varchar, is_status_inferred boolean,
    is_answered boolean, has_conflicting_direction boolean,
    customer_number varchar, business_number varchar, queue varchar, last_queue varchar, agent_id varchar,
    agents_rung integer, agents_rejected integer,
    reached_welcome boolean, reached_ivr boolean, reached_queue boolean, reached_voicemail boolean,
    has_voicemail boolean, is_after_hours boolean, is_outside_business_hours boolean, is_transferred boolean,
    ended_by varchar, is_end_inferred boolean, cause_scheme varchar, cause_code varchar,
    started_at timestamp, queued_at timestamp, first_ring_at timestamp, answered_at timestamp, ended_at timestamp,
    wait_seconds double, ring_seconds double, talk_seconds double, total_seconds double,
    voicemail_seconds double, reported_status varchar, status_could_also_be varchar,
    last_loaded_at timestamp, rules_fingerprint varchar, derived_at timestamp, call_hash bigint, write_number bigint
""")
ONLY_INCOMING = """
    queue last_queue voicemail_seconds agents_rung agents_rejected reached_welcome reached_ivr reached_queue reached_voicemail has_voicemail
    is_after_hours is_outside_business_hours queued_at wait_seconds
""".split()
OUTGOING_CALL = {name: kind for name, kind in CALL.items() if name not in ONLY_INCOMING}

LEG = columns("""
    call_key varchar, leg_key varchar, source_system varchar, call_id varchar, agent_id varchar, leg_status varchar,
    call_started_at timestamp, ringing_at timestamp, answered_at timestamp, ended_at timestamp, ring_seconds double, talk_seconds double
""")
QUEUE_VISIT = columns("""
    call_key varchar, queue varchar, call_started_at timestamp, joined_at timestamp, left_at timestamp, wait_seconds double,
    agents_rung integer, outcome varchar
""")
OPEN_CALL = columns("""
    call_key varchar, source_system varchar, call_id varchar, direction varchar, stage varchar,
    started_at timestamp, last_event_at timestamp,
    customer_number varchar, business_number varchar, queue varchar, agent_id varchar
""")
STATUS = columns("direction varchar, status varchar, meaning varchar, display_order integer, is_answered boolean")
RULE = columns("""
    direction varchar, rank integer, status_rule varchar, status varchar, status_reasons varchar, description varchar
""")
REFUSED_EVENT = columns("""
    event_id varchar, source_system varchar, call_id varchar, leg_id varchar, direction varchar, event_type varchar,
    occurred_at timestamp, loaded_at timestamp, party varchar, agent_id varchar,
    customer_number varchar, business_number varchar, queue varchar, reason varchar,
    cause_scheme varchar, cause_code varchar, seconds double, reported_status varchar, attributes varchar,
    quarantine_reason varchar, source_file varchar, line integer, raw_text varchar
""")
# Of a refused event only what can always be read, and says which event it is.
WHICH_REFUSED_EVENT = ("event_id", "source_system", "call_id", "event_type", "direction", "quarantine_reason")
ACCOUNT = columns("""
    source_system varchar, load_date date, raw_events bigint, quarantined_events bigint, internal_events bigint,
    duplicate_events bigint, kept_events bigint, raw_records bigint, silent_records bigint
""")
UNMAPPED_VALUE = columns("""
    source varchar, field varchar, value varchar, occurrences bigint, first_seen_at timestamp, last_seen_at timestamp,
    example_call_key varchar
""")
TIMELINE = columns("""
    call_key varchar, source_system varchar, call_id varchar, occurred_at timestamp, loaded_at timestamp, event_id varchar,
    event_type varchar, counts_as varchar, party varchar, leg_id varchar, agent_id varchar, customer_number varchar,
    business_number varchar, queue varchar, reason varchar, cause_scheme varchar, cause_code varchar, seconds double,
    stated_direction varchar, reported_status varchar, attributes varchar
""")
DIFFERENCE = columns("""
    source varchar, direction varchar, reported_status varchar, reported_meaning varchar, status varchar, status_rule varchar,
    calls bigint, share double, example_call_key varchar, why varchar
""")
CAPABILITY = columns("""
    source varchar, direction varchar, status varchar, status_reason varchar, capability varchar, could_also_be varchar,
    why varchar
""")
CALL_FOR_ANALYSIS = {
    **CALL,
    **columns("""
    number_name varchar, agent_name varchar, team varchar, customer_key varchar, local_started_at timestamp,
    is_offered boolean, is_abandoned boolean, is_short_abandoned boolean, is_within_service_level boolean,
    local_date date, local_hour integer, local_weekday integer
    """),
}
CALLS_OF_AN_HOUR = columns("""
    source_system varchar, local_date date, local_hour integer, direction varchar, status varchar, status_reason varchar, business_number varchar,
    queue varchar, agent_id varchar, calls bigint, offered_calls bigint, answered_calls bigint, abandoned_calls bigint,
    short_abandoned_calls bigint, calls_within_service_level bigint, service_level_calls bigint,
    wait_seconds_sum double, wait_seconds_count bigint, talk_seconds_sum double, talk_seconds_count bigint,
    ring_seconds_sum double, ring_seconds_count bigint, kpi_fingerprint varchar
""")
FOLLOWUP = columns("""
    call_key varchar, business_number varchar, customer_number varchar, queue varchar, status varchar, status_reason varchar,
    started_at timestamp, ended_at timestamp, customer_key varchar, contact_call_key varchar, contact_direction varchar,
    first_contact_at timestamp, seconds_to_contact double, attempts_by_caller integer, attempts_by_team integer,
    is_returned boolean, is_owed boolean, is_expired boolean
""")
PHONE_NUMBER = columns("""
    business_number varchar, number_key varchar, number_name varchar, team varchar, country varchar, time_zone varchar,
    has_after_hours_message boolean, is_described boolean
""")
AGENT = columns("agent_id varchar, agent_name varchar, team varchar, is_active boolean, is_described boolean")
DAY = columns("""
    date_day date, weekday integer, weekday_name varchar, week_start date, month_start date, quarter_start date,
    year_number integer, month_number integer, day_of_month integer, is_weekend boolean
""")
LATENESS = columns("""
    source_system varchar, load_date date, events bigint, p50_seconds double, p90_seconds double, p99_seconds double,
    max_seconds double, early_events bigint
""")
ACTIVITY = columns("""
    source_system varchar, local_last_hour timestamp, usual_delay_seconds double, local_quiet_since timestamp,
    quiet_hours bigint, missing_calls bigint, is_quiet boolean
""")
STATUS_SHARE = columns("""
    source_system varchar, direction varchar, status varchar, local_date date, calls bigint, calls_of_direction bigint,
    share double, weeks_compared bigint, usual_share double, median_distance double, deviation double, is_unusual boolean
""")
REUSED_ID = columns("""
    call_key varchar, source varchar, source_system varchar, call_id varchar, started_at timestamp, first_ended_at timestamp,
    last_event_at timestamp
""")


def without_hash(names: dict[str, str]) -> tuple[str, ...]:
    """The engine's own hash of a call and the number of the run that wrote it are no facts about the call."""
    return tuple(name for name in names if name not in ("call_hash", "write_number"))


RUN = columns(
    "run_number integer, started_at timestamp, ended_at timestamp, exit_code integer, outcome varchar,"
    " seconds_total double, seconds_load double, seconds_freshness double, seconds_build double, seconds_publish double,"
    " files_loaded integer, files_skipped integer, files_refused integer,"
    " rows_read integer, rows_loaded integer, rows_refused integer,"
    " calls_new integer, calls_changed integer, calls_gone integer, calls_flipped integer, warnings integer,"
    " package_version varchar, dbt_version varchar, duckdb_version varchar, rules_fingerprint varchar"
)
CONTRACT = {
    "fct_calls": Relation(CALL, ("call_key",), without_hash(CALL)),
    "fct_incoming_calls": Relation(CALL, ("call_key",), without_hash(CALL)),
    "fct_outgoing_calls": Relation(OUTGOING_CALL, ("call_key",), without_hash(OUTGOING_CALL)),
    "fct_call_legs": Relation(LEG, ("leg_key",), tuple(LEG)),
    "fct_queue_visits": Relation(QUEUE_VISIT, ("call_key", "queue"), tuple(QUEUE_VISIT)),
    "fct_open_calls": Relation(OPEN_CALL, ("call_key",), tuple(OPEN_CALL)),
    "dim_call_status": Relation(STATUS, ("direction", "status"), ()),
    "call_status_rules": Relation(RULE, ("status_rule",), ()),
    "quarantined_call_events": Relation(REFUSED_EVENT, (), WHICH_REFUSED_EVENT),
    "event_accounting": Relation(ACCOUNT, ("source_system", "load_date"), tuple(ACCOUNT)),
    "call_timeline": Relation(TIMELINE, (), ()),
    "unmapped_source_values": Relation(UNMAPPED_VALUE, ("source", "field", "value"), tuple(UNMAPPED_VALUE)),
    "call_status_differences": Relation(DIFFERENCE, (), tuple(DIFFERENCE)),
    "source_capabilities": Relation(CAPABILITY, (), ()),
    "calls_for_analysis": Relation(CALL_FOR_ANALYSIS, ("call_key",), without_hash(CALL_FOR_ANALYSIS)),
    "fct_calls_hourly": Relation(CALLS_OF_AN_HOUR, (), tuple(CALLS_OF_AN_HOUR)),
    "fct_missed_call_followups": Relation(FOLLOWUP, ("call_key",), tuple(FOLLOWUP)),
    "dim_phone_numbers": Relation(PHONE_NUMBER, ("business_number",), tuple(PHONE_NUMBER)),
    "dim_agents": Relation(AGENT, ("agent_id",), tuple(AGENT)),
    "dim_date": Relation(DAY, ("date_day",), ()),
    "source_lateness": Relation(LATENESS, ("source_system", "load_date"), tuple(LATENESS)),
    "source_activity": Relation(ACTIVITY, ("source_system",), tuple(ACTIVITY)),
    # Engines differ in the last digit of a median of shares.
    "status_shares": Relation(
        STATUS_SHARE,
        ("source_system", "direction", "status", "local_date"),
        tuple(name for name in STATUS_SHARE if name not in ("usual_share", "median_distance", "deviation")),
    ),
    "reused_call_ids": Relation(REUSED_ID, ("call_key",), tuple(REUSED_ID)),
    "run_history": Relation(RUN, ("run_number",), ()),
}

# The same, as most tests want it.
RELATIONS = {name: list(relation.columns) for name, relation in CONTRACT.items()}
KEYS = {name: list(relation.key) for name, relation in CONTRACT.items() if relation.key}
COMPARED = {name: list(relation.compared) for name, relation in CONTRACT.items() if relation.compared}
# A name has one type, in whatever relation it stands.
TYPE_OF = {name: kind for relation in CONTRACT.values() for name, kind in relation.columns.items()}
