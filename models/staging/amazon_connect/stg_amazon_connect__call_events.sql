{{ config(enabled='amazon_connect' in var('call_status_sources', ['canonical'])) }}
{%- set failures = "'number_busy', 'not_in_service', 'dial_timeout', 'dial_failed', 'dial_blocked'" %}
{%- set fields = {
    'initiation_method': 'sent_method', 'channel': 'sent_channel', 'disconnect_reason': 'sent_reason', 'answering_machine': 'sent_machine',
    'event_type': 'sent_type', 'state': 'sent_state',
} %}

-- One row per event of a contact: from contact records, contact events and agent events, each by itself. A contact is one stretch
-- of a call, so its end is the end of a part. One that is no call (a chat, a supervisor who listens) is set aside.

with contacts as (
    {%- for name in ['contact_records', 'contact_events', 'agent_events'] %}
    select {{ call_status.get_amazon_connect_columns() | join(', ') }}
    from {{ ref('call_status', 'stg_amazon_connect__' ~ name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_words as (
    select
        *,
        lower({{ call_status.mapped('amazon_connect', 'initiation_method', 'sent_method') }}) as method_word,
        lower({{ call_status.mapped('amazon_connect', 'channel', 'sent_channel') }}) as channel_word,
        lower({{ call_status.mapped('amazon_connect', 'disconnect_reason', 'sent_reason') }}) as reason_word,
        lower({{ call_status.mapped('amazon_connect', 'answering_machine', 'sent_machine') }}) as machine_word,
        lower({{ call_status.mapped('amazon_connect', 'state', 'sent_state') }}) as state_word,
        {%- for field, column in fields.items() %}
        {{ call_status.unmapped('amazon_connect', field, column) }} as unknown_{{ field }},
        {%- endfor %}
        coalesce(lower(sent_method) = 'callback', false) as is_callback
    from contacts
),

-- A call that was begun through the API may go either way. One of a campaign is dialled.
with_directions as (
    select
        *,
        case when unknown_initiation_method is not null and is_campaign then 'outgoing' else method_word end as direction_word,
        case
            when unknown_initiation_method is not null and not is_campaign then 'initiation_method'
            {%- for field in fields if field != 'initiation_method' %}
            when unknown_{{ field }} is not null then '{{ field }}'
            {%- endfor %}
        end as unmapped_field
    from with_words
),

with_facts as (
    select
        *,
        contact_id is not null and (origin <> 'event' or sent_type is not null) as is_about_a_contact,
        coalesce(channel_word = 'no_call' or reason_word = 'no_call' or direction_word = 'ignore', false) as is_no_call,
        coalesce(direction_word in ('outgoing', 'assumed_outgoing'), false) as is_outgoing,
        case when machine_word in ({{ failures }}) then machine_word end as failure_of_machine,
        case when reason_word in ({{ failures }}) then reason_word end as failure_of_reason,
        case unmapped_field
            {%- for field in fields %}
            when '{{ field }}' then unknown_{{ field }}
            {%- endfor %}
        end as unmapped_value,
        coalesce(initiated_at, connected_at, queued_at, agent_connected_at, state_since, disconnected_at, told_at) as started_at
    from with_directions
),

with_answers as (
    select
        *,
        case when is_outgoing and failure_of_machine is null then connected_at end as customer_answered_at,
        case
            when not is_callback then agent_connected_at
            -- The agent takes a callback first, and the customer is dialled then: they talk once both are there.
            when failure_of_machine is null and connected_at >= agent_connected_at then connected_at
            when failure_of_machine is null and connected_at < agent_connected_at then agent_connected_at
        end as agent_answered_at,
        -- Why an outgoing call did not get through. Of another contact the same words say that the network ended it.
        case when is_outgoing then coalesce(failure_of_machine, case when connected_at is null then failure_of_reason end) end as failure,
        case
            when reason_word in ('customer', 'agent', 'system', 'calling', 'called') then reason_word
            when not is_outgoing and failure_of_reason is not null then 'system'
        end as ended_by
    from with_facts
),

with_stages as (
    select
        *,
        disconnected_at is not null and agent_connected_at is null and not is_outgoing as is_incoming_without_agent,
        not has_queue and not has_agent and coalesce(attempts, 0) = 0 as is_in_flow_alone,
        -- A customer is dialled once the agent is there.
        is_outgoing and origin <> 'agent' and coalesce(failure, 'dial_timeout') = 'dial_timeout' as may_have_rung
    from with_answers
),

milestones as (
    {{ call_status.value_rows('milestone', [
        'started', 'queued', 'left_queue', 'callback', 'state', 'offered', 'not_taken', 'agent', 'dialled', 'customer', 'failed', 'in_flow',
        'transferred', 'agent_left', 'ended',
    ]) }}
),

of_each as (
    select
        with_stages.*,
        milestones.milestone
    from with_stages
    cross join milestones
),

events as (
    select
        *,
        case milestone
            when 'started' then case when is_about_a_contact and not is_no_call then 'call_started' end
            when 'queued' then case when not is_outgoing then 'queue_joined' end
            when 'left_queue' then case when not is_outgoing and has_queue then 'queue_left' end
            when 'callback' then case when is_callback and origin <> 'agent' then 'queue_left' end
            when 'state' then case when state_word not in ('agent_answered', 'agent_disconnected') then state_word end
            -- Nobody says when the agents were tried, so it counts for the last moment.
            when 'offered' then case when is_incoming_without_agent and attempts > 0 then 'agent_ringing' end
            when 'not_taken' then case when is_incoming_without_agent and attempts > 0 then 'agent_no_answer' end
            when 'agent' then 'agent_answered'
            when 'dialled' then case when may_have_rung then 'customer_ringing' end
            when 'customer' then 'customer_answered'
            when 'failed' then case when failure in ('number_busy', 'not_in_service') then 'dial_failed' else failure end
            when 'in_flow' then case when is_incoming_without_agent and is_in_flow_alone then 'ivr_started' end
            when 'transferred' then case when goes_on or transferred_at is not null then 'transferred' end
            when 'agent_left' then case when agent_answered_at is not null then 'agent_disconnected' end
            when 'ended' then 'part_ended'
        end as event_type,
        case milestone
            when 'started' then started_at
            when 'queued' then queued_at
            when 'left_queue' then coalesce(dequeued_at, agent_connected_at, disconnected_at)
            when 'callback' then started_at
            when 'state' then state_since
            when 'agent' then agent_answered_at
            when 'dialled' then coalesce(rang_at, agent_connected_at)
            when 'customer' then customer_answered_at
            when 'failed' then coalesce(disconnected_at, told_at, connected_at)
            when 'in_flow' then started_at
            when 'transferred' then coalesce(transferred_at, disconnected_at)
            else disconnected_at
        end as occurred_at
    from of_each
)

select
    {{ call_status.event_columns({
        'event_id': "record_id || '/' || milestone",
        'source_system': call_status.instance_of('amazon_connect'),
        'call_id': 'call_id',
        'leg_id': "case when event_type like 'agent%' and milestone not in ('offered', 'not_taken') then leg_id end",
        'direction': "case when milestone = 'started' and not is_no_call then direction_word end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': "case when milestone = 'ended' and failure is null then ended_by end",
        'agent_id': "case when is_outgoing or (event_type like 'agent%' and milestone not in ('offered', 'not_taken')) then agent_id end",
        'customer_number': "case when milestone = 'started' then customer_number end",
        'business_number': "case when milestone = 'started' then business_number end",
        'queue': "case when milestone in ('queued', 'left_queue', 'agent') then queue end",
        'reason': "case
            when milestone = 'left_queue' and agent_connected_at is not null then 'connected'
            when milestone = 'left_queue' and not has_agent and not goes_on and coalesce(ended_by, 'customer') in ('customer', 'calling') then 'abandoned'
            when milestone = 'callback' then 'callback'
            when milestone = 'customer' then machine_word
            when milestone = 'failed' and failure <> event_type then failure
        end",
        'cause_scheme': "case when milestone = 'ended' and sent_reason is not null then 'amazon_connect' end",
        'cause_code': "case when milestone = 'ended' then sent_reason end",
        'reported_status': "case when milestone = 'ended' and is_outgoing and customer_answered_at is null then sent_reason end",
        'records': "case when milestone = 'started' and is_first then 1 else 0 end",
        'set_aside': "case
            when is_no_call then 'no_call'
            when not is_about_a_contact then 'silent'
            when milestone = 'started' and started_at is null and initiated_text is not null then 'unreadable_initiation_timestamp'
        end",
        'unmapped_field': "case when milestone = 'started' then unmapped_field end",
        'unmapped_value': "case when milestone = 'started' then unmapped_value end",
    }) }}
from events
where milestone = 'started' or (is_about_a_contact and not is_no_call and event_type is not null and occurred_at is not null)
