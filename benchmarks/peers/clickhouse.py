"""ClickHouse in process: one pass over the Parquet file with -If aggregates, then the decision, to Parquet."""

from string import Template

from chdb import session

from benchmarks.peers import sql
from benchmarks.peers.task import FACTS, LABELS, PARTIES, Task

SETTINGS = {
    "max_threads": 2,
    "max_insert_threads": 2,
    "session_timezone": "'UTC'",
    "engine_file_truncate_on_insert": 1,
}

EVENTS = """
    select
        if(ifNull(source_system, '') = '', 'canonical', source_system) as source_system,
        assumeNotNull(call_id) as call_id,
        multiIf(ifNull(leg_id, '') <> '', leg_id, ifNull(agent_id, '')) as leg,
        ifNull(direction, '') as direction,
        assumeNotNull(event_type) as event_type,
        assumeNotNull(occurred_at) as at,
        loaded_at,
        ifNull(party, '') as party,
        ifNull(agent_id, '') as agent_id,
        ifNull(customer_number, '') as customer_number,
        ifNull(business_number, '') as business_number,
        ifNull(queue, '') as queue,
        ifNull(reason, '') as reason,
        ifNull(cause_scheme, '') as cause_scheme,
        ifNull(cause_code, '') as cause_code,
        seconds,
        transform(party, [$parties], [$party_codes], 3) as party_code,
        ifNull($dial_outcome_code, 0) as dial_outcome_code
    from file('$input', Parquet)
    where
        ifNull(event_id, '') <> '' and call_id <> '' and occurred_at is not null and loaded_at is not null
        and occurred_at <= loaded_at + interval 1 day
        and direction in ('', 'incoming', 'outgoing', 'internal')
        and (event_type in ($both) or (event_type in ($incoming) and direction <> 'outgoing')
            or (event_type in ($outgoing) and direction <> 'incoming'))
"""

CALLS = """
    select
        source_system, call_id,
        min(at) as started_at, max(at) as last_event_at, max(loaded_at) as last_loaded_at,
        minOrNullIf(at, event_type = 'queue_joined') as queued_at,
        minOrNullIf(at, event_type = 'agent_ringing') as agent_ringing_at,
        minOrNullIf(at, event_type = 'agent_answered') as agent_answered_at,
        minOrNullIf(at, event_type = 'customer_ringing') as customer_ringing_at,
        minOrNullIf(at, event_type = 'customer_answered') as customer_answered_at,
        minOrNullIf(at, event_type = 'call_ended') as call_ended_at,
        $flags,
        toBool(max(event_type = 'voicemail_left' and ifNull(seconds, 1) >= 1)) as has_voicemail,
        argMinIf(party_code, (at, party_code), event_type = 'call_ended') as ended_by_code,
        argMinIf(reason = 'machine', (at, reason <> 'machine'), event_type = 'customer_answered') as is_machine,
        argMinIf(dial_outcome_code, (at, dial_outcome_code), dial_outcome_code > 0) as first_dial_outcome,
        argMinIf(customer_number, (at, customer_number), customer_number <> '') as first_customer,
        argMinIf(business_number, (at, business_number), business_number <> '') as first_business,
        argMinIf(queue, (at, queue), queue <> '') as first_queue,
        argMinIf(agent_id, (at, agent_id), agent_id <> '') as first_agent,
        argMinIf(agent_id, (at, agent_id = '', agent_id), event_type = 'agent_answered') as answering_agent,
        argMaxIf((cause_scheme, cause_code), at, cause_code <> '') as cause,
        groupUniqArrayIf(leg, event_type in ($rung_events)) as rung_legs,
        groupUniqArrayIf(leg, event_type = 'agent_rejected') as rejected_legs,
        groupUniqArrayIf(leg, event_type = 'agent_answered') as answered_legs
    from ($events)
    group by source_system, call_id
"""

FACTS_OF_CALLS = """
    with
    evidence as (
        select
            *,
            multiIf(is_labelled_incoming, 'incoming', is_labelled_outgoing, 'outgoing', 'internal') as direction,
            direction = 'incoming' as is_incoming,
            false as any_rejection_counts,
            toInt32(length(rung_legs)) as agents_rung,
            toInt32(length(arrayFilter(leg -> not has(answered_legs, leg), rejected_legs))) as agents_rejected,
            if(has_call_ended, nullIf(transform(ended_by_code, [$party_codes], [$parties], ''), ''), null) as ended_by,
            toBool(has_customer_answered and is_machine) as is_machine_answer,
            $dial_outcome as dial_outcome,
            nullIf(first_customer, '') as customer_number,
            nullIf(first_business, '') as business_number,
            nullIf(first_queue, '') as queue,
            nullIf(first_agent, '') as first_agent_id,
            nullIf(answering_agent, '') as answering_agent_id,
            nullIf(cause.1, '') as cause_scheme,
            nullIf(cause.2, '') as cause_code,
            if(is_incoming, agent_ringing_at, customer_ringing_at) as first_ring_at,
            if(is_incoming, agent_answered_at, customer_answered_at) as answered_at,
            coalesce(call_ended_at, last_event_at) as ended_at
        from ($calls)
        where
            (is_labelled_incoming or is_labelled_outgoing)
            and (has_call_ended or last_event_at <= toDateTime64('$as_of', 6) - interval 24 hour)
    ),
    decided as (
        select
            *,
            $decision as decision,
            concat(source_system, '/', call_id) as call_key,
            toBool(answered_at is not null) as is_answered,
            toBool(is_labelled_incoming + is_labelled_outgoing + is_labelled_internal > 1) as has_conflicting_direction,
            if(is_incoming, answering_agent_id, first_agent_id) as agent_id,
            toBool(not has_call_ended) as is_end_inferred,
            multiIf(queued_at is null, first_ring_at, first_ring_at < queued_at, first_ring_at, queued_at) as wait_started_at,
            coalesce(answered_at, ended_at) as answered_or_ended_at,
            $wait_seconds as wait_seconds,
            $ring_seconds as ring_seconds,
            $talk_seconds as talk_seconds,
            $total_seconds as total_seconds
        from evidence
    )
    select $facts from decided inner join ($decisions) as decisions using (decision)
"""

EVIDENCE = """
    select
        source_system, call_id,
        groupBitOr(
            transform(event_type, [$types], [$type_bits], toInt64(0)) + transform(direction, [$labels], [$label_bits], toInt64(0))
            + $reason_bits + if(event_type = 'voicemail_left' and ifNull(seconds, 1) >= 1, toInt64($voicemail_bit), 0)
        ) as signals,
        min(at) as first_event_at, max(at) as last_event_at,
        minOrNullIf(at, event_type = 'queue_joined') as first_queue_joined_at,
        minOrNullIf(at, event_type = 'customer_ringing') as first_customer_ringing_at,
        minOrNullIf(us * 16 + (reason <> 'machine'), event_type = 'customer_answered') as first_customer_answered,
        minOrNullIf(us * 16 + party_code, event_type = 'call_ended') as first_call_ended,
        minOrNullIf(us * 16 + dial_outcome_code, dial_outcome_code > 0) as first_dial_outcome,
        maxOrNullIf(seconds, event_type = 'voicemail_left') as longest_voicemail_seconds,
        argMinIf(customer_number, (at, customer_number), customer_number <> '') as first_customer_number,
        argMinIf(business_number, (at, business_number), business_number <> '') as first_business_number,
        argMinIf(queue, (at, queue), queue <> '') as first_queue,
        argMinIf(agent_id, (at, agent_id), agent_id <> '' and direction <> 'incoming') as first_agent,
        argMaxIf((cause_scheme, cause_code), at, cause_code <> '') as last_cause,
        max(loaded_at) as last_loaded_at
    from (select *, toUnixTimestamp64Micro(at) as us from ($events))
    group by source_system, call_id
"""


def start_session() -> session.Session:
    started = session.Session()
    for name, value in SETTINGS.items():
        started.query(f"set {name} = {value}")
    started.query("select 1")  # the server's own start-up is not the query's
    return started


SESSION = start_session()


def calls(task: Task) -> None:
    flags = {name: sql.flag_condition(*flag) for name, flag in task.flags.items()}
    flags |= {name: f"direction = '{label}'" for name, label in LABELS.items()}
    write(
        task,
        FACTS_OF_CALLS,
        calls=Template(CALLS).substitute(
            events=events(task),
            rung_events=sql.in_list(task.rung_events),
            flags=", ".join(f"toBool(max({condition})) as {name}" for name, condition in flags.items()),
        ),
        as_of=task.as_of,
        **parties(),
        dial_outcome=sql.dial_outcome_name(task, "first_dial_outcome"),
        decision=sql.decision_number(task),
        decisions=sql.decision_rows(task),
        facts=", ".join(FACTS),
        wait_seconds=seconds("wait_started_at", "answered_or_ended_at"),
        ring_seconds=seconds("first_ring_at", "answered_or_ended_at"),
        talk_seconds=seconds("answered_at", "ended_at"),
        total_seconds=seconds("started_at", "ended_at"),
    )


def evidence(task: Task) -> None:
    bits = task.flag_bits()
    write(
        task,
        EVIDENCE,
        events=events(task),
        types=sql.in_list(list(task.event_types)),
        type_bits=bit_list(task.bits_of_event_types().values()),
        labels=sql.in_list(list(LABELS.values())),
        label_bits=bit_list(bits[name] for name in LABELS),
        voicemail_bit=str(bits["has_voicemail"]),
        reason_bits=" + ".join(
            f"if({sql.flag_condition(types, reason)}, toInt64({bits[name]}), 0)"
            for name, (types, reason) in task.flags.items()
            if reason
        ),
    )


def write(task: Task, text: str, **values: str) -> None:
    SESSION.query(f"insert into function file('{task.output}', Parquet) {Template(text).substitute(values)}")


def events(task: Task) -> str:
    """The valid events."""
    return Template(EVENTS).substitute(
        input=task.input,
        dial_outcome_code=sql.dial_outcome_code(task),
        **parties(),
        **{name: sql.in_list(task.event_types_of(name)) for name in ("both", "incoming", "outgoing")},
    )


def parties() -> dict[str, str]:
    return {"parties": sql.in_list(PARTIES), "party_codes": ", ".join(map(str, range(len(PARTIES))))}


def seconds(start: str, end: str) -> str:
    return f"if({start} is null, null, greatest(0, dateDiff('us', {start}, {end})) / 1000000)"


def bit_list(bits) -> str:
    return ", ".join(f"toInt64({bit})" for bit in bits)
