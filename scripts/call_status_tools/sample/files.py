"""The files that a history is written to: CSV, NDJSON (either also gzipped), Parquet; and the rows that a loader refused.

Rows are tuples of texts in the order of the canonical columns; an empty text is a null.
"""

import contextlib
import csv
import gzip
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

from call_status_tools import canonical_columns
from call_status_tools.sample.history import History
from call_status_tools.sample.phone_line import Row

# The made-up phone system gives a call no status of its own, and has no such column.
COLUMNS = {name: kind for name, kind in canonical_columns.COLUMNS.items() if name != "reported_status"}
# In a file `attributes` is the text of JSON.
FILE_COLUMNS = {**COLUMNS, "attributes": "VARCHAR"}


def csv_row(row: Row) -> str:
    # Only the JSON of `attributes` ever needs quotes; a general CSV writer would be slower.
    if row[-1]:
        quoted = row[-1].replace('"', '""')
        return f'{",".join(row[:-1])},"{quoted}"\n'
    return ",".join(row) + "\n"


def ndjson_row(row: Row) -> str:
    event = {name: value for name, value in zip(COLUMNS, row) if value}
    if "seconds" in event:
        event["seconds"] = float(event["seconds"])
    if "attributes" in event:
        event["attributes"] = json.loads(event["attributes"])
    return json.dumps(event, separators=(",", ":")) + "\n"


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """The file, written anew; packed where its name ends in .gz."""
    with contextlib.ExitStack() as stack:
        if path.name.endswith(".gz"):
            raw = stack.enter_context(open(path, "wb"))
            # Neither name nor time in the header, so that the same rows are the same bytes.
            packed = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0))
            yield stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
        else:
            yield stack.enter_context(open(path, "w", encoding="utf-8", newline=""))


def write_text(path: Path, history: History, header: str = "") -> int:
    """Returns the number of events."""
    events = 0
    with open_text(path) as file:
        file.write(header)
        for rows in history.loads():
            file.write("".join(rows))
            events += len(rows)
    return events


def write_parquet(path: Path, history: History, header: str) -> int:
    """Through a CSV file beside the output, which DuckDB converts as a stream. Returns the number of events."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".generate_events_") as folder:
        text = Path(folder) / "events.csv"
        events = write_text(text, history, header)
        con = duckdb.connect(config={"threads": 1})  # one thread: row groups, and so the bytes, stay the same
        rows = con.read_csv(str(text), header=True, auto_detect=False, columns=FILE_COLUMNS, sep=",", quotechar='"')
        rows.write_parquet(str(path), compression="zstd")
    return events


# Ending of the file's name → its writer, how a row becomes text, its header.
FORMATS: dict[str, tuple[Callable[[Path, History, str], int], Callable[[Row], str], str]] = {
    ".csv": (write_text, csv_row, ",".join(COLUMNS) + "\n"),
    ".ndjson": (write_text, ndjson_row, ""),
    ".parquet": (write_parquet, csv_row, ",".join(COLUMNS) + "\n"),
}


def write_unreadable(path: Path, start: date) -> None:
    """What a loader refused, as text: the values cannot even be put into a typed table. A CSV, one row per refused row."""
    feb_30 = f"{start.year}-02-30 09:15:00"
    day = start + timedelta(days=3)
    event = {"event_id": "ev-1", "call_id": "u0000003", "direction": "incoming", "event_type": "call_started"}
    rows = (
        (
            f"calls_{day}.csv",
            118,
            "occurred_at is not a time",
            f"ev-5,canonical,u0000001,,incoming,call_started,{feb_30},,customer,,,,,,,,,",
        ),
        (
            f"calls_{day}.csv",
            204,
            "too many fields",
            f"ev-9,canonical,u0000002,,incoming,voicemail_left,{day} 09:20:11,,customer,,,,,,,,12,,,",
        ),
        (
            f"calls_{day}.ndjson",
            7,
            "occurred_at is not a time",
            json.dumps(event | {"occurred_at": "yesterday"}),
        ),
        (f"calls_{day}.ndjson", 31, "not valid JSON", '{"event_id": "ev-2", "call_id": "u00000'),
    )
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("source", "source_file", "line", "reason", "raw_text", "loaded_at"))
        for name, number, reason, text in rows:
            out.writerow(("canonical", name, number, reason, text, f"{day} 10:02:30.000"))
