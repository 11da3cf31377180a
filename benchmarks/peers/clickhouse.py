"""ClickHouse in process: one pass over the Parquet file with -If aggregates, then the decision, to Parquet."""

from string import Template

from chdb import session

from benchmarks.peers import sql
from benchmarks.peers.task import CONSTANTS, DIRECTIONS, FACTS, LABELS, NO_PARTY, PARTIES, Task

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
        transform(ifNull(direction, ''), [$words], [$directions]) as direction,
        assumeNotNull($event_type) as event_type,
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
        if(seconds >= 0, seconds, null) as seconds,
        transform(party, [$parties], [$party_codes], $no_party) as party_code,
        ifNull($dial_outcome_code, 0) as dial_outcome_code
    from file('$input', Parquet)
    where
        ifNull(event_id, '') <> '' and call_id <> '' and occurred_at is not null and loaded_at is not null
        and occurred_at >= toDateTime64('1990-01-01', 6) and occurred_at <= loaded_at + interval 1 day
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
        minOrNullIf(at, event_type = 'agent_answered_unproven') as agent_unproven_at,
        minOrNullIf(at, event_type = 'customer_answered_unproven') as customer_unproven_at,
        maxOrNullIf(at, event_type in ('agent_ringing', 'agent_answered')) as last_agent_contact_at,
        maxOrNullIf(at, event_type = 'agent_answered') as last_agent_answered_at,
        maxOrNullIf(at, event_type = 'agent_answered_unproven') as last_agent_unproven_at,
        maxOrNullIf(at, event_type in ('customer_answered', 'customer_answered_unproven')) as last_customer_answered_at,
        minOrNullIf(at, event_type = 'call_ended') as first_call_ended_at,
        maxOrNullIf(at, event_type = 'call_ended') as last_call_ended_at,
        maxOrNullIf(at, event_type = 'part_ended') as last_part_ended_at,
        maxOrNullIf(at, event_type = 'queue_joined') as last_queue_joined_at,
        maxOrNullIf(at, event_type = 'queue_left') as last_queue_left_at,
        maxOrNullIf(seconds, event_type = 'voicemail_left') as voicemail_seconds,
        $flags,
        toBool(max(event_type = 'voicemail_left' and ifNull(seconds, 1) >= 1)) as has_voicemail,
        argMinIf(party_code, (at, party_code), event_type = 'call_ended') as first_call_ended_by,
        argMaxIf(party_code, (at, -party_code), event_type = 'call_ended') as last_call_ended_by,
        argMaxIf(party_code, (at, -party_code), event_type = 'part_ended' and party_code <> $no_party) as last_part_ended_by,
        maxOrNullIf(at, event_type = 'part_ended' and party_code <> $no_party) as last_part_ended_party_at,
        argMinIf(reason = 'machine', (at, reason <> 'machine'), event_type = 'customer_answered') as is_machine,
        argMinIf(dial_outcome_code, (at, dial_outcome_code), dial_outcome_code > 0) as first_dial_outcome,
        argMinIf(customer_number, (at, customer_number), customer_number <> '') as first_customer,
        argMinIf(business_number, (at, business_number), business_number <> '') as first_business,
        argMinIf(queue, (at, queue), queue <> '') as first_queue,
        argMaxIf(queue, at, event_type = 'queue_joined' and queue <> '') as last_named_queue,
        argMaxIf(queue, (at, queue = ''), event_type = 'queue_joined') as last_queue_joined,
        argMaxIf(queue, (at, queue = ''), event_type = 'queue_left') as last_queue_left,
        argMinIf(agent_id, (at, agent_id), agent_id <> '') as first_agent,
        argMinIf(agent_id, (at, agent_id = '', agent_id), event_type = 'agent_answered') as answering_agent,
        argMinIf(agent_id, (at, agent_id = '', agent_id), event_type = 'agent_answered_unproven') as unproven_answering_agent,
        argMaxIf((cause_scheme, cause_code), at, cause_code <> '') as cause,
        groupUniqArrayIf(leg, event_type in ($rung_events)) as rung_legs,
        groupUniqArrayIf(leg, event_type = 'agent_rejected') as rejected_legs,
        groupUniqArrayIf(leg, event_type = 'agent_answered') as answered_legs,
        groupUniqArrayIf(leg, event_type = 'agent_answered_unproven') as unproven_legs
    from ($events)
    group by source_system, call_id
"""

FACTS_OF_CALLS = """
    with
    joined as (
        select
            *,
            multiIf(is_labelled_incoming, 'incoming', is_labelled_outgoing, 'outgoing', 'internal') as direction,
            direction = 'incoming' as is_incoming,
            false as any_rejection_counts,
            false as is_closed_with_message,
            toInt32(length(rung_legs)) as agents_rung,
            arrayFilter(leg -> not has(answered_legs, leg), rejected_legs) as unanswered_legs,
            toInt32(
                length(
                    arrayFilter(leg -> (is_incoming and has_voicemail) or not has(unproven_legs, leg), unanswered_legs)
                )
            ) as agents_rejected,
            toBool(has_agent_proven or (has_agent_unproven and not has_voicemail)) as has_agent_answered,
            toBool(has_voicemail_event or (is_incoming and has_agent_machine)) as reached_voicemail,
            toBool(customer_answered_at is not null and is_machine) as is_machine_answer,
            $dial_outcome as dial_outcome,
            nullIf(first_customer, '') as customer_number,
            nullIf(first_business, '') as business_number,
            nullIf(first_queue, '') as queue,
            if(last_named_queue <> '', last_named_queue, queue) as last_queue,
            nullIf(first_agent, '') as first_agent_id,
            nullIf(cause.1, '') as cause_scheme,
            nullIf(cause.2, '') as cause_code,
            if(is_incoming, agent_ringing_at, customer_ringing_at) as first_ring_at,
            if(is_incoming, agent_answered_at, customer_answered_at) as proven_at,
            -- An unproven answer of an incoming call is none where a message was left.
            multiIf(not is_incoming, customer_unproven_at, has_voicemail, null, agent_unproven_at) as unproven_at,
            multiIf(is_incoming and has_voicemail, null, last_agent_unproven_at) as counted_agent_unproven_at,
            if(is_incoming, $last_agent_answer_at, last_customer_answered_at) as last_answer_at,
            $last_rung_or_answer_at as last_rung_or_answer_at,
            $last_contact_at as last_contact_at
        from ($calls)
        where is_labelled_incoming or is_labelled_outgoing
    ),
    evidence as (
        select
            *,
            -- An end that comes before somebody was rung or answered was the end of a part of the call.
            multiIf(
                last_contact_at > first_call_ended_at, last_call_ended_at,
                first_call_ended_at is not null, first_call_ended_at,
                last_contact_at > last_part_ended_at, null,
                last_part_ended_at
            ) as end_at,
            multiIf(
                last_contact_at > first_call_ended_at, last_call_ended_by,
                first_call_ended_at is not null, first_call_ended_by,
                last_part_ended_at is null or last_contact_at > last_part_ended_at or last_part_ended_party_at is null, $no_party,
                last_part_ended_by
            ) as end_code,
            nullIf(transform(end_code, [$party_codes], [$parties], ''), '') as ended_by,
            toBool(end_at is null) as is_end_inferred,
            toBool(if(is_incoming, has_caller_blocked, has_dial_blocked)) as is_turned_away,
            toBool(proven_at is not null or unproven_at is not null) as is_answered,
            toBool(proven_at is null and unproven_at is not null) as is_answer_unproven,
            if(unproven_at < proven_at, unproven_at, coalesce(proven_at, unproven_at)) as answered_at,
            nullIf(
                if(
                    is_incoming and unproven_at is not null and (proven_at is null or unproven_at < proven_at),
                    unproven_answering_agent,
                    answering_agent
                ),
                ''
            ) as answering_agent_id,
            coalesce(end_at, last_event_at) as end_or_last_event_at,
            $ended_at as ended_at,
            toBool(
                has_queue_left_abandoned
                or (
                    ifNull(ended_by, '') = 'customer'
                    and last_queue_joined_at is not null
                    and (
                        last_queue_left_at is null
                        or ifNull(last_queue_left_at < last_queue_joined_at, false)
                        or (
                            ifNull(last_queue_left_at = last_queue_joined_at, false)
                            and last_queue_left <> '' and last_queue_joined <> '' and last_queue_left <> last_queue_joined
                        )
                    )
                )
            ) as is_queue_abandoned,
            $constants
        from joined
        where not is_end_inferred or is_turned_away or last_event_at <= toDateTime64('$as_of', 6) - interval 24 hour
    ),
    decided as (
        select
            *,
            $decision as decision,
            concat(source_system, '/', call_id) as call_key,
            toBool(is_labelled_incoming + is_labelled_outgoing + is_labelled_internal > 1) as has_conflicting_direction,
            if(is_incoming, answering_agent_id, first_agent_id) as agent_id,
            multiIf(queued_at is null, first_ring_at, first_ring_at < queued_at, first_ring_at, queued_at) as wait_started_at,
            -- A length of time that would run to an inferred end is not known.
            if(is_end_inferred, null, ended_at) as known_end_at,
            coalesce(answered_at, known_end_at) as answered_or_ended_at,
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
            no_party=NO_PARTY,
            flags=", ".join(f"toBool(max({condition})) as {name}" for name, condition in flags.items()),
        ),
        as_of=task.as_of,
        **parties(),
        constants=", ".join(f"{constant(value)} as {name}" for name, value in CONSTANTS.items()),
        last_agent_answer_at=later("last_agent_answered_at", "counted_agent_unproven_at"),
        last_rung_or_answer_at=later("last_agent_contact_at", "last_answer_at"),
        last_contact_at=later("last_rung_or_answer_at", "counted_agent_unproven_at"),
        ended_at=later("end_or_last_event_at", "last_answer_at"),
        dial_outcome=sql.dial_outcome_name(task, "first_dial_outcome"),
        decision=sql.decision_number(task),
        decisions=sql.decision_rows(task),
        facts=", ".join(FACTS),
        wait_seconds=seconds("wait_started_at", "answered_or_ended_at"),
        ring_seconds=seconds("first_ring_at", "answered_or_ended_at"),
        talk_seconds=seconds("answered_at", "known_end_at"),
        total_seconds=seconds("started_at", "known_end_at"),
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
        event_type=sql.event_type(),
        words=sql.in_list(DIRECTIONS),
        directions=sql.in_list(DIRECTIONS.values()),
        **parties(),
        **{name: sql.in_list(task.event_types_of(name)) for name in ("both", "incoming", "outgoing")},
    )


def parties() -> dict[str, str]:
    codes = ", ".join(map(str, PARTIES.values()))
    return {"parties": sql.in_list(PARTIES), "party_codes": codes, "no_party": str(NO_PARTY)}


def constant(value: str | None) -> str:
    return "cast(null as Nullable(String))" if value is None else f"'{value}'"


def later(one: str, other: str) -> str:
    """Of two times; of a time and null the time."""
    return f"if({other} > {one}, {other}, coalesce({one}, {other}))"


def seconds(start: str, end: str) -> str:
    return f"if({start} is null or {end} is null, null, greatest(0, dateDiff('us', {start}, {end})) / 1000000)"


def bit_list(bits) -> str:
    return ", ".join(f"toInt64({bit})" for bit in bits)
