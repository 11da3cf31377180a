{{ config(enabled='canonical' in var('call_status_sources', ['canonical'])) }}

-- One row per raw canonical event, valid or not: typed, empty text as null, columns that the raw table lacks as null.

with raw_events as (
    {{ call_status.column_rows(
        call_status.raw_table('canonical'),
        dict(
            call_status.get_raw_columns(),
            unread_seconds={'column': 'seconds', 'kind': 'unread duration'},
            unread_by_loader={'column': 'unread_seconds', 'kind': 'text'},
        ),
        required=call_status.get_required_raw_columns()
    ) }}
)

select
    event_id,
    coalesce(source_system, 'canonical') as source_system,
    call_id,
    leg_id,
    direction,
    event_type,
    occurred_at,
    loaded_at,
    party,
    agent_id,
    customer_number,
    business_number,
    queue,
    reason,
    cause_scheme,
    cause_code,
    seconds,
    reported_status,
    attributes,
    coalesce(unread_seconds, unread_by_loader) as unread_seconds,
    cast(1 as integer) as records,
    cast(null as {{ dbt.type_string() }}) as set_aside,
    cast(null as {{ dbt.type_string() }}) as unmapped_field,
    cast(null as {{ dbt.type_string() }}) as unmapped_value
from raw_events
