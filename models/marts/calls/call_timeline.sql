-- One row per valid event of an incoming or outgoing call, or of one whose direction is not known yet; what came twice stands once.
-- For looking at one call: read it by call_key, in the order of occurred_at.

{%- set content = [
    'call_key', 'source_system', 'call_id', 'event_id', 'occurred_at', 'event_type', 'direction', 'party', 'leg_id', 'agent_id',
    'customer_number', 'business_number', 'queue', 'reason', 'cause_scheme', 'cause_code', 'seconds', 'reported_status', 'attributes',
] %}

with events as (
    select
        *,
        {{ call_status.call_key() }} as call_key,
        {{ call_status.call_hash() }} as call_hash
    from {{ ref('call_status', 'int_call_events') }}
    where quarantine_reason is null
),

calls as (
    select
        call_hash,
        source_system,
        call_id,
        direction
    from {{ ref('call_status', 'int_call_evidence') }}
    where coalesce(direction, '') <> 'internal'
),

-- What came twice differs in nothing but the time of its loading.
once as (
    select
        call_hash,
        {{ content | join(',\n        ') }},
        min(loaded_at) as loaded_at
    from events
    group by
        call_hash,
        {{ content | join(',\n        ') }}
)

select
    once.call_key,
    once.source_system,
    once.call_id,
    once.occurred_at,
    once.loaded_at,
    once.event_id,
    once.event_type,
    {{ call_status.what_event_counts_as('once.event_type', 'once.reason', 'calls.direction') }} as counts_as,
    case
        when not {{ call_status.is_unknown_word('party', 'once.party') }}
        then {{ call_status.resolved_party('once.party', 'calls.direction') }}
    end as party,
    once.leg_id,
    once.agent_id,
    once.customer_number,
    once.business_number,
    once.queue,
    once.reason,
    once.cause_scheme,
    once.cause_code,
    once.seconds,
    once.direction as stated_direction,
    once.reported_status,
    once.attributes
from once
inner join calls
    on once.call_hash = calls.call_hash and once.source_system = calls.source_system and once.call_id = calls.call_id
