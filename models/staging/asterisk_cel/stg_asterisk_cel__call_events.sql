{{ config(enabled='asterisk_cel' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of Asterisk's CEL. A row is something that happened to one channel, and most rows say nothing about an
-- outcome. The call's first channel is the calling party's. Any other was dialled, or is half of a Local channel, which is no party.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('asterisk_cel'),
        {
            'record_id': {'column': 'id', 'kind': 'text'}, 'sent_event': {'column': 'eventtype', 'kind': 'text'},
            'user_event': {'column': 'userdeftype', 'kind': 'text'},
            'occurred_at': {'column': 'eventtime', 'kind': 'local time'}, 'time_text': {'column': 'eventtime', 'kind': 'text'},
            'calling_number': {'column': 'cid_num', 'kind': 'text'}, 'dialled_number': {'column': 'exten', 'kind': 'text'},
            'context': 'text', 'channel': {'column': 'channame', 'kind': 'text'}, 'peer': 'text',
            'application': {'column': 'appname', 'kind': 'text'}, 'application_data': {'column': 'appdata', 'kind': 'text'},
            'uniqueid': 'text', 'linkedid': 'text', 'extra': 'text',
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['sent_event', 'occurred_at', 'uniqueid', 'loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

-- An application as the dialplan calls it: Queue(sales,tT,,,60). Half of a Local channel is no line to the outside.
read as (
    select
        *,
        coalesce(linkedid, uniqueid) as call_id,
        linkedid is null or linkedid = uniqueid as is_first_channel,
        coalesce(channel, '') like 'Local/%' as is_half,
        upper({{ call_status.trimmed_text("case when upper(sent_event) = 'USER_DEFINED' then user_event else sent_event end") }}) as event,
        coalesce(application, '') || '(' || coalesce(application_data, '') || ')' as application_call,
        case when channel not like 'Local/%' then channel end as line,
        nullif({{ dbt.split_part('peer', "','", 1) }}, '') as first_peer,
        {{ call_status.cel_extra('hangupcause', 1) }} as cause,
        {{ call_status.cel_extra('hangupsource', 2) }} as hung_up_by,
        upper({{ call_status.cel_extra('dialstatus', 3) }}) as dial_status,
        {{ call_status.cel_extra('bridge_technology') }} as bridge
    from raw_rows {{ call_status.evaluated_once() }}
),

with_meanings as (
    select
        *,
        {{ call_status.claim('asterisk_cel', 'context', 'context') }} as context_claim,
        {{ call_status.claim('asterisk_cel', 'channel', 'line', trunk='incoming') }} as channel_claim,
        {{ call_status.claim('asterisk_cel', 'channel', 'first_peer') }} as peer_claim,
        {{ call_status.mapped('asterisk_cel', 'event', 'event') }} as event_meaning,
        {{ call_status.mapped('asterisk_cel', 'application', 'application_call') }} as application_event,
        {{ call_status.mapped('asterisk_cel', 'hangupcause', 'cause') }} as cause_event,
        {{ call_status.mapped('asterisk_cel', 'dialstatus', 'dial_status') }} as dial_event,
        {{ call_status.phone_of_channel('channel') }} as phone,
        {{ call_status.phone_of_channel('first_peer') }} as peer_phone
    from read {{ call_status.evaluated_once() }}
),

-- A channel of ours outranks its context.
with_rank as (
    select
        *,
        case when channel_claim = 'ours' then null else context_claim end as counted_context_claim
    from with_meanings
),

with_claims as (
    select
        *,
        not coalesce({{ call_status.is_unknown_word('direction', 'event_meaning') }}, true) as is_direction,
        -- Not a parking place, and no conference in which nobody else is.
        coalesce(bridge, '') <> 'holding_bridge' and (first_peer is not null or coalesce(bridge, '') <> 'softmix') as has_company,
        coalesce({{ call_status.strongest_direction(['counted_context_claim', 'channel_claim']) }}, '') as claimed_direction
    from with_rank {{ call_status.evaluated_once() }}
),

-- A dialled channel that would begin an internal call is a phone of our own: never the customer, which way ever the call goes. One
-- that would begin an incoming call is a trunk; where only its context says so, it may be a phone in the same context.
with_type as (
    select
        *,
        case
            when is_direction then 'call_started'
            when event_meaning is not null then event_meaning
            when event = 'LINKEDID_END' then 'part_ended'
            when event in ('BLINDTRANSFER', 'ATTENDEDTRANSFER') then 'transferred'
            when event = 'CHAN_START' and is_first_channel then 'call_started'
            when event = 'APP_START' and is_first_channel then application_event
            when event in ('BRIDGE_ENTER', 'BRIDGE_START') and is_first_channel and has_company then 'callee_answered'
            when event = 'HANGUP' and is_first_channel then 'part_ended'
            when is_half or event not in ('CHAN_START', 'HANGUP') then null
            when event = 'CHAN_START' and claimed_direction like '%internal' then 'agent_ringing'
            when event = 'CHAN_START' then 'callee_ringing'
            when claimed_direction not like '%internal' then cause_event
            when cause_event = 'callee_rejected' then 'agent_rejected'
            when cause_event = 'callee_no_answer' then 'agent_no_answer'
            when cause_event in ('callee_busy', 'callee_failed') then 'agent_unavailable'
        end as record_event,
        case
            when is_direction then event_meaning
            when event <> 'CHAN_START' then null
            when is_first_channel then nullif(claimed_direction, '')
            when is_half then null
            when channel_claim = 'incoming' then 'outgoing'
            when claimed_direction like '%incoming' then 'assumed_outgoing'
        end as direction
    from with_claims {{ call_status.evaluated_once() }}
),

-- The end of the first channel also tells how its last Dial had ended: before that, so it is made a moment earlier. At one instant
-- a hang-up would outweigh it.
parts as (
    {{ call_status.value_rows('part', ['record', 'dial']) }}
),

of_each as (
    select
        with_type.*,
        parts.part,
        case when parts.part = 'record' then with_type.record_event else with_type.dial_event end as event_type
    from with_type
    inner join parts
        on
            parts.part = 'record'
            or (with_type.event = 'HANGUP' and with_type.is_first_channel and with_type.dial_event is not null)
),

events as (
    select
        *,
        event_type like 'callee%' or event_type like 'agent%' as is_of_leg,
        event_type is null
        and event not in ('{{ call_status.get_silent_cel_events() | join("', '") }}') as is_unknown_event
    from of_each
)

select
    {{ call_status.event_columns({
        'event_id': "coalesce(call_id, '') || '/' || coalesce(record_id, cast(" ~ call_status.key_hash(call_status.joined_texts(
            ['time_text', 'event', 'uniqueid', 'channel', 'application', 'application_data', 'peer', 'extra'])) ~ ' as ' ~ dbt.type_string()
            ~ ")) || '/' || coalesce(event_type, 'silent')",
        'source_system': call_status.instance_of('asterisk_cel'),
        'call_id': 'call_id',
        'leg_id': "case when part = 'dial' then null when event_type = 'callee_answered' then peer_phone when is_of_leg then phone end",
        'direction': "case when part = 'record' then direction end",
        'event_type': 'event_type',
        'occurred_at': "case when part = 'dial' then " ~ call_status.seconds_later('occurred_at', '-0.001') ~ ' else occurred_at end',
        'loaded_at': 'loaded_at',
        'party': "case
            when event <> 'HANGUP' or event_type <> 'part_ended' then null
            when dial_status = 'CANCEL' or hung_up_by = channel then 'calling'
            when hung_up_by like 'dialplan/%' then 'system'
            when hung_up_by is not null then 'called'
        end",
        'agent_id': "case
            when part = 'dial' then null
            when event_type = 'callee_answered' then case when coalesce(peer_claim, '') <> 'trunk' then peer_phone end
            when is_of_leg and coalesce(direction, '') not like '%outgoing' then phone
            when event_type = 'call_started' and is_first_channel and coalesce(direction, '') not like '%incoming' then phone
        end",
        'customer_number': "case
            when event_type <> 'call_started' then null
            when direction like '%incoming' then calling_number
            when direction is not null then dialled_number
        end",
        'business_number': "case when event = 'CHAN_START' and event_type = 'call_started' and direction like '%incoming' and dialled_number <> 's' then dialled_number end",
        'queue': "case when event_type = 'queue_joined' then " ~ dbt.split_part('application_data', "','", 1) ~ ' end',
        'reason': "case when event_type = 'callee_failed' and part = 'record' then " ~ call_status.mapped('asterisk_cel', 'reason', 'cause') ~ ' end',
        'cause_scheme': "case when event = 'HANGUP' and part = 'record' and cause is not null then 'q850' end",
        'cause_code': "case when event = 'HANGUP' and part = 'record' then cause end",
        'reported_status': "case when event = 'HANGUP' and event_type = 'part_ended' then dial_status end",
        'records': "case when part = 'record' then 1 else 0 end",
        'set_aside': "case
            when event_type is null then 'silent'
            when occurred_at is null then 'unreadable_occurred_at'
            when 'ignore' in (context_claim, channel_claim) then 'no_call'
        end",
        'unmapped_field': "case
            when is_unknown_event then 'event'
            when event = 'CHAN_START' and is_first_channel and direction is null and context_claim is null then 'context'
        end",
        'unmapped_value': "case
            when is_unknown_event then event
            when event = 'CHAN_START' and is_first_channel and direction is null and context_claim is null then context
        end",
    }) }}
from events
