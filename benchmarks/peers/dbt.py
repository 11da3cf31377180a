"""The usual dbt style in DuckDB: the statements of dbt.sql one after another, without dbt's own time."""

from pathlib import Path
from string import Template

from benchmarks.peers import sql
from benchmarks.peers.task import FACTS, PARTIES, Task
from benchmarks.sql_process import connect


def calls(task: Task) -> None:
    with connect(task.input) as con:
        con.execute("create schema if not exists peer")
        for statement in statements(task):
            con.execute(statement)


def export(task: Task) -> None:
    """As a Parquet file; the models are dropped."""
    with connect(task.input) as con:
        con.execute(f"copy peer.fct_calls to '{task.output}' (format parquet)")
        con.execute("drop schema peer cascade")
        con.execute("checkpoint")


def statements(task: Task) -> list[str]:
    text = Template(Path(__file__).with_suffix(".sql").read_text()).substitute(
        as_of=task.as_of,
        event_type=sql.event_type(),
        direction=sql.direction(),
        parties=sql.in_list(PARTIES),
        party_code=sql.party_code(),
        both=sql.in_list(task.event_types_of("both")),
        incoming=sql.in_list(task.event_types_of("incoming")),
        outgoing=sql.in_list(task.event_types_of("outgoing")),
        leg_events=sql.in_list(task.leg_events),
        rung_events=sql.in_list(task.rung_events),
        flags=",\n    ".join(
            f"max(case when {sql.flag_condition(*flag)} then 1 else 0 end) = 1 as {name}"
            for name, flag in task.flags.items()
        ),
        dial_outcome_code=sql.dial_outcome_code(task),
        dial_outcome=sql.dial_outcome_name(task, "dial_outcome_code"),
        decision=sql.decision_number(task),
        decisions=sql.decision_rows(task),
        constants=sql.constants(),
        facts=", ".join(FACTS),
    )
    return [statement for statement in text.split(";\n") if statement.strip()]
