"""Renders what the documentation says about the rules, the sample and the proof, so that it cannot be out of date.

| page | what is rendered | from |
|---|---|---|
| macros/sources/shipped_mappings.sql | the whole file | seeds/mappings/*.csv (shipped_rows.py) |
| docs/rules.md | the whole page | the lists in macros/rules/, read through dbt |
| docs/kpis.md | the tables of groups and metrics | models/_columns.md, models/semantic_layer/_metrics.yml |
| README.md, docs/questions.md | the table of `scripts/run`; the answer below each question | the sample database |
| docs/proof.md | the number of combinations | the rule list and tests/rules/rule_space.py |
| docs/proof.md | the numbers of mutants | every mutant, examined anew: about half a minute; --fast leaves them as they are |

An answer is the ```text block that follows a ```sql block. The table of `scripts/run` is the ```text block below the
comment `<!-- scripts/run -->`. A figure is what stands between `<!-- rendered: NAME -->` and `<!-- end -->`. The database
is CALL_STATUS_DB, else warehouse/sample.duckdb; it is built first, as `scripts/run` does.
"""

import argparse
import contextlib
import io
import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import yaml

from call_status_tools.conditions import conditions_of, names_in
from call_status_tools.dbt import inline
from call_status_tools.docs import shipped_rows
from call_status_tools.errors import UserError
from call_status_tools.sample import run

ROOT = run.ROOT
RULES, README = ROOT / "docs" / "rules.md", ROOT / "README.md"
QUESTIONS, PROOF = ROOT / "docs" / "questions.md", ROOT / "docs" / "proof.md"
KPIS, METRICS = ROOT / "docs" / "kpis.md", ROOT / "models" / "semantic_layer" / "_metrics.yml"
COLUMNS = ROOT / "models" / "_columns.md"
MAX_ROWS = 12


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/render-docs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that differ")
    parser.add_argument("--fast", action="store_true", help="leave the numbers of mutants in docs/proof.md as they are")
    options = parser.parse_args()
    database = run.database_of_sample()
    is_shipped = shipped_rows.SHIPPED.exists() and shipped_rows.SHIPPED.read_text("utf-8") == shipped_rows.render()
    if not is_shipped and not options.check:
        shipped_rows.SHIPPED.write_text(shipped_rows.render(), encoding="utf-8")  # what follows is built with it
    try:
        run.build_sample(database)
        rendered = render_all(database, with_mutants=not options.fast)
    except UserError as problem:
        print(problem, file=sys.stderr)
        return 1
    differing = [path for path, text in rendered.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in differing:
        print(f"{path.relative_to(ROOT)} {'is out of date: run scripts/render-docs' if options.check else 'written'}")
        if not options.check:
            path.write_text(rendered[path], encoding="utf-8")
    return 1 if options.check and differing else 0


def render_all(database: Path, with_mutants: bool) -> dict[Path, str]:
    """Every page with what it should say."""
    rules, statuses, evidence = read_rules()
    proof = render_figures(PROOF.read_text("utf-8"), proof_figures(rules))
    if with_mutants:
        proof = render_figures(proof, mutant_figures(examine_mutants()))
    return {
        shipped_rows.SHIPPED: shipped_rows.render(),
        RULES: render_rules(rules, statuses, evidence),
        README: render_answers(README, database),
        QUESTIONS: render_answers(QUESTIONS, database),
        PROOF: proof,
        KPIS: render_figures(KPIS.read_text("utf-8"), kpi_tables()),
    }


# ---- docs/rules.md --------------------------------------------------------------------------------------------------


def read_rules() -> tuple[list[dict], list[dict], list[dict]]:
    """The rule list, the statuses and the named evidence, as the macros give them."""
    found = inline(
        "{{ tojson({'rules': call_status.status_rules(), 'statuses': call_status.call_statuses(),"
        " 'evidence': call_status.named_evidence()}) }}"
    )
    return found["rules"], found["statuses"], found["evidence"]


def render_rules(rules: list[dict], statuses: list[dict], evidence: list[dict]) -> str:
    parts = [
        "<!-- Written by scripts/render-docs; do not edit. The lists are those of macros/rules/. -->\n\n"
        "# The status rules\n\n"
        "The rules of a call's direction are asked in order of rank. The first whose condition holds gives the status, "
        "and its name is in `fct_calls.status_rule`. Within the rule, the first reason that fits gives `status_reason` "
        "and `status_message`. *Inferred* reasons set `is_status_inferred`: no event says so outright.\n\n"
        "The conditions name [evidence](#named-evidence) of the whole call. Neither the order in which events arrive nor "
        "repeats make a difference. Why the rules are as they are: [DECISIONS.md](../DECISIONS.md). How to change one: "
        "[architecture.md](architecture.md#where-a-change-belongs), and in a project of your own "
        "[own_rules.md](own_rules.md).\n"
    ]
    for direction in dict.fromkeys(rule["direction"] for rule in rules):
        chosen = list(enumerate((rule for rule in rules if rule["direction"] == direction), start=1))
        parts.append(
            f"\n## {direction.capitalize()} calls\n\n"
            + table(["rank", "rule", "status"], [index_row(rank, rule) for rank, rule in chosen])
        )
        parts += [render_rule(rank, rule) for rank, rule in chosen]
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
    read = evidence_read_by(rules, evidence)
    parts.append(
        "\n## Named evidence\n\n"
        "What a condition may name. It is evidence of the valid events of the call; event types are those of the raw "
        "table. Times are UTC, and null where there is no such event.\n\n"
        + evidence_table([row for row in evidence if row["name"] in read])
        + "\nNo rule of the package reads these; a rule of your own may.\n\n"
        + evidence_table([row for row in evidence if row["name"] not in read])
    )
    return "".join(parts)


def index_row(rank: int, rule: dict) -> list[str]:
    return [str(rank), f"[`{rule['rule']}`](#{anchor(heading(rank, rule))})", rule["status"]]


def heading(rank: int, rule: dict) -> str:
    return f"{rank}. `{rule['rule']}`: {rule['status']}"


def anchor(heading: str) -> str:
    """The anchor that a heading gets: lower case, spaces as hyphens, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def render_rule(rank: int, rule: dict) -> str:
    reasons = [
        [
            f"`{reason['reason']}`",
            f"`{reason['when']}`" if reason.get("when") else "otherwise" if place else "always",
            reason["message"] + (" *Inferred.*" if reason.get("inferred") else ""),
        ]
        for place, reason in enumerate(rule["reasons"])
    ]
    condition = f"Holds where `{rule['when']}`." if rule["when"] else "Always holds."
    return f"\n### {heading(rank, rule)}\n\n{rule['description']}\n\n{condition}\n\n" + table(
        ["reason", "if", "message"], reasons
    )


def evidence_table(rows: list[dict]) -> str:
    return table(["name", "type", "is"], [[f"`{row['name']}`", row["type"], row["meaning"]] for row in rows])


def evidence_read_by(rules: list[dict], evidence: list[dict]) -> set[str]:
    """The names that the conditions read. Each must be in the list of named evidence."""
    names = set(names_in(conditions_of(rules)))
    unknown = names - {row["name"] for row in evidence}
    if unknown:
        raise UserError(
            f"The rules read {', '.join(sorted(unknown))}, which macros/rules/named_evidence.sql does not list: add it there."
        )
    return names


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ---- README.md and docs/questions.md --------------------------------------------------------------------------------

ANSWER = re.compile(r"(^```sql\n((?:(?!```).*\n)*)```\n+```text\n)(?:(?!```).*\n)*(?=```$)", re.MULTILINE)
SUMMARY = re.compile(r"(^<!-- scripts/run -->\n+```text\n)(?:(?!```).*\n)*(?=```$)", re.MULTILINE)


def render_answers(page: Path, database: Path) -> str:
    """The page with what the sample answers to each of its questions."""
    with run.connect(database) as warehouse:
        text = ANSWER.sub(lambda found: found[1] + answer(warehouse, found[2]), page.read_text("utf-8"))
    return SUMMARY.sub(lambda found: found[1] + summary(database), text)


def summary(database: Path) -> str:
    """The table that scripts/run prints, and how many calls are open."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run.print_summary(database, [], 0)
    calls, rest = printed.getvalue().strip("\n").split("\n\n")[:2]
    return f"{calls}\n\n{rest.split(';')[0]}\n"


def answer(warehouse, sql: str) -> str:
    if "order by" not in sql.lower():
        raise UserError(f"A question has no order by, so its answer has no order:\n{sql}")
    cursor = warehouse.execute(sql)
    names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    if len(rows) > MAX_ROWS:
        raise UserError(f"A question has {len(rows)} rows; {MAX_ROWS} are enough (limit):\n{sql}")
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


# ---- docs/kpis.md ---------------------------------------------------------------------------------------------------

GROUPS = ("is_offered", "is_abandoned", "is_short_abandoned", "is_within_service_level")


def kpi_tables() -> dict[str, str]:
    """The groups as their columns are described, and the metrics as they are defined."""
    blocks = dict(re.findall(r"{% docs (\w+) %}\n(.*?){% enddocs %}", COLUMNS.read_text("utf-8"), re.DOTALL))
    metrics = yaml.safe_load(METRICS.read_text("utf-8"))["metrics"]
    return {
        "groups": table(["column", "is"], [[f"`{name}`", " ".join(blocks[name].split())] for name in GROUPS]),
        "metrics": table(
            ["metric", "is called", "unit", "is"],
            [
                [
                    f"`{metric['name'].removeprefix('call_status_')}`",
                    metric["label"],
                    metric["config"]["meta"]["unit"],
                    " ".join(metric["description"].split()),
                ]
                for metric in metrics
            ],
        ),
    }


# ---- docs/proof.md --------------------------------------------------------------------------------------------------

# What is counted is known to the tests alone: tests/rules. They import this module as well, so it imports them late.


def render_figures(text: str, figures: dict[str, str]) -> str:
    """The text with each figure between its marks."""
    for name, figure in figures.items():
        mark = re.compile(rf"(<!-- rendered: {re.escape(name)} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        text, count = mark.subn(lambda found, figure=figure: f"{found[1]}\n{figure}\n", text)
        if count != 1:
            raise UserError(f"The page has {count} marks `<!-- rendered: {name} -->`; it needs one.")
    return text


def proof_figures(rules: list[dict]) -> dict[str, str]:
    """How many combinations of evidence there are, counted on those that the proof takes."""
    import duckdb
    from rules import rule_space

    with duckdb.connect() as connection:
        rule_space.build(connection)
        counts = {
            direction: connection.execute(f"select count(*), count(*) filter (is_possible) from {direction}").fetchone()
            for direction in rule_space.DIRECTIONS
        }

    def columns(direction: str) -> str:
        """Booleans are counted, the others named."""
        domains = rule_space.DOMAINS[direction]
        others = [name for name, values in domains.items() if values != rule_space.YES_OR_NO]
        return ", ".join([f"{len(domains) - len(others)} booleans", *(f"`{name}`" for name in others)])

    def rules_of(direction: str) -> list[dict]:
        return [rule for rule in rules if rule["direction"] == direction]

    rows = {
        "rules": lambda direction: str(len(rules_of(direction))),
        "their reasons": lambda direction: str(sum(len(rule["reasons"]) for rule in rules_of(direction))),
        "evidence that they read": columns,
        "combinations, all decided": lambda direction: f"{counts[direction][0]:,}",
        "of these, combinations that events can give": lambda direction: f"{counts[direction][1]:,}",
    }
    body = [[what, *map(figure, rule_space.DIRECTIONS)] for what, figure in rows.items()]
    return {"combinations": table(["", *rule_space.DIRECTIONS], body)}


def examine_mutants() -> list:
    """Every mutant with what notices it. Needs the test tools."""
    from rules import mutation
    from support.harness import Warehouse

    with tempfile.TemporaryDirectory() as folder:
        return mutation.examine_all(Warehouse(Path(folder)))


def mutant_figures(findings: list) -> dict[str, str]:
    """How many mutants are caught by what, and those that change nothing."""
    counted = []
    for what, chosen in (
        (
            "the rule list: a rule or reason removed, or swapped with its neighbour; a condition or a part of it dropped, "
            "negated, shifted by one, compared with another value; `inferred` flipped, or its condition negated",
            [finding.kind for finding in findings if finding.mutant.rules],
        ),
        (
            "the derivation: direction, legs, answers, the end, queues, durations, time-out, each signal, each word of a list, "
            "each order at a tie, earliest and latest",
            [finding.kind for finding in findings if finding.mutant.replacements],
        ),
    ):
        by_proof = chosen.count("proof") + chosen.count("impossible")
        numbers = [
            len(chosen),
            chosen.count("scenario"),
            by_proof,
            chosen.count("equivalent"),
            chosen.count("survived"),
        ]
        counted.append([what, *map(str, numbers)])
    head = ["what is broken", "mutants", "caught by a scenario", "by the proof alone", "equivalent", "survived"]
    looked_at = {True: "all combinations", False: "random calls, every column"}
    equivalent = [
        [finding.mutant.name, finding.says, looked_at[bool(finding.mutant.rules)]]
        for finding in findings
        if finding.kind == "equivalent"
    ]
    return {
        "mutants": table(head, counted),
        "equivalent mutants": table(["equivalent", "why", "looked at"], equivalent),
    }


if __name__ == "__main__":
    sys.exit(main())
