{{ config(enabled='aircall' in var('call_status_sources', ['canonical'])) }}

-- One row per event of an Aircall webhook. Each webhook about a call shows the whole call as it was at that moment, whatever the
-- occasion: so each tells again when the call began, was answered and ended.

{%- set call_events = call_status.get_aircall_call_events() %}

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('aircall_webhooks'),
        {
            'event': 'text',
            'sent_at': {'column': 'timestamp', 'kind': 'local time'}, 'sent_text': {'column': 'timestamp', 'kind': 'text'},
            'data': 'json', 'data_text': {'column': 'data', 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['event', 'sent_at', 'data', 'loaded_at'],
    ) }}
),

-- About a call: what other webhooks have in `data` may have an id, too.
webhooks as (
    select
        *,
        lower(event) in ('{{ call_events | list | join("', '") }}') as is_about_call,
        case lower(event)
            {%- for name, event_type in call_events.items() if event_type %}
            when '{{ name }}' then '{{ event_type }}'
            {%- endfor %}
        end as own_type
    from raw_rows
),

with_fields as (
    select
        *,
        case when is_about_call then {{ call_status.json_text('data', 'id') }} end as call_id,
        {{ call_status.json_text('data', 'direction') }} as sent_direction,
        {{ call_status.json_text('data', 'status') }} as call_state,
        {{ call_status.json_text('data', 'started_at') }} as started_text,
        {{ call_status.json_text('data', 'answered_at') }} as answered_text,
        {{ call_status.json_text('data', 'ended_at') }} as ended_text,
        {{ call_status.json_text('data', 'missed_call_reason') }} as missed_call_reason,
        {{ call_status.json_text('data', 'hangup_cause') }} as hangup_cause,
        {{ call_status.json_text('data', ['voicemail', 'voicemail_short_url']) }} as voicemail,
        {{ call_status.json_text('data', 'user.id') }} as user_id,
        {{ call_status.json_text('data', 'transferred_by.id') }} as transferred_by,
        {{ call_status.json_text('data', 'teams.0.name') }} as team,
        {{ call_status.json_text('data', 'number.messages') }} as messages,
        {{ call_status.json_text('data', 'number.messages.closed') }} as closed_message,
        {{ call_status.aircall_number(call_status.json_text('data', 'raw_digits')) }} as customer_number,
        {{ call_status.aircall_number(call_status.json_text('data', 'number.digits')) }} as business_number
    from webhooks
),

with_times as (
    select
        *,
        {{ call_status.local_time('started_text', 'text') }} as started_at,
        {{ call_status.local_time('answered_text', 'text') }} as answered_at,
        {{ call_status.local_time('ended_text', 'text') }} as ended_at
    from with_fields
),

-- Ended: `call.hungup` and `call.ended` say so also where the time is missing.
with_end as (
    select
        *,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        case when ended_at is not null or lower(event) in ('call.hungup', 'call.ended') then coalesce(ended_at, sent_at) end as over_at,
        answered_at is not null or lower(event) = 'call.answered' as has_answer,
        voicemail is not null or lower(event) = 'call.voicemail_left' as has_message,
        -- Of a call that was handed on, `user` is who has it now. The answer was that of the one who handed it on.
        case when lower(event) = 'call.answered' then user_id else coalesce(transferred_by, user_id) end as answered_by
    from with_times
),

with_reason as (
    select
        *,
        over_at is not null and not has_answer as is_unanswered,
        {{ call_status.mapped('aircall', 'missed_call_reason', 'missed_call_reason') }} as reason_type,
        {{ call_status.unmapped('aircall', 'missed_call_reason', 'missed_call_reason') }} as unknown_reason,
        case when lower(event) like 'call.%' and not is_about_call then event end as unknown_event
    from with_end
),

records as (
    select
        *,
        case
            when not is_unanswered then null
            when direction = 'outgoing' then 'dial_timeout'
            when direction <> 'incoming' then null
            -- That the agents did not answer may mean that all of them declined, and only other webhooks tell who was rung. An
            -- agent without a name would be one more, who did not decline.
            when reason_type = 'agent_no_answer' and user_id is null then null
            -- A number that has its messages listed, and none for closed hours.
            when reason_type = 'after_hours_message_started' and messages is not null and closed_message is null then 'number_unavailable'
            else reason_type
        end as outcome_type
    from with_reason
),

milestones as (
    {{ call_status.value_rows('milestone', ['started', 'own', 'answered', 'voicemail', 'outcome', 'ended']) }}
),

of_each as (
    select
        records.*,
        milestones.milestone,
        case milestones.milestone
            when 'started' then case when records.is_about_call then 'call_started' end
            when 'own' then records.own_type
            when 'answered' then
                case
                    when not records.has_answer then null
                    when records.direction = 'outgoing' then 'customer_answered'
                    when records.direction = 'incoming' then 'agent_answered'
                    else 'callee_answered'
                end
            when 'voicemail' then case when records.has_message and records.direction = 'incoming' then 'voicemail_left' end
            when 'outcome' then records.outcome_type
            when 'ended' then case when records.over_at is not null then 'call_ended' end
        end as event_type
    from records
    cross join milestones
),

events as (
    select
        *,
        case
            when milestone = 'started' then coalesce(started_at, sent_at)
            when milestone = 'own' then sent_at
            -- Whoever answers a call that was handed on does so when the webhook says it: `answered_at` is the first answer's.
            when milestone = 'answered' and lower(event) = 'call.answered' and transferred_by is not null then sent_at
            when milestone = 'answered' then coalesce(answered_at, sent_at)
            when milestone = 'outcome' and event_type like '%started' then coalesce(started_at, over_at)
            else coalesce(over_at, sent_at)
        end as occurred_at,
        case
            when event_type in ('agent_answered', 'callee_answered') then answered_by
            when event_type like 'agent%' then user_id
            -- Of an outgoing call, who made it.
            when direction = 'outgoing' and milestone in ('started', 'answered') then answered_by
        end as agent_id,
        -- Whoever abandons a call is the caller. Otherwise no webhook says who hung up.
        case when milestone = 'ended' and is_unanswered and missed_call_reason like '%abandon%' then 'customer' end as party
    from of_each
    where milestone = 'started' or (is_about_call and event_type is not null)
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(call_id, '') || '/' || cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['event', 'sent_text', 'call_state', 'user_id', 'transferred_by', 'missed_call_reason',
             'answered_text', 'ended_text'])) ~ ' as ' ~ dbt.type_string() ~ ") || '/' || milestone",
        'source_system': call_status.instance_of('aircall'),
        'call_id': 'call_id',
        'leg_id': "case when event_type like 'agent%' then agent_id end",
        'direction': "case when event_type is not null then direction end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': 'party',
        'agent_id': 'agent_id',
        'customer_number': 'customer_number',
        'business_number': 'business_number',
        'queue': 'team',
        'reason': "case when milestone = 'outcome' then missed_call_reason end",
        'cause_scheme': "case when milestone = 'ended' and hangup_cause is not null then 'aircall' end",
        'cause_code': "case when milestone = 'ended' then hangup_cause end",
        'reported_status': "case when milestone = 'ended' then missed_call_reason end",
        'records': "case when milestone = 'started' then 1 else 0 end",
        'set_aside': "case"
            ~ " when milestone <> 'started' then null"
            ~ " when lower(event) like 'message.%' or lower(event) like 'group_message.%' then 'no_call'"
            ~ " when not is_about_call then 'silent'"
            ~ " when data is null and data_text is not null then 'unreadable_data'"
            ~ " when occurred_at is null and sent_text is not null then 'unreadable_timestamp' end",
        'unmapped_field': "case"
            ~ " when milestone = 'started' and unknown_event is not null then 'event'"
            ~ " when milestone = 'ended' and unknown_reason is not null then 'missed_call_reason' end",
        'unmapped_value': "case milestone when 'started' then unknown_event when 'ended' then unknown_reason end",
    }) }}
from events
