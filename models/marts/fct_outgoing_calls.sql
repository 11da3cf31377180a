-- The concluded outgoing calls of fct_calls, without what only an incoming call can have.

select
    call_key,
    source_system,
    call_id,
    direction,
    status,
    status_reason,
    status_message,
    status_rule,
    is_status_inferred,
    is_answered,
    has_conflicting_direction,
    customer_number,
    business_number,
    agent_id,
    is_transferred,
    ended_by,
    is_end_inferred,
    cause_scheme,
    cause_code,
    started_at,
    first_ring_at,
    answered_at,
    ended_at,
    ring_seconds,
    talk_seconds,
    total_seconds,
    last_loaded_at,
    rules_fingerprint,
    derived_at
from {{ ref('call_status', 'fct_calls') }}
where direction = 'outgoing'
