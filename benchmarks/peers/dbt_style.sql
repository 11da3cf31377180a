-- The job in the usual dbt style: staging, de-duplication with row_number, first and last events by window functions,
-- a pivot with max(case …), legs, one big case. Each statement is what dbt would run for one model.
-- {as_of}, {decision} and {decisions} are filled in by the benchmark.

create or replace view peer.int_call_events as
with source as (
    select * from {raw}
),

renamed as (
    select
        event_id,
        coalesce(nullif(source_system, ''), 'canonical') as source_system,
        nullif(call_id, '') as call_id,
        nullif(leg_id, '') as leg_id,
        nullif(direction, '') as direction,
        event_type,
        occurred_at,
        loaded_at,
        nullif(party, '') as party,
        nullif(agent_id, '') as agent_id,
        nullif(customer_number, '') as customer_number,
        nullif(business_number, '') as business_number,
        nullif(queue, '') as queue,
        nullif(reason, '') as reason,
        nullif(cause_scheme, '') as cause_scheme,
        nullif(cause_code, '') as cause_code,
        seconds
    from source
)

select * from renamed
where
    event_id is not null
    and event_id <> ''
    and call_id is not null
    and occurred_at is not null
    and loaded_at is not null
    and occurred_at <= loaded_at + interval 1 day
    and (
        event_type in ({both})
        or (event_type in ({incoming}) and coalesce(direction, '') <> 'outgoing')
        or (event_type in ({outgoing}) and coalesce(direction, '') <> 'incoming')
    )
    and coalesce(direction, 'incoming') in ('incoming', 'outgoing', 'internal');

create or replace table peer.int_call_events_deduplicated as
select * exclude (delivery)
from (
    select
        *,
        row_number() over (partition by source_system, event_id order by loaded_at desc) as delivery
    from peer.int_call_events
)
where delivery = 1;

create or replace table peer.int_call_first_and_last_events as
with ordered as (
    select
        source_system,
        call_id,
        event_type,
        reason,
        party,
        agent_id,
        first_value(customer_number ignore nulls) over whole_call as customer_number,
        first_value(business_number ignore nulls) over whole_call as business_number,
        first_value(queue ignore nulls) over whole_call as queue,
        first_value(agent_id ignore nulls) over whole_call as first_agent_id,
        last_value(case when cause_code is not null then coalesce(cause_scheme, '') || '|' || cause_code end ignore nulls)
            over whole_call as last_cause,
        row_number() over (
            partition by source_system, call_id, event_type
            order by
                occurred_at,
                case party when 'customer' then 0 when 'agent' then 1 when 'system' then 2 else 3 end,
                case when reason = 'machine' then 0 else 1 end,
                agent_id nulls last
        ) as nth_of_type
    from peer.int_call_events_deduplicated
    window whole_call as (
        partition by source_system, call_id order by occurred_at
        rows between unbounded preceding and unbounded following
    )
)

select
    source_system,
    call_id,
    any_value(customer_number) as customer_number,
    any_value(business_number) as business_number,
    any_value(queue) as queue,
    any_value(first_agent_id) as first_agent_id,
    any_value(last_cause) as last_cause,
    max(case when event_type = 'call_ended' and nth_of_type = 1 then party end) as first_call_ended_party,
    max(case when event_type = 'customer_answered' and nth_of_type = 1 then reason end) as first_customer_answered_reason,
    max(case when event_type = 'agent_answered' and nth_of_type = 1 then agent_id end) as answering_agent_id
from ordered
group by source_system, call_id;

create or replace table peer.int_call_outgoing_signals as
with signals as (
    select
        source_system,
        call_id,
        occurred_at,
        case
            when event_type = 'customer_rejected' then 3
            when event_type = 'dial_failed' and reason = 'number_busy' then 4
            when event_type = 'dial_failed' and reason = 'not_in_service' then 5
            when event_type = 'call_ended' and party = 'agent' then 6
            when event_type = 'dial_timeout' then 7
            when event_type = 'call_ended' and party = 'customer' then 8
            when event_type = 'dial_failed' then 9
        end as signal
    from peer.int_call_events_deduplicated
    where event_type in ('customer_rejected', 'dial_failed', 'dial_timeout', 'call_ended')
)

select
    source_system,
    call_id,
    signal
from signals
where signal is not null
qualify row_number() over (partition by source_system, call_id order by occurred_at, signal) = 1;

create or replace table peer.int_call_legs as
select
    source_system,
    call_id,
    coalesce(leg_id, agent_id, '') as leg,
    max(case when event_type <> 'agent_unavailable' then 1 else 0 end) as is_rung,
    max(case when event_type = 'agent_rejected' then 1 else 0 end) as is_rejected,
    max(case when event_type = 'agent_answered' then 1 else 0 end) as is_answered
from peer.int_call_events_deduplicated
where event_type in ('agent_ringing', 'agent_answered', 'agent_rejected', 'agent_no_answer', 'agent_unavailable')
group by all;

create or replace table peer.int_calls_pivoted as
select
    source_system,
    call_id,
    min(occurred_at) as started_at,
    max(occurred_at) as last_event_at,
    max(loaded_at) as last_loaded_at,
    case
        when max(case when direction = 'incoming' then 1 end) = 1 then 'incoming'
        when max(case when direction = 'outgoing' then 1 end) = 1 then 'outgoing'
        when max(case when direction = 'internal' then 1 end) = 1 then 'internal'
    end as direction,
    count(distinct direction) > 1 as has_conflicting_direction,
    min(case when event_type = 'queue_joined' then occurred_at end) as queued_at,
    min(case when event_type = 'agent_ringing' then occurred_at end) as first_agent_ringing_at,
    min(case when event_type = 'customer_ringing' then occurred_at end) as first_customer_ringing_at,
    min(case when event_type = 'agent_answered' then occurred_at end) as first_agent_answered_at,
    min(case when event_type = 'customer_answered' then occurred_at end) as first_customer_answered_at,
    min(case when event_type = 'call_ended' then occurred_at end) as first_call_ended_at,
    max(case when event_type = 'agent_answered' then 1 else 0 end) = 1 as agent_answered,
    max(case when event_type = 'voicemail_left' and (seconds is null or seconds >= 1) then 1 else 0 end) = 1 as message_left,
    max(case when event_type = 'caller_blocked' then 1 else 0 end) = 1 as caller_blocked,
    max(case when event_type = 'after_hours_message_started' then 1 else 0 end) = 1 as after_hours,
    max(case when event_type in ('voicemail_started', 'voicemail_left') then 1 else 0 end) = 1 as voicemail_reached,
    max(case when event_type = 'queue_joined' then 1 else 0 end) = 1 as queue_joined,
    max(case when event_type = 'queue_left' then 1 else 0 end) = 1 as queue_left,
    max(case when event_type = 'queue_left' and reason = 'abandoned' then 1 else 0 end) = 1 as queue_abandoned,
    max(case when event_type = 'queue_left' and reason = 'empty' then 1 else 0 end) = 1 as queue_empty,
    max(case when event_type = 'queue_left' and reason = 'full' then 1 else 0 end) = 1 as queue_full,
    max(case when event_type = 'queue_left' and reason = 'timeout' then 1 else 0 end) = 1 as queue_timeout,
    max(case when event_type = 'number_unavailable' then 1 else 0 end) = 1 as number_unavailable,
    max(case when event_type = 'agent_unavailable' then 1 else 0 end) = 1 as agent_unavailable,
    max(case when event_type in ('ivr_started', 'ivr_input', 'ivr_ended') then 1 else 0 end) = 1 as ivr,
    max(case when event_type in ('welcome_started', 'welcome_ended') then 1 else 0 end) = 1 as welcome,
    max(case when event_type = 'customer_answered' then 1 else 0 end) = 1 as customer_answered,
    max(case when event_type = 'customer_ringing' then 1 else 0 end) = 1 as customer_ringing,
    max(case when event_type = 'dial_blocked' then 1 else 0 end) = 1 as dial_blocked,
    max(case when event_type = 'dial_blocked' and reason = 'country_restricted' then 1 else 0 end) = 1 as country_restricted,
    max(case when event_type = 'transferred' then 1 else 0 end) = 1 as is_transferred
from peer.int_call_events_deduplicated
group by source_system, call_id;

create or replace table peer.fct_calls as
with legs as (
    select
        source_system,
        call_id,
        sum(is_rung) as agents_rung,
        sum(case when is_rejected = 1 and is_answered = 0 then 1 else 0 end) as agents_rejected
    from peer.int_call_legs
    group by source_system, call_id
),

joined as (
    select
        calls.*,
        coalesce(legs.agents_rung, 0) as agents_rung,
        coalesce(legs.agents_rejected, 0) as agents_rejected,
        coalesce(signals.signal, 0) as signal,
        case
            when events.first_call_ended_party in ('customer', 'agent', 'system') then events.first_call_ended_party else ''
        end as ended_by,
        coalesce(events.first_customer_answered_reason = 'machine', false) as machine_answered,
        events.customer_number,
        events.business_number,
        events.queue,
        events.last_cause,
        case when calls.direction = 'incoming' then events.answering_agent_id else events.first_agent_id end as agent_id,
        case
            when calls.direction = 'incoming' then calls.first_agent_ringing_at else calls.first_customer_ringing_at
        end as first_ring_at,
        case
            when calls.direction = 'incoming' then calls.first_agent_answered_at else calls.first_customer_answered_at
        end as answered_at,
        coalesce(calls.first_call_ended_at, calls.last_event_at) as ended_at
    from peer.int_calls_pivoted as calls
    left join peer.int_call_first_and_last_events as events
        on calls.source_system = events.source_system and calls.call_id = events.call_id
    left join peer.int_call_outgoing_signals as signals
        on calls.source_system = signals.source_system and calls.call_id = signals.call_id
    left join legs
        on calls.source_system = legs.source_system and calls.call_id = legs.call_id
    where
        calls.direction in ('incoming', 'outgoing')
        and (calls.first_call_ended_at is not null or calls.last_event_at <= timestamp '{as_of}' - interval 24 hours)
),

decided as (
    select
        *,
        {decision} as decision
    from joined
),

decisions as (
    {decisions}
)

select
    decided.source_system || '/' || decided.call_id as call_key,
    decided.source_system,
    decided.call_id,
    decided.direction,
    decisions.status,
    decisions.status_reason,
    decisions.status_message,
    decisions.status_rule,
    decisions.is_status_inferred,
    decided.answered_at is not null as is_answered,
    decided.has_conflicting_direction,
    decided.customer_number,
    decided.business_number,
    decided.queue,
    decided.agent_id,
    cast(decided.agents_rung as integer) as agents_rung,
    cast(decided.agents_rejected as integer) as agents_rejected,
    decided.welcome as reached_welcome,
    decided.ivr as reached_ivr,
    decided.queue_joined or decided.queue_left as reached_queue,
    decided.voicemail_reached as reached_voicemail,
    decided.message_left as has_voicemail,
    decided.after_hours as is_after_hours,
    decided.is_transferred,
    nullif(decided.ended_by, '') as ended_by,
    decided.first_call_ended_at is null as is_end_inferred,
    nullif(split_part(decided.last_cause, '|', 1), '') as cause_scheme,
    nullif(split_part(decided.last_cause, '|', 2), '') as cause_code,
    decided.started_at,
    decided.queued_at,
    decided.first_ring_at,
    decided.answered_at,
    decided.ended_at,
    case
        when least(decided.queued_at, decided.first_ring_at) is not null
            then greatest(0, epoch(coalesce(decided.answered_at, decided.ended_at) - least(decided.queued_at, decided.first_ring_at)))
    end as wait_seconds,
    case
        when decided.first_ring_at is not null
            then greatest(0, epoch(coalesce(decided.answered_at, decided.ended_at) - decided.first_ring_at))
    end as ring_seconds,
    case when decided.answered_at is not null then greatest(0, epoch(decided.ended_at - decided.answered_at)) end as talk_seconds,
    greatest(0, epoch(decided.ended_at - decided.started_at)) as total_seconds,
    decided.last_loaded_at
from decided
inner join decisions on decided.decision = decisions.decision;
