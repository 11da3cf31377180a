{{ config(enabled='amazon_connect' in var('call_status_sources', ['canonical'])) }}

-- One row per contact record, in the columns of a contact. The record stream and the API nest what they say of the agent, the
-- queue and the two phones, and the API names some of it in its own way; the analytics data lake has a column for each.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('amazon_connect_contact_records'),
        {
            'contact_id': {'column': ['contactid', 'contact_id', 'id'], 'kind': 'text'},
            'initial_contact_id': {'column': ['initialcontactid', 'initial_contact_id'], 'kind': 'text'},
            'previous_contact_id': {'column': ['previouscontactid', 'previous_contact_id'], 'kind': 'text'},
            'next_contact_id': {'column': ['nextcontactid', 'next_contact_id'], 'kind': 'text'},
            'sent_channel': {'column': 'channel', 'kind': 'text'},
            'sent_method': {'column': ['initiationmethod', 'initiation_method'], 'kind': 'text'},
            'initiated_text': {'column': ['initiationtimestamp', 'initiation_timestamp'], 'kind': 'text'},
            'rang_text': {'column': ['ringstarttimestamp', 'ring_start_timestamp'], 'kind': 'text'},
            'connected_text': {'column': ['connectedtosystemtimestamp', 'connected_to_system_timestamp'], 'kind': 'text'},
            'transferred_text': {'column': ['transfercompletedtimestamp', 'transfer_completed_timestamp'], 'kind': 'text'},
            'disconnected_text': {'column': ['disconnecttimestamp', 'disconnect_timestamp'], 'kind': 'text'},
            'sent_reason': {'column': ['disconnectreason', 'disconnect_reason'], 'kind': 'text'},
            'sent_machine': {'column': ['answeringmachinedetectionstatus', 'answering_machine_detection_status'], 'kind': 'text'},
            'attempts': {'column': ['agentconnectionattempts', 'agent_connection_attempts'], 'kind': 'number'},
            'agent': {'column': ['agent', 'agentinfo'], 'kind': 'json'},
            'agent_name': {'column': 'agent_username', 'kind': 'text'},
            'agent_arn': {'column': ['agent_arn', 'agent_id'], 'kind': 'text'},
            'agent_connected_text': {'column': 'agent_connected_to_agent_timestamp', 'kind': 'text'},
            'queue_object': {'column': ['queue', 'queueinfo'], 'kind': 'json'},
            'queue_name': 'text', 'queue_arn': {'column': ['queue_arn', 'queue_id'], 'kind': 'text'},
            'queued_text': {'column': 'queue_enqueue_timestamp', 'kind': 'text'},
            'dequeued_text': {'column': 'queue_dequeue_timestamp', 'kind': 'text'},
            'customer_endpoint': {'column': 'customerendpoint', 'kind': 'json'},
            'customer_address': {'column': 'customer_endpoint_address', 'kind': 'text'},
            'system_endpoint': {'column': 'systemendpoint', 'kind': 'json'},
            'system_address': {'column': 'system_endpoint_address', 'kind': 'text'},
            'third_party_endpoint': {'column': ['transferredtoendpoint', 'transferred_to_endpoint_address'], 'kind': 'text'},
            'campaign': 'json', 'campaign_id': 'text',
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['contact_id', 'loaded_at'],
    ) }}
),

texts as (
    select
        *,
        coalesce({{ call_status.amazon_connect_text('agent', ['ARN', 'id']) }}, agent_arn) as agent_key,
        coalesce({{ call_status.amazon_connect_text('agent', 'username') }}, agent_name) as username,
        coalesce({{ call_status.amazon_connect_text('agent', 'connectedToAgentTimestamp') }}, agent_connected_text) as answered_text,
        coalesce({{ call_status.amazon_connect_text('queue_object', 'name') }}, queue_name) as queue_label,
        coalesce({{ call_status.amazon_connect_text('queue_object', ['ARN', 'id']) }}, queue_arn) as queue_key,
        coalesce({{ call_status.amazon_connect_text('queue_object', 'enqueueTimestamp') }}, queued_text) as enqueued_text,
        coalesce({{ call_status.amazon_connect_text('queue_object', 'dequeueTimestamp') }}, dequeued_text) as left_text
    from raw_rows
)

select
    coalesce(contact_id, '') || '/record' as record_id,
    true as is_first,
    'record' as origin,
    source_instance,
    loaded_at,
    contact_id,
    coalesce(initial_contact_id, previous_contact_id, contact_id) as call_id,
    sent_channel,
    sent_method,
    coalesce({{ call_status.amazon_connect_text('campaign', 'campaignId') }}, campaign_id, sent_machine) is not null as is_campaign,
    cast(null as {{ dbt.type_timestamp() }}) as told_at,
    cast(null as {{ dbt.type_string() }}) as sent_type,
    cast(null as {{ dbt.type_string() }}) as sent_state,
    cast(null as {{ dbt.type_timestamp() }}) as state_since,
    {{ call_status.amazon_connect_time('initiated_text', or_epoch=true) }} as initiated_at,
    initiated_text,
    {{ call_status.amazon_connect_time('rang_text', or_epoch=true) }} as rang_at,
    {{ call_status.amazon_connect_time('connected_text', or_epoch=true) }} as connected_at,
    sent_machine,
    coalesce(queue_label, queue_key, enqueued_text) is not null as has_queue,
    coalesce(queue_label, {{ call_status.id_of_arn('queue_key') }}) as queue,
    {{ call_status.amazon_connect_time('enqueued_text', or_epoch=true) }} as queued_at,
    {{ call_status.amazon_connect_time('left_text', or_epoch=true) }} as dequeued_at,
    attempts,
    coalesce(username, agent_key, answered_text) is not null as has_agent,
    {{ call_status.id_of_arn('coalesce(agent_key, username)') }} as leg_id,
    coalesce(username, {{ call_status.id_of_arn('agent_key') }}) as agent_id,
    {{ call_status.amazon_connect_time('answered_text', or_epoch=true) }} as agent_connected_at,
    coalesce(next_contact_id, third_party_endpoint) is not null as goes_on,
    {{ call_status.amazon_connect_time('transferred_text', or_epoch=true) }} as transferred_at,
    {{ call_status.amazon_connect_time('disconnected_text', or_epoch=true) }} as disconnected_at,
    sent_reason,
    coalesce({{ call_status.amazon_connect_text('customer_endpoint', 'address') }}, customer_address) as customer_number,
    coalesce({{ call_status.amazon_connect_text('system_endpoint', 'address') }}, system_address) as business_number
from texts
