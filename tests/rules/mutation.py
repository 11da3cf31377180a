"""Mutation of the status rules: breaks them in every small way and shows what in the test suite notices.

What is broken:

- the rule list: a rule or a reason removed, or swapped with its neighbour; a condition, or any part of one, dropped or
  negated; a number shifted by one, a party or an outcome
  replaced by another; `inferred` flipped;
- the derivation of the evidence, by replacement in the compiled SQL of the models: a signal dropped, an order at a tie
  swapped, a threshold or an aggregate changed.

| what may notice | in the suite |
|---|---|
| a scenario: a call's events and the row they must give | tests/rules/test_scenarios.py |
| the proof over all combinations of evidence | tests/rules/test_proof.py |

A mutant that changes nothing is equivalent: of the list, if no combination of evidence changes its outcome; of the
derivation, if no column of any of some thousand random calls changes. Each is listed with the reason (EQUIVALENT); a
wrong or a missing entry there is an error too. Whatever else is broken in the derivation, a scenario must notice.
"""

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from support.harness import Warehouse, differences
from support.random_calls import load_into, random_events
from support.scenario_files import AS_OF, read_scenarios

from rules.rule_space import DIRECTIONS, DOMAINS, IMPLICATIONS, ORACLE, OUTCOME, build, read_rules

# ---- mutants of the rule list ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    name: str
    direction: str = ""
    rules: tuple = ()  # the mutated list, for a mutant of the rules
    replacements: tuple = ()  # (model, old text, new text), for a mutant of the derivation


def rule_mutants(rules: list[dict]) -> list[Mutant]:
    """Every mutant of the list. The names are unique."""
    found = []

    def add(name, place, *instead, count=1):
        """The list with `count` rules from `place` on replaced."""
        mutated = (*rules[:place], *instead, *rules[place + count :])
        found.append(Mutant(name, rules[place]["direction"], mutated))

    for place, rule in enumerate(rules):
        name = rule["rule"]
        add(f"{name}: removed", place)
        following = rules[place + 1] if place + 1 < len(rules) else None
        if following and following["direction"] == rule["direction"]:
            add(f"{name}: swapped with {following['rule']}", place, following, rule, count=2)
        for what, condition in condition_mutants(rule["when"]):
            add(f"{name}: {what}", place, {**rule, "when": condition})
        for what, reasons in reason_mutants(rule["reasons"]):
            add(f"{name}: {what}", place, {**rule, "reasons": reasons})
    return found


def reason_mutants(reasons: list[dict]):
    """(what, the mutated reasons) of one rule."""
    for place, reason in enumerate(reasons):
        before, after, name = reasons[:place], reasons[place + 1 :], f"reason {reason['reason']}"
        yield f"{name}: inferred flipped", [*before, {**reason, "inferred": not reason.get("inferred")}, *after]
        yield f"{name}: removed", [*before, *after]
        if after:
            yield f"{name}: swapped with {after[0]['reason']}", [*before, after[0], reason, *after[1:]]
        for what, condition in condition_mutants(reason.get("when")):
            yield f"{name}: {what}", [*before, {**reason, "when": condition}, *after]


def condition_mutants(condition: str | None):
    """(what, the mutated condition); None stands for a condition that always holds."""
    if not condition:
        return
    yield "condition dropped", None
    yield "condition negated", f"not ({condition})"
    tree = parse(condition)
    mutated = [*parts_dropped(tree), *parts_replaced(tree, shifted)]
    if tree[0] != "atom":  # else that is the whole condition again
        mutated += parts_replaced(tree, lambda part: [("not", part)])
    # A part may be reached in two ways, for instance one below a `not`.
    for text in dict.fromkeys(text_of(one) for one in mutated):
        yield f"reads `{text}`", text


# A condition as a tree: ("or", part, …), ("and", part, …), ("not", part) or ("atom", text).


def parse(condition: str) -> tuple:
    tokens = re.findall(r"'[^']*'|\w+|<>|<=|>=|[^\s\w]", condition)

    def joined(word, part):
        parts = [part()]
        while tokens and tokens[0] == word:
            tokens.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else (word, *parts)

    def either():
        return joined("or", lambda: joined("and", factor))

    def factor():
        if tokens[0] == "not":
            tokens.pop(0)
            return ("not", factor())
        if tokens[0] == "(":
            tokens.pop(0)
            inside = either()
            assert tokens.pop(0) == ")", condition
            return inside
        return ("atom", atom())

    def atom():
        """Up to the next `and`, `or` or closing parenthesis; parentheses of a function call belong to it."""
        taken, depth = [], 0
        while tokens and (depth or tokens[0] not in ("and", "or", ")")):
            depth += {"(": 1, ")": -1}.get(tokens[0], 0)
            taken.append(tokens.pop(0))
        return re.sub(r" ?([(,)]) ?", lambda found: ", " if found[1] == "," else found[1], " ".join(taken)).replace(
            ")=", ") ="
        )

    tree = either()
    assert not tokens, condition
    return tree


def text_of(tree: tuple, inner: bool = False) -> str:
    kind, *parts = tree
    if kind == "atom":
        return parts[0]
    if kind == "not" and parts[0][0] == "not":
        return text_of(parts[0][1], inner)
    if kind == "not":
        return f"not {text_of(parts[0], inner=True)}"
    text = f" {kind} ".join(text_of(part, inner=True) for part in parts)
    return f"({text})" if inner else text


def parts_dropped(tree: tuple):
    """The tree without one of its parts, for each part at any depth."""
    kind, *parts = tree
    if kind == "atom":
        return
    for place, part in enumerate(parts):
        rest = [*parts[:place], *parts[place + 1 :]]
        if rest:
            yield rest[0] if len(rest) == 1 else (kind, *rest)
        for mutated in parts_dropped(part):
            yield (kind, *parts[:place], mutated, *parts[place + 1 :])


def parts_replaced(tree: tuple, change):
    """The tree with one part replaced by each of what `change` makes of it; not the whole tree, unless it is an atom."""
    kind, *parts = tree
    if kind == "atom":
        yield from change(tree)
        return
    for place, part in enumerate(parts):
        mutants = list(parts_replaced(part, change))
        if part[0] != "atom":
            mutants += change(part)
        for mutated in mutants:
            yield (kind, *parts[:place], mutated, *parts[place + 1 :])


def shifted(part: tuple) -> list[tuple]:
    """What is compared with, one more and one less; a party replaced by the others."""
    if part[0] != "atom" or not (found := re.fullmatch(r"(.+) (=|>) (\S+)", part[1])):
        return []
    left, operator, right = found.groups()
    if right.isdigit():
        return [("atom", f"{left} {operator} {int(right) + step}") for step in (1, -1)]
    if right.startswith("'"):
        domains = {**DOMAINS["incoming"], **DOMAINS["outgoing"]}
        (column,) = [name for name in domains if re.search(rf"\b{name}\b", left)] or ["ended_by"]
        others = [value for value in domains[column] if value not in (right, "null")]
        return [("atom", f"{left} {operator} {other}") for other in others]
    return [("atom", f"{left} {operator} {right} {step} 1") for step in "+-"]


# ---- equivalent mutants ---------------------------------------------------------------------------------------------

# Name of the mutant (a regular expression) → why it changes no status, rule, reason or flag of any combination.
EQUIVALENT = {
    "incoming_after_hours: swapped with incoming_rejected": "they exclude each other: one wants no leg rung, the other a rejected leg, and a rejected leg is rung",
    r"incoming_(ivr|welcome): reason \w+: swapped with \w+_ended_by_system": "they exclude each other: a call ended by the customer was not ended by the system",
    "outgoing_(declined|busy|not_in_service|agent_canceled|rang_out|customer_ended): swapped with .*": "they exclude each other: a call has one dial outcome",
    "concluded: (internal calls|calls of unknown direction) too": "every rule names its direction, so such a call has no winner and no row",
}
RANDOM_CALLS = 2_000


# ---- mutants of the derivation --------------------------------------------------------------------------------------

MODELS = ("int_call_evidence_packed", "int_leg_evidence_packed", "int_call_evidence", "fct_calls")

RUNG = ("first_ringing_at", "first_answered_at", "first_rejected_at", "first_no_answer_at")
LEG = "coalesce(leg_id, agent_id, '')"


def derivation_mutants(sql: dict[str, str], package: dict) -> list[Mutant]:
    call, leg, named, facts = MODELS
    length = "longest_voicemail_seconds >= 1"
    directions, over = "direction in ('incoming', 'outgoing') and", "(has_call_ended or last_event_at"
    rejected = "first_rejected_at is not null and first_answered_at is null"
    found = [
        ("message length: >= becomes >", (named, length, length.replace(">=", ">"))),
        ("message length: at least one second more", (named, length, length.replace("1", "2"))),
        ("time-out: <= becomes <", (facts, "last_event_at <= cast", "last_event_at < cast")),
        ("concluded: by time-out only", (facts, over, "(last_event_at")),
        ("concluded: by call_ended only", (facts, over, "(has_call_ended or null")),
        ("concluded: by both only", (facts, over, "(has_call_ended and last_event_at")),
        ("concluded: internal calls too", (facts, directions, "direction is not null and")),
        ("concluded: calls of unknown direction too", (facts, directions, "coalesce(direction, '') <> 'internal' and")),
        ("any_rejection_counts: true", (facts, "False as any_rejection_counts", "True as any_rejection_counts")),
        ("is_machine_answer: of the others", (named, "= 'machine', false)", "<> 'machine', true)")),
        ("agents_rejected: answered legs too", (facts, rejected, "first_rejected_at is not null")),
        ("agents_rejected: unanswered legs too", (facts, rejected, "first_answered_at is null")),
        ("leg: agent_id before leg_id", (leg, LEG, "coalesce(agent_id, leg_id, '')")),
        ("leg: leg_id alone", (leg, LEG, "coalesce(leg_id, '')")),
        ("leg: agent_id alone", (leg, LEG, "coalesce(agent_id, '')")),
        ("leg: all are one", (leg, LEG, "''")),
        ("signals: and instead of or", (call, "bit_or(signals)", "bit_and(signals)")),
    ]
    for column in ("first_customer_answered", "first_call_ended", "first_dial_outcome"):
        found.append((f"{column}: the last", (call, f"min({column})", f"max({column})")))
    for column in ("longest_voicemail_seconds", "last_event_at"):
        found.append((f"{column}: the smallest", (call, f"max({column})", f"min({column})")))
    for column in RUNG:
        rest = ", ".join(other for other in RUNG if other != column)
        found.append((f"agents_rung: not by {column}", (facts, f"coalesce({', '.join(RUNG)})", f"coalesce({rest})")))
    for column, values in (
        ("first_customer_answered", package["answer_kinds"]),
        ("first_call_ended", package["parties"]),
        ("first_dial_outcome", package["dial_outcomes"]),
    ):
        found += coded_value_mutants(column, values)
    bit_of = {signal["name"]: signal["bit"] for signal in package["signals"]}
    found += [*direction_mutants(bit_of), *signal_mutants(sql[named], bit_of)]
    return [Mutant(name, replacements=tuple(replacements)) for name, *replacements in found]


def direction_mutants(bit_of: dict[str, int]):
    order = ("incoming", "outgoing", "internal")
    for one, other in zip(order, order[1:]):
        first, second = (
            f"when ((signals & {2 ** bit_of[f'labelled_{label}']}) <> 0) then '{label}'" for label in (one, other)
        )
        yield f"direction: {other} before {one}", ("int_call_evidence", f"{first} {second}", f"{second} {first}")


def coded_value_mutants(column: str, values: list[dict]):
    """Each value of a list (macros/rules/coded_values.sql) taken for the one behind it; and the order of two neighbours at
    one instant swapped: in the packing, and so in the unpacking."""
    packed, unpacked = "int_call_evidence_packed", "int_call_evidence"
    for place, (one, other) in enumerate(zip(values, values[1:])):
        taken_for = [*values[:place], {**one, "code": other["code"]}, *values[place + 1 :]]
        yield (
            f"{column}: {one['name']} taken for {other['name']}",
            (packed, packing(column, values), packing(column, taken_for)),
        )
        swapped = [
            *values[:place],
            {**one, "code": other["code"]},
            {**other, "code": one["code"]},
            *values[place + 2 :],
        ]
        yield (
            f"{column} at a tie: {other['name']} before {one['name']}",
            (packed, packing(column, values), packing(column, swapped)),
            (unpacked, unpacking(column, values), unpacking(column, swapped)),
        )


def packing(column: str, values: list[dict]) -> str:
    """What code_of_event renders."""
    branches = [
        f"else {value['code']}" if value["when"] == "true" else f"when {value['when']} then {value['code']}"
        for value in values
    ]
    return f"case {' '.join(branches)} end end as {column}"


def unpacking(column: str, values: list[dict]) -> str:
    """What unpacked_name renders."""
    branches = [f"when {value['code']} then '{value['name']}'" for value in values if value["name"]]
    return f"case ({column} & 15) {' '.join(branches)} end"


def signal_mutants(named: str, bit_of: dict[str, int]):
    """Evidence that reads a signal, without it. Only what the rules read, and whether the call has ended."""
    read = {*DOMAINS["incoming"], *DOMAINS["outgoing"], "has_call_ended"}
    for bits, rest, column in re.findall(r"\(\(signals & (\d+)\) <> 0\)( or coalesce\([^)]*\))? as (\w+)", named):
        if column not in read:
            continue
        for signal, bit in bit_of.items():
            if int(bits) & 2**bit:
                text = "((signals & {}) <> 0)" + rest + f" as {column}"
                without = text.format(int(bits) - 2**bit)
                yield f"{column}: without {signal}", ("int_call_evidence", text.format(bits), without)


# ---- what notices ---------------------------------------------------------------------------------------------------


@dataclass
class Suite:
    """What a mutant must get past: the scenarios' warehouse and all combinations of evidence, in one DuckDB process."""

    connection: duckdb.DuckDBPyConnection
    sql: dict[str, str]  # model → its compiled SQL, as `bare` gives it
    expected: dict[str, dict]  # call_id → the columns expected in fct_calls; None: no row
    outcomes: dict[str, dict[tuple, int]] = field(default_factory=dict)  # direction → outcome → number

    def __post_init__(self):
        build(self.connection)
        for direction in DIRECTIONS:
            self.outcomes[direction] = {line[:-1]: place for place, line in enumerate(ORACLE[direction], start=1)}
            # Most mutants show on these few.
            self.connection.execute(
                f"create table {direction}_sample as select * from {direction} where is_possible qualify row_number()"
                f" over (partition by oracle order by hash({', '.join(DOMAINS[direction])})) <= 200"
            )
        self.connection.execute(f"create table evidence as {self.chain()} select * from ({self.derived()})")
        # Unbroken, so that a mutant is derived anew only from the first model that it breaks.
        for model in MODELS[:-1]:
            self.connection.execute(f"create table {model} as {self.sql[model]}")

    # -- scenarios

    def chain(self, sql: dict | None = None, models=MODELS) -> str:
        """The models as one `with`."""
        return "with " + ", ".join(f"{model} as ({(sql or self.sql)[model]}\n)" for model in models)

    def derived(self) -> str:
        """The named evidence of each call, as the rules see it: fct_calls up to its last select."""
        facts = self.sql["fct_calls"]
        return facts[: facts.rindex(") select ")] + ") select * from derived where rule_number is not null"

    def mutated(self, mutant: Mutant, whole: bool = False) -> str:
        """The models with a mutated derivation, as one `with`: all of them, or from the first that is broken on."""
        sql = dict(self.sql)
        for model, old, new in mutant.replacements:
            assert sql[model].count(old) == 1, f"{mutant.name}: {model} has {sql[model].count(old)} times: {old}"
            sql[model] = sql[model].replace(old, new)
        first = 0 if whole else min((MODELS.index(model) for model, *_ in mutant.replacements), default=0)
        return self.chain(sql, MODELS[first:])

    def wrong_facts(self, mutant: Mutant) -> list[str]:
        """The scenarios whose row is not as expected with a mutated derivation."""
        rows = {
            row["call_id"]: row for row in dicts(self.connection, f"{self.mutated(mutant)} select * from fct_calls")
        }
        return [call for call, expected in self.expected.items() if is_wrong(expected, rows.get(call))]

    def changed_random_calls(self, mutant: Mutant) -> int:
        """How many rows of the random calls' facts a mutated derivation adds, takes or changes."""

        def facts(models):
            return f"({models} select * from fct_calls)".replace("int_call_events", "random_events")

        unbroken, broken = facts(self.chain()), facts(self.mutated(mutant, whole=True))
        return self.connection.execute(
            f"select count(*) from ((from {unbroken} except all from {broken})"
            f" union all (from {broken} except all from {unbroken}))"
        ).fetchone()[0]

    def wrong_outcomes(self, rules, direction: str) -> list[str]:
        """The same with a mutated rule list: the evidence is as it was, only the outcome is derived anew."""
        number = self.outcome_sql(rules, direction)
        outcome_of = {place: outcome for outcome, place in self.outcomes[direction].items()}
        cursor = self.connection.execute(f"select call_id, {number} from evidence where direction = '{direction}'")
        rows = {call: dict(zip(OUTCOME, outcome_of.get(place, (None,) * 4))) for call, place in cursor.fetchall()}

        def differs(expected, row):
            return any(row[name] != value for name, value in expected.items() if name in row)

        return [call for call, expected in self.expected.items() if call in rows and differs(expected, rows[call])]

    # -- all combinations

    def outcome_sql(self, rules, direction: str) -> str:
        """A rule list as one `case` that gives the outcome's number."""
        numbers = self.outcomes[direction]

        def branch(condition, result):
            return f"when {condition or 'true'} then {result}"

        branches = []
        for rule in rules:
            if rule["direction"] == direction:
                reasons = [
                    branch(
                        reason.get("when"),
                        numbers.setdefault(
                            (rule["rule"], rule["status"], reason["reason"], bool(reason.get("inferred"))),
                            len(numbers) + 1,
                        ),
                    )
                    for reason in rule["reasons"]
                ]
                branches.append(branch(rule["when"], f"case {' '.join(reasons)} end" if reasons else "null"))
        return f"case {' '.join(branches)} end" if branches else "null"

    def differing(self, rules, direction: str, table: str) -> tuple[int, int]:
        """Combinations whose outcome is not the oracle's: those that events can give, and all."""
        return self.connection.execute(
            f"select count(*) filter (is_possible), count(*) from {table}"
            f" where ({self.outcome_sql(rules, direction)}) is distinct from oracle"
        ).fetchone()


def dicts(connection, sql: str) -> list[dict]:
    cursor = connection.execute(sql)
    names = [description[0] for description in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def is_wrong(expected: dict | None, row: dict | None) -> bool:
    if expected is None or row is None:
        return (expected is None) != (row is None)
    return bool(differences(expected, row))


def set_up(warehouse: Warehouse) -> Suite:
    """Builds the scenarios' warehouse with dbt, once. A scenario with several loads is one call for each load after
    which it expects something."""
    rows, expected = [], {}
    for scenario in read_scenarios():
        for load, columns in scenario.expected.items():
            call_id = scenario.call_id if load == max(scenario.expected) else f"{scenario.call_id} after load {load}"
            rows += [{**row, "call_id": call_id} for row in scenario.rows_up_to(load)]
            wanted = {name: value for name, value in columns.items() if name != "relation"}
            expected[call_id] = wanted if columns.get("relation", "fct_calls") == "fct_calls" else None
    rng = random.Random(1)
    (random_rows,) = load_into(rng, random_events(rng, RANDOM_CALLS), [AS_OF])
    rows += random_rows
    warehouse.write_events(rows)
    warehouse.dbt("run", "--select", "+fct_calls", vars={"call_status_as_of": str(AS_OF)})

    compiled = compiled_models(warehouse)
    connection = duckdb.connect()
    schema = re.search(r'"call_status"\."(\w+)"\."int_call_events"', compiled["int_call_evidence_packed"])[1]
    connection.execute(f"attach '{warehouse.path}' as call_status (read_only)")
    for table, operator in (("int_call_events", "like"), ("random_events", "not like")):
        connection.execute(
            f"create table {table} as select * from call_status.{schema}.int_call_events"
            f" where call_id {operator} 'scenario-%'"
        )
    return Suite(connection, {model: bare(compiled[model]) for model in MODELS}, expected)


def bare(sql: str) -> str:
    """Compiled SQL on one line, without comments, on the models before it by their bare names."""
    sql = re.sub(r'"call_status"\."\w+"\."(\w+)"', r"\1", re.sub(r"--.*", "", sql))
    return re.sub(r"\s+", " ", sql).strip()


def compiled_models(warehouse: Warehouse) -> dict[str, str]:
    """What dbt has just compiled; other runs may have left theirs in the same folder."""
    compiled = {}
    paths = warehouse.parse_cache.rglob("compiled/call_status/models/**/*.sql")
    for path in sorted(paths, key=lambda path: path.stat().st_mtime):
        compiled[path.stem] = path.read_text()
    return compiled


# ---- the table ------------------------------------------------------------------------------------------------------


@dataclass
class Finding:
    mutant: Mutant
    kind: str  # scenario, proof, impossible, equivalent, survived
    says: str


NO_REASON, NOT_EQUIVALENT = "nothing differs, and no reason is listed", "listed as equivalent, but it is not"


def examine(suite: Suite, mutant: Mutant) -> Finding:
    return examine_derivation(suite, mutant) if mutant.replacements else examine_rules(suite, mutant)


def reason_of(mutant: Mutant) -> str | None:
    return next((why for pattern, why in EQUIVALENT.items() if re.fullmatch(pattern, mutant.name)), None)


def examine_derivation(suite: Suite, mutant: Mutant) -> Finding:
    reason, wrong = reason_of(mutant), suite.wrong_facts(mutant)
    if wrong and reason:
        return Finding(mutant, "survived", NOT_EQUIVALENT)
    if wrong:
        return Finding(mutant, "scenario", some(wrong))
    if changed := suite.changed_random_calls(mutant):
        return Finding(mutant, "survived", f"no scenario differs, but {changed} rows of random calls do")
    return Finding(mutant, "equivalent", reason) if reason else Finding(mutant, "survived", NO_REASON)


def examine_rules(suite: Suite, mutant: Mutant) -> Finding:
    reason = reason_of(mutant)
    scenarios = suite.wrong_outcomes(mutant.rules, mutant.direction)
    possible, everywhere = suite.differing(mutant.rules, mutant.direction, f"{mutant.direction}_sample")
    if not everywhere:
        possible, everywhere = suite.differing(mutant.rules, mutant.direction, mutant.direction)
    if not everywhere:
        if scenarios:
            return Finding(mutant, "survived", "the proof does not notice what a scenario does: " + some(scenarios))
        return Finding(mutant, "equivalent", reason) if reason else Finding(mutant, "survived", NO_REASON)
    if reason:
        return Finding(mutant, "survived", NOT_EQUIVALENT)
    if scenarios:
        return Finding(mutant, "scenario", f"{some(scenarios)}; proof")
    if possible:
        return Finding(mutant, "proof", "proof")
    return Finding(mutant, "impossible", "proof, only on evidence that no events give")


def some(calls: list[str]) -> str:
    names = [call.removeprefix("scenario-") for call in calls]
    return f"scenario {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def check_unmutated(suite: Suite, package: dict) -> None:
    """Unbroken, nothing may differ, and the lists written here must be as the models have them."""
    assert suite.wrong_facts(Mutant("none")) == []
    for direction in DIRECTIONS:
        assert suite.wrong_outcomes(package["rules"], direction) == []
        assert suite.differing(package["rules"], direction, direction) == (0, 0)
        for one, other in IMPLICATIONS[direction]:
            contradicts = f"direction = '{direction}' and ({one}) and not ({other})"
            found = suite.connection.execute(f"select call_id from evidence where {contradicts}").fetchall()
            assert not found, f"{one} without {other}: {found}"


def examine_all(warehouse: Warehouse) -> list[Finding]:
    """Every mutant, made and examined. The warehouse is an empty one."""
    package, suite = read_rules(), set_up(warehouse)
    with suite.connection:
        check_unmutated(suite, package)
        mutants = [*rule_mutants(package["rules"]), *derivation_mutants(suite.sql, package)]
        twice = [name for name, count in Counter(mutant.name for mutant in mutants).items() if count > 1]
        assert not twice, f"two mutants of one name: {twice}"
        findings = [examine(suite, mutant) for mutant in mutants]
    idle = [pattern for pattern in EQUIVALENT if not any(re.fullmatch(pattern, mutant.name) for mutant in mutants)]
    assert not idle, f"EQUIVALENT has entries that match no mutant: {idle}"
    return findings


def summary(findings: list[Finding]) -> str:
    lines = []
    for what, chosen in (
        ("rules", [f for f in findings if f.mutant.rules]),
        ("derivation", [f for f in findings if f.mutant.replacements]),
    ):
        count = Counter(finding.kind for finding in chosen)
        caught = count["scenario"] + count["proof"] + count["impossible"]
        lines.append(
            f"{what}: {len(chosen)} mutants, {caught} caught ({count['scenario']} by a scenario, {count['proof']} by the proof"
            f" alone, {count['impossible']} by the proof on evidence that no events give), {count['equivalent']} equivalent,"
            f" {count['survived']} survived"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/mutate-rules", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short", action="store_true", help="print only what is equivalent or survives, and the counts"
    )
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory() as folder:
        findings = examine_all(Warehouse(Path(folder)))
    print("| mutant | caught by |\n|---|---|")
    for finding in findings:
        if not short or finding.kind in ("equivalent", "survived"):
            says = f"{finding.kind}: {finding.says}" if finding.kind in ("equivalent", "survived") else finding.says
            print(f"| {finding.mutant.name} | {says} |")
    print(f"\n{summary(findings)}")
    return 1 if any(finding.kind == "survived" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
