{{ config(enabled='amazon_connect' in var('call_status_sources', ['canonical'])) }}

-- One row per contact event, in the columns of a contact. EventBridge puts an event into an envelope, and only the envelope has the
-- time when the event was sent. An event of a queue or of an agent that lacks a time of its own has that of the envelope.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('amazon_connect_contact_events'),
        {
            'document': {'column': ['detail', 'document'], 'kind': 'json'},
            'told_text': {'column': 'time', 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['document', 'loaded_at'],
    ) }}
),

parts as (
    select
        source_instance,
        loaded_at,
        document,
        told_text,
        {{ call_status.amazon_connect_text('document', 'contactId') }} as contact_id,
        {{ call_status.amazon_connect_text('document', 'eventType') }} as sent_type,
        {{ call_status.amazon_connect_text('document', 'initiationTimestamp') }} as initiated_text,
        {{ call_status.amazon_connect_text('document', 'connectedToSystemTimestamp') }} as connected_text,
        {{ call_status.amazon_connect_text('document', 'disconnectTimestamp') }} as disconnected_text,
        {{ call_status.amazon_connect_text('document', 'answeringMachineDetectionStatus') }} as sent_machine,
        nullif({{ call_status.amazon_connect_text('document', 'agentInfo') }}, '{}') as agent_text,
        nullif({{ call_status.amazon_connect_text('document', 'queueInfo') }}, '{}') as queue_text,
        {{ call_status.amazon_connect_text('document', 'customerEndpoint') }} as customer_endpoint,
        {{ call_status.amazon_connect_text('document', 'systemEndpoint') }} as system_endpoint
    from raw_rows
),

-- A queue may be a name alone.
objects as (
    select
        *,
        {{ call_status.mapped('amazon_connect', 'event_type', 'sent_type') }} as type_word,
        {{ call_status.json_document('agent_text', 'varchar') }} as agent,
        {{ call_status.json_document('queue_text', 'varchar') }} as queue_object,
        {{ call_status.amazon_connect_time('told_text') }} as told_at
    from parts
),

texts as (
    select
        *,
        {{ call_status.amazon_connect_text('agent', ['agentArn', 'agentARN', 'id']) }} as agent_arn,
        {{ call_status.amazon_connect_text('agent', 'connectedToAgentTimestamp') }} as answered_text,
        {{ call_status.amazon_connect_text('queue_object', ['queueArn', 'queueARN', 'id']) }} as queue_arn,
        {{ call_status.amazon_connect_text('queue_object', 'enqueueTimestamp') }} as enqueued_text,
        {{ call_status.amazon_connect_text('queue_object', 'dequeueTimestamp') }} as left_text,
        -- The agent who is named at the end has taken the contact before.
        case when type_word = 'agent_answered' or (type_word = 'part_ended' and agent_text is not null) then told_at end as answered_by_then
    from objects
)

select
    {{ call_status.joined_texts([
        'contact_id', 'sent_type', 'told_text', 'answered_text', 'enqueued_text', 'connected_text', 'disconnected_text',
    ]) }} as record_id,
    true as is_first,
    'event' as origin,
    source_instance,
    loaded_at,
    contact_id,
    coalesce(
        {{ call_status.amazon_connect_text('document', 'initialContactId') }},
        {{ call_status.amazon_connect_text('document', 'previousContactId') }},
        contact_id
    ) as call_id,
    {{ call_status.amazon_connect_text('document', 'channel') }} as sent_channel,
    {{ call_status.amazon_connect_text('document', 'initiationMethod') }} as sent_method,
    coalesce(
        {{ call_status.amazon_connect_text('document', ['campaign.campaignId', 'campaign.CampaignId']) }}, sent_machine
    ) is not null as is_campaign,
    told_at,
    sent_type,
    cast(null as {{ dbt.type_string() }}) as sent_state,
    cast(null as {{ dbt.type_timestamp() }}) as state_since,
    coalesce(
        {{ call_status.amazon_connect_time('initiated_text') }},
        case when type_word = 'call_started' then told_at end
    ) as initiated_at,
    initiated_text,
    cast(null as {{ dbt.type_timestamp() }}) as rang_at,
    coalesce(
        {{ call_status.amazon_connect_time('connected_text') }},
        case when type_word = 'customer_answered' then told_at end
    ) as connected_at,
    sent_machine,
    queue_text is not null as has_queue,
    case when queue_object is null then queue_text else {{ call_status.id_of_arn('queue_arn') }} end as queue,
    coalesce(
        {{ call_status.amazon_connect_time('enqueued_text') }},
        case when type_word = 'queue_joined' then told_at end
    ) as queued_at,
    {{ call_status.amazon_connect_time('left_text') }} as dequeued_at,
    cast(null as {{ call_status.type_double() }}) as attempts,
    agent_text is not null as has_agent,
    {{ call_status.id_of_arn('agent_arn') }} as leg_id,
    {{ call_status.id_of_arn('agent_arn') }} as agent_id,
    coalesce({{ call_status.amazon_connect_time('answered_text') }}, answered_by_then) as agent_connected_at,
    false as goes_on,
    cast(null as {{ dbt.type_timestamp() }}) as transferred_at,
    coalesce(
        {{ call_status.amazon_connect_time('disconnected_text') }},
        case when type_word = 'part_ended' then told_at end
    ) as disconnected_at,
    {{ call_status.amazon_connect_text('document', 'disconnectReason') }} as sent_reason,
    {{ call_status.amazon_connect_text('customer_endpoint', 'address') }} as customer_number,
    {{ call_status.amazon_connect_text('system_endpoint', 'address') }} as business_number
from texts
