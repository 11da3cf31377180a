"""scripts/load --dry-run: how the first rows of a file would be read. They are loaded into a database in memory."""

import duckdb

from call_status_tools.loading.raw_tables import Source
from call_status_tools.loading.readers import Reading
from call_status_tools.loading.sql import identifier

ROWS = 1000  # are read
SHOWN = 3
WIDTH = 28
# Only whether there is one: a screen is shown to others.
HIDDEN = ("customer_number", "from", "to", "fromnumber", "tonumber", "attributes")


def first_rows(con: duckdb.DuckDBPyConnection, reading: Reading, rows: str, source: Source) -> list[str]:
    """A table: a line per column of ours that has a value, where the file has it, and the values of the first rows."""
    names = [name for name in source.columns if name != "loaded_at"]
    columns = ", ".join(f"cast({identifier(name)} as varchar)" for name in names)
    found = con.execute(f"select refusal, {columns} from {rows} where keep limit {SHOWN}").fetchall()
    table = [["", "from", *(f"row {number}" for number in range(1, len(found) + 1))]]
    for name, values in zip(["refused", *names], zip(*found)):
        if any(value is not None for value in values):
            item = reading.fields.get(name)
            told = ["(given)" if value and name in HIDDEN else value or "" for value in values]
            table.append([name, item.name.lstrip("\0") if item else "", *told])
    table = [[shortened(cell) for cell in line] for line in table]
    widths = [max(map(len, column)) for column in zip(*table)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]


def shortened(text: str) -> str:
    """A value on one line."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."
