"""Outgoing calls, and calls between colleagues: what they are made of, and the scenarios.

OUTGOING says how often each scenario is dealt.
"""

from call_status_tools.sample.incoming import answer, ring
from call_status_tools.sample.phone_line import Call, Cause, Leg, Scenario

BUSY = (("sip", "486"), ("q850", "17"))
NOT_IN_SERVICE = (("q850", "1"), ("sip", "404"))
NETWORK_FAILURE = (("sip", "503"), ("q850", "38"), ("q850", "41"))
NO_ANSWER = (("q850", "19"), ("sip", "480"))
DECLINED = (("sip", "603"), ("q850", "21"))


def one_of(call: Call, causes: tuple[Cause, ...]) -> Cause:
    return causes[int(call.rnd() * len(causes))]


def dial(call: Call) -> Leg:
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


def dial_until_it_rings(call: Call) -> Leg:
    leg = dial(call)
    to_customer(call, "customer_ringing")
    return leg


def to_customer(call: Call, event_type: str, **details: str) -> None:
    call.event(event_type, (f"{call.call_id}-c", "") if call.has_leg_ids else ("", ""), **details)


def customer_picks_up(call: Call, reason: str) -> None:
    call.wait(3, 22)
    to_customer(call, "customer_answered", reason=reason)


def reached_customer(call: Call) -> None:
    dial_until_it_rings(call)
    customer_picks_up(call, "human" if call.chance(0.4) else "")  # not every platform listens for machines
    call.talk()
    call.ended_by_someone()


def reached_customer_and_transferred(call: Call) -> None:
    leg = dial_until_it_rings(call)
    customer_picks_up(call, "human")
    call.wait(20, 200)
    call.event("transferred", leg)
    answer(call, ring(call))
    call.talk()
    call.ended_by_someone()


def reached_machine(call: Call) -> None:
    dial_until_it_rings(call)
    customer_picks_up(call, "machine")
    call.wait(5, 40)
    call.ended("agent")


def rang_out(call: Call) -> None:
    dial_until_it_rings(call)
    call.wait(30, 45)
    to_customer(call, "dial_timeout", cause=one_of(call, NO_ANSWER))
    call.ended("system")


def declined(call: Call) -> None:
    dial_until_it_rings(call)
    call.wait(2, 15)
    to_customer(call, "customer_rejected", cause=one_of(call, DECLINED))
    call.ended("customer")


def customer_cut_it_off(call: Call) -> None:
    """The carrier reports no decline, only that the customer's side ended the call."""
    dial_until_it_rings(call)
    call.wait(2, 15)
    call.ended("customer")


def busy(call: Call) -> None:
    dial(call)
    to_customer(call, "dial_failed", reason="number_busy", cause=one_of(call, BUSY))
    call.wait(0.1, 2)
    call.ended("system")


def busy_and_agent_hangs_up(call: Call) -> None:
    dial(call)
    to_customer(call, "dial_failed", reason="number_busy", cause=one_of(call, BUSY))
    call.wait(2, 6)
    call.ended("agent")


def not_in_service(call: Call) -> None:
    dial(call)
    to_customer(call, "dial_failed", reason="not_in_service", cause=one_of(call, NOT_IN_SERVICE))
    call.wait(0.1, 2)
    call.ended("system")


def agent_changed_their_mind(call: Call) -> None:
    (dial_until_it_rings if call.chance(0.7) else dial)(call)
    call.wait(1, 12)
    call.ended("agent")


def agent_gone_before_the_failure(call: Call) -> None:
    """The network's report arrives when the agent has hung up already."""
    dial(call)
    call.wait(1, 4)
    call.ended("agent")
    call.wait(0.2, 1.5)
    to_customer(call, "dial_failed", reason="request_terminated", cause=("sip", "487"))


def network_failed(call: Call) -> None:
    dial(call)
    to_customer(call, "dial_failed", reason="network_error", cause=one_of(call, NETWORK_FAILURE))
    call.ended("system")


def country_restricted(call: Call) -> None:
    dial(call)
    call.event("dial_blocked", reason="country_restricted")
    call.ended("system")


def out_of_credit(call: Call) -> None:
    dial(call)
    call.event("dial_blocked", reason="out_of_credit")
    call.ended("system")


def rang_and_nothing_more(call: Call) -> None:
    dial_until_it_rings(call)
    call.wait(10, 40)
    call.ended("system")


def never_got_out(call: Call) -> None:
    dial(call)
    call.ended("system")


OUTGOING: dict[Scenario, int] = {
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
# Between colleagues, and in progress when the data end
# ---------------------------------------------------------------------------------------------------------------------


def colleague_calls_colleague(call: Call) -> None:
    _, caller = call.new_leg()
    call.event("call_started", ("", caller), party="agent")
    leg = ring(call)
    if call.chance(0.8):
        answer(call, leg)
        call.talk()
    else:
        call.wait(5, 20)
    call.ended("agent")


def open_outgoing_connected(call: Call) -> None:
    dial_until_it_rings(call)
    customer_picks_up(call, "human")
