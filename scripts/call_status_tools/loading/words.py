"""The words of a raw event: which there are, and what the models will make of those in a file.

The lists are those of the macros, read from their files: dbt takes seconds to render what Jinja alone renders at once.
The loader changes no word. It says what it has seen, so that nobody has to wait for the models to learn it.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import jinja2

from call_status_tools import ROOT

SHOWN_FROM = 3  # rows with a word before it may be shown: what comes once may be a name


class Returned(Exception):
    """What a macro hands back by `return`."""


def macro(file: str, name: str) -> Any:
    """What a macro without arguments returns, read from a file in macros/."""

    def hand_back(value: Any) -> None:
        raise Returned(value)

    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    module = environment.from_string((ROOT / "macros" / file).read_text("utf-8"), {"return": hand_back}).module
    try:
        getattr(module, name)()
    except Returned as returned:
        return returned.args[0]
    raise ValueError(f"{name} in {file} returns nothing")


@functools.cache
def vocabulary() -> dict[str, dict]:
    return macro("rules/vocabulary.sql", "vocabulary")


@functools.cache
def reason_vocabulary() -> list[dict]:
    return macro("rules/vocabulary.sql", "reason_vocabulary")


@functools.cache
def event_types() -> dict[str, dict]:
    return macro("rules/event_types.sql", "event_types")


@functools.cache
def status_proofs() -> list[dict]:
    return macro("sources/status_proofs.sql", "status_proofs")


def known_words(column: str) -> list[str]:
    """The words of a column; empty where any text is one."""
    if column == "event_type":
        return list(event_types())
    return list(vocabulary()[column]["words"]) if column in vocabulary() else []


def normal(word: str) -> str:
    """A word as the models compare it."""
    return re.sub(r"[- ]", "_", word.strip().lower())


class Seen(NamedTuple):
    """A word of a file, by what becomes of it."""

    column: str
    word: str
    rows: int
    read_as: str | None  # a word of ours; None: unknown


def judge(column: str, word: str | None, event_type: str | None) -> tuple[bool, str | None]:
    """(whether there is something to say of a word, the word that it is read as, None: unknown)."""
    if word is None or not word.strip():
        return (column == "event_type", None)
    found = normal(word)
    if column == "event_type":
        return (found not in event_types(), None)
    if column == "reason":
        lists = [entry for entry in reason_vocabulary() if normal(event_type or "") in entry["event_types"]]
        is_closed = any(entry["is_closed"] for entry in lists)
    else:
        lists, is_closed = [vocabulary()[column]], True
    if any(found in entry["words"] for entry in lists):
        return (False, found)
    for entry in lists:
        if found in entry["synonyms"]:
            return (True, entry["synonyms"][found])
    return (is_closed, None)


def deciding_event_types() -> list[str]:
    return sorted({event_type for entry in reason_vocabulary() for event_type in entry["event_types"]})


def look_at(rows: Iterable[tuple[str | None, str | None, str | None, str | None, int]]) -> list[Seen]:
    """What is to be said of words: rows of (direction, event_type, party, reason, count). The most frequent first."""
    seen: dict[tuple[str, str, str | None], int] = defaultdict(int)
    for direction, event_type, party, reason, count in rows:
        for column, word in (
            ("direction", direction),
            ("event_type", event_type),
            ("party", party),
            ("reason", reason),
        ):
            is_news, read_as = judge(column, word, event_type)
            if is_news:
                seen[column, word or "", read_as] += count
    found = [Seen(column, word, count, read_as) for (column, word, read_as), count in seen.items()]
    return sorted(found, key=lambda s: (s.column, -s.rows, s.word))


def may_be_shown(seen: Seen) -> bool:
    """Whether a message may show the word: a synonym of ours, or what looks like a word and comes often enough."""
    return seen.read_as is not None or (seen.rows >= SHOWN_FROM and bool(re.fullmatch(r"[A-Za-z_-]+", seen.word)))


CONSEQUENCE = {
    "direction": "unknown, the models will refuse them",
    "event_type": "unknown, the models will refuse them",
    "party": "unknown, counts as none",
    "reason": "unknown for these events, counts as none",
}
