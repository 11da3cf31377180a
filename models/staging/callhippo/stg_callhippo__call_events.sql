{{ config(enabled='callhippo' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a CallHippo activity: the body of a webhook, or a row of the call log. CallHippo has given each call a
-- status, and the activity becomes the events that prove just this status. One that is no call, such as a text message, is set aside.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('callhippo_calls'),
        {
            'activity_type': {'column': ['activitytype', 'type'], 'kind': 'text'},
            'call_id': {'column': ['callsid', 'call_sid', 'callid', '_id', 'id'], 'kind': 'text'},
            'sent_direction': {'column': ['calltype', 'call_type', 'direction'], 'kind': 'text'},
            'reported_status': {'column': ['callstatus', 'call_status', 'status'], 'kind': 'text'},
            'sent_reason': {'column': 'reason', 'kind': 'text'},
            'started_at': {'column': ['starttime', 'start_time', 'time'], 'kind': 'local time'},
            'started_text': {'column': ['starttime', 'start_time', 'time'], 'kind': 'text'},
            'started_on': {'column': 'date', 'kind': 'text'},
            'sent_ended_at': {'column': ['endtime', 'end_time'], 'kind': 'local time'},
            'wait_seconds': {'column': ['ringanswerduration', 'ring_answer_duration'], 'kind': 'duration'},
            'sent_talk_seconds': {'column': ['durationseconds', 'duration', 'callduration', 'call_duration'], 'kind': 'duration'},
            'hangup_by': {'column': ['hangupby', 'hangup_by'], 'kind': 'text'},
            'agent_id': {'column': ['email', 'agentemail', 'callername', 'caller_name'], 'kind': 'text'},
            'sent_queue': {'column': ['queuename', 'callqueue', 'call_queue'], 'kind': 'text'},
            'from_number': {'column': ['from', 'fromnumber'], 'kind': 'text'},
            'to_number': {'column': ['to', 'tonumber'], 'kind': 'text'},
            'source_instance': 'text',
            'loaded_at': call_status.loaded_at_column(),
        },
        required=['loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

with_words as (
    select
        call_id,
        source_instance,
        loaded_at,
        sent_direction,
        reported_status,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        sent_reason,
        coalesce(activity_type, 'call') as activity_type,
        -- The call log of the API has the day and the time of day in two columns.
        coalesce(started_at, {{ call_status.local_time("started_on || ' ' || started_text", 'text') }}) as started_at,
        coalesce(started_text, started_on) as started_text,
        cast(null as {{ dbt.type_timestamp() }}) as answered_at,
        sent_ended_at,
        wait_seconds,
        sent_talk_seconds,
        case
            when hangup_by is null then 'system'
            else {{ call_status.read_word('party', 'hangup_by') }}
        end as ended_by,
        agent_id,
        -- Where the name of the queue should be there is mostly `true` or `false`.
        case when lower(sent_queue) not in ('true', 'false') then sent_queue end as queue,
        from_number,
        to_number
    from raw_rows {{ call_status.evaluated_once() }}
),

with_sides as (
    select
        *,
        case when direction = 'outgoing' then to_number else from_number end as customer_number,
        case when direction = 'outgoing' then from_number else to_number end as business_number,
        case
            when lower(activity_type) <> 'call' then 'no_call'
            else {{ call_status.mapped('callhippo', 'status', 'reported_status', call_status.spelled_status('reported_status')) }}
        end as status
    from with_words {{ call_status.evaluated_once() }}
),

-- The reason is filled on answered calls, too. It tells the canceled calls apart, and nothing else.
records as (
    select
        *,
        status is not null or {{ call_status.unmapped('callhippo', 'status', 'reported_status') }} is null as is_known_word,
        case when status = 'Completed' then sent_talk_seconds end as talk_seconds,
        case when status = 'Voicemail' then sent_talk_seconds end as voicemail_seconds,
        case
            when status <> 'Canceled' then null
            else coalesce(
                {{ call_status.mapped('callhippo', 'reason', 'sent_reason') }},
                case when ended_by = 'agent' then 'agent_canceled' end
            )
        end as status_reason
    from with_sides {{ call_status.evaluated_once() }}
),

events as (
    {{ call_status.status_event_rows('records') }}
)

select
    {{ call_status.status_event_columns(call_status.instance_of('callhippo')) }}
from events
