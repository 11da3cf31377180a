{{ config(enabled='aircall' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of the call export of Aircall's dashboard: one row a call, after its end.

-- Of the columns with times only that in UTC is read: the others are by the clocks of the number or of the firm, and two rows may differ.
with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('aircall_calls_export'),
        {
            'sent_call_id': {'column': ['call id (internal)', 'call id'], 'kind': 'text'},
            'sent_direction': {'column': 'direction', 'kind': 'text'},
            'started_at': {'column': ['datetime (utc)', 'date (utc)'], 'kind': 'timestamp'},
            'started_text': {'column': ['datetime (utc)', 'date (utc)'], 'kind': 'text'},
            'from_number': {'column': 'from', 'kind': 'text'}, 'to_number': {'column': 'to', 'kind': 'text'},
            'answered': 'text',
            'missed_call_reason': 'text',
            'call_type': {'column': 'call type', 'kind': 'text'},
            'sent_user': {'column': 'user', 'kind': 'text'},
            'team': 'text',
            'total_seconds': {'column': 'duration (total)', 'kind': 'duration'},
            'talk_seconds': {'column': ['duration (in call)', 'in-call duration'], 'kind': 'duration'},
            'wait_seconds': {'column': 'waiting time', 'kind': 'duration'},
            'ring_seconds': {'column': 'time to answer', 'kind': 'duration'},
            'ivr_seconds': {'column': 'time in ivr', 'kind': 'duration'},
            'voicemail': 'text',
            'disconnected_by': {'column': 'disconnected by', 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['started_at', 'loaded_at'],
    ) }}
),

with_words as (
    select
        *,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        {{ call_status.read_word('party', 'disconnected_by') }} as disconnected_party,
        lower({{ call_status.trimmed_text('answered') }}) in ('yes', 'true') as is_answered,
        -- `[No associated user]`, also in other languages.
        case when sent_user not like '[%' then sent_user end as agent_id
    from raw_rows
),

-- A row without an id has one of its content.
with_ids as (
    select
        *,
        coalesce(sent_call_id, cast({{ call_status.key_hash(call_status.joined_texts(
            ['started_text', 'sent_direction', 'from_number', 'to_number', 'sent_user'])) }} as {{ dbt.type_string() }})) as call_id,
        case
            -- Without an agent, `agent` is Aircall itself.
            when disconnected_party = 'agent' and agent_id is null then 'system'
            -- On an unanswered outgoing call `external` may as well be the network that gave up.
            when disconnected_party = 'customer' and direction = 'outgoing' and not is_answered then null
            else disconnected_party
        end as ended_by,
        -- `Outbound` is no outcome.
        coalesce(missed_call_reason, nullif(call_type, 'Outbound')) as reported_status,
        case when direction = 'outgoing' then to_number else from_number end as customer_number,
        case when direction = 'outgoing' then from_number else to_number end as business_number
    from with_words
),

with_times as (
    select
        *,
        {{ call_status.seconds_later('started_at', 'coalesce(total_seconds, coalesce(wait_seconds, 0) + coalesce(talk_seconds, 0))') }}
            as ended_at,
        case
            when is_answered then {{ call_status.seconds_later('started_at', 'coalesce(wait_seconds, total_seconds - talk_seconds, 0)') }}
        end as answered_at
    from with_ids
),

records as (
    select
        *,
        case
            when is_answered then null
            when direction = 'outgoing' then 'dial_timeout'
            when direction = 'incoming' then {{ call_status.mapped('aircall', 'missed_call_reason', 'missed_call_reason') }}
        end as outcome_type,
        {{ call_status.unmapped('aircall', 'missed_call_reason', 'missed_call_reason') }} as unknown_reason
    from with_times
),

milestones as (
    {{ call_status.value_rows('milestone', ['started', 'ivr', 'rang', 'answered', 'voicemail', 'outcome', 'ended']) }}
),

of_each as (
    select
        records.*,
        milestones.milestone,
        case milestones.milestone
            when 'started' then 'call_started'
            -- Where nothing says what came after the menu, having been there proves nothing about the end.
            when 'ivr' then
                case
                    when
                        records.direction = 'incoming' and records.ivr_seconds > 0
                        and (records.is_answered or records.outcome_type is not null or records.ivr_seconds >= records.total_seconds)
                    then 'ivr_started'
                end
            when 'rang' then
                case
                    when records.direction = 'incoming' and records.is_answered and records.ring_seconds is not null then 'agent_ringing'
                end
            when 'answered' then
                case
                    when not records.is_answered then null
                    when records.direction = 'outgoing' then 'customer_answered'
                    when records.direction = 'incoming' then 'agent_answered'
                    else 'callee_answered'
                end
            when 'voicemail' then case when records.direction = 'incoming' and records.voicemail is not null then 'voicemail_left' end
            when 'outcome' then records.outcome_type
            when 'ended' then 'call_ended'
        end as event_type
    from records
    cross join milestones
),

events as (
    select
        *,
        case
            when milestone in ('started', 'ivr') then started_at
            when milestone = 'rang' then {{ call_status.seconds_later('answered_at', '-ring_seconds') }}
            when milestone = 'answered' then answered_at
            when milestone = 'outcome' and event_type like '%started' then started_at
            else ended_at
        end as occurred_at
    from of_each
    where event_type is not null and (milestone = 'started' or started_at is not null)
)

select
    {{ call_status.event_columns({
        'event_id': "call_id || '/export/' || cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['started_text', 'sent_direction', 'answered', 'missed_call_reason', 'sent_user', 'disconnected_by',
             'cast(' ~ call_status.epoch_microseconds('ended_at') ~ ' as ' ~ dbt.type_string() ~ ')'])) ~ ' as ' ~ dbt.type_string() ~ ") || '/' || milestone",
        'source_system': call_status.instance_of('aircall'),
        'call_id': 'call_id',
        'direction': 'direction',
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': "case when milestone = 'ended' then ended_by end",
        'agent_id': "case when event_type in ('agent_ringing', 'agent_answered', 'callee_answered') or direction = 'outgoing' then agent_id end",
        'customer_number': call_status.aircall_number('customer_number'),
        'business_number': call_status.aircall_number('business_number'),
        'queue': 'team',
        'reason': "case when milestone = 'outcome' then missed_call_reason end",
        'reported_status': "case when milestone = 'ended' then reported_status end",
        'records': "case when milestone = 'started' then 1 else 0 end",
        'set_aside': "case when milestone = 'started' and started_at is null and started_text is not null then 'unreadable_started_at' end",
        'unmapped_field': "case when milestone = 'ended' and unknown_reason is not null then 'missed_call_reason' end",
        'unmapped_value': "case when milestone = 'ended' then unknown_reason end",
    }) }}
from events
