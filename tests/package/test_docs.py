"""The documentation says what the code does: rendered pages, answers, variables, descriptions, links."""

import re
from pathlib import Path

import pytest
import yaml
from call_status_tools.docs import render
from call_status_tools.errors import UserError
from rules.reference import Settings, derive
from support.harness import PROJECT, differences, leg_multiset
from support.scenario_files import AS_OF, read_file

README = PROJECT / "README.md"
MARTS = PROJECT / "models" / "marts"
PUBLIC = sorted(path.stem for path in MARTS.glob("*.sql"))
DECISIONS = [decision for decision in read_file(PROJECT / "DECISIONS.md") if decision.events]
NOT_OURS = {"target", "logs", "dbt_packages", "node_modules"}
PAGES = sorted(
    path
    for path in PROJECT.rglob("*.md")
    if not any(part in NOT_OURS or part.startswith(".venv") for part in path.relative_to(PROJECT).parts)
)
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(#(?P<anchor>[^)\s]+))?\)")


@pytest.fixture(scope="module")
def rules_and_statuses():
    return render.read_rules()


# ---- rendered by scripts/render-docs --------------------------------------------------------------------------------


def test_rules_page_is_in_sync(rules_and_statuses):
    assert render.RULES.read_text("utf-8") == render.render_rules(*rules_and_statuses), "run scripts/render-docs"


def test_answers_are_in_sync(sample):
    text = README.read_text("utf-8")
    assert text == render.render_readme(text, sample.path), "run scripts/run, then scripts/render-docs"


def test_ten_questions_and_each_block_has_its_answer():
    chapter = README.read_text("utf-8").split(render.QUESTIONS)[1].split("\n## ")[0]
    assert re.findall(r"^### (\d+)\. ", chapter, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert chapter.count("```sql") == len(render.ANSWER.findall(chapter)) == chapter.count("```text")


def test_the_rules_page_has_the_rules_of_the_warehouse(sample):
    row = re.compile(r"^\| (\d+) \| `(\w+)` \| ([^|]+) \| .* \| (.+) \|$", re.MULTILINE)
    page = render.RULES.read_text("utf-8")
    shown = [
        (direction, int(rank), rule, status, ", ".join(re.findall(r"(?:^|<br>)`(\w+)`", reasons)))
        for direction in ("incoming", "outgoing")
        for rank, rule, status, reasons in row.findall(
            page.split(f"## {direction.capitalize()} calls")[1].split("\n## ")[0]
        )
    ]
    rows = sample.query("select direction, rank, status_rule, status, status_reasons from call_status_rules")
    assert shown == sorted(tuple(row.values()) for row in rows)


def test_a_new_word_in_a_condition_must_be_explained(rules_and_statuses):
    rules, statuses = rules_and_statuses
    with pytest.raises(UserError, match="has_fax_tone"):
        render.render_rules([{**rules[0], "when": "has_fax_tone"}], statuses)


# ---- written by hand ------------------------------------------------------------------------------------------------


def test_variables_table():
    """Names and defaults as in dbt_project.yml and in the registry, and every choice is named."""
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    rows = re.findall(
        r"^\| `(call_status_\w+)` \| `([^`]+)` \| .* \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    assert {name: yaml.safe_load(default) for name, default, _ in rows} == defaults
    assert [name for name, *_ in rows] == list(defaults)

    registry = (PROJECT / "macros" / "variables.sql").read_text().split("macro setting(")[0]
    kinds = dict(re.findall(r"^        '(\w+)': (\{.*\}),$", registry, re.MULTILINE))
    assert [f"call_status_{name}" for name in kinds] == list(defaults)
    in_registry = {
        name: re.search(r"'default': (.+?), 'kind'", kind)[1].replace("none", "null") for name, kind in kinds.items()
    }
    assert {f"call_status_{name}": yaml.safe_load(default) for name, default in in_registry.items()} == defaults
    for name, _, allowed in rows:
        choices = re.search(r"'choices': \[(.*?)\]", kinds[name.removeprefix("call_status_")])
        for choice in re.findall(r"'(\w+)'", choices[1]) if choices else []:
            assert f"`{choice}`" in allowed, name


@pytest.mark.parametrize("relation", PUBLIC)
def test_descriptions(relation, sample):
    (model,) = [
        model for model in yaml.safe_load((MARTS / "_marts.yml").read_text())["models"] if model["name"] == relation
    ]
    assert model["description"].strip()
    described = [column["name"] for column in model["columns"] if column.get("description", "").strip()]
    assert described == [row["column_name"] for row in sample.query(f"select column_name from (describe {relation})")]


@pytest.mark.parametrize("relation", PUBLIC)
def test_readme_names_every_relation(relation):
    assert f"| `{relation}` |" in README.read_text("utf-8")


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.test_id)
def test_worked_example(decision):
    """What DECISIONS.md says comes of an example is what the reference derives; the warehouse agrees with that."""
    assert decision.expected, "no `Expected` table"
    for load, expected in decision.expected.items():
        derived = derive(decision.rows_up_to(load), Settings(AS_OF))
        wanted = expected.get("relation", "fct_calls")
        assert [name for name in ("fct_calls", "fct_open_calls") if derived[name]] == (
            [] if wanted == "none" else [wanted]
        )
        if wanted != "none":
            columns = {name: value for name, value in expected.items() if name != "relation"}
            assert not differences(columns, derived[wanted][0])
    for load, expected in decision.expected_legs.items():
        columns = list(expected[0])
        derived = derive(decision.rows_up_to(load), Settings(AS_OF))
        assert leg_multiset(derived["fct_call_legs"], columns) == leg_multiset(expected, columns)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in LINK.finditer(text):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in anchors(target), link[0]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings: lower case, spaces as hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
