"""Incoming calls: what they are made of, and the scenarios, in office hours and after them.

INCOMING and AFTER_HOURS say how often each scenario is dealt.
"""

from call_status_tools.sample.phone_line import BERLIN, LONDON, NEW_YORK, QUEUES, SECOND, Call, Leg, Scenario

# ---------------------------------------------------------------------------------------------------------------------
# What incoming calls are made of
# ---------------------------------------------------------------------------------------------------------------------


def arrive(call: Call, direction: str | None = None) -> None:
    attributes = f'{{"trunk":"sip-{1 + call.number % 2}"}}' if call.number % 3 == 0 else ""
    numbers = (call.customer_number, call.business_number)
    call.event("call_started", party="customer", numbers=numbers, attributes=attributes, direction=direction)
    call.wait(0.05, 0.6)


def welcome(call: Call) -> None:
    call.event("welcome_started")
    call.wait(4, 7)
    call.event("welcome_ended")


def menu(call: Call) -> None:
    call.event("ivr_started")
    call.wait(3, 14)
    key = 1 + int(3 * call.rnd())
    call.event("ivr_input", attributes=f'{{"ivr_key":"{key}"}}')
    call.wait(0.2, 1)
    call.event("ivr_ended")


def arrive_and_be_greeted(call: Call) -> None:
    """Berlin has a welcome and a menu, London a welcome; New York puts callers straight through."""
    arrive(call)
    if call.business_number != NEW_YORK:
        welcome(call)
    if call.business_number == BERLIN:
        menu(call)


def join_queue(call: Call) -> None:
    call.queue = QUEUES[int(call.rnd() * len(QUEUES))]
    position = f'{{"position":{1 + int(4 * call.rnd())}}}' if call.number % 2 else ""
    call.event("queue_joined", queue=call.queue, attributes=position)


def leave_queue(call: Call, reason: str) -> None:
    call.event("queue_left", queue=call.queue, reason=reason)


def ring(call: Call) -> Leg:
    leg = call.new_leg()
    call.event("agent_ringing", leg)
    return leg


def answer(call: Call, leg: Leg) -> None:
    call.wait(2, 15)
    call.event("agent_answered", leg)


def reject(call: Call, leg: Leg) -> None:
    call.wait(2, 10)
    call.event("agent_rejected", leg)


def ring_out(call: Call, leg: Leg) -> None:
    call.wait(18, 25)
    call.event("agent_no_answer", leg)


def hear_greeting(call: Call) -> None:
    call.wait(0.2, 1)
    call.event("voicemail_started")
    call.wait(5, 9)


def leave_message(call: Call) -> None:
    hear_greeting(call)
    seconds = 3 + 70 * call.rnd()
    call.moment += int(seconds * SECOND)
    # Recordings are exported by another job, which now and then falls days behind.
    days_late = 1 + int(9 * call.rnd()) if call.chance(0.12) else 0
    call.event("voicemail_left", seconds=f"{seconds:.1f}", days_late=days_late)
    call.ended("customer")


# ---------------------------------------------------------------------------------------------------------------------
# In office hours
# ---------------------------------------------------------------------------------------------------------------------


def answered_directly(call: Call) -> None:
    arrive_and_be_greeted(call)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_from_queue(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(2, 90)
    answer(call, ring(call))
    leave_queue(call, "connected")
    call.talk()
    call.ended_by_someone()


def answered_by_one_of_several(call: Call) -> None:
    """The team rings at once; whoever is fastest takes the call."""
    arrive_and_be_greeted(call)
    legs = [ring(call), ring(call), ring(call)][: 2 + call.number % 2]
    answer(call, legs[int(call.rnd() * len(legs))])
    call.talk()
    call.ended_by_someone()


def answered_after_rejection(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    call.wait(0.2, 1)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_by_the_second_agent(call: Call) -> None:
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    call.wait(0.2, 1)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def answered_and_transferred(call: Call) -> None:
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


def answered_and_gone(call: Call) -> None:
    """The caller hangs up in the very moment of the answer."""
    arrive_and_be_greeted(call)
    answer(call, ring(call))
    call.ended("customer")


def answered_after_a_wrong_label(call: Call) -> None:
    """The trunk first took the call for an outgoing one."""
    arrive(call, direction="outgoing")
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def hung_up_while_ringing(call: Call) -> None:
    arrive_and_be_greeted(call)
    ring(call)
    call.wait(4, 18)
    call.ended("customer")


def nobody_picked_up(call: Call) -> None:
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    call.ended("system")


def queue_gave_up_after_ringing(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(5, 30)
    ring_out(call, ring(call))
    leave_queue(call, "timeout")
    call.ended("system")


def back_to_the_menu(call: Call) -> None:
    """After a ring that nobody took the caller hears the menu again, and gives up."""
    arrive(call)
    menu(call)
    ring_out(call, ring(call))
    call.event("ivr_started")
    call.wait(2, 8)
    call.ended("customer")


def message_after_ringing(call: Call) -> None:
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    leave_message(call)


def message_after_rejection(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    leave_message(call)


def greeting_but_no_message(call: Call) -> None:
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    hear_greeting(call)
    call.ended("customer")


def empty_message(call: Call) -> None:
    """The recorder ran, but the caller hung up at the tone."""
    arrive_and_be_greeted(call)
    ring_out(call, ring(call))
    hear_greeting(call)
    call.event("voicemail_left", seconds="0.3")
    call.ended("customer")


def abandoned_in_queue(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(10, 180)
    leave_queue(call, "abandoned")
    call.ended("customer")


def hung_up_in_queue(call: Call) -> None:
    """Like the above, on a platform that does not report leaving the queue."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(10, 180)
    call.ended("customer")


def spam_rejected(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    call.ended("system")


def rejected_by_two(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    reject(call, ring(call))
    call.ended("system")


def rejected_then_greeting(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    hear_greeting(call)
    call.ended("customer")


def one_rejects_one_is_away(call: Call) -> None:
    arrive_and_be_greeted(call)
    reject(call, ring(call))
    ring_out(call, ring(call))
    call.ended("system")


def caller_on_block_list(call: Call) -> None:
    arrive(call)
    call.event("caller_blocked", reason="block_list" if call.chance(0.7) else "spam_score")
    call.ended("system")


def number_suspended(call: Call) -> None:
    arrive(call)
    call.event("number_unavailable", reason="suspended" if call.chance(0.5) else "unassigned")
    call.ended("system")


def everyone_offline(call: Call) -> None:
    arrive_and_be_greeted(call)
    for reason in ("offline", "do-not-disturb"):
        call.event("agent_unavailable", call.new_leg(), reason=reason)
    call.wait(0.5, 2)
    call.ended("system")


def queue_without_agents(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)
    leave_queue(call, "empty")
    call.ended("system")


def queue_full(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)
    leave_queue(call, "full")
    call.ended("system")


def queue_timed_out(call: Call) -> None:
    """Every agent was talking, so nobody was rung at all."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(240, 300)
    leave_queue(call, "timeout")
    call.ended("system")


def queue_key_pressed(call: Call) -> None:
    """The caller presses a key to leave the queue, and the call ends there."""
    arrive_and_be_greeted(call)
    join_queue(call)
    call.wait(20, 90)
    leave_queue(call, "key")
    call.ended("system")


def straight_to_greeting(call: Call) -> None:
    arrive(call)
    welcome(call)
    hear_greeting(call)
    call.ended("customer")


def ended_in_menu(by: str) -> Scenario:
    def scenario(call: Call) -> None:
        arrive(call)
        welcome(call)
        call.event("ivr_started")
        call.wait(2, 20)
        call.ended(by)

    return scenario


def ended_in_welcome(by: str) -> Scenario:
    def scenario(call: Call) -> None:
        arrive(call)
        call.event("welcome_started")
        call.wait(1, 5)
        call.ended(by)

    return scenario


def nothing_but_start_and_end(call: Call) -> None:
    arrive(call)
    call.wait(1, 4)
    call.ended("customer")


INCOMING: dict[Scenario, int] = {
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
# After office hours
# ---------------------------------------------------------------------------------------------------------------------


def arrive_after_hours(call: Call) -> None:
    arrive(call)
    if call.business_number == LONDON:
        welcome(call)
    call.event("after_hours_message_started")
    call.wait(3, 9)


def heard_after_hours_message(call: Call) -> None:
    arrive_after_hours(call)
    call.ended("customer" if call.chance(0.6) else "system")


def message_after_hours(call: Call) -> None:
    arrive_after_hours(call)
    leave_message(call)


def greeting_after_hours(call: Call) -> None:
    arrive_after_hours(call)
    hear_greeting(call)
    call.ended("customer")


def forwarded_after_hours(call: Call) -> None:
    arrive_after_hours(call)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def forwarded_in_vain(call: Call) -> None:
    arrive_after_hours(call)
    ring_out(call, ring(call))
    call.ended("system")


def emergency_across_midnight(call: Call) -> None:
    """Starts a minute before midnight; the forwarding target answers on the next day."""
    arrive_after_hours(call)
    call.event("agent_ringing")  # a forwarding target is nobody the platform knows: neither leg nor agent
    call.wait(45, 55)
    call.event("agent_answered")
    call.talk()
    call.ended("customer")


AFTER_HOURS: dict[Scenario, int] = {
    heard_after_hours_message: 16,
    message_after_hours: 9,
    greeting_after_hours: 5,
    forwarded_after_hours: 3,
    forwarded_in_vain: 2,
    caller_on_block_list: 1,
}


# ---------------------------------------------------------------------------------------------------------------------
# In progress when the data end
# ---------------------------------------------------------------------------------------------------------------------


def open_after_hours(call: Call) -> None:
    """Last evening's call whose end never came; it is a day old only later today."""
    arrive_after_hours(call)


def open_in_welcome(call: Call) -> None:
    arrive(call)
    call.event("welcome_started")


def open_in_menu(call: Call) -> None:
    arrive(call)
    welcome(call)
    call.event("ivr_started")


def open_in_queue(call: Call) -> None:
    arrive_and_be_greeted(call)
    join_queue(call)


def open_while_ringing(call: Call) -> None:
    open_in_queue(call)
    call.wait(2, 20)
    ring(call)
    ring(call)


def open_at_voicemail(call: Call) -> None:
    arrive(call)
    ring_out(call, ring(call))
    hear_greeting(call)


def open_connected(call: Call) -> None:
    arrive_and_be_greeted(call)
    answer(call, ring(call))
