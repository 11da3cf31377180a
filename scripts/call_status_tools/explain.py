"""Explains one call as text: its events in order, the rules that were tried, its legs, and how sure the status is.

What it says is read from the warehouse. The rules are tried again, one by one, on the evidence that fct_calls reads: the
model's own SQL up to the CTE `milestones`, so that nothing here can differ from what the models do.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from pathlib import Path

import duckdb
import yaml

from call_status_tools import ROOT
from call_status_tools.conditions import names_in
from call_status_tools.dbt import DbtFailed, run_dbt
from call_status_tools.errors import UserError
from call_status_tools.loading.database import DEFAULT_DATABASE

CALLS = """
    select call_key, source_system, direction, true as is_concluded from fct_calls where call_id = $1
    union all
    select call_key, source_system, direction, false from fct_open_calls where call_id = $1
    order by 1
"""
EVENTS = """
    select occurred_at, event_type, counts_as, party, coalesce(agent_id, leg_id) as who, queue, reason, seconds, cause_scheme, cause_code
    from call_timeline where call_key = ? order by occurred_at, event_type, event_id
"""
LEGS = """
    select coalesce(agent_id, '-') as agent, leg_status, ringing_at, answered_at, ring_seconds, talk_seconds
    from fct_call_legs where call_key = ? order by coalesce(ringing_at, answered_at), leg_key
"""
RULES = "{{ tojson(call_status.get_status_rules()) }}"
REFUSED = (
    "select quarantine_reason, count(*) from quarantined_call_events where call_id = ? group by all order by 2 desc, 1"
)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status: 1 where there is no such call."""
    parser = argparse.ArgumentParser(prog="scripts/explain", description=__doc__.splitlines()[0])
    parser.add_argument("call_id", help="the call's id, as the phone system gave it")
    parser.add_argument(
        "--vars", default="{}", help="variables of the last run, as for dbt: '{call_status_reject_rule: any}'"
    )
    options = parser.parse_args(argv)
    database = Path(os.environ.get("CALL_STATUS_DB") or DEFAULT_DATABASE).absolute()
    try:
        print("\n\n".join(explain(options.call_id, database, yaml.safe_load(options.vars) or {})))
        return 0
    except (UserError, duckdb.Error) as error:
        print(f"error: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1


def explain(call_id: str, database: Path, variables: dict) -> list[str]:
    """One text per call of that id: several where two phone systems use it. Raises UserError where there is none."""
    if not database.exists():
        raise UserError(f"there is no database {database}; load events with scripts/load and run `.venv/bin/dbt build`")
    with duckdb.connect(str(database), read_only=True) as warehouse:
        try:
            refused = warehouse.execute(REFUSED, [call_id]).fetchall()
            calls = warehouse.execute(CALLS, [call_id]).fetchall()
        except duckdb.CatalogException:
            raise UserError(f"{database} holds no facts yet; run `.venv/bin/dbt build`") from None
    if not calls:
        if refused:
            raise UserError(
                f"every event of this call was refused: {in_words(refused)} (quarantined_call_events has them)"
            )
        raise UserError(
            "there is no call with this id: look in fct_calls.call_id for how ids are written; a call that was loaded after the last"
            " `dbt build` comes with the next one; internal calls have no status"
        )
    rules, evidence_sql = read_project(database, variables)
    with duckdb.connect(str(database), read_only=True) as warehouse:
        texts = [text_of_call(warehouse, key, rules, evidence_sql, concluded) for key, _, _, concluded in calls]
    if refused:
        texts.append(f"Refused events with this id, which count for nothing: {in_words(refused)}")
    return texts


def in_words(refused: list[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in refused)


def read_project(database: Path, variables: dict) -> tuple[list[dict], str]:
    """The rules, and the SQL of fct_calls up to the evidence that they read. What dbt has parsed is kept for the next time."""
    folder = ROOT / "target" / "explain"
    options = {"database": database, "vars": variables, "target_path": folder, "log_path": folder}
    with contextlib.redirect_stdout(io.StringIO()):  # dbt prints what it compiles
        try:
            manifest = run_dbt(["parse"], **options)
            rules = compiled(["--inline", RULES, "--no-introspect"], manifest=manifest, **options)
            sql = compiled(["--select", "fct_calls", "--full-refresh"], manifest=manifest, **options)
        except DbtFailed as failed:
            raise UserError("dbt cannot compile fct_calls: " + " ".join(failed.problems)) from None
    return json.loads(rules), sql[: sql.index("derived as (")].rstrip().rstrip(",") + "\nselect * from milestones"


def compiled(what: list[str], **options) -> str:
    return run_dbt(["compile", *what], **options).results[0].node.compiled_code


# ---- the text --------------------------------------------------------------------------------------------------------


def text_of_call(
    warehouse: duckdb.DuckDBPyConnection, key: str, rules: list[dict], evidence_sql: str, concluded: bool
) -> str:
    call = row_of(warehouse, "select * from fct_calls where call_key = ?" if concluded else OPEN_CALL, key)
    parts = [heading(call), events_of(warehouse, key)]
    if concluded:
        parts.append(rules_of(warehouse, call, rules, evidence_sql))
        parts.append(legs_of(warehouse, key))
        parts.append(how_sure(call))
    else:
        parts.append(f"The call is still open, so it has no status yet. Furthest stage: {call['stage']}.")
    return "\n\n".join(part for part in parts if part)


OPEN_CALL = "select * from fct_open_calls where call_key = ?"


def row_of(warehouse: duckdb.DuckDBPyConnection, query: str, *values) -> dict:
    cursor = warehouse.execute(query, values)
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def heading(call: dict) -> str:
    """Who called whom, and when."""
    customer, business = call["customer_number"] or "withheld number", call["business_number"] or "unknown number"
    who = f"{business} -> {customer}" if call["direction"] == "outgoing" else f"{customer} -> {business}"
    end = f" to {call['ended_at']:%H:%M:%S}" if call.get("ended_at") else ""
    lines = [f"Call {call['call_id']} of {call['source_system']}: {call['direction'] or 'direction not known'}, {who}"]
    lines.append(f"{call['started_at']:%Y-%m-%d %H:%M:%S}{end} UTC")
    if call.get("status"):
        lines.append(f"Status: {call['status']} - {call['status_message']}")
    return "\n".join(lines)


def events_of(warehouse: duckdb.DuckDBPyConnection, key: str) -> str:
    lines = ["Events"]
    for at, event_type, counts_as, party, who, queue, reason, seconds, scheme, code in warehouse.execute(
        EVENTS, [key]
    ).fetchall():
        details = [
            f"counts as {counts_as}" if counts_as and counts_as != event_type else None,
            f"by {party}" if party else None,
            who,
            f"queue {queue}" if queue else None,
            reason,
            f"{seconds:g} s" if seconds is not None else None,
            " ".join(filter(None, (scheme, code))) or None,
        ]
        lines.append(f"  {at:%H:%M:%S}  {event_type:<28}{', '.join(filter(None, details))}".rstrip())
    return "\n".join(lines)


def rules_of(warehouse: duckdb.DuckDBPyConnection, call: dict, rules: list[dict], evidence_sql: str) -> str:
    """The rules of the call's direction in order, up to the one that won."""
    of_call = f"select * from ({evidence_sql}) where source_system = $1 and call_id = $2"
    evidence = row_of(warehouse, of_call, call["source_system"], call["call_id"])
    lines = ["Rules, in order"]
    for rule in (rule for rule in rules if rule["direction"] == call["direction"]):
        holds = is_true(warehouse, rule["when"], evidence)
        lines.append(
            f"  {rule['rank']:>2}. {rule['status']}? {'yes' if holds else 'no'}{what_decided(rule['when'], evidence)}  ({rule['rule']})"
        )
        if holds:
            reason = next(one for one in rule["reasons"] if is_true(warehouse, one.get("when"), evidence))
            lines.append(
                f"      Reason: {reason['reason']}{what_decided(reason.get('when'), evidence)}. {reason['message']}"
            )
            break
    return "\n".join(lines)


def is_true(warehouse: duckdb.DuckDBPyConnection, condition: str | None, evidence: dict) -> bool:
    """Whether a condition of the rules holds for this evidence; no condition always does."""
    if not condition:
        return True
    names = names_in([condition])
    values = {name: evidence[name] for name in names}
    columns = ", ".join(f"${name} as {name}" for name in names)
    return warehouse.execute(f"select coalesce({condition}, false) from (select {columns})", values).fetchone()[0]


def what_decided(condition: str | None, evidence: dict) -> str:
    """`: agents rung 2, agents rejected 1`: what the condition looked at."""
    said = [f"{name.replace('_', ' ')} {as_word(evidence[name])}" for name in names_in([condition or ""])]
    return f": {', '.join(said)}" if said else ""


def as_word(value) -> str:
    if value is None:
        return "not known"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def legs_of(warehouse: duckdb.DuckDBPyConnection, key: str) -> str:
    legs = warehouse.execute(LEGS, [key]).fetchall()
    lines = ["Legs"] if legs else []
    for agent, status, ringing_at, answered_at, ring_seconds, talk_seconds in legs:
        times = [
            f"rang at {ringing_at:%H:%M:%S}" if ringing_at else None,
            f"for {ring_seconds:g} s" if ring_seconds is not None else None,
            f"answered at {answered_at:%H:%M:%S}" if answered_at else None,
            f"talked {talk_seconds:g} s" if talk_seconds is not None else None,
        ]
        lines.append(f"  {agent:<16}{status:<20}{', '.join(filter(None, times))}".rstrip())
    return "\n".join(lines)


def how_sure(call: dict) -> str:
    lines = ["How sure"]
    lines.append(
        "  No event states the status outright: it is inferred."
        if call["is_status_inferred"]
        else "  Events state the status."
    )
    if call["is_end_inferred"]:
        lines.append("  No event ends the call: its end is taken from its last event.")
    if call["has_conflicting_direction"]:
        lines.append("  Its events name more than one direction.")
    if call["status_could_also_be"]:
        lines.append(f"  The records of this source cannot tell it from: {call['status_could_also_be']}.")
    said = call["reported_status"]
    lines.append(
        f"  The phone system itself says: {said}."
        if said
        else "  The phone system itself says nothing about the status."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
