{{ config(enabled='genesys_cloud' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a Genesys Cloud conversation. A conversation has participants (the customer, a menu, a queue, agents), these have
-- sessions, and these have segments, such as `alert` and `interact`. Only sessions by voice are about a call.

{%- set milestones = ['started', 'stage', 'rang', 'answered', 'outcome', 'message', 'transferred', 'disconnected', 'ended'] %}

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('genesys_cloud_conversations'),
        {
            'document': {'column': ['document', '_airbyte_data'], 'kind': 'json'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['document', 'loaded_at'],
    ) }}
),

-- What the whole conversation tells.
conversations as (
    select
        *,
        {{ call_status.json_text('document', 'conversationId') }} as call_id,
        {{ call_status.json_text('document', 'conversationStart') }} as began,
        {{ call_status.json_text('document', 'conversationEnd') }} as finished,
        {{ call_status.read_word('direction', call_status.json_text('document', 'originatingDirection')) }} as originating_direction,
        coalesce({{ call_status.has_json_text('document', 'participants.*.sessions.*.mediaType', ['voice']) }}, false) as is_call,
        -- Without any of these, users talk among themselves.
        {{ call_status.has_json_text(
            'document', 'participants.*.purpose', ['customer', 'external', 'ivr', 'acd', 'workflow', 'botflow', 'campaign', 'dialer', 'outbound']
        ) }} as has_outside,
        -- A session that ended otherwise than by a transfer tells the end of the call.
        {{ call_status.has_json_text(
            'document', 'participants.*.sessions.*.segments.*.disconnectType',
            ['client', 'endpoint', 'peer', 'system', 'timeout', 'error', 'other', 'uncallable', 'spam']
        ) }} as has_ended_session
    from raw_rows
),

kinds as (
    {{ call_status.value_rows('kind', ['conversation', 'segment']) }}
),

-- One row per conversation, and one per segment: the levels between them are unfolded one by one. The row of the conversation itself
-- goes along with an empty object.
participants as (
    select
        conversations.*,
        kinds.kind,
        unnest(case
            when kinds.kind = 'conversation' then {{ call_status.json_elements("'[{}]'", '') }}
            when conversations.is_call then {{ call_status.json_elements('conversations.document', 'participants') }}
        end) as participant
    from conversations
    cross join kinds
),

sessions as (
    select
        *,
        {{ call_status.json_text('participant', 'purpose') }} as purpose,
        {{ call_status.json_text('participant', 'userId') }} as user_id,
        unnest(case
            when kind = 'conversation' then {{ call_status.json_elements("'[{}]'", '') }}
            else {{ call_status.json_elements('participant', 'sessions') }}
        end) as session
    from participants
),

-- A supervisor who listens to somebody is no party of the call.
voice_sessions as (
    select
        *,
        {{ call_status.json_text('session', 'sessionId') }} as session_id,
        coalesce({{ call_status.json_text('session', 'direction') }} = 'outbound', false) as is_outbound,
        {{ call_status.genesys_cloud_number(call_status.json_text('session', 'ani')) }} as ani,
        {{ call_status.genesys_cloud_number(call_status.json_text('session', 'dnis')) }} as dnis,
        {{ call_status.json_text('session', 'dispositionName') }} as disposition,
        {{ call_status.json_text('session', 'flow.flowName') }} as flow_name,
        {{ call_status.has_json_text('session', 'metrics.*.name', ['tNotResponding']) }} as has_not_responded,
        {{ call_status.has_json_text('session', 'metrics.*.name', ['tFlowOut']) }} as has_flowed_out,
        {{ call_status.has_json_text('session', 'metrics.*.name', ['tVoicemail']) }} as has_message
    from sessions
    where
        kind = 'conversation'
        or (
            {{ call_status.json_text('session', 'mediaType') }} = 'voice'
            and {{ call_status.json_text('session', ['monitoredParticipantId', 'coachedParticipantId', 'bargedParticipantId']) }} is null
        )
),

segments as (
    select
        *,
        unnest(case
            when kind = 'conversation' then {{ call_status.json_elements("'[{}]'", '') }}
            else {{ call_status.json_elements('session', 'segments') }}
        end) as segment
    from voice_sessions
),

with_words as (
    select
        *,
        {{ call_status.json_text('segment', 'segmentType') }} as segment_type,
        case when kind = 'conversation' then began else {{ call_status.json_text('segment', 'segmentStart') }} end as started_text,
        case when kind = 'conversation' then finished else {{ call_status.json_text('segment', 'segmentEnd') }} end as ended_text,
        lower({{ call_status.json_text('segment', 'disconnectType') }}) as disconnect_type,
        {{ call_status.json_text('segment', 'errorCode') }} as error_code,
        {{ call_status.json_text('segment', 'queueId') }} as queue,
        {{ call_status.json_text('segment', 'sipResponseCodes.0') }} as sip_code,
        {{ call_status.mapped('genesys_cloud', 'purpose', 'purpose') }} as role
    from segments
),

with_times as (
    select
        *,
        {{ call_status.utc_timestamp('started_text', 'text') }} as started_at,
        {{ call_status.utc_timestamp('ended_text', 'text') }} as ended_at,
        -- Which side of the call the session is. An agent who dials is the calling one, also where the number is the firm's own.
        case
            when role = 'customer' then case when is_outbound then 'called' else 'customer' end
            when role = 'agent' then case when is_outbound then 'calling' else 'agent' end
            else 'system'
        end as side,
        coalesce(segment_type in ('interact', 'hold'), false) as is_talk
    from with_words
),

with_sides as (
    select
        *,
        case when role = 'queue_joined' then 'acd' else side end as ended_side
    from with_times
),

with_meanings as (
    select
        *,
        {{ call_status.mapped('genesys_cloud', 'party', "side || '/' || disconnect_type") }} as ended_by,
        {{ call_status.unmapped('genesys_cloud', 'party', "side || '/' || disconnect_type") }} as unknown_end,
        {{ call_status.mapped('genesys_cloud', 'reason', "ended_side || '/' || disconnect_type") }} as meaning_of_end,
        {{ call_status.mapped('genesys_cloud', 'disposition', 'disposition') }} as meaning_of_disposition,
        {{ call_status.mapped('genesys_cloud', 'cause', "'sip/' || sip_code") }} as meaning_of_code,
        {{ call_status.mapped('genesys_cloud', 'flow', 'flow_name') }} as meaning_of_flow
    from with_sides
),

with_outcomes as (
    select
        *,
        case
            when role = 'queue_joined' and has_flowed_out then 'timeout'
            when role = 'queue_joined' then meaning_of_end
            when side = 'called' then coalesce(meaning_of_disposition, meaning_of_code, meaning_of_end)
            when side <> 'agent' or segment_type <> 'alert' then null
            when has_not_responded then 'agent_no_answer'
            -- An alert that failed at once has reached no phone.
            when error_code is not null and started_at = ended_at then 'agent_unavailable'
            else meaning_of_end
        end as outcome
    from with_meanings
),

-- For each milestone the type of its event, if there is one.
with_types as (
    select
        *,
        case
            when kind = 'conversation' then 'call_started'
            when side in ('customer', 'calling') and segment_type in ('dialing', 'interact') then 'call_started'
        end as started_type,
        case
            when role = 'ivr_started' and segment_type = 'ivr' then coalesce(meaning_of_flow, role)
            when role in ('queue_joined', 'voicemail_started') and segment_type <> 'wrapup' then role
        end as stage_type,
        case
            when side = 'agent' and segment_type = 'alert' and coalesce(outcome, '') <> 'agent_unavailable' then 'agent_ringing'
            when side = 'called' and segment_type in ('contacting', 'alert') then 'callee_ringing'
        end as rang_type,
        case
            when segment_type <> 'interact' then null
            when side = 'agent' then 'agent_answered'
            when side = 'called' then 'callee_answered'
        end as answered_type,
        case
            when kind = 'conversation' then null
            when role = 'queue_joined' and disconnect_type is not null then 'queue_left'
            when side = 'agent' and segment_type = 'alert' then outcome
            -- The codes of a connection that was answered, or passed on, are no outcome.
            when side <> 'called' or segment_type = 'interact' or disconnect_type is null or disconnect_type like '%transfer%' then null
            when outcome = 'not_in_service' then 'callee_failed'
            when outcome like 'callee%' then outcome
        end as outcome_type,
        case
            when role = 'voicemail_started' and has_message and ended_at is not null and segment_type <> 'wrapup' then 'voicemail_left'
        end as message_type,
        case when is_talk and side in ('agent', 'calling') and disconnect_type like '%transfer%' then 'transferred' end as transferred_type,
        case when is_talk and side = 'agent' and disconnect_type is not null then 'agent_disconnected' end as disconnected_type,
        case
            when ended_at is null then null
            when kind = 'conversation' then case when not has_ended_session then 'part_ended' end
            when disconnect_type is null or coalesce(ended_by, '') = 'ignore' then null
            -- Neither an alert nor the work after a call is the call.
            when side = 'agent' and segment_type in ('alert', 'wrapup') then null
            when side = 'system' and coalesce(ended_by, '') <> 'system' then null
            when segment_type <> 'wrapup' then 'part_ended'
        end as ended_type
    from with_outcomes
),

milestones as (
    {{ call_status.value_rows('milestone', milestones) }}
),

of_each as (
    select
        with_types.*,
        milestones.milestone,
        case milestones.milestone
            {%- for milestone in milestones %}
            when '{{ milestone }}' then with_types.{{ milestone }}_type
            {%- endfor %}
        end as event_type
    from with_types
    cross join milestones
),

events as (
    select
        *,
        case
            when milestone in ('outcome', 'message', 'transferred', 'disconnected', 'ended') then coalesce(ended_at, started_at)
            else started_at
        end as occurred_at,
        case
            when milestone <> 'ended' then null
            -- Where it is known what became of the number that was dialled, nobody has hung up.
            when side = 'called' and segment_type <> 'interact' and outcome is not null then null
            else ended_by
        end as party,
        case
            when event_type = 'queue_left' then outcome
            when event_type = 'callee_answered' and outcome in ('human', 'machine') then outcome
            when milestone = 'outcome' then coalesce(case when outcome = 'not_in_service' then outcome end, disconnect_type, error_code)
        end as reason,
        -- An outgoing call may come into a queue or a menu, too; these say nothing about it.
        event_type like 'queue%' or event_type like 'ivr%' or event_type like 'voicemail%' as is_of_incoming_calls,
        case
            when not has_outside then 'internal'
            when originating_direction is not null then originating_direction
            when side = 'customer' or (side = 'system' and role in ('queue_joined', 'ivr_started') and not is_outbound) then 'incoming'
            when side = 'called' and purpose = 'customer' then 'outgoing'
            when side = 'called' then 'assumed_outgoing'
        end as direction,
        -- A segment has no id. Its end is not part of it: a later version of the conversation may have one.
        coalesce(session_id, '') || '/' || coalesce(segment_type, '') || '/' || coalesce(started_text, '') as segment_id,
        kind = 'conversation' and milestone = 'started' as is_first_event,
        milestone in ('rang', 'answered', 'outcome', 'disconnected') and side in ('agent', 'called') as is_of_leg,
        case
            when document is null then 'unreadable_document'
            when not is_call then 'no_call'
            when started_at is null then 'unreadable_conversationStart'
        end as set_aside,
        case
            when purpose is not null and role is null then 'purpose'
            when unknown_end is not null then 'party'
            when side = 'called' and disposition is not null and outcome is null then 'disposition'
        end as unknown_field
    from of_each
    where event_type is not null and (is_call or kind = 'conversation')
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(call_id, '') || '/' || case when kind = 'segment' then segment_id || '/' else '' end || milestone",
        'source_system': call_status.instance_of('genesys_cloud'),
        'call_id': 'call_id',
        'leg_id': 'case when is_of_leg then session_id end',
        'direction': "case when direction <> 'outgoing' or not is_of_incoming_calls then direction end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': 'party',
        'agent_id': "case when role = 'agent' then user_id end",
        'customer_number': "case when side = 'called' then dnis when side in ('customer', 'system') and not is_outbound then ani end",
        'business_number': "case when side = 'called' then ani when side = 'customer' then dnis end",
        'queue': "case when role = 'queue_joined' then queue end",
        'reason': 'reason',
        'cause_scheme': "case when milestone = 'outcome' and side = 'called' and sip_code is not null then 'sip' end",
        'cause_code': "case when milestone = 'outcome' and side = 'called' then sip_code end",
        'records': 'case when is_first_event then 1 else 0 end',
        'set_aside': 'case when is_first_event then set_aside end',
        'unmapped_field': 'unknown_field',
        'unmapped_value': "case unknown_field when 'purpose' then purpose when 'party' then unknown_end when 'disposition' then disposition end",
    }) }}
from events
