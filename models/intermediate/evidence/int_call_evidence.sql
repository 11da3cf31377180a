-- The evidence of a call by name, as the rules read it: int_call_evidence_packed unpacked, one row a call.

with packed as (
    select * from {{ ref('call_status', 'int_call_evidence_packed') }}
)

select
    call_hash,
    source_system,
    call_id,
    {{ call_status.direction_of_call() }} as direction,
    -- What the rules read; the legs come to it in fct_calls.
    {{ call_status.has_signal('agent_answered') }} as has_agent_answered,
    {{ call_status.has_signal('caller_blocked') }} as has_caller_blocked,
    {{ call_status.has_signal('after_hours_message_started') }} as has_after_hours_message,
    {{ call_status.has_signal('number_unavailable') }} as has_number_unavailable,
    {{ call_status.has_signal('agent_unavailable') }} as has_agent_unavailable,
    {{ call_status.has_signal('queue_joined') }} as has_queue_joined,
    {{ call_status.has_signal('queue_left') }} as has_queue_left,
    {{ call_status.has_signal('queue_left_abandoned') }} as has_queue_left_abandoned,
    {{ call_status.has_signal('queue_left_empty') }} as has_queue_left_empty,
    {{ call_status.has_signal('queue_left_full') }} as has_queue_left_full,
    {{ call_status.has_signal('queue_left_timeout') }} as has_queue_left_timeout,
    {{ call_status.has_signal('voicemail_started', 'voicemail_left') }} as has_reached_voicemail,
    {{ call_status.has_signal('voicemail_of_unknown_length') }}
    or coalesce(longest_voicemail_seconds >= {{ call_status.setting('min_voicemail_seconds') }}, false)
        as has_voicemail_message,
    {{ call_status.has_signal('ivr_started', 'ivr_input', 'ivr_ended') }} as has_ivr,
    {{ call_status.has_signal('welcome_started', 'welcome_ended') }} as has_welcome,
    {{ call_status.has_signal('customer_answered') }} as has_customer_answered,
    coalesce({{ call_status.rank_of('first_customer_answered') }} = 0, false) as is_machine_answer,
    {{ call_status.has_signal('customer_ringing') }} as has_customer_ringing,
    {{ call_status.has_signal('dial_blocked') }} as has_dial_blocked,
    {{ call_status.has_signal('dial_blocked_by_country') }} as has_dial_blocked_by_country,
    {{ call_status.rank_of('first_outgoing_signal') }} as first_outgoing_signal,
    case {{ call_status.rank_of('first_call_ended') }}
        when 0 then 'customer'
        when 1 then 'agent'
        when 2 then 'system'
    end as ended_by,
    -- What else there is to tell.
    {{ call_status.has_signal('agent_ringing', 'agent_answered', 'agent_rejected', 'agent_no_answer') }} as has_rung_agent,
    {{ call_status.has_signal('labelled_incoming') }} as is_labelled_incoming,
    {{ call_status.has_signal('labelled_outgoing') }} as is_labelled_outgoing,
    {{ call_status.has_signal('labelled_internal') }} as is_labelled_internal,
    {{ call_status.has_signal('transferred') }} as is_transferred,
    {{ call_status.has_signal('call_ended') }} as has_call_ended,
    {{ call_status.text_of('first_customer_number') }} as customer_number,
    {{ call_status.text_of('first_business_number') }} as business_number,
    {{ call_status.text_of('first_queue') }} as queue,
    {{ call_status.text_of('first_agent') }} as first_agent_id,
    {{ call_status.text_of('last_cause') }} as last_cause,
    first_event_at as started_at,
    last_event_at,
    first_queue_joined_at,
    first_customer_ringing_at,
    {{ call_status.time_of('first_customer_answered') }} as first_customer_answered_at,
    {{ call_status.time_of('first_call_ended') }} as first_call_ended_at,
    first_call_ended,
    last_loaded_at,
    merged_at
from packed
