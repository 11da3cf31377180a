{{ config(enabled='acme' in var('call_status_sources', ['canonical'])) }}

-- One row per event of an Acme record. A record is one call: that it started, what became of it, and that it ended.
-- Each record becomes events by itself. What only another record knows is left to the rules.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('acme_calls'),
        {
            'call_id': {'column': 'id', 'kind': 'text'},
            'sent_direction': {'column': 'direction', 'kind': 'text'},
            'outcome': 'text',
            'started_at': 'local time', 'started_text': {'column': 'started_at', 'kind': 'text'},
            'answered_at': 'local time',
            'ended_at': 'local time',
            'hung_up_by': 'text',
            'agent_id': {'column': 'agent', 'kind': 'text'},
            'caller': 'text', 'called': 'text',
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['call_id', 'started_at', 'loaded_at'],
    ) }}
),

-- What the words mean. A direction and a party are read in many spellings; an outcome becomes an event by seeds/mappings/acme.csv.
with_words as (
    select
        *,
        {{ call_status.read_word('direction', 'sent_direction') }} as direction,
        {{ call_status.read_word('party', 'hung_up_by') }} as ended_by,
        {{ call_status.mapped('acme', 'outcome', 'outcome') }} as outcome_event,
        {{ call_status.unmapped('acme', 'outcome', 'outcome') }} as unknown_outcome
    from raw_rows
),

-- A record that gives no event is set aside with its reason, and not lost.
records as (
    select
        *,
        case
            when outcome_event = 'no_call' then 'no_call'
            when started_at is null then 'unreadable_started_at'
        end as set_aside
    from with_words
),

milestones as (
    select 'start' as milestone
    union all
    select 'outcome' as milestone
    union all
    select 'end' as milestone
),

events as (
    select
        records.*,
        milestones.milestone,
        case milestones.milestone
            when 'start' then 'call_started'
            when 'outcome' then records.outcome_event
            when 'end' then 'call_ended'
        end as event_type,
        case milestones.milestone
            when 'start' then records.started_at
            when 'outcome' then coalesce(records.answered_at, records.ended_at, records.started_at)
            when 'end' then records.ended_at
        end as occurred_at
    from records
    cross join milestones
    where
        milestones.milestone = 'start'
        or (milestones.milestone = 'outcome' and records.outcome_event is not null and records.set_aside is null)
        or (milestones.milestone = 'end' and records.ended_at is not null and records.set_aside is null)
)

select
    {{ call_status.event_columns({
        'event_id': "call_id || '/' || milestone",
        'source_system': call_status.instance_of('acme'),
        'call_id': 'call_id',
        'direction': 'direction',
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'party': "case when milestone = 'end' then ended_by end",
        'agent_id': 'agent_id',
        'customer_number': "case when direction = 'outgoing' then called else caller end",
        'business_number': "case when direction = 'outgoing' then caller else called end",
        'reported_status': 'outcome',
        'records': "case when milestone = 'start' then 1 else 0 end",
        'set_aside': 'set_aside',
        'unmapped_field': "case when milestone = 'start' and unknown_outcome is not null then 'outcome' end",
        'unmapped_value': "case when milestone = 'start' then unknown_outcome end",
    }) }}
from events
