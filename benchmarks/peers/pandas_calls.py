"""The job in pandas, at a size that fits in memory: masks, group by, merge; from Parquet to Parquet."""

import json
import time

import numpy as np
import pandas as pd

from benchmarks.peers import arguments, decisions

KEY = ["source_system", "call_id"]
AGENT_EVENTS = ["agent_ringing", "agent_answered", "agent_rejected", "agent_no_answer", "agent_unavailable"]
EXACT = {  # name → event types, reasons (None: any)
    "agent_answered": (["agent_answered"], None),
    "caller_blocked": (["caller_blocked"], None),
    "after_hours": (["after_hours_message_started"], None),
    "voicemail_reached": (["voicemail_started", "voicemail_left"], None),
    "queue_joined": (["queue_joined"], None),
    "queue_left": (["queue_left"], None),
    "queue_abandoned": (["queue_left"], "abandoned"),
    "queue_empty": (["queue_left"], "empty"),
    "queue_full": (["queue_left"], "full"),
    "queue_timeout": (["queue_left"], "timeout"),
    "number_unavailable": (["number_unavailable"], None),
    "agent_unavailable": (["agent_unavailable"], None),
    "ivr": (["ivr_started", "ivr_input", "ivr_ended"], None),
    "welcome": (["welcome_started", "welcome_ended"], None),
    "customer_answered": (["customer_answered"], None),
    "customer_ringing": (["customer_ringing"], None),
    "dial_blocked": (["dial_blocked"], None),
    "country_restricted": (["dial_blocked"], "country_restricted"),
    "is_transferred": (["transferred"], None),
    "call_ended": (["call_ended"], None),
}


def valid_events(path: str) -> pd.DataFrame:
    events = pd.read_parquet(
        path,
        columns=[
            "event_id",
            "source_system",
            "call_id",
            "leg_id",
            "direction",
            "event_type",
            "occurred_at",
            "loaded_at",
            "party",
            "agent_id",
            "customer_number",
            "business_number",
            "queue",
            "reason",
            "cause_scheme",
            "cause_code",
            "seconds",
        ],
    )
    texts = events.select_dtypes("str").columns
    events[texts] = events[texts].replace("", None)
    events["source_system"] = events["source_system"].fillna("canonical")
    allowed, direction = events["event_type"].map(decisions.EVENT_TYPES), events["direction"]
    return events[
        events["event_id"].notna()
        & events["call_id"].notna()
        & events["occurred_at"].notna()
        & events["loaded_at"].notna()
        & (events["occurred_at"] <= events["loaded_at"] + pd.Timedelta(days=1))
        & allowed.notna()
        & (direction.isna() | direction.isin(["incoming", "outgoing", "internal"]))
        & ((allowed == "both") | direction.isna() | (direction == "internal") | (allowed == direction))
    ].sort_values("occurred_at", kind="stable")


def flags(events: pd.DataFrame) -> pd.DataFrame:
    kind, reason = events["event_type"], events["reason"]
    found = {
        name: kind.isin(types) if why is None else kind.isin(types) & (reason == why)
        for name, (types, why) in EXACT.items()
    }
    found["message_left"] = (kind == "voicemail_left") & (events["seconds"].isna() | (events["seconds"] >= 1))
    for name in ("incoming", "outgoing", "internal"):
        found[f"is_{name}"] = events["direction"] == name
    return pd.DataFrame(found).astype(bool).groupby([events[name] for name in KEY]).any()


def first(events: pd.DataFrame, where, column: str, *ties: str) -> pd.Series:
    """The column of the earliest of some events of each call. Events are in order of time."""
    some = events[where]
    if ties:
        some = some.sort_values(["occurred_at", *ties])
    return some.groupby(KEY)[column].head(1).set_axis(pd.MultiIndex.from_frame(some.drop_duplicates(KEY)[KEY]))


def calls_of(events: pd.DataFrame) -> pd.DataFrame:
    kind, party, reason = events["event_type"], events["party"], events["reason"]
    failed = reason.map({"number_busy": 4, "not_in_service": 5}).fillna(9)
    events = events.assign(
        party_rank=party.map({"customer": 0, "agent": 1, "system": 2}).fillna(3),
        is_human=(reason != "machine").astype(int),
        signal=np.select(
            [
                kind == "customer_rejected",
                kind == "dial_failed",
                (kind == "call_ended") & (party == "agent"),
                kind == "dial_timeout",
                (kind == "call_ended") & (party == "customer"),
            ],
            [3, failed, 6, 7, 8],
            0,
        ),
    )
    grouped = events.groupby(KEY)
    calls = flags(events)
    calls["started_at"], calls["last_event_at"] = grouped["occurred_at"].min(), grouped["occurred_at"].max()
    calls["last_loaded_at"] = grouped["loaded_at"].max()
    for name, event_type in {
        "queued_at": "queue_joined",
        "agent_ringing_at": "agent_ringing",
        "agent_answered_at": "agent_answered",
        "customer_ringing_at": "customer_ringing",
        "customer_answered_at": "customer_answered",
        "call_ended_at": "call_ended",
    }.items():
        calls[name] = events[kind == event_type].groupby(KEY)["occurred_at"].min()
    for name in ("customer_number", "business_number", "queue", "agent_id"):
        calls[name] = grouped[name].first()  # the first that is not null
    calls["answering_agent"] = first(events, kind == "agent_answered", "agent_id", "agent_id")
    coded = events[events["cause_code"].notna()].groupby(KEY)
    calls["cause_code"] = coded["cause_code"].last()
    calls["cause_scheme"] = coded["cause_scheme"].last()
    calls["ended_by"] = first(events, kind == "call_ended", "party_rank", "party_rank").map(
        {0: "customer", 1: "agent", 2: "system"}
    )
    calls["ended_by"] = calls["ended_by"].fillna("")
    calls["signal"] = first(events, events["signal"] > 0, "signal", "signal")
    calls["signal"] = calls["signal"].fillna(0)
    calls["machine_answered"] = first(events, kind == "customer_answered", "is_human", "is_human") == 0
    calls["machine_answered"] = calls["machine_answered"].fillna(False).astype(bool)
    return calls.join(legs_of(events)).fillna({"agents_rung": 0, "agents_rejected": 0})


def legs_of(events: pd.DataFrame) -> pd.DataFrame:
    some = events[events["event_type"].isin(AGENT_EVENTS)]
    leg = some["leg_id"].fillna(some["agent_id"]).fillna("").rename("leg")
    kinds = (
        pd.DataFrame(
            {
                "rung": some["event_type"] != "agent_unavailable",
                "rejected": some["event_type"] == "agent_rejected",
                "answered": some["event_type"] == "agent_answered",
            }
        )
        .groupby([some["source_system"], some["call_id"], leg])
        .any()
    )
    kinds["rejected"] &= ~kinds["answered"]
    return kinds.groupby(KEY)[["rung", "rejected"]].sum().set_axis(["agents_rung", "agents_rejected"], axis=1)


def facts(calls: pd.DataFrame, as_of: str) -> pd.DataFrame:
    over = calls["call_ended"] | (calls["last_event_at"] <= pd.Timestamp(as_of) - pd.Timedelta(hours=24))
    calls = calls[(calls["is_incoming"] | calls["is_outgoing"]) & over].reset_index()
    incoming = calls["is_incoming"]
    calls["direction"] = np.where(incoming, "incoming", "outgoing")
    conditions = [
        calls.eval(row["when"].replace(" = ", " == ").replace("true", "True")).to_numpy() for row in decisions.DECISIONS
    ]
    number = np.select(conditions, range(len(conditions)), -1)
    says = pd.DataFrame(decisions.DECISIONS)[decisions.COLUMNS]
    calls[decisions.COLUMNS] = says.iloc[number].set_axis(calls.index)
    calls["first_ring_at"] = calls["agent_ringing_at"].where(incoming, calls["customer_ringing_at"])
    calls["answered_at"] = calls["agent_answered_at"].where(incoming, calls["customer_answered_at"])
    calls["ended_at"] = calls["call_ended_at"].fillna(calls["last_event_at"])
    end = calls["answered_at"].fillna(calls["ended_at"])
    labels = calls[["is_incoming", "is_outgoing", "is_internal"]].sum(axis=1)

    def seconds(start, finish):
        return (finish - start).dt.total_seconds().clip(lower=0)

    return pd.DataFrame(
        {
            "call_key": calls["source_system"] + "/" + calls["call_id"],
            **{name: calls[name] for name in [*KEY, "direction", *decisions.COLUMNS]},
            "is_answered": calls["answered_at"].notna(),
            "has_conflicting_direction": labels > 1,
            "customer_number": calls["customer_number"],
            "business_number": calls["business_number"],
            "queue": calls["queue"],
            "agent_id": calls["answering_agent"].where(incoming, calls["agent_id"]),
            "agents_rung": calls["agents_rung"].astype("int32"),
            "agents_rejected": calls["agents_rejected"].astype("int32"),
            "reached_welcome": calls["welcome"],
            "reached_ivr": calls["ivr"],
            "reached_queue": calls["queue_joined"] | calls["queue_left"],
            "reached_voicemail": calls["voicemail_reached"],
            "has_voicemail": calls["message_left"],
            "is_after_hours": calls["after_hours"],
            "is_transferred": calls["is_transferred"],
            "ended_by": calls["ended_by"].replace("", None),
            "is_end_inferred": ~calls["call_ended"],
            "cause_scheme": calls["cause_scheme"],
            "cause_code": calls["cause_code"],
            **{name: calls[name] for name in ("started_at", "queued_at", "first_ring_at", "answered_at", "ended_at")},
            "wait_seconds": seconds(calls[["queued_at", "first_ring_at"]].min(axis=1), end),
            "ring_seconds": seconds(calls["first_ring_at"], end),
            "talk_seconds": seconds(calls["answered_at"], calls["ended_at"]),
            "total_seconds": seconds(calls["started_at"], calls["ended_at"]),
            "last_loaded_at": calls["last_loaded_at"],
        }
    )


def main() -> None:
    options = arguments.parse(__doc__)
    started = time.monotonic()
    facts(calls_of(valid_events(options.input)), options.as_of).to_parquet(options.output, index=False)
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
