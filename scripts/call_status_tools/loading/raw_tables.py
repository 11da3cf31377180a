"""The tables that the loader fills, in the schema `raw`: one per source, and its own bookkeeping."""

from typing import NamedTuple

import duckdb

from call_status_tools import canonical_columns


class Source(NamedTuple):
    """A kind of raw file, and the table that its rows go to."""

    table: str
    columns: dict[str, str]  # name → DuckDB type, in the table's order
    required: tuple[str, ...]  # columns that a file must have
    defaults: dict[str, str]  # values of columns that a file lacks; null for all others

    @property
    def unread_columns(self) -> dict[str, str]:
        """A column beside each length: its text where it cannot be read as one, for unmapped_source_values."""
        return {f"unread_{name}": "VARCHAR" for name, kind in self.columns.items() if kind == "DOUBLE"}


# One entry per kind of raw file. A new adapter adds its own; the tables are created on first use.
SOURCES = {
    "canonical": Source(
        table="call_events",
        columns=canonical_columns.COLUMNS,
        required=canonical_columns.REQUIRED,
        defaults={"source_system": "canonical"},
    ),
}

BOOKKEEPING = {
    # One row per row of a file that was refused.
    "call_events_unreadable": {
        "source": "VARCHAR",
        "source_file": "VARCHAR",
        "line": "INTEGER",
        "reason": "VARCHAR",
        "raw_text": "VARCHAR",
        "loaded_at": "TIMESTAMP",
    },
    # One row per file that was loaded.
    "loaded_files": {
        "file": "VARCHAR",
        "sha256": "VARCHAR",
        "source": "VARCHAR",
        "rows_read": "BIGINT",
        "rows_loaded": "BIGINT",
        "rows_refused": "BIGINT",
        "loaded_at": "TIMESTAMP",
    },
}


def create_tables(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """The raw table of the source and the bookkeeping, where missing. A column that an older table lacks is added."""
    con.execute("create schema if not exists raw")
    for table, columns in {source.table: source.columns | source.unread_columns, **BOOKKEEPING}.items():
        con.execute(f"create table if not exists raw.{table} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
        there = {name.lower() for name, *_ in con.execute(f"describe raw.{table}").fetchall()}
        for name in columns.keys() - there:
            con.execute(f"alter table raw.{table} add column {name} {columns[name]}")
