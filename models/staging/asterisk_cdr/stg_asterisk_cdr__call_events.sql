{{ config(enabled='asterisk_cdr' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of Asterisk's CDR. A row is about one path of a call: from a channel to one that it dialled, or to an
-- application. `disposition` speaks of the channel, and an application answers a channel, too. So the last application decides what it
-- means.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('asterisk_cdr'),
        {
            'started_at': {'column': ['start', 'calldate'], 'kind': 'local time'},
            'started_text': {'column': ['start', 'calldate'], 'kind': 'text'},
            'calling_number': {'column': 'src', 'kind': 'text'}, 'dialled_number': {'column': 'dst', 'kind': 'text'}, 'did': 'text',
            'context': {'column': 'dcontext', 'kind': 'text'}, 'channel': 'text',
            'dialled_channel': {'column': 'dstchannel', 'kind': 'text'},
            'last_application': {'column': 'lastapp', 'kind': 'text'}, 'last_data': {'column': 'lastdata', 'kind': 'text'},
            'duration_seconds': {'column': 'duration', 'kind': 'number'}, 'talk_seconds': {'column': 'billsec', 'kind': 'number'},
            'sent_disposition': {'column': 'disposition', 'kind': 'text'}, 'uniqueid': 'text', 'linkedid': 'text',
            'sequence_number': {'column': 'sequence', 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['uniqueid', 'started_at', 'loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

-- An application as the dialplan calls it: Queue(sales,tT,,,60).
read as (
    select
        *,
        coalesce(linkedid, uniqueid) as call_id,
        linkedid is null or linkedid = uniqueid as is_first_channel,
        upper({{ call_status.trimmed_text('sent_disposition') }}) as disposition,
        lower({{ call_status.trimmed_text("coalesce(last_application, '')") }}) as application,
        coalesce(last_application, '') || '(' || coalesce(last_data, '') || ')' as application_call,
        {{ call_status.phone_of_channel('channel') }} as calling_phone,
        {{ call_status.phone_of_channel('dialled_channel') }} as dialled_phone,
        -- A Dial that reached nobody still names whom it meant: PJSIP/5550100103@trunk.
        coalesce(dialled_channel, case when lower(last_application) = 'dial' then last_data end) as dialled,
        case when talk_seconds between 0 and duration_seconds then duration_seconds - talk_seconds else 0 end as ring_seconds,
        {{ call_status.seconds_later('started_at', 'duration_seconds') }} as ended_at
    from raw_rows
),

-- Half of a Local channel is no line to the outside, whatever its context is called.
with_lines as (
    select
        *,
        case when channel not like 'Local/%' then channel end as calling_line,
        case when dialled not like 'Local/%' then dialled end as dialled_line
    from read
),

with_claims as (
    select
        *,
        {{ call_status.mapped('asterisk_cdr', 'application', 'application_call') }} as application_event,
        {{ call_status.claim('asterisk_cdr', 'context', 'context') }} as context_claim,
        {{ call_status.claim('asterisk_cdr', 'channel', 'calling_line', trunk='incoming') }} as channel_claim,
        {{ call_status.claim('asterisk_cdr', 'channel', 'dialled_line', trunk='outgoing', ours='') }} as dialled_claim
    from with_lines {{ call_status.evaluated_once() }}
),

-- A later row of a call may begin with the trunk that was dialled before: only the first channel makes a call incoming.
with_direction as (
    select
        *,
        {{ call_status.strongest_direction([
            "case when channel_claim = 'ours' then null else context_claim end",
            "case when is_first_channel or channel_claim not like '%incoming' then channel_claim end",
            'dialled_claim',
        ]) }} as direction,
        case
            when started_at is null then 'unreadable_started_at'
            when 'ignore' in (context_claim, channel_claim) then 'no_call'
            -- The half of a call that Asterisk originated itself.
            when application = 'appdial2' then 'no_call'
            -- A phone of our own that dialled nobody: such a half too, or somebody who listens to an application.
            when channel_claim = 'ours' and dialled_channel is null then 'no_call'
        end as set_aside
    from with_claims {{ call_status.evaluated_once() }}
),

-- Went on: the dialplan did, past a Dial that nobody had answered. Whom it dialled is left in the row, and whether that rang is not
-- known; a voicemail comes after ringing.
with_outcome as (
    select
        *,
        {{ call_status.seconds_later('started_at', 'ring_seconds') }} as answered_at,
        case
            when disposition = 'ANSWERED' and dialled_channel is null and application_event = 'callee_answered' then 'failed'
            when disposition = 'ANSWERED' and dialled_channel is null then 'in application'
            when disposition = 'ANSWERED' and application_event = 'callee_answered' and ring_seconds > 0 then 'rang and answered'
            when disposition = 'ANSWERED' and application_event in ('callee_answered', 'queue_joined') then 'answered'
            when disposition = 'ANSWERED' and application_event = 'voicemail_started' then 'went on to voicemail'
            when disposition = 'ANSWERED' and application = 'stasis' then 'perhaps answered'
            when disposition = 'ANSWERED' then 'went on'
            when disposition = 'NO ANSWER' and (dialled_channel is not null or application_event = 'callee_answered') then 'rang'
            -- An application may play something without answering the channel.
            when disposition = 'NO ANSWER' and application_event <> 'ivr_started' then 'in application'
            when disposition = 'BUSY' then 'busy'
            when disposition in ('FAILED', 'CONGESTION') and application = 'queue' then 'nobody in queue'
            when disposition in ('FAILED', 'CONGESTION') then 'failed'
        end as outcome
    from with_direction {{ call_status.evaluated_once() }}
),

milestones as (
    {{ call_status.cdr_rows() }}
),

of_each as (
    select
        with_outcome.*,
        milestones.reason,
        milestones.moment,
        milestones.event_type = 'call_started' as is_first_event,
        case when milestones.event_type = 'application' then with_outcome.application_event else milestones.event_type end as event_type
    from with_outcome
    inner join milestones
        on
            (milestones.outcome is null or with_outcome.outcome = milestones.outcome)
            and (milestones.event_type = 'call_started' or with_outcome.set_aside is null)
            and (milestones.event_type <> 'part_ended' or with_outcome.ended_at is not null)
            and (milestones.event_type <> 'application' or with_outcome.application_event is not null)
),

events as (
    select
        *,
        case moment when 'answered' then answered_at when 'ended' then coalesce(ended_at, started_at) else started_at end as occurred_at,
        case
            when set_aside is not null then null
            when is_first_event and disposition not in ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', '') then 'disposition'
            when direction is not null or not (is_first_channel or channel like 'Local/%;2') then null
            when is_first_event and context_claim is null then 'context'
            when event_type = 'part_ended' and channel_claim is null then 'channel'
        end as unmapped_field
    from of_each
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(uniqueid, '') || '/' || cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['sequence_number', 'started_text', 'channel', 'dialled_channel', 'last_application', 'last_data', 'sent_disposition']))
            ~ ' as ' ~ dbt.type_string() ~ ") || '/' || event_type",
        'source_system': call_status.instance_of('asterisk_cdr'),
        'call_id': 'call_id',
        'leg_id': "case when event_type like 'callee%' then dialled_phone end",
        'direction': "case when is_first_event then direction end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'agent_id': "case
            when event_type like 'callee%' and coalesce(dialled_claim, '') <> 'outgoing' then dialled_phone
            when is_first_event and coalesce(direction, '') not like '%incoming' then calling_phone
        end",
        'customer_number': "case
            when is_first_event and direction like '%incoming' then calling_number
            when is_first_event and direction like '%outgoing' then dialled_number
        end",
        'business_number': "case when is_first_event and direction like '%incoming' then did end",
        'queue': "case when event_type <> 'part_ended' and application = 'queue' then " ~ dbt.split_part('last_data', "','", 1) ~ ' end',
        'reason': 'reason',
        'reported_status': "case when event_type = 'part_ended' then sent_disposition end",
        'records': "case when is_first_event then 1 else 0 end",
        'set_aside': 'set_aside',
        'unmapped_field': 'unmapped_field',
        'unmapped_value': "case unmapped_field
            when 'disposition' then sent_disposition
            when 'context' then context
            when 'channel' then " ~ dbt.split_part('calling_line', "'/'", 1) ~ " || '/' || calling_phone
        end",
    }) }}
from events
