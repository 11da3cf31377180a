"""One customer's number, in every spelling, as patterns for bytes and for SQL.

Made without the macro that erases the number from tables (macros/operations/erase_customer.sql), since what is made here also searches
what the macro has left. Both know from macros/kpis/number_keys.sql what is dialled before a number.
"""

import hashlib
import re

from call_status_tools.errors import UserError
from call_status_tools.loading.words import macro

# What may stand between two digits: blanks, marks, and the dashes and narrow blanks of word processors.
BETWEEN = "(?:%20|[ ().+/-]|\u00a0|\u2011|\u2013|\u202f){0,4}"
# The same where a text is not in UTF-8: then zeros stand between the bytes of two digits.
BETWEEN_IN_ANY_ENCODING = BETWEEN.replace("(?:", "(?:\0|").replace("{0,4}", "{0,8}")
# Evidence packs a time of 19 digits before a text, and nothing between.
PACKED_TIME = "(?:[12][0-9]{18})?"
SHORTEST = 6  # digits of a number without its country's code
STANDS_ALONE = 7  # of this many on, they are searched by themselves: fewer could be anything


def calling_codes() -> list[tuple[str, str]]:
    """(code, what callers within the country dial before an area code, or empty text) of every country."""
    rows = [row.split() for row in macro("kpis/number_keys.sql", "calling_code_rows").split(", ")]
    return [(code, prefix.replace("-", "")) for _, code, prefix, *_ in rows]


class Spellings:
    """The patterns of a number that begins with + or 00. Raises UserError where it does not, or is none."""

    def __init__(self, number: str):
        countries = calling_codes()
        bare = re.sub("[^0-9+]", "", number)
        key = re.sub("^([+]|00)", "", bare)
        code = max((code for code, _ in countries if key.startswith(code)), key=len, default="")
        national = key[len(code) :]
        if key == bare or not code or not re.fullmatch(f"[0-9]{{{SHORTEST},15}}", national):
            raise UserError("that is no number with a country's code; write it like +49 30 901820")
        prefixes = sorted({prefix for other, prefix in countries if other == code and prefix})
        self.wholes = [
            key,
            *(prefix + national for prefix in prefixes),
            *(code + prefix + national for prefix in prefixes),
        ]
        self.wholes += [national] * (len(national) >= STANDS_ALONE)
        self.hashes: list[str] = []
        self._parts = code, prefixes, national

    def core(self, between: str) -> str:
        code, prefixes, national = self._parts
        after_code = f"(?:(?:{'|'.join(prefixes)}){between})?" if prefixes else ""
        fronts = [f"(?:(?:00|011){between})?{between.join(code)}{between}{after_code}"]
        fronts += [between.join(prefix) + between for prefix in prefixes]
        optional = "?" if len(national) >= STANDS_ALONE else ""
        return f"(?:{'|'.join(fronts)}){optional}{between.join(national)}"

    def with_hash_key(self, key: str) -> None:
        """Searches also what `call_status_pii: hash` with this key makes of the number."""

        def sha256(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        self.hashes += [sha256(key + sha256(key + whole)) for whole in self.wholes]

    @property
    def in_text(self) -> re.Pattern[bytes]:
        """The number in UTF-8 or a similar encoding, and what stands before it: `(`, `+`."""
        return re.compile(rf"(?<![0-9])[+(]*{self.core(BETWEEN)}(?![0-9])".encode())

    @property
    def in_json(self) -> re.Pattern[bytes]:
        """A number without quotes in a JSON document: groups 1 and 2 stand around it."""
        return re.compile(rf"([:,\[]\s*)-?(?:{'|'.join(self.wholes)})(?:[.][0-9]+)?(?=\s*[\]}},])".encode())

    @property
    def anywhere(self) -> re.Pattern[bytes]:
        """What no byte of a file may match: the number in any encoding, or its hash."""
        found = rf"(?:^|[^0-9]){PACKED_TIME}{self.core(BETWEEN_IN_ANY_ENCODING)}(?:[^0-9]|$)"
        return re.compile("|".join([found, *self.hashes]).encode())

    @property
    def sql(self) -> str:
        """The same as a regular expression of DuckDB, for a text."""
        return "|".join([f"(?:^|[^0-9]){PACKED_TIME}{self.core(BETWEEN)}(?:[^0-9]|$)", *self.hashes])

    def without(self, text: bytes, is_json: bool = False) -> bytes:
        """A text without the number. Without quotes in JSON it becomes null."""
        if is_json:
            text = self.in_json.sub(rb"\1null", text)
        return self.in_text.sub(b"", text)
