"""The inbox: which files are ready, how they are loaded, where they go then.

```
INBOX/calls.csv                        waits for the next run; loaded as --source says
INBOX/twilio/calls.json                likewise, as the source that the folder is named after
INBOX/done/2026-03-16/calls.csv        loaded on that day (UTC)
INBOX/refused/calls.csv                could not be loaded
INBOX/refused/calls.csv.reason.txt     why, and what to do
```

A file is moved after its rows are committed. Where a run is killed in between, the next one finds that the file's bytes
were loaded before, loads nothing, and moves it.
"""

import argparse
import os
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from call_status_tools.errors import UserError
from call_status_tools.loading import messages
from call_status_tools.loading.files import shown
from call_status_tools.loading.load import FAILURES_OF_A_FILE, load_one, spelling_of, tables_named
from call_status_tools.loading.raw_tables import SOURCES
from call_status_tools.operations.failures import Failure, NoRoom, is_no_room

DONE, REFUSED = "done", "refused"
# What programs call a file that they are still writing.
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
CHANGED = "the file changed while it was read"


def ready_files(inbox: Path, sources: list[str], settle: float) -> list[tuple[Path, str | None]]:
    """(file, source) of every file that is complete, the oldest first. No source: the folder does not say which.

    A file is complete where its last change is `settle` seconds old, and its name is not one of an unfinished or hidden file. So
    write elsewhere and rename into the inbox, or write slower than this at no time. Raises UserError for a folder of no source.
    """
    found = []
    for folder, source in [
        (inbox, None),
        *((path, path.name) for path in sorted(inbox.iterdir()) if is_of_source(path)),
    ]:
        if source and source not in sources:
            raise UserError(
                f"{shown(folder)}: no source is called so; known: {', '.join(sources)}. Rename the folder, or move it away"
            )
        for path in folder.iterdir():
            if path.name.startswith(".") or path.name.lower().endswith(UNFINISHED) or not path.is_file():
                continue
            changed = path.stat().st_mtime
            if abs(time.time() - changed) >= settle:
                found.append((changed, path.name, path, source))
    return [(path, source) for _, _, path, source in sorted(found, key=lambda item: item[:2])]


def is_of_source(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and path.name not in (DONE, REFUSED)


def known_sources() -> list[str]:
    return sorted({name.partition(".")[0] for name in SOURCES} | set(SOURCES))


def load_inbox(
    con: duckdb.DuckDBPyConnection, inbox: Path, files: list[tuple[Path, str | None]], options: argparse.Namespace
) -> Counter[str]:
    """Loads the files, reports each in a line, and moves it. `options`: `source` (names) and how files are written.

    Returns how many files were `loaded`, `skipped` (loaded before), `refused` or `left` in the inbox, and `rows_read`, `rows_loaded`,
    `rows_refused`. Raises NoRoom where the disk is full, and Failure where the database has failed; the file under way stays.
    """
    total: Counter[str] = Counter()
    for path, source in files:
        names = [name for given in ([source] if source else options.source) for name in tables_named(given, options)]
        try:
            result = load_one(con, names, str(path), spelling_of(con, options, SOURCES[names[0]]), False)
        except duckdb.FatalException as error:
            raise (NoRoom if is_no_room(error) else Failure)(f"{shown(path)}: {messages.one_line(error)}") from None
        except FAILURES_OF_A_FILE as error:
            if "interrupt" in str(error).lower():
                raise KeyboardInterrupt from None
            if is_no_room(error):
                raise NoRoom(f"{shown(path)}: {messages.one_line(error)}") from None
            why = messages.one_line(error)
            if why.startswith(CHANGED) or isinstance(
                error, (MemoryError, duckdb.OutOfMemoryException, FileNotFoundError)
            ):
                total["left"] += 1
                print(f"left {shown(path)}: {why}")
            else:
                total["refused"] += 1
                refuse(inbox, path, [why])
            continue
        if result is None:
            total["skipped"] += 1
            print(f"skipped {shown(path)}: loaded before")
            move(path, day_folder(inbox))
            continue
        total.update(
            rows_read=result.loaded + result.refused + result.held_back,
            rows_loaded=result.loaded,
            rows_refused=result.refused,
        )
        remarks = messages.refusals(result.kinds, result.lines) + result.remarks
        if result.has_failed:
            total["refused"] += 1
            refuse(inbox, path, remarks)
            continue
        total["loaded"] += 1
        print(f"loaded {shown(path)}: {result.loaded:,} rows loaded, {result.refused:,} refused")
        for line in remarks:
            print(f"    {line}")
        move(path, day_folder(inbox))
    return total


def day_folder(inbox: Path) -> Path:
    return inbox / DONE / datetime.now(UTC).strftime("%Y-%m-%d")


def refuse(inbox: Path, path: Path, why: list[str]) -> None:
    """Moves a file to the refused ones, beside a text that says why."""
    moved = move(path, inbox / REFUSED)
    text = [f"{shown(path.name)} was not loaded:", *why, "", "When it is mended, move it back into the inbox."]
    moved.with_name(moved.name + ".reason.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    print(f"refused {shown(path)}: {why[0]}")


def move(path: Path, folder: Path) -> Path:
    """Moves a file into a folder, under a number where its name is taken. Returns its new path."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    try:
        os.rename(path, target)
    except OSError as error:
        raise (NoRoom if is_no_room(error) else Failure)(
            f"{shown(path)} cannot be moved to {shown(folder)}: {(error.strerror or 'unknown').lower()}; allow writing there"
        ) from None
    return target


def prune(inbox: Path, days: int) -> int:
    """Deletes files that were loaded or refused more than `days` days ago. Returns how many."""
    oldest, deleted = time.time() - days * 86_400, 0
    for path in [*(inbox / DONE).glob("*/*"), *(inbox / REFUSED).glob("*")]:
        # The time of the move: a file's own time is when its sender wrote it.
        if path.is_file() and path.stat().st_ctime < oldest:
            path.unlink()
            deleted += 1
    for folder in (inbox / DONE).glob("*"):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return deleted
