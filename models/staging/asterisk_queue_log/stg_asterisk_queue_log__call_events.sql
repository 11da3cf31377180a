{{ config(enabled='asterisk_queue_log' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a line of Asterisk's queue_log. A line is about one call in one queue, and every such call is incoming.
-- A line may be about no call, such as an agent who logs in. It says nothing about an outcome.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('asterisk_queue_log'),
        {
            'logged_at': {'column': 'time', 'kind': 'local time'}, 'time_text': {'column': 'time', 'kind': 'text'},
            'sent_call_id': {'column': 'callid', 'kind': 'text'}, 'queue': {'column': 'queuename', 'kind': 'text'},
            'member': {'column': 'agent', 'kind': 'text'}, 'sent_event': {'column': 'event', 'kind': 'text'},
            'data1': 'text', 'data2': 'text', 'data3': 'text', 'data4': 'text', 'data5': 'text',
            'seconds1': {'column': 'data1', 'kind': 'number'}, 'seconds2': {'column': 'data2', 'kind': 'number'},
            'seconds4': {'column': 'data4', 'kind': 'number'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['logged_at', 'sent_call_id', 'sent_event', 'loaded_at'],
    ) }}
),

read as (
    select
        *,
        upper(trim(sent_event)) as event,
        case when upper(sent_call_id) <> 'NONE' then sent_call_id end as call_id,
        case when upper(member) <> 'NONE' then {{ call_status.phone_of_channel('member') }} end as agent_id
    from raw_rows
),

-- Rang: for how long, in seconds. Under a second a member was not reached, and nothing rang.
with_lengths as (
    select
        *,
        case when event in ('RINGNOANSWER', 'RINGCANCELED') then seconds1 / 1000 end as rang_seconds,
        case
            when event in ('COMPLETEAGENT', 'COMPLETECALLER') then seconds2
            when event in ('TRANSFER', 'BLINDTRANSFER') then seconds4
        end as talk_seconds
    from read
),

-- Lengths are whole seconds, so a time that is computed from one is made a second late: an exact one wins.
with_starts as (
    select
        *,
        {{ call_status.seconds_later('logged_at', 'case when rang_seconds > 1 then 1 - rang_seconds else 0 end') }} as rang_from,
        {{ call_status.seconds_later('logged_at', 'case when talk_seconds > 1 then 1 - talk_seconds else 0 end') }} as talked_from
    from with_lengths
),

milestones as (
    {{ call_status.queue_log_rows() }}
),

events as (
    select
        with_starts.*,
        milestones.event_type,
        milestones.reason,
        milestones.party,
        coalesce(milestones.place, 1) as part,
        milestones.event_type is null
        and with_starts.call_id is not null
        and with_starts.event not in ('{{ call_status.get_silent_queue_log_events() | join("', '") }}') as is_unknown_event,
        case milestones.is_start
            when 'rang' then with_starts.rang_from
            when 'talked' then with_starts.talked_from
            else with_starts.logged_at
        end as occurred_at
    from with_starts
    left join milestones
        on
            with_starts.event = milestones.event
            and with_starts.call_id is not null
            and (milestones.rang is null or milestones.rang = case
                when with_starts.rang_seconds is null then 'unknown'
                when with_starts.rang_seconds < 1 then 'no'
                else 'yes'
            end)
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(call_id, 'NONE') || '/' || cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['time_text', 'event', 'queue', 'member', 'data1', 'data2', 'data3', 'data4', 'data5'])) ~ ' as ' ~ dbt.type_string()
            ~ ") || '/' || coalesce(event_type, 'silent')",
        'source_system': call_status.instance_of('asterisk_queue_log'),
        'call_id': 'call_id',
        'leg_id': "case when event_type like 'agent%' then agent_id end",
        'direction': "case when event_type is not null then 'incoming' end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': 'party',
        'agent_id': "case when event_type like 'agent%' then agent_id end",
        'customer_number': "case when event = 'ENTERQUEUE' then data2 end",
        'queue': "case when upper(queue) <> 'NONE' then queue end",
        'reason': 'reason',
        'records': 'case when part = 1 then 1 else 0 end',
        'set_aside': "case when event_type is null then 'silent' when logged_at is null then 'unreadable_occurred_at' end",
        'unmapped_field': "case when is_unknown_event then 'event' end",
        'unmapped_value': "case when is_unknown_event then sent_event end",
    }) }}
from events
