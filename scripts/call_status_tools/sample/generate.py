"""Generate canonical raw call events of a plausible support line.

    benchmarks/generate-events --out calls.csv
    benchmarks/generate-events --out calls.parquet --calls-per-day 100000 --clean
    benchmarks/generate-events --out calls.ndjson.gz --seed 7 --days 60 --start 2026-01-05

The line has three business numbers, three queues and at least eight agents. Its office hours are those of Berlin:
Monday to Friday 08:00-18:00, Saturday 09:00-13:00, Sunday closed; every time in the file is UTC. All telephone numbers
come from ranges reserved for fiction.

The events arrive as from an hourly export, a few minutes after the hour, and the rows of the file are in load order.
The data cover --days whole days (UTC) and then the morning after, up to 10:00 UTC: a warehouse is looked at on a
working morning, with calls in progress. Whatever a later load would have brought is not there yet. Set `as_of` to
10:05 UTC of that morning; every load has happened by then.

As in real life, about one row in a hundred is delivered twice, a few rows come days late, some calls never get their
`call_ended`, and a few rows are broken, in every way that a typed table can hold. --clean leaves out the repeated and
the broken rows, nothing else: the calls stay the same, with their late rows and missing ends.

Every status rule and reason of both directions occurs in the default output. The same arguments give the same bytes:
chance is drawn from `random.random()` alone, the only generator that Python promises not to change.

The bundled sample
------------------
    benchmarks/generate-events --seed 1 --days 14 --start 2026-03-02 --calls-per-day 85 \\
        --out seeds/sample/sample_call_events.csv --unreadable seeds/sample/sample_call_events_unreadable.csv

Its end, for `as_of`, is 2026-03-16 10:05:00.
"""

import argparse
import contextlib
import csv
import gzip
import io
import json
import random
import sys
import tempfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

COLUMNS = {
    "event_id": "VARCHAR",
    "source_system": "VARCHAR",
    "call_id": "VARCHAR",
    "leg_id": "VARCHAR",
    "direction": "VARCHAR",
    "event_type": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "loaded_at": "TIMESTAMP",
    "party": "VARCHAR",
    "agent_id": "VARCHAR",
    "customer_number": "VARCHAR",
    "business_number": "VARCHAR",
    "queue": "VARCHAR",
    "reason": "VARCHAR",
    "cause_scheme": "VARCHAR",
    "cause_code": "VARCHAR",
    "seconds": "DOUBLE",
    "attributes": "VARCHAR",
}
EVENT_ID, CALL_ID, DIRECTION, EVENT_TYPE, OCCURRED_AT, LOADED_AT = 0, 2, 4, 5, 6, 7  # positions in a row

SECOND = 1000  # times are whole milliseconds since the first midnight (UTC)
HOUR = 3600 * SECOND
DAY = 24 * HOUR
CLOCK = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86400)]
LAST_MORNING_HOUR = 10  # the last load takes what happened before 10:00 UTC, 11:00 or 12:00 in Berlin

REPEATED = 0.010  # share of rows delivered a second time
LATE = 0.002  # share of rows that come days late
BROKEN_EVERY, LOST_END_EVERY, UNDIRECTED_EVERY = 40, 90, 60  # one call in so many


# ---------------------------------------------------------------------------------------------------------------------
# The line: who calls, when, and how its events reach the warehouse
# ---------------------------------------------------------------------------------------------------------------------

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


def berlin_time(utc):
    """Berlin's clock by the EU rule (summer: last Sundays of March and October, 01:00 UTC); needs no time zone data."""

    def last_sunday(month):
        last = datetime(utc.year, month, 31, 1)
        return last - timedelta(days=(last.weekday() + 1) % 7)

    is_summer = last_sunday(3) <= utc < last_sunday(10)
    return utc + timedelta(hours=2 if is_summer else 1)


def share_of_day(local):
    """How much of a working day's calls falls into this hour, in percent, and whether the office is open."""
    office = {5: SATURDAY_SHARE, 6: {}}.get(local.weekday(), WEEKDAY_SHARE)
    if local.hour in office:
        return office[local.hour], True
    return (0.8 if 7 <= local.hour <= 21 else 0.1), False


class Deck:
    """Deals scenarios in exact proportions, shuffled: even a rare one comes up once per deck."""

    def __init__(self, rnd, weights):
        self.rnd = rnd
        self.cards = [scenario for scenario, weight in weights.items() for _ in range(weight)]
        self.left = 0

    def deal(self):
        cards = self.cards
        if not self.left:
            self.left = len(cards)
        # One step of a Fisher-Yates shuffle: the card drawn trades places with the last one still in the deck.
        drawn = int(self.rnd() * self.left)
        self.left -= 1
        cards[drawn], cards[self.left] = cards[self.left], cards[drawn]
        return cards[self.left]


class PhoneLine:
    def __init__(self, seed, start, days, calls_per_day, render, clean):
        self.rnd = rnd = random.Random(seed).random
        self.start, self.calls_per_day, self.render, self.clean = start, calls_per_day, render, clean
        self.last_load = days * 24 + LAST_MORNING_HOUR
        self.dates = [str(start + timedelta(days=d)) for d in range(days + 45)]  # more: some clocks are ahead
        self.loaded_at = [
            self.timestamp(load * HOUR + int((60 + 220 * rnd()) * SECOND)) for load in range(self.last_load + 1)
        ]
        self.rows = defaultdict(list)  # load number -> the rows it will bring
        self.agents = [f"agent-{n:02}" for n in range(1, max(8, calls_per_day // 10) + 1)]
        self.customers = self.some_customers(min(6000, max(50, days * calls_per_day // 3)))
        self.calls = self.broken = 0

        self.incoming = Deck(rnd, INCOMING)
        self.after_hours = Deck(rnd, AFTER_HOURS)
        self.outgoing = Deck(rnd, OUTGOING)
        self.directions = Deck(rnd, {"incoming": 58, "outgoing": 38, "internal": 4})

    def some_customers(self, wanted):
        ranges = len(CUSTOMER_RANGES)
        # Numbers below 100 of each range are left to the business itself.
        return [f"{CUSTOMER_RANGES[n % ranges]}{100 + n * 7 // ranges % 900:03}" for n in range(wanted)]

    def timestamp(self, moment):
        day, rest = divmod(moment, DAY)
        return f"{self.dates[day]} {CLOCK[rest // SECOND]}.{rest % SECOND:03}"

    def loads(self):
        """The rows of each load, in the order of loads."""
        for hour in range(self.last_load):
            for call, scenario in self.calls_of_hour(hour):
                scenario(call)
                if not self.clean:
                    self.perhaps_break(call)
            # Calls of later hours can add nothing before their own hour is over, so this load is complete.
            yield self.rows.pop(hour + 1, [])

    def calls_of_hour(self, hour):
        rnd = self.rnd
        local = berlin_time(datetime(self.start.year, self.start.month, self.start.day) + timedelta(hours=hour))
        share, is_open = share_of_day(local)
        number_of_calls = int(self.calls_per_day * share / 100 + rnd())
        for n in range(number_of_calls):
            moment = hour * HOUR + int((n + rnd()) * HOUR / number_of_calls)
            direction = self.directions.deal() if is_open else "incoming"
            if direction == "outgoing":
                scenario = self.outgoing.deal()
            elif direction == "internal":
                scenario = colleague_calls_colleague
            else:
                scenario = (self.incoming if is_open else self.after_hours).deal()
            yield Call(self, direction, moment), scenario
        yield from self.staged_calls(hour)

    def staged_calls(self, hour):
        """Calls that chance would rarely bring: one across midnight now and then, and those in progress at the end."""
        if hour % 24 == 23 and hour // 24 % 5 == 2:
            yield Call(self, "incoming", hour * HOUR + (59 * 60 + 15) * SECOND), emergency_across_midnight
        if hour == self.last_load - 15:
            yield Call(self, "incoming", hour * HOUR + 7 * 60 * SECOND, is_orderly=True), open_after_hours
        if hour == self.last_load - 1:
            for n, (direction, scenario) in enumerate(IN_PROGRESS):
                moment = (hour + 1) * HOUR - (600 - 25 * n) * SECOND
                yield Call(self, direction, moment, is_orderly=True), scenario

    def perhaps_break(self, call):
        """Add a broken copy of the call's last row. It is a row more: the call itself stays whole."""
        if call.number % BROKEN_EVERY or call.direction == "internal" or call.last_load > self.last_load:
            return
        row = list(call.last_row)
        row[EVENT_ID] += "x"
        row[DIRECTION] = call.direction
        BREAKAGES[self.broken % len(BREAKAGES)](self, call, row)
        self.broken += 1
        self.rows[call.last_load].append(self.render(row))


class Call:
    """One call while it happens. The scenarios below tell it what happens next."""

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

    def __init__(self, line, direction, moment, is_orderly=False):
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

    def chance(self, probability):
        return self.rnd() < probability

    def wait(self, least, most):
        self.moment += int((least + (most - least) * self.rnd()) * SECOND)

    def talk(self):
        luck = self.rnd()
        self.moment += int((20 + 900 * luck * luck) * SECOND)  # mostly short, sometimes a quarter of an hour

    def new_leg(self):
        """A leg is a leg id and an agent; each leg of a call is another agent."""
        self.legs += 1
        agents = self.line.agents
        leg_id = f"{self.call_id}-l{self.legs}" if self.has_leg_ids else ""
        return leg_id, agents[(self.first_agent + self.legs) % len(agents)]

    def event(
        self,
        event_type,
        leg=("", ""),
        party=None,
        reason="",
        cause=("", ""),
        seconds="",
        attributes="",
        numbers=("", ""),
        queue="",
        direction=None,
        days_late=0,
    ):
        """Something happens now: write the row into the load that will bring it."""
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

    def deliver_again(self, row, load):
        """At-least-once delivery: the same event in the same load again, in the next one, or a day or more later."""
        line, luck = self.line, self.rnd()
        if luck > 0.5:
            load += 1 if luck < 0.8 else 24 * (1 + int(3 * self.rnd()))
        if load <= line.last_load and not line.clean:  # asked last: the same calls, clean or not
            line.rows[load].append(line.render((*row[:LOADED_AT], line.loaded_at[load], *row[LOADED_AT + 1 :])))

    def ended(self, by):
        if not self.loses_end:
            self.event("call_ended", party=by)

    def ended_by_someone(self):
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


# ---------------------------------------------------------------------------------------------------------------------
# What incoming calls are made of
# ---------------------------------------------------------------------------------------------------------------------


def arrive(call, direction=None):
    attributes = f'{{"trunk":"sip-{1 + call.number % 2}"}}' if call.number % 3 == 0 else ""
    numbers = (call.customer_number, call.business_number)
    call.event("call_started", party="customer", numbers=numbers, attributes=attributes, direction=direction)
    call.wait(0.05, 0.6)


def welcome(call):
    call.event("welcome_started")
    call.wait(4, 7)
    call.event("welcome_ended")


def menu(call):
    call.event("ivr_started")
    call.wait(3, 14)
    key = 1 + int(3 * call.rnd())
    call.event("ivr_input", attributes=f'{{"ivr_key":"{key}"}}')
    call.wait(0.2, 1)
    call.event("ivr_ended")


def arrive_and_be_greeted(call):
    """Berlin has a welcome and a menu, London a welcome; New York puts callers straight through."""
    arrive(call)
    if call.business_number != NEW_YORK:
        welcome(call)
    if call.business_number == BERLIN:
        menu(call)


def join_queue(call):
    call.queue = QUEUES[int(call.rnd() * len(QUEUES))]
    position = f'{{"position":{1 + int(4 * call.rnd())}}}' if call.number % 2 else ""
    call.event("queue_joined", queue=call.queue, attributes=position)


def leave_queue(call, reason):
    call.event("queue_left", queue=call.queue, reason=reason)


def ring(call):
    leg = call.new_leg()
    call.event("agent_ringing", leg)
    return leg


def answer(call, leg):
    call.wait(2, 15)
    call.event("agent_answered", leg)


def reject(call, leg):
    call.wait(2, 10)
    call.event("agent_rejected", leg)


def ring_out(call, leg):
    call.wait(18, 25)
    call.event("agent_no_answer", leg)


def hear_greeting(call):
    call.wait(0.2, 1)
    call.event("voicemail_started")
    call.wait(5, 9)


def leave_message(call):
    hear_greeting(call)
    seconds = 3 + 70 * call.rnd()
    call.moment += int(seconds * SECOND)
    # Recordings are exported by another job, which now and then falls days behind.
    days_late = 1 + int(9 * call.rnd()) if call.chance(0.12) else 0
    call.event("voicemail_left", seconds=f"{seconds:.1f}", days_late=days_late)
    call.ended("customer")


# ---------------------------------------------------------------------------------------------------------------------
# Incoming calls in office hours
# ---------------------------------------------------------------------------------------------------------------------


def answered_directly(call):
    arrive_and_be_greeted(call)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_from_queue(call):
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(2, 90)
    answer(call, ring(call))
    leave_queue(call, "connected")
    call.talk()
    call.ended_by_someone()


def answered_by_one_of_several(call):
    """The team rings at once; whoever is fastest takes the call."""
    arrive_and_be_greeted(call)
    legs = [ring(call), ring(call), ring(call)][: 2 + call.number % 2]
    answer(call, legs[int(call.rnd() * len(legs))])
    call.talk()
    call.ended_by_someone()


def answered_after_rejection(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    call.wait(0.2, 1)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_by_the_second_agent(call):
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    call.wait(0.2, 1)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_and_transferred(call):
    """The first agent hands the call over; not every colleague picks up."""
    arrive_and_be_greeted(call)
    leg = ring(call)
    answer(call, leg)
    call.wait(20, 200)
    call.event("transferred", leg, attributes='{"kind":"blind"}')
    colleague = ring(call)
    if call.chance(0.7):
        answer(call, colleague)
        call.talk()
    else:
        ring_out(call, colleague)
    call.ended_by_someone()


def answered_and_gone(call):
    """The caller hangs up in the very moment of the answer."""
    arrive_and_be_greeted(call)
    answer(call, ring(call))
    call.ended("customer")


def answered_after_a_wrong_label(call):
    """The trunk first took the call for an outgoing one."""
    arrive(call, direction="outgoing")
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def hung_up_while_ringing(call):
    arrive_and_be_greeted(call)
    ring(call)
    call.wait(4, 18)
    call.ended("customer")


def nobody_picked_up(call):
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    call.ended("system")


def queue_gave_up_after_ringing(call):
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(5, 30)
    ring_out(call, ring(call))
    leave_queue(call, "timeout")
    call.ended("system")


def back_to_the_menu(call):
    """After a ring that nobody took the caller hears the menu again, and gives up."""
    arrive(call)
    menu(call)
    ring_out(call, ring(call))
    call.event("ivr_started")
    call.wait(2, 8)
    call.ended("customer")


def message_after_ringing(call):
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    leave_message(call)


def message_after_rejection(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    leave_message(call)


def greeting_but_no_message(call):
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    hear_greeting(call)
    call.ended("customer")


def empty_message(call):
    """The recorder ran, but the caller hung up at the tone."""
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    hear_greeting(call)
    call.event("voicemail_left", seconds="0.3")
    call.ended("customer")


def abandoned_in_queue(call):
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(10, 180)
    leave_queue(call, "abandoned")
    call.ended("customer")


def hung_up_in_queue(call):
    """Like the above, on a platform that does not report leaving the queue."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(10, 180)
    call.ended("customer")


def spam_rejected(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    call.ended("system")


def rejected_by_two(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    reject(call, ring(call))
    call.ended("system")


def rejected_then_greeting(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    hear_greeting(call)
    call.ended("customer")


def one_rejects_one_is_away(call):
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    ring_out(call, ring(call))
    call.ended("system")


def caller_on_block_list(call):
    arrive(call)
    call.event("caller_blocked", reason="block_list" if call.chance(0.7) else "spam_score")
    call.ended("system")


def number_suspended(call):
    arrive(call)
    call.event("number_unavailable", reason="suspended" if call.chance(0.5) else "unassigned")
    call.ended("system")


def everyone_offline(call):
    arrive_and_be_greeted(call)
    for reason in ("offline", "do-not-disturb"):
        call.event("agent_unavailable", call.new_leg(), reason=reason)
    call.wait(0.5, 2)
    call.ended("system")


def queue_without_agents(call):
    arrive_and_be_greeted(call)
    join_queue(call)
    leave_queue(call, "empty")
    call.ended("system")


def queue_full(call):
    arrive_and_be_greeted(call)
    join_queue(call)
    leave_queue(call, "full")
    call.ended("system")


def queue_timed_out(call):
    """Every agent was talking, so nobody was rung at all."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(240, 300)
    leave_queue(call, "timeout")
    call.ended("system")


def queue_key_pressed(call):
    """The caller presses a key to leave the queue, and the call ends there."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(20, 90)
    leave_queue(call, "key")
    call.ended("system")


def straight_to_greeting(call):
    arrive(call)
    welcome(call)
    hear_greeting(call)
    call.ended("customer")


def ended_in_menu(by):
    def scenario(call):
        arrive(call)
        welcome(call)
        call.event("ivr_started")
        call.wait(2, 20)
        call.ended(by)

    return scenario


def ended_in_welcome(by):
    def scenario(call):
        arrive(call)
        call.event("welcome_started")
        call.wait(1, 5)
        call.ended(by)

    return scenario


def nothing_but_start_and_end(call):
    arrive(call)
    call.wait(1, 4)
    call.ended("customer")


INCOMING = {
    answered_directly: 70,
    answered_from_queue: 100,
    answered_by_one_of_several: 42,
    answered_after_rejection: 18,
    answered_by_the_second_agent: 18,
    answered_and_transferred: 16,
    answered_and_gone: 2,
    answered_after_a_wrong_label: 2,
    hung_up_while_ringing: 22,
    nobody_picked_up: 10,
    queue_gave_up_after_ringing: 4,
    back_to_the_menu: 3,
    message_after_ringing: 16,
    message_after_rejection: 4,
    greeting_but_no_message: 7,
    empty_message: 2,
    abandoned_in_queue: 9,
    hung_up_in_queue: 4,
    spam_rejected: 6,
    rejected_by_two: 2,
    rejected_then_greeting: 2,
    one_rejects_one_is_away: 3,
    caller_on_block_list: 6,
    number_suspended: 3,
    everyone_offline: 3,
    queue_without_agents: 2,
    queue_full: 2,
    queue_timed_out: 2,
    queue_key_pressed: 2,
    straight_to_greeting: 2,
    ended_in_menu("customer"): 6,
    ended_in_menu("system"): 2,
    ended_in_menu(""): 2,
    ended_in_welcome("customer"): 5,
    ended_in_welcome("system"): 2,
    ended_in_welcome(""): 2,
    nothing_but_start_and_end: 2,
}


# ---------------------------------------------------------------------------------------------------------------------
# Incoming calls out of office hours
# ---------------------------------------------------------------------------------------------------------------------


def arrive_after_hours(call):
    arrive(call)
    if call.business_number == LONDON:
        welcome(call)
    call.event("after_hours_message_started")
    call.wait(3, 9)


def heard_after_hours_message(call):
    arrive_after_hours(call)
    call.ended("customer" if call.chance(0.6) else "system")


def message_after_hours(call):
    arrive_after_hours(call)
    leave_message(call)


def greeting_after_hours(call):
    arrive_after_hours(call)
    hear_greeting(call)
    call.ended("customer")


def forwarded_after_hours(call):
    arrive_after_hours(call)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def forwarded_in_vain(call):
    arrive_after_hours(call)
    ring_out(call, ring(call))
    call.ended("system")


def emergency_across_midnight(call):
    """Starts a minute before midnight; the forwarding target answers on the next day."""
    arrive_after_hours(call)
    call.event("agent_ringing")  # a forwarding target is nobody the platform knows: neither leg nor agent
    call.wait(45, 55)
    call.event("agent_answered")
    call.talk()
    call.ended("customer")


AFTER_HOURS = {
    heard_after_hours_message: 16,
    message_after_hours: 9,
    greeting_after_hours: 5,
    forwarded_after_hours: 3,
    forwarded_in_vain: 2,
    caller_on_block_list: 1,
}


# ---------------------------------------------------------------------------------------------------------------------
# Outgoing calls
# ---------------------------------------------------------------------------------------------------------------------

BUSY = (("sip", "486"), ("q850", "17"))
NOT_IN_SERVICE = (("q850", "1"), ("sip", "404"))
NETWORK_FAILURE = (("sip", "503"), ("q850", "38"), ("q850", "41"))
NO_ANSWER = (("q850", "19"), ("sip", "480"))
DECLINED = (("sip", "603"), ("q850", "21"))


def one_of(call, causes):
    return causes[int(call.rnd() * len(causes))]


def dial(call):
    """With click-to-call the agent's own phone rings first; otherwise the agent dials from the desk."""
    leg = call.new_leg()
    numbers = (call.customer_number, call.business_number)
    call.event("call_started", ("", leg[1]), party="agent", numbers=numbers)
    if call.number % 5 < 2:
        call.event("agent_ringing", leg, attributes='{"click_to_call":true}')
        call.wait(1, 5)
        call.event("agent_answered", leg)
    call.wait(0.8, 3)
    return leg


def dial_until_it_rings(call):
    leg = dial(call)
    to_customer(call, "customer_ringing")
    return leg


def to_customer(call, event_type, **details):
    call.event(event_type, (f"{call.call_id}-c", "") if call.has_leg_ids else ("", ""), **details)


def customer_picks_up(call, reason):
    call.wait(3, 22)
    to_customer(call, "customer_answered", reason=reason)


def reached_customer(call):
    dial_until_it_rings(call)
    customer_picks_up(call, "human" if call.chance(0.4) else "")  # not every platform listens for machines
    call.talk()
    call.ended_by_someone()


def reached_customer_and_transferred(call):
    leg = dial_until_it_rings(call)
    customer_picks_up(call, "human")
    call.wait(20, 200)
    call.event("transferred", leg)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def reached_machine(call):
    dial_until_it_rings(call)
    customer_picks_up(call, "machine")
    call.wait(5, 40)
    call.ended("agent")


def rang_out(call):
    dial_until_it_rings(call)
    call.wait(30, 45)
    to_customer(call, "dial_timeout", cause=one_of(call, NO_ANSWER))
    call.ended("system")


def declined(call):
    dial_until_it_rings(call)
    call.wait(2, 15)
    to_customer(call, "customer_rejected", cause=one_of(call, DECLINED))
    call.ended("customer")


def customer_cut_it_off(call):
    """The carrier reports no decline, only that the customer's side ended the call."""
    dial_until_it_rings(call)
    call.wait(2, 15)
    call.ended("customer")


def busy(call):
    dial(call)
    to_customer(call, "dial_failed", reason="number_busy", cause=one_of(call, BUSY))
    call.wait(0.1, 2)
    call.ended("system")


def busy_and_agent_hangs_up(call):
    dial(call)
    to_customer(call, "dial_failed", reason="number_busy", cause=one_of(call, BUSY))
    call.wait(2, 6)
    call.ended("agent")


def not_in_service(call):
    dial(call)
    to_customer(call, "dial_failed", reason="not_in_service", cause=one_of(call, NOT_IN_SERVICE))
    call.wait(0.1, 2)
    call.ended("system")


def agent_changed_their_mind(call):
    (dial_until_it_rings if call.chance(0.7) else dial)(call)
    call.wait(1, 12)
    call.ended("agent")


def agent_gone_before_the_failure(call):
    """The network's report arrives when the agent has hung up already."""
    dial(call)
    call.wait(1, 4)
    call.ended("agent")
    call.wait(0.2, 1.5)
    to_customer(call, "dial_failed", reason="request_terminated", cause=("sip", "487"))


def network_failed(call):
    dial(call)
    to_customer(call, "dial_failed", reason="network_error", cause=one_of(call, NETWORK_FAILURE))
    call.ended("system")


def country_restricted(call):
    dial(call)
    call.event("dial_blocked", reason="country_restricted")
    call.ended("system")


def out_of_credit(call):
    dial(call)
    call.event("dial_blocked", reason="out_of_credit")
    call.ended("system")


def rang_and_nothing_more(call):
    dial_until_it_rings(call)
    call.wait(10, 40)
    call.ended("system")


def never_got_out(call):
    dial(call)
    call.ended("system")


OUTGOING = {
    reached_customer: 150,
    reached_customer_and_transferred: 6,
    reached_machine: 24,
    rang_out: 45,
    declined: 14,
    customer_cut_it_off: 8,
    busy: 14,
    busy_and_agent_hangs_up: 2,
    not_in_service: 9,
    agent_changed_their_mind: 12,
    agent_gone_before_the_failure: 2,
    network_failed: 6,
    country_restricted: 4,
    out_of_credit: 2,
    rang_and_nothing_more: 3,
    never_got_out: 3,
}


# ---------------------------------------------------------------------------------------------------------------------
# Internal calls, and the calls in progress when the data end
# ---------------------------------------------------------------------------------------------------------------------


def colleague_calls_colleague(call):
    _, caller = call.new_leg()
    call.event("call_started", ("", caller), party="agent")
    leg = ring(call)
    if call.chance(0.8):
        answer(call, leg)
        call.talk()
    else:
        call.wait(5, 20)
    call.ended("agent")


def open_after_hours(call):
    """Last evening's call whose end never came; it is a day old only later today."""
    arrive_after_hours(call)


def open_in_welcome(call):
    arrive(call)
    call.event("welcome_started")


def open_in_menu(call):
    arrive(call)
    welcome(call)
    call.event("ivr_started")


def open_in_queue(call):
    arrive_and_be_greeted(call)
    join_queue(call)


def open_while_ringing(call):
    open_in_queue(call)
    call.wait(2, 20)
    ring(call)
    ring(call)


def open_at_voicemail(call):
    arrive(call)
    ring_out(call, ring(call))
    hear_greeting(call)


def open_connected(call):
    arrive_and_be_greeted(call)
    answer(call, ring(call))


def open_outgoing_connected(call):
    dial_until_it_rings(call)
    customer_picks_up(call, "human")


# In order of their start, ten minutes before the end and every 25 seconds. The one without a direction was seen by
# the platform, but it did not say yet which way it goes.
IN_PROGRESS = (
    ("incoming", open_connected),
    ("outgoing", open_outgoing_connected),
    ("incoming", open_connected),
    ("incoming", open_in_queue),
    ("incoming", open_at_voicemail),
    ("incoming", open_while_ringing),
    ("incoming", open_in_queue),
    ("outgoing", dial_until_it_rings),
    ("incoming", open_in_menu),
    ("incoming", open_in_welcome),
    ("", arrive),
    ("outgoing", dial),
    ("incoming", arrive),
)


# ---------------------------------------------------------------------------------------------------------------------
# Broken rows: each function spoils one row; together they are every kind that a typed table can hold
# ---------------------------------------------------------------------------------------------------------------------


def without(column):
    def spoil(line, call, row):
        row[column] = ""

    return spoil


def with_an_unknown_type(line, call, row):
    row[EVENT_TYPE] = "agent_wrap_up"


def with_an_unknown_direction(line, call, row):
    row[DIRECTION] = "inbound"


def with_a_type_of_the_other_direction(line, call, row):
    row[EVENT_TYPE] = "customer_ringing" if call.direction == "incoming" else "voicemail_started"


def from_the_future(line, call, row):
    """The sender's clock is a month ahead."""
    row[OCCURRED_AT] = line.timestamp(call.moment + 30 * DAY)


BREAKAGES = (
    without(EVENT_ID),
    without(CALL_ID),
    without(OCCURRED_AT),
    without(LOADED_AT),
    with_an_unknown_type,
    without(EVENT_TYPE),
    with_an_unknown_direction,
    with_a_type_of_the_other_direction,
    from_the_future,
)


def write_unreadable(path, start):
    """What a loader refused, as text: the values cannot even be put into a typed table."""
    feb_30 = f"{start.year}-02-30 09:15:00"
    day = start + timedelta(days=3)
    event = {"event_id": "ev-1", "call_id": "u0000003", "direction": "incoming", "event_type": "call_started"}
    rows = (
        (
            f"calls_{day}.csv",
            118,
            f"occurred_at: not a timestamp: {feb_30}",
            f"ev-5,canonical,u0000001,,incoming,call_started,{feb_30},,customer,,,,,,,,,",
        ),
        (
            f"calls_{day}.csv",
            204,
            "seconds: not a number: twelve",
            f"ev-9,canonical,u0000002,,incoming,voicemail_left,{day} 09:20:11,,customer,,,,,,,,twelve,",
        ),
        (
            f"calls_{day}.ndjson",
            7,
            "occurred_at: not a timestamp: yesterday",
            json.dumps(event | {"occurred_at": "yesterday"}),
        ),
        (f"calls_{day}.ndjson", 31, "not a JSON object", '{"event_id": "ev-2", "call_id": "u00000'),
    )
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("source", "source_file", "line", "reason", "raw_text", "loaded_at"))
        for name, number, reason, text in rows:
            out.writerow(("canonical", name, number, reason, text, f"{day} 10:02:30.000"))


# ---------------------------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------------------------


def csv_row(row):
    # Only the JSON of `attributes` ever needs quotes; a general CSV writer would be slower.
    if row[-1]:
        quoted = row[-1].replace('"', '""')
        return f'{",".join(row[:-1])},"{quoted}"\n'
    return ",".join(row) + "\n"


def ndjson_row(row):
    event = {name: value for name, value in zip(COLUMNS, row) if value}
    if "seconds" in event:
        event["seconds"] = float(event["seconds"])
    if "attributes" in event:
        event["attributes"] = json.loads(event["attributes"])
    return json.dumps(event, separators=(",", ":")) + "\n"


@contextlib.contextmanager
def open_text(path):
    with contextlib.ExitStack() as stack:
        if path.name.endswith(".gz"):
            raw = stack.enter_context(open(path, "wb"))
            # Neither name nor time in the header, so that the same rows are the same bytes.
            packed = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0))
            yield stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
        else:
            yield stack.enter_context(open(path, "w", encoding="utf-8", newline=""))


def write_text(path, line, header=""):
    events = 0
    with open_text(path) as file:
        file.write(header)
        for rows in line.loads():
            file.write("".join(rows))
            events += len(rows)
    return events


def write_parquet(path, line, header):
    """Through a CSV file beside the output, which DuckDB converts as a stream."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".generate_events_") as folder:
        text = Path(folder) / "events.csv"
        events = write_text(text, line, header)
        con = duckdb.connect(config={"threads": 1})  # one thread: row groups, and so the bytes, stay the same
        rows = con.read_csv(str(text), header=True, auto_detect=False, columns=COLUMNS, sep=",", quotechar='"')
        rows.write_parquet(str(path), compression="zstd")
    return events


FORMATS = {  # ending: writer, how a row becomes text, header
    ".csv": (write_text, csv_row, ",".join(COLUMNS) + "\n"),
    ".ndjson": (write_text, ndjson_row, ""),
    ".parquet": (write_parquet, csv_row, ",".join(COLUMNS) + "\n"),
}


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="benchmarks/generate-events", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="written anew: .csv, .ndjson, either + .gz, or .parquet"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, another history (default: 1)")
    parser.add_argument("--start", type=date.fromisoformat, default=date(2026, 3, 2), help="default: 2026-03-02")
    parser.add_argument("--days", type=positive, default=14, help="whole days; a morning follows (default: 14)")
    parser.add_argument(
        "--calls-per-day", type=positive, default=85, help="of a working day; Saturdays have a third (default: 85)"
    )
    parser.add_argument("--clean", action="store_true", help="no repeated and no broken rows")
    parser.add_argument("--unreadable", type=Path, metavar="FILE", help="also write a CSV of rows a loader refused")
    arguments = parser.parse_args()
    name = arguments.out.name
    ending = Path(name.removesuffix(".gz")).suffix
    if ending not in FORMATS or (ending == ".parquet" and name.endswith(".gz")):
        parser.error(f"--out {arguments.out}: the name must end in .csv, .csv.gz, .ndjson, .ndjson.gz or .parquet")
    return arguments, FORMATS[ending]


def main():
    arguments, (write, render, header) = parse_arguments()
    line = PhoneLine(arguments.seed, arguments.start, arguments.days, arguments.calls_per_day, render, arguments.clean)
    try:
        events = write(arguments.out, line, header)
        if arguments.unreadable:
            write_unreadable(arguments.unreadable, arguments.start)
    except OSError as error:
        sys.exit(f"cannot write the events: {error}")
    print(f"{events} events of {line.calls} calls in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
