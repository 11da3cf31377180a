{{ config(enabled='three_cx' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of the report of inbound calls: a destination that a call reached. Rows of one call may overlap: a menu
-- counts as talked to until the call is over, also while it rings somewhere else.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('three_cx_call_report'),
        {
            'call_id': 'text',
            'started_at': {'column': ['call time', 'call_time'], 'kind': 'local time'},
            'started_text': {'column': ['call time', 'call_time'], 'kind': 'text'},
            'caller': {'column': ['caller id', 'caller_id'], 'kind': 'text'},
            'did': 'text', 'destination': 'text', 'status': 'text',
            'ring_seconds': {'column': 'ringing', 'kind': 'duration'},
            'talk_seconds': {'column': 'talking', 'kind': 'duration'},
            'total_seconds': {'column': ['total duration', 'total_duration'], 'kind': 'duration'},
            'total_text': {'column': ['total duration', 'total_duration'], 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['started_at', 'caller', 'destination', 'status', 'loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

-- A destination is a name and a number: `Sales Queue (804)`. What it is stands in its name; any other is a phone.
destinations as (
    select
        *,
        coalesce({{ call_status.mapped('three_cx', 'destination', 'destination') }}, 'agent_ringing') as role,
        trim({{ dbt.split_part('destination', "'('", 1) }}) as destination_name,
        coalesce(nullif({{ dbt.split_part(dbt.split_part('destination', "'('", 2), "')'", 1) }}, ''), destination) as destination_number,
        lower(status) as outcome,
        coalesce(ring_seconds, 0) as rang_for,
        -- The last line of a report has the totals.
        started_at is null and destination is null as is_total
    from raw_rows {{ call_status.evaluated_once() }}
),

with_times as (
    select
        *,
        -- A menu and a mailbox answer by themselves. A queue and a group are answered by one of their members.
        role in ('agent_ringing', 'callee_ringing', 'queue_joined') as can_be_answered,
        case
            when role not in ('agent_ringing', 'callee_ringing') then role
            -- A phone that the call was sent on from at once did not ring.
            when outcome <> 'redirected' or rang_for > 0 then 'agent_ringing'
        end as reached_type,
        {{ call_status.seconds_later('started_at', 'rang_for') }} as answered_at,
        {{ call_status.seconds_later('started_at', 'coalesce(total_seconds, rang_for + coalesce(talk_seconds, 0))') }} as ended_at
    from destinations {{ call_status.evaluated_once() }}
),

milestones as (
    {{ call_status.value_rows('milestone', ['started', 'reached', 'answered', 'left', 'ended']) }}
),

of_each as (
    select
        with_times.*,
        milestones.milestone,
        case milestones.milestone
            when 'started' then 'call_started'
            when 'reached' then with_times.reached_type
            when 'answered' then case when with_times.outcome = 'answered' and with_times.can_be_answered then 'agent_answered' end
            when 'left' then case when with_times.outcome = 'unanswered' and with_times.role = 'queue_joined' then 'queue_left' end
            when 'ended' then case when with_times.outcome <> 'redirected' then 'part_ended' end
        end as event_type
    from with_times
    cross join milestones {{ call_status.evaluated_once() }}
),

events as (
    select
        *,
        case
            when milestone in ('started', 'reached') then started_at
            when milestone = 'answered' then answered_at
            else ended_at
        end as occurred_at,
        role = 'agent_ringing' and event_type like 'agent%' as is_of_agent
    from of_each
    where milestone = 'started' or (event_type is not null and started_at is not null)
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(call_id, '') || '/' || cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['started_text', 'destination', 'status', 'total_text'])) ~ ' as ' ~ dbt.type_string() ~ ") || '/' || milestone",
        'source_system': call_status.instance_of('three_cx'),
        'call_id': 'call_id',
        'leg_id': "case when event_type like 'agent%' then destination_number end",
        'direction': "case when not is_total then 'incoming' end",
        'event_type': 'case when not is_total then event_type end',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'agent_id': 'case when is_of_agent then destination_number end',
        'customer_number': 'caller',
        'business_number': 'did',
        'queue': "case when role = 'queue_joined' then destination_name end",
        'reason': "case when milestone = 'answered' and role <> 'agent_ringing' then 'unproven' when milestone = 'left' then 'abandoned' end",
        'reported_status': "case when milestone = 'ended' and can_be_answered then status end",
        'records': "case when milestone = 'started' then 1 else 0 end",
        'set_aside': "case when is_total then 'silent' when started_at is null and started_text is not null then 'unreadable_call_time' end",
        'unmapped_field': "case when milestone = 'started' and outcome not in ('answered', 'unanswered', 'redirected') then 'status' end",
        'unmapped_value': "case when milestone = 'started' and outcome not in ('answered', 'unanswered', 'redirected') then status end",
    }) }}
from events
