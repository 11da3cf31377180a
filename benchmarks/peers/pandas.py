"""pandas, at a size that fits in memory: masks, group by, merge; from Parquet to Parquet."""

import numpy as np
import pandas as pd

from benchmarks.peers import conditions
from benchmarks.peers.task import ANSWERS, CONSTANTS, DIRECTIONS, FACTS, LABELS, NO_PARTY, PARTIES, Task

KEY = ["source_system", "call_id"]
COLUMNS = [
    *("event_id", "source_system", "call_id", "leg_id", "direction", "event_type", "occurred_at", "loaded_at", "party"),
    *("agent_id", "customer_number", "business_number", "queue", "reason", "cause_scheme", "cause_code", "seconds"),
]
LEG_COUNTS = ["agents_rung", "legs_rejected", "legs_rejected_without_unproven_answer"]


def calls(task: Task) -> None:
    events = valid_events(task)
    found = calls_of(events, task).join(legs_of(events, task)).fillna(dict.fromkeys(LEG_COUNTS, 0))
    facts(evidence_of(found, task), task).to_parquet(task.output, index=False)


def valid_events(task: Task) -> pd.DataFrame:
    events = pd.read_parquet(task.input, columns=COLUMNS)
    texts = events.select_dtypes("str").columns
    events[texts] = events[texts].replace("", None)
    events["source_system"] = events["source_system"].fillna("canonical")
    events["seconds"] = events["seconds"].where(events["seconds"] >= 0)
    events["direction"] = events["direction"].replace(DIRECTIONS)
    for name, (answer, why) in ANSWERS.items():
        is_such = (events["event_type"] == answer) & (events["reason"] == why).fillna(False).astype(bool)
        events["event_type"] = events["event_type"].mask(is_such, name)
    allowed, direction = events["event_type"].map(task.event_types), events["direction"]
    return events[
        events["event_id"].notna()
        & events["call_id"].notna()
        & events["occurred_at"].notna()
        & events["loaded_at"].notna()
        & (events["occurred_at"] >= pd.Timestamp(1990, 1, 1))
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
        party_code=events["party"].map(PARTIES).fillna(NO_PARTY),
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
    for name, types in {
        "queued_at": ["queue_joined"],
        "agent_ringing_at": ["agent_ringing"],
        "agent_answered_at": ["agent_answered"],
        "agent_unproven_at": ["agent_answered_unproven"],
        "customer_ringing_at": ["customer_ringing"],
        "customer_answered_at": ["customer_answered"],
        "customer_unproven_at": ["customer_answered_unproven"],
        "first_call_ended_at": ["call_ended"],
    }.items():
        calls[name] = events[kind.isin(types)].groupby(KEY)["occurred_at"].min()
    for name, types in {
        "last_agent_contact_at": ["agent_ringing", "agent_answered"],
        "last_agent_answered_at": ["agent_answered"],
        "last_agent_unproven_at": ["agent_answered_unproven"],
        "last_customer_answered_at": ["customer_answered", "customer_answered_unproven"],
        "last_call_ended_at": ["call_ended"],
        "last_part_ended_at": ["part_ended"],
        "last_queue_joined_at": ["queue_joined"],
        "last_queue_left_at": ["queue_left"],
    }.items():
        calls[name] = events[kind.isin(types)].groupby(KEY)["occurred_at"].max()
    calls["voicemail_seconds"] = events[kind == "voicemail_left"].groupby(KEY)["seconds"].max()
    for name in ("customer_number", "business_number", "queue", "agent_id"):
        calls[name] = grouped[name].first()  # the first that is not null
    calls["answering_agent_id"] = first(events, kind == "agent_answered", "agent_id")
    coded = events[events["cause_code"].notna()].groupby(KEY)
    calls["cause_code"], calls["cause_scheme"] = coded["cause_code"].last(), coded["cause_scheme"].last()
    calls["unproven_answering_agent_id"] = first(events, kind == "agent_answered_unproven", "agent_id")
    joined = kind == "queue_joined"
    calls["last_queue"] = last(events, joined & events["queue"].notna(), "queue")
    calls["last_queue"] = calls["last_queue"].fillna(calls["queue"])
    calls["last_queue_joined"] = last(events, joined, "queue")
    calls["last_queue_left"] = last(events, kind == "queue_left", "queue")
    party = {code: name for name, code in PARTIES.items()}
    calls["first_call_ended_by"] = first(events, kind == "call_ended", "party_code").map(party).astype(object)
    calls["last_call_ended_by"] = last(events, kind == "call_ended", "party_code").map(party).astype(object)
    is_part_ended_by_somebody = (kind == "part_ended") & (events["party_code"] != NO_PARTY)
    calls["last_part_ended_by"] = last(events, is_part_ended_by_somebody, "party_code").map(party).astype(object)
    outcome = first(events, events["outcome"] > 0, "outcome")
    calls["dial_outcome"] = outcome.map({one["code"]: one["name"] for one in task.dial_outcomes})
    calls["is_machine_answer"] = first(events, kind == "customer_answered", "is_human") == 0
    calls["is_machine_answer"] = calls["is_machine_answer"].fillna(False).astype(bool)
    return calls


def first(events: pd.DataFrame, where: pd.Series, column: str) -> pd.Series:
    """The column of the earliest of some events of each call; the smallest at a tie."""
    return top(events[where].sort_values(["occurred_at", column]), column)


def last(events: pd.DataFrame, where: pd.Series, column: str) -> pd.Series:
    """Of the latest; none before the smallest at a tie."""
    some = events[where].sort_values(column, na_position="first")
    return top(some.sort_values("occurred_at", ascending=False, kind="stable"), column)


def top(some: pd.DataFrame, column: str) -> pd.Series:
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
                "answered_unproven": some["event_type"] == "agent_answered_unproven",
            }
        )
        .groupby([some["source_system"], some["call_id"], leg])
        .any()
    )
    kinds["rejected"] &= ~kinds["answered"]
    kinds["rejected_only"] = kinds["rejected"] & ~kinds["answered_unproven"]
    return kinds.groupby(KEY)[["rung", "rejected", "rejected_only"]].sum().set_axis(LEG_COUNTS, axis=1)


def evidence_of(calls: pd.DataFrame, task: Task) -> pd.DataFrame:
    """What the rules may name, of the calls that are over."""
    calls = calls[calls["is_labelled_incoming"] | calls["is_labelled_outgoing"]].reset_index()
    incoming, has_voicemail = calls["is_labelled_incoming"], calls["has_voicemail"]
    # An unproven answer of an incoming call is none where a message was left.
    agent_unproven_at = calls["agent_unproven_at"].mask(has_voicemail)
    last_agent_unproven_at = calls["last_agent_unproven_at"].mask(incoming & has_voicemail)
    proven_at = calls["agent_answered_at"].where(incoming, calls["customer_answered_at"])
    unproven_at = agent_unproven_at.where(incoming, calls["customer_unproven_at"])
    last_answer_at = later(calls["last_agent_answered_at"], last_agent_unproven_at).where(
        incoming, calls["last_customer_answered_at"]
    )
    calls["last_contact_at"] = later(later(calls["last_agent_contact_at"], last_answer_at), last_agent_unproven_at)
    is_unproven_earlier = incoming & unproven_at.notna() & (proven_at.isna() | (unproven_at < proven_at))
    calls = calls.rename(columns={"agent_id": "first_agent_id"}).assign(
        **CONSTANTS,
        direction=np.where(incoming, "incoming", "outgoing"),
        agents_rung=calls["agents_rung"].astype("int32"),
        agents_rejected=calls["legs_rejected"]
        .where(incoming & has_voicemail, calls["legs_rejected_without_unproven_answer"])
        .astype("int32"),
        any_rejection_counts=False,
        is_closed_with_message=False,
        has_agent_answered=calls["has_agent_proven"] | (calls["has_agent_unproven"] & ~has_voicemail),
        reached_voicemail=calls["has_voicemail_event"] | (incoming & calls["has_agent_machine"]),
        is_turned_away=calls["has_caller_blocked"].where(incoming, calls["has_dial_blocked"]),
        first_ring_at=calls["agent_ringing_at"].where(incoming, calls["customer_ringing_at"]),
        answered_at=proven_at.where(~(unproven_at < proven_at), unproven_at).fillna(unproven_at),
        is_answered=proven_at.notna() | unproven_at.notna(),
        is_answer_unproven=proven_at.isna() & unproven_at.notna(),
        answering_agent_id=calls["answering_agent_id"].mask(is_unproven_earlier, calls["unproven_answering_agent_id"]),
        end_at=end(calls, "at"),
        ended_by=end(calls, "by"),
    )
    joined_at, left_at = calls["last_queue_joined_at"], calls["last_queue_left_at"]
    names_another = calls["last_queue_left"].notna() & calls["last_queue_joined"].notna()
    names_another &= (calls["last_queue_left"] != calls["last_queue_joined"]).fillna(False).astype(bool)
    is_in_queue = joined_at.notna() & (
        left_at.isna() | (left_at < joined_at) | ((left_at == joined_at) & names_another)
    )
    is_by_customer = (calls["ended_by"] == "customer").fillna(False).astype(bool)
    calls = calls.assign(
        is_end_inferred=calls["end_at"].isna(),
        ended_at=later(calls["end_at"].fillna(calls["last_event_at"]), last_answer_at),
        is_queue_abandoned=calls["has_queue_left_abandoned"] | (is_by_customer & is_in_queue),
    )
    is_old = calls["last_event_at"] <= pd.Timestamp(task.as_of) - pd.Timedelta(hours=24)
    return calls[~calls["is_end_inferred"] | calls["is_turned_away"] | is_old].reset_index(drop=True)


def later(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.mask(other > one, other).fillna(other)


def end(calls: pd.DataFrame, what: str) -> pd.Series:
    """An end that comes before somebody was rung or answered was the end of a part of the call."""
    went_on = calls["last_contact_at"] > calls["first_call_ended_at"]
    of_part = calls[f"last_part_ended_{what}"].mask(calls["last_contact_at"] > calls["last_part_ended_at"])
    of_call = calls[f"first_call_ended_{what}"].mask(went_on, calls[f"last_call_ended_{what}"])
    return of_call.where(calls["first_call_ended_at"].notna(), of_part)


def facts(calls: pd.DataFrame, task: Task) -> pd.DataFrame:
    decisions = pd.DataFrame(task.decisions).drop(columns="when")
    number = np.select([conditions.holds(one["when"], calls) for one in task.decisions], range(len(decisions)), -1)
    calls[decisions.columns] = decisions.iloc[number].set_axis(calls.index)
    # A length of time that would run to an inferred end is not known.
    known_end_at = calls["ended_at"].mask(calls["is_end_inferred"])
    answered_or_ended_at = calls["answered_at"].fillna(known_end_at)
    return calls.assign(
        call_key=calls["source_system"] + "/" + calls["call_id"],
        has_conflicting_direction=calls[list(LABELS)].sum(axis=1) > 1,
        agent_id=calls["answering_agent_id"].where(calls["direction"] == "incoming", calls["first_agent_id"]),
        wait_seconds=seconds(calls[["queued_at", "first_ring_at"]].min(axis=1), answered_or_ended_at),
        ring_seconds=seconds(calls["first_ring_at"], answered_or_ended_at),
        talk_seconds=seconds(calls["answered_at"], known_end_at),
        total_seconds=seconds(calls["started_at"], known_end_at),
    )[FACTS]


def seconds(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.total_seconds().clip(lower=0)
