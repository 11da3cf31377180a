"""The evidence pass alone in ClickHouse: every smallest, largest and bitwise or of a call's events, Parquet to Parquet."""

from benchmarks.peers import clickhouse_calls, decisions
from benchmarks.peers.clickhouse import run

TYPES = list(decisions.EVENT_TYPES)
LABELS = ["incoming", "outgoing", "internal"]
REASONS = ["abandoned", "empty", "full", "timeout"]

EVIDENCE = """
    select
        source as source_system, id as call_id,
        groupBitOr(bits) as signals,
        min(at) as first_event_at, max(at) as last_event_at,
        minOrNullIf(at, event_type = 'queue_joined') as first_queue_joined_at,
        minOrNullIf(at, event_type = 'customer_ringing') as first_customer_ringing_at,
        minOrNullIf(us * 16 + (why <> 'machine'), event_type = 'customer_answered') as first_customer_answered,
        minOrNullIf(us * 16 + rank_of_end, event_type = 'call_ended') as first_call_ended,
        minOrNullIf(us * 16 + signal_of_event, signal_of_event > 0) as first_outgoing_signal,
        maxOrNullIf(seconds, event_type = 'voicemail_left') as longest_voicemail_seconds,
        argMinIf(customer_number, (at, customer_number), ifNull(customer_number, '') <> '') as first_customer_number,
        argMinIf(business_number, (at, business_number), ifNull(business_number, '') <> '') as first_business_number,
        argMinIf(queue, (at, queue), ifNull(queue, '') <> '') as first_queue,
        argMinIf(agent_id, (at, agent_id), ifNull(agent_id, '') <> '' and ifNull(direction, '') <> 'incoming') as first_agent,
        argMaxIf((ifNull(cause_scheme, ''), cause_code), at, ifNull(cause_code, '') <> '') as last_cause,
        max(loaded_at) as last_loaded_at
    from (
        select
            *, if(ifNull(source_system, '') = '', 'canonical', source_system) as source, assumeNotNull(call_id) as id,
            assumeNotNull(occurred_at) as at, toUnixTimestamp64Micro(at) as us, ifNull(reason, '') as why,
            transform(ifNull(party, ''), ['customer', 'agent', 'system'], [0, 1, 2], 3) as rank_of_end,
            multiIf(event_type = 'customer_rejected', 3,
                event_type = 'dial_failed', transform(why, ['number_busy', 'not_in_service'], [4, 5], 9),
                event_type = 'call_ended' and party = 'agent', 6,
                event_type = 'dial_timeout', 7,
                event_type = 'call_ended' and party = 'customer', 8, 0) as signal_of_event,
            transform(assumeNotNull(event_type), [{types}], [{type_bits}], toInt64(0))
                + transform(ifNull(direction, ''), [{labels}], [{label_bits}], toInt64(0))
                + if(event_type = 'queue_left', transform(why, [{reasons}], [{reason_bits}], toInt64(0)), 0)
                + if(event_type = 'dial_blocked' and why = 'country_restricted', {country_bit}, 0)
                + if(event_type = 'voicemail_left' and seconds is null, {length_bit}, 0) as bits
        from file('{input}', Parquet)
        where {valid}
    )
    group by source, id
"""


def query(options) -> str:
    text, place = EVIDENCE, 0
    for name, values in (("type", TYPES), ("label", LABELS), ("reason", REASONS)):
        text = text.replace(f"{{{name}s}}", decisions.in_list(values))
        text = text.replace(f"{{{name}_bits}}", ", ".join(f"toInt64({1 << place + n})" for n in range(len(values))))
        place += len(values)
    for name, value in {
        "country_bit": f"toInt64({1 << place})",
        "length_bit": f"toInt64({1 << place + 1})",
        "valid": clickhouse_calls.VALID,
        "input": options.input,
        **{name: decisions.in_list(decisions.of_direction(name)) for name in ("both", "incoming", "outgoing")},
    }.items():
        text = text.replace(f"{{{name}}}", value)
    return f"insert into function file('{options.output}', Parquet) {text}"


if __name__ == "__main__":
    run(__doc__, query)
