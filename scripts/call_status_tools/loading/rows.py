"""The rows of a raw table, as SQL over a `Reading`; and the lines that they come from.

A row is refused where its time was given and cannot be read: without it the event tells nothing. A length that cannot be
read costs only itself: the row is loaded without it, and its text is kept in a column beside it.
"""

from collections.abc import Iterable

from call_status_tools.loading import firm
from call_status_tools.loading.raw_tables import CallIds, Source
from call_status_tools.loading.readers import Reading, field_at, steps_of
from call_status_tools.loading.spelling import UNITS, Spelling
from call_status_tools.loading.sql import identifier, literal
from call_status_tools.loading.values import Field, as_date, as_json, as_length, as_text, as_time, is_given, is_number

# Columns that are part of a derived event id only where they have a value: ids of earlier versions stay as they are.
LATER_COLUMNS = ("reported_status",)


def value_of(name: str, kind: str, item: Field | None, source: Source, spelling: Spelling) -> str:
    """SQL of a column's value in its type, null where it cannot be read."""
    default = spelling.source_system if name == "source_system" else None
    default = default or source.defaults.get(name)
    if item is None:
        value = f"cast({'null' if default is None else literal(default)} as {kind})"
    elif kind == "TIMESTAMP":
        value = as_time(item, spelling.times_of(name))
    elif kind == "DATE":
        value = as_date(item, spelling.time_format)
    elif kind == "DOUBLE":
        value = as_length(item, UNITS[spelling.units.get(name, "seconds")])
    elif kind == "JSON":
        value = as_json(item)
    else:
        value = as_text(item)
        if source.is_of_firm:
            value = f"nullif(trim({value}), '')"
        if name == "source_system" and spelling.source_system:
            value = f"coalesce(nullif(trim({value}), ''), {literal(default)})"
    return value


def translated(name: str, value: str, reading: Reading, spelling: Spelling) -> str:
    """SQL of a word in ours, where the mapping says what it means.

    In [direction] a key may be a path, or a word and paths: then each of them must have a value.
    """
    words, tests = "", ""
    for theirs, ours in spelling.words.get(name, {}).items():
        parts = theirs.split() if name == "direction" else [theirs]
        paths = [part for part in parts if is_path(part, reading)]
        word = " ".join(part for part in parts if part not in paths).lower()
        is_word = f"lower(trim({value})) = {literal(word)}"
        if paths:
            found = [is_given(field_at(path, reading.columns)) for path in paths]
            tests += f" when {' and '.join([*found, *([is_word] if word else [])])} then {literal(ours)}"
        else:
            words += f" when {is_word} then {literal(ours)}"
    return f"nullif(case{tests}{words} else {value} end, '')" if words or tests else value


def is_path(text: str, reading: Reading) -> bool:
    """Whether a text leads into a column of the file."""
    first, *below = steps_of(text) or [""]
    return bool(below) and str(first).lower() in reading.columns


def merged(own: str, rest: str | None) -> str:
    """SQL of `attributes`: the file's own, and what else a row has.

    What else there is never replaces a key of the file's own; attributes that are no object go under their name.
    """
    if rest is None:
        return own
    return (
        f"case when {own} is null then {rest} when {rest} is null then {own}"
        f" when json_type({own}) = 'OBJECT' then json_merge_patch({rest}, {own})"
        f" else json_merge_patch({rest}, json_object('attributes', {own})) end"
    )


def typed_rows(reading: Reading, source: Source, spelling: Spelling) -> str:
    """SQL in brackets: one row per row of the file, blank lines included.

    Columns: those of the table but loaded_at; `refusal`, null where the row is fine; `raw_text`; `keep`.
    """
    columns = {name: kind for name, kind in source.columns.items() if name != "loaded_at"}
    values = {
        name: translated(name, value_of(name, kind, reading.fields.get(name), source, spelling), reading, spelling)
        for name, kind in columns.items()
    }
    if "attributes" in columns:
        values["attributes"] = merged(values["attributes"], reading.rest)
    times = [name for name in reading.fields if columns.get(name) == "TIMESTAMP"]
    dates = [name for name in reading.fields if columns.get(name) == "DATE"]
    lengths = lengths_that_may_fail(reading, source)
    helpers = {f"given_{name}": is_given(reading.fields[name]) for name in [*times, *dates, *lengths]}
    helpers |= {f"text_{name}": as_text(reading.fields[name]) for name in lengths}
    if source.is_of_firm:  # whether a row fits to others of the file is asked of all rows, which changes their order
        helpers["file_row"] = "row_number() over ()"
    inner = ",\n            ".join(f"{sql} as {identifier(name)}" for name, sql in {**values, **helpers}.items())
    refusals = "".join(
        f" when given_{name} and plausible_time({name}) is null then '{name} is not a time'" for name in times
    )
    refusals += "".join(f" when given_{name} and {name} is null then '{name} is not a date'" for name in dates)
    refusals += "".join(f" when {wrong} then {literal(why)}" for wrong, why in firm.refusals(source.table))
    unread = dict.fromkeys(source.unread_columns, "cast(null as varchar)")
    unread |= {f"unread_{name}": f"case when given_{name} and {name} is null then text_{name} end" for name in lengths}
    changes = {name: f"plausible_time({name})" for name in times}
    own_id = next((name for name in ("event_id", "call_id") if name in columns), None)
    if own_id and own_id not in reading.fields and own_id not in source.required:
        changes[own_id] = derived_id(columns)
    replaced = ", ".join(f"{sql} as {identifier(name)}" for name, sql in changes.items())
    more = "".join(f", {sql} as {name}" for name, sql in unread.items())
    return f"""(
        select
            *{f" replace ({replaced})" if changes else ""}{more},
            case when invalid is not null then invalid{refusals} end as refusal
        from (
            select
            {inner},
            {reading.invalid} as invalid,
            {reading.raw_text} as raw_text,
            {reading.keep} as keep
            from {reading.relation}
        ){" order by file_row" if source.is_of_firm else ""}
    )"""


def derived_id(columns: Iterable[str]) -> str:
    """SQL of an id of events or calls for a file without one: made of the content, so that a row that comes again has the same."""
    content = ", ".join(
        f"{literal(name)}, {identifier(name)}" for name in columns if name not in ("event_id", *LATER_COLUMNS)
    )
    later = "".join(f" || coalesce({name}, '')" for name in LATER_COLUMNS if name in columns)
    return f"'row-' || md5(cast(json_object({content}) as varchar){later})"


def with_call_ids(rows: str, found_by: CallIds, spelling: Spelling) -> str:
    """SQL in brackets: the rows, and in call_id an id of the call that each belongs to; null for a row without a time."""
    caller = f"coalesce({', '.join(map(identifier, found_by.callers))})"
    time, length = (Field(name, identifier(name)) for name in (found_by.time, found_by.length))
    begins, lasts = as_time(time, spelling.times_of(time.name)), as_length(length)
    first_time = f"first_value({time.sql}) over (partition by caller, call order by begins, ends desc)"
    return f"""(
        select * replace (case when begins is not null then coalesce(caller || ' ', '') || {first_time} end as call_id)
        from (
            select *, sum(is_new) over (partition by caller order by begins, ends desc rows unbounded preceding) as call
            from (
                select *, if(begins <= max(ends) over earlier + {found_by.seconds} * interval 1 second, 0, 1) as is_new
                from (
                    select *, begins + to_milliseconds(cast(coalesce({lasts}, 0) * 1000 as bigint)) as ends
                    from (select *, {caller} as caller, plausible_time({begins}) as begins from {rows})
                )
                window earlier as (partition by caller order by begins, ends desc rows between unbounded preceding and 1 preceding)
            )
        )
    )"""


def lengths_that_may_fail(reading: Reading, source: Source) -> list[str]:
    """Lengths that are no numbers in the file. A number that is none (NaN) says that there is no length."""
    fields = reading.fields.items()
    return [name for name, item in fields if source.columns.get(name) == "DOUBLE" and not is_number(item.type)]


def line_steps(starts: Iterable[int], has_header: bool, rejected: set[int]) -> list[tuple[int, int]]:
    """From which row on (1-based, rejected lines not counted) a row's line is how much more than its number: [(row, more)]."""
    steps, row = [], -1 if has_header else 0
    for line in starts:
        if line in rejected:
            continue
        row += 1
        if row and (not steps or steps[-1][1] != line - row):
            steps.append((row, line - row))
    return steps
