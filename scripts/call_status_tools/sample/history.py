"""What happens on the line, hour by hour: which calls come, which rows each load brings, and which of them are broken."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from call_status_tools.sample import incoming, outgoing
from call_status_tools.sample.phone_line import (
    CALL_ID,
    DAY,
    DIRECTION,
    EVENT_ID,
    EVENT_TYPE,
    HOUR,
    LOADED_AT,
    OCCURRED_AT,
    SECOND,
    Call,
    PhoneLine,
    Scenario,
    berlin_time,
    share_of_day,
)

Breakage = Callable[[PhoneLine, Call, list[str]], None]

BROKEN_EVERY = 40  # one call in so many

# In order of their start, ten minutes before the end and every 25 seconds. The one without a direction was seen by
# the platform, but it did not say yet which way it goes.
IN_PROGRESS = (
    ("incoming", incoming.open_connected),
    ("outgoing", outgoing.open_outgoing_connected),
    ("incoming", incoming.open_connected),
    ("incoming", incoming.open_in_queue),
    ("incoming", incoming.open_at_voicemail),
    ("incoming", incoming.open_while_ringing),
    ("incoming", incoming.open_in_queue),
    ("outgoing", outgoing.dial_until_it_rings),
    ("incoming", incoming.open_in_menu),
    ("incoming", incoming.open_in_welcome),
    ("", incoming.arrive),
    ("outgoing", outgoing.dial),
    ("incoming", incoming.arrive),
)


class Deck:
    """Deals scenarios in exact proportions, shuffled: even a rare one comes up once per deck."""

    def __init__(self, rnd: Callable[[], float], weights: dict):
        self.rnd = rnd
        self.cards = [scenario for scenario, weight in weights.items() for _ in range(weight)]
        self.left = 0

    def deal(self) -> Any:
        cards = self.cards
        if not self.left:
            self.left = len(cards)
        # One step of a Fisher-Yates shuffle: the card drawn trades places with the last one still in the deck.
        drawn = int(self.rnd() * self.left)
        self.left -= 1
        cards[drawn], cards[self.left] = cards[self.left], cards[drawn]
        return cards[self.left]


class History:
    """The calls of a line, from its first hour to its last load. Can be told once: the line changes as it goes on."""

    def __init__(self, line: PhoneLine):
        self.line, self.broken = line, 0
        self.incoming = Deck(line.rnd, incoming.INCOMING)
        self.after_hours = Deck(line.rnd, incoming.AFTER_HOURS)
        self.outgoing = Deck(line.rnd, outgoing.OUTGOING)
        self.directions = Deck(line.rnd, {"incoming": 58, "outgoing": 38, "internal": 4})

    def loads(self) -> Iterator[list]:
        """The rows of each load, in the order of loads."""
        for hour in range(self.line.last_load):
            for call, scenario in self.calls_of_hour(hour):
                scenario(call)
                if not self.line.clean:
                    self.perhaps_break(call)
            # Calls of later hours can add nothing before their own hour is over, so this load is complete.
            yield self.line.rows.pop(hour + 1, [])

    def calls_of_hour(self, hour: int) -> Iterator[tuple[Call, Scenario]]:
        line, rnd = self.line, self.line.rnd
        local = berlin_time(datetime(line.start.year, line.start.month, line.start.day) + timedelta(hours=hour))
        share, is_open = share_of_day(local)
        number_of_calls = int(line.calls_per_day * share / 100 + rnd())
        for n in range(number_of_calls):
            moment = hour * HOUR + int((n + rnd()) * HOUR / number_of_calls)
            direction = self.directions.deal() if is_open else "incoming"
            if direction == "outgoing":
                scenario = self.outgoing.deal()
            elif direction == "internal":
                scenario = outgoing.colleague_calls_colleague
            else:
                scenario = (self.incoming if is_open else self.after_hours).deal()
            yield Call(line, direction, moment), scenario
        yield from self.staged_calls(hour)

    def staged_calls(self, hour: int) -> Iterator[tuple[Call, Scenario]]:
        """Calls that chance would rarely bring: one across midnight now and then, and those in progress at the end."""
        if hour % 24 == 23 and hour // 24 % 5 == 2:
            yield Call(self.line, "incoming", hour * HOUR + (59 * 60 + 15) * SECOND), incoming.emergency_across_midnight
        if hour == self.line.last_load - 15:
            yield Call(self.line, "incoming", hour * HOUR + 7 * 60 * SECOND, is_orderly=True), incoming.open_after_hours
        if hour == self.line.last_load - 1:
            for n, (direction, scenario) in enumerate(IN_PROGRESS):
                moment = (hour + 1) * HOUR - (600 - 25 * n) * SECOND
                yield Call(self.line, direction, moment, is_orderly=True), scenario

    def perhaps_break(self, call: Call) -> None:
        """Add a broken copy of the call's last row. It is a row more: the call itself stays whole."""
        if call.number % BROKEN_EVERY or call.direction == "internal" or call.last_load > self.line.last_load:
            return
        row = list(call.last_row)
        row[EVENT_ID] += "x"
        row[DIRECTION] = call.direction
        BREAKAGES[self.broken % len(BREAKAGES)](self.line, call, row)
        self.broken += 1
        self.line.rows[call.last_load].append(self.line.render(row))


# ---------------------------------------------------------------------------------------------------------------------
# Broken rows: each function spoils one row; together they are every kind that a typed table can hold
# ---------------------------------------------------------------------------------------------------------------------


def without(column: int) -> Breakage:
    def spoil(line: PhoneLine, call: Call, row: list[str]) -> None:
        row[column] = ""

    return spoil


def with_an_unknown_type(line: PhoneLine, call: Call, row: list[str]) -> None:
    row[EVENT_TYPE] = "agent_wrap_up"


def with_an_unknown_direction(line: PhoneLine, call: Call, row: list[str]) -> None:
    row[DIRECTION] = "sideways"


def with_a_type_of_the_other_direction(line: PhoneLine, call: Call, row: list[str]) -> None:
    row[EVENT_TYPE] = "customer_ringing" if call.direction == "incoming" else "voicemail_started"


def from_the_future(line: PhoneLine, call: Call, row: list[str]) -> None:
    """The sender's clock is a month ahead."""
    row[OCCURRED_AT] = line.timestamp(call.moment + 30 * DAY)


def before_any_time(line: PhoneLine, call: Call, row: list[str]) -> None:
    """The sender's clock was never set."""
    row[OCCURRED_AT] = "1970-01-01 00:00:00.000"


BREAKAGES: tuple[Breakage, ...] = (
    without(EVENT_ID),
    without(CALL_ID),
    without(OCCURRED_AT),
    without(LOADED_AT),
    with_an_unknown_type,
    without(EVENT_TYPE),
    with_an_unknown_direction,
    with_a_type_of_the_other_direction,
    from_the_future,
    before_any_time,
)
