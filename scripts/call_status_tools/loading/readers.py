"""How each file format is read: a file becomes a `Reading`, SQL that DuckDB runs; nothing is parsed row by row in Python.

| format | one row is | how it is read |
|---|---|---|
| CSV | one record | every field as text; DuckDB sets aside the records it cannot split (`reject_errors`) |
| NDJSON | one line | lines as text, then JSON per line, so that one bad line stops only itself |
| JSON | one element of the array | DuckDB's JSON reader; broken JSON makes the whole file unreadable |
| Parquet | one row | native types |

A `Reading` says where each column of the file is found. `typed_rows` turns it into the columns of a raw table: times are
UTC, lengths are seconds. A value that is there but cannot be converted gives the row a `refusal`, the reason in words,
which names the column and never the value. The caller's session must have TimeZone UTC.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from call_status_tools.errors import Unreadable
from call_status_tools.loading.raw_tables import Source

MAX_LINE_MB = 32
MAX_LINE = MAX_LINE_MB << 20
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}
TO_UTF8 = "convert it to UTF-8, e.g. iconv -f latin1 -t utf-8 (or -f utf-16)"
# DuckDB's names for records it cannot split, in our words.
REJECTED = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": f"longer than {MAX_LINE_MB} MB",
}

# An offset is never dropped: text is read as a time *with* zone (naive text takes the session's zone, UTC) and only then
# made naive. The pattern keeps out what DuckDB also accepts but nobody means as an event's time: 'infinity', zone names.
# Epochs: seconds below 1e11 (year 5138), then milli-, micro- and nanoseconds. A number that reads as a date (20260131)
# would be a second of August 1970; it is refused rather than guessed.
MACROS = r"""
create or replace temp macro finite_time(t) as case when isfinite(t) then t end;
create or replace temp macro finite_number(x) as case when isfinite(x) then x end;
create or replace temp macro epoch_time(d) as case
    when d >= 19000101 and d < 21000000 then null
    when abs(d) < 100000000000 then make_timestamp(cast(round(d * 1000000) as bigint))
    when abs(d) < 100000000000000 then make_timestamp(cast(round(d * 1000) as bigint))
    when abs(d) < 100000000000000000 then make_timestamp(cast(round(d) as bigint))
    else make_timestamp(cast(round(d * 0.001) as bigint)) end;
create or replace temp macro text_time(v) as case
    when regexp_full_match(v, '\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?([Zz]|UTC|GMT|[+-][01]\d(:?[0-5]\d)?))?)?')
        then cast(try_cast(replace(replace(replace(upper(v), ',', '.'), ' +', '+'), ' -', '-') as timestamptz) as timestamp)
    when regexp_full_match(v, '[+-]?\d+(\.\d*)?([eE][+-]?\d+)?') then epoch_time(try_cast(v as decimal(28, 9)))
    when regexp_full_match(v, '\d{8}T\d{6}([.,]\d+)?([Zz]|[+-][01]\d(:?[0-5]\d)?)?')
        then cast(try_cast(replace(upper(v[1:4] || '-' || v[5:6] || '-' || v[7:11] || ':' || v[12:13] || ':' || v[14:]),
                                   ',', '.') as timestamptz) as timestamp) end;
create or replace temp macro text_json(v) as case when json_valid(v) then cast(v as json) else to_json(v) end;
"""


class Field(NamedTuple):
    """A column of a file: its name there, the SQL of its value, and that value's DuckDB type."""

    name: str
    sql: str
    type: str = "VARCHAR"


@dataclass
class Reading:
    """A file as SQL. `fields` by lower-case name; `invalid`: SQL of why a row is no record (null: it is one)."""

    relation: str
    fields: dict[str, Field]
    raw_text: str
    invalid: str = "null"
    keep: str = "true"  # false: not a row at all (a blank line)
    numbering: str = "rows"  # what a row's number counts: "csv" records, "lines", or "rows" of other formats
    delimiter: str = ""


def literal(text: object) -> str:
    """A text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_head(path: str) -> str:
    """The first megabyte of a text file, decoded. Raises Unreadable for an empty file and for other encodings."""
    with open(path, "rb") as file:
        head = file.read(1 << 20)
    if not head:
        raise Unreadable("the file is empty; nothing to load")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(f"the file is UTF-16; {TO_UTF8}")
    if b"\0" in head.split(b"\n", 1)[0]:
        raise Unreadable(f"the first line holds NUL bytes: UTF-16 or not a text file; {TO_UTF8}")
    return head.decode("utf-8-sig", errors="replace")


def index_fields(fields: Iterable[Field]) -> dict[str, Field]:
    """Fields by trimmed, lower-case name. Raises Unreadable where a name comes twice."""
    index = {}
    for item in fields:
        key = item.name.strip().lower()
        if key in index:
            raise Unreadable(
                f"the file has the column {shown_names([item.name])} twice (case does not count); rename one"
            )
        index[key] = item
    return index


def shown_names(names: list[str]) -> str:
    """Column names for a message. What does not look like a name may be data (a file without a header): counted only."""
    good = [n.strip() for n in names if re.fullmatch(r"\s*[A-Za-z_][\w .-]{0,40}\s*", n)]
    hidden = len(names) - len(good)
    more = [f"{len(good) - 20} more"] if len(good) > 20 else []
    return ", ".join(good[:20] + more + ([f"{hidden} that do not look like a column name"] if hidden else []))


def check_required(reading: Reading, source: Source) -> None:
    """Raises Unreadable where a required column is missing, with what to look at."""
    missing = [name for name in source.required if name not in reading.fields]
    if not missing:
        return
    names = [item.name for item in reading.fields.values()]
    advice = "; the first line must name the columns, separated by a comma, semicolon, tab or |"
    advice = advice if reading.numbering == "csv" else ""
    raise Unreadable(f"required column missing: {', '.join(missing)} (found: {shown_names(names) or 'none'}){advice}")


def csv_scan(path: str, columns: list[str], delimiter: str, quote: str, header: str) -> str:
    """SQL that reads delimited text, all fields as text; records that cannot be split are noted down in reject_errors."""
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(path)}, auto_detect = false, columns = {{{names}}}, header = {header}, compression = 'none',"
        f" delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)}, hive_partitioning = false,"
        f" max_line_size = {MAX_LINE}, buffer_size = {2 * MAX_LINE}, store_rejects = true)"
    )


def read_csv(con: duckdb.DuckDBPyConnection, path: str, source: Source) -> Reading:
    """CSV. The delimiter is the one under which the first line names the most known columns."""
    head = text_head(path)
    if "�" in head.split("\n", 1)[0]:
        raise Unreadable(f"the first line is not UTF-8; {TO_UTF8}")
    csv.field_size_limit(1 << 31)
    headers = {d: next(csv.reader(io.StringIO(head, newline=""), delimiter=d), []) for d in ",;\t|"}
    delimiter = max(headers, key=lambda d: sum(name.strip().lower() in source.columns for name in headers[d]))
    names = [name if name.strip() else f"column_{i}" for i, name in enumerate(headers[delimiter], 1)]
    columns = [f"c{i}" for i in range(len(names))]  # positions: no name of the file reaches the SQL of the reader
    fields = index_fields(map(Field, names, columns))
    row = ", ".join(f"{literal(name)}, {column}" for name, column in zip(names, columns))
    return Reading(
        csv_scan(path, columns or ["c0"], delimiter, '"', "true"),
        fields,
        raw_text=f"cast(json_object({row}) as varchar)",
        numbering="csv",
        delimiter=delimiter,
    )


def read_ndjson(con: duckdb.DuckDBPyConnection, path: str, source: Source) -> Reading:
    """NDJSON. A control character is never valid in JSON, so as a delimiter it splits no good line."""
    text_head(path)
    return json_reading(con, csv_scan(path, ["line"], "\x01", "", "false"), source, "lines")


def read_json(con: duckdb.DuckDBPyConnection, path: str, source: Source) -> Reading:
    """JSON: an array of objects. Objects one a line or one after the other are read too."""
    head = text_head(path).lstrip()
    if not head.startswith("[") and head.split("\n", 1)[0].strip() != "{":
        return read_ndjson(con, path, source)
    if re.fullmatch(r"\[\s*\]\s*", head):  # no events: as fine as a CSV of only a header
        return Reading("(select null where false)", {n: Field(n, "null") for n in source.required}, raw_text="''")
    form = "array" if head.startswith("[") else "unstructured"
    scan = (
        f"(select cast(json as varchar) as line from read_json_objects({literal(path)}, format = '{form}',"
        f" compression = 'none', hive_partitioning = false, maximum_object_size = {MAX_LINE}))"
    )
    return json_reading(con, scan, source, "rows")


def json_reading(con: duckdb.DuckDBPyConnection, scan: str, source: Source, numbering: str) -> Reading:
    """JSON values, one `line` each; `doc` is the line where it is valid JSON, else null, and `item` the object's fields.

    No try_cast: DuckDB would move it into the CSV reader, which then rejects what it cannot cast.
    """
    parsed = f"(select line, case when json_valid(line) then line end as doc from {scan})"
    con.execute(f"create or replace temp table shapes as select distinct json_keys(doc) as keys from {parsed}")
    doubled = con.execute("select keys from shapes where len(keys) > len(list_distinct(keys)) limit 1").fetchone()
    if doubled:
        index_fields(Field(key, "") for key in doubled[0])  # raises
    keys = [key for (key,) in con.execute("select distinct unnest(keys) as k from shapes order by k").fetchall()]
    types = {k: "JSON" if source.columns.get(k.strip().lower(), "JSON") == "JSON" else "VARCHAR" for k in keys}
    fields = index_fields(Field(key, f"item.{identifier(key)}", types[key]) for key in keys)
    item = f"from_json(doc, {literal(json.dumps(types))})" if keys else "null"
    return Reading(
        f"(select *, {item} as item from {parsed})",
        fields,
        raw_text="line",
        invalid="case when doc is null then 'not valid JSON'"
        " when not starts_with(line, '{') and json_type(doc) <> 'OBJECT' then 'not a JSON object' end",
        keep="(doc is not null or coalesce(trim(line, e' \\t\\r'), '') <> '')",
        numbering=numbering,
    )


def read_parquet(con: duckdb.DuckDBPyConnection, path: str, source: Source) -> Reading:
    """Parquet, in its own types. Text written without its annotation is text all the same."""
    scan = f"read_parquet({literal(path)}, binary_as_string = true, hive_partitioning = false)"
    described = con.execute(f"describe select * from {scan}").fetchall()
    fields = index_fields(Field(name, identifier(name), kind) for name, kind, *_ in described)
    written = {name for (name,) in con.execute(f"select name from parquet_schema({literal(path)})").fetchall()}
    for name in {f.name for f in fields.values()} - written:  # DuckDB has renamed the second of two like-named columns
        raise Unreadable(
            f"the file has the column {shown_names([name.rsplit('_', 1)[0]])} twice (case does not count); rename one"
        )
    row = ", ".join(f"{literal(f.name)}, {f.sql}" for f in fields.values())
    return Reading(scan, fields, raw_text=f"cast(json_object({row}) as varchar)")


# Each raises Unreadable where the file cannot be read as a whole.
READERS = {"csv": read_csv, "ndjson": read_ndjson, "json": read_json, "parquet": read_parquet}


def as_json(item: Field) -> str:
    """SQL of a field's value as JSON; text that is no JSON becomes a JSON string, so that nothing is lost."""
    if item.type == "VARCHAR":
        return f"text_json(nullif(trim({item.sql}), ''))"
    return item.sql if item.type == "JSON" else f"to_json({item.sql})"


def as_type(item: Field, wanted: str) -> str:
    """SQL of a field's value in the wanted column type, null where it cannot be converted. Never raises at run time."""
    value, is_text = item.sql, item.type == "VARCHAR"
    if wanted == "VARCHAR":
        return f"cast({value} as varchar)"
    if wanted == "JSON":
        return as_json(item)
    if wanted == "DOUBLE":
        return f"finite_number(try_cast({f'trim({value})' if is_text else value} as double))"
    if is_text:
        return f"text_time(trim({value}))"
    if item.type == "DATE" or item.type.startswith("TIMESTAMP"):
        return f"finite_time(try_cast({value} as timestamp))"
    return f"epoch_time(try_cast({value} as decimal(28, 9)))"


def attributes(reading: Reading, source: Source) -> str:
    """SQL of `attributes`: what the file has under that name, plus every column the table does not know.

    An unknown column never replaces a key of the file's own attributes; attributes that are no object go under their name.
    """
    own = as_json(reading.fields["attributes"]) if "attributes" in reading.fields else "cast(null as json)"
    extra = [f for key, f in reading.fields.items() if key not in source.columns]
    if not extra:
        return own
    # For a CSV cell, `007` is text: only the attributes column itself is read as JSON.
    pairs = ", ".join(f"{literal(f.name.strip())}, {f.sql if f.type == 'VARCHAR' else as_json(f)}" for f in extra)
    rest = f"json_merge_patch('{{}}', json_object({pairs}))"  # drops nulls
    return (
        f"case when {own} is null then nullif({rest}, '{{}}') when {rest} = '{{}}' then {own}"
        f" when json_type({own}) = 'OBJECT' then json_merge_patch({rest}, {own})"
        f" else json_merge_patch({rest}, json_object('attributes', {own})) end"
    )


def typed_rows(reading: Reading, source: Source) -> str:
    """SQL in brackets: one row per row of the file, blank lines included.

    Columns: those of the table but loaded_at; `refusal`, null where the row is fine; `raw_text`; `keep`.
    """
    values, given = {}, {}
    for name, kind in source.columns.items():
        item = reading.fields.get(name)
        if name == "loaded_at":
            continue
        if name == "attributes":
            values[name] = attributes(reading, source)
        elif item is None:
            values[name] = f"cast({literal(source.defaults[name]) if name in source.defaults else 'null'} as {kind})"
        else:
            values[name] = as_type(item, kind)
            if kind in ("TIMESTAMP", "DOUBLE"):
                given[name] = f"trim({item.sql}) <> ''" if item.type == "VARCHAR" else f"{item.sql} is not null"

    # A row is refused where a time or a number was given and did not convert.
    what = {"TIMESTAMP": "a time", "DOUBLE": "a number"}
    refusals = "".join(
        f" when given_{name} and {name} is null then '{name} is not {what[source.columns[name]]}'" for name in given
    )
    content = ", ".join(f"{literal(name)}, {name}" for name in values if name != "event_id")
    derived_id = f"'row-' || md5(cast(json_object({content}) as varchar))"
    # A file without event ids gets them from its rows' content, so that a row that comes again has the same one.
    is_derived = "event_id" in source.columns and "event_id" not in reading.fields
    converted = ",\n            ".join(
        [f"{sql} as {name}" for name, sql in values.items()] + [f"{sql} as given_{name}" for name, sql in given.items()]
    )
    rows = f"""
        select
            {converted},
            {reading.invalid} as invalid,
            {reading.raw_text} as raw_text,
            {reading.keep} as keep
        from {reading.relation}
    """
    return f"""(
        select
            *{f" replace ({derived_id} as event_id)" if is_derived else ""},
            case when invalid is not null then invalid{refusals} end as refusal
        from ({rows})
    )"""


def record_starts(path: str, reading: Reading) -> Iterator[int]:
    """The line on which each record of a text file starts, header included, blank lines of a CSV left out (1-based)."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        if reading.numbering == "lines":
            yield from (number for number, _ in enumerate(file, 1))
            return
        reader, start = csv.reader(file, delimiter=reading.delimiter), 1
        for record in reader:
            if record:
                yield start
            start = reader.line_num + 1


def line_steps(starts: Iterable[int], has_header: bool, rejected: set[int]) -> list[tuple[int, int]]:
    """From which row on (1-based, rejected lines not counted) a row's line is how much more than its number: [(row, more)]."""
    steps, row = [], -1 if has_header else 0
    for line in starts:
        if line in rejected:
            continue
        row += 1
        if row and (not steps or steps[-1][1] != line - row):
            steps.append((row, line - row))
    return steps
