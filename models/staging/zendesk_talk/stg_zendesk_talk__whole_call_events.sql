{{ config(enabled='zendesk_talk' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of Zendesk Talk's calls. A row comes again whenever something of the call changed, also before its end.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('zendesk_talk_calls'),
        {
            'call_id': {'column': 'id', 'kind': 'text'},
            'started_at': {'column': 'created_at', 'kind': 'timestamp'}, 'started_text': {'column': 'created_at', 'kind': 'text'},
            'sent_direction': {'column': 'direction', 'kind': 'text'},
            'completion_status': 'text',
            'sent_agent_id': {'column': 'agent_id', 'kind': 'text'},
            'phone_number': 'text',
            'group_name': {'column': ['ivr_destination_group_name', 'call_group_id'], 'kind': 'text'},
            'duration': 'duration', 'talk_time': 'duration', 'wait_time': 'duration', 'time_to_answer': 'duration', 'ivr_time_spent': 'duration',
            'voicemail': 'text', 'outside_business_hours': 'text',
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['call_id', 'started_at', 'loaded_at'],
    ) }}
),

with_words as (
    select
        *,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        -- Nobody is 0 or null.
        nullif(sent_agent_id, '0') as agent_id,
        {{ call_status.cleaned_word('completion_status') }} as word,
        lower(voicemail) in ('true', 't', '1') as has_message,
        case when lower(outside_business_hours) in ('true', 't', '1') then 'true' end as is_outside_hours,
        {{ call_status.seconds_later('started_at', 'coalesce(duration, 0)') }} as ended_at,
        {{ call_status.seconds_later('started_at', 'coalesce(time_to_answer, wait_time, 0)') }} as answered_at
    from raw_rows {{ call_status.evaluated_once() }}
),

with_types as (
    select
        *,
        {{ call_status.mapped('zendesk_talk', 'completion_status', 'word') }} as word_type,
        {{ call_status.unmapped('zendesk_talk', 'completion_status', 'word') }} as unknown_word,
        {{ call_status.mapped('zendesk_talk', 'outside_business_hours', 'is_outside_hours') }} as closed_type,
        -- A message is on its way, and the call gets another status.
        word is not null and word <> 'pending_voicemail' as is_over
    from with_words {{ call_status.evaluated_once() }}
),

records as (
    select
        *,
        case
            -- Completed is also a call whose caller left a message, and somebody who talked makes it more than that.
            when word_type = 'callee_answered' and has_message and coalesce(talk_time, 0) = 0 then null
            -- Only the legs tell who was rung: an agent without a name would be one more, who did not decline.
            when word_type = 'callee_no_answer' and direction = 'incoming' and agent_id is null then null
            when direction = 'outgoing' and word_type not like 'callee%' then null
            else word_type
        end as outcome_type
    from with_types
),

milestones as (
    {{ call_status.value_rows('milestone', ['started', 'ivr', 'queued', 'closed', 'outcome', 'voicemail', 'ended']) }}
),

of_each as (
    select
        records.*,
        milestones.milestone,
        case
            when milestones.milestone = 'started' then 'call_started'
            when milestones.milestone = 'outcome' then records.outcome_type
            when milestones.milestone = 'ended' and records.is_over then 'call_ended'
            -- The rest is about incoming calls.
            when records.direction <> 'incoming' then null
            when milestones.milestone = 'voicemail' and records.has_message then 'voicemail_left'
            when milestones.milestone = 'closed' and records.word_type <> 'callee_answered' then records.closed_type
            -- Where nothing says what came after the menu, having been there proves nothing about the end.
            when milestones.milestone = 'ivr' and records.ivr_time_spent > 0 and records.outcome_type is not null then 'ivr_started'
            when
                milestones.milestone = 'queued'
                and (records.outcome_type = 'queue_left' or records.outcome_type = 'callee_answered' and records.wait_time > 0)
            then 'queue_joined'
        end as event_type
    from records
    cross join milestones {{ call_status.evaluated_once() }}
),

events as (
    select
        *,
        case
            when milestone in ('started', 'ivr', 'closed') then started_at
            when milestone = 'queued' then {{ call_status.seconds_later('started_at', 'coalesce(ivr_time_spent, 0)') }}
            when event_type = 'ivr_started' then started_at
            when event_type = 'callee_answered' then answered_at
            else ended_at
        end as occurred_at,
        case
            -- Zendesk completes a call that nobody talked on, too.
            when event_type = 'callee_answered' and word = 'completed' and coalesce(talk_time, 0) = 0 then 'unproven'
            when event_type = 'queue_left' then 'abandoned'
            when event_type like 'callee%' and milestone = 'outcome' and word_type <> 'callee_answered' then completion_status
            when milestone = 'closed' then 'outside_business_hours'
        end as reason,
        case
            when milestone <> 'ended' then null
            when word like 'abandoned%' then 'customer'
            when word = 'failed' then 'system'
        end as party
    from of_each
    where event_type is not null and (milestone = 'started' or started_at is not null)
)

select
    {{ call_status.event_columns({
        'event_id': "'call/' || call_id || '/' || milestone",
        'source_system': call_status.instance_of('zendesk_talk'),
        'call_id': 'call_id',
        'direction': 'direction',
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': 'party',
        'agent_id': "case when event_type like 'callee%' or direction = 'outgoing' then agent_id end",
        'business_number': 'phone_number',
        'queue': "case when direction = 'incoming' then group_name end",
        'reason': 'reason',
        'reported_status': "case when milestone in ('outcome', 'ended') then completion_status end",
        'records': "case when milestone = 'started' then 1 else 0 end",
        'set_aside': "case when milestone = 'started' and started_at is null and started_text is not null then 'unreadable_created_at' end",
        'unmapped_field': "case when milestone = 'ended' and unknown_word is not null then 'completion_status' end",
        'unmapped_value': "case when milestone = 'ended' then unknown_word end",
    }) }}
from events
