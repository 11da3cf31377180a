{{ config(enabled='freeswitch' in var('call_status_sources', ['canonical'])) }}

-- One row per document of a leg by FreeSWITCH, or row by FusionPBX: the leg's variables, decoded, its times, and its call.

with raw_rows as (
    {{ call_status.column_rows(
        call_status.raw_table('freeswitch_cdrs'),
        dict(call_status.get_freeswitch_columns(), **{
            'document': {'column': ['json', 'document'], 'kind': 'json'},
            'sent_document': {'column': ['json', 'document'], 'kind': 'text'},
            'row_uuid': {'column': 'xml_cdr_uuid', 'kind': 'text'},
            'row_leg': {'column': 'leg', 'kind': 'text'},
            'row_direction': {'column': 'direction', 'kind': 'text'},
            'row_context': {'column': 'context', 'kind': 'text'},
            'row_caller': {'column': 'caller_id_number', 'kind': 'text'},
            'row_callee': {'column': ['caller_destination', 'destination_number'], 'kind': 'text'},
            'row_waitsec': {'column': 'waitsec', 'kind': 'number'},
            'voicemail_message': 'text',
            'reported_status': {'column': 'status', 'kind': 'text'},
            'source_instance': 'text',
            'loaded_at': call_status.loaded_at_column(),
        }),
        required=['loaded_at'],
    ) }}
),

documents as (
    select
        *,
        {{ call_status.json_text('document', 'variables') }} as variables,
        {{ call_status.json_text('document', 'channel_data.direction') }} as channel_direction,
        {{ call_status.freeswitch_profile('uuid') }} as profile_uuid,
        {{ call_status.freeswitch_profile('context') }} as profile_context,
        {{ call_status.freeswitch_profile('caller_id_number') }} as profile_caller,
        {{ call_status.freeswitch_profile('destination_number') }} as profile_callee,
        -- Older versions name the leg that called this one here alone.
        {{ call_status.freeswitch_profile([
            'originator.originator_caller_profile.uuid', 'originator.originator_caller_profiles.0.uuid'
        ]) }} as originator_uuid
    from raw_rows
),

-- A time has a blank and colons, an address an @: where they are encoded, every value is.
with_encoding as (
    select
        *,
        coalesce(
            {{ call_status.text_matches(
                call_status.json_text('variables', ['start_stamp', 'sip_from_uri', 'channel_name']), '%[0-9A-F]{2}'
            ) }},
            false
        ) as is_encoded
    from documents
),

with_plain_values as (
    select
        *,
        {{ call_status.plain_freeswitch_variables() }} as plain_variables
    from with_encoding
),

with_variables as (
    select
        {%- for column, name in call_status.get_freeswitch_variables().items() %}
        {{ call_status.json_text('plain_variables', name) }} as sent_{{ column }},
        {%- endfor %}
        *
    from with_plain_values
),

-- A row of FusionPBX has variables in columns, too. Its direction is that of the call, and not of the leg.
legs as (
    select
        document,
        sent_document,
        reported_status,
        source_instance,
        loaded_at,
        voicemail_message,
        row_waitsec,
        originator_uuid,
        {%- for column in call_status.get_freeswitch_variables() if column not in ('uuid', 'leg_direction', 'call_direction') %}
        {{ call_status.sent_or_in_row(column) }} as {{ column }},
        {%- endfor %}
        coalesce(sent_uuid, profile_uuid, row_uuid) as uuid,
        lower(coalesce(sent_leg_direction, {{ call_status.trimmed_text('channel_direction') }})) as leg_direction,
        coalesce(sent_call_direction, row_direction) as call_direction,
        coalesce(profile_context, row_context) as context,
        coalesce(profile_caller, row_caller, sent_sip_from_user) as caller,
        coalesce(profile_callee, row_callee) as callee,
        lower(row_leg) = 'b' as is_row_of_called_leg
    from with_variables
),

with_numbers as (
    select
        *,
        {%- for moment in call_status.get_freeswitch_moments() %}
        {{ call_status.safe_double(moment ~ '_epoch') }} as {{ moment }}_seconds,
        {{ call_status.safe_double(moment ~ '_uepoch') }} as {{ moment }}_microseconds,
        {%- endfor %}
        {%- for moment in ['joined', 'answered', 'terminated', 'canceled'] %}
        {{ call_status.safe_double('cc_queue_' ~ moment ~ '_epoch') }} as queue_{{ moment }}_seconds,
        {%- endfor %}
        {{ call_status.safe_double(dbt.split_part('transfer_source', "':'", 1)) }} as transfer_seconds
    from legs
),

-- A row of FusionPBX has no time of the bridge, but how long after the start it was.
with_times as (
    select
        *,
        {%- for moment in call_status.get_freeswitch_moments() %}
        {{ call_status.freeswitch_time(moment) }} as {{ moment ~ '_at' if moment != 'bridge' else 'sent_bridge_at' }},
        {%- endfor %}
        {%- for moment in ['queue_joined', 'queue_answered', 'queue_terminated', 'queue_canceled', 'transfer'] %}
        {{ call_status.time_of_seconds(moment ~ '_seconds') }} as {{ moment }}_at,
        {%- endfor %}
        {{ call_status.duration_seconds('voicemail_length', 'text') }} as voicemail_seconds,
        {{ call_status.unread_duration('voicemail_length', 'text') }} as unread_voicemail_length,
        voicemail_length is not null or lower(voicemail_message) in ('true', 't') as has_message,
        bridge_uuid is not null and bridge_epoch is null and bridge_uepoch is null as is_row_bridged,
        last_app || '(' || coalesce(last_arg, '') || ')' as application,
        coalesce(profile, '') || ' to ' || case when last_app = 'bridge' then last_arg end as route
    from with_numbers
),

with_bridge_time as (
    select
        *,
        case
            when not is_row_bridged then sent_bridge_at
            when row_waitsec >= 0 then {{ call_status.seconds_later('start_at', 'row_waitsec') }}
        end as bridge_at
    from with_times
),

-- The leg of a queue's agent belongs to the call that waits in the queue.
with_calls as (
    select
        *,
        case
            when cc_side = 'agent' and cc_member_session_uuid is not null then cc_member_session_uuid
            when call_uuid is not null and call_uuid <> uuid then call_uuid
            else coalesce(originating_leg_uuid, originator_uuid, case when is_row_of_called_leg then bridge_uuid end, uuid)
        end as call_id,
        -- Of the legs that this one called, the first; `ARRAY::a|:a` is one leg that was tried twice.
        {{ dbt.split_part(dbt.split_part("replace(originated_legs, 'ARRAY::', '')", "'|:'", 1), "';'", 1) }} as first_leg,
        {{ dbt.split_part(dbt.split_part("replace(originated_legs, 'ARRAY::', '')", "'|:'", 2), "';'", 1) }} as second_leg
    from with_bridge_time
)

select *
from with_calls
