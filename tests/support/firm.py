"""What a firm says of its numbers, agents and business hours, for tests: as rows, and as raw tables."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb

from support.scenario_files import SCENARIOS

COLUMNS = {
    "phone_numbers": ("number", "name", "team", "country", "time_zone", "has_after_hours_message"),
    "agents": ("agent_id", "name", "team", "is_active"),
    "business_hours": ("business_number", "weekday", "date", "opens_at", "closes_at"),
}


def of_scenarios() -> dict[str, tuple]:
    """Table → its rows, as the reference's settings take them: of the firm that the scenarios are about."""
    return {
        "phone_numbers": rows_of("phone_numbers"),
        "agents": rows_of("agents"),
        "business_hours": rows_of("business_hours"),
    }


def rows_of(table: str) -> tuple:
    with (SCENARIOS / "firm" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return tuple({name: value_of(name, text) for name, text in row.items()} for row in csv.DictReader(file))


def value_of(name: str, text: str):
    if text == "":
        return None
    if name == "weekday":
        return int(text)
    if name == "date":
        return date.fromisoformat(text)
    return text == "true" if name in ("has_after_hours_message", "is_active") else text


def write(database: Path, **tables: tuple) -> None:
    """Writes the raw tables, in place of what was there. A table without rows is dropped."""
    with duckdb.connect(database) as connection:
        connection.execute("create schema if not exists raw")
        for table, rows in tables.items():
            connection.execute(f"drop table if exists raw.{table}")
            if rows:
                columns = COLUMNS[table]
                connection.execute(f"create table raw.{table} ({', '.join(f'{name} varchar' for name in columns)})")
                connection.executemany(
                    f"insert into raw.{table} values ({', '.join('?' * len(columns))})",
                    [[None if row.get(name) is None else str(row[name]) for name in columns] for row in rows],
                )
