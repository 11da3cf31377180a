-- One row per call of any direction: its evidence by name, as the rules read it. int_call_evidence_packed, unpacked.

with packed as (
    select * from {{ ref('call_status', 'int_call_evidence_packed') }}
)

select
    ---------- ids
    call_hash,
    source_system,
    call_id,
    {{ call_status.direction_of_call() }} as direction,

    ---------- what happened on an incoming call
    {{ call_status.has_signal('agent_answered') }} as has_agent_answered,
    {{ call_status.has_signal('caller_blocked') }} as has_caller_blocked,
    {{ call_status.has_signal('after_hours_message_started') }} as is_after_hours,
    {{ call_status.has_signal('number_unavailable') }} as has_number_unavailable,
    {{ call_status.has_signal('agent_unavailable') }} as has_agent_unavailable,
    {{ call_status.has_signal(*call_status.get_leg_event_types('rung')) }} as has_rung_agent,
    {{ call_status.has_signal('queue_joined', 'queue_left') }} as reached_queue,
    {{ call_status.has_signal('queue_joined') }} as has_queue_joined,
    {{ call_status.has_signal('queue_left') }} as has_queue_left,
    {{ call_status.has_signal('queue_left_abandoned') }} as has_queue_left_abandoned,
    {{ call_status.has_signal('queue_left_empty') }} as has_queue_left_empty,
    {{ call_status.has_signal('queue_left_full') }} as has_queue_left_full,
    {{ call_status.has_signal('queue_left_timeout') }} as has_queue_left_timeout,
    {{ call_status.has_signal('voicemail_started', 'voicemail_left') }} as reached_voicemail,
    {{ call_status.has_signal('voicemail_of_unknown_length') }}
    or coalesce(longest_voicemail_seconds >= {{ call_status.setting('min_voicemail_seconds') }}, false)
        as has_voicemail,
    {{ call_status.has_signal('ivr_started', 'ivr_input', 'ivr_ended') }} as reached_ivr,
    {{ call_status.has_signal('welcome_started', 'welcome_ended') }} as reached_welcome,

    ---------- what happened on an outgoing call
    {{ call_status.has_signal('customer_answered') }} as has_customer_answered,
    coalesce({{ call_status.unpacked_name('first_customer_answered', call_status.answer_kinds()) }} = 'machine', false)
        as is_machine_answer,
    {{ call_status.has_signal('customer_ringing') }} as has_customer_ringing,
    {{ call_status.has_signal('dial_blocked') }} as has_dial_blocked,
    {{ call_status.has_signal('dial_blocked_by_country') }} as has_dial_blocked_by_country,
    {{ call_status.unpacked_name('first_dial_outcome', call_status.dial_outcomes()) }} as dial_outcome,

    ---------- either direction
    {{ call_status.has_signal('call_ended') }} as has_call_ended,
    {{ call_status.unpacked_name('first_call_ended', call_status.parties()) }} as ended_by,
    {{ call_status.has_signal('transferred') }} as is_transferred,
    {{ call_status.has_signal('labelled_incoming') }} as is_labelled_incoming,
    {{ call_status.has_signal('labelled_outgoing') }} as is_labelled_outgoing,
    {{ call_status.has_signal('labelled_internal') }} as is_labelled_internal,

    ---------- who and where
    {{ call_status.unpacked_text('first_customer_number') }} as customer_number,
    {{ call_status.unpacked_text('first_business_number') }} as business_number,
    {{ call_status.unpacked_text('first_queue') }} as queue,
    {{ call_status.unpacked_text('first_agent') }} as first_agent_id,
    nullif({{ dbt.split_part(call_status.unpacked_text('last_cause'), 'chr(1)', 1) }}, '') as cause_scheme,
    {{ dbt.split_part(call_status.unpacked_text('last_cause'), 'chr(1)', 2) }} as cause_code,

    ---------- when
    first_event_at as started_at,
    last_event_at,
    first_queue_joined_at as queued_at,
    first_customer_ringing_at,
    {{ call_status.unpacked_time('first_customer_answered') }} as first_customer_answered_at,
    {{ call_status.unpacked_time('first_call_ended') }} as first_call_ended_at,
    last_loaded_at,

    ---------- for incremental runs
    first_call_ended,
    write_number
from packed
