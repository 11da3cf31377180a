"""XML as JSON: a file with one document, or several one after the other, becomes one with a JSON object a line.

| in a document | becomes |
|---|---|
| an element with text alone | a key with the text, trimmed |
| an element with elements or attributes in it | a key with an object |
| elements of one name beside each other | of texts the first; of objects an array |

Whatever a document declares (a document type, entities) is an error: its elements are read as parts of an outer one.
"""

import json
import os
import re
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from call_status_tools.errors import Unreadable

PIECE = 1 << 20
MAX_DEPTH = 100
DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")


class Documents:
    """The parser's state: the elements that are open, each with its name, what is in it, and its text."""

    def __init__(self, lines: IO[str]):
        self.lines = lines
        self.open: list[tuple[str, dict[str, Any], list[str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > MAX_DEPTH:
            raise Unreadable(f"XML with more than {MAX_DEPTH} elements in each other")
        self.open.append((name, attributes, []))

    def text(self, text: str) -> None:
        if len(self.open) == 1 and not text.isspace():
            raise Unreadable("not XML: there is text outside of its elements")
        self.open[-1][2].append(text)

    def end(self, _: str) -> None:
        name, content, texts = self.open.pop()
        if len(self.open) > 1:
            add(self.open[-1][1], name, content or "".join(texts).strip())
        elif self.open:
            self.lines.write(json.dumps(content, ensure_ascii=False) + "\n")


def add(parent: dict[str, Any], name: str, value: dict[str, Any] | str) -> None:
    """Adds an element to the one around it."""
    there = parent.get(name)
    if there is None:
        parent[name] = value
    elif isinstance(value, dict) and isinstance(there, list):
        there.append(value)
    elif isinstance(value, dict) and isinstance(there, dict):
        parent[name] = [there, value]


def as_json_lines(path: str, folder: str) -> str:
    """The path of the documents of a file as JSON. Raises Unreadable where they are no XML."""
    written = os.path.join(folder, "documents")
    with open(path, "rb") as file, open(written, "w", encoding="utf-8") as lines:
        documents, parser = Documents(lines), expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = documents.start
        parser.EndElementHandler = documents.end
        parser.CharacterDataHandler = documents.text
        try:
            parser.Parse(b"<documents>")
            for piece in without_declarations(file):
                parser.Parse(piece)
            parser.Parse(b"</documents>", True)
        except expat.ExpatError as error:
            raise Unreadable(f"not well-formed XML (line {error.lineno}); copy the file again") from None
    return written


def without_declarations(file: IO[bytes]) -> Iterator[bytes]:
    """The pieces of a file without `<?xml ...?>`, which stands before each of several documents. A piece ends behind a tag."""
    rest = file.read(3).removeprefix(b"\xef\xbb\xbf")
    while piece := file.read(PIECE):
        tags, end, rest = (rest + piece).rpartition(b">")
        yield DECLARATION.sub(b"", tags + end)
    yield rest
