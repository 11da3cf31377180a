{{ config(enabled='twilio' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a Twilio record. A Call resource is one leg: the first leg of a call has no parent, and each party that it
-- dials is a child. A callback, a request that Twilio sent while the call went on, is about a leg, too. Both become records of one shape.

with calls as (
    {{ call_status.column_rows(
        call_status.raw_table('twilio_calls'), call_status.get_twilio_columns('twilio_calls'), required=['sid', 'sent_state', 'loaded_at']
    ) }}
),

callbacks as (
    {{ call_status.column_rows(
        call_status.raw_table('twilio_callbacks'), call_status.get_twilio_columns('twilio_callbacks'), required=['sid', 'loaded_at']
    ) }}
),

-- One row per record from here on.
records as (
    select
        *,
        false as is_callback
    from calls
    union all
    select
        *,
        true as is_callback
    from callbacks {{ call_status.evaluated_once() }}
),

read as (
    select
        *,
        {%- for name in ['created', 'started', 'ended'] %}
        {{ call_status.local_time(name ~ '_text', 'text') }} as {{ name }}_at,
        {%- endfor %}
        {%- for name in ['seconds', 'dial_seconds', 'recording_seconds'] %}
        {{ call_status.duration_seconds('sent_' ~ name, 'text') }} as {{ name }},
        {%- endfor %}
        coalesce(created_text, started_text) as time_text
    from records {{ call_status.evaluated_once() }}
),

with_words as (
    select
        *,
        {{ call_status.mapped('twilio', 'direction', 'sent_direction') }} as way,
        {{ call_status.mapped('twilio', 'call_status', 'sent_state') }} as known_state,
        {{ call_status.mapped('twilio', 'dial_status', 'sent_dial_state') }} as known_dial_state,
        {{ call_status.mapped('twilio', 'answered_by', 'sent_answered_by') }} as answered_by,
        {{ call_status.mapped('twilio', 'sip_code', 'sip_code') }} as network_reason,
        {{ call_status.mapped('twilio', 'recording_source', 'recording_source') }} as recorded_by,
        coalesce({{ call_status.mapped('twilio', 'address', 'from_address') }}, '') in ('ours', 'agent') as is_from_us,
        coalesce({{ call_status.mapped('twilio', 'address', 'to_address') }}, '') in ('ours', 'agent') as is_to_us,
        {{ call_status.twilio_party('from_address') }} as from_party,
        {{ call_status.twilio_party('to_address') }} as to_party
    from read {{ call_status.evaluated_once() }}
),

-- Twilio's direction is that of the platform: an agent who dials from a browser or a desk phone is inbound.
with_roles as (
    select
        *,
        coalesce(parent_sid, sid) as call_id,
        case
            when parent_sid is not null or way = 'leg' then 'leg'
            when way = 'incoming' then case when is_from_us then 'agent' else 'customer' end
            when way = 'outgoing' then case when is_to_us then 'to_agent' else 'to_customer' end
            when way = 'trunk_in' then 'trunk_in'
            when way = 'trunk_out' then 'to_customer'
            when sent_state is not null then 'unknown'
        end as role
    from with_words {{ call_status.evaluated_once() }}
),

with_states as (
    select
        *,
        case
            when
                known_state in ('busy', 'failed', 'no-answer') and network_reason = 'declined' and role not in ('customer', 'agent')
            then 'declined'
            -- A leg that was answered may turn out to be a machine: its last callback says so, and has the time of the answer.
            when role = 'leg' and (known_state = 'queued' or (is_callback and known_state = 'in-progress')) then null
            else known_state
        end as state,
        case
            when known_dial_state in ('completed', 'answered') and lower(dial_bridged) = 'false' then 'screened'
            -- Without a leg it is a conference or a queue, where nobody else need be.
            when known_dial_state = 'answered' then case when dial_sid is not null then 'completed' end
            else known_dial_state
        end as dial_state,
        -- What a caller leaves is recorded by the Record verb. The last status callback names a recording of the whole call.
        recording is not null
        and sent_dial_state is null
        and sequence_number is null
        and seconds is null
        and coalesce(lower(recording_status), 'completed') = 'completed'
        and coalesce(recorded_by, 'voicemail_left') = 'voicemail_left' as is_message
    from with_roles {{ call_status.evaluated_once() }}
),

-- Lengths are whole seconds, so a time that is computed from one is made a second late: an exact one wins.
with_answers as (
    select
        *,
        {{ call_status.seconds_later('created_at', 'case when seconds > 1 then 1 - seconds else 0 end') }} as sent_start,
        {{ call_status.seconds_later('created_at', 'case when dial_seconds > 1 then 1 - dial_seconds else 0 end') }} as dial_answered
    from with_states {{ call_status.evaluated_once() }}
),

-- A Call resource is created when the leg is set up, and starts when it is answered. A callback is created when something happened.
with_times as (
    select
        *,
        case when is_callback then sent_start else coalesce(created_at, started_at, ended_at) end as begun,
        case
            when not is_callback then coalesce(created_at, started_at)
            when state in ('ringing', 'canceled') then created_at
        end as rang,
        case when is_callback then sent_start else coalesce(started_at, created_at) end as answered,
        case
            when is_callback then created_at
            else coalesce(ended_at, {{ call_status.seconds_later('coalesce(started_at, created_at)', 'coalesce(seconds, 0)') }})
        end as ended,
        coalesce({{ call_status.seconds_later('started_at', 'coalesce(recording_seconds, 0)') }}, created_at) as recorded,
        coalesce(seconds > 0, not is_callback and ended_at > started_at, false) as has_talk,
        coalesce(dial_seconds > 0 or lower(dial_bridged) = 'true', false) as has_dial_talk,
        -- Which part of the record gives its first event.
        case
            when role <> 'leg' or (role = 'leg' and state is not null) then 'call'
            when dial_state is not null then 'dial'
            else 'recording'
        end as first_part
    from with_answers {{ call_status.evaluated_once() }}
),

milestones as (
    {{ call_status.twilio_rows() }}
),

events as (
    select
        with_times.*,
        milestones.part,
        milestones.event_type,
        milestones.party,
        milestones.reason as milestone_reason,
        milestones.part is null or (milestones.part = with_times.first_part and milestones.place = 1) as is_first,
        case milestones.time_of_event
            when 'begun' then with_times.begun
            when 'rang' then with_times.rang
            when 'answered' then with_times.answered
            when 'ended' then with_times.ended
            when 'sent' then with_times.created_at
            when 'dial_answered' then with_times.dial_answered
            when 'recorded' then with_times.recorded
        end as occurred_at
    from with_times
    left join milestones
        on
            (
                milestones.part = 'call'
                and with_times.role = milestones.role
                and (milestones.state is null or with_times.state = milestones.state)
            )
            or (milestones.part = 'dial' and with_times.dial_state = milestones.state)
            or (milestones.part = 'recording' and with_times.is_message)
),

-- A callback knows one time alone: what happened before or after it is left to others.
kept as (
    select *
    from events
    where is_first or occurred_at is not null
),

with_columns as (
    select
        *,
        case
            when role in ('customer', 'trunk_in') then 'incoming'
            when role = 'to_customer' then 'outgoing'
            when role in ('agent', 'to_agent') then 'assumed_outgoing'
            when role = 'leg' and is_from_us and is_to_us then 'internal'
        end as direction,
        case
            when event_type in ('dial_failed', 'callee_failed') then coalesce(milestone_reason, network_reason)
            when event_type not like '%answered' then milestone_reason
            when part = 'call' and answered_by = 'machine' then answered_by
            when (part = 'call' and not has_talk) or (part = 'dial' and not has_dial_talk) then 'unproven'
            when part = 'call' then answered_by
        end as reason,
        {{ call_status.twilio_number('from_party', 'from_address') }} as from_number,
        {{ call_status.twilio_number('to_party', 'to_address') }} as to_number,
        case
            when {{ call_status.unmapped('twilio', 'direction', 'sent_direction') }} is not null then 'direction'
            when {{ call_status.unmapped('twilio', 'call_status', 'sent_state') }} is not null then 'call_status'
            when {{ call_status.unmapped('twilio', 'dial_status', 'sent_dial_state') }} is not null then 'dial_status'
            when {{ call_status.unmapped('twilio', 'answered_by', 'sent_answered_by') }} is not null then 'answered_by'
            when {{ call_status.unmapped('twilio', 'recording_source', 'recording_source') }} is not null then 'recording_source'
        end as unmapped_field
    from kept {{ call_status.evaluated_once() }}
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(sid, message_sid, 'none') || case when is_callback then '/' || cast(" ~ call_status.key_hash(call_status.joined_texts([
            'sent_state', 'sequence_number', 'timestamp_text', 'dial_sid', 'sent_dial_state', 'recording', 'recording_status', 'started_text',
        ])) ~ ' as ' ~ dbt.type_string() ~ ") || '/' || coalesce(part, 'none') else '' end || '/' || coalesce(event_type, 'silent')",
        'source_system': call_status.instance_of('twilio'),
        'call_id': 'call_id',
        'leg_id': "case
            when part = 'dial' then coalesce(dial_sid, sid || '/dial')
            when role = 'leg' or event_type like 'agent%' then sid
        end",
        'direction': "case when event_type <> 'voicemail_left' then direction end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': 'party',
        'agent_id': "case
            when part <> 'call' then null
            when role = 'agent' then from_party
            when is_to_us and (role = 'leg' or event_type like 'agent%') then to_party
        end",
        'customer_number': "case when role in ('customer', 'trunk_in') then from_number when role in ('to_customer', 'agent') then to_number end",
        'business_number': "case when role in ('customer', 'trunk_in') then to_number when role in ('to_customer', 'to_agent') then from_number end",
        'reason': 'reason',
        'cause_scheme': "case when sip_code is not null and part = 'call' and event_type <> 'call_started' and state <> 'completed' then 'sip' end",
        'cause_code': "case when part = 'call' and event_type <> 'call_started' and state <> 'completed' then sip_code end",
        'seconds': "case when event_type = 'voicemail_left' then recording_seconds end",
        'reported_status': "case
            when part = 'call' and role <> 'leg' and known_state in ('completed', 'busy', 'no-answer', 'failed', 'canceled') then sent_state
        end",
        'records': 'case when is_first then 1 else 0 end',
        'set_aside': "case
            when sid is null and message_sid is not null then 'no_call'
            when event_type is null then 'silent'
            when occurred_at is null and time_text is not null then case when is_callback then 'unreadable_timestamp' else 'unreadable_start_time' end
        end",
        'unmapped_field': 'case when is_first then unmapped_field end',
        'unmapped_value': "case
            when not is_first then null
            when unmapped_field = 'direction' then sent_direction
            when unmapped_field = 'call_status' then sent_state
            when unmapped_field = 'dial_status' then sent_dial_state
            when unmapped_field = 'answered_by' then sent_answered_by
            when unmapped_field = 'recording_source' then recording_source
        end",
    }) }}
from with_columns
