"""The job in ClickHouse, in process: one pass over the Parquet file with -If aggregates, then the decision, to Parquet."""

from benchmarks.peers import decisions
from benchmarks.peers.clickhouse import run

AGENT_EVENTS = decisions.in_list(["agent_ringing", "agent_answered", "agent_rejected", "agent_no_answer"])

VALID = """
    ifNull(event_id, '') <> '' and ifNull(call_id, '') <> '' and occurred_at is not null and loaded_at is not null
    and occurred_at <= loaded_at + interval 1 day
    and ifNull(direction, '') in ('', 'incoming', 'outgoing', 'internal')
    and (event_type in ({both}) or (event_type in ({incoming}) and ifNull(direction, '') <> 'outgoing')
         or (event_type in ({outgoing}) and ifNull(direction, '') <> 'incoming'))
"""

CALLS = """
    select
        source, id,
        min(at) as started_at, max(at) as last_event_at, max(loaded_at) as last_loaded_at,
        max(direction = 'incoming') as is_incoming, max(direction = 'outgoing') as is_outgoing,
        max(direction = 'internal') as is_internal,
        minIf(at, event_type = 'queue_joined') as queued_at,
        minIf(at, event_type = 'agent_ringing') as agent_ringing_at,
        minIf(at, event_type = 'agent_answered') as agent_answered_at,
        minIf(at, event_type = 'customer_ringing') as customer_ringing_at,
        minIf(at, event_type = 'customer_answered') as customer_answered_at,
        minIf(at, event_type = 'call_ended') as call_ended_at,
        max(event_type = 'call_ended') as call_ended,
        max(event_type = 'agent_answered') as agent_answered,
        max(event_type = 'voicemail_left' and ifNull(seconds, 1) >= 1) as message_left,
        max(event_type = 'caller_blocked') as caller_blocked,
        max(event_type = 'after_hours_message_started') as after_hours,
        max(event_type in ('voicemail_started', 'voicemail_left')) as voicemail_reached,
        max(event_type = 'queue_joined') as queue_joined,
        max(event_type = 'queue_left') as queue_left,
        max(event_type = 'queue_left' and why = 'abandoned') as queue_abandoned,
        max(event_type = 'queue_left' and why = 'empty') as queue_empty,
        max(event_type = 'queue_left' and why = 'full') as queue_full,
        max(event_type = 'queue_left' and why = 'timeout') as queue_timeout,
        max(event_type = 'number_unavailable') as number_unavailable,
        max(event_type = 'agent_unavailable') as agent_unavailable,
        max(event_type in ('ivr_started', 'ivr_input', 'ivr_ended')) as ivr,
        max(event_type in ('welcome_started', 'welcome_ended')) as welcome,
        max(event_type = 'customer_answered') as customer_answered,
        max(event_type = 'customer_ringing') as customer_ringing,
        max(event_type = 'dial_blocked') as dial_blocked,
        max(event_type = 'dial_blocked' and why = 'country_restricted') as country_restricted,
        max(event_type = 'transferred') as is_transferred,
        argMinIf(rank_of_end, (at, rank_of_end), event_type = 'call_ended') as end_rank,
        argMinIf(why = 'machine', (at, why <> 'machine'), event_type = 'customer_answered') as machine_answered,
        argMinIf(signal_of_event, (at, signal_of_event), signal_of_event > 0) as signal,
        argMinIf(customer_number, (at, customer_number), ifNull(customer_number, '') <> '') as customer,
        argMinIf(business_number, (at, business_number), ifNull(business_number, '') <> '') as business,
        argMinIf(queue, (at, queue), ifNull(queue, '') <> '') as first_queue,
        argMinIf(agent_id, (at, agent_id), ifNull(agent_id, '') <> '') as first_agent,
        argMinIf(ifNull(agent_id, ''), (at, ifNull(agent_id, '') = '', agent_id), event_type = 'agent_answered') as answering_agent,
        argMaxIf((ifNull(cause_scheme, ''), cause_code), at, ifNull(cause_code, '') <> '') as cause,
        groupUniqArrayIf(leg, event_type in ({agent_events})) as rung_legs,
        groupUniqArrayIf(leg, event_type = 'agent_rejected') as rejected_legs,
        groupUniqArrayIf(leg, event_type = 'agent_answered') as answered_legs
    from (
        select
            *, if(ifNull(source_system, '') = '', 'canonical', source_system) as source, assumeNotNull(call_id) as id,
            assumeNotNull(occurred_at) as at, ifNull(reason, '') as why,
            multiIf(ifNull(leg_id, '') <> '', leg_id, ifNull(agent_id, '')) as leg,
            transform(ifNull(party, ''), ['customer', 'agent', 'system'], [0, 1, 2], 3) as rank_of_end,
            multiIf(event_type = 'customer_rejected', 3,
                event_type = 'dial_failed', transform(why, ['number_busy', 'not_in_service'], [4, 5], 9),
                event_type = 'call_ended' and party = 'agent', 6,
                event_type = 'dial_timeout', 7,
                event_type = 'call_ended' and party = 'customer', 8, 0) as signal_of_event
        from file('{input}', Parquet)
        where {valid}
    )
    group by source, id
"""

FACTS = """
    with
    named as (
        select
            *, if(is_incoming, 'incoming', 'outgoing') as direction,
            toInt32(length(rung_legs)) as agents_rung,
            toInt32(length(arrayFilter(leg -> not has(answered_legs, leg), rejected_legs))) as agents_rejected,
            if(call_ended, transform(end_rank, [0, 1, 2], ['customer', 'agent', 'system'], ''), '') as ended_by,
            if(is_incoming, agent_answered, customer_answered) as is_answered,
            if(is_incoming, agent_answered_at, customer_answered_at) as answer_at,
            if(is_incoming, notEmpty(rung_legs) and agent_ringing_at > toDateTime64(0, 6), customer_ringing) as has_rung,
            if(is_incoming, agent_ringing_at, customer_ringing_at) as ring_at,
            if(call_ended, call_ended_at, last_event_at) as ended_at,
            if(is_answered, answer_at, ended_at) as answered_or_ended_at
        from ({calls})
        where (is_incoming or is_outgoing) and (call_ended or last_event_at <= toDateTime64('{as_of}', 6) - interval 24 hour)
    ),
    decided as (select *, {decision} as decision from named)
    select
        concat(source, '/', id) as call_key, source as source_system, id as call_id, direction, decisions.status as status,
        decisions.status_reason as status_reason, decisions.status_message as status_message,
        decisions.status_rule as status_rule, decisions.is_status_inferred as is_status_inferred,
        toBool(is_answered) as is_answered, toBool(is_incoming + is_outgoing + is_internal > 1) as has_conflicting_direction,
        nullIf(customer, '') as customer_number, nullIf(business, '') as business_number, nullIf(first_queue, '') as queue,
        nullIf(if(is_incoming, answering_agent, first_agent), '') as agent_id, agents_rung, agents_rejected,
        toBool(welcome) as reached_welcome, toBool(ivr) as reached_ivr, toBool(queue_joined or queue_left) as reached_queue,
        toBool(voicemail_reached) as reached_voicemail, toBool(message_left) as has_voicemail,
        toBool(after_hours) as is_after_hours, toBool(is_transferred) as is_transferred, nullIf(ended_by, '') as ended_by,
        toBool(not call_ended) as is_end_inferred, nullIf(cause.1, '') as cause_scheme, nullIf(cause.2, '') as cause_code,
        started_at, if(queue_joined, queued_at, null) as queued_at, if(has_rung, ring_at, null) as first_ring_at,
        if(is_answered, answer_at, null) as answered_at, ended_at,
        multiIf(queue_joined and has_rung, greatest(0, dateDiff('us', least(queued_at, ring_at), answered_or_ended_at)),
            queue_joined, greatest(0, dateDiff('us', decided.queued_at, answered_or_ended_at)),
            has_rung, greatest(0, dateDiff('us', ring_at, answered_or_ended_at)), null) / 1000000 as wait_seconds,
        if(has_rung, greatest(0, dateDiff('us', ring_at, answered_or_ended_at)), null) / 1000000 as ring_seconds,
        if(is_answered, greatest(0, dateDiff('us', answer_at, ended_at)), null) / 1000000 as talk_seconds,
        greatest(0, dateDiff('us', started_at, ended_at)) / 1000000 as total_seconds,
        last_loaded_at
    from decided inner join ({decisions}) as decisions on decided.decision = decisions.decision
"""


def query(options) -> str:
    text = FACTS
    for name, value in {
        "calls": CALLS,
        "valid": VALID,
        "input": options.input,
        "as_of": options.as_of,
        "agent_events": AGENT_EVENTS,
        "decision": decisions.number_case(),
        "decisions": decisions.rows_sql(),
        **{name: decisions.in_list(decisions.of_direction(name)) for name in ("both", "incoming", "outgoing")},
    }.items():
        text = text.replace(f"{{{name}}}", value)
    return f"insert into function file('{options.output}', Parquet) {text}"


if __name__ == "__main__":
    run(__doc__, query)
