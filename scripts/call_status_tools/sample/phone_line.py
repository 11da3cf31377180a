"""The made-up firm behind the sample: its numbers, queues, agents, office hours, and how its events reach the warehouse.

| class | is |
|---|---|
| `PhoneLine` | the firm, its customers, and the rows of each load |
| `Call` | one call while it happens: the scenarios of incoming.py and outgoing.py tell it what happens next |

Times are whole milliseconds since the first midnight (UTC), unless a name says otherwise. All telephone numbers come
from ranges reserved for fiction.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

# Positions in a row, whose values are in the order of files.COLUMNS.
EVENT_ID, CALL_ID, DIRECTION, EVENT_TYPE, OCCURRED_AT, LOADED_AT = 0, 2, 4, 5, 6, 7

Leg = tuple[str, str]  # a leg id and an agent; either may be empty
Cause = tuple[str, str]  # a scheme and a code
Row = tuple[str, ...]  # an event; an empty text is a null
Scenario = Callable[["Call"], None]  # lets one call happen

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
CLOCK = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86400)]
LAST_MORNING_HOUR = 10  # the last load takes what happened before 10:00 UTC, 11:00 or 12:00 in Berlin

REPEATED = 0.010  # share of rows delivered a second time
LATE = 0.002  # share of rows that come days late
LOST_END_EVERY, UNDIRECTED_EVERY = 90, 60  # one call in so many

QUEUES = ("support", "support", "support", "sales", "sales", "billing")
BERLIN, LONDON, NEW_YORK = "+493023125001", "+442079460001", "+12125550101"
BUSINESS_NUMBERS = (BERLIN, BERLIN, BERLIN, LONDON, LONDON, NEW_YORK, NEW_YORK, NEW_YORK, NEW_YORK)
CUSTOMER_RANGES = (  # prefix, digits of the subscriber part; all reserved for fiction by the country's regulator
    "+493023125",
    "+496990009",
    "+494066969",
    "+498999998",
    "+493023125",
    "+496990009",
    "+494066969",
    "+447700900",
    "+442079460",
    "+441614960",
)

WEEKDAY_SHARE = {8: 7, 9: 11, 10: 13, 11: 12, 12: 8, 13: 9, 14: 12, 15: 12, 16: 10, 17: 6}  # % of a day, by hour
SATURDAY_SHARE = {9: 8, 10: 9, 11: 8, 12: 6}


def berlin_time(utc: datetime) -> datetime:
    """Berlin's clock by the EU rule (summer: last Sundays of March and October, 01:00 UTC); needs no time zone data."""

    def last_sunday(month):
        last = datetime(utc.year, month, 31, 1)
        return last - timedelta(days=(last.weekday() + 1) % 7)

    is_summer = last_sunday(3) <= utc < last_sunday(10)
    return utc + timedelta(hours=2 if is_summer else 1)


def share_of_day(local: datetime) -> tuple[float, bool]:
    """How much of a working day's calls falls into this hour of Berlin's clock, in percent; whether the office is open."""
    office = {5: SATURDAY_SHARE, 6: {}}.get(local.weekday(), WEEKDAY_SHARE)
    if local.hour in office:
        return office[local.hour], True
    return (0.8 if 7 <= local.hour <= 21 else 0.1), False


class PhoneLine:
    """The firm, and the rows that each load of its events brings.

    `start` is the first day, `days` the number of whole days; a morning follows. `calls_per_day` is of a working day.
    `render` turns a Row into what the rows are kept as. `clean`: no row is delivered twice, none is broken.
    """

    def __init__(
        self, seed: int, start: date, days: int, calls_per_day: int, render: Callable[[Row], object], clean: bool
    ):
        self.rnd = rnd = random.Random(seed).random
        self.start, self.calls_per_day, self.render, self.clean = start, calls_per_day, render, clean
        self.last_load = days * 24 + LAST_MORNING_HOUR
        self.dates = [str(start + timedelta(days=d)) for d in range(days + 45)]  # more: some clocks are ahead
        self.loaded_at = [
            self.timestamp(load * HOUR + int((60 + 220 * rnd()) * SECOND)) for load in range(self.last_load + 1)
        ]
        self.rows: dict[int, list] = defaultdict(list)  # load number → the rows it will bring
        self.agents = [f"agent-{n:02}" for n in range(1, max(8, calls_per_day // 10) + 1)]
        self.customers = self.some_customers(min(6000, max(50, days * calls_per_day // 3)))
        self.calls = 0

    def some_customers(self, wanted: int) -> list[str]:
        ranges = len(CUSTOMER_RANGES)
        # Numbers below 100 of each range are left to the business itself.
        return [f"{CUSTOMER_RANGES[n % ranges]}{100 + n * 7 // ranges % 900:03}" for n in range(wanted)]

    def timestamp(self, moment: int) -> str:
        """A moment as text, to the millisecond."""
        day, rest = divmod(moment, DAY)
        return f"{self.dates[day]} {CLOCK[rest // SECOND]}.{rest % SECOND:03}"


class Call:
    """One call while it happens. `moment` is its now; `is_orderly`: each event comes once, with its own load."""

    __slots__ = (
        "line",
        "rnd",
        "direction",
        "moment",
        "number",
        "call_id",
        "is_orderly",
        "events",
        "legs",
        "first_agent",
        "has_leg_ids",
        "undirected",
        "loses_end",
        "customer_number",
        "business_number",
        "queue",
        "last_row",
        "last_load",
    )

    def __init__(self, line: PhoneLine, direction: str, moment: int, is_orderly: bool = False):
        self.line, self.direction, self.moment, self.is_orderly = line, direction, moment, is_orderly
        self.rnd = rnd = line.rnd
        line.calls = self.number = number = line.calls + 1
        self.call_id = f"c{number:07}"
        self.events = self.legs = 0
        self.first_agent = int(rnd() * len(line.agents))
        self.has_leg_ids = number % 9 != 0  # some platforms send none; then the agent stands for the leg
        # Sometimes the platform learns only after its first event which way a call goes.
        self.undirected = 1 if number % UNDIRECTED_EVERY == 7 else 0
        self.loses_end = number % LOST_END_EVERY == 50
        luck = rnd()
        self.customer_number = line.customers[int(luck * luck * len(line.customers))]  # a few call often
        if direction == "incoming" and luck > 0.96:
            self.customer_number = ""  # withheld
        self.business_number = BUSINESS_NUMBERS[int(rnd() * len(BUSINESS_NUMBERS))]
        self.queue = ""

    def chance(self, probability: float) -> bool:
        return self.rnd() < probability

    def wait(self, least: float, most: float) -> None:
        """Some seconds pass."""
        self.moment += int((least + (most - least) * self.rnd()) * SECOND)

    def talk(self) -> None:
        luck = self.rnd()
        self.moment += int((20 + 900 * luck * luck) * SECOND)  # mostly short, sometimes a quarter of an hour

    def new_leg(self) -> Leg:
        """Each leg of a call is another agent."""
        self.legs += 1
        agents = self.line.agents
        leg_id = f"{self.call_id}-l{self.legs}" if self.has_leg_ids else ""
        return leg_id, agents[(self.first_agent + self.legs) % len(agents)]

    def event(
        self,
        event_type: str,
        leg: Leg = ("", ""),
        party: str | None = None,
        reason: str = "",
        cause: Cause = ("", ""),
        seconds: str = "",
        attributes: str = "",
        numbers: tuple[str, str] = ("", ""),  # the customer's, the business's
        queue: str = "",
        direction: str | None = None,
        days_late: int = 0,
    ) -> None:
        """Something happens now: write the row into the load that will bring it.

        Without a `direction` the event has the call's own, without a `party` the one that such an event has.
        """
        line, moment = self.line, self.moment
        self.events = n = self.events + 1
        load = moment // HOUR + 1
        luck = 1.0
        if not self.is_orderly:
            luck = self.rnd()
            if days_late or luck > 1 - LATE:
                load += (days_late or 1 + int(9 * self.rnd())) * 24 + int(12 * self.rnd())
        if direction is None:
            direction = self.direction if n > self.undirected else ""
        if party is None:
            party = PARTIES.get(event_type, "system")
        day, rest = divmod(moment, DAY)
        row = (
            f"{self.call_id}-{n}",
            "canonical",
            self.call_id,
            leg[0],
            direction,
            event_type,
            f"{line.dates[day]} {CLOCK[rest // SECOND]}.{rest % SECOND:03}",
            line.loaded_at[load] if load <= line.last_load else "",
            party,
            leg[1],
            numbers[0],
            numbers[1],
            queue,
            reason,
            cause[0],
            cause[1],
            seconds,
            attributes,
        )
        self.last_row, self.last_load = row, load
        if load > line.last_load:
            return  # a later load will bring it; the sample ends before
        line.rows[load].append(line.render(row))
        if luck < REPEATED:
            self.deliver_again(row, load)

    def deliver_again(self, row: Row, load: int) -> None:
        """At-least-once delivery: the same event in the same load again, in the next one, or a day or more later."""
        line, luck = self.line, self.rnd()
        if luck > 0.5:
            load += 1 if luck < 0.8 else 24 * (1 + int(3 * self.rnd()))
        if load <= line.last_load and not line.clean:  # asked last: the same calls, clean or not
            line.rows[load].append(line.render((*row[:LOADED_AT], line.loaded_at[load], *row[LOADED_AT + 1 :])))

    def ended(self, by: str) -> None:
        if not self.loses_end:
            self.event("call_ended", party=by)

    def ended_by_someone(self) -> None:
        self.ended("customer" if self.chance(0.6) else "agent")


PARTIES = {
    "ivr_input": "customer",
    "voicemail_left": "customer",
    "customer_answered": "customer",
    "customer_rejected": "customer",
    "agent_answered": "agent",
    "agent_rejected": "agent",
    "transferred": "agent",
}
