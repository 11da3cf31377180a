"""The evidence pass alone in Polars: every smallest, largest and bitwise or of a call's events, from Parquet to Parquet."""

import json
import time

import polars as pl

from benchmarks.peers import arguments
from benchmarks.peers.polars_calls import KEY, earliest, occurred_at, packed, time_of, valid_events


def evidence_of(events: pl.LazyFrame) -> pl.LazyFrame:
    is_agent_known = pl.col("agent_id").is_not_null() & (pl.col("direction").fill_null("") != "incoming")
    return (
        events.with_columns(*packed())
        .group_by(KEY)
        .agg(
            pl.col("bits").bitwise_or(),
            pl.col("first_call_ended").min(),
            pl.col("first_customer_answered").min(),
            pl.col("first_signal").min(),
            occurred_at.min().alias("first_event_at"),
            occurred_at.max().alias("last_event_at"),
            time_of("queue_joined").alias("first_queue_joined_at"),
            time_of("customer_ringing").alias("first_customer_ringing_at"),
            pl.when(pl.col("event_type") == "voicemail_left")
            .then(pl.col("seconds"))
            .max()
            .alias("longest_voicemail_seconds"),
            earliest("customer_number"),
            earliest("business_number"),
            earliest("queue"),
            pl.col("agent_id").min_by(pl.when(is_agent_known).then(occurred_at)).alias("first_agent"),
            *(
                pl.col(name).max_by(pl.when(pl.col("cause_code").is_not_null()).then(occurred_at))
                for name in ("cause_scheme", "cause_code")
            ),
            pl.col("loaded_at").max().alias("last_loaded_at"),
        )
    )


def main() -> None:
    options = arguments.parse(__doc__)
    started = time.monotonic()
    evidence_of(valid_events(options.input)).sink_parquet(options.output, engine="streaming")
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
