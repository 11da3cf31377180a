"""scripts/load --source phone_numbers, agents, business_hours: what is read, what is refused, and that a file is loaded whole."""

import datetime
import json
import re
from pathlib import Path

import duckdb
import openpyxl
import pytest
import pytz
from call_status_tools.loading import words
from call_status_tools.loading.raw_tables import SOURCES
from support.loading import query

NUMBERS = "number,name,team,country,time_zone,has_after_hours_message\n"
AGENTS = "agent_id,name,team,is_active\n"
HOURS = "business_number,weekday,date,opens_at,closes_at\n"
HEADS = {"phone_numbers": NUMBERS, "agents": AGENTS, "business_hours": HOURS}


def rows(table):
    columns = [name for name in SOURCES[table].columns if name != "loaded_at"]
    return query(f"select {', '.join(columns)} from raw.{table} order by all")


# ---- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("phone_numbers", "+44 20 7946 0001,UK,Support,GB,Europe/London,yes"),
        ("phone_numbers", "1,,,,,"),
        ("phone_numbers", "1,,,gb,America/Argentina/Ushuaia,FALSE"),
        ("phone_numbers", "1,,,XK,Etc/GMT+5,n"),
        ("agents", "anna,Anna,Support,0"),
        ("agents", "anna,,,"),
        ("business_hours", ",1,,9:00,17:30"),
        ("business_hours", "+1,7,,00:00:00,24:00"),
        ("business_hours", ",,2026-12-24,09:00,23:59:59.999"),
        ("business_hours", ",,2026-12-25,,"),
    ],
)
def test_a_row_is_kept_as_it_stands(load, table, row):
    result = load("--source", table, a__csv=HEADS[table] + row + "\n")
    assert result.status == 0 and "1 rows read, 1 loaded, 0 refused" in result.out
    assert [",".join("" if value is None else str(value) for value in found) for found in rows(table)] == [row]


def test_usual_headings_are_understood_and_others_named(load):
    result = load(
        "--source",
        "phone_numbers",
        a__csv="Timezone;Phone number;After-hours message;Colour\nEurope/Paris; 1 ;yes;red\n",
    )
    assert rows("phone_numbers") == [("1", None, None, None, "Europe/Paris", "yes")]
    assert result.out.splitlines()[1] == "    columns that are not read: Colour"
    load("--source", "business_hours", b__csv="Day,Open,Close\n1,9:00,17:00\n")
    assert rows("business_hours") == [(None, "1", None, "9:00", "17:00")]


def test_of_two_headings_for_one_column_ours_counts(load):
    result = load("--source", "agents", a__csv="id,agent_id,agent\n7,anna,Anna\n")
    assert rows("agents") == [("anna", None, None, None)]
    assert "columns that are not read: id, agent\n" in result.out


def test_a_mapping_names_other_headings(load):
    Path("m.toml").write_text('[columns]\nagent_id = "Kürzel"\n')
    load("--source", "agents", "--mapping", "m.toml", a__csv="Kürzel,Name,id\nan,Anna,7\n")
    assert rows("agents") == [("an", "Anna", None, None)]


def test_json(load):
    days = [{"day": 1, "opens": "09:00", "closes": "17:00"}, {"day": 2, "opens": None, "closes": None}]
    assert load("--source", "business_hours", a__json=json.dumps({"data": days})).status == 0
    assert rows("business_hours") == [(None, "1", None, "09:00", "17:00"), (None, "2", None, None, None)]


def test_excel(load):
    book = openpyxl.Workbook()
    for row in (
        ["Number", "Date", "Weekday", "Open", "Close"],
        [None, datetime.date(2026, 12, 25), None, None, None],
        [None, None, 1, datetime.time(9), datetime.time(17, 30)],
    ):
        book.active.append(row)
    book.save("a.xlsx")
    assert load("--source", "business_hours", "a.xlsx").status == 0
    assert rows("business_hours") == [
        (None, "1", None, "09:00:00", "17:30:00"),
        (None, None, datetime.date(2026, 12, 25), None, None),
    ]


def test_parquet(load):
    duckdb.execute(
        "copy (select '+1' as number, 1 as weekday, time '09:00' as opens_at, time '24:00' as closes_at) to 'a.parquet'"
    )
    assert load("--source", "business_hours", "a.parquet").status == 0
    assert rows("business_hours") == [("+1", "1", None, "09:00:00", "24:00:00")]


def test_a_date_is_written_as_the_option_says_and_is_of_no_zone(load):
    result = load("--source", "business_hours", a__csv=HOURS + ",,24.12.2026,,\n")
    assert "1 refused: date is not a date (line 2)" in result.out and "--time-format" in result.out
    options = ("--time-format", "%d.%m.%Y", "--time-zone", "Asia/Tokyo")
    assert load("--source", "business_hours", *options, "a.csv").status == 0
    assert rows("business_hours") == [(None, None, datetime.date(2026, 12, 24), None, None)]


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "row", "why"),
    [
        ("phone_numbers", ",UK,,,,", "number is missing"),
        ("phone_numbers", "4.42079E+11,,,,,", "number was rounded or counted as a quantity; format the column as text"),
        (
            "phone_numbers",
            "442079460001.0,,,,,",
            "number was rounded or counted as a quantity; format the column as text",
        ),
        ("phone_numbers", "1,,,UK,,", "country is not the two letters of a country, such as GB"),
        ("phone_numbers", "1,,,Germany,,", "country is not the two letters of a country, such as GB"),
        ("phone_numbers", "1,,,,CET+1,", "time_zone is not the name of a time zone, such as Europe/London"),
        ("phone_numbers", "1,,,,europe/london,", "time_zone is not the name of a time zone, such as Europe/London"),
        ("phone_numbers", "1,,,,,perhaps", "has_after_hours_message is neither true nor false"),
        ("agents", ",Anna,,", "agent_id is missing"),
        ("agents", "anna,,,2", "is_active is neither true nor false"),
        (
            "business_hours",
            "1.0,1,,,",
            "business_number was rounded or counted as a quantity; format the column as text",
        ),
        ("business_hours", "1,,,09:00,10:00", "there is neither a weekday nor a date"),
        ("business_hours", "1,1,2026-12-24,,", "there are a weekday and a date; a row is of one of them"),
        ("business_hours", "1,0,,,", "weekday is not 1 (Monday) to 7 (Sunday)"),
        ("business_hours", "1,8,,,", "weekday is not 1 (Monday) to 7 (Sunday)"),
        ("business_hours", "1,1.5,,,", "weekday is not 1 (Monday) to 7 (Sunday)"),
        ("business_hours", "1,Monday,,,", "weekday is not 1 (Monday) to 7 (Sunday)"),
        ("business_hours", "1,,2026-02-30,,", "date is not a date"),
        ("business_hours", "1,,2026-12-24 10:00,,", "date is not a date"),
        ("business_hours", "1,1,,24:00,10:00", "opens_at is not written like 09:00 or 17:30"),
        ("business_hours", "1,1,,9,10:00", "opens_at is not written like 09:00 or 17:30"),
        ("business_hours", "1,1,,09:00,24:01", "closes_at is not written like 09:00 or 17:30"),
        ("business_hours", "1,1,,09:00,5:00 PM", "closes_at is not written like 09:00 or 17:30"),
        (
            "business_hours",
            "1,1,,09:00,",
            "there is only one of opens_at and closes_at; leave both empty for a day that is closed",
        ),
    ],
)
def test_a_wrong_row_is_named_with_its_line(load, table, row, why):
    good = {"phone_numbers": "2,,,,,\n", "agents": "ben,,,\n", "business_hours": "2,2,,09:00,10:00\n"}[table]
    result = load("--source", table, a__csv=HEADS[table] + good + "\n" + row + "\n" + good)
    assert result.status == 1
    assert "refused a.csv: 3 rows read, 0 loaded, 1 refused" in result.out
    assert f"    1 refused: {why} (line 4)\n" in result.out


@pytest.mark.parametrize(
    ("table", "lines", "why"),
    [
        ("phone_numbers", ["1,A,,,,", "2,,,,,", "1,B,,,,"], "number comes more than once, and the rows differ"),
        ("agents", ["anna,,Sales,", "ben,,,", "anna,,,"], "agent_id comes more than once, and the rows differ"),
        ("business_hours", ["1,1,,09:00,10:00", "1,2,,,", "1,1,,,"], "the same day is also closed all day"),
    ],
)
def test_rows_that_say_two_things(load, table, lines, why):
    result = load("--source", table, a__csv=HEADS[table] + "\n".join(lines) + "\n")
    assert result.status == 1 and f"    2 refused: {why} (lines 2, 4)\n" in result.out


def test_a_row_that_stands_there_twice_says_one_thing(load):
    assert load("--source", "agents", a__csv=AGENTS + "anna,Anna,,\n" * 2).status == 0


def test_only_some_lines_are_listed(load):
    result = load("--source", "agents", a__csv=AGENTS + ",Nobody,,\n" * 12)
    assert "12 refused: agent_id is missing (lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more)\n" in result.out


def test_nothing_of_a_file_with_a_wrong_row_is_kept(load):
    load("--source", "agents", a__csv=AGENTS + "anna,,,\n")
    result = load("--source", "agents", b__csv=AGENTS + "anna,,,no\nben,,,perhaps\ntoo,many,fields,yes,really\n")
    assert result.status == 1 and "3 rows read, 0 loaded, 2 refused" in result.out
    assert "nothing was changed: a file of agents is loaded whole, once every row is right" in result.out
    assert rows("agents") == [("anna", None, None, None)]
    assert query("select count(*) from raw.call_events_unreadable") == [(0,)]
    assert query("select count(*) from raw.loaded_files") == [(1,)]


def test_a_file_without_the_columns(load):
    assert "required column missing: agent_id" in load("--source", "agents", a__csv=NUMBERS + "1,,,,,\n").err
    assert "weekday or date" in load("--source", "business_hours", b__csv="opens_at,closes_at\n09:00,10:00\n").err


# ---- loaded files ---------------------------------------------------------------------------------------------------


def test_what_is_loaded_last_counts_also_if_it_was_there_before(load):
    winter, summer = HOURS + ",1,,09:00,17:00\n", HOURS + ",1,,08:00,16:00\n"
    load("--source", "business_hours", winter__csv=winter)
    assert "skipped winter.csv: loaded before" in load("--source", "business_hours", "winter.csv").out
    load("--source", "business_hours", summer__csv=summer)
    assert "loaded winter.csv" in load("--source", "business_hours", "winter.csv").out
    newest = "select opens_at from raw.business_hours order by loaded_at desc limit 1"
    assert query(newest) == [("09:00",)]
    assert "was loaded 2 times; --forget one of" in load("--forget", "winter.csv").err


def test_list_and_forget(load):
    load("--source", "agents", a__csv=AGENTS + "anna,,,\n")
    assert re.search(r"  1 loaded, 0 refused of agents  .*/a\.csv\n", load("--list").out)
    said = load("--forget", "a.csv").out
    assert "1 rows were deleted. After the next `dbt build` what was loaded before counts." in said
    assert "backfill" not in said and rows("agents") == []


def test_a_dry_run_shows_and_writes_nothing(load):
    result = load("--dry-run", "--source", "agents", a__csv="Agent,Active\nanna,yes\nben,perhaps\n")
    assert result.status == 1 and not Path("db.duckdb").exists()
    assert "1 refused: is_active is neither true nor false (line 3)" in result.out
    assert re.search(r"^    agent_id  +Agent  +anna +ben$", result.out, re.MULTILINE)


# ---- the lists ------------------------------------------------------------------------------------------------------


def test_countries():
    assert set(words.macro("sources/firm.sql", "country_codes")) == {*pytz.country_names, "XK"}


def test_the_engine_knows_every_zone():
    known = {name for (name,) in duckdb.execute("select name from pg_timezone_names()").fetchall()}
    assert set(pytz.all_timezones) <= known
