"""Polars: one lazy query, streaming engine, from Parquet to Parquet."""

import polars as pl

from benchmarks.peers import sql
from benchmarks.peers.task import FACTS, LABELS, PARTIES, Task

KEY = ["source_system", "call_id"]
TEXTS = [
    *("event_id", "call_id", "leg_id", "direction", "party", "agent_id", "customer_number", "business_number"),
    *("queue", "reason", "cause_scheme", "cause_code"),
]

event_type, direction, party = pl.col("event_type"), pl.col("direction"), pl.col("party")
reason, occurred_at = pl.col("reason"), pl.col("occurred_at")


def calls(task: Task) -> None:
    events = valid_events(task)
    found = calls_of(events, task).join(legs_of(events, task), on=KEY, how="left")
    facts(evidence_of(found, task), task).sink_parquet(task.output, engine="streaming")


def evidence(task: Task) -> None:
    is_agent_known = pl.col("agent_id").is_not_null() & (direction.fill_null("") != "incoming")
    found = (
        valid_events(task)
        .with_columns(*packed(task))
        .group_by(KEY)
        .agg(
            *MERGED,
            occurred_at.min().alias("first_event_at"),
            time_of("queue_joined").alias("first_queue_joined_at"),
            time_of("customer_ringing").alias("first_customer_ringing_at"),
            pl.when(event_type == "voicemail_left").then(pl.col("seconds")).max().alias("longest_voicemail_seconds"),
            pl.col("agent_id").min_by(pl.when(is_agent_known).then(occurred_at)).alias("first_agent"),
        )
    )
    found.sink_parquet(task.output, engine="streaming")


# ---- events ---------------------------------------------------------------------------------------------------------


def valid_events(task: Task) -> pl.LazyFrame:
    label = direction.fill_null("")
    return (
        pl.scan_parquet(task.input)
        .with_columns(
            pl.col("source_system").replace("", None).fill_null("canonical"),
            *(pl.col(name).replace("", None) for name in TEXTS),
        )
        .filter(
            pl.col("event_id").is_not_null(),
            pl.col("call_id").is_not_null(),
            occurred_at.is_not_null(),
            pl.col("loaded_at").is_not_null(),
            occurred_at <= pl.col("loaded_at") + pl.duration(days=1),
            event_type.is_in(list(task.event_types)),
            label.is_in(["", *LABELS.values()]),
            ~(event_type.is_in(task.event_types_of("incoming")) & (label == "outgoing")),
            ~(event_type.is_in(task.event_types_of("outgoing")) & (label == "incoming")),
        )
    )


def packed(task: Task) -> tuple[pl.Expr, ...]:
    """What an event says of its call in integers, which merge by a bitwise or (`bits`) or as their smallest."""
    party_code = party.replace_strict({name: n for n, name in enumerate(PARTIES)}, default=3, return_dtype=pl.Int32)
    outcome = pl.sql_expr(sql.dial_outcome_code(task))
    return (
        bits_of_event(task).alias("bits"),
        ranked(event_type == "call_ended", party_code).alias("first_call_ended"),
        ranked(event_type == "customer_answered", reason.fill_null("") != "machine").alias("first_customer_answered"),
        ranked(outcome.is_not_null(), outcome).alias("first_dial_outcome"),
    )


def bits_of_event(task: Task) -> pl.Expr:
    bits = task.flag_bits()
    found = event_type.replace_strict(task.bits_of_event_types(), return_dtype=pl.Int64) + direction.replace_strict(
        {label: bits[name] for name, label in LABELS.items()}, default=0, return_dtype=pl.Int64
    )
    for name, (types, why) in task.flags.items():
        if why:
            found += pl.when(event_type.is_in(types) & (reason == why)).then(bits[name]).otherwise(0)
    is_message = (event_type == "voicemail_left") & (pl.col("seconds").fill_null(1) >= 1)
    return found + pl.when(is_message).then(bits["has_voicemail"]).otherwise(0)


def ranked(condition: pl.Expr, code: pl.Expr) -> pl.Expr:
    """Time and a small code as one integer: its smallest is the earliest, the lower code at a tie."""
    return pl.when(condition).then(occurred_at.dt.epoch("us") * 16 + code)


# ---- calls ----------------------------------------------------------------------------------------------------------


def time_of(name: str) -> pl.Expr:
    return pl.when(event_type == name).then(occurred_at).min()


def earliest(name: str) -> pl.Expr:
    return pl.col(name).min_by(pl.when(pl.col(name).is_not_null()).then(occurred_at))


# What both jobs keep of a call.
MERGED = (
    pl.col("bits").bitwise_or(),
    pl.col("first_call_ended", "first_customer_answered", "first_dial_outcome").min(),
    occurred_at.max().alias("last_event_at"),
    pl.col("loaded_at").max().alias("last_loaded_at"),
    *(earliest(name) for name in ("customer_number", "business_number", "queue")),
    *(
        pl.col(name).max_by(pl.when(pl.col("cause_code").is_not_null()).then(occurred_at))
        for name in ("cause_scheme", "cause_code")
    ),
)


def calls_of(events: pl.LazyFrame, task: Task) -> pl.LazyFrame:
    is_answer = event_type == "agent_answered"
    return (
        events.with_columns(*packed(task))
        .group_by(KEY)
        .agg(
            *MERGED,
            occurred_at.min().alias("started_at"),
            time_of("queue_joined").alias("queued_at"),
            time_of("agent_ringing").alias("agent_ringing_at"),
            time_of("customer_ringing").alias("customer_ringing_at"),
            time_of("agent_answered").alias("agent_answered_at"),
            earliest("agent_id").alias("first_agent_id"),
            pl.col("agent_id").min_by(pl.when(is_answer).then(occurred_at)).alias("answering_agent_id"),
        )
    )


def legs_of(events: pl.LazyFrame, task: Task) -> pl.LazyFrame:
    return (
        events.filter(event_type.is_in(task.leg_events))
        .with_columns(pl.coalesce("leg_id", "agent_id", pl.lit("")).alias("leg"))
        .group_by([*KEY, "leg"])
        .agg(
            event_type.is_in(task.rung_events).any().alias("rung"),
            (event_type == "agent_rejected").any().alias("rejected"),
            (event_type == "agent_answered").any().alias("answered"),
        )
        .group_by(KEY)
        .agg(
            pl.col("rung").sum().cast(pl.Int32).alias("agents_rung"),
            (pl.col("rejected") & ~pl.col("answered")).sum().cast(pl.Int32).alias("agents_rejected"),
        )
    )


def evidence_of(calls: pl.LazyFrame, task: Task) -> pl.LazyFrame:
    """What the rules may name, of the calls that are over."""
    incoming = pl.col("is_labelled_incoming")
    outcomes = {one["code"]: one["name"] for one in task.dial_outcomes}
    return (
        calls.with_columns(
            *(((pl.col("bits") & bit) != 0).alias(name) for name, bit in task.flag_bits().items()),
            pl.lit(False).alias("any_rejection_counts"),
            pl.col("agents_rung", "agents_rejected").fill_null(0),
            name_in("first_call_ended", dict(enumerate(PARTIES))).alias("ended_by"),
            name_in("first_dial_outcome", outcomes).alias("dial_outcome"),
            (pl.col("first_customer_answered") % 16 == 0).fill_null(False).alias("is_machine_answer"),
        )
        .with_columns(
            pl.when(incoming).then(pl.lit("incoming")).otherwise(pl.lit("outgoing")).alias("direction"),
            pl.when(incoming).then("agent_ringing_at").otherwise("customer_ringing_at").alias("first_ring_at"),
            pl.when(incoming)
            .then("agent_answered_at")
            .otherwise(time_in("first_customer_answered"))
            .alias("answered_at"),
            pl.coalesce(time_in("first_call_ended"), "last_event_at").alias("ended_at"),
        )
        .filter(
            incoming | pl.col("is_labelled_outgoing"),
            pl.col("has_call_ended")
            | (pl.col("last_event_at") <= pl.lit(task.as_of).str.to_datetime() - pl.duration(hours=24)),
        )
    )


def name_in(column: str, names: dict[int, str]) -> pl.Expr:
    return (pl.col(column) % 16).replace_strict(names, default=None, return_dtype=pl.String)


def time_in(column: str) -> pl.Expr:
    return (pl.col(column) // 16).cast(pl.Datetime("us"))


def facts(evidence: pl.LazyFrame, task: Task) -> pl.LazyFrame:
    decisions = pl.LazyFrame(task.decisions).drop("when").with_row_index("decision", 1)
    answered_or_ended_at = pl.coalesce("answered_at", "ended_at")
    return (
        evidence.with_columns(pl.sql_expr(sql.decision_number(task)).cast(pl.UInt32).alias("decision"))
        .join(decisions, on="decision", how="inner")
        .with_columns(
            (pl.col("source_system") + "/" + pl.col("call_id")).alias("call_key"),
            pl.col("answered_at").is_not_null().alias("is_answered"),
            (pl.sum_horizontal(*LABELS) > 1).alias("has_conflicting_direction"),
            pl.when(pl.col("direction") == "incoming")
            .then("answering_agent_id")
            .otherwise("first_agent_id")
            .alias("agent_id"),
            (~pl.col("has_call_ended")).alias("is_end_inferred"),
            seconds(pl.min_horizontal("queued_at", "first_ring_at"), answered_or_ended_at).alias("wait_seconds"),
            seconds(pl.col("first_ring_at"), answered_or_ended_at).alias("ring_seconds"),
            seconds(pl.col("answered_at"), pl.col("ended_at")).alias("talk_seconds"),
            seconds(pl.col("started_at"), pl.col("ended_at")).alias("total_seconds"),
        )
        .select(FACTS)
    )


def seconds(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return ((end - start).dt.total_microseconds() / 1_000_000).clip(0)
