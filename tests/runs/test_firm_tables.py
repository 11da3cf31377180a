"""What staging reads of a firm's own tables, whoever filled them, and what a run says of rows that it cannot use."""

import re
from datetime import date

import duckdb
import pytest
from support.harness import plain

LONDON = ("+44 20", "UK", "Support", "GB", "Europe/London", True)


def execute(warehouse, *statements):
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema if not exists raw")
        for statement in statements:
            connection.execute(statement)


def staged(warehouse, table, vars=None):
    """The rows of the staging model, which is no relation."""
    result = warehouse.dbt("show", "--select", f"stg_firm__{table}", "--limit", "-1", vars=vars).results[0]
    rows = [tuple(plain(value) for value in row) for row in result.agate_table.rows]
    return sorted(rows, key=str)


@pytest.fixture
def numbers(new_warehouse):
    """Makes raw.phone_numbers of rows of SQL, and gives what is staged."""

    def stage(columns, *rows):
        warehouse = new_warehouse()
        execute(warehouse, f"create table raw.phone_numbers as from (values {', '.join(rows)}) as t({columns})")
        return staged(warehouse, "phone_numbers")

    return stage


@pytest.fixture
def hours(new_warehouse):
    def stage(columns, *rows):
        warehouse = new_warehouse()
        execute(warehouse, f"create table raw.business_hours as from (values {', '.join(rows)}) as t({columns})")
        return staged(warehouse, "business_hours")

    return stage


ALL = "number, name, team, country, time_zone, has_after_hours_message"


def test_without_tables_there_is_nothing(new_warehouse):
    warehouse = new_warehouse()
    assert [staged(warehouse, table) for table in ("phone_numbers", "agents", "business_hours")] == [[], [], []]


# ---- numbers and agents ---------------------------------------------------------------------------------------------


def test_texts_and_types(numbers):
    text = "('+44 20', 'UK', 'Support', 'gb', 'Europe/London', 'Yes')"
    assert numbers(ALL, text) == [LONDON]
    assert numbers(ALL, text.replace("'Yes'", "true")) == [LONDON]
    assert numbers(ALL, text.replace("'Yes'", "1")) == [LONDON]


def test_missing_columns_and_empty_texts(numbers):
    assert numbers("number", "(' +44 20 ')") == [("+44 20", None, None, None, None, False)]
    assert numbers(ALL, "('+44 20', '', ' ', '', '', '')") == [("+44 20", None, None, None, None, False)]


def test_what_is_wrong_counts_as_empty(numbers):
    assert numbers(
        ALL, "('+44 20', 'UK', null, 'UK', 'Europe/Londn', 'perhaps')", "(null, 'none', null, null, null, null)"
    ) == [("+44 20", "UK", None, None, None, False)]


def test_the_newest_load_of_a_number_counts_however_it_is_written(numbers):
    found = numbers(
        "number, name, loaded_at",
        "('+44 20', 'newest', timestamp '2026-03-03')",
        "('0044-20', 'older', timestamp '2026-03-02')",
        "('4420', 'without a load', null)",
        "('+44 21', 'another', timestamp '2026-03-01')",
        "('+44 21', 'another', timestamp '2026-03-01')",
    )
    assert [row[:2] for row in found] == [("+44 20", "newest"), ("+44 21", "another")]


def test_a_tie_is_broken_alike_in_every_order(numbers):
    rows = ["('1', 'A', timestamp '2026-03-03')", "('1', 'B', timestamp '2026-03-03')"]
    assert numbers("number, name, loaded_at", *rows) == numbers("number, name, loaded_at", *reversed(rows))


def test_agents(new_warehouse):
    warehouse = new_warehouse()
    execute(
        warehouse,
        "create table raw.staff as from (values ('anna', 'Anna', 'old', 'no', '2026-03-02'), ('anna', 'Anna', 'new', null, '2026-03-03'),"
        " ('Anna', null, null, 'FALSE', '2026-03-03'), ('', 'none', null, null, null))"
        " as t(agent_id, agent_name, team, is_active, _fivetran_synced)",
    )
    elsewhere = {"call_status_raw_identifiers": {"agents": "staff"}}
    assert staged(warehouse, "agents", elsewhere) == [("Anna", None, None, False), ("anna", "Anna", "new", True)]


# ---- business hours -------------------------------------------------------------------------------------------------

HOURS = "business_number, weekday, date, opens_at, closes_at"


def test_hours_as_texts(hours):
    assert hours(
        HOURS,
        "(null, '1', null, '9:00', '17:30')",
        "('', '2', '', '00:00:00', '24:00')",
        "(null, null, '2026-12-24', '08:00', '23:59:59')",
        "(null, null, '2026-12-25', '', '')",
        "('+44 20', ' 7 ', null, '22:00', '06:00')",
    ) == [
        ("+44 20", 7, None, 1320, 360),
        (None, 1, None, 540, 1050),
        (None, 2, None, 0, 1440),
        (None, None, date(2026, 12, 24), 480, 1440),
        (None, None, date(2026, 12, 25), None, None),
    ]


def test_hours_in_types_of_their_own(hours):
    assert hours(
        HOURS,
        "(null, 1, null, time '09:00', time '17:30')",
        "(null, null, date '2026-12-25', null, null)",
        "(null, 2, null, time '00:00', time '24:00')",
    ) == [(None, 1, None, 540, 1050), (None, 2, None, 0, 1440), (None, None, date(2026, 12, 25), None, None)]
    assert hours(
        "weekday, on_date, opens_at, closes_at",
        "(1.0::double, null, interval '9 hours', interval '17 hours 30 minutes')",
        "(null, timestamp '2026-12-25', null, null)",
    ) == [(None, 1, None, 540, 1050), (None, None, date(2026, 12, 25), None, None)]


def test_the_newest_load_of_a_number_replaces_its_hours(hours):
    assert hours(
        f"{HOURS}, loaded_at",
        "('+44 20', 1, null, '09:00', '17:00', timestamp '2026-03-01')",
        "('0044 20', 2, null, '10:00', '12:00', timestamp '2026-03-02')",
        "('+44 20', 3, null, '10:00', '12:00', timestamp '2026-03-02')",
        "('+44 20', 3, null, '10:00', '12:00', timestamp '2026-03-02')",
        "(null, 1, null, '09:00', '17:00', timestamp '2026-03-01')",
        "(null, 2, null, '09:00', '17:00', timestamp '2026-03-01')",
        "(null, 5, null, '09:00', '17:00', null)",
    ) == [
        ("+44 20", 3, None, 600, 720),
        ("0044 20", 2, None, 600, 720),
        (None, 1, None, 540, 1020),
        (None, 2, None, 540, 1020),
    ]


def test_the_times_of_a_connector_are_no_loads(hours):
    found = hours(
        f"{HOURS}, _fivetran_synced",
        "(null, 1, null, null, null, timestamp '2026-03-01 10:00:00.001')",
        "(null, 2, null, null, null, timestamp '2026-03-01 10:00:00.002')",
    )
    assert [row[1] for row in found] == [1, 2]


# ---- what a run says ------------------------------------------------------------------------------------------------

WRONG = {
    "there is neither a weekday nor a date": "(null, null, null, '09:00', '10:00')",
    "there are a weekday and a date": "(null, '1', '2026-12-25', '09:00', '10:00')",
    "weekday is not 1 (Monday) to 7 (Sunday)": "(null, 'Monday', null, null, null)",
    "date is not written like 2026-12-25": "(null, null, '25.12.2026', null, null)",
    "opens_at is not written like 09:00": "(null, '1', null, '24:00', '10:00')",
    "closes_at is not written like 17:30": "(null, '1', null, '09:00', '5 PM')",
    "there is only one of opens_at and closes_at": "(null, '1', null, '09:00', null)",
}


def said(warehouse):
    """What the runs said of the firm's tables, and nothing else."""
    warehouse.dbt("run", "--select", "source_capabilities")
    log = (warehouse.directory / "logs" / "dbt.log").read_text("utf-8")
    return re.findall(r"Not everything in .*", log)


def test_rows_that_are_not_used_are_told_in_a_line_before_the_models(new_warehouse):
    warehouse = new_warehouse()
    assert said(warehouse) == []
    good = "(null, '5', null, '09:00', '10:00')"
    execute(
        warehouse,
        f"create table raw.business_hours as from (values {', '.join([good, *WRONG.values()])}) as t({HOURS})",
    )
    told = "; ".join(f"{why}, so the row is not used (1 row)" for why in WRONG)
    assert said(warehouse) == [f"Not everything in raw.business_hours is used: {told}."]
    assert staged(warehouse, "business_hours") == [(None, 5, None, 540, 600)]


def test_values_that_are_not_used(new_warehouse):
    warehouse = new_warehouse()
    execute(
        warehouse,
        f"create table raw.phone_numbers as from (values ('1', null, null, 'GB', 'Londn', 'x'), ('2', null, null, 'UK', 'X', '1'),"
        f" (null, 'none', null, null, null, null), (null, 'none', null, null, null, null)) as t({ALL})",
        "create table raw.agents as from (values ('anna', 'perhaps'), (null, 'yes')) as t(agent_id, is_active)",
    )
    assert said(warehouse) == [
        "Not everything in raw.phone_numbers is used: there is no number, so the row is not used (2 rows);"
        " time_zone is not a name such as Europe/London, so it counts as empty (2 rows);"
        " country is not the two letters of a country, so it counts as empty (1 row);"
        " has_after_hours_message is neither true nor false, so it counts as false (1 row).",
        "Not everything in raw.agents is used: there is no agent_id, so the row is not used (1 row);"
        " is_active is neither true nor false, so it counts as true (1 row).",
    ]


def test_what_was_put_right_by_a_later_load_is_told_no_more(new_warehouse):
    warehouse = new_warehouse()
    execute(
        warehouse,
        "create table raw.phone_numbers as from (values ('1', 'Londn', timestamp '2026-03-01'), ('1', 'Europe/London', timestamp '2026-03-02'))"
        " as t(number, time_zone, loaded_at)",
    )
    assert said(warehouse) == []


# ---- no events ------------------------------------------------------------------------------------------------------


def test_they_are_no_loads_of_events(new_warehouse):
    warehouse = new_warehouse()
    execute(
        warehouse,
        f"create table raw.phone_numbers as select '1' as number, timestamp '{date(2026, 3, 2)}' as loaded_at",
    )
    warehouse.write_events([])
    warehouse.dbt("run", "--select", "+event_accounting")
    assert warehouse.query("select raw_table from main_internal.int_raw_loads") == [{"raw_table": ""}]
    assert warehouse.query("select * from event_accounting") == []
