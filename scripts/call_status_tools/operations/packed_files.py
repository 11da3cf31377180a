"""Files searched for a number, and rewritten without it: unpacked first, however deep they are packed.

| what a file is | how it is searched | how it is rewritten |
|---|---|---|
| gzip, Zstandard, ZIP, an Excel workbook | what is in it | what is in it, and packed again |
| Parquet | its values | read and written by DuckDB |
| a DuckDB database | its bytes, and the values of its tables | not here |
| text in UTF-16 | its bytes | its text |
| anything else | its bytes | as lines of text |
"""

import contextlib
import gzip
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from call_status_tools.errors import Unreadable, UserError
from call_status_tools.loading.files import PIECE, encoding_of, unpack_zstandard
from call_status_tools.loading.sql import identifier, literal
from call_status_tools.operations.spellings import Spellings

OVERLAP = 1000  # bytes that are searched with the piece before them and with the one after
GZIP, ZSTANDARD, ZIP, PARQUET, DUCKDB = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b"DUCK"
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError, Unreadable)
MAY_HOLD_TEXT = r"VARCHAR|JSON|STRUCT|MAP|\[|BLOB|UNION|ENUM|INT|DECIMAL"


class CannotRewrite(UserError):
    """A file cannot be unpacked, or not be written in its own format."""


def kind_of(path: Path) -> bytes:
    """The first bytes of a format that has to be unpacked; none for any other."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[8:12] == DUCKDB:
        return DUCKDB
    return next((magic for magic in (GZIP, ZSTANDARD, ZIP, PARQUET) if start.startswith(magic)), b"")


def unpacked(path: Path, kind: bytes, folder: Path) -> Iterator[tuple[zipfile.ZipInfo | None, Path]]:
    """What is in a packed file, one after the other, each in a file of its own. Raises CannotRewrite where it is damaged or locked."""
    plain = folder / "unpacked"
    try:
        if kind == ZIP:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if not member.is_dir():
                        with archive.open(member) as source, plain.open("wb") as target:
                            shutil.copyfileobj(source, target, PIECE)
                        yield member, plain
            return
        if kind == GZIP:
            with gzip.open(path) as source, plain.open("wb") as target:
                shutil.copyfileobj(source, target, PIECE)
        else:
            unpack_zstandard(str(path), str(plain))
    except BROKEN:
        raise CannotRewrite("it cannot be unpacked") from None
    yield None, plain


# ---- searching ------------------------------------------------------------------------------------------------------


def holds(path: Path, number: Spellings) -> bool:
    """Whether the number stands anywhere in a file. Raises CannotRewrite where it cannot be unpacked."""
    kind = kind_of(path)
    if kind in (GZIP, ZSTANDARD, ZIP):
        with tempfile.TemporaryDirectory() as folder:
            return any(
                (member is not None and number.anywhere.search(member.filename.encode()) is not None)
                or holds(plain, number)
                for member, plain in unpacked(path, kind, Path(folder))
            )
    if has_bytes(path, number):
        return True
    return bool(kind == PARQUET and parquet_holds(path, number) or kind == DUCKDB and tables_with(path, number))


def has_bytes(path: Path, number: Spellings) -> bool:
    pattern, before = number.anywhere, b""
    with path.open("rb") as file:
        while piece := file.read(16 * PIECE):
            if pattern.search(before + piece):
                return True
            before = piece[-OVERLAP:]
    return False


def is_found(columns: list[tuple[str, str]]) -> str:
    """A condition: one of some columns (name, type) holds the number, whose pattern is the parameter."""
    texts = [f"cast({identifier(name)} as varchar)" for name, kind in columns if re.search(MAY_HOLD_TEXT, kind.upper())]
    return " or ".join(f"regexp_matches({text}, $1)" for text in texts) or "$1 is null"


def tables_with(path: Path, number: Spellings) -> list[str]:
    """The tables of a DuckDB file that hold the number."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = []
        for schema, table, columns in tables_of(con):
            query = f"select 1 from {identifier(schema)}.{identifier(table)} where {is_found(columns)} limit 1"
            if con.execute(query, [number.sql]).fetchone():
                found.append(f"{schema}.{table}")
        return found


def tables_of(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(schema, table, [(column, type)]) of the tables of a database."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    rows = con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() join duckdb_tables()"
        " using (database_name, schema_name, table_name) where database_name = current_database()"
        " order by 1, 2, column_index"
    ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault((schema, table), []).append((column, kind))
    return [(schema, table, columns) for (schema, table), columns in found.items()]


def parquet_columns(path: Path) -> list[tuple[str, str]]:
    try:
        rows = duckdb.execute(f"describe select * from read_parquet({literal(path)})").fetchall()
    except duckdb.Error:
        raise CannotRewrite("it is no whole Parquet file") from None
    return [(row[0], row[1]) for row in rows]


def parquet_holds(path: Path, number: Spellings) -> bool:
    found = is_found(parquet_columns(path))
    query = f"select 1 from read_parquet({literal(path)}) where {found} limit 1"
    return duckdb.execute(query, [number.sql]).fetchone() is not None


# ---- rewriting ------------------------------------------------------------------------------------------------------


def rewrite(path: Path, target: Path, number: Spellings, name: str) -> None:
    """Writes a file without the number to `target`. `name`: the file's, which tells JSON. Raises CannotRewrite."""
    kind = kind_of(path)
    inner = name.lower().removesuffix(".gz").removesuffix(".zst")
    if kind == DUCKDB:
        raise CannotRewrite("it is a database")
    if kind == PARQUET:
        rewrite_parquet(path, target, number)
        return
    if kind not in (GZIP, ZSTANDARD, ZIP):
        rewrite_text(path, target, number, is_json=re.search(r"[.](json|ndjson|jsonl)$", inner) is not None)
        return
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "written"
        if kind == ZIP:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                for member, plain in unpacked(path, kind, Path(folder)):
                    rewrite(plain, written, number, member.filename)
                    member.filename = number.without(member.filename.encode()).decode() or "file"
                    member.comment = b""
                    archive.writestr(member, written.read_bytes())
            return
        for _, plain in unpacked(path, kind, Path(folder)):
            rewrite(plain, written, number, inner)
        with written.open("rb") as source:
            if kind == GZIP:
                with target.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                    shutil.copyfileobj(source, packed, PIECE)
            else:
                import zstandard  # few files need it

                with target.open("wb") as file:
                    zstandard.ZstdCompressor().copy_stream(source, file)


def rewrite_text(path: Path, target: Path, number: Spellings, is_json: bool) -> None:
    """Some lines at a time: no number goes over the end of a line."""
    with path.open("rb") as source, target.open("wb") as file:
        encoding = encoding_of(source.read(PIECE))
        source.seek(0)
        if encoding:
            # What is in no encoding after all is read as bytes.
            with contextlib.suppress(UnicodeError):
                text = number.without(source.read().decode(encoding).encode(), is_json)
                file.write(text.decode().encode(encoding))
                return
            source.seek(0)
        while lines := source.read(16 * PIECE):
            file.write(number.without(lines + source.readline(), is_json))


def rewrite_parquet(path: Path, target: Path, number: Spellings) -> None:
    """Texts lose the number; a number that is stored as one becomes null."""
    columns = []
    for name, kind in parquet_columns(path):
        column, is_nested = identifier(name), re.search(r"STRUCT|MAP|\[", kind.upper())
        text = f"cast({'to_json(' + column + ')' if is_nested else column} as varchar)"
        if is_nested or kind in ("VARCHAR", "JSON"):
            erased = f"regexp_replace(regexp_replace({text}, $1, '\\1\\2', 'g'), $1, '\\1\\2', 'g')"
            columns.append(f"cast({'cast(' + erased + ' as json)' if is_nested else erased} as {kind}) as {column}")
        elif re.search(MAY_HOLD_TEXT, kind.upper()):
            columns.append(f"case when not regexp_matches({text}, $1) then {column} end as {column}")
        else:
            columns.append(column)
    pattern = f"(^|[^0-9+(]|[0-9][+(])[+(]*{number.core(r'[ ().+/-]{0,4}')}([^0-9]|$)"
    query = f"select {', '.join(columns)} from read_parquet({literal(path)})"
    try:
        with duckdb.connect() as con:
            con.execute("set variable pattern = $1", [pattern])
            query = query.replace("$1", "getvariable('pattern')")
            con.execute(f"copy ({query}) to {literal(target)} (format parquet, compression zstd)")
    except duckdb.Error:
        raise CannotRewrite("DuckDB cannot write it again") from None
