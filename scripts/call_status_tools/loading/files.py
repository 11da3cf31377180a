"""Files before they are read: which ones are meant, and a plain UTF-8 copy, or link, of what is in them.

| what a file is | what becomes of it |
|---|---|
| gzip, Zstandard, a ZIP with one file in it | unpacked |
| an Excel workbook | its first sheet as CSV, a row a line |
| XML | JSON, a document a line |
| text in UTF-16, or in what `--encoding` says | UTF-8 |
| bodies of web forms, one a line | a JSON object a line |
"""

import csv
import glob
import gzip
import hashlib
import json
import os
import re
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from call_status_tools.errors import Unreadable
from call_status_tools.loading import xml_documents

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".form": "form",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xml": "xml",
}
EMPTY = {"xlsx": "csv", "form": "ndjson", "xml": "ndjson"}  # what an empty file is read as
PACKED = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd", ".zip": b"PK\x03\x04"}
PIECE = 1 << 20
CUT_OFF = "the packed data is cut off or damaged; copy the file again"
# The body of a web form (application/x-www-form-urlencoded) has no white space. What stands before it is when it came.
FORM = r"(?P<before>[^&=]*\s)?(?P<body>[\w.%+\[\]-]+=[^&\s]*(&[^&\s]*)*)"
TO_UTF8 = "say how it is written, e.g. --encoding cp1252"


def shown(path: str | Path) -> str:
    """A path for one line of text, whatever bytes it is made of."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def expand(arguments: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """(files, problems): each file once, in order; a glob is expanded unless a file has that very name.

    A problem is (path, line for the user).
    """
    files, problems, folders = {}, [], []
    for argument in arguments:
        found = [argument] if os.path.lexists(argument) else sorted(glob.glob(argument, recursive=True))
        if not found:
            what = "no file matches this pattern" if glob.has_magic(argument) else "no such file"
            problems.append((argument, f"{what}; check the path"))
        for path in found:
            if os.path.isdir(path):
                folders.append(path)
            elif not os.path.exists(path):
                problems.append((path, "the link leads nowhere; point it to a file"))
            elif not os.path.isfile(path):
                problems.append((path, "not a regular file; save the data to a file first"))
            else:
                files[os.path.abspath(path)] = path
    for path in folders:
        if files:
            print(f"passed over {shown(path)}: a directory")
        else:
            problems.append((path, "a directory; name its files, e.g. 'directory/*.csv'"))
    return list(files.values()), problems


def fingerprint(path: str) -> str:
    """SHA-256 of the file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def beginning(path: str, length: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(length)


def prepare(path: str, folder: str, encoding: str | None, header: str = "") -> tuple[str, str]:
    """(format, a plain copy or link in `folder`). The plain name keeps any special sign in the real one out of DuckDB.

    A text that begins as JSON may have any name, and so may the logs of a source that has a `header` of ours. Raises Unreadable
    where the name does not say what the file is, or says something else.
    """
    plain, suffixes = unpack(path, folder, [suffix.lower() for suffix in Path(path).suffixes])
    kind = FORMATS.get(suffixes[-1] if suffixes else "")
    if not kind and beginning(plain, PIECE).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        kind = "json"
    if not kind and header:
        kind = "csv"
    if not kind:
        packed = " ".join(PACKED)
        raise Unreadable(
            f"unknown kind of file; its name should end in one of {' '.join(FORMATS)}, or these with {packed}"
        )
    if os.path.getsize(plain):
        is_parquet = beginning(plain, 4) == b"PAR1"
        if is_parquet != (kind == "parquet"):
            raise Unreadable(
                "a Parquet file; name it .parquet" if is_parquet else "not a Parquet file; name it after what it is"
            )
        if kind == "xlsx":
            kind, plain = "csv", sheet_as_csv(plain, folder)
        elif kind != "parquet":
            plain = in_utf8(plain, folder, encoding)
        if kind == "form" or (kind == "csv" and not header and has_forms(plain)):
            kind, plain = "ndjson", forms_as_json(plain, folder)
        elif kind == "xml":
            kind, plain = "ndjson", xml_documents.as_json_lines(plain, folder)
    return EMPTY.get(kind, kind), plain


def with_header(path: str, header: str) -> str | None:
    """A copy of a log with a line of names before it; None where its first line is one, or names no field in another way."""
    first = beginning(path, PIECE).decode("utf-8", "replace").lstrip("\ufeff").split("\n", 1)[0].lower()
    delimiter = next(sign for sign in header if not sign.isalnum())
    names = {name.strip("\"' \t\r") for name in first.split(delimiter)}
    if delimiter not in first or names & set(header.split(delimiter)):
        return None
    with open(path, "rb") as source, open(path + ".named", "wb") as target:
        target.write(header.encode() + b"\n")
        shutil.copyfileobj(source, target)
    return path + ".named"


def unpack(path: str, folder: str, suffixes: list[str]) -> tuple[str, list[str]]:
    """(what is in a packed file, or a link to one that is not packed; the suffixes of its name)."""
    plain, start = os.path.join(folder, "input"), beginning(path, 4)
    packing = next((name for name, magic in PACKED.items() if start.startswith(magic)), None)
    if packing == ".zip" and suffixes[-1:] == [".xlsx"]:
        packing = None
    named = suffixes[-1:] and suffixes[-1] in PACKED and suffixes[-1]
    if named and named != packing and start:
        raise Unreadable(f"named {named} but not {'gzip' if named == '.gz' else named}; rename the file")
    if not packing:
        os.symlink(os.path.abspath(path), plain)
    elif packing == ".gz":
        with gzip.open(path) as source:
            write(source, plain)
    elif packing == ".zst":
        unpack_zstandard(path, plain)
    else:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if is_data(member)]
            if len(members) != 1:
                raise Unreadable(f"the archive holds {len(members)} files; unpack it and load them one by one")
            if members[0].flag_bits & 1:
                raise Unreadable("the archive is encrypted; unpack it first")
            with archive.open(members[0]) as source:
                write(source, plain)
            return plain, [suffix.lower() for suffix in Path(members[0].filename).suffixes]
    return plain, suffixes[:-1] if named else suffixes


def unpack_zstandard(path: str, plain: str) -> None:
    """One frame after the other. A stream of the library would take a file that is cut off for a whole one."""
    import zstandard  # few files need it

    frame = None
    with open(path, "rb") as file, open(plain, "wb") as unpacked:
        try:
            while piece := file.read(PIECE):
                while piece:
                    frame = frame or zstandard.ZstdDecompressor().decompressobj()
                    unpacked.write(frame.decompress(piece))
                    piece = frame.unused_data
                    frame = None if frame.eof else frame
        except zstandard.ZstdError:
            raise Unreadable(CUT_OFF) from None
    if frame:
        raise Unreadable(CUT_OFF)


def is_data(member: zipfile.ZipInfo) -> bool:
    """Whether a member of an archive is what somebody packed, and not what a Mac adds."""
    name = Path(member.filename)
    return not member.is_dir() and not name.name.startswith(".") and name.parts[0] != "__MACOSX"


def write(source, path: str) -> None:
    with open(path, "wb") as file:
        shutil.copyfileobj(source, file, PIECE)


def encoding_of(start: bytes) -> str | None:
    """UTF-16 by its mark, or by its zeros: text of Latin letters has one in every second byte."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    first, second = (start[at::2].count(0) / max(1, len(start) // 2) for at in (0, 1))
    if max(first, second) > 0.3 and min(first, second) < 0.01:
        return "utf-16-be" if first > second else "utf-16-le"
    return None


def in_utf8(path: str, folder: str, encoding: str | None) -> str:
    """The path of the same text in UTF-8: the path itself where it is."""
    encoding = encoding or encoding_of(beginning(path, PIECE))
    if not encoding:
        if b"\0" in beginning(path, PIECE).split(b"\n", 1)[0]:
            raise Unreadable("the first line holds NUL bytes: not a text file")
        return path
    written = os.path.join(folder, "utf8")
    try:
        with (
            open(path, encoding=encoding, newline="") as source,
            open(written, "w", encoding="utf-8", newline="") as file,
        ):
            shutil.copyfileobj(source, file, PIECE)
    except UnicodeError:
        raise Unreadable(f"the file is not {encoding}; say how it is written with --encoding") from None
    return written


def is_other_encoding(path: str) -> bool:
    """Whether no letter beyond ASCII is UTF-8: then the whole file is written otherwise, not a row of it broken."""
    with open(path, encoding="utf-8", errors="ignore", newline="") as file:
        while piece := file.read(PIECE):
            if not piece.isascii():
                return False
    return True


def with_one_line_ending(path: str) -> str:
    """The path of a copy in which every line ends alike."""
    with (
        open(path, encoding="latin-1", newline=None) as mixed,  # latin-1: every byte passes unchanged
        open(path + ".unix", "w", encoding="latin-1", newline="") as file,
    ):
        shutil.copyfileobj(mixed, file, PIECE)
    return path + ".unix"


def without_lines(path: str, count: int) -> str:
    """The path of a copy without the first lines, whatever they end with. They are within the first megabyte."""
    above = b"".join(beginning(path, PIECE).splitlines(keepends=True)[:count])
    with open(path, "rb") as source, open(path + ".below", "wb") as file:
        source.seek(len(above))
        shutil.copyfileobj(source, file, PIECE)
    return path + ".below"


def sheet_as_csv(path: str, folder: str) -> str:
    """The path of the first sheet of an Excel workbook as CSV. A row without values is an empty line."""
    import openpyxl  # few files need it

    written = os.path.join(folder, "sheet")
    try:
        with open(path, "rb") as workbook, open(written, "w", encoding="utf-8", newline="") as file:
            book = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True)
            writer = csv.writer(file, lineterminator="\n")
            for row in rows:
                writer.writerow(map(cell_text, row) if any(value is not None for value in row) else [])
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError):
        raise Unreadable("not a complete Excel workbook; save it again as .xlsx") from None
    return written


def has_forms(path: str) -> bool:
    """Whether the first line that is not blank is the body of a web form with several fields."""
    lines = beginning(path, PIECE).decode("utf-8-sig", "replace").splitlines()
    first = next(filter(str.strip, lines), "").strip()
    return "&" in first and re.fullmatch(FORM, first) is not None


def forms_as_json(path: str, folder: str) -> str:
    """The path of the forms as JSON, a line each; a line that is none stays as it is, and the reader refuses it."""
    written = os.path.join(folder, "forms")
    with (
        open(path, encoding="utf-8-sig", errors="surrogateescape") as bodies,
        open(written, "w", encoding="utf-8", errors="surrogateescape") as file,
    ):
        for line in bodies:
            file.write((form_as_json(line) or line.rstrip("\n")) + "\n")
    return written


def form_as_json(line: str) -> str | None:
    """The body of a web form as a JSON object, with what stands before it as `received_at`; None for another text.

    Forms send fields without a value, too: null.
    """
    form = re.fullmatch(FORM, line.strip())
    if not form:
        return None
    received = {"received_at": form["before"].strip()} if form["before"] else {}
    fields = parse_qsl(form["body"], keep_blank_values=True)
    return json.dumps(received | {name: value or None for name, value in fields})


def cell_text(value: object) -> object:
    """A cell as text. Excel keeps every number as a fraction, and a length as a time span."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
