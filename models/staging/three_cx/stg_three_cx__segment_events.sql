{{ config(enabled='three_cx' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a segment of a call: what passed between the caller and one destination, such as a phone, a queue or a script.
-- A call has a segment for each destination that it reaches and for each phone that is rung. The first one says which way the call goes.

{%- set milestones = ['started', 'blocked', 'message', 'stage', 'rang', 'answered', 'outcome', 'transferred', 'disconnected', 'ended'] %}

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('three_cx_cdroutput'),
        {
            'cdr_id': 'text', 'call_history_id': 'text', 'main_call_history_id': 'text',
            'source_dn_type': 'text', 'source_dn_number': 'text',
            'source_number': {'column': 'source_participant_phone_number', 'kind': 'text'},
            'source_did': {'column': 'source_participant_trunk_did', 'kind': 'text'},
            'source_is_incoming': {'column': 'source_participant_is_incoming', 'kind': 'text'},
            'destination_entity_type': 'text', 'destination_dn_number': 'text', 'destination_dn_name': 'text',
            'destination_number': {'column': 'destination_participant_phone_number', 'kind': 'text'},
            'destination_participant_id': 'text',
            'creation_method': 'text', 'creation_forward_reason': 'text',
            'termination_reason': 'text', 'termination_reason_details': 'text',
            'started_at': {'column': 'cdr_started_at', 'kind': 'timestamp'}, 'started_text': {'column': 'cdr_started_at', 'kind': 'text'},
            'answered_at': {'column': 'cdr_answered_at', 'kind': 'timestamp'},
            'ended_at': {'column': 'cdr_ended_at', 'kind': 'timestamp'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['cdr_id', 'call_history_id', 'started_at', 'loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

with_words as (
    select
        *,
        coalesce(main_call_history_id, call_history_id) as call_id,
        lower(source_dn_type) as source_type,
        lower(destination_entity_type) as destination_type,
        lower(termination_reason || '/' || coalesce(termination_reason_details, 'none')) as termination,
        lower(destination_entity_type || '/' || termination_reason || '/' || coalesce(termination_reason_details, 'none')) as sent_outcome,
        coalesce(lower(creation_method), '') as created_by,
        coalesce(lower(source_is_incoming), '') in ('false', 'f', '0') as was_source_dialled
    from raw_rows {{ call_status.evaluated_once() }}
),

with_meanings as (
    select
        *,
        -- What the destination is: a phone of ours (agent), a line to the outside (customer), or the event that reaching it is.
        {{ call_status.mapped('three_cx', 'destination_entity_type', 'destination_type') }} as role,
        {{ call_status.mapped('three_cx', 'destination', 'destination_dn_name') }} as role_of_name,
        {{ call_status.mapped('three_cx', 'creation_forward_reason', 'creation_forward_reason') }} as message,
        {{ call_status.mapped('three_cx', 'reason', 'sent_outcome') }} as outcome,
        {{ call_status.mapped('three_cx', 'party', 'termination') }} as ended_by_side,
        {{ call_status.unmapped('three_cx', 'party', 'termination') }} as unknown_termination,
        coalesce({{ call_status.mapped('three_cx', 'source_dn_type', 'source_type') }} = 'incoming', false) as is_from_outside,
        answered_at is not null as is_answered,
        -- A phone that is busy says so at once.
        coalesce(
            {{ call_status.epoch_microseconds('ended_at') }} - {{ call_status.epoch_microseconds('started_at') }} < 1000000, false
        ) as is_short
    from with_words {{ call_status.evaluated_once() }}
),

with_sides as (
    select
        *,
        -- A line from the outside that was dialled is the customer of an outgoing call, who is now connected to somebody else.
        case
            when is_from_outside and (created_by = 'call_init' or not was_source_dialled) then 'incoming'
            when is_from_outside or role = 'customer' then 'outgoing'
            else 'internal'
        end as own_direction,
        case role when 'agent' then 'agent' when 'customer' then 'callee' end as side,
        case when is_from_outside then 'customer' when source_type = 'extension' then 'agent' else 'system' end as source_party,
        case
            when role = 'agent' or (role = 'customer' and is_from_outside) then 'agent'
            when role = 'customer' then 'customer'
            else 'system'
        end as destination_party,
        case
            -- One that has rung was declined.
            when outcome = 'callee_rejected' and role = 'agent' and is_short then 'callee_busy'
            when outcome = 'not_in_service' then 'callee_failed'
            else outcome
        end as callee_outcome,
        -- Nothing is known of a segment without a time; a supervisor who listens in is no party of the call.
        started_at is null or created_by like 'barge_in%' as is_silent
    from with_meanings {{ call_status.evaluated_once() }}
),

-- One row per segment: for each milestone the type of its event, if it has one.
segments as (
    select
        *,
        case ended_by_side when 'calling' then source_party when 'called' then destination_party else ended_by_side end as ended_by,
        case when created_by = 'call_init' then 'call_started' end as started_type,
        case
            when outcome = 'caller_blocked' and is_from_outside then outcome
            when outcome = 'dial_blocked' and own_direction = 'outgoing' then outcome
        end as blocked_type,
        case when is_from_outside and is_answered and side is null and role <> 'queue_joined' then message end as message_type,
        case
            when side is not null or role = 'ignore' then null
            when role = 'queue_joined' then role
            when not is_answered then null
            -- What a menu or a script plays is in its name, if anywhere.
            when role = 'ivr_started' and role_of_name in ('welcome_started', 'after_hours_message_started') then role_of_name
            else role
        end as stage_type,
        case
            when destination_type = 'outbound_rule' then null
            when is_answered or callee_outcome in ('callee_ringing', 'callee_no_answer', 'callee_rejected') then side || '_ringing'
            when callee_outcome is null and not is_short then side || '_ringing'
        end as rang_type,
        case when is_answered then side || '_answered' end as answered_type,
        case
            when ended_at is null then null
            when role = 'queue_joined' then 'queue_left'
            when is_answered or callee_outcome = 'callee_ringing' then null
            when role = 'agent' and callee_outcome in ('callee_busy', 'callee_failed') then 'agent_unavailable'
            when callee_outcome like 'callee%' then replace(callee_outcome, 'callee', side)
        end as outcome_type,
        case when role = 'agent' and is_answered and termination like 'continued_in/%' then 'transferred' end as transferred_type,
        case when role = 'agent' and is_answered and ended_at is not null then 'agent_disconnected' end as disconnected_type,
        case when ended_at is not null and coalesce(ended_by_side, '') <> 'ignore' then 'part_ended' end as ended_type
    from with_sides {{ call_status.evaluated_once() }}
),

with_first as (
    select
        *,
        case
            when is_silent then 'silent'
            {%- for milestone in milestones %}
            when {{ milestone }}_type is not null then '{{ milestone }}'
            {%- endfor %}
            else 'silent'
        end as first_milestone,
        -- A segment that belongs to a call which it did not begin, such as an agent's question to a colleague, only suggests a direction.
        case
            when created_by = 'call_init' and call_id = call_history_id then own_direction
            else 'assumed_' || own_direction
        end as direction,
        case
            when role is null and destination_type is not null then 'destination_entity_type'
            when unknown_termination is not null then 'party'
            when side is not null and not is_answered and outcome is null and sent_outcome is not null then 'reason'
        end as unmapped_field
    from segments {{ call_status.evaluated_once() }}
),

milestones as (
    {{ call_status.value_rows('milestone', ['silent'] + milestones) }}
),

of_each as (
    select
        with_first.*,
        milestones.milestone,
        case milestones.milestone
            {%- for milestone in milestones %}
            when '{{ milestone }}' then with_first.{{ milestone }}_type
            {%- endfor %}
        end as event_type
    from with_first
    cross join milestones {{ call_status.evaluated_once() }}
),

events as (
    select
        *,
        case
            when milestone in ('answered', 'message') or (milestone = 'stage' and role <> 'queue_joined') then answered_at
            when milestone in ('outcome', 'transferred', 'disconnected', 'ended', 'blocked') then coalesce(ended_at, started_at)
            else started_at
        end as occurred_at,
        case
            when milestone not in ('outcome', 'blocked') then null
            when outcome in ('connected', 'abandoned', 'timeout', 'full', 'empty', 'key', 'callback', 'not_in_service') then outcome
            when milestone = 'blocked' or role <> 'queue_joined' then termination_reason_details
        end as reason,
        milestone in ('rang', 'answered', 'outcome', 'disconnected') and side is not null as is_of_leg,
        milestone = first_milestone as is_first_event
    from of_each
    where (event_type is not null and not is_silent) or (milestone = 'silent' and first_milestone = 'silent')
)

select
    {{ call_status.event_columns({
        'event_id': "cdr_id || '/' || milestone",
        'source_system': call_status.instance_of('three_cx'),
        'call_id': 'call_id',
        'leg_id': 'case when is_of_leg then coalesce(destination_participant_id, cdr_id) end',
        'direction': 'case when event_type is not null then direction end',
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': "case when milestone = 'ended' then ended_by end",
        'agent_id': "case when is_of_leg and side = 'agent' then destination_dn_number when milestone = 'started' and source_type = 'extension' then source_dn_number end",
        'customer_number': "case when is_from_outside then source_number when role = 'customer' then destination_number end",
        'business_number': "case when is_from_outside and not was_source_dialled then source_did end",
        'queue': "case when role = 'queue_joined' then coalesce(destination_dn_name, destination_dn_number) end",
        'reason': 'reason',
        'records': 'case when is_first_event then 1 else 0 end',
        'set_aside': "case when milestone = 'silent' then case when started_at is not null then 'silent' when started_text is not null then 'unreadable_cdr_started_at' end end",
        'unmapped_field': 'case when is_first_event then unmapped_field end',
        'unmapped_value': "case when is_first_event then case unmapped_field when 'destination_entity_type' then destination_type when 'party' then termination when 'reason' then sent_outcome end end",
    }) }}
from events
