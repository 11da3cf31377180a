"""Pieces of SQL that DuckDB, ClickHouse and Polars all understand."""

from __future__ import annotations

from benchmarks.peers.task import ANSWERS, CONSTANTS, DIRECTIONS, NO_PARTY, PARTIES, Task


def in_list(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def event_type() -> str:
    """The event type; some answers have one of their own."""
    cases = (
        f"when event_type = '{answer}' and reason = '{why}' then '{name}'" for name, (answer, why) in ANSWERS.items()
    )
    return f"case {' '.join(cases)} else event_type end"


def direction() -> str:
    return (
        "case direction "
        + " ".join(f"when '{word}' then '{its}'" for word, its in DIRECTIONS.items())
        + " else direction end"
    )


def party_code() -> str:
    return (
        "case party "
        + " ".join(f"when '{name}' then {code}" for name, code in PARTIES.items())
        + f" else {NO_PARTY} end"
    )


def flag_condition(types: list[str], reason: str | None) -> str:
    """Whether an event makes a flag true."""
    return f"event_type in ({in_list(types)})" + (f" and reason = '{reason}'" if reason else "")


def decision_number(task: Task) -> str:
    """The number of the decision, from 1."""
    return "case " + " ".join(f"when {one['when']} then {n}" for n, one in enumerate(task.decisions, 1)) + " end"


def decision_rows(task: Task) -> str:
    """One row per decision: its number, and what it says."""
    return " union all ".join(
        f"select {n} as decision, "
        + ", ".join(f"{literal(value)} as {name}" for name, value in one.items() if name != "when")
        for n, one in enumerate(task.decisions, 1)
    )


def dial_outcome_code(task: Task) -> str:
    """The code of the first dial outcome that fits an event."""
    return "case " + " ".join(f"when {one['when']} then {one['code']}" for one in task.dial_outcomes) + " end"


def dial_outcome_name(task: Task, code: str) -> str:
    return f"case {code} " + " ".join(f"when {one['code']} then '{one['name']}'" for one in task.dial_outcomes) + " end"


def constants() -> str:
    return ", ".join(f"{literal(value)} as {name}" for name, value in CONSTANTS.items())


def literal(value: str | bool | None) -> str:
    if value is None:
        return "cast(null as varchar)"
    return str(value).lower() if isinstance(value, bool) else "'" + value.replace("'", "''") + "'"
