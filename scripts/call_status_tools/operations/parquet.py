"""The published relations as Parquet files, for tools that read files.

```
parquet/CURRENT                                   one line: the version that is whole
parquet/20260316T100500123456/fct_calls/2026-03.parquet
parquet/20260316T100500123456/dim_agents/all.parquet
```

`publication` in a version has the token of the published file that it was written from. A relation that is published by hours has a file a month, and `empty.parquet` where it has no row. A month in which nothing changed is a hard link to the file of the
version before, so that a run writes what changed alone.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from call_status_tools.loading.sql import literal
from call_status_tools.operations.relations import Relation

POINTER, TOKEN = "CURRENT", "publication"
KEPT_VERSIONS = 2  # a reader may still be in the one before


@dataclass
class Changes:
    """A publication, by its token; the one that it follows, if it does; and the months that changed in between, per relation."""

    token: str
    follows: str | None
    months: dict[str, set[datetime]]


def write(
    con: duckdb.DuckDBPyConnection, database: Path, folder: Path, relations: list[Relation], changes: Changes
) -> None:
    """Writes a version from a published file."""
    folder.mkdir(parents=True, exist_ok=True)
    before = current_version(folder)
    # A publication without Parquet files may lie in between: what changed in it is not known here.
    if before and (not changes.months or not changes.follows or token_of(before) != changes.follows):
        before = None
    version = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    unfinished = folder / f"{version}.next"
    con.execute(f"attach {literal(str(database))} as published_file (read_only)")
    try:
        for relation in relations:
            source, target = relation.of("published_file"), unfinished / relation.name
            target.mkdir(parents=True)
            if relation.by is None:
                con.execute(f"copy (from {source}) to {literal(str(target / 'all.parquet'))} (format parquet)")
                continue
            start = f"cast(date_trunc('month', {relation.by}) as timestamp)"
            found = con.execute(f"select distinct {start} from {source}").fetchall()
            if not found:  # a file without rows still has the columns
                con.execute(f"copy (from {source}) to {literal(str(target / 'empty.parquet'))} (format parquet)")
            for (month,) in found:
                name = f"{month:%Y-%m}.parquet"
                old = before / relation.name / name if before else None
                if old and month not in changes.months.get(relation.name, set()) and old.exists():
                    os.link(old, target / name)
                else:
                    rows = f"from {source} where {start} = timestamp {literal(str(month))} order by {relation.by}"
                    con.execute(f"copy ({rows}) to {literal(str(target / name))} (format parquet)")
    finally:
        con.execute("detach published_file")
    (unfinished / TOKEN).write_text(changes.token, encoding="utf-8")
    os.rename(unfinished, folder / version)
    pointer = folder / f"{POINTER}.next"
    pointer.write_text(version + "\n", encoding="utf-8")
    os.replace(pointer, folder / POINTER)
    prune(folder, KEPT_VERSIONS)


def current_version(folder: Path) -> Path | None:
    """The folder of the version that the pointer names, if both are there."""
    pointer = folder / POINTER
    if not pointer.exists():
        return None
    version = folder / pointer.read_text(encoding="utf-8").strip()
    return version if version.is_dir() else None


def token_of(version: Path) -> str | None:
    path = version / TOKEN
    return path.read_text(encoding="utf-8") if path.exists() else None


def prune(folder: Path, kept: int) -> None:
    """Deletes all versions but the newest, and what a kill left unfinished."""
    versions = sorted(path for path in folder.iterdir() if path.is_dir())
    whole = [path for path in versions if path.suffix != ".next"]
    for path in set(versions) - set(whole[-kept:]):
        shutil.rmtree(path, ignore_errors=True)
