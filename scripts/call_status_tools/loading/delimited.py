"""How a delimited text is written: found in its head, the first megabyte."""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

DELIMITERS = ",;\t|"
TITLE_LINES = 50  # the header is looked for in so many lines
csv.field_size_limit(1 << 31)


class Dialect(NamedTuple):
    """How a delimited text is written."""

    delimiter: str
    quote: str  # empty: a quote is a letter like any other
    escape: str
    skip: int  # lines above the header
    names: list[str]
    is_padded: bool  # some values have blanks around them
    is_ragged: bool  # some records lack their last fields


def options(delimiter: str, quote: str, escape: str) -> dict:
    """Python's names of a dialect."""
    if not quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}
    doubled = escape == quote
    return {
        "delimiter": delimiter,
        "quotechar": quote,
        "doublequote": doubled,
        "escapechar": None if doubled else escape,
    }


def records(text: io.TextIOBase, delimiter: str, quote: str, escape: str) -> Iterator[list[str] | None]:
    """The records of a text; None for one that is not well-formed."""
    reader = csv.reader(text, strict=True, **options(delimiter, quote, escape))
    while True:
        try:
            yield next(reader)
        except csv.Error:
            yield None
        except StopIteration:
            return


def find_dialect(head: str, is_whole: bool, known: set[str], required: set[str]) -> Dialect:
    """`is_whole`: the head is the whole file. `known`, `required`: names of columns, in lower case."""
    lines = list(io.StringIO(head, newline=""))
    separator = re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE) if lines else None
    delimiters, start = (separator[1], 1) if separator else (DELIMITERS, 0)
    if lines and lines[0].strip("\r\n").lower() == "sep=\t":
        delimiters, start = "\t", 1
    skip, delimiter = find_header(lines, start, delimiters, known, required)
    body = lines[skip:] if is_whole else lines[skip:-1]
    text = "".join(body)
    choices = [('"', '"')]
    if '\\"' in text:
        choices.append(('"', "\\"))
    if delimiter == "\t":  # should a quote come later only, it must not swallow the records behind it
        choices = [*choices, ("", "")] if '"' in text else [("", "")]
    best = None
    for quote, escape in choices:
        found = list(records(io.StringIO(text, newline=""), delimiter, quote, escape))
        if found and found[-1] is None and not is_whole:
            found.pop()  # cut off, not broken
        problems = count_problems(found, delimiter, quote)
        if best is None or problems < best[0]:
            best = (problems, quote, escape, found)
        if not problems:
            break
    _, quote, escape, found = best
    names, data = (found[0] or [], found[1:]) if found else ([], [])
    data = [record for record in data if record]
    return Dialect(
        delimiter,
        quote,
        escape,
        skip,
        names,
        is_padded=any(value != value.strip(" ") for record in data for value in record),
        is_ragged=any(len(record) < len(names) for record in data),
    )


def find_header(lines: list[str], start: int, delimiters: str, known: set[str], required: set[str]) -> tuple[int, str]:
    """(lines above the header, delimiter). The header is the first line that names the required columns.

    Where there is none, it is the first line that is not empty, with the delimiter under which it names the most columns.
    """
    first = None
    for at in range(start, min(len(lines), start + TITLE_LINES)):
        if not lines[at].strip():
            continue
        if first is None:
            first = at
        names = {d: names_in(lines[at : at + TITLE_LINES], d) for d in delimiters}
        best = max(delimiters, key=lambda d: len(names[d] & known))
        if required <= names[best]:
            return at, best
    first = start if first is None else first
    return first, max(delimiters, key=lambda d: len(names_in(lines[first : first + 1], d) & known))


def names_in(lines: list[str], delimiter: str) -> set[str]:
    return {name.strip().lower() for name in next(csv.reader(lines, delimiter=delimiter), [])}


def count_problems(found: list[list[str] | None], delimiter: str, quote: str) -> int:
    """How badly a dialect fits: records that are not well-formed or too long, and values that look quoted otherwise.

    In a text with tabs, a quoted value that holds tab and line break is two stray quotes and the records between them.
    """
    width = len(found[0] or []) if found else 0
    problems = sum(record is None or len(record) > width for record in found)
    for record in found:
        for value in record or ():
            if not quote:
                problems += len(value) > 1 and value[0] == value[-1] == '"' and value.count('"') % 2 == 0
            elif delimiter == "\t":
                problems += "\t" in value and "\n" in value
    return problems


def record_starts(path: str, dialect: Dialect) -> Iterator[int]:
    """The line on which each record starts, header included, blank lines left out (1-based)."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        for _ in range(dialect.skip):
            file.readline()
        reader = csv.reader(file, **options(dialect.delimiter, dialect.quote, dialect.escape))
        start = 1
        for record in reader:
            if record:
                yield dialect.skip + start
            start = reader.line_num + 1
