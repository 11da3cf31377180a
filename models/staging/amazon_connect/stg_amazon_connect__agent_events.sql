{{ config(enabled='amazon_connect' in var('call_status_sources', ['canonical'])) }}

-- One row per agent event and contact that the agent has at that moment, in the columns of a contact. An agent event without a
-- contact has one row, too. Each agent event is a snapshot of all contacts: one comes at each change, and every two minutes without
-- a change. So the ids of what becomes of a contact are made of its state, and repeats count once.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('amazon_connect_agent_events'),
        {
            'snapshot': {'column': 'currentagentsnapshot', 'kind': 'json'},
            'agent_arn': {'column': 'agentarn', 'kind': 'text'},
            'told_text': {'column': 'eventtimestamp', 'kind': 'text'},
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['snapshot', 'loaded_at'],
    ) }}
),

snapshots as (
    select
        *,
        {{ call_status.amazon_connect_text('snapshot', 'configuration.Username') }} as username,
        {{ call_status.amazon_connect_text('snapshot', 'contacts') }} as contacts_text
    from raw_rows
),

contacts as (
    select
        *,
        {{ call_status.amazon_connect_text('contacts_text', '0.ContactId') }} as first_contact_id,
        -- An agent without contacts is a row, too.
        unnest(case
            when {{ call_status.json_text('contacts_text', '0') }} is null then {{ call_status.json_elements("'[null]'", '') }}
            else {{ call_status.json_elements('contacts_text', '') }}
        end) as contact
    from snapshots
),

parts as (
    select
        *,
        {{ call_status.id_of_arn('agent_arn') }} as agent_key,
        {{ call_status.amazon_connect_time('told_text') }} as told_at,
        {{ call_status.amazon_connect_text('contact', 'contactId') }} as contact_id,
        {{ call_status.amazon_connect_text('contact', 'state') }} as sent_state,
        {{ call_status.amazon_connect_text('contact', 'stateStartTimestamp') }} as state_text,
        {{ call_status.amazon_connect_text('contact', 'connectedToAgentTimestamp') }} as answered_text,
        {{ call_status.amazon_connect_text('contact', 'queueTimestamp') }} as enqueued_text,
        {{ call_status.amazon_connect_text('contact', 'queue.Name') }} as queue_name,
        {{ call_status.amazon_connect_text('contact', 'queue.ARN') }} as queue_arn
    from contacts
),

states as (
    select
        *,
        lower({{ call_status.mapped('amazon_connect', 'state', 'sent_state') }}) as state_word,
        {{ call_status.amazon_connect_time('state_text') }} as state_since
    from parts
)

select
    {{ call_status.joined_texts(['coalesce(contact_id, told_text)', 'agent_key', 'sent_state', 'state_text']) }} as record_id,
    coalesce(contact_id = first_contact_id, true) as is_first,
    'agent' as origin,
    source_instance,
    loaded_at,
    contact_id,
    coalesce({{ call_status.amazon_connect_text('contact', 'initialContactId') }}, contact_id) as call_id,
    {{ call_status.amazon_connect_text('contact', 'channel') }} as sent_channel,
    {{ call_status.amazon_connect_text('contact', 'initiationMethod') }} as sent_method,
    false as is_campaign,
    told_at,
    cast(null as {{ dbt.type_string() }}) as sent_type,
    sent_state,
    state_since,
    cast(null as {{ dbt.type_timestamp() }}) as initiated_at,
    cast(null as {{ dbt.type_string() }}) as initiated_text,
    cast(null as {{ dbt.type_timestamp() }}) as rang_at,
    cast(null as {{ dbt.type_timestamp() }}) as connected_at,
    cast(null as {{ dbt.type_string() }}) as sent_machine,
    coalesce(queue_name, queue_arn) is not null as has_queue,
    coalesce(queue_name, {{ call_status.id_of_arn('queue_arn') }}) as queue,
    {{ call_status.amazon_connect_time('enqueued_text') }} as queued_at,
    cast(null as {{ dbt.type_timestamp() }}) as dequeued_at,
    cast(null as {{ call_status.type_double() }}) as attempts,
    true as has_agent,
    agent_key as leg_id,
    coalesce(username, agent_key) as agent_id,
    coalesce(
        {{ call_status.amazon_connect_time('answered_text') }},
        case when state_word = 'agent_answered' then state_since end
    ) as agent_connected_at,
    false as goes_on,
    cast(null as {{ dbt.type_timestamp() }}) as transferred_at,
    case when state_word = 'agent_disconnected' then state_since end as disconnected_at,
    cast(null as {{ dbt.type_string() }}) as sent_reason,
    cast(null as {{ dbt.type_string() }}) as customer_number,
    cast(null as {{ dbt.type_string() }}) as business_number
from states
