"""How one value of a file is read: SQL that gives it the type of its column, or null. It never raises at run time.

| column type | what is read |
|---|---|
| time | one in any spelling that has one meaning, else by `--time-format`; between 1990 and 2100 |
| day | as a time, at midnight |
| length in seconds | a number, `mm:ss`, `hh:mm:ss`, a number with units, a time of day or an interval |
| JSON | as it is; text that is none becomes a JSON string |
| text | as it is |

The session must have the time zone UTC.
"""

from typing import NamedTuple

from call_status_tools.loading.sql import literal

# What programs write for nothing. A person may be called Null, so these spellings and no other.
NULL_WORDS = ["NULL", "null", "None", "n/a", "N/A", r"\N"]
EXCEL = "excel"  # the --time-format of Excel's day numbers

OFFSET = r"[+-][01]\d(?::?[0-5]\d)?"
ISO = rf"\d{{4}}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?([Zz]|UTC|GMT|{OFFSET}))?)?"
USUAL = r"\d\d\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"  # in UTC; a cast reads it, and is fast
HAS_OFFSET = rf"\d([Zz]| ?UTC| ?GMT| ?{OFFSET})$"
# The other spellings of a date are brought to year-month-day first. A month in letters has one meaning in any order;
# 05/06/2026 has two, and is not among them.
TO_YEAR_FIRST = [
    (rf"({OFFSET}) +\([a-z ]+\)$", r"\1"),
    (r"^(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)(\D.*)?$", r"\1-\2-\3 \4:\5:\6\7"),
    (r"^(?:[a-z]{3,9},? +)?(\d{1,2})[ -]([a-z]{3,9})\.?[ ,-]+(\d{4})\b", r"\3-\2-\1"),
    (r"^(?:[a-z]{3,9},? +)?([a-z]{3,9})\.? +(\d{1,2}),? +(\d{4})\b", r"\3-\1-\2"),
    (r"^[a-z]{3} +([a-z]{3}) +(\d{1,2}) +(\d\d:\d\d:\d\d) +(\d{4})$", r"\4-\1-\2 \3"),
]
CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: *([ap])\.?m\.?)?"
ZONE = rf" *(z|utc|gmt|ut)? *({OFFSET})? *(?:\[(?:z|utc|gmt)\]|\[?([a-z]+/[a-z_/+-]+)\]?)?"
YEAR_FIRST = rf"^(\d{{4}})[-/.](\d{{1,2}}|[a-z]{{3,9}})[-/.](\d{{1,2}})(?:(?:t|,? +){CLOCK}{ZONE})?$"
PARTS = ["year", "month", "day", "hour", "minute", "second", "fraction", "half", "utc", "shift", "place"]
MONTHS = "january february march april may june july august september october november december".split()

# An exponent with fewer digits was rounded, as spreadsheets do it: 1.77E+12 may be any time of four months.
NUMBER = r"[+-]?\d+(\.\d*)?|\d\.\d{7,}[eE]\+?\d{1,2}"
# 1,234 may be a thousand; three digits after a comma are a fraction only behind a zero.
DECIMAL_COMMA = r"-?(0,\d+|\d+,(\d{1,2}|\d{4,}))"
LENGTH_CLOCK = r"^(?:(\d+):)?(\d+):([0-5]\d(?:[.,]\d+)?)$"
LENGTH_UNITS = (
    r"^(?:pt)?(?:(\d+) *h(?:ours?)?)? *(?:(\d+) *m(?:in(?:utes?)?)?)? *(?:(\d+(?:[.,]\d+)?) *s(?:ec(?:onds?)?)?)?$"
)


def nested(value: str, replacements: list[tuple[str, str]]) -> str:
    """SQL of a text after replacements, regardless of case."""
    for pattern, replacement in replacements:
        value = f"regexp_replace({value}, {literal(pattern)}, {literal(replacement)}, 'i')"
    return value


# Text with an offset is read as a time *with* zone, so that the offset is never dropped, and only then made naive. What
# names no zone is of the zone `zone`. Epochs are told apart by what lies between 1990 and 2100: the four ranges do not meet.
# Fractions are cut to microseconds, never rounded, as databases do it when they read text.
MACROS = rf"""
create or replace temp macro plausible_time(t) as
    case when t >= timestamp '1990-01-01' and t < timestamp '2100-01-01' then t end;
create or replace temp macro utc_time(t, zone) as case when zone = 'UTC' then t else cast(timezone(zone, t) as timestamp) end;
create or replace temp macro epoch_time(d) as case
    when d >= 631152000 and d < 4102444800 then make_timestamp(cast(floor(d * 1000000) as bigint))
    when d >= 631152000000 and d < 4102444800000 then make_timestamp(cast(floor(d * 1000) as bigint))
    when d >= 631152000000000 and d < 4102444800000000 then make_timestamp(cast(floor(d) as bigint))
    when d >= 631152000000000000 and d < 4102444800000000000 then make_timestamp(cast(floor(d * 0.001) as bigint)) end;
create or replace temp macro excel_time(d, zone) as case when d >= 32874 and d < 73051
    then utc_time(timestamp '1899-12-30' + to_milliseconds(cast(round(d * 86400000) as bigint)), zone) end;
create or replace temp macro date_time(p, zone) as list_transform([
    p.year || '-' || coalesce(
        nullif(list_position(list_transform({MONTHS}, lambda month: length(p.month) >= 3 and starts_with(month, lower(p.month))), true), 0),
        try_cast(p.month as integer)
    ) || '-' || p.day
    || ' ' || case when p.half = '' then coalesce(nullif(p.hour, ''), '0')
        when cast(p.hour as integer) between 1 and 12 then cast(cast(p.hour as integer) % 12 + if(lower(p.half) = 'p', 12, 0) as varchar)
        end
    || ':' || coalesce(nullif(p.minute, ''), '00') || ':' || coalesce(nullif(p.second, ''), '00')
    || '.' || coalesce(nullif(p.fraction, ''), '0')
], lambda t: case
    when p.shift <> '' then cast(try_cast(t || p.shift as timestamptz) as timestamp)
    when p.utc <> '' then try_cast(t as timestamp)
    when p.place <> '' then cast(try_cast(t || ' ' || p.place as timestamptz) as timestamp)
    else utc_time(try_cast(t as timestamp), zone) end)[1];
create or replace temp macro spelled_time(v, zone) as list_transform(
    list_filter([regexp_extract({nested("v", TO_YEAR_FIRST)}, {literal(YEAR_FIRST)}, {PARTS}, 'i')], lambda p: p.year <> ''),
    lambda p: date_time(p, zone))[1];
create or replace temp macro text_time(v, zone) as case
    when zone = 'UTC' and regexp_full_match(v, {literal(USUAL)}) then try_cast(v as timestamp)
    when regexp_full_match(v, {literal(ISO)}) and (zone = 'UTC' or regexp_matches(v, {literal(HAS_OFFSET)}))
        then cast(try_cast(replace(replace(replace(upper(v), ',', '.'), ' +', '+'), ' -', '-') as timestamptz) as timestamp)
    when regexp_full_match(v, {literal(NUMBER)}) and not regexp_full_match(v, '\d{{14}}')
        then epoch_time(try_cast(v as decimal(28, 9)))
    else spelled_time(v, zone) end;
create or replace temp macro finite_number(x) as case when isfinite(x) then x end;
create or replace temp macro sum_of_units(p) as
    coalesce(try_cast(p.h as double) * 3600, 0) + coalesce(try_cast(p.m as double) * 60, 0)
    + coalesce(try_cast(replace(p.s, ',', '.') as double), 0);
create or replace temp macro text_length(v) as coalesce(finite_number(try_cast(v as double)), case
    when regexp_full_match(v, {literal(DECIMAL_COMMA)}) then try_cast(replace(v, ',', '.') as double)
    when regexp_matches(v, {literal(LENGTH_CLOCK)}) then sum_of_units(regexp_extract(v, {literal(LENGTH_CLOCK)}, ['h', 'm', 's']))
    when regexp_matches(v, '\d') and regexp_matches(v, {literal(LENGTH_UNITS)}, 'i')
        then sum_of_units(regexp_extract(v, {literal(LENGTH_UNITS)}, ['h', 'm', 's'], 'i')) end);
create or replace temp macro text_json(v) as case when json_valid(v) then cast(v as json) else to_json(v) end;
"""


class Field(NamedTuple):
    """A column of a file: its name there, the SQL of its value, and that value's DuckDB type."""

    name: str
    sql: str
    type: str = "VARCHAR"


class TimeSpelling(NamedTuple):
    """What the user says of times: how they are written where that cannot be told, and where those without a zone are."""

    format: str | None = None
    zone: str = "UTC"


NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
NUMBERS += ("UHUGEINT", "FLOAT", "DOUBLE")


def is_number(kind: str) -> bool:
    return kind in NUMBERS or kind.startswith("DECIMAL")


def as_time(item: Field, spelling: TimeSpelling) -> str:
    """SQL of a time. Whether it is plausible is asked of the result: a macro evaluates its argument at every mention."""
    value, zone = item.sql, literal(spelling.zone)
    if item.type == "DATE" or item.type in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"):
        time = f"utc_time(try_cast({value} as timestamp), {zone})"
    elif item.type == "TIMESTAMP WITH TIME ZONE":
        time = f"try_cast({value} as timestamp)"
    elif item.type in ("TIMESTAMP_NS", "TIMESTAMPTZ_NS"):  # a cast would round
        time = f"make_timestamp(epoch_ns({value}) // 1000)"
        time = f"utc_time({time}, {zone})" if item.type == "TIMESTAMP_NS" else time
    elif is_number(item.type):
        exact = f"try_cast({value} as decimal(28, 9))"
        exact = f"round({exact}, 6)" if item.type in ("DOUBLE", "FLOAT") else exact
        time = f"excel_time({exact}, {zone})" if spelling.format == EXCEL else f"epoch_time({exact})"
    else:
        text = f"trim({value})" if item.type == "VARCHAR" else f"trim(cast({value} as varchar))"
        time = f"text_time({text}, {zone})"
        if spelling.format == EXCEL:
            time = f"coalesce(excel_time(try_cast({text} as decimal(28, 9)), {zone}), {time})"
        elif spelling.format:
            given = f"try_strptime({text}, {literal(spelling.format)})"
            has_zone = "%z" in spelling.format or "%Z" in spelling.format
            given = f"cast({given} as timestamp)" if has_zone else f"utc_time({given}, {zone})"
            time = f"coalesce({given}, {time})"
    return time


def as_date(item: Field, time_format: str | None) -> str:
    """SQL of a day. It is of no zone: at midnight of another one it could be the day before."""
    time = as_time(item, TimeSpelling(time_format))
    return f"case when {time} = date_trunc('day', {time}) then cast({time} as date) end"


def as_length(item: Field, factor: float = 1) -> str:
    """SQL of a length in seconds. `factor`: how many seconds the file's unit is."""
    if is_number(item.type):
        length = f"finite_number(try_cast({item.sql} as double))"
    elif item.type == "INTERVAL":
        length = f"epoch({item.sql})"
    else:
        length = f"text_length(trim({item.sql if item.type == 'VARCHAR' else f'cast({item.sql} as varchar)'}))"
    return length if factor == 1 else f"{length} * {factor}"


def as_json(item: Field) -> str:
    """SQL of a value as JSON; text that is no JSON becomes a JSON string, so that nothing is lost."""
    if item.type == "VARCHAR":
        return f"text_json(nullif(trim({item.sql}), ''))"
    return item.sql if item.type == "JSON" else f"to_json({item.sql})"


def as_text(item: Field) -> str:
    return item.sql if item.type == "VARCHAR" else f"cast({item.sql} as varchar)"


def is_given(item: Field) -> str:
    """SQL of whether the file has a value there."""
    return f"trim({item.sql}) <> ''" if item.type == "VARCHAR" else f"{item.sql} is not null"
