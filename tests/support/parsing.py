"""What dbt has parsed, kept for further commands: to parse takes dbt seconds, and most commands differ in nothing that it reads then."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from call_status_tools.dbt import run_dbt

# Variables that no one asks for while dbt parses. A command that gives others has a manifest of its own.
READ_BY_RUNS_ALONE = {
    f"call_status_{name}"
    for name in (
        "as_of",
        "backfill_calls",
        "backfill_days",
        "backfill_sources",
        "backfill_takes_back",
        "min_voicemail_seconds",
        "open_call_timeout_hours",
        "pii",
        "reject_rule",
    )
}
COMMANDS = ("run", "build", "test", "seed", "compile", "run-operation")
_parsed: dict[tuple, bytes] = {}
# A folder in which the processes of one test run find what another has parsed; conftest.py gives it.
shared_folder: Path | None = None


def manifest_for(
    place: tuple, args: Sequence[str], vars: Mapping[str, Any] | None, parse: Callable[[Sequence[str]], Any]
) -> Any | None:
    """A manifest for one command; None where dbt should parse by itself.

    `place`: what else a manifest depends on, such as the project and its connection; `parse` makes one, with some options of
    dbt. A command changes the manifest that it is given, so each gets a copy.
    """
    if args[0] not in COMMANDS:
        return None
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser import manifest as dbt_manifest

    others = {name: value for name, value in (vars or {}).items() if name not in READ_BY_RUNS_ALONE}
    target = args[args.index("--target") :][:2] if "--target" in args else ()
    key = (*place, *target, json.dumps(others, default=str, sort_keys=True))
    if key not in _parsed:
        _parsed[key] = made_once(key, lambda: parse(target).to_msgpack(dbt_manifest.extended_mashumaro_encoder))
    manifest = Manifest.from_msgpack(_parsed[key], decoder=dbt_manifest.extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def made_once(key: tuple, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, or gave another process of the test run."""
    if shared_folder is None:
        return make()
    file = shared_folder / hashlib.sha256(repr(key).encode()).hexdigest()
    if not file.exists():
        half = file.with_suffix(f".{os.getpid()}")
        half.write_bytes(make())
        half.rename(file)
    return file.read_bytes()


# The file that tests read says enough. What dbt would print is made for each event, and thrown away.
QUIET = ("--log-level", "none", "--log-level-file", "info")


def run_with_what_was_parsed(place: tuple | None, args: Sequence[str], flags: Sequence[str] = QUIET, **options) -> Any:
    """`run_dbt`, parsed once for each `place`; anew each time where that is None.

    Of commands that run models dbt writes down nothing but the log, which `flags` may change.
    """
    manifest = None
    if place is not None:
        manifest = manifest_for(place, args, options["vars"], lambda target: run_dbt(["parse", *target], **options))
    no_files = ["--no-write-json"] if args[0] in COMMANDS else []
    return run_dbt([*args, "--no-use-colors", *no_files, *flags], manifest=manifest, **options)
