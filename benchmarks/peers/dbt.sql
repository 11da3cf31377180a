-- The job in the usual dbt style: staging, de-duplication with row_number, first and last events by window functions,
-- a pivot with max(case …), legs, one big case. Each statement is what dbt would run for one model.
-- dbt.py fills in the names that begin with a dollar sign, as dbt would with Jinja.

create or replace view peer.int_call_events as
with source as (
    select * from raw.call_events
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
        event_type in ($both)
        or (event_type in ($incoming) and coalesce(direction, '') <> 'outgoing')
        or (event_type in ($outgoing) and coalesce(direction, '') <> 'incoming')
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

create or replace table peer.int_call_dial_outcomes as
with outcomes as (
    select
        source_system,
        call_id,
        occurred_at,
        $dial_outcome_code as dial_outcome_code
    from peer.int_call_events_deduplicated
)

select
    source_system,
    call_id,
    $dial_outcome as dial_outcome
from outcomes
where dial_outcome_code is not null
qualify row_number() over (partition by source_system, call_id order by occurred_at, dial_outcome_code) = 1;

create or replace table peer.int_call_legs as
select
    source_system,
    call_id,
    coalesce(leg_id, agent_id, '') as leg,
    max(case when event_type in ($rung_events) then 1 else 0 end) as is_rung,
    max(case when event_type = 'agent_rejected' then 1 else 0 end) as is_rejected,
    max(case when event_type = 'agent_answered' then 1 else 0 end) as is_answered
from peer.int_call_events_deduplicated
where event_type in ($leg_events)
group by all;

create or replace table peer.int_calls_pivoted as
select
    source_system,
    call_id,
    min(occurred_at) as started_at,
    max(occurred_at) as last_event_at,
    max(loaded_at) as last_loaded_at,
    count(distinct direction) > 1 as has_conflicting_direction,
    min(case when event_type = 'queue_joined' then occurred_at end) as queued_at,
    min(case when event_type = 'agent_ringing' then occurred_at end) as first_agent_ringing_at,
    min(case when event_type = 'customer_ringing' then occurred_at end) as first_customer_ringing_at,
    min(case when event_type = 'agent_answered' then occurred_at end) as first_agent_answered_at,
    min(case when event_type = 'customer_answered' then occurred_at end) as first_customer_answered_at,
    min(case when event_type = 'call_ended' then occurred_at end) as first_call_ended_at,
    max(case when direction = 'incoming' then 1 else 0 end) = 1 as is_labelled_incoming,
    max(case when direction = 'outgoing' then 1 else 0 end) = 1 as is_labelled_outgoing,
    max(case when direction = 'internal' then 1 else 0 end) = 1 as is_labelled_internal,
    case
        when is_labelled_incoming then 'incoming'
        when is_labelled_outgoing then 'outgoing'
        when is_labelled_internal then 'internal'
    end as direction,
    max(case when event_type = 'voicemail_left' and (seconds is null or seconds >= 1) then 1 else 0 end) = 1 as has_voicemail,
    $flags
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

evidence as (
    select
        calls.*,
        cast(coalesce(legs.agents_rung, 0) as integer) as agents_rung,
        cast(coalesce(legs.agents_rejected, 0) as integer) as agents_rejected,
        false as any_rejection_counts,
        outcomes.dial_outcome,
        case
            when events.first_call_ended_party in ('customer', 'agent', 'system') then events.first_call_ended_party
        end as ended_by,
        coalesce(events.first_customer_answered_reason = 'machine', false) as is_machine_answer,
        events.customer_number,
        events.business_number,
        events.queue,
        events.first_agent_id,
        events.answering_agent_id,
        nullif(split_part(events.last_cause, '|', 1), '') as cause_scheme,
        nullif(split_part(events.last_cause, '|', 2), '') as cause_code,
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
    left join peer.int_call_dial_outcomes as outcomes
        on calls.source_system = outcomes.source_system and calls.call_id = outcomes.call_id
    left join legs
        on calls.source_system = legs.source_system and calls.call_id = legs.call_id
    where
        calls.direction in ('incoming', 'outgoing')
        and (calls.has_call_ended or calls.last_event_at <= timestamp '$as_of' - interval 24 hours)
),

decided as (
    select
        *,
        $decision as decision,
        source_system || '/' || call_id as call_key,
        answered_at is not null as is_answered,
        case when direction = 'incoming' then answering_agent_id else first_agent_id end as agent_id,
        not has_call_ended as is_end_inferred,
        least(queued_at, first_ring_at) as wait_started_at,
        coalesce(answered_at, ended_at) as answered_or_ended_at,
        case
            when wait_started_at is not null then greatest(0, epoch(answered_or_ended_at - wait_started_at))
        end as wait_seconds,
        case when first_ring_at is not null then greatest(0, epoch(answered_or_ended_at - first_ring_at)) end as ring_seconds,
        case when answered_at is not null then greatest(0, epoch(ended_at - answered_at)) end as talk_seconds,
        greatest(0, epoch(ended_at - started_at)) as total_seconds
    from evidence
),

decisions as (
    $decisions
)

select $facts
from decided
inner join decisions using (decision);
