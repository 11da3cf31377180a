"""What users rely on: names, columns, types and values of every public relation, empty and full; the raw columns; the sample.

contract.py has the lists.
"""

import re

import pytest
from call_status_tools import canonical_columns
from call_status_tools.dbt import inline
from call_status_tools.errors import UserError
from package.contract import ALLOWED, CONTRACT, KEYS, ONLY_FROM_SOURCES, QUARANTINE_REASONS, RELATIONS, STATUSES
from support.harness import PROJECT, changes


@pytest.fixture(scope="module")
def empty(new_warehouse):
    """A warehouse without a raw table."""
    warehouse = new_warehouse()
    warehouse.dbt("build")
    return warehouse


@pytest.mark.parametrize("relation", RELATIONS)
def test_columns_and_types(empty, relation):
    found = empty.query(
        "select column_name, lower(data_type) as data_type from information_schema.columns"
        f" where table_schema = 'main' and table_name = '{relation}' order by ordinal_position"
    )
    columns = {row["column_name"]: row["data_type"] for row in found}
    assert list(columns.items()) == list(CONTRACT[relation].columns.items())


def test_nothing_else_is_public(empty):
    found = empty.query("select table_name from information_schema.tables where table_schema = 'main'")
    assert {row["table_name"] for row in found} == set(RELATIONS)


def test_every_status_has_its_place(empty):
    found = empty.query("select direction, status from dim_call_status order by direction, display_order")
    assert [(row["direction"], row["status"]) for row in found] == [
        (direction, status) for direction, statuses in STATUSES.items() for status in statuses
    ]


def test_data_tests_accept_the_values_of_the_contract(empty):
    """The YAML of the models has its own lists, which dbt tests in every build. Here they are compared."""
    listed = {}
    for node in empty.dbt("parse").nodes.values():
        test = getattr(node, "test_metadata", None)
        if test and test.name == "accepted_values":
            where = node.config.where or ""
            listed[node.attached_node.split(".")[-1], test.kwargs["column_name"], where] = set(test.kwargs["values"])
    expected = {(relation, column, ""): set(values) for (relation, column), values in ALLOWED.items()}
    expected |= {
        (relation, "status", f"direction = '{direction}'"): set(statuses)
        for relation in ("fct_calls", "dim_call_status")
        for direction, statuses in STATUSES.items()
    }
    assert {place: listed.get(place) for place in expected} == expected


def test_without_a_raw_table_facts_are_empty(empty):
    # Lists of the package's own, whatever was loaded.
    for relation in RELATIONS.keys() - {"dim_call_status", "call_status_rules", "source_capabilities", "dim_date"}:
        assert empty.query(f"select * from {relation}") == []


def test_a_second_build_changes_no_row(sample):
    before = sample.relations()
    files_before = sample.query("select derived_at, count(*) as rows from fct_calls group by 1 order by 1")
    sample.dbt("build", vars=sample.vars)
    assert changes(before, sample.relations(), ignored=()) == []
    assert sample.query("select derived_at, count(*) as rows from fct_calls group by 1 order by 1") == files_before


def test_every_status_is_reached_by_the_sample(sample):
    """Every rule is reached by a scenario: tests/rules/test_scenarios.py."""
    unreached = sample.query(
        "select direction, status from dim_call_status except select direction, status from fct_calls"
    )
    assert unreached == []


def test_every_quarantine_reason_is_in_the_sample(sample):
    found = sample.query("select distinct quarantine_reason from quarantined_call_events")
    assert {row["quarantine_reason"] for row in found} == set(QUARANTINE_REASONS) - set(ONLY_FROM_SOURCES)


@pytest.mark.parametrize("relation, column", ALLOWED, ids=".".join)
def test_values_are_allowed(sample, relation, column):
    found = sample.query(f"select distinct {column} as value from {relation} where {column} is not null")
    assert {row["value"] for row in found} <= set(ALLOWED[relation, column])


@pytest.mark.parametrize("relation", KEYS)
def test_keys_tell_rows_apart(sample, relation):
    key = ", ".join(KEYS[relation])
    assert sample.query(f"select {key} from {relation} group by {key} having count(*) > 1") == []


# ---- raw events -----------------------------------------------------------------------------------------------------


def test_the_models_read_the_canonical_columns():
    """The list of the tools and the list of the models: the same columns, in the same order, of the same kinds."""
    raw = inline(
        "{{ tojson({'kinds': call_status.get_raw_columns(), 'required': call_status.get_required_raw_columns()}) }}"
    )
    kind_of = {"VARCHAR": "text", "JSON": "text", "TIMESTAMP": "timestamp", "DOUBLE": "duration"}
    assert list(raw["kinds"].items()) == [(name, kind_of[kind]) for name, kind in canonical_columns.COLUMNS.items()]
    assert set(canonical_columns.REQUIRED) <= set(raw["required"]) <= set(canonical_columns.COLUMNS)


def test_readme_has_the_canonical_columns():
    table = re.search(r"^\| column \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)", (PROJECT / "README.md").read_text(), re.M)
    if not table:
        pytest.skip("README.md has no table of the raw columns")
    first_cells = [line.split("|")[1] for line in table[1].splitlines()]
    assert sorted(re.findall(r"`(\w+)`", " ".join(first_cells))) == sorted(canonical_columns.COLUMNS)


# ---- the sample -----------------------------------------------------------------------------------------------------


def test_the_sample_is_what_the_generator_writes(tmp_path, monkeypatch):
    from call_status_tools.sample import generate

    files = {"--out": "sample_call_events.csv", "--unreadable": "sample_call_events_unreadable.csv"}
    arguments = [part for option, name in files.items() for part in (option, str(tmp_path / name))]
    monkeypatch.setattr("sys.argv", ["generate_events", *arguments])
    generate.main()
    for name in files.values():
        assert (tmp_path / name).read_bytes() == (PROJECT / "seeds" / "sample" / name).read_bytes()


def test_sample_and_own_events_never_mix(sample, tmp_path, monkeypatch, capsys):
    from call_status_tools.loading import load
    from call_status_tools.sample import run

    own = tmp_path / "own.csv"
    own.write_text(
        "event_id,call_id,direction,event_type,occurred_at\nmine,call,incoming,call_started,2026-03-02 10:00:00\n"
    )
    monkeypatch.setenv("CALL_STATUS_DB", str(sample.path))
    assert load.main([str(own)]) == 1
    assert "holds the bundled sample" in capsys.readouterr().err

    own_database = tmp_path / "own.duckdb"
    monkeypatch.setenv("CALL_STATUS_DB", str(own_database))
    assert load.main([str(own)]) == 0
    with pytest.raises(UserError, match="holds 1 raw rows that are not the sample's"):
        run.refuse_other_events(own_database)
    run.refuse_other_events(sample.path)
