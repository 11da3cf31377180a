-- One row per call of the evidence: what is known of it, by the names that the rules use. int_call_evidence_packed, unpacked.

with packed as (
    select * from {{ ref('call_status', 'int_call_evidence_packed') }}
),

unpacked as (
    select
        *,
        {{ call_status.direction_of_call() }} as direction,
        {{ call_status.has_signal('voicemail_of_unknown_length') }}
        or coalesce(longest_voicemail_seconds >= {{ call_status.setting('min_voicemail_seconds') }}, false)
            as has_voicemail,
        {{ call_status.unpacked_time('first_call_ended') }} as first_call_ended_at
    from packed
),

-- When somebody was rung or answered last. An end that comes before that was the end of a part of the call only.
contacts as (
    select
        *,
        case direction
            when 'incoming' then {{ call_status.latest_of([
                'last_agent_contact_at', 'last_callee_ringing_at', 'case when not has_voicemail then last_unproven_answer_at end',
            ]) }}
            when 'outgoing' then {{ call_status.latest_of([
                'last_agent_contact_at', 'last_unproven_answer_at', 'last_customer_answered_at',
            ]) }}
        end as last_contact_at
    from unpacked
),

-- The event that ended the call: the first call_ended, or the last one where the call went on after the first; the last
-- part_ended where there is no call_ended and the call did not go on.
ends as (
    select
        *,
        case
            when last_contact_at > first_call_ended_at then {{ call_status.unpacked_latest_time('last_call_ended') }}
            when first_call_ended_at is not null then first_call_ended_at
            when last_contact_at > last_part_ended_at then null
            else last_part_ended_at
        end as end_event_at,
        case
            when last_contact_at > first_call_ended_at then {{ call_status.unpacked_name('last_call_ended', call_status.parties()) }}
            when first_call_ended_at is not null then {{ call_status.unpacked_name('first_call_ended', call_status.parties()) }}
            when last_contact_at > last_part_ended_at then null
            else {{ call_status.unpacked_name('last_part_ended_by', call_status.parties()) }}
        end as end_event_party
    from contacts
),

ended as (
    select
        *,
        {{ call_status.resolved_party('end_event_party', 'direction') }} as ended_by
    from ends
)

select
    ---------- ids
    call_hash,
    source,
    source_system,
    call_id,
    direction,

    ---------- what happened on an incoming call
    {{ call_status.has_signal('caller_blocked') }} as has_caller_blocked,
    {{ call_status.has_signal('after_hours_message_started') }} as is_after_hours,
    {{ call_status.has_signal('number_unavailable') }} as has_number_unavailable,
    {{ call_status.has_signal(*call_status.get_event_types_that_count_as('incoming', ['agent_unavailable'])) }} as has_agent_unavailable,
    {{ call_status.has_signal(*call_status.get_rung_signals('incoming')) }} as has_rung_agent,
    {{ call_status.has_signal('agent_answered_proven', 'callee_answered_proven') }}
    or (last_unproven_answer_at is not null and not has_voicemail) as has_agent_answered,
    {{ call_status.has_signal('queue_joined', 'queue_left') }} as reached_queue,
    {{ call_status.has_signal('queue_left_abandoned') }}
    or (
        coalesce(ended_by, '') = 'customer'
        and {{ call_status.is_still_in_queue('last_queue_joined', 'last_queue_left') }}
    ) as is_queue_abandoned,
    {{ call_status.has_signal('queue_left_key') }} as has_queue_left_key,
    {{ call_status.has_signal('queue_left_callback') }} as has_queue_left_callback,
    {{ call_status.has_signal('queue_left_empty') }} as has_queue_left_empty,
    {{ call_status.has_signal('queue_left_full') }} as has_queue_left_full,
    {{ call_status.has_signal('queue_left_timeout') }} as has_queue_left_timeout,
    {{ call_status.has_signal('voicemail_started', 'voicemail_left') }}
    or (
        coalesce(direction, 'incoming') = 'incoming'
        and {{ call_status.has_signal('agent_answered_by_machine', 'callee_answered_by_machine') }}
    ) as reached_voicemail,
    has_voicemail,
    {{ call_status.has_signal('ivr_started', 'ivr_input', 'ivr_ended') }} as reached_ivr,
    {{ call_status.has_signal('welcome_started', 'welcome_ended') }} as reached_welcome,

    ---------- what happened on an outgoing call
    last_customer_answered_at is not null as has_customer_answered,
    coalesce({{ call_status.unpacked_name('first_customer_answered', call_status.answer_kinds()) }} = 'machine', false)
        as is_machine_answer,
    {{ call_status.has_signal(*call_status.get_event_types_that_count_as('outgoing', ['customer_ringing'])) }} as has_customer_ringing,
    {{ call_status.has_signal('dial_blocked') }} as has_dial_blocked,
    {{ call_status.has_signal('dial_blocked_by_country') }} as has_dial_blocked_by_country,
    {{ call_status.unpacked_name('first_dial_outcome', call_status.dial_outcomes()) }} as dial_outcome,

    ---------- either direction
    end_event_at is null as is_end_inferred,
    ended_by,
    coalesce(
        direction = 'incoming' and {{ call_status.has_signal('caller_blocked') }}
        or direction = 'outgoing' and {{ call_status.has_signal('dial_blocked') }},
        false
    ) as is_turned_away,
    {{ call_status.has_signal('transferred') }} as is_transferred,
    {{ call_status.has_signal('labelled_incoming') }} as is_labelled_incoming,
    {{ call_status.has_signal('labelled_outgoing') }} as is_labelled_outgoing,
    {{ call_status.has_signal('labelled_internal') }} as is_labelled_internal,

    ---------- who and where
    {{ call_status.unpacked_text('first_customer_number') }} as customer_number,
    {{ call_status.unpacked_text('first_business_number') }} as business_number,
    {{ call_status.unpacked_text('first_queue') }} as queue,
    coalesce({{ call_status.unpacked_text('last_named_queue_joined') }}, {{ call_status.unpacked_text('first_queue') }}) as last_queue,
    {{ call_status.unpacked_text('first_agent') }} as first_agent_id,
    {{ call_status.second_of_pair(call_status.unpacked_text('last_cause')) }} as cause_scheme,
    {{ call_status.first_of_pair(call_status.unpacked_text('last_cause')) }} as cause_code,
    {{ call_status.unpacked_text('last_reported_status') }} as reported_status,

    ---------- when
    first_event_at as started_at,
    last_event_at,
    first_queue_joined_at as queued_at,
    first_customer_ringing_at,
    {{ call_status.unpacked_time('first_customer_answered') }} as first_customer_answered_at,
    first_customer_answered_unproven_at,
    last_customer_answered_at,
    end_event_at,
    {{ call_status.earlier_of('first_call_ended_at', 'first_part_ended_at') }} as first_end_event_at,
    longest_voicemail_seconds as voicemail_seconds,
    last_loaded_at,

    ---------- for incremental runs
    first_call_ended,
    write_number
from ended
