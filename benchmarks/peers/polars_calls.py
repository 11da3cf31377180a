"""The job in Polars: one lazy query, streaming engine, from Parquet to Parquet."""

import json
import time

import polars as pl

from benchmarks.peers import arguments, decisions

EVENT_TYPES = list(decisions.EVENT_TYPES)
# One bit an event type, and some that hang on a field: a call's are the bitwise or, which needs no de-duplication.
BITS = {
    name: 1 << place
    for place, name in enumerate(
        [
            *EVENT_TYPES,
            "incoming",
            "outgoing",
            "internal",
            "queue_abandoned",
            "queue_empty",
            "queue_full",
            "queue_timeout",
            "country_restricted",
            "message_left",
        ]
    )
}
AGENT_EVENTS = ["agent_ringing", "agent_answered", "agent_rejected", "agent_no_answer", "agent_unavailable"]
KEY = ["source_system", "call_id"]
TEXTS = [
    "event_id",
    "call_id",
    "leg_id",
    "direction",
    "party",
    "agent_id",
    "customer_number",
    "business_number",
    "queue",
    "reason",
    "cause_scheme",
    "cause_code",
]

event_type, reason, party, occurred_at = (pl.col(name) for name in ("event_type", "reason", "party", "occurred_at"))


def valid_events(path: str) -> pl.LazyFrame:
    incoming, outgoing = decisions.of_direction("incoming"), decisions.of_direction("outgoing")
    direction = pl.col("direction").fill_null("")
    return (
        pl.scan_parquet(path)
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
            event_type.is_in(EVENT_TYPES),
            direction.is_in(["", "incoming", "outgoing", "internal"]),
            ~(event_type.is_in(incoming) & (direction == "outgoing")),
            ~(event_type.is_in(outgoing) & (direction == "incoming")),
        )
    )


def bits_of_event() -> pl.Expr:
    def bit(name, condition):
        return pl.when(condition).then(BITS[name]).otherwise(0)

    left = event_type == "queue_left"
    return (
        event_type.replace_strict({name: BITS[name] for name in EVENT_TYPES}, return_dtype=pl.Int64)
        + pl.col("direction").replace_strict(
            {name: BITS[name] for name in ("incoming", "outgoing", "internal")}, default=0, return_dtype=pl.Int64
        )
        + bit("queue_abandoned", left & (reason == "abandoned"))
        + bit("queue_empty", left & (reason == "empty"))
        + bit("queue_full", left & (reason == "full"))
        + bit("queue_timeout", left & (reason == "timeout"))
        + bit("country_restricted", (event_type == "dial_blocked") & (reason == "country_restricted"))
        + bit("message_left", (event_type == "voicemail_left") & (pl.col("seconds").fill_null(1) >= 1))
    )


def ranked(condition, rank) -> pl.Expr:
    """Time and a small rank as one integer: its smallest is the earliest, the lower rank at a tie."""
    return pl.when(condition).then(occurred_at.dt.epoch("us") * 16 + rank)


def signal_rank() -> pl.Expr:
    ended = event_type == "call_ended"
    return (
        pl.when(event_type == "customer_rejected")
        .then(3)
        .when(event_type == "dial_failed")
        .then(reason.replace_strict({"number_busy": 4, "not_in_service": 5}, default=9, return_dtype=pl.Int32))
        .when(ended & (party == "agent"))
        .then(6)
        .when(event_type == "dial_timeout")
        .then(7)
        .when(ended & (party == "customer"))
        .then(8)
    )


def time_of(name: str) -> pl.Expr:
    return pl.when(event_type == name).then(occurred_at).min()


def earliest(name: str) -> pl.Expr:
    return pl.col(name).min_by(pl.when(pl.col(name).is_not_null()).then(occurred_at))


def packed() -> tuple[pl.Expr, ...]:
    """What an event says of its call in integers, which merge by a bitwise or (`bits`) or as their smallest."""
    return (
        bits_of_event().alias("bits"),
        ranked(
            event_type == "call_ended",
            party.replace_strict({"customer": 0, "agent": 1, "system": 2}, default=3, return_dtype=pl.Int32),
        ).alias("first_call_ended"),
        ranked(event_type == "customer_answered", pl.when(reason == "machine").then(0).otherwise(1)).alias(
            "first_customer_answered"
        ),
        ranked(signal_rank().is_not_null(), signal_rank()).alias("first_signal"),
    )


def calls_of(events: pl.LazyFrame) -> pl.LazyFrame:
    return (
        events.with_columns(*packed())
        .group_by(KEY)
        .agg(
            pl.col("bits").bitwise_or(),
            pl.col("first_call_ended").min(),
            pl.col("first_customer_answered").min(),
            pl.col("first_signal").min(),
            occurred_at.min().alias("started_at"),
            occurred_at.max().alias("last_event_at"),
            pl.col("loaded_at").max().alias("last_loaded_at"),
            time_of("queue_joined").alias("queued_at"),
            time_of("agent_ringing").alias("first_agent_ringing_at"),
            time_of("customer_ringing").alias("first_customer_ringing_at"),
            time_of("agent_answered").alias("first_agent_answered_at"),
            earliest("customer_number"),
            earliest("business_number"),
            earliest("queue"),
            earliest("agent_id").alias("first_agent_id"),
            pl.col("agent_id")
            .min_by(pl.when(event_type == "agent_answered").then(occurred_at))
            .alias("answering_agent_id"),
            *(
                pl.col(name).max_by(pl.when(pl.col("cause_code").is_not_null()).then(occurred_at))
                for name in ("cause_scheme", "cause_code")
            ),
        )
    )


def legs_of(events: pl.LazyFrame) -> pl.LazyFrame:
    return (
        events.filter(event_type.is_in(AGENT_EVENTS))
        .with_columns(pl.coalesce("leg_id", "agent_id", pl.lit("")).alias("leg"))
        .group_by([*KEY, "leg"])
        .agg(
            (event_type != "agent_unavailable").any().alias("rung"),
            (event_type == "agent_rejected").any().alias("rejected"),
            (event_type == "agent_answered").any().alias("answered"),
        )
        .group_by(KEY)
        .agg(
            pl.col("rung").sum().cast(pl.Int32).alias("agents_rung"),
            (pl.col("rejected") & ~pl.col("answered")).sum().cast(pl.Int32).alias("agents_rejected"),
        )
    )


def has(*names: str) -> pl.Expr:
    return (pl.col("bits") & sum(BITS[name] for name in names)) != 0


def named(calls: pl.LazyFrame, as_of: str) -> pl.LazyFrame:
    """The names that the decisions read, for concluded calls."""
    return calls.with_columns(
        pl.when(has("incoming"))
        .then(pl.lit("incoming"))
        .when(has("outgoing"))
        .then(pl.lit("outgoing"))
        .alias("direction"),
        pl.col("agents_rung").fill_null(0),
        pl.col("agents_rejected").fill_null(0),
        (pl.col("first_call_ended") % 16)
        .replace_strict({0: "customer", 1: "agent", 2: "system"}, default="")
        .alias("ended_by"),
        (pl.col("first_signal") % 16).fill_null(0).alias("signal"),
        (pl.col("first_customer_answered") % 16 == 0).fill_null(False).alias("machine_answered"),
        (pl.col("first_call_ended") // 16).cast(pl.Datetime("us")).alias("first_call_ended_at"),
        (pl.col("first_customer_answered") // 16).cast(pl.Datetime("us")).alias("first_customer_answered_at"),
        *(
            has(name).alias(name)
            for name in (
                "agent_answered",
                "message_left",
                "caller_blocked",
                "queue_abandoned",
                "queue_joined",
                "queue_left",
                "queue_empty",
                "queue_full",
                "queue_timeout",
                "number_unavailable",
                "agent_unavailable",
                "customer_answered",
                "customer_ringing",
                "dial_blocked",
                "country_restricted",
                "transferred",
            )
        ),
        has("after_hours_message_started").alias("after_hours"),
        has("voicemail_started", "voicemail_left").alias("voicemail_reached"),
        has("ivr_started", "ivr_input", "ivr_ended").alias("ivr"),
        has("welcome_started", "welcome_ended").alias("welcome"),
    ).filter(
        pl.col("direction").is_not_null(),
        has("call_ended") | (pl.col("last_event_at") <= pl.lit(as_of).str.to_datetime() - pl.duration(hours=24)),
    )


def seconds(start, end) -> pl.Expr:
    return ((end - start).dt.total_microseconds() / 1_000_000).clip(0)


def facts(calls: pl.LazyFrame) -> pl.LazyFrame:
    incoming = pl.col("direction") == "incoming"

    def by_direction(for_incoming, otherwise):
        return pl.when(incoming).then(for_incoming).otherwise(otherwise)

    says = pl.LazyFrame(decisions.DECISIONS).drop("when").with_row_index("decision", 1)
    return (
        calls.with_columns(
            pl.sql_expr(decisions.number_case()).cast(pl.UInt32).alias("decision"),
            by_direction("first_agent_ringing_at", "first_customer_ringing_at").alias("first_ring_at"),
            by_direction("first_agent_answered_at", "first_customer_answered_at").alias("answered_at"),
            by_direction("answering_agent_id", "first_agent_id").alias("agent_id"),
            pl.coalesce("first_call_ended_at", "last_event_at").alias("ended_at"),
        )
        .join(says, on="decision", how="inner")
        .with_columns(pl.coalesce("answered_at", "ended_at").alias("answered_or_ended_at"))
        .select(
            (pl.col("source_system") + "/" + pl.col("call_id")).alias("call_key"),
            *KEY,
            "direction",
            *decisions.COLUMNS,
            pl.col("answered_at").is_not_null().alias("is_answered"),
            (has("incoming").cast(pl.Int8) + has("outgoing").cast(pl.Int8) + has("internal").cast(pl.Int8) > 1).alias(
                "has_conflicting_direction"
            ),
            "customer_number",
            "business_number",
            "queue",
            "agent_id",
            "agents_rung",
            "agents_rejected",
            pl.col("welcome").alias("reached_welcome"),
            pl.col("ivr").alias("reached_ivr"),
            has("queue_joined", "queue_left").alias("reached_queue"),
            pl.col("voicemail_reached").alias("reached_voicemail"),
            pl.col("message_left").alias("has_voicemail"),
            pl.col("after_hours").alias("is_after_hours"),
            pl.col("transferred").alias("is_transferred"),
            pl.col("ended_by").replace("", None),
            (~has("call_ended")).alias("is_end_inferred"),
            "cause_scheme",
            "cause_code",
            "started_at",
            "queued_at",
            "first_ring_at",
            "answered_at",
            "ended_at",
            seconds(pl.min_horizontal("queued_at", "first_ring_at"), pl.col("answered_or_ended_at")).alias(
                "wait_seconds"
            ),
            seconds(pl.col("first_ring_at"), pl.col("answered_or_ended_at")).alias("ring_seconds"),
            seconds(pl.col("answered_at"), pl.col("ended_at")).alias("talk_seconds"),
            seconds(pl.col("started_at"), pl.col("ended_at")).alias("total_seconds"),
            "last_loaded_at",
        )
    )


def main() -> None:
    options = arguments.parse(__doc__)
    started = time.monotonic()
    events = valid_events(options.input)
    calls = calls_of(events).join(legs_of(events), on=KEY, how="left")
    facts(named(calls, options.as_of)).sink_parquet(options.output, engine="streaming")
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
