{{ config(enabled='freeswitch' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a leg that FreeSWITCH wrote a document about. A call has a document for the leg that calls. Where log-b-leg is
-- on, it also has one for each leg that is called. A leg does not know whether the other is an agent or the customer.

-- The role of a leg in its call. `called`: another leg called it. `dialled`: FreeSWITCH called the customer by itself. Else
-- `calling`: somebody who calls, or our own phone that FreeSWITCH rang first, to call from there.
with with_roles as (
    select
        *,
        case
            when call_id <> uuid then 'called'
            when leg_direction = 'outbound' and dialed_user is null and sip_user is null then 'dialled'
            else 'calling'
        end as role,
        coalesce(first_leg, '') <> coalesce(nullif(second_leg, ''), first_leg, '') as has_several_legs,
        {{ call_status.claim('freeswitch', 'profile', 'profile', trunk='incoming') }} as profile_claim,
        {{ call_status.claim('freeswitch', 'context', 'context', trunk='incoming') }} as context_claim,
        {{ call_status.claim('freeswitch', 'route', 'route') }} as route_claim,
        {{ call_status.claim('freeswitch', 'call_direction', 'call_direction') }} as call_direction_claim,
        {{ call_status.claim('freeswitch', 'authorizing_type', 'authorizing_type') }} as authorizing_claim
    from {{ ref('call_status', 'stg_freeswitch__legs') }}
),

with_owner as (
    select
        *,
        coalesce(
            sip_user is not null
            or (dialed_user is not null and leg_direction = 'outbound')
            or 'ours' in (profile_claim, context_claim),
            false
        ) as is_ours,
        coalesce('ignore' in (profile_claim, context_claim, route_claim, call_direction_claim), false)
        or coalesce({{ call_status.mapped('freeswitch', 'application', 'application') }}, '') = 'no_call' as is_no_call
    from with_roles
),

-- The context of a phone of our own says nothing: it is where its calls begin. Through a trunk it calls a customer.
with_claims as (
    select
        *,
        coalesce(
            {{ call_status.strongest_direction([
                'profile_claim', "case when route_claim = 'trunk' then 'outgoing' else route_claim end",
                'call_direction_claim', 'authorizing_claim',
            ]) }},
            'assumed_internal'
        ) as direction_of_ours,
        {{ call_status.strongest_direction([
            'profile_claim', 'context_claim', 'route_claim', 'call_direction_claim', 'authorizing_claim',
        ]) }} as direction_of_others
    from with_owner
),

-- A leg that is called states no direction: a call that comes in may go out again.
with_direction as (
    select
        *,
        case
            when role = 'called' then null
            when leg_direction = 'outbound' then 'outgoing'
            when is_ours then direction_of_ours
            else direction_of_others
        end as direction
    from with_claims
),

-- Whether somebody was called from here, and whether that was connected. A bridge alone may be early media: a ringing tone.
with_bridge as (
    select
        *,
        case
            when answer_at is null then null
            when role = 'dialled' then answer_at
            when bridge_at is not null then greatest(answer_at, bridge_at)
            when is_row_bridged then answer_at
        end as connected_at,
        role <> 'calling' or coalesce(last_app, '') = 'bridge' or originate_disposition is not null or originated_legs is not null
        or bridge_at is not null or is_row_bridged as is_attempt
    from with_direction
),

-- Why nobody was connected. A calling leg knows it of the leg that it called.
with_cause as (
    select
        *,
        case
            when connected_at is not null then null
            when role <> 'calling' then hangup_cause
            when originate_disposition not in ('SUCCESS', 'NONE') then originate_disposition
            when hangup_cause = 'ORIGINATOR_CANCEL' then hangup_cause
            when is_attempt and last_bridge_hangup_cause <> 'NORMAL_CLEARING' then last_bridge_hangup_cause
            else hangup_cause
        end as cause
    from with_bridge
),

-- Where FreeSWITCH itself gave up the attempt, the status code is the answer to that, or of an attempt before.
with_status_code as (
    select
        *,
        case
            when
                connected_at is not null
                or cause in ('ORIGINATOR_CANCEL', 'LOSE_RACE', 'PICKED_OFF', 'NO_ANSWER', 'PROGRESS_TIMEOUT', 'ALLOTTED_TIMEOUT')
            then null
            when role = 'calling' then {{ call_status.sip_status("coalesce(invite_failure, bridge_failure)") }}
            else {{ call_status.sip_status("coalesce(invite_failure, leg_failure)") }}
        end as sip_status
    from with_cause
),

with_words as (
    select
        *,
        coalesce(
            {{ call_status.mapped('freeswitch', 'sip', 'sip_status') }},
            {{ call_status.mapped('freeswitch', 'cause', 'cause') }}
        ) as cause_means,
        {{ call_status.unmapped('freeswitch', 'cause', 'cause') }} as unknown_cause,
        coalesce(
            {{ call_status.mapped('freeswitch', 'reason', 'sip_status') }},
            {{ call_status.mapped('freeswitch', 'reason', 'cause') }},
            lower(cause)
        ) as failure_reason,
        {{ call_status.mapped('freeswitch', 'cause', 'hangup_cause') }} as hangup_means,
        {{ call_status.mapped('freeswitch', 'application', 'application') }} as application_means,
        {{ call_status.mapped('freeswitch', 'queue_reason', 'cc_cancel_reason') }} as queue_reason,
        -- A phone sends progress when it rings, or early media. Rows of FusionPBX do not say.
        coalesce(progress_at, progress_media_at) is not null or coalesce(progress_epoch, progress_media_epoch) is null as has_rung
    from with_status_code
),

-- What became of the attempt. A 408 without any progress comes from FreeSWITCH itself: it reached nobody. A calling leg that called
-- several knows only one of their causes, and a decline of one proves nothing. Where it called none, a failure is that of the number.
with_outcome as (
    select
        *,
        case
            when connected_at is not null then 'callee_answered'
            when answer_at is not null and not is_attempt then null
            when answer_at is not null and role <> 'calling' then null
            when cause_means = 'transferred' then null
            when not is_attempt then case when cause_means = 'callee_failed' then cause_means end
            when cause_means = 'callee_no_answer' and sip_status = '408' and not has_rung then 'callee_failed'
            when cause_means = 'callee_rejected' and has_several_legs then null
            else cause_means
        end as outcome,
        -- The answer and the bridge of one attempt are one instant, or the answer follows while the bridge is still under way.
        case
            when connected_at is null or role <> 'calling' or cc_cause = 'answered' then null
            when bridge_at is null then 'unproven'
            when bridge_at > {{ call_status.seconds_later('answer_at', '1') }} then 'unproven'
            when coalesce(last_app, 'bridge') <> 'bridge' and answer_at > {{ call_status.seconds_later('bridge_at', '1') }} then 'unproven'
        end as answer_reason,
        case
            when role <> 'calling' or is_no_call then null
            when has_message then 'voicemail_started'
            when answer_at is null then null
            when application_means = 'voicemail_started' then application_means
            when connected_at is not null or last_app = 'bridge' then null
            when last_app is null then 'ivr_started'
            else application_means
        end as stage
    from with_words
),

-- A busy or unreachable phone did not ring. A calling leg that was answered before it called knows no time of the ringing.
with_ring as (
    select
        *,
        case
            when not is_attempt or outcome in ('callee_busy', 'callee_failed') then null
            when role = 'calling' and connected_at is null and last_app = 'bridge' and answer_at is not null then answer_at
            when not has_rung then null
            when connected_at is not null and progress_at is null and progress_media_at is null then null
            else coalesce(progress_at, progress_media_at, start_at)
        end as rang_at,
        coalesce(end_at, start_at) as over_at
    from with_outcome
),

-- Where the dialplan went on, the attempt was over when something else answered the caller.
with_going_on as (
    select
        *,
        case when role = 'calling' and last_app <> 'bridge' and answer_at >= rang_at then answer_at end as went_on_at
    from with_ring
),

-- Who hung up: the party of this leg that sent the message (recv), or the other side (send), where there is one. A caller who gives
-- up ends the called legs, too.
with_party as (
    select
        *,
        case
            when hangup_cause in ('MANAGER_REQUEST', 'SYSTEM_SHUTDOWN', 'CRASH') then 'system'
            when hangup_cause = 'ORIGINATOR_CANCEL' then 'calling'
            when sip_hangup_disposition in ('recv_bye', 'recv_cancel') and role = 'calling' then 'calling'
            when sip_hangup_disposition in ('recv_bye', 'recv_cancel') then 'called'
            when sip_hangup_disposition <> 'send_bye' or role <> 'calling' then null
            when connected_at is not null then 'called'
            when sip_hangup_disposition = 'send_bye' then 'system'
        end as party,
        case
            when document is null and sent_document is not null and uuid is null then 'unreadable_document'
            when uuid is null then 'unreadable_uuid'
            when over_at is null then 'unreadable_end_epoch'
            when is_no_call then 'no_call'
        end as set_aside
    from with_going_on
),

milestones as (
    {{ call_status.value_rows('milestone', [
        'started', 'queue_joined', 'stage', 'rang', 'outcome', 'queue_left', 'message', 'transferred', 'ended'
    ]) }}
),

with_milestones as (
    select
        with_party.*,
        milestones.milestone
    from with_party
    cross join milestones
),

typed as (
    select
        *,
        case
            when milestone = 'ended' then 'part_ended'
            when set_aside is not null then null
            when milestone = 'started' and role <> 'called' then 'call_started'
            when milestone = 'queue_joined' and role = 'calling' and queue_joined_at is not null then 'queue_joined'
            when milestone = 'stage' then stage
            when milestone = 'rang' and rang_at is not null then 'callee_ringing'
            when milestone = 'outcome' then outcome
            when milestone = 'queue_left' and role = 'calling' and (cc_cause = 'answered' or queue_reason is not null) then 'queue_left'
            when milestone = 'message' and role = 'calling' and has_message then 'voicemail_left'
            when milestone = 'transferred' and (hangup_means = 'transferred' or (role = 'calling' and transfer_at > connected_at))
            then 'transferred'
        end as event_type,
        case milestone
            when 'started' then start_at
            when 'queue_joined' then queue_joined_at
            when 'stage' then coalesce(answer_at, over_at)
            when 'rang' then rang_at
            when 'outcome' then coalesce(connected_at, went_on_at, over_at)
            when 'queue_left' then coalesce(queue_answered_at, queue_canceled_at, queue_terminated_at, over_at)
            when 'transferred' then case when hangup_means = 'transferred' then over_at else transfer_at end
            else over_at
        end as occurred_at
    from with_milestones
),

-- The leg of a dialled party has the id of its own document, also where the calling leg tells of it.
events as (
    select
        *,
        case
            when milestone not in ('rang', 'outcome') then null
            when role <> 'calling' then uuid
            when bridge_at is not null or is_row_bridged then bridge_uuid
            else nullif(first_leg, '')
        end as leg_id,
        case
            when milestone in ('rang', 'outcome') and role = 'called' then coalesce(cc_agent, dialed_user, callee)
            when milestone in ('rang', 'outcome') then coalesce(cc_agent, dialed_user, callee_id_number)
            when milestone = 'started' and is_ours then coalesce(dialed_user, sip_user)
        end as agent_id,
        case
            when milestone <> 'started' then null
            when direction = 'incoming' then caller
            when direction = 'outgoing' then callee
        end as customer_number,
        case
            when milestone <> 'started' then null
            when direction = 'incoming' then callee
            when direction = 'outgoing' and not is_ours then caller
        end as business_number,
        case
            when milestone = 'outcome' and outcome = 'callee_answered' then answer_reason
            when milestone = 'outcome' and outcome = 'callee_failed' then failure_reason
            when milestone = 'queue_left' and cc_cause = 'answered' then 'connected'
            when milestone = 'queue_left' then queue_reason
        end as reason,
        -- The cause of a failure stands on the failure, else that of the end on the end.
        case
            when milestone = 'outcome' then coalesce(sip_status, cause)
            when milestone = 'ended' and coalesce(outcome, 'callee_answered') = 'callee_answered' then hangup_cause
        end as cause_code,
        case
            when milestone = 'started' and role <> 'called' and direction is null then 'context'
            when milestone = 'ended' and unknown_cause is not null then 'cause'
        end as unmapped_field
    from typed
    where (event_type is not null and occurred_at is not null) or milestone = 'ended'
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(uuid, cast(" ~ call_status.key_hash("coalesce(sent_document, '')") ~ ' as ' ~ dbt.type_string() ~ "))"
            ~ " || '/' || milestone",
        'source_system': call_status.instance_of('freeswitch'),
        'call_id': 'call_id',
        'leg_id': 'leg_id',
        'direction': "case when milestone = 'started' then direction end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': "case when milestone = 'ended' then party end",
        'agent_id': 'agent_id',
        'customer_number': 'customer_number',
        'business_number': 'business_number',
        'queue': "case when milestone in ('queue_joined', 'queue_left') then cc_queue end",
        'reason': 'reason',
        'cause_scheme': "case when milestone = 'outcome' and sip_status is not null then 'sip' when cause_code is not null then 'freeswitch' end",
        'cause_code': 'cause_code',
        'seconds': "case when milestone = 'message' then voicemail_seconds end",
        'unread_seconds': "case when milestone = 'message' then unread_voicemail_length end",
        'reported_status': "case when milestone = 'ended' and role = 'calling' then reported_status end",
        'records': "case when milestone = 'ended' then 1 else 0 end",
        'set_aside': "case when milestone = 'ended' then set_aside end",
        'unmapped_field': 'unmapped_field',
        'unmapped_value': "case unmapped_field when 'context' then coalesce(context, profile) when 'cause' then unknown_cause end",
    }) }}
from events
