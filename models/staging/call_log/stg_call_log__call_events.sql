{{ config(enabled='call_log' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a call-log row. The phone system has given each call a status. The row becomes the events that prove just
-- this status, so it comes back unchanged. A status that nothing maps proves nothing.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('call_log'),
        {
            'call_id': 'text', 'sent_source_system': {'column': 'source_system', 'kind': 'text'}, 'sent_direction': {'column': 'direction', 'kind': 'text'},
            'reported_status': 'text', 'sent_reason': {'column': 'reason', 'kind': 'text'},
            'started_at': 'timestamp', 'started_text': {'column': 'started_at', 'kind': 'text'},
            'answered_at': 'timestamp', 'sent_ended_at': {'column': 'ended_at', 'kind': 'timestamp'},
            'wait_seconds': 'duration', 'talk_seconds': 'duration', 'voicemail_seconds': 'duration',
            'sent_ended_by': {'column': 'ended_by', 'kind': 'text'}, 'agent_id': 'text', 'queue': 'text',
            'customer_number': 'text', 'business_number': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['call_id', 'started_at', 'loaded_at'],
    ) }} {{ call_status.evaluated_once() }}
),

with_words as (
    select
        *,
        coalesce(sent_source_system, 'call_log') as source_system,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        {{ call_status.read_word('party', 'sent_ended_by') }} as ended_by
    from raw_rows {{ call_status.evaluated_once() }}
),

-- `status` or `status/reason`.
with_status as (
    select
        *,
        coalesce(
            {{ call_status.status_of_word() }},
            {{ call_status.mapped('call_log', 'status', 'reported_status', call_status.spelled_status('reported_status')) }}
        ) as status_and_reason
    from with_words {{ call_status.evaluated_once() }}
),

split as (
    select
        *,
        nullif({{ dbt.split_part('status_and_reason', "'/'", 1) }}, '') as status,
        status_and_reason is not null or {{ call_status.unmapped('call_log', 'status', 'reported_status') }} is null as is_known_word,
        nullif({{ dbt.split_part('status_and_reason', "'/'", 2) }}, '') as mapped_reason
    from with_status {{ call_status.evaluated_once() }}
),

-- A record that names no reason: an outgoing call that the agent ended was given up by the agent.
records as (
    select
        *,
        coalesce(
            mapped_reason,
            sent_reason,
            case when direction = 'outgoing' and status = 'Canceled' and ended_by = 'agent' then 'agent_canceled' end
        ) as status_reason
    from split {{ call_status.evaluated_once() }}
),

events as (
    {{ call_status.status_event_rows('records') }}
)

select
    {{ call_status.status_event_columns("source_system") }}
from events
