"""The documentation says what the code does: rendered pages, answers, variables, descriptions, links."""

import re
from pathlib import Path

import duckdb
import pytest
import yaml
from call_status_tools.docs import render
from call_status_tools.errors import UserError
from call_status_tools.loading import load as loader
from call_status_tools.loading.raw_tables import SOURCES
from rules.reference import Settings, derive
from support.harness import PROJECT, RAW_COLUMNS, differences, leg_multiset
from support.scenario_files import AS_OF, read_file

README = PROJECT / "README.md"
MARTS = PROJECT / "models" / "marts"
PUBLIC = sorted(path.stem for path in MARTS.rglob("*.sql"))
DECISIONS = [decision for decision in read_file(PROJECT / "DECISIONS.md") if decision.events]
NOT_OURS = {"target", "logs", "dbt_packages", "node_modules"}
PAGES = sorted(
    path
    for path in PROJECT.rglob("*.md")
    if not any(part in NOT_OURS or part.startswith(".venv") for part in path.relative_to(PROJECT).parts)
    # Its links are those of the place that scripts/new-source copies it to; the walk through "A source" looks at them there.
    and path.relative_to(PROJECT).as_posix() != "models/staging/_template/page.md"
)
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(#(?P<anchor>[^)\s]+))?\)")
FILE = re.compile(r"`((?:benchmarks|docs|macros|models|requirements|scripts|seeds|tests)/[\w./<-]*)[^`]*`")


@pytest.fixture(scope="module")
def lists():
    """The rules, the statuses and the named evidence."""
    return render.read_rules()


# ---- rendered by scripts/render-docs --------------------------------------------------------------------------------


def test_rules_page_is_in_sync(lists):
    assert render.RULES.read_text("utf-8") == render.render_rules(*lists), "run scripts/render-docs"


@pytest.mark.parametrize("page", [render.README, render.QUESTIONS], ids=lambda page: page.name)
def test_answers_are_in_sync(page, sample):
    assert page.read_text("utf-8") == render.render_answers(page, sample.path), "run scripts/render-docs"


def test_figures_of_the_proof_are_in_sync(lists):
    """The mutants' are compared where they are examined: tests/rules/test_mutation.py."""
    text = render.PROOF.read_text("utf-8")
    assert text == render.render_figures(text, render.proof_figures(lists[0])), "run scripts/render-docs"


def test_tables_of_kpis_are_in_sync():
    text = render.KPIS.read_text("utf-8")
    assert text == render.render_figures(text, render.kpi_tables()), "run scripts/render-docs"


def test_twenty_five_questions_and_each_block_has_its_answer():
    """A query for MetricFlow stands below the answer that it gives, too; tests/semantic/test_questions.py asks it."""
    page = render.QUESTIONS.read_text("utf-8")
    assert re.findall(r"^## (\d+)\. ", page, re.MULTILINE) == [str(number) for number in range(1, 26)]
    assert page.count("```sql") == len(render.ANSWER.findall(page)) == page.count("```text")
    assert page.count("\nmf query ") == page.count("```sh") == page.count("```\n\n```sh\nmf query ")


def test_the_table_of_questions_names_what_each_reads():
    """In its order, each with the relations of its SQL."""
    page = render.QUESTIONS.read_text("utf-8")
    rows = re.findall(r"^\| \[(\d+\. .*?)\]\(#\S+\) \| (.*) \|$", page, re.MULTILINE)
    chapters = re.findall(r"^## (\d+\. .*)\n((?:(?!## ).*\n)*)", page, re.MULTILINE)
    assert [(heading, set(re.findall(r"`(\w+)`", relations))) for heading, relations in rows] == [
        (heading, set(PUBLIC) & set(re.findall(r"(?:from|join) (\w+)", chapter))) for heading, chapter in chapters
    ]


def test_three_questions_have_their_answers():
    chapter = README.read_text("utf-8").split("\n## Three questions\n")[1].split("\n## ")[0]
    assert chapter.count("```sql") == len(render.ANSWER.findall(chapter)) == chapter.count("```text") == 3


def test_the_rules_page_has_the_rules_of_the_warehouse(sample):
    rule = re.compile(r"^### (\d+)\. `(\w+)`: (.+)\n(?s:.*?)\n\| reason .*\n\|[- |]+\n((?:\|.*\n)+)", re.MULTILINE)
    page = render.RULES.read_text("utf-8")
    shown = [
        (direction, int(rank), name, status, ", ".join(re.findall(r"^\| `(\w+)` ", reasons, re.MULTILINE)))
        for direction in ("incoming", "outgoing")
        for rank, name, status, reasons in rule.findall(
            page.split(f"## {direction.capitalize()} calls")[1].split("\n## ")[0]
        )
    ]
    rows = sample.query("select direction, rank, status_rule, status, status_reasons from call_status_rules")
    assert shown == sorted(tuple(row.values()) for row in rows)


def test_a_new_word_in_a_condition_must_be_explained(lists):
    rules, statuses, evidence = lists
    with pytest.raises(UserError, match="has_fax_tone"):
        render.render_rules([{**rules[0], "when": "has_fax_tone"}], statuses, evidence)


def test_a_mark_that_is_not_there_is_an_error():
    with pytest.raises(UserError, match="0 marks `<!-- rendered: stars -->`"):
        render.render_figures("no mark", {"stars": "3"})


# ---- what the README tells to try -----------------------------------------------------------------------------------


def blocks(kind: str, page: Path = README) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_example_file(new_warehouse, monkeypatch):
    """It loads, and its calls get the statuses that the README says."""
    warehouse = new_warehouse()
    (events,) = blocks("csv")
    assert len(events.splitlines()) == 6
    file = warehouse.directory / "events.csv"
    file.write_text(events)
    monkeypatch.setenv("CALL_STATUS_DB", str(warehouse.path))
    assert loader.main([str(file)]) == 0
    warehouse.dbt("run", "--select", "+fct_calls")
    shown = {
        row["call_id"]: (row["status"], row["status_message"]) for row in warehouse.query("select * from fct_calls")
    }
    text = README.read_text("utf-8")
    assert f'`A1` is {shown["A1"][0]}, "{shown["A1"][1]}"; `A2` is {shown["A2"][0]}.' in text


def test_the_example_table():
    """It has the columns of the raw table, and its name is what the README's variables say."""
    (table,) = (block for block in blocks("sql") if "create table" in block)
    with duckdb.connect() as connection:
        connection.execute(table)
        columns = connection.execute("select column_name from (describe telephony.phone_events)").fetchall()
    assert {name for (name,) in columns} == set(RAW_COLUMNS)
    needed = table.split("create table")[1].split("--")[0]
    macros = (PROJECT / "macros" / "sources" / "canonical_columns.sql").read_text("utf-8")
    required = re.search(r"macro get_required_raw_columns\(\).*?\[(.*?)\]", macros, re.DOTALL)[1]
    assert re.findall(r"(\w+) (?:varchar|timestamp)", needed) == re.findall(r"'(\w+)'", required)
    assert "{call_status_raw_schema: telephony, call_status_canonical_identifier: phone_events}" in README.read_text(
        "utf-8"
    )


def test_the_example_rules():
    """They are those of the project that tests/package/test_consumer.py builds."""
    macros = PROJECT / "tests" / "package" / "consumer" / "macros"
    assert blocks("sql", PROJECT / "docs" / "own_rules.md") == [
        (macros / name).read_text("utf-8") for name in ("status_rules.sql", "call_statuses.sql")
    ]


FIRM = PROJECT / "docs" / "your_firm.md"


@pytest.fixture(scope="module")
def firm(new_warehouse):
    """A warehouse into which the example files of docs/your_firm.md were loaded as the page says."""
    warehouse = new_warehouse()
    files = re.findall(r"^`(\w+)\.csv`:\n\n```csv\n(.*?)^```$", FIRM.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(files) == len(blocks("csv", FIRM)) == 3
    commands = re.findall(r"^scripts/load (\w+)\.csv --source (\w+)$", FIRM.read_text("utf-8"), re.MULTILINE)
    assert commands == [(name, name) for name, _ in files]
    for name, content in files:
        file = warehouse.directory / f"{name}.csv"
        file.write_text(content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CALL_STATUS_DB", str(warehouse.path))
            assert loader.main([str(file), "--source", name]) == 0
    warehouse.dbt("run", vars={"call_status_as_of": "2026-12-31 12:00:00"})
    return warehouse


def test_the_example_numbers_and_agents(firm):
    numbers = firm.query("select number_name, country, time_zone, has_after_hours_message from dim_phone_numbers")
    assert sorted(tuple(row.values()) for row in numbers) == [
        ("Orders Canada", "CA", "America/St_Johns", False),
        ("Support Germany", "DE", "Europe/Berlin", True),
        ("Support UK", "GB", "Europe/London", True),
    ]
    agents = firm.query("select agent_id, team, is_active from dim_agents order by agent_id")
    assert [tuple(row.values()) for row in agents] == [
        ("anna", "Support", True),
        ("ben", "Orders", True),
        ("cleo", "Support", False),
    ]


@pytest.mark.parametrize(
    ("key", "day", "openings"),
    [
        ("", "2026-12-14", [(9 * 60, 12 * 60 + 30), (13 * 60 + 30, 18 * 60)]),  # a Monday
        ("", "2026-12-19", []),  # a Saturday
        ("", "2026-12-24", [(9 * 60, 12 * 60)]),
        ("", "2026-12-25", []),
        ("15550100700", "2026-12-17", []),
        ("15550100700", "2026-12-18", [(18 * 60, 26 * 60)]),  # a Friday
        ("15550100700", "2026-12-19", [(-6 * 60, 2 * 60), (0, 24 * 60)]),
        ("15550100700", "2026-12-20", []),
        ("15550100700", "2026-12-24", [(9 * 60, 12 * 60)]),
        ("15550100700", "2026-12-25", []),
        ("15550100700", "2026-12-26", [(0, 24 * 60)]),
    ],
)
def test_the_example_hours(firm, key, day, openings):
    """What the page says of them."""
    found = firm.query(
        f"select opens_at, closes_at from main_internal.int_opening_times where hours_key = '{key}'"
        f" and local_date = '{day}' and opens_at is not null order by all"
    )
    assert [tuple(row.values()) for row in found] == openings


def test_the_example_of_a_refused_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALL_STATUS_DB", "db.duckdb")
    file = Path("business_hours.csv")
    file.write_text("weekday,opens_at,closes_at\n1,09:00,17:00\n2,09:00,5 PM\nWed,09:00,17:00\n")
    assert loader.main([str(file), "--source", "business_hours"]) == 1
    assert blocks("text", FIRM)[0] == "".join(capsys.readouterr().out.splitlines(keepends=True)[:-1])


def test_the_example_of_what_a_run_says(new_warehouse):
    warehouse = new_warehouse()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.business_hours as select unnest(['Mon', 'Tue']) as weekday")
    warehouse.dbt("run", "--select", "source_capabilities")
    assert blocks("text", FIRM)[1] in (warehouse.directory / "logs" / "dbt.log").read_text("utf-8")


def test_the_columns_of_the_firms_tables():
    """Each table of the page has the columns of the raw table, in the order in which the example has them."""
    page = FIRM.read_text("utf-8")
    for example in blocks("csv", FIRM):
        names = example.splitlines()[0].split(",")
        table = page.split(example)[1].split("| column |")[1].split("\n\n")[0]
        first_cells = [line.split("|")[1] for line in table.splitlines()[2:]]
        assert re.findall(r"`(\w+)`", " ".join(first_cells)) == names
        assert any([*source.columns] == [*names, "loaded_at"] for source in SOURCES.values() if source.is_of_firm)


# ---- written by hand ------------------------------------------------------------------------------------------------


def test_variables_table():
    """Names and defaults as in dbt_project.yml and in the registry, and every choice is named."""
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    rows = re.findall(
        r"^\| `(call_status_\w+)` \| `([^`]+)` \| .* \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    assert {name: yaml.safe_load(default) for name, default, _ in rows} == defaults
    assert [name for name, *_ in rows] == list(defaults)

    registry = (PROJECT / "macros" / "settings" / "variables.sql").read_text().split("macro setting(")[0]
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
        model
        for path in MARTS.rglob("*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
        if model["name"] == relation
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
    """The anchors of a page's headings."""
    return {render.anchor(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_files_that_are_named_are_there(page):
    """Of a path with a placeholder, such as `macros/engine/<name>.sql`, the folder."""
    if page.name == "CHANGELOG.md":
        pytest.skip("it names files as they were called then")
    named = [
        path.split("<")[0].rpartition("/")[0] if "<" in path else path for path in FILE.findall(page.read_text("utf-8"))
    ]
    assert [path for path in named if not (PROJECT / path).exists()] == []
