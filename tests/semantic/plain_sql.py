"""The KPIs in plain SQL over the marts, written by hand: what MetricFlow and Superset are compared with."""

CALLS = "calls_for_analysis as calls"
LEGS = "fct_call_legs as legs inner join calls_for_analysis as calls using (call_key)"
VISITS = "fct_queue_visits as visits inner join calls_for_analysis as calls using (call_key)"
FOLLOWUPS = "fct_missed_call_followups as followups inner join calls_for_analysis as calls using (call_key)"

INCOMING = "calls.direction = 'incoming'"
OUTGOING = "calls.direction = 'outgoing'"
ANSWERED = f"{INCOMING} and calls.status = 'Completed'"
CONNECTED = f"{OUTGOING} and calls.status = 'Completed'"
REPEATED = """calls.customer_key in (
    select customer_key from calls_for_analysis where direction = 'incoming' group by customer_key having count(*) >= 2
)"""


def count(condition):
    return f"count(*) filter ({condition})"


def rate(part, whole):
    return f"{count(part)} / nullif({count(whole)}, 0)"


def of_status(name, status):
    condition = f"{INCOMING} and calls.status = '{status}'"
    return {f"{name}_calls": count(condition), f"{name}_rate": rate(condition, INCOMING)}


# KPI → its formula, by relation.
SQL = {
    CALLS: {
        "calls": "count(*)",
        "incoming_calls": count(INCOMING),
        "outgoing_calls": count(OUTGOING),
        "offered_calls": count("is_offered"),
        "answered_calls": count(ANSWERED),
        "abandoned_calls": count("is_abandoned"),
        "abandoned_in_queue_calls": count("is_abandoned and calls.status_reason = 'caller_hung_up_queue'"),
        "abandoned_ringing_calls": count("is_abandoned and calls.status_reason = 'caller_hung_up_ringing'"),
        "short_abandoned_calls": count("is_short_abandoned"),
        "calls_within_service_level": count("is_within_service_level"),
        "service_level_calls": "count(is_within_service_level)",
        "answer_rate": rate(ANSWERED, "is_offered"),
        "answer_rate_of_all": rate(ANSWERED, INCOMING),
        "abandonment_rate": rate("is_abandoned", "is_offered"),
        "abandonment_rate_in_queue": rate(
            "is_abandoned and calls.status_reason = 'caller_hung_up_queue'", "is_offered"
        ),
        "abandonment_rate_ringing": rate(
            "is_abandoned and calls.status_reason = 'caller_hung_up_ringing'", "is_offered"
        ),
        "service_level": rate("is_within_service_level", "is_within_service_level is not null"),
        "service_level_without_short_abandons": rate(
            "is_within_service_level", "is_within_service_level is not null and not is_short_abandoned"
        ),
        **of_status("missed", "Missed"),
        **of_status("rejected", "Rejected"),
        **of_status("voicemail", "Voicemail"),
        **of_status("unavailable", "Unavailable"),
        **of_status("ivr_drop", "IVR"),
        **of_status("welcome_drop", "Welcome Message"),
        **of_status("after_hours", "Call Not Set-Up"),
        "connected_calls": count(CONNECTED),
        "connected_human_calls": count(f"{CONNECTED} and calls.status_reason <> 'machine_answered'"),
        "canceled_calls": count(f"{OUTGOING} and calls.status = 'Canceled'"),
        "connect_rate": rate(CONNECTED, OUTGOING),
        "connect_rate_human": rate(f"{CONNECTED} and calls.status_reason <> 'machine_answered'", OUTGOING),
        "average_speed_of_answer": f"avg(wait_seconds) filter ({ANSWERED})",
        "median_speed_of_answer": f"median(wait_seconds) filter ({ANSWERED})",
        "p90_speed_of_answer": f"quantile_cont(wait_seconds, 0.9) filter ({ANSWERED})",
        "average_wait_of_unanswered": f"avg(wait_seconds) filter (is_offered and not ({ANSWERED}))",
        "average_talk_time": "avg(talk_seconds) filter (calls.status = 'Completed')",
        "average_handle_time": "avg(talk_seconds) filter (calls.status = 'Completed')",
        "unique_callers": f"count(distinct calls.customer_key) filter ({INCOMING})",
        "repeat_callers": f"count(distinct calls.customer_key) filter ({INCOMING} and {REPEATED})",
        "calls_of_known_callers": f"count(calls.customer_key) filter ({INCOMING})",
        "calls_per_number": f"count(calls.customer_key) filter ({INCOMING})"
        f" / nullif(count(distinct calls.customer_key) filter ({INCOMING}), 0)",
    },
    LEGS: {
        "legs": "count(*)",
        "rung_legs": count("leg_status not in ('unavailable', 'answered_elsewhere')"),
        "answered_legs": count("leg_status = 'answered'"),
        "agent_answer_rate": rate("leg_status = 'answered'", "leg_status not in ('unavailable', 'answered_elsewhere')"),
    },
    VISITS: {
        "queue_visits": "count(*)",
        "answered_queue_visits": count("outcome = 'answered'"),
        "queue_answer_rate": rate("outcome = 'answered'", "true"),
    },
    FOLLOWUPS: {
        "callback_calls": count("is_returned or is_owed or is_expired"),
        "returned_calls": count("is_returned"),
        "owed_callbacks": count("is_owed"),
        "unreturned_calls": count("is_owed or is_expired"),
        "callback_rate": rate("is_returned", "is_returned or is_owed or is_expired"),
        "median_time_to_callback": "median(seconds_to_contact) filter (is_returned)",
    },
}
