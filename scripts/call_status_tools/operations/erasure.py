"""Takes one customer's number out of a database and out of every file beside it. The rows and the files stay.

| step | what happens |
|---|---|
| 1 ask | the number is read from standard input, never from the command line, which others can see |
| 2 lock | no other run may touch the database meanwhile |
| 3 erase | `call_status.erase_customer` takes the number out of every table |
| 4 files | files of the inbox, logs and notes are rewritten; what cannot be is deleted and named |
| 5 rewrite | the database is copied into a new file, which takes its place: deleted bytes stay in the old one |
| 6 publish | what readers open is written anew, as a whole; older versions of it go |
| 7 search | every byte of every file, unpacked. Exit status 1, with the names of the files, where the number is found |

The exit status is 12 where another run holds the lock, 13 where the disk has no room for a copy of the database.
"""

import argparse
import contextlib
import getpass
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
import yaml

from call_status_tools import ROOT
from call_status_tools.dbt import DbtFailed, run_dbt
from call_status_tools.errors import UserError
from call_status_tools.loading.database import connect
from call_status_tools.loading.files import fingerprint, shown
from call_status_tools.loading.sql import identifier, literal
from call_status_tools.operations import parquet
from call_status_tools.operations.building import Project
from call_status_tools.operations.failures import Failure, NoRoom
from call_status_tools.operations.packed_files import CannotRewrite, holds, kind_of, rewrite, tables_with
from call_status_tools.operations.places import Places, places_of
from call_status_tools.operations.publish import publish
from call_status_tools.operations.spellings import Spellings


def folders_of_text(places: Places, inbox: Path | None) -> list[Path]:
    """Folders whose files are rewritten. dbt leaves statements in the last two, should a call's id have held the number."""
    folders = [inbox, places.runs, ROOT / "logs", ROOT / "target" / "run", ROOT / "target" / "compiled"]
    return [folder for folder in folders if folder and folder.is_dir()]


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="scripts/erase-customer", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--inbox", type=Path, metavar="DIR", help="the inbox of scripts/run-scheduled: its files are rewritten"
    )
    parser.add_argument(
        "--publish", type=Path, metavar="FILE", help="what readers open, if it is not in published/ beside the database"
    )
    parser.add_argument("--vars", default="{}", help="variables of the last run, as for dbt: '{call_status_pii: hash}'")
    options = parser.parse_args(argv)
    places = places_of(options.publish)
    inbox = options.inbox and options.inbox.absolute()
    try:
        if not places.state.is_file():
            raise UserError(f"there is no database {shown(places.state)}; CALL_STATUS_DB names another one")
        if options.inbox and not options.inbox.is_dir():
            raise UserError(
                f"there is no folder {shown(options.inbox)}; --inbox names the one of scripts/run-scheduled"
            )
        with places.lock("erasure"):
            return erase(ask(), places, inbox, yaml.safe_load(options.vars) or {})
    except (UserError, duckdb.Error, OSError) as error:
        # What DuckDB says may quote a value.
        what = (
            str(error)
            if isinstance(error, UserError)
            else f"{type(error).__name__}: the erasure is not complete; run it again"
        )
        print(f"error: {what}", file=sys.stderr)
        return int(error.code) if isinstance(error, Failure) else 1


def ask() -> str:
    """The number, from a terminal without showing it, else the first line of standard input."""
    return (
        getpass.getpass("Number to erase, with + and the country's code: ")
        if sys.stdin.isatty()
        else sys.stdin.readline()
    )


def erase(text: str, places: Places, inbox: Path | None, variables: dict) -> int:
    folders = folders_of_text(places, inbox)
    number = Spellings(text.strip())
    check_room(places.state)
    with contextlib.closing(connect(places.state, wait=0)) as con:
        for (key,) in keys_of(con):
            number.with_hash_key(key)
    for line in erase_from_tables(text.strip(), places.state, variables):
        print(line)
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    for folder in folders:
        for path in files_in(folder):
            if path.name != "lock":
                done = erase_from_file(path, number, digests)
                counts[done] = counts.get(done, 0) + 1
    note_new_files(places.state, digests)
    print(
        f"files: {counts.get('rewritten', 0)} rewritten, {counts.get('renamed', 0)} renamed, {counts.get('deleted', 0)} deleted"
    )
    rewrite_database(places.state)
    print(f"{shown(places.state)}: copied into a new file")
    publish_anew(places)
    return report(search(places, folders, number))


def check_room(state: Path) -> None:
    if shutil.disk_usage(state.parent).free < state.stat().st_size * 1.1:
        raise NoRoom(f"there is no room for a copy of {shown(state)} beside it; make some")


# ---- the database ---------------------------------------------------------------------------------------------------


def keys_of(con: duckdb.DuckDBPyConnection) -> list[tuple[str]]:
    """The key of hashed numbers, if there is one."""
    tables = con.execute(
        "select schema_name, table_name from duckdb_columns() where column_name = 'pii_key' and database_name = current_database()"
    ).fetchall()
    return [
        row
        for names in tables
        for row in con.execute(f"select pii_key from {'.'.join(map(identifier, names))}").fetchall()
    ]


def erase_from_tables(number: str, state: Path, variables: dict) -> list[str]:
    """Runs the macro; returns a line per table. Its log is thrown away."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        try:
            run_dbt(
                ["run-operation", "call_status.erase_customer", "--no-use-colors", "--log-level-file", "none"],
                database=state,
                vars=variables,
                environment={"CALL_STATUS_ERASE_NUMBER": number},
                target_path=folder,
                log_path=folder,
                quiet=False,
            )
        except DbtFailed as failed:
            said = re.sub(r"\s+", " ", " ".join(failed.problems) + " " + printed.getvalue())
            why = re.search(
                r"(That number is one|CALL_STATUS_ERASE_NUMBER has|call_status_\w+ is |There is no variable).*?[.](?= |$)",
                said,
            )
            raise UserError(why[0] if why else "dbt cannot erase the number; does `dbt build` work?") from None
    lines = re.findall(r"(\S+[.]\S+: \d+ rows|\S+ is a view[.].*|The number is in no table[.])", printed.getvalue())
    return lines


def note_new_files(state: Path, digests: dict[str, str]) -> None:
    """Files that were rewritten stay known as loaded."""
    with contextlib.closing(connect(state, wait=0)) as con:
        there = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'loaded_files'"
        if con.execute(there).fetchone():
            for before, after in digests.items():
                con.execute("update raw.loaded_files set sha256 = $2 where sha256 = $1", [before, after])


def rewrite_database(path: Path) -> None:
    """Copies a database into a new file, which takes its place: what was deleted stays in the free blocks of the old one."""
    new = path.with_name(f"{path.name}.rewritten")
    new.unlink(missing_ok=True)
    connect(path, wait=0).close()  # what is in the write-ahead log goes into the file
    try:
        with duckdb.connect() as con:
            # Under its own name: views name the database. In its order: later runs skip old rows by it.
            con.execute("set preserve_insertion_order = true")
            con.execute(f"attach {literal(path)} as {identifier(path.stem)} (read_only)")
            con.execute(f"attach {literal(new)} as rewritten_copy (storage_version 'v1.0.0')")
            con.execute(f"copy from database {identifier(path.stem)} to rewritten_copy")
            con.execute("checkpoint rewritten_copy")
            con.execute("detach rewritten_copy")
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        shutil.copymode(path, new)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
        new.with_name(f"{new.name}.wal").unlink(missing_ok=True)


def publish_anew(places: Places) -> None:
    """Writes what readers open as a whole, and removes older versions of it."""
    if not places.published.exists():
        return
    has_parquet = parquet.current_version(places.parquet) is not None
    manifest = Project.parsed(places).manifest
    publish(places.state, places.published, whole=True, parquet=has_parquet, manifest=manifest)
    if has_parquet:
        parquet.prune(places.parquet, kept=1)
    print(f"{shown(places.published)}: published anew")


# ---- files ----------------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def erase_from_file(path: Path, number: Spellings, digests: dict[str, str]) -> str:
    """`kept`, `rewritten`, `renamed` or `deleted`; the last is said with the file's name. Notes the digest before and after."""
    new, done = path.with_name(f"{path.name}.rewritten"), "kept"
    try:
        if holds(path, number):
            before = fingerprint(str(path))
            rewrite(path, new, number, path.name)
            if holds(new, number):
                raise CannotRewrite("its format is not known")
            shutil.copystat(path, new)
            os.replace(new, path)
            digests[before] = fingerprint(str(path))
            done = "rewritten"
    except CannotRewrite as error:
        new.unlink(missing_ok=True)
        path.unlink()
        print(f"deleted {safe_name(path, number)}: {error}")
        return "deleted"
    name = number.without(path.name.encode()).decode() or "file"
    if name != path.name:
        target = path.with_name(name)
        while target.exists():
            target = target.with_name("again-" + target.name)
        path.rename(target)
        return "renamed"
    return done


def safe_name(path: Path, number: Spellings) -> str:
    """A path for a message, without the number."""
    return shown(os.fsdecode(number.without(os.fsencode(path))))


# ---- the search -----------------------------------------------------------------------------------------------------


def search(places: Places, folders: list[Path], number: Spellings) -> list[str]:
    """Every file in which the number still is; of a database, its tables."""
    found = []
    beside = [path for path in places.state.parent.glob(f"{places.state.name}*") if path.is_file()]
    published = files_in(places.published.parent) if places.published.exists() else []
    everything = [*beside, *published, *(path for folder in folders for path in files_in(folder))]
    for path in dict.fromkeys(everything):
        try:
            is_held = holds(path, number) or number.anywhere.search(os.fsencode(path.name)) is not None
        except CannotRewrite as error:
            found.append(f"{safe_name(path, number)}: {error}, so it cannot be searched")
            continue
        if is_held:
            tables = tables_with(path, number) if kind_of(path) == b"DUCK" else []
            found.append(safe_name(path, number) + (f": {', '.join(tables)}" if tables else ""))
    return found


def report(found: list[str]) -> int:
    if not found:
        print("The number is in no file that was searched.")
        return 0
    for line in found:
        print(f"still there: {line}", file=sys.stderr)
    print("error: the number is still in these files; delete or mend them, and run this again", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
