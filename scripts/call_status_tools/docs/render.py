"""Renders what the documentation says about the rules and the sample, so that it cannot be out of date.

| file | what is rendered | from |
|---|---|---|
| docs/rules.md | the whole page | the rule list and the statuses in macros/rules/, read through dbt |
| README.md | the table of `scripts/run`; the answer below each question | the sample database |

In README.md an answer is the ```text block that follows a ```sql block of the chapter "Ten questions"; the table of
`scripts/run` is the ```text block below the comment `<!-- scripts/run -->`. The database is CALL_STATUS_DB, else
warehouse/sample.duckdb; `scripts/run` builds it.
"""

import argparse
import contextlib
import io
import os
import re
import sys
from datetime import datetime
from pathlib import Path

from call_status_tools.dbt import inline
from call_status_tools.errors import UserError
from call_status_tools.sample import run

ROOT = run.ROOT
RULES, README = ROOT / "docs" / "rules.md", ROOT / "README.md"
QUESTIONS = "## Ten questions"
MAX_ROWS = 12


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/render-docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that differ")
    check = parser.parse_args().check
    database = Path(os.environ.get("CALL_STATUS_DB") or ROOT / "warehouse" / "sample.duckdb").absolute()
    try:
        rendered = {RULES: render_rules(*read_rules()), README: render_readme(README.read_text("utf-8"), database)}
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    differing = [path for path, text in rendered.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in differing:
        print(f"{path.relative_to(ROOT)} {'is out of date: run scripts/render-docs' if check else 'written'}")
        if not check:
            path.write_text(rendered[path], encoding="utf-8")
    return 1 if check and differing else 0


# ---- docs/rules.md --------------------------------------------------------------------------------------------------

# What the conditions read. A condition with a name that is not here stops the rendering.
GLOSSARY = {
    "has_agent_answered": "any `agent_answered`",
    "has_voicemail_message": "a `voicemail_left` whose `seconds` is at least `call_status_min_voicemail_seconds` or empty",
    "has_caller_blocked": "any `caller_blocked`",
    "has_after_hours_message": "any `after_hours_message_started`",
    "agents_rung": "how many legs have an `agent_ringing`, `agent_answered`, `agent_rejected` or `agent_no_answer`. "
    "A leg is what shares a `leg_id`, or an `agent_id` where there is no `leg_id`; events with neither are one leg",
    "agents_rejected": "how many of those legs have an `agent_rejected` and no `agent_answered`",
    "any_rejection_counts": "true where `call_status_reject_rule` is `any`",
    "ended_by": "`party` of the earliest `call_ended`: `customer`, `agent`, `system`, or null where it names none of them. "
    "At one instant: in this order",
    "has_reached_voicemail": "any `voicemail_started` or `voicemail_left`, however short the message",
    "has_queue_joined": "any `queue_joined`",
    "has_queue_left": "any `queue_left`",
    "has_queue_left_abandoned": "a `queue_left` with reason `abandoned`",
    "has_queue_left_empty": "a `queue_left` with reason `empty`",
    "has_queue_left_full": "a `queue_left` with reason `full`",
    "has_queue_left_timeout": "a `queue_left` with reason `timeout`",
    "has_number_unavailable": "any `number_unavailable`",
    "has_agent_unavailable": "any `agent_unavailable`",
    "has_ivr": "any `ivr_started`, `ivr_input` or `ivr_ended`",
    "has_welcome": "any `welcome_started` or `welcome_ended`",
    "has_customer_answered": "any `customer_answered`",
    "is_machine_answer": "the earliest `customer_answered` has reason `machine` (one of them, at one instant)",
    "has_dial_blocked": "any `dial_blocked`",
    "has_dial_blocked_by_country": "a `dial_blocked` with reason `country_restricted`",
    "has_customer_ringing": "any `customer_ringing`",
    "first_outgoing_signal": "the rank that the earliest of these events stands for; at one instant the smallest. "
    "3 `customer_rejected`; 4 `dial_failed` with reason `number_busy`; 5 `dial_failed` with reason "
    "`not_in_service`; 6 `call_ended` by the agent; 7 `dial_timeout`; 8 `call_ended` by the "
    "customer; 9 any other `dial_failed`",
}
SQL_WORDS = {"and", "or", "not", "is", "null", "coalesce", "true", "false"}


def read_rules() -> tuple[list[dict], list[dict]]:
    """The rule list and the statuses, as the macros give them."""
    both = "{{ tojson({'rules': call_status.status_rules(), 'statuses': call_status.call_statuses()}) }}"
    found = inline(both)
    return found["rules"], found["statuses"]


def render_rules(rules: list[dict], statuses: list[dict]) -> str:
    parts = [
        "<!-- Written by scripts/render-docs; do not edit. The rules live in macros/rules/status_rules.sql. -->\n\n"
        "# The status rules\n\n"
        "Within a direction the rules are asked in order of rank, and the first whose condition holds gives the status. "
        "Inside a rule, the first reason that fits gives `status_reason` and `status_message`. The rule's name is in "
        "`fct_calls.status_rule`. A reason marked *inferred* sets `is_status_inferred`: no event says so outright.\n\n"
        "The conditions look at [named evidence](#named-evidence) of the whole call. Neither the order in which events "
        "arrive nor repeats make a difference. Why the rules are as they are: [DECISIONS.md](../DECISIONS.md).\n"
    ]
    for direction in dict.fromkeys(rule["direction"] for rule in rules):
        parts.append(
            f"\n## {direction.capitalize()} calls\n\n"
            + table(
                ["rank", "rule", "status", "when", "reason and message"],
                [rule_row(rule) for rule in rules if rule["direction"] == direction],
            )
        )
    parts.append(
        "\n## Statuses\n\n"
        + table(
            ["direction", "status", "meaning", "answered"],
            [
                [row["direction"], row["status"], row["meaning"], "yes" if row["is_answered"] else "no"]
                for row in statuses
            ],
        )
    )
    parts.append(
        "\n## Named evidence\n\nOver the valid events of the call; event types as in the raw table.\n\n"
        + table(["name", "is"], [[f"`{name}`", GLOSSARY[name]] for name in names_in(rules)])
    )
    return "".join(parts)


def rule_row(rule: dict) -> list[str]:
    condition = f"`{rule['when']}`" if rule["when"] else "always"
    return [
        str(rule["rank"]),
        f"`{rule['rule']}`",
        rule["status"],
        f"{rule['description']}<br>{condition}",
        "<br>".join(map(reason_line, rule["reasons"])),
    ]


def reason_line(reason: dict) -> str:
    condition = f" if `{reason['when']}`" if reason.get("when") else ""
    return f"`{reason['reason']}`{condition}: {reason['message']}{' *(inferred)*' if reason.get('inferred') else ''}"


def names_in(rules: list[dict]) -> list[str]:
    """The names that the conditions read, in order of their first use."""
    conditions = [entry.get("when") or "" for rule in rules for entry in (rule, *rule["reasons"])]
    words = re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", " ".join(conditions)))
    names = dict.fromkeys(word for word in words if word not in SQL_WORDS)
    unknown = [name for name in names if name not in GLOSSARY]
    if unknown:
        raise UserError(
            f"scripts/call_status_tools/docs/render.py has no words for {', '.join(unknown)}: add them to GLOSSARY."
        )
    return list(names)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ---- README.md ------------------------------------------------------------------------------------------------------

ANSWER = re.compile(r"(^```sql\n(.*?)^```\n+```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)
SUMMARY = re.compile(r"(^<!-- scripts/run -->\n+```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def render_readme(text: str, database: Path) -> str:
    if not database.exists():
        raise UserError(f"There is no {database}: run scripts/run first.")
    start = text.index(QUESTIONS)
    end = text.index("\n## ", start)
    with run.connect(database) as warehouse:
        answers = ANSWER.sub(lambda found: found[1] + answer(warehouse, found[2]) + found[3], text[start:end])
    return SUMMARY.sub(lambda found: found[1] + summary(database) + found[2], text[:start]) + answers + text[end:]


def summary(database: Path) -> str:
    """The table that scripts/run prints, and how many calls are open."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run.print_summary(database, [], 0)
    calls, rest = printed.getvalue().strip("\n").split("\n\n")[:2]
    return f"{calls}\n\n{rest.split(';')[0]}\n"


def answer(warehouse, sql: str) -> str:
    if "order by" not in sql.lower():
        raise UserError(f"A question in README.md has no order by, so its answer has no order:\n{sql}")
    cursor = warehouse.execute(sql)
    names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    if len(rows) > MAX_ROWS:
        raise UserError(f"A question in README.md has {len(rows)} rows; {MAX_ROWS} are enough (limit):\n{sql}")
    # Numbers stand to the right, as their heads do.
    is_number = [
        all(isinstance(row[i], (int, float)) and not isinstance(row[i], bool) or row[i] is None for row in rows)
        for i in range(len(names))
    ]
    lines = [names, *[[shown(value) for value in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width) for cell, width, number in zip(line, widths, is_number)
        ).rstrip()
        + "\n"
        for line in lines
    )


def shown(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())
