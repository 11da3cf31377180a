{#-
    Which event proves a status and its reason: for records that carry a status of their own (call_log, callhippo). One entry per
    direction × status × reason. The first entry of a status is for a record that gives no reason.

    `event_type`   the event; none where only the end says it
    `reason`       the event's reason
    `also`         a second event, where one is not enough
    `ended_by`     who must have ended the call; `nobody`: no one may be named; `not customer`: anybody else

    tests/sources/test_status_proofs.py sends each of them through the rules.
-#}
{% macro status_proofs() %}
    {{ return([
        {'direction': 'incoming', 'status': 'Completed', 'status_reason': 'agent_answered', 'event_type': 'agent_answered'},
        {'direction': 'incoming', 'status': 'Completed', 'status_reason': 'answer_unproven', 'event_type': 'agent_answered', 'reason': 'unproven'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'ring_timeout', 'event_type': 'agent_no_answer', 'ended_by': 'not customer'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'caller_hung_up_ringing', 'event_type': 'agent_ringing', 'ended_by': 'customer'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'caller_hung_up_queue', 'event_type': 'queue_left', 'reason': 'abandoned'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'callback_requested', 'event_type': 'queue_left', 'reason': 'callback'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'caller_left_queue', 'event_type': 'queue_left', 'reason': 'key'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'voicemail_no_message', 'event_type': 'agent_no_answer', 'also': 'voicemail_started'},
        {'direction': 'incoming', 'status': 'Missed', 'status_reason': 'no_stage_evidence'},
        {'direction': 'incoming', 'status': 'Rejected', 'status_reason': 'all_agents_rejected', 'event_type': 'agent_rejected'},
        {'direction': 'incoming', 'status': 'Rejected', 'status_reason': 'blocked_caller', 'event_type': 'caller_blocked'},
        {'direction': 'incoming', 'status': 'Voicemail', 'status_reason': 'message_left', 'event_type': 'voicemail_left'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'agent_unavailable', 'event_type': 'agent_unavailable'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'number_unavailable', 'event_type': 'number_unavailable'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_empty', 'event_type': 'queue_left', 'reason': 'empty'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_full', 'event_type': 'queue_left', 'reason': 'full'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_timeout', 'event_type': 'queue_left', 'reason': 'timeout'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'voicemail_no_message', 'event_type': 'voicemail_started'},
        {'direction': 'incoming', 'status': 'Unavailable', 'status_reason': 'queue_not_served', 'event_type': 'queue_joined', 'ended_by': 'system'},
        {'direction': 'incoming', 'status': 'IVR', 'status_reason': 'caller_hung_up_ivr', 'event_type': 'ivr_started', 'ended_by': 'customer'},
        {'direction': 'incoming', 'status': 'IVR', 'status_reason': 'ivr_ended_by_system', 'event_type': 'ivr_started', 'ended_by': 'system'},
        {'direction': 'incoming', 'status': 'IVR', 'status_reason': 'ended_in_ivr', 'event_type': 'ivr_started', 'ended_by': 'nobody'},
        {'direction': 'incoming', 'status': 'Welcome Message', 'status_reason': 'caller_hung_up_welcome', 'event_type': 'welcome_started', 'ended_by': 'customer'},
        {'direction': 'incoming', 'status': 'Welcome Message', 'status_reason': 'welcome_ended_by_system', 'event_type': 'welcome_started', 'ended_by': 'system'},
        {'direction': 'incoming', 'status': 'Welcome Message', 'status_reason': 'ended_in_welcome', 'event_type': 'welcome_started', 'ended_by': 'nobody'},
        {'direction': 'incoming', 'status': 'Call Not Set-Up', 'status_reason': 'after_hours_message', 'event_type': 'after_hours_message_started'},
        {'direction': 'outgoing', 'status': 'Completed', 'status_reason': 'customer_answered', 'event_type': 'customer_answered'},
        {'direction': 'outgoing', 'status': 'Completed', 'status_reason': 'machine_answered', 'event_type': 'customer_answered', 'reason': 'machine'},
        {'direction': 'outgoing', 'status': 'Completed', 'status_reason': 'answer_unproven', 'event_type': 'customer_answered', 'reason': 'unproven'},
        {'direction': 'outgoing', 'status': 'No Answer', 'status_reason': 'ring_timeout', 'event_type': 'dial_timeout'},
        {'direction': 'outgoing', 'status': 'Rejected', 'status_reason': 'customer_declined', 'event_type': 'customer_rejected'},
        {'direction': 'outgoing', 'status': 'Canceled', 'status_reason': 'disconnected_before_connect', 'event_type': 'dial_failed', 'reason': 'not_connected'},
        {'direction': 'outgoing', 'status': 'Canceled', 'status_reason': 'agent_canceled', 'ended_by': 'agent'},
        {'direction': 'outgoing', 'status': 'Canceled', 'status_reason': 'not_in_service', 'event_type': 'dial_failed', 'reason': 'not_in_service'},
        {'direction': 'outgoing', 'status': 'Canceled', 'status_reason': 'number_busy', 'event_type': 'dial_failed', 'reason': 'number_busy'},
        {'direction': 'outgoing', 'status': 'Canceled', 'status_reason': 'country_restricted', 'event_type': 'dial_blocked', 'reason': 'country_restricted'},
    ]) }}
{% endmacro %}


{#-
    One field of the entry that fits a record, as text; null where none fits, or it has no such field. Reads the columns direction,
    status and status_reason. A reason that the status does not have is free text: the first entry of the status counts then,
    unless `exactly`.
-#}
{% macro proof(field, exactly=false) -%}
    {%- set entries, firsts = [], [] -%}
    {%- for entry in call_status.status_proofs() -%}
        {%- set fits = "direction = '" ~ entry.direction ~ "' and status = '" ~ entry.status ~ "'" -%}
        {%- if fits not in firsts | map(attribute=0) -%}{%- do firsts.append([fits, entry]) -%}{%- endif -%}
        {%- do entries.append([fits ~ " and status_reason = '" ~ entry.status_reason ~ "'", entry]) -%}
    {%- endfor -%}
    case
        {%- for condition, entry in entries + ([] if exactly else firsts) %}
        when {{ condition }} then {{ "'" ~ entry[field] ~ "'" if entry[field] else 'null' }}
        {%- endfor %}
    end
{%- endmacro %}


{#- One row per value, in one text column. -#}
{% macro value_rows(column, values) %}
    {%- for value in values %}
    select '{{ value }}' as {{ column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- The status that a word (SQL, a text) spells, given the column direction; null where it is no status of the direction. -#}
{% macro spelled_status(word) -%}
    case
        {%- for status in call_status.call_statuses() %}
        when direction = '{{ status.direction }}' and {{ call_status.cleaned_word(word) }} = '{{ status.status | lower | replace('-', '_') | replace(' ', '_') }}' then '{{ status.status }}'
        {%- endfor %}
    end
{%- endmacro %}


{#-
    One row per event that proves the status of a record. `records`: the CTE with one row per record, and the columns

    call_id, direction (a known word), status and status_reason (null: none), is_known_word, reported_status, started_at, started_text, answered_at,
    sent_ended_at, wait_seconds, talk_seconds, voicemail_seconds, ended_by (a known word), agent_id, queue, customer_number,
    business_number, loaded_at

    An id is made of the record's content: systems send one call id in several records.
-#}
{% macro status_event_rows(records) %}
with with_proof as (
    select
        *,
        {{ call_status.proof('event_type') }} as proof_type,
        {{ call_status.proof('reason') }} as proof_reason,
        {{ call_status.proof('also') }} as second_type,
        {{ call_status.proof('ended_by') }} as must_be_ended_by,
        {{ call_status.proof('status') }} as proven_status,
        {{ call_status.proof('status_reason', exactly=true) }} as proven_reason
    from {{ records }} {{ call_status.evaluated_once() }}
),

with_times as (
    select
        *,
        coalesce(proven_status, '') = 'Completed' or (proven_status is null and (answered_at is not null or talk_seconds > 0)) as has_answer,
        -- A row whose status says nothing, such as one that was sent when the call began, is no end of the call.
        proven_status is not null or sent_ended_at is not null or talk_seconds is not null as has_end,
        -- Without a time of the end, the lengths say when that was.
        coalesce(
            sent_ended_at,
            {{ call_status.seconds_later('coalesce(answered_at, ' ~ call_status.seconds_later('started_at', 'coalesce(wait_seconds, 0)') ~ ')', 'coalesce(talk_seconds, 0)') }}
        ) as ended_at
    from with_proof {{ call_status.evaluated_once() }}
),

with_answer as (
    select
        *,
        case
            when not has_answer then null
            when answered_at is not null then answered_at
            when wait_seconds is not null then {{ call_status.seconds_later('started_at', 'wait_seconds') }}
            when talk_seconds is not null and {{ call_status.seconds_later('ended_at', '-talk_seconds') }} > started_at
                then {{ call_status.seconds_later('ended_at', '-talk_seconds') }}
            else started_at
        end as answer_at
    from with_times {{ call_status.evaluated_once() }}
),

milestones as (
    {{ call_status.value_rows('milestone', ['started', 'rung', 'proof', 'second', 'ended']) }}
),

of_each as (
    select
        with_answer.*,
        milestones.milestone,
        case milestones.milestone
            when 'started' then 'call_started'
            when 'rung' then case when has_answer and direction = 'incoming' and wait_seconds is not null then 'agent_ringing' end
            when 'proof' then case
                when proven_status is not null then proof_type
                when has_answer then case direction when 'outgoing' then 'customer_answered' else 'callee_answered' end
            end
            when 'second' then second_type
            when 'ended' then case when has_end then 'call_ended' end
        end as event_type
    from with_answer
    cross join milestones {{ call_status.evaluated_once() }}
)

select
    *,
    -- Times and lengths as whole numbers: engines write a fraction as text in several ways.
    call_id || '/' || cast({{ call_status.key_hash(call_status.joined_texts([
        'reported_status', 'status_reason', 'direction', 'started_text',
        'cast(' ~ call_status.epoch_microseconds('ended_at') ~ ' as ' ~ dbt.type_string() ~ ')',
        'cast(cast(round(talk_seconds * 1000) as ' ~ dbt.type_bigint() ~ ') as ' ~ dbt.type_string() ~ ')',
        'agent_id', 'queue', 'customer_number', 'business_number',
    ])) }} as {{ dbt.type_string() }}) || '/' || milestone as event_id,
    case milestone
        when 'started' then started_at
        when 'rung' then {{ call_status.seconds_later('answer_at', '-wait_seconds') }}
        when 'ended' then ended_at
        else coalesce(answer_at, ended_at)
    end as occurred_at,
    case
        when milestone <> 'ended' then null
        when proven_reason is not null and must_be_ended_by = 'not customer' then nullif(ended_by, 'customer')
        when proven_reason is not null and must_be_ended_by is not null then nullif(must_be_ended_by, 'nobody')
        -- On an unanswered outgoing call it would be a proof of its own.
        when has_answer or direction = 'incoming' then ended_by
    end as party,
    case
        -- Without a time of the answer, a length alone says that there was one.
        when milestone = 'proof' and proven_status is null and answered_at is null then 'unproven'
        when milestone = 'proof' then proof_reason
    end as reason,
    case when milestone = 'proof' and event_type = 'voicemail_left' and voicemail_seconds > 0 then voicemail_seconds end as seconds,
    case when milestone = 'started' then 1 else 0 end as records,
    case
        when milestone = 'started' and status = 'no_call' then 'no_call'
        when milestone = 'started' and started_at is null and started_text is not null then 'unreadable_started_at'
    end as set_aside,
    case when milestone = 'started' and not is_known_word and reported_status is not null then 'reported_status' end as unmapped_field,
    case when milestone = 'started' and not is_known_word then reported_status end as unmapped_value
from of_each
where
    event_type is not null
    and (milestone = 'started' or (started_at is not null and coalesce(status, '') <> 'no_call'))
{% endmacro %}


{#- The columns of an event, from rows of status_event_rows. `source_system`: SQL. -#}
{% macro status_event_columns(source_system) %}
    {%- set columns = {'source_system': source_system} -%}
    {%- for name in [
        'event_id', 'call_id', 'direction', 'event_type', 'occurred_at', 'loaded_at', 'party', 'agent_id', 'customer_number', 'business_number',
        'queue', 'reason', 'seconds', 'reported_status', 'records', 'set_aside', 'unmapped_field', 'unmapped_value',
    ] -%}
        {%- do columns.update({name: name}) -%}
    {%- endfor -%}
    {{ call_status.event_columns(columns) }}
{% endmacro %}


{#- Texts (SQL) as one text; null counts as empty. -#}
{% macro joined_texts(texts) -%}
    {%- for text in texts %}coalesce({{ text }}, ''){{ " || '|' || " if not loop.last }}{% endfor -%}
{%- endmacro %}
