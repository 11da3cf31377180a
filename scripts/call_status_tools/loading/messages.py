"""What the loader says: one place for each message, and none that holds a value of a file, vocabulary apart."""

import gzip
import re
import sys
import zipfile
import zlib
from pathlib import Path

from call_status_tools.errors import Unreadable
from call_status_tools.loading import words
from call_status_tools.loading.files import CUT_OFF, TO_UTF8, shown

# What DuckDB or the system says -> what it means and what to do. The first that fits; the rest of a message is withheld
# where it may quote a value.
MEANINGS = [
    (
        r"No space left|disk is full|Could not write all|failed to offload|max_temp_directory_size",
        "the disk is full; free some space and load again",
    ),
    (
        r"Out of Memory|MemoryError|could not allocate",
        "out of memory; close other programs, or allow more with --memory 8GB",
    ),
    (r"not valid UTF-?8|invalid UTF-?8|Invalid unicode|Invalid string encoding", f"the file is not UTF-8; {TO_UTF8}"),
    (r"state machine reached an invalid state", "not a well-formed text file; check its quotes and line endings"),
    (r"maximum_object_size", "one JSON object is larger than 32 MB; split it"),
    (
        r"Can only modify view|is not a table",
        "the raw table is a view in this database; name another one with CALL_STATUS_DB",
    ),
    (r"Is a directory", "a directory, not a file; check the path"),
    (r"Permission denied|EACCES", "permission denied; allow reading the file and writing the database"),
    (r"Malformed JSON.*?(at byte \d+ in [\w/]+ \d+)", "broken JSON {0}; is the file complete?"),
    (r"No magic bytes|Parquet|Thrift|TProtocol", "not a complete Parquet file; copy or export it again"),
]
# Why rows are refused -> what to do about it.
ADVICE = {
    "is not a time": "--time-format says how times are written, e.g. '%d/%m/%Y %H:%M:%S', and --time-zone of which zone"
    " those without one are",
    "is not a date": "write it like 2026-12-25, or let --time-format say how dates are written, e.g. '%d.%m.%Y'",
    "not UTF-8": TO_UTF8,
}
WORDS_A_COLUMN = 10
SHOWN_LINES = 10


def one_line(error: BaseException) -> str:
    """An exception as one line: what it means and what to do. Quoted parts are cut, they may be values of the file."""
    if isinstance(error, Unreadable):
        return str(error)
    text = f"{type(error).__name__}: {error}"
    for pattern, meaning in MEANINGS:
        found = re.search(pattern, text, re.IGNORECASE | re.DOTALL)
        if found:
            return meaning.format(*found.groups())
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)):
        return CUT_OFF
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}; check the path"
    first = re.sub(r"\"[^\"]*\"|'[^']*'", "...", str(error).split("\n", 1)[0])[:200]
    return f"{type(error).__name__}: {first}; check the file"


def problem(path: str | Path, line: str) -> None:
    """One line on stderr about a file."""
    sys.stdout.flush()
    print(f"error: {shown(path)}: {line}", file=sys.stderr, flush=True)


def refusals(kinds: list[tuple[str, int, int]], lines: dict[str, list[int]]) -> list[str]:
    """Kinds of refusal, each (reason, rows, first line), and what to do about them. `lines`: of a reason all of them, if known."""
    where = {reason: f"first: line {line}" for reason, _, line in kinds} | {
        reason: shown_lines(found) for reason, found in lines.items()
    }
    return [f"{rows:,} refused: {reason} ({where[reason]})" for reason, rows, _ in kinds] + advice(kinds)


def shown_lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:SHOWN_LINES]))
    more = f" and {len(lines) - SHOWN_LINES:,} more" if len(lines) > SHOWN_LINES else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"


def advice(kinds: list[tuple[str, int, int]]) -> list[str]:
    return [text for part, text in ADVICE.items() if any(part in reason for reason, *_ in kinds)]


def unread_length(column: str, rows: int, line: int) -> str:
    return (
        f"{rows:,} loaded without {column}: its text is no length, and is kept in unread_{column} (first: line {line})"
    )


def counted(rows: int) -> str:
    return f"{rows:,} row{'s' if rows != 1 else ''}"


def of_words(seen: list[words.Seen]) -> list[tuple[list[words.Seen], str]]:
    """(words, what to say of them, with `{}` for the first line). Words that may not be shown are counted together."""
    found = []
    for column in dict.fromkeys(word.column for word in seen):
        here = [word for word in seen if word.column == column]
        single = [word for word in here if words.may_be_shown(word)][:WORDS_A_COLUMN]
        for word in single:
            what = f"read as {word.read_as}" if word.read_as else words.CONSEQUENCE[column]
            found.append(([word], f"{column} {word.word} ({counted(word.rows)}, first: line {{}}): {what}"))
        if others := [word for word in here if word not in single]:
            which = f"{column}, {'other' if single else 'some'} words ({counted(sum(word.rows for word in others))}"
            found.append((others, f"{which}, first: line {{}}): {words.CONSEQUENCE[column]}"))
    return found
