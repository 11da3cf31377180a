"""The engines that the package is only compiled for: one module each, found by its name, with what is known of the engine.

A module has `DIALECT`. tests/engines/render.py renders the models with its connection, which is never opened;
tests/engines/test_dialects.py judges what came out.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Dialect:
    profile: dict  # dbt's connection: enough to parse and compile
    timestamp: str  # the data type of times in a raw table
    # Macros of macros/engine/interface.sql whose default was looked up for this engine and is right, separated by blanks.
    default_is_right: str
    # Functions that may be called, as the engine's reference lists them; ClickHouse minds the case.
    functions: str
    text: str = "varchar"  # the data type of texts in a raw table
    parent: str | None = None  # the adapter whose macros dbt takes where this engine has none of its own
    is_rebuilt: bool = False  # every run builds the incremental models anew, so what they would merge is never sent
    foreign: str = r"$^"  # operators that the engine lacks, though the parser takes them
    known_to_fail: str = ""  # functions that are called and that the engine lacks: docs/engines.md says so


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def find(name: str) -> Dialect:
    return importlib.import_module(f"{__name__}.{name}").DIALECT
