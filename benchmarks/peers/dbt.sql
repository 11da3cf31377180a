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
        nullif($direction, '') as direction,
        $event_type as event_type,
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
        case when seconds >= 0 then seconds end as seconds
    from source
)

select * from renamed
where
    event_id is not null
    and event_id <> ''
    and call_id is not null
    and occurred_at is not null
    and loaded_at is not null
    and occurred_at >= timestamp '1990-01-01'
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
        first_value(case when event_type = 'queue_joined' then queue end ignore nulls) over latest_first as last_queue,
        first_value(case when event_type = 'part_ended' and party in ($parties) then party end ignore nulls)
            over latest_first as last_part_ended_party,
        row_number() over (
            partition by source_system, call_id, event_type
            order by
                occurred_at,
                $party_code,
                case when reason = 'machine' then 0 else 1 end,
                agent_id nulls last
        ) as nth_of_type,
        row_number() over (
            partition by source_system, call_id, event_type
            order by occurred_at desc, $party_code, queue nulls first
        ) as nth_last_of_type
    from peer.int_call_events_deduplicated
    window
        whole_call as (
            partition by source_system, call_id order by occurred_at
            rows between unbounded preceding and unbounded following
        ),
        latest_first as (
            partition by source_system, call_id order by occurred_at desc, $party_code, queue
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
    coalesce(any_value(last_queue), any_value(queue)) as last_queue,
    max(case when event_type = 'queue_joined' and nth_last_of_type = 1 then queue end) as last_queue_joined,
    max(case when event_type = 'queue_left' and nth_last_of_type = 1 then queue end) as last_queue_left,
    max(case when event_type = 'call_ended' and nth_of_type = 1 then party end) as first_call_ended_party,
    max(case when event_type = 'call_ended' and nth_last_of_type = 1 then party end) as last_call_ended_party,
    any_value(last_part_ended_party) as last_part_ended_party,
    max(case when event_type = 'customer_answered' and nth_of_type = 1 then reason end) as first_customer_answered_reason,
    max(case when event_type = 'agent_answered' and nth_of_type = 1 then agent_id end) as answering_agent_id,
    max(case when event_type = 'agent_answered_unproven' and nth_of_type = 1 then agent_id end) as unproven_answering_agent_id
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
    max(case when event_type = 'agent_answered' then 1 else 0 end) as is_answered,
    max(case when event_type = 'agent_answered_unproven' then 1 else 0 end) as is_answered_unproven
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
    max(case when event_type = 'queue_joined' then occurred_at end) as last_queue_joined_at,
    max(case when event_type = 'queue_left' then occurred_at end) as last_queue_left_at,
    min(case when event_type = 'agent_ringing' then occurred_at end) as first_agent_ringing_at,
    max(case when event_type in ('agent_ringing', 'agent_answered') then occurred_at end) as last_agent_contact_at,
    min(case when event_type = 'agent_answered' then occurred_at end) as first_agent_answered_at,
    max(case when event_type = 'agent_answered' then occurred_at end) as last_agent_answered_at,
    min(case when event_type = 'agent_answered_unproven' then occurred_at end) as first_agent_unproven_at,
    max(case when event_type = 'agent_answered_unproven' then occurred_at end) as last_agent_unproven_at,
    min(case when event_type = 'customer_ringing' then occurred_at end) as first_customer_ringing_at,
    min(case when event_type = 'customer_answered' then occurred_at end) as first_customer_answered_at,
    min(case when event_type = 'customer_answered_unproven' then occurred_at end) as first_customer_unproven_at,
    max(case when event_type in ('customer_answered', 'customer_answered_unproven') then occurred_at end) as last_customer_answered_at,
    min(case when event_type = 'call_ended' then occurred_at end) as first_call_ended_at,
    max(case when event_type = 'call_ended' then occurred_at end) as last_call_ended_at,
    max(case when event_type = 'part_ended' then occurred_at end) as last_part_ended_at,
    max(case when direction = 'incoming' then 1 else 0 end) = 1 as is_labelled_incoming,
    max(case when direction = 'outgoing' then 1 else 0 end) = 1 as is_labelled_outgoing,
    max(case when direction = 'internal' then 1 else 0 end) = 1 as is_labelled_internal,
    case
        when is_labelled_incoming then 'incoming'
        when is_labelled_outgoing then 'outgoing'
        when is_labelled_internal then 'internal'
    end as direction,
    max(case when event_type = 'voicemail_left' and (seconds is null or seconds >= 1) then 1 else 0 end) = 1 as has_voicemail,
    max(case when event_type = 'voicemail_left' then seconds end) as voicemail_seconds,
    $flags
from peer.int_call_events_deduplicated
group by source_system, call_id;

create or replace table peer.fct_calls as
with legs as (
    select
        source_system,
        call_id,
        sum(is_rung) as agents_rung,
        sum(case when is_rejected = 1 and is_answered = 0 then 1 else 0 end) as legs_rejected,
        sum(case when is_rejected = 1 and is_answered = 0 and is_answered_unproven = 0 then 1 else 0 end)
            as legs_rejected_without_unproven_answer
    from peer.int_call_legs
    group by source_system, call_id
),

-- An unproven answer of an incoming call is none where a message was left.
joined as (
    select
        calls.* exclude (has_agent_proven, has_agent_unproven, has_agent_machine, has_voicemail_event),
        calls.direction = 'incoming' as is_incoming,
        cast(coalesce(legs.agents_rung, 0) as integer) as agents_rung,
        cast(
            coalesce(
                case when is_incoming and calls.has_voicemail then legs.legs_rejected else legs.legs_rejected_without_unproven_answer end,
                0
            ) as integer
        ) as agents_rejected,
        false as any_rejection_counts,
        false as is_closed_with_message,
        calls.has_agent_proven or (calls.has_agent_unproven and not calls.has_voicemail) as has_agent_answered,
        calls.has_voicemail_event or (is_incoming and calls.has_agent_machine) as reached_voicemail,
        outcomes.dial_outcome,
        coalesce(events.first_customer_answered_reason = 'machine', false) as is_machine_answer,
        events.* exclude (source_system, call_id, last_cause, first_customer_answered_reason),
        nullif(split_part(events.last_cause, '|', 1), '') as cause_scheme,
        nullif(split_part(events.last_cause, '|', 2), '') as cause_code,
        case when is_incoming then calls.first_agent_ringing_at else calls.first_customer_ringing_at end as first_ring_at,
        case when is_incoming then calls.first_agent_answered_at else calls.first_customer_answered_at end as proven_at,
        case
            when not is_incoming then calls.first_customer_unproven_at
            when not calls.has_voicemail then calls.first_agent_unproven_at
        end as unproven_at,
        case
            when not is_incoming then calls.last_customer_answered_at
            when calls.has_voicemail then calls.last_agent_answered_at
            else greatest(calls.last_agent_answered_at, calls.last_agent_unproven_at)
        end as last_answer_at,
        greatest(
            calls.last_agent_contact_at, last_answer_at, case when not is_incoming then calls.last_agent_unproven_at end
        ) as last_contact_at
    from peer.int_calls_pivoted as calls
    left join peer.int_call_first_and_last_events as events
        on calls.source_system = events.source_system and calls.call_id = events.call_id
    left join peer.int_call_dial_outcomes as outcomes
        on calls.source_system = outcomes.source_system and calls.call_id = outcomes.call_id
    left join legs
        on calls.source_system = legs.source_system and calls.call_id = legs.call_id
    where calls.direction in ('incoming', 'outgoing')
),

-- An end that comes before somebody was rung or answered was the end of a part of the call.
ended as (
    select
        *,
        case
            when last_contact_at > first_call_ended_at then last_call_ended_at
            when first_call_ended_at is not null then first_call_ended_at
            when last_contact_at > last_part_ended_at then null
            else last_part_ended_at
        end as end_at,
        case
            when last_contact_at > first_call_ended_at then last_call_ended_party
            when first_call_ended_at is not null then first_call_ended_party
            when last_contact_at > last_part_ended_at then null
            else last_part_ended_party
        end as end_party,
        case when end_party in ($parties) then end_party end as ended_by,
        end_at is null as is_end_inferred,
        case when is_incoming then has_caller_blocked else has_dial_blocked end as is_turned_away,
        proven_at is not null or unproven_at is not null as is_answered,
        proven_at is null and unproven_at is not null as is_answer_unproven,
        least(proven_at, unproven_at) as answered_at,
        greatest(coalesce(end_at, last_event_at), last_answer_at) as ended_at,
        has_queue_left_abandoned
        or (
            coalesce(ended_by, '') = 'customer'
            and last_queue_joined_at is not null
            and (
                last_queue_left_at is null
                or last_queue_left_at < last_queue_joined_at
                or (last_queue_left_at = last_queue_joined_at and coalesce(last_queue_left <> last_queue_joined, false))
            )
        ) as is_queue_abandoned
    from joined
),

evidence as (
    select
        * exclude (answering_agent_id),
        case
            when is_incoming and (proven_at is null or unproven_at < proven_at) and unproven_at is not null
            then unproven_answering_agent_id
            else answering_agent_id
        end as answering_agent_id,
        $constants
    from ended
    where not is_end_inferred or is_turned_away or last_event_at <= timestamp '$as_of' - interval 24 hours
),

decided as (
    select
        *,
        $decision as decision,
        source_system || '/' || call_id as call_key,
        case when is_incoming then answering_agent_id else first_agent_id end as agent_id,
        least(queued_at, first_ring_at) as wait_started_at,
        -- A length of time that would run to an inferred end is not known.
        case when not is_end_inferred then ended_at end as known_end_at,
        coalesce(answered_at, known_end_at) as answered_or_ended_at,
        case when wait_started_at is not null and answered_or_ended_at is not null then greatest(0, epoch(answered_or_ended_at - wait_started_at)) end as wait_seconds,
        case when first_ring_at is not null and answered_or_ended_at is not null then greatest(0, epoch(answered_or_ended_at - first_ring_at)) end as ring_seconds,
        case when answered_at is not null and known_end_at is not null then greatest(0, epoch(known_end_at - answered_at)) end as talk_seconds,
        case when started_at is not null and known_end_at is not null then greatest(0, epoch(known_end_at - started_at)) end as total_seconds
    from evidence
),

decisions as (
    $decisions
)

select $facts
from decided
inner join decisions using (decision);
