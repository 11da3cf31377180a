"""How each file format is read: a file becomes a `Reading`, SQL that DuckDB runs; nothing is parsed row by row in Python.

| format | one row is | how it is read |
|---|---|---|
| CSV | one record | every field as text; DuckDB sets aside the records it cannot split (`reject_errors`) |
| JSON, an object a line | one line | lines as text, then JSON per line, so that one bad line stops only itself |
| JSON, anything else | one object of the array, or of those one after the other | DuckDB's JSON reader; broken JSON makes the whole file unreadable |
| XML | one document | files.py makes JSON of it, an object a line |
| Parquet | one row | native types |

A `Reading` says where each column of ours is found in the file, and what else is in it. rows.py makes the rows of a raw
table of it.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb

from call_status_tools.errors import Unreadable
from call_status_tools.loading import delimited, firm
from call_status_tools.loading.files import PIECE, TO_UTF8, beginning, without_lines
from call_status_tools.loading.raw_tables import Source
from call_status_tools.loading.spelling import Spelling
from call_status_tools.loading.sql import identifier, literal
from call_status_tools.loading.values import NULL_WORDS, Field, as_json, as_text

MAX_LINE_MB = 32
MAX_LINE = MAX_LINE_MB << 20
MAX_DOCUMENT = 512 << 20  # one JSON object that holds everything
PAGES = {"calls", "data", "items", "records", "results"}  # what an array of records is called where it may be empty
DEPTH = 3  # how deep an array of records is looked for
# DuckDB's names for records it cannot split, in our words.
REJECTED = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": f"longer than {MAX_LINE_MB} MB",
}

# DuckDB rounds the numbers of a JSON text to what a computer can count with. Where there are fractions, the text is cut
# into strings and what is between them, and each number there becomes a string: an id keeps its digits.
MACROS = r"""
create or replace temp macro has_fraction(doc) as regexp_matches(doc, '[:\[,]\s*-?\d+[.eE]');
create or replace temp macro exact_numbers(doc) as case when not has_fraction(doc) then doc else array_to_string(list_transform(
    regexp_extract_all(doc, '"(?:[^"\\]|\\.)*"|[^"]+'),
    lambda part: case when part[1] = '"' then part else regexp_replace(part, '-?\d[\d.eE+-]*', '"\0"', 'g') end
), '') end;
create or replace temp macro without_keys(doc, keys) as nullif(json_merge_patch('{}', to_json(map_from_entries(list_sort(list_filter(
    map_entries(from_json(doc, '"MAP(VARCHAR, JSON)"')), lambda e: not list_contains(keys, e.key)))))), '{}');
"""


@dataclass
class Reading:
    """A file as SQL. `fields`: column of ours → where it is; `rest`: SQL of what else a row has, as a JSON object."""

    relation: str
    fields: dict[str, Field]
    raw_text: str
    rest: str | None = None
    invalid: str = "null"  # SQL of why a row is no record (null: it is one)
    keep: str = "true"  # false: not a row at all (a blank line)
    starts: Callable[[], Iterator[int]] | None = None  # the lines on which rows start; None: rows are counted
    path: str = ""  # what DuckDB reads, if it is a text: the file below so many lines
    lines_above: int = 0
    has_header: bool = False
    may_show_names: bool = True  # false: a file without a header may have values there
    names: tuple[str, ...] = ()  # as in the file
    columns: dict[str, Field] = field(default_factory=dict)  # by lower-case name: what a mapping may point to


class Manner(NamedTuple):
    """How DuckDB is to read a text; what its first try shows may ask for another."""

    one_line_ending: bool = False
    is_ragged: bool = False
    in_parallel: bool = True
    added_lines: int = 0  # by us, above the first of the file


def text_head(path: str) -> str:
    return beginning(path, PIECE).decode("utf-8-sig", errors="replace")


def nothing(source: Source) -> Reading:
    """An empty file: the export of a quiet day."""
    fields = {name: Field(name, "null") for name in source.required}
    return Reading("(select null where false)", fields, raw_text="''")


def shown_names(names: Iterable[str]) -> str:
    """Column names for a message. What does not look like a name may be data: it is counted only."""
    names = list(names)
    good = [n.strip() for n in names if re.fullmatch(r"\s*[A-Za-z_][\w .-]{0,40}\s*", n)]
    hidden = len(names) - len(good)
    more = [f"{len(good) - 20} more"] if len(good) > 20 else []
    return ", ".join(good[:20] + more + ([f"{hidden} that do not look like a column name"] if hidden else []))


def by_name(fields: Iterable[Field], source: Source, spelling: Spelling) -> dict[str, Field]:
    """Fields by trimmed, lower-case name. Raises Unreadable where a name comes twice."""
    index: dict[str, Field] = {}
    known = known_names(source, spelling)
    for at, item in enumerate(fields, 1):
        key = item.name.strip().lower()
        if key in index:
            which = f"the column {item.name.strip()}" if key in known else f"one column (the {at}th is a repeat)"
            raise Unreadable(f"the file has {which} twice (case does not count); rename one")
        index[key] = item
    return index


def known_names(source: Source, spelling: Spelling) -> set[str]:
    """What a file's header may hold, in lower case."""
    mapped = (name.strip().lower() for names in spelling.columns.values() for name in names)
    return {*source.columns, *mapped, *firm.headings(source.table)}


def required_names(source: Source, spelling: Spelling) -> set[str]:
    """The names of required columns. Where the mapping has several for one, the file need not have a certain one."""
    names = [spelling.names_of(name) for name in source.required]
    return {found[0].strip().lower() for found in names if len(found) == 1}


def steps_of(path: str) -> list[str | int]:
    """The steps of a path: `data.calls[0].id` → data, calls, 0, id."""
    return [int(index) if index else name for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]


def json_path(steps: Iterable[str | int]) -> str:
    """A path as DuckDB writes it."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{identifier(step)}" for step in steps)


def find_fields(columns: dict[str, Field], source: Source, spelling: Spelling) -> tuple[dict[str, Field], list[Field]]:
    """(column of ours → its field, fields that are no column of ours).

    Raises Unreadable where the mapping names a column that the file does not have.
    """
    fields = {name: columns[name] for name in source.columns if name in columns}
    for ours, theirs in spelling.columns.items():
        fields[ours] = first_field(theirs, columns, ours in spelling.may_lack and ours not in source.required)
    used = {item.name for item in fields.values()} | {"loaded_at"}
    return fields, [item for key, item in columns.items() if item.name not in used and key != "loaded_at"]


def first_field(theirs: list[str], columns: dict[str, Field], may_lack: bool) -> Field:
    """The first of some columns or paths that has a value. The file must have one of them, unless it `may_lack` them all."""
    if len(theirs) == 1 and not may_lack:
        return field_at(theirs[0], columns)
    found = []
    for name in theirs:
        with contextlib.suppress(Unreadable):
            found.append(field_at(name, columns))
    if not found and may_lack:
        return Field("", "cast(null as varchar)")
    if not found:
        raise Unreadable(f"the mapping names {', '.join(theirs)}, of which the file has none")
    texts = [as_text(item) for item in found]
    return Field(f"\0{' or '.join(theirs)}", f"coalesce({', '.join(texts)})")


def field_at(theirs: str, columns: dict[str, Field]) -> Field:
    """The field that a mapping names: a column, or a path that begins with one."""
    exact, (first, *below) = columns.get(theirs.strip().lower()), steps_of(theirs) or [""]
    if exact:
        return exact
    column = columns.get(str(first).strip().lower())
    if not column or not below:
        raise Unreadable(f"the mapping names {theirs}, which the file does not have")
    is_text = column.type == "VARCHAR"
    doc = f"case when json_valid({column.sql}) then {column.sql} end" if is_text else f"to_json({column.sql})"
    # A path is no column's name: the column itself stays in the rest.
    return Field(f"\0{theirs}", f"json_extract_string({doc}, {literal(json_path(below))})")


def check_required(reading: Reading, source: Source, spelling: Spelling) -> None:
    """Raises Unreadable where a required column is missing, with what to look at."""
    missing = [name for name in source.required if name not in reading.fields]
    found = reading.fields.keys()
    if source.document:  # a document of any kind fills its column: what is in it tells the kind
        found = {name.strip().lower() for name in reading.names}
    if reading.names and source.known_by and not set(source.known_by) & found:
        missing.append(" or ".join(source.known_by))
    if not missing:
        return
    shown = shown_names(reading.names) or "none"
    if not reading.may_show_names:
        shown = f"{len(reading.names)} columns under names that are not known"
    advice = "; --mapping FILE says what other names mean" if reading.names else ""
    if reading.has_header:
        advice = f"; a line must name the columns, separated by a comma, semicolon, tab or |{advice}"
    raise Unreadable(f"required column missing: {', '.join(missing)} (found: {shown}){advice}")


# ---- CSV ------------------------------------------------------------------------------------------------------------


def csv_scan(path: str, columns: list[str], delimiter: str, quote: str, **more: object) -> str:
    """SQL that reads delimited text, all fields as text; records that cannot be split are noted down in reject_errors."""
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    given = {"quote": literal(quote), "escape": literal(quote), **more}
    return (
        f"read_csv({literal(path)}, auto_detect = false, columns = {{{names}}}, compression = 'none',"
        f" delim = {literal(delimiter)}, {', '.join(f'{name} = {value}' for name, value in given.items())},"
        f" hive_partitioning = false, max_line_size = {MAX_LINE}, buffer_size = {2 * MAX_LINE}, store_rejects = true)"
    )


def read_csv(con: duckdb.DuckDBPyConnection, path: str, source: Source, spelling: Spelling, manner: Manner) -> Reading:
    """CSV, by the dialect that its head shows."""
    head = text_head(path)
    known = known_names(source, spelling)
    is_whole = os.path.getsize(path) <= PIECE
    dialect = delimited.find_dialect(head, is_whole, known, required_names(source, spelling))
    if any("�" in name for name in dialect.names):
        raise Unreadable(f"the header is not UTF-8; {TO_UTF8}")
    names = [name if name.strip() else f"column_{i}" for i, name in enumerate(dialect.names, 1)]
    columns = [f"c{i}" for i in range(len(names))]  # positions: no name of the file reaches the SQL of the reader
    is_ragged = manner.is_ragged or dialect.is_ragged
    # DuckDB takes no null word that holds the escape; and an empty field of a short record must stay apart from an absent one.
    is_plain = dialect.escape == '"'
    nulls = [*([] if is_ragged else [""]), *(NULL_WORDS if is_plain else [])] or ["\x01"]
    # Not DuckDB's `skip`: with lines that end in \r\n it finds no rows.
    below = without_lines(path, dialect.skip) if dialect.skip else path
    scan = csv_scan(
        below,
        columns or ["c0"],
        dialect.delimiter,
        dialect.quote,
        escape=literal(dialect.escape),
        header="true",
        null_padding=str(is_ragged).lower(),
        parallel=str(manner.in_parallel).lower(),
        nullstr=f"[{', '.join(map(literal, nulls))}]",
    )
    row = ", ".join(f"{literal(name)}, {column}" for name, column in zip(names, columns))
    reading = Reading(
        scan,
        {},
        raw_text=f"cast(json_object({row}) as varchar)",
        starts=lambda: (line - manner.added_lines for line in delimited.record_starts(path, dialect)),
        has_header=True,
        names=tuple(names),
        path=below,
        lines_above=dialect.skip - manner.added_lines,
    )
    lower = [name.strip().lower() for name in names]
    reading.may_show_names = len(known.intersection(lower)) > 1
    if not (required_names(source, spelling) | set(source.known_by)) & set(lower) and not spelling.columns:
        return reading  # no header: its names are values
    reading.columns = by_name(map(Field, names, columns), source, spelling)
    reading.fields, extra = find_fields(reading.columns, source, spelling)
    reading.rest = rest_of(extra)
    if is_ragged or dialect.is_padded or not is_plain:
        has_words = is_plain and not dialect.is_padded  # else the reader has not seen them
        words = f"({', '.join(map(literal, NULL_WORDS))})"
        texts = {c: f"trim({c})" if dialect.is_padded else c for c in columns}
        cells = ", ".join(
            f"nullif({text if has_words else f'case when {text} not in {words} then {text} end'}, '') as {c}"
            for c, text in texts.items()
        )
        # A record that ends before a required column. A field that is there and empty is no null yet.
        needed = [
            columns.index(f.sql) for name, f in reading.fields.items() if name in source.required and f.sql in columns
        ]
        absent = " and ".join(f"{c} is null" for c in columns[max(needed, default=0) :]) if is_ragged else "false"
        reading.relation = f"(select {cells}, {absent} as is_short from {scan})"
        reading.invalid = "case when is_short then 'too few fields' end"
    return reading


def rest_of(extra: list[Field]) -> str | None:
    """SQL of a JSON object of these fields, without those that are null. For a CSV cell, `007` is text."""
    pairs = ", ".join(f"{literal(f.name.strip())}, {f.sql if f.type == 'VARCHAR' else as_json(f)}" for f in extra)
    return f"nullif(json_merge_patch('{{}}', json_object({pairs})), '{{}}')" if extra else None


# ---- JSON -----------------------------------------------------------------------------------------------------------


def python_value(text: str) -> Any:
    """A value as Python has it. Programs write `nan` and `-nan` for a number that there is not; DuckDB reads them, too."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(re.sub(r"([:\[,]\s*)[+-]?(nan|inf(inity)?)\b", r"\1null", text, flags=re.IGNORECASE))


def is_json(text: str) -> bool:
    try:
        python_value(text)
    except ValueError:
        return False
    return True


def is_one_line(path: str) -> bool:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            if b"\n" in piece.rstrip():
                return False
    return True


def json_form(head: str, path: str) -> str:
    """`lines`: a value a line; `arrays`: an array a line; `array`: one array; `values`: one value after the other."""
    lines = [line for line in head.splitlines() if line.strip()]
    first, text = lines[0].strip(), head.lstrip()
    if is_json(first):
        if not first.startswith("["):
            return "lines"
        return "arrays" if len(lines) > 1 and lines[1].lstrip().startswith("[") else "array"
    if first.startswith("["):
        return "array"
    if len(lines) == 1 and os.path.getsize(path) > PIECE:
        return "values" if is_one_line(path) else "lines"
    try:
        _, end = json.JSONDecoder().raw_decode(text)
        return "values" if end > len(first) or re.match(r"\s*[{\[]", text[end:]) else "lines"
    except ValueError:
        return "values" if first == "{" and not any(map(is_json, lines[1:])) else "lines"


def read_json(con: duckdb.DuckDBPyConnection, path: str, source: Source, spelling: Spelling, manner: Manner) -> Reading:
    """JSON of whatever form. `line` is the text of a value, `doc` the same where it is valid JSON, else null.

    No try_cast: DuckDB would move it into the CSV reader, which then rejects what it cannot cast.
    """
    head = text_head(path)
    if re.fullmatch(r"\s*\[\s*\]\s*", head):  # no events: as fine as a CSV of only a header
        return nothing(source)
    form = json_form(head, path)
    if form in (
        "lines",
        "arrays",
    ):  # a control character is never valid in JSON, so as a delimiter it splits no good line
        scan = csv_scan(path, ["line"], "\x01", "", header="false")
    else:
        size = max(MAX_LINE, min(os.path.getsize(path) + 1, MAX_DOCUMENT)) if form == "values" else MAX_LINE
        scan = (
            f"(select cast(json as varchar) as line from read_json_objects({literal(path)}, compression = 'none',"
            f" format = '{'array' if form == 'array' else 'unstructured'}', hive_partitioning = false,"
            f" maximum_object_size = {size}))"
        )
    parsed = f"(select line, case when json_valid(line) then line end as doc from {scan})"
    steps = [] if form == "arrays" else find_records(con, parsed, source, spelling)
    if steps is not None:
        at, each = json_path(steps), f"{json_path(steps)}[*]"
        elements = (
            f"case json_type(doc, {literal(at)}) when 'ARRAY' then json_extract(%s, {literal(each)})"
            f" when 'OBJECT' then [json_extract(%s, {literal(at)})] else [%s] end"
        )
        parsed = (
            "(select line, case when json_valid(line) then line end as doc, exact from (select"
            f" cast(unnest({elements % ('doc', 'doc', 'line')}) as varchar) as line,"
            f" cast(unnest({elements % ('exact_numbers(doc)', 'exact_numbers(doc)', 'line')}) as varchar) as exact"
            f" from {parsed}))"
        )
    reading = json_reading(con, parsed, source, spelling, path if form == "lines" and steps is None else None)
    return reading if reading.names or steps is None else nothing(source)


def find_records(
    con: duckdb.DuckDBPyConnection, parsed: str, source: Source, spelling: Spelling
) -> list[str | int] | None:
    """The path of the record, or the array of records, inside the values; None: the values are the records.

    Raises Unreadable where the user's path leads to no array, and where several arrays may be meant.
    """
    first = con.execute(f"select doc from {parsed} where json_type(doc) = 'OBJECT' limit 1").fetchone()
    value = python_value(first[0]) if first else None
    if spelling.records:
        steps, found = steps_of(spelling.records), value
        for step in steps:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                found = None
        if not isinstance(found, list):
            raise Unreadable(f"--records {spelling.records} leads to no array")
        return steps
    if value is None or has_required(value, source, spelling):
        return None
    envelopes = [steps for steps, inner in objects_in(value, []) if has_required(inner, source, spelling)]
    if len(envelopes) == 1:
        return envelopes[0]
    arrays = list(arrays_in(value, []))
    fitting = [steps for steps, element in arrays if has_required(element, source, spelling)] or [s for s, _ in arrays]
    if len(fitting) > 1:
        names = ", ".join(shown_names([".".join(map(str, steps))]) for steps in fitting[:20])
        raise Unreadable(f"several arrays of objects inside: {names}; --records PATH says which")
    if not fitting:  # a page of a quiet hour
        fitting = [[name] for name, inner in value.items() if name in PAGES and inner == []]
    return fitting[0] if fitting else None


def arrays_in(value: Any, steps: list[str | int]) -> Iterator[tuple[list[str | int], dict]]:
    """The arrays of objects inside an object, each with its path and its first element."""
    for name, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield [*steps, name], inner[0]
        elif isinstance(inner, dict) and len(steps) < DEPTH:
            yield from arrays_in(inner, [*steps, name])


def objects_in(value: dict, steps: list[str | int]) -> Iterator[tuple[list[str | int], dict]]:
    """The objects inside an object, each with its path."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield [*steps, name], inner
            if len(steps) < DEPTH:
                yield from objects_in(inner, [*steps, name])


def has_required(value: dict, source: Source, spelling: Spelling) -> bool:
    """Whether an object has what a record must have."""
    names = {name.strip().lower() for name in value}

    def has(name: str) -> bool:
        return name.strip().lower() in names or str((steps_of(name) or [""])[0]).lower() in names

    has_all = all(any(map(has, spelling.names_of(name))) for name in source.required)
    return has_all and (not source.known_by or not names.isdisjoint(source.known_by))


def paths_of_directions(spelling: Spelling) -> list[str]:
    """What may be a path in [direction]. A key there is a word, or a path, or a word and paths."""
    return [part for theirs in spelling.words.get("direction", {}) for part in theirs.split() if "." in part]


def json_reading(
    con: duckdb.DuckDBPyConnection, parsed: str, source: Source, spelling: Spelling, path: str | None
) -> Reading:
    """JSON values, one a row. `path`: of the file, where a row is a line of it.

    Only the columns of ours are taken out, so a file of thousands of different keys costs no more than another.
    """
    con.execute(
        "create or replace temp table shapes as"
        f" select json_keys(doc) as keys, bool_or(has_fraction(doc)) as has_fraction from {parsed} group by 1"
    )
    doubled = con.execute("select keys from shapes where len(keys) > len(list_distinct(keys)) limit 1").fetchone()
    if doubled and not source.document:
        by_name((Field(key, "") for key in doubled[0]), source, spelling)  # raises
    keys = [key for (key,) in con.execute("select distinct unnest(keys) as k from shapes order by k").fetchall()]
    is_exact = " exact" in parsed
    fractions = con.execute("select bool_or(has_fraction) from shapes").fetchone()[0]
    exact = "exact" if is_exact else "exact_numbers(doc)" if fractions else "doc"
    paths = [*(path for theirs in spelling.columns.values() for path in theirs), *paths_of_directions(spelling)]
    taken = known_names(source, spelling) | {str((steps_of(path) or [""])[0]).lower() for path in paths}
    ours = [key for key in keys if key.strip().lower() in taken]
    if source.document:  # whoever reads the whole record knows that its keys differ in case from record to record
        ours = [*{key.strip().lower(): key for key in ours}.values()]
    columns = by_name((Field(key, f"item.{identifier(key)}") for key in ours), source, spelling)
    if "attributes" in columns:
        name = columns["attributes"].name
        columns["attributes"] = Field(name, f"json_extract(doc, {literal(json_path([name]))})", "JSON")
    fields, extra = find_fields(columns, source, spelling)
    if source.document:
        fields[source.document] = Field(source.document, exact)
    used = {item.name for item in fields.values()} | {key for key in ours if key.strip().lower() == "loaded_at"}
    has_rest = not source.document and (extra or len(ours) < len(keys))
    types = json.dumps({key: "VARCHAR" for key in ours})
    item = f"from_json({exact}, {literal(types)})" if ours else "null"
    return Reading(
        f"(select *, {item} as item from {parsed})",
        fields,
        raw_text="line",
        rest=f"without_keys(doc, [{', '.join(map(literal, sorted(used)))}]::varchar[])" if has_rest else None,
        invalid="case when doc is null then 'not valid JSON'"
        " when not starts_with(line, '{') and json_type(doc) <> 'OBJECT' then 'not a JSON object' end",
        keep="(doc is not null or coalesce(trim(line, e' \\t\\r'), '') <> '')",
        starts=(lambda: line_numbers(path)) if path else None,
        path=path or "",
        names=tuple(keys),
        columns=columns,
    )


def line_numbers(path: str) -> Iterator[int]:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from (number for number, _ in enumerate(file, 1))


# ---- Parquet --------------------------------------------------------------------------------------------------------


def read_parquet(
    con: duckdb.DuckDBPyConnection, path: str, source: Source, spelling: Spelling, manner: Manner
) -> Reading:
    """Parquet, in its own types. Text written without its annotation is text all the same."""
    scan = f"read_parquet({literal(path)}, binary_as_string = true, hive_partitioning = false)"
    described = con.execute(f"describe select * from {scan}").fetchall()
    written = dict(con.execute(f"select name, type from parquet_schema({literal(path)})").fetchall())
    names = [name for name, *_ in described]
    for name in names:  # DuckDB has renamed the second of two like-named columns
        if name not in written:
            raise Unreadable(
                f"the file has the column {shown_names([name.rsplit('_', 1)[0]])} twice (case does not count); rename one"
            )

    def column(name: str, kind: str) -> Field:
        if written[name] == "INT96" and kind == "TIMESTAMP":  # Spark's times, which are always UTC
            return Field(name, f"cast({identifier(name)} as timestamptz)", "TIMESTAMP WITH TIME ZONE")
        return Field(name, identifier(name), kind)

    columns = by_name((column(name, kind) for name, kind, *_ in described), source, spelling)
    fields, extra = find_fields(columns, source, spelling)
    row = ", ".join(f"{literal(f.name)}, {f.sql}" for f in columns.values())
    return Reading(
        scan,
        fields,
        raw_text=f"cast(json_object({row}) as varchar)",
        rest=rest_of(extra),
        names=tuple(names),
        columns=columns,
    )


# Each raises Unreadable where the file cannot be read as a whole.
READERS = {"csv": read_csv, "ndjson": read_json, "json": read_json, "parquet": read_parquet}
