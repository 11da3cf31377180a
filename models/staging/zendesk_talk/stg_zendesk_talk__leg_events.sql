{{ config(enabled='zendesk_talk' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a row of Zendesk Talk's legs. A leg does not know which way its call went. So it says what decides in one
-- direction only: what agents did, on incoming calls, and that the customer was reached, on outgoing ones.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('zendesk_talk_legs'),
        {
            'leg_id': {'column': 'id', 'kind': 'text'}, 'call_id': 'text',
            'started_at': {'column': 'created_at', 'kind': 'timestamp'}, 'started_text': {'column': 'created_at', 'kind': 'text'},
            'leg_type': {'column': 'type', 'kind': 'text'},
            'completion_status': 'text',
            'sent_agent_id': {'column': 'agent_id', 'kind': 'text'},
            'duration': 'duration', 'talk_time': 'duration', 'hold_time': 'duration',
            'source_instance': 'text', 'loaded_at': call_status.loaded_at_column(),
        },
        required=['leg_id', 'call_id', 'started_at', 'loaded_at'],
    ) }}
),

with_words as (
    select
        *,
        lower(leg_type) as side,
        nullif(sent_agent_id, '0') as agent_id,
        {{ call_status.cleaned_word('completion_status') }} as word,
        {{ call_status.seconds_later('started_at', 'coalesce(duration, 0)') }} as ended_at
    from raw_rows {{ call_status.evaluated_once() }}
),

records as (
    select
        *,
        {{ call_status.mapped('zendesk_talk', 'completion_status', 'word') }} as word_type,
        {{ call_status.unmapped('zendesk_talk', 'completion_status', 'word') }} as unknown_word,
        -- A leg begins when it rings, and what is left of it after the talk is the wait for the answer.
        case
            when
                talk_time > 0 and talk_time + coalesce(hold_time, 0) < duration
            then {{ call_status.seconds_later('ended_at', '-(talk_time + coalesce(hold_time, 0))') }}
            else started_at
        end as answered_at
    from with_words {{ call_status.evaluated_once() }}
),

-- What a leg's outcome is, in words that are right whichever way the call went. That the customer's leg of an incoming call was
-- completed says only that the call came in: customer_answered and dial_* count on outgoing calls alone.
with_outcome as (
    select
        *,
        case
            when side = 'customer' and word_type = 'callee_answered' and duration > 0 then 'customer_answered'
            when side = 'customer' and word_type = 'callee_no_answer' then 'dial_timeout'
            when side = 'customer' and word_type = 'callee_failed' then 'dial_failed'
            when side = 'customer' then null
            when word_type = 'callee_answered' then 'agent_answered'
            when word_type = 'callee_no_answer' then 'agent_no_answer'
            when word_type = 'callee_failed' then 'agent_unavailable'
            when word_type like 'agent%' then word_type
        end as outcome_type
    from records
),

milestones as (
    {{ call_status.value_rows('milestone', ['rang', 'outcome', 'left', 'ended']) }}
),

of_each as (
    select
        with_outcome.*,
        milestones.milestone,
        case
            when with_outcome.side not in ('agent', 'external', 'customer') or with_outcome.word_type is null then null
            when milestones.milestone = 'outcome' then with_outcome.outcome_type
            when milestones.milestone = 'ended' then 'part_ended'
            when
                milestones.milestone = 'rang' and with_outcome.outcome_type in ('agent_answered', 'agent_no_answer', 'agent_rejected')
            then 'agent_ringing'
            when milestones.milestone = 'left' and with_outcome.outcome_type = 'agent_answered' then 'agent_disconnected'
        end as event_type
    from with_outcome
    cross join milestones {{ call_status.evaluated_once() }}
),

-- A supervisor who listens, a leg that has no status yet, and a word that is not known give no event.
events as (
    select
        *,
        case
            when milestone = 'rang' or event_type = 'agent_ringing' then started_at
            when event_type in ('agent_answered', 'customer_answered') then answered_at
            else ended_at
        end as occurred_at,
        event_type is null as is_silent
    from of_each
    where milestone = 'ended' or (event_type is not null and started_at is not null)
)

select
    {{ call_status.event_columns({
        'event_id': "'leg/' || leg_id || '/' || milestone",
        'source_system': call_status.instance_of('zendesk_talk'),
        'call_id': 'call_id',
        'leg_id': "case when side = 'external' and event_type like 'agent%' then leg_id end",
        'event_type': 'event_type',
        'occurred_at': 'occurred_at',
        'loaded_at': 'loaded_at',
        'agent_id': "case when event_type like 'agent%' then agent_id end",
        'reason': "case when side = 'external' and event_type = 'agent_answered' then 'unproven' end",
        'records': "case when milestone = 'ended' then 1 else 0 end",
        'set_aside': "case"
            ~ " when is_silent then 'silent'"
            ~ " when milestone = 'ended' and started_at is null and started_text is not null then 'unreadable_created_at' end",
        'unmapped_field': "case when milestone = 'ended' and unknown_word is not null then 'completion_status' end",
        'unmapped_value': "case when milestone = 'ended' then unknown_word end",
    }) }}
from events
