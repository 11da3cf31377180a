"""What each chart of each board must show, in SQL of its own: the public relations, and nothing of charts/.

A board's filters become one temporary table, `kept`: the calls that they leave. An expected chart is a query and how its
columns are written. The boards are not read to make it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb


def calls(value) -> str:
    return f"{round(value):,}"


def percent(value, digits: str = "0.1") -> str:
    """A half is rounded up: 6.25 is 6.3."""
    return f"{Decimal(100 * value).quantize(Decimal(digits), ROUND_HALF_UP)}%"


def fine_percent(value) -> str:
    return percent(value, "0.01")


def one_decimal(value) -> str:
    return f"{value:,.1f}"


def seconds(value) -> str:
    return f"{value:,.0f} s"


def minutes(value) -> str:
    return f"{value:,.0f} min"


def duration(value) -> str:
    """The two largest units: `1h 23m`; a lower one that is zero is left out."""
    left, parts = round(value), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if parts or count:
            parts.append((count, unit))
    shown = [f"{count}{unit}" for count, unit in (parts or [(0, "s")])[:2] if count] or ["0s"]
    return " ".join(shown)


def text(value) -> str:
    return str(value)


def day(value: date) -> str:
    return f"{value:%-d %b %Y}"


@dataclass
class Number:
    """A number: its label, and what is written of the two columns of a query. `{}` is where a value stands."""

    sql: str
    label: str
    value: Callable
    below: str | None = None
    below_value: Callable = calls
    unit: str = ""


@dataclass
class Table:
    sql: str
    columns: list[Callable]


@dataclass
class Stack:
    """Bars or points: place, series, number."""

    sql: str


class Expected:
    """The database that the boards read, with the calls that a choice of filters leaves."""

    def __init__(self, database: Path):
        self.con = duckdb.connect()
        self.con.execute(f"attach '{database}' as calls (read_only); use calls.main; set TimeZone = 'UTC'")

    def rows(self, sql: str) -> list[tuple]:
        return self.con.execute(sql).fetchall()

    def choose(self, board: str, **filters) -> None:
        """Makes `kept`, `kept_ever` (whatever the dates) and `today` of it."""
        conditions, values = ["true"], {}
        if number := filters.get("number"):
            conditions.append("business_number = $number")
            values["number"] = inside(number)
        if queue := filters.get("queue"):
            conditions.append("queue = $queue")
            values["queue"] = queue
        if agent := filters.get("agent"):
            conditions.append(
                "(agent_id is not distinct from $agent or exists (select 1 from fct_call_legs as legs where legs.call_key = all_calls.call_key and legs.agent_id = $agent))"
            )
            values["agent"] = inside(agent)
        if team := filters.get("team"):
            conditions.append("team = $team")
            values["team"] = team
        self.con.execute(
            f"create or replace temp table kept_ever as select * from calls_for_analysis as all_calls where {' and '.join(conditions)}",
            values,
        )
        newest = self.rows("select max(local_date) from calls_for_analysis")[0][0]
        first, last = filters.get("dates") or (date.fromordinal(newest.toordinal() - 27), newest)
        self.con.execute(
            "create or replace temp table kept as select * from kept_ever where local_date between $1 and $2",
            [first, last],
        )
        direction = filters.get("direction", "incoming")
        if board == "unanswered":
            self.con.execute("delete from kept where direction <> $1", [direction])
        self.con.execute(
            "create or replace temp table choice as select $1::varchar as direction, $2::date as today, $3::varchar as agent, $4::varchar as number, $5::varchar as queue, $6::date as first_day, $7::date as last_day, $8::boolean as has_dates",
            [
                direction,
                filters.get("day") or newest,
                inside(filters.get("agent")),
                inside(filters.get("number")),
                filters.get("queue"),
                first,
                last,
                bool(filters.get("dates")),
            ],
        )

    def chart(self, expected: Number | Table | Stack):
        """What page.Board.charts() gives for it."""
        rows = self.rows(expected.sql)
        if isinstance(expected, Table):
            return [[written(how, value) for how, value in zip(expected.columns, row, strict=True)] for row in rows]
        if isinstance(expected, Stack):
            return [(day(place) if isinstance(place, date) else place, series, float(n)) for place, series, n in rows]
        ((value, *below),) = rows
        shown = [written(expected.value, value, "") + (expected.unit if value is not None else ""), expected.label]
        return [
            *(one for one in shown if one),
            *([expected.below.replace("{}", written(expected.below_value, below[0], "")).strip()] if below else []),
        ]


def written(how: Callable, value, null: str = "—") -> str:
    return null if value is None else how(value)


def inside(label: str | None) -> str | None:
    """`Germany (+4930…)` → what stands in the brackets."""
    return label if label is None or "(" not in label else label.rsplit("(", 1)[1].rstrip(")")


# ---- today -----------------------------------------------------------------------------------------------------------

OF_TODAY = (
    "(select * from kept_ever where direction = 'incoming' and local_date = (select today from choice)) as of_today"
)
DAYS_BEFORE = "(select d.date_day from dim_date as d, choice where d.date_day < today and d.date_day >= today - 56 and dayofweek(d.date_day) = dayofweek(today) and d.date_day >= (select min(local_date) from calls_for_analysis))"
BEFORE = f"(select * from kept_ever where direction = 'incoming' and local_date in {DAYS_BEFORE}) as before"
NOW_WAITING = """(
    select * from fct_open_calls, choice
    where fct_open_calls.direction = 'incoming' and stage in ('queue', 'ringing')
      and (choice.number is null or business_number = choice.number)
      and (choice.queue is null or fct_open_calls.queue = choice.queue)
      and (choice.agent is null or agent_id = choice.agent)
) as waiting"""
LOADED = "(select max(last_loaded_at) from fct_calls)"
HOURS = f"""
    with hours as (
        select h as hour from range(24) as r(h)
        where h between
            (select min(local_hour) from (select local_hour from {OF_TODAY} where is_offered union all select local_hour from {BEFORE} where is_offered))
            and (select max(local_hour) from (select local_hour from {OF_TODAY} where is_offered union all select local_hour from {BEFORE} where is_offered))
    ),
    newest as (select max(local_hour) as hour from calls_for_analysis where local_date = (select today from choice))
"""
HOUR = "printf('%02d:00', hours.hour::int)"
TODAY = {
    "offered": Number(
        f"""select
            (select count(*) from {OF_TODAY} where is_offered),
            (select count(*) from {BEFORE} where is_offered and local_started_at::time <= (select max(local_started_at)::time from calls_for_analysis where local_date = (select today from choice)))
              / nullif((select count(*) from {DAYS_BEFORE}), 0)""",
        "Offered calls",
        calls,
        "{} usual by now",
        one_decimal,
    ),
    "answered": Number(
        f"select count(*) filter (status = 'Completed'), count(*) filter (status = 'Completed') / nullif(sum(is_offered::int), 0) from {OF_TODAY}",
        "Answered calls",
        calls,
        "{} of offered",
        percent,
    ),
    "abandoned": Number(
        f"""select sum((status_reason in ('caller_hung_up_ringing', 'caller_hung_up_queue'))::int),
            sum((status_reason in ('caller_hung_up_ringing', 'caller_hung_up_queue'))::int) / nullif(sum(is_offered::int), 0) from {OF_TODAY}""",
        "Abandoned calls",
        calls,
        "{} of offered",
        percent,
    ),
    "service_level": Number(
        f"""select sum((status = 'Completed' and wait_seconds <= 20)::int) filter (is_offered and not (status = 'Completed' and wait_seconds is null))
              / nullif(count(*) filter (is_offered and not (status = 'Completed' and wait_seconds is null)), 0),
            avg(wait_seconds) filter (status = 'Completed') from {OF_TODAY}""",
        "Service level",
        percent,
        "{} mean wait",
        seconds,
    ),
    "waiting_now": Number(
        f"select count(*), date_diff('second', min(started_at), {LOADED}) from {NOW_WAITING}",
        "Callers waiting now",
        calls,
        "{} on the line longest",
        duration,
    ),
    "hours": Stack(
        f"""{HOURS},
            bars as (
                select {HOUR} as hour, o.outcome, count(of_today.call_key) as n, 1 as kind
                from hours cross join (values ('Answered', true), ('Not answered', false)) as o (outcome, answered)
                left join {OF_TODAY} on of_today.local_hour = hours.hour and is_offered and is_answered = o.answered
                where hours.hour <= (select hour from newest)
                group by all
            )
            select hour, outcome, n from (
                from bars
                union all
                select {HOUR}, 'Usual', count(before.call_key) / (select count(*) from {DAYS_BEFORE}), 2
                from hours left join {BEFORE} on before.local_hour = hours.hour and is_offered group by all
            ) order by kind, hour, outcome"""
    ),
    "hours_table": Table(
        f"""{HOURS}
            select {HOUR},
                case when hours.hour <= (select hour from newest) then (select count(*) from {OF_TODAY} where local_hour = hours.hour and is_offered) end,
                case when hours.hour <= (select hour from newest) then (select count(*) from {OF_TODAY} where local_hour = hours.hour and is_answered) end,
                (select count(*) from {BEFORE} where local_hour = hours.hour and is_offered) / (select count(*) from {DAYS_BEFORE}),
                (select avg(is_within_service_level::int) from {OF_TODAY} where local_hour = hours.hour),
                (select avg(is_within_service_level::int) from {BEFORE} where local_hour = hours.hour)
            from hours order by 1""",
        [text, calls, calls, one_decimal, percent, percent],
    ),
    "queues_table": Table(
        f"""with visits as (select coalesce(v.queue, 'without a name') as queue, outcome, v.wait_seconds from fct_queue_visits as v where call_key in (select call_key from {OF_TODAY})),
                waiting as (select coalesce(waiting.queue, 'without a name') as queue, stage from {NOW_WAITING}),
                names as (select queue from visits union select queue from waiting where stage = 'queue')
            select queue,
                (select count(*) from waiting where waiting.queue = names.queue and stage = 'queue'),
                (select count(*) from visits where visits.queue = names.queue),
                (select count(*) from visits where visits.queue = names.queue and outcome = 'answered'),
                (select count(*) from visits where visits.queue = names.queue and outcome = 'abandoned'),
                (select count(*) from visits where visits.queue = names.queue and outcome = 'overflow'),
                (select count(*) from visits where visits.queue = names.queue and outcome not in ('answered', 'abandoned', 'overflow')),
                (select avg((outcome = 'answered')::int) from visits where visits.queue = names.queue),
                (select avg(wait_seconds) from visits where visits.queue = names.queue)
            from names order by queue""",
        [text, calls, calls, calls, calls, calls, calls, percent, seconds],
    ),
}

# ---- why calls were not answered -------------------------------------------------------------------------------------

STATUSES = "(select * from dim_call_status where direction = (select direction from choice)) as statuses"
# The name under which a number is shown.
NUMBER = "coalesce(number_name, business_number, 'unknown')"
SPACED_NUMBER = "coalesce(number_name, left(business_number, -4) || ' ' || right(business_number, 4), 'unknown')"


def stack_of(place: str, only: str = "true", statuses: str = "true") -> Stack:
    return Stack(
        f"""with places as (select distinct {place} as place from kept where {only})
            select places.place, statuses.status, (select count(*) from kept where {place} = places.place and kept.status = statuses.status and kept.direction = statuses.direction and {only})
            from places cross join {STATUSES} where {statuses}
            order by places.place, statuses.display_order"""
    )


UNANSWERED = {
    "calls": Number("select count(*) from kept", "Calls", calls),
    "unanswered": Number(
        "select count(*) filter (status <> 'Completed'), avg((status <> 'Completed')::int) from kept",
        "Not answered",
        calls,
        "{} of calls",
        percent,
    ),
    "offered_unanswered": Number(
        "select count(*) filter (is_offered and status <> 'Completed') from kept",
        "Of these, reached a queue or an agent",
        calls,
    ),
    "by_day": stack_of("local_date"),
    "by_queue": stack_of("coalesce(queue, 'no queue')", "status <> 'Completed'", "not is_answered"),
    "by_number": stack_of(NUMBER, "status <> 'Completed'", "not is_answered"),
    "statuses_table": Table(
        f"select status, count(*), count(*) / (select count(*) from kept) from kept join {STATUSES} using (direction, status) group by status, display_order order by display_order",
        [text, calls, percent],
    ),
    "reasons_table": Table(
        f"""with shown as (select min(local_date) as first, max(local_date)::date - min(local_date)::date + 1 as days from kept)
            select status, replace(status_reason, '_', ' '), status_message, count(*),
                count(*) / (select count(*) from kept where status <> 'Completed'),
                case when (select first - days::int from shown) >= (select min(local_date) from calls_for_analysis) then (
                    select count(*) from kept_ever as e, shown
                    where e.direction = (select direction from choice) and e.status = kept.status and e.status_reason = kept.status_reason and e.status_message = kept.status_message
                      and e.local_date < first and e.local_date >= first - days::int
                ) end
            from kept join {STATUSES} using (direction, status)
            where status <> 'Completed'
            group by status, status_reason, status_message, display_order
            order by display_order, count(*) desc, status_reason, status_message""",
        [text, text, text, calls, percent, calls],
    ),
}

# ---- call-backs ------------------------------------------------------------------------------------------------------

MISSED = "(select f.*, k.local_started_at, k.number_name, k.status_message, k.team from fct_missed_call_followups as f join kept as k using (call_key)) as missed"
CALLBACK_RATE = "sum(is_returned::int) / nullif(sum((is_returned or is_owed or is_expired)::int), 0)"
TIME_TO = "median(date_diff('millisecond', ended_at, first_contact_at) / 1000) filter (is_returned)"
CALLBACKS = {
    "customers": Number(
        f"select count(distinct customer_key), count(*) from {MISSED} where is_owed",
        "Customers to call back",
        calls,
        "{} calls owed",
    ),
    "oldest": Number(
        f"select max(date_diff('minute', started_at, {LOADED})) / 60 from {MISSED} where is_owed",
        "Oldest call owed",
        one_decimal,
        unit="h",
    ),
    "rate": Number(
        f"select {CALLBACK_RATE}, sum(is_returned::int) from {MISSED}", "Call-back rate", percent, "{} calls returned"
    ),
    "median": Number(f"select {TIME_TO} from {MISSED}", "Median time to call back", duration),
    "expired": Number(
        f"select count(*) filter (is_expired), count(*) from {MISSED}", "Too late", calls, "{} missed calls in all"
    ),
    "to_call": Table(
        f"""with owed as (select * from {MISSED} where is_owed),
                last as (select * from owed qualify row_number() over (partition by customer_key order by started_at desc) = 1)
            select left(last.customer_number, -4) || ' ' || right(last.customer_number, 4),
                (select strftime(min(local_started_at), '%a %-d %b, %H:%M') from owed where owed.customer_key = last.customer_key),
                (select count(*) from owed where owed.customer_key = last.customer_key),
                last.status, last.status_message, coalesce(last.team, last.queue, 'no team'), {SPACED_NUMBER}
            from last
            order by (select min(started_at) from owed where owed.customer_key = last.customer_key), customer_key""",
        [text, text, calls, text, text, text, text],
    ),
    "by_owner": Table(
        f"""select coalesce(team, queue, 'no team') as owner, sum(is_owed::int), sum(is_returned::int), sum(is_expired::int), {CALLBACK_RATE}, {TIME_TO}
            from {MISSED} group by owner order by owner""",
        [text, calls, calls, calls, percent, duration],
    ),
}

# ---- agents ----------------------------------------------------------------------------------------------------------

LEGS = """(
    select coalesce(a.agent_name, l.agent_id, 'without a name') as agent, l.*
    from fct_call_legs as l
    left join dim_agents as a using (agent_id)
    where call_key in (select call_key from kept) and ((select agent from choice) is null or l.agent_id = (select agent from choice))
) as legs"""
MADE = """(
    select coalesce(agent_name, agent_id, 'without a name') as agent, status, talk_seconds
    from kept
    where direction = 'outgoing' and ((select agent from choice) is null or agent_id = (select agent from choice))
) as made"""
NAMES = f"(select agent from {LEGS} union select agent from {MADE}) as names"
RUNG = f"(select * from {LEGS} where leg_status in ('answered', 'missed', 'rejected')) as rung"


def of_legs(status: str) -> Number:
    return Number(
        f"select count(*) filter (leg_status = '{status}'), count(*) filter (leg_status = '{status}') / nullif(count(*), 0) from {RUNG}",
        status.capitalize(),
        calls,
        "{} of times rung",
        percent,
    )


AGENTS = {
    "rung": Number(
        f"select (select count(*) from {RUNG}), (select count(*) from {NAMES})", "Times rung", calls, "{} agents"
    ),
    "answered": of_legs("answered"),
    "missed": of_legs("missed"),
    "rejected": of_legs("rejected"),
    "talk": Number(
        f"select (coalesce((select sum(talk_seconds) from {LEGS}), 0) + coalesce((select sum(talk_seconds) from {MADE}), 0)) / 3600",
        "Talk",
        one_decimal,
        unit="h",
    ),
    "by_outcome": Stack(
        f"""select names.agent, o.outcome, (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = o.outcome)
            from {NAMES} cross join (values (1, 'answered'), (2, 'missed'), (3, 'rejected')) as o (place, outcome)
            order by names.agent, o.place"""
    ),
    "agents_table": Table(
        f"""select names.agent,
                (select count(*) from {RUNG} where rung.agent = names.agent),
                (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = 'answered'),
                (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = 'missed'),
                (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = 'rejected'),
                (select avg((leg_status = 'answered')::int) from {RUNG} where rung.agent = names.agent),
                coalesce((select sum(talk_seconds) / 60 from {LEGS} where legs.agent = names.agent), 0),
                (select count(*) from {MADE} where made.agent = names.agent),
                (select count(*) from {MADE} where made.agent = names.agent and status = 'Completed'),
                coalesce((select sum(talk_seconds) / 60 from {MADE} where made.agent = names.agent), 0),
                (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = 'unavailable'),
                (select count(*) from {LEGS} where legs.agent = names.agent and leg_status = 'answered_elsewhere')
            from {NAMES} order by names.agent""",
        [text, calls, calls, calls, calls, percent, minutes, calls, calls, minutes, calls, calls],
    ),
}

# ---- outgoing --------------------------------------------------------------------------------------------------------

OUT = "(select * from kept where direction = 'outgoing') as out"
OUT_STATUSES = "(select * from dim_call_status where direction = 'outgoing') as statuses"
BY_PERSON = "(status = 'Completed' and status_reason is distinct from 'machine_answered')::int"
OUTGOING = {
    "calls": Number(f"select count(*) from {OUT}", "Outgoing calls", calls),
    "connect_rate": Number(
        f"select avg((status = 'Completed')::int), count(*) filter (status = 'Completed') from {OUT}",
        "Connect rate",
        percent,
        "{} calls connected",
    ),
    "connect_rate_human": Number(
        f"select avg({BY_PERSON}), coalesce(sum({BY_PERSON}), 0) from {OUT}",
        "Human connect rate",
        percent,
        "{} calls to a person",
    ),
    "machines": Number(
        f"select count(*) filter (status_reason = 'machine_answered'), avg((status_reason = 'machine_answered')::int) filter (status = 'Completed') from {OUT}",
        "Answered by a machine",
        calls,
        "{} of connected",
        percent,
    ),
    "talk": Number(
        f"select avg(talk_seconds) filter (status = 'Completed') from {OUT}",
        "Mean talk",
        lambda value: f"{value:,.0f}",
        unit="s",
    ),
    "by_day": Stack(
        f"""select d.local_date, statuses.status, (select count(*) from {OUT} where out.local_date = d.local_date and out.status = statuses.status)
            from (select distinct local_date from {OUT}) as d cross join {OUT_STATUSES} order by d.local_date, statuses.display_order"""
    ),
    "canceled": Stack(
        f"select replace(status_reason, '_', ' '), 'calls', count(*) from {OUT} where status = 'Canceled' group by 1 order by count(*) desc, 1"
    ),
    "by_number": Table(
        f"select {SPACED_NUMBER} as number, count(*), avg((status = 'Completed')::int), avg({BY_PERSON}), count(*) filter (status = 'Canceled') from {OUT} group by number order by number",
        [text, calls, percent, percent, calls],
    ),
    "reasons_table": Table(
        f"""select status, replace(status_reason, '_', ' '), status_message, count(*), count(*) / (select count(*) from {OUT})
            from {OUT} join {OUT_STATUSES} using (direction, status) group by status, status_reason, status_message, display_order order by display_order, count(*) desc, status_reason, status_message""",
        [text, text, text, calls, percent],
    ),
}

# ---- data health -----------------------------------------------------------------------------------------------------

ACCOUNTED = """(
    select a.* from event_accounting as a, choice
    where case when has_dates then load_date between first_day and last_day
        else load_date is null or load_date > (select max(load_date) from event_accounting) - 28 end
) as accounted"""
REFUSED = """(
    select q.* from quarantined_call_events as q, choice
    where (choice.number is null or business_number = choice.number)
      and (choice.queue is null or q.queue = choice.queue)
      and (choice.agent is null or agent_id = choice.agent)
      and case when has_dates then loaded_at::date between first_day and last_day
        else loaded_at is null or loaded_at::date > (select max(load_date) from event_accounting) - 28 end
) as refused"""
OPEN = """(
    select o.* from fct_open_calls as o, choice
    where (choice.number is null or business_number = choice.number)
      and (choice.queue is null or o.queue = choice.queue)
      and (choice.agent is null or agent_id = choice.agent)
) as in_progress"""
DIFFERENT = """(
    select k.source, k.direction, k.reported_status, k.status, d.why
    from kept as k
    join call_status_differences as d using (source, direction, reported_status, status, status_rule)
    where d.reported_meaning is not null
) as different"""
DATA_HEALTH = {
    "raw": Number(
        f"select sum(raw_events), sum(raw_events) - sum(quarantined_events + internal_events + duplicate_events + kept_events) from {ACCOUNTED}",
        "Events loaded",
        calls,
        "{} lost",
    ),
    "refused": Number(
        f"select (select count(*) from {REFUSED}), (select sum(quarantined_events) / sum(raw_events) from {ACCOUNTED})",
        "Events refused",
        calls,
        "{} of all loaded",
        fine_percent,
    ),
    "unmapped": Number(
        "select count(*), coalesce(sum(occurrences), 0) from unmapped_source_values", "Unknown words", calls, "{} times"
    ),
    "different": Number(
        f"select (select count(*) from {DIFFERENT}), (select avg(is_status_inferred::int) from kept)",
        "Calls counted otherwise",
        calls,
        "{} of statuses inferred",
        percent,
    ),
    "open": Number(f"select count(*) from {OPEN}", "Calls in progress", calls),
    "by_reason": Table(
        f"select replace(quarantine_reason, '_', ' ') as why, count(*) from {REFUSED} group by quarantine_reason order by count(*) desc, why",
        [text, calls],
    ),
    "by_stage": Table(
        f"select replace(stage, '_', ' ') as furthest, count(*), max(date_diff('second', started_at, {LOADED})) from {OPEN} group by stage order by count(*) desc, furthest",
        [text, calls, duration],
    ),
    "differences_table": Table(
        f"select source, direction, reported_status, status, count(*), min(why) from {DIFFERENT} group by all order by count(*) desc, source, reported_status, status".replace(
            "group by all", "group by source, direction, reported_status, status"
        ),
        [text, text, text, text, calls, text],
    ),
    "unmapped_table": Table(
        "select source, field, value, occurrences, strftime(last_seen_at, '%-d %b %Y, %H:%M') from unmapped_source_values order by occurrences desc, source, field, value",
        [text, text, text, calls, text],
    ),
    "lateness_table": Table(
        """select l.source_system, l.load_date, events, p50_seconds, p90_seconds, p99_seconds, max_seconds, early_events
           from source_lateness as l
           join (
               select source_system, max(load_date) as load_date from source_lateness, choice
               where not has_dates or load_date between first_day and last_day
               group by source_system
           ) as newest using (source_system, load_date)
           order by p99_seconds desc, l.source_system""",
        [text, day, calls, duration, duration, duration, duration, calls],
    ),
    "activity_table": Table(
        """select source_system, if(is_quiet, 'quiet', if(quiet_hours > 0, 'quiet, few calls missing', 'not quiet')),
               strftime(local_last_hour, '%-d %b %Y, %H:%M'), coalesce(strftime(local_quiet_since, '%-d %b %Y, %H:%M'), '-'), missing_calls
           from source_activity order by is_quiet desc, missing_calls desc, source_system""",
        [text, text, text, text, calls],
    ),
    "shares_table": Table(
        """select source_system, direction, status, local_date, calls || ' of ' || calls_of_direction, share, usual_share,
               if(is_unusual, 'unusual', '-')
           from status_shares join (select source_system, max(local_date) as local_date from status_shares group by source_system) using (source_system, local_date)
           order by is_unusual desc, abs(deviation) desc nulls last, source_system, direction, status""",
        [text, text, text, day, text, percent, lambda value: "" if value is None else percent(value), text],
    ),
    "newcomers_table": Table(
        """select * from (
               select 'agent ' || agent_id as newcomer, min(local_date) as first_seen, count(*) from calls_for_analysis where agent_id is not null group by agent_id
               union all
               select 'number ' || business_number, min(local_date), count(*) from calls_for_analysis where business_number is not null group by business_number
           )
           where first_seen > (select max(local_date) from calls_for_analysis) - 7
           order by first_seen desc, newcomer""",
        [text, day, calls],
    ),
    "by_load_day": Table(
        f"""select load_date, sum(raw_events), sum(kept_events), sum(duplicate_events), sum(internal_events), sum(quarantined_events),
                sum(raw_events) - sum(quarantined_events + internal_events + duplicate_events + kept_events)
            from {ACCOUNTED} group by load_date order by load_date desc nulls first""",
        [day, calls, calls, calls, calls, calls, calls],
    ),
}

BOARDS = {
    "today": TODAY,
    "unanswered": UNANSWERED,
    "callbacks": CALLBACKS,
    "agents": AGENTS,
    "outgoing": OUTGOING,
    "data_health": DATA_HEALTH,
}
