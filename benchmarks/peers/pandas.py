"""pandas, at a size that fits in memory: masks, group by, merge; from Parquet to Parquet."""

import numpy as np
import pandas as pd

from benchmarks.peers import conditions
from benchmarks.peers.task import FACTS, LABELS, PARTIES, Task

KEY = ["source_system", "call_id"]
COLUMNS = [
    *("event_id", "source_system", "call_id", "leg_id", "direction", "event_type", "occurred_at", "loaded_at", "party"),
    *("agent_id", "customer_number", "business_number", "queue", "reason", "cause_scheme", "cause_code", "seconds"),
]


def calls(task: Task) -> None:
    events = valid_events(task)
    found = calls_of(events, task).join(legs_of(events, task)).fillna({"agents_rung": 0, "agents_rejected": 0})
    facts(evidence_of(found, task), task).to_parquet(task.output, index=False)


def valid_events(task: Task) -> pd.DataFrame:
    events = pd.read_parquet(task.input, columns=COLUMNS)
    texts = events.select_dtypes("str").columns
    events[texts] = events[texts].replace("", None)
    events["source_system"] = events["source_system"].fillna("canonical")
    allowed, direction = events["event_type"].map(task.event_types), events["direction"]
    return events[
        events["event_id"].notna()
        & events["call_id"].notna()
        & events["occurred_at"].notna()
        & events["loaded_at"].notna()
        & (events["occurred_at"] <= events["loaded_at"] + pd.Timedelta(days=1))
        & allowed.notna()
        & (direction.isna() | direction.isin(LABELS.values()))
        & ((allowed == "both") | direction.isna() | (direction == "internal") | (allowed == direction))
    ].sort_values("occurred_at", kind="stable")


def flags_of(events: pd.DataFrame, task: Task) -> pd.DataFrame:
    kind, reason = events["event_type"], events["reason"]
    found = {
        name: kind.isin(types) & (reason == why) if why else kind.isin(types)
        for name, (types, why) in task.flags.items()
    }
    found["has_voicemail"] = (kind == "voicemail_left") & (events["seconds"].isna() | (events["seconds"] >= 1))
    found |= {name: events["direction"] == label for name, label in LABELS.items()}
    return pd.DataFrame(found).astype(bool).groupby([events[name] for name in KEY]).any()


def calls_of(events: pd.DataFrame, task: Task) -> pd.DataFrame:
    kind, reason = events["event_type"], events["reason"]
    events = events.assign(
        party_code=events["party"].map({name: n for n, name in enumerate(PARTIES)}).fillna(len(PARTIES)),
        is_human=(reason != "machine").astype(int),
        outcome=np.select(
            [conditions.holds(one["when"], events) for one in task.dial_outcomes],
            [one["code"] for one in task.dial_outcomes],
            0,
        ),
    )
    grouped = events.groupby(KEY)
    calls = flags_of(events, task)
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
    calls["answering_agent_id"] = first(events, kind == "agent_answered", "agent_id")
    coded = events[events["cause_code"].notna()].groupby(KEY)
    calls["cause_code"], calls["cause_scheme"] = coded["cause_code"].last(), coded["cause_scheme"].last()
    calls["ended_by"] = first(events, kind == "call_ended", "party_code").map(dict(enumerate(PARTIES)))
    outcome = first(events, events["outcome"] > 0, "outcome")
    calls["dial_outcome"] = outcome.map({one["code"]: one["name"] for one in task.dial_outcomes})
    calls["is_machine_answer"] = first(events, kind == "customer_answered", "is_human") == 0
    calls["is_machine_answer"] = calls["is_machine_answer"].fillna(False).astype(bool)
    return calls


def first(events: pd.DataFrame, where: pd.Series, column: str) -> pd.Series:
    """The column of the earliest of some events of each call; the smallest at a tie."""
    some = events[where].sort_values(["occurred_at", column])
    return some.groupby(KEY)[column].head(1).set_axis(pd.MultiIndex.from_frame(some.drop_duplicates(KEY)[KEY]))


def legs_of(events: pd.DataFrame, task: Task) -> pd.DataFrame:
    some = events[events["event_type"].isin(task.leg_events)]
    leg = some["leg_id"].fillna(some["agent_id"]).fillna("").rename("leg")
    kinds = (
        pd.DataFrame(
            {
                "rung": some["event_type"].isin(task.rung_events),
                "rejected": some["event_type"] == "agent_rejected",
                "answered": some["event_type"] == "agent_answered",
            }
        )
        .groupby([some["source_system"], some["call_id"], leg])
        .any()
    )
    kinds["rejected"] &= ~kinds["answered"]
    return kinds.groupby(KEY)[["rung", "rejected"]].sum().set_axis(["agents_rung", "agents_rejected"], axis=1)


def evidence_of(calls: pd.DataFrame, task: Task) -> pd.DataFrame:
    """What the rules may name, of the calls that are over."""
    over = calls["has_call_ended"] | (calls["last_event_at"] <= pd.Timestamp(task.as_of) - pd.Timedelta(hours=24))
    calls = calls[(calls["is_labelled_incoming"] | calls["is_labelled_outgoing"]) & over].reset_index()
    incoming = calls["is_labelled_incoming"]
    return calls.rename(columns={"agent_id": "first_agent_id"}).assign(
        direction=np.where(incoming, "incoming", "outgoing"),
        agents_rung=calls["agents_rung"].astype("int32"),
        agents_rejected=calls["agents_rejected"].astype("int32"),
        any_rejection_counts=False,
        first_ring_at=calls["agent_ringing_at"].where(incoming, calls["customer_ringing_at"]),
        answered_at=calls["agent_answered_at"].where(incoming, calls["customer_answered_at"]),
        ended_at=calls["call_ended_at"].fillna(calls["last_event_at"]),
    )


def facts(calls: pd.DataFrame, task: Task) -> pd.DataFrame:
    decisions = pd.DataFrame(task.decisions).drop(columns="when")
    number = np.select([conditions.holds(one["when"], calls) for one in task.decisions], range(len(decisions)), -1)
    calls[decisions.columns] = decisions.iloc[number].set_axis(calls.index)
    end = calls["answered_at"].fillna(calls["ended_at"])
    return calls.assign(
        call_key=calls["source_system"] + "/" + calls["call_id"],
        is_answered=calls["answered_at"].notna(),
        has_conflicting_direction=calls[list(LABELS)].sum(axis=1) > 1,
        agent_id=calls["answering_agent_id"].where(calls["direction"] == "incoming", calls["first_agent_id"]),
        is_end_inferred=~calls["has_call_ended"],
        wait_seconds=seconds(calls[["queued_at", "first_ring_at"]].min(axis=1), end),
        ring_seconds=seconds(calls["first_ring_at"], end),
        talk_seconds=seconds(calls["answered_at"], calls["ended_at"]),
        total_seconds=seconds(calls["started_at"], calls["ended_at"]),
    )[FACTS]


def seconds(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.total_seconds().clip(lower=0)
