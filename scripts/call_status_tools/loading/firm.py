"""Files of what a firm says of itself: its numbers, its agents, its business hours.

They hold no events, so two things differ. A heading may have any of its usual names. And a file is loaded whole or not at all:
of a timetable that lacks a line nobody could tell whether that day is closed.
"""

import functools
import itertools
import re

import pytz

from call_status_tools.loading import words
from call_status_tools.loading.sql import literal

# Ours → what else a heading may say, with `_` between words; the likeliest first.
_NUMBERS = "phone_number business_number telephone_number telephone phone did ddi"
OTHER_NAMES = {
    "phone_numbers": {
        "number": _NUMBERS,
        "name": "number_name label friendly_name description",
        "team": "department group",
        "country": "country_code iso_country",
        "time_zone": "timezone tz",
        "has_after_hours_message": "after_hours_message after_hours out_of_hours_message",
    },
    "agents": {
        "agent_id": "agent user_id id",
        "name": "agent_name full_name",
        "team": "department group",
        "is_active": "active enabled",
    },
    "business_hours": {
        "business_number": f"number {_NUMBERS.replace('business_number ', '')}",
        "weekday": "day_of_week day dow",
        "date": "on_date special_day holiday",
        "opens_at": "opens open opening opening_time open_time from start",
        "closes_at": "closes close closing closing_time close_time to until end",
    },
}
CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
MIDNIGHT = r"24:00(:00(\.0+)?)?"
# What spreadsheets and programs make of a number when they take it for a quantity.
QUANTITY = r"\d+(\.\d+)?[eE]\+?\d+|\d+\.0"


@functools.cache
def headings(table: str) -> frozenset[str]:
    """Every heading that means something, in lower case, with blanks, dashes or nothing between its words as well."""
    names = {name for ours, others in OTHER_NAMES.get(table, {}).items() for name in [ours, *others.split()]}
    found = set()
    for words_of_name in (name.split("_") for name in names):
        for between in itertools.product(("_", " ", "-", ""), repeat=len(words_of_name) - 1):
            found.add("".join(itertools.chain(*zip(words_of_name, [*between, ""]))))
    return frozenset(found)


def usual_names(table: str, found: tuple[str, ...], said: dict[str, list[str]]) -> dict[str, list[str]]:
    """Ours → the heading of the file that says it, where it is another one. `said`: what a mapping says already."""
    by_name = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(found)}
    names = {}
    for ours, others in OTHER_NAMES.get(table, {}).items():
        if ours not in said and ours not in (name.strip().lower() for name in found):
            spelled = (name.replace("_", "") for name in [ours, *others.split()])
            theirs = next((by_name[name] for name in spelled if name in by_name), None)
            names |= {ours: [theirs]} if theirs else {}
    return names


@functools.cache
def refusals(table: str) -> list[tuple[str, str]]:
    """(SQL of a row that is wrong, why), in the order in which they are asked; none for tables of events."""
    truth = words.macro("sources/firm.sql", "truth_words")

    def is_missing(name: str) -> tuple[str, str]:
        return (f"{name} is null", f"{name} is missing")

    def is_quantity(name: str) -> tuple[str, str]:
        why = f"{name} was rounded or counted as a quantity; format the column as text"
        return (f"regexp_full_match({name}, {literal(QUANTITY)})", why)

    def is_no(name: str, what: str, values: list[str], spelled: str = "{}") -> tuple[str, str]:
        return (f"{spelled.format(name)} not in ({', '.join(map(literal, values))})", f"{name} is {what}")

    def is_no_truth(name: str) -> tuple[str, str]:
        return is_no(name, "neither true nor false", truth["yes"] + truth["no"], "lower({})")

    def is_no_clock(name: str, pattern: str) -> tuple[str, str]:
        return (f"not regexp_full_match({name}, {literal(pattern)})", f"{name} is not written like 09:00 or 17:30")

    def is_doubled(name: str, others: list[str]) -> tuple[str, str]:
        row = f"cast(row({', '.join(others)}) as varchar)"
        return (
            f"min({row}) over (partition by {name}) <> max({row}) over (partition by {name})",
            f"{name} comes more than once, and the rows differ",
        )

    if table == "phone_numbers":
        countries = words.macro("sources/firm.sql", "country_codes")
        return [
            is_missing("number"),
            is_quantity("number"),
            is_no("country", "not the two letters of a country, such as GB", countries, "upper({})"),
            is_no("time_zone", "not the name of a time zone, such as Europe/London", pytz.all_timezones),
            is_no_truth("has_after_hours_message"),
            is_doubled("number", ["name", "team", "country", "time_zone", "has_after_hours_message"]),
        ]
    if table == "agents":
        return [
            is_missing("agent_id"),
            is_no_truth("is_active"),
            is_doubled("agent_id", ["name", "team", "is_active"]),
        ]
    if table == "business_hours":
        days = "over (partition by business_number, weekday, date)"
        return [
            is_quantity("business_number"),
            ("weekday is null and date is null", "there is neither a weekday nor a date"),
            ("weekday is not null and date is not null", "there are a weekday and a date; a row is of one of them"),
            (
                "weekday is not null and coalesce(try_cast(weekday as double) not in (1, 2, 3, 4, 5, 6, 7), true)",
                "weekday is not 1 (Monday) to 7 (Sunday)",
            ),
            is_no_clock("opens_at", CLOCK),
            is_no_clock("closes_at", f"{CLOCK}|{MIDNIGHT}"),
            (
                "(opens_at is null) <> (closes_at is null)",
                "there is only one of opens_at and closes_at; leave both empty for a day that is closed",
            ),
            (f"count(opens_at) {days} not in (0, count(*) {days})", "the same day is also closed all day"),
        ]
    return []
