{{ config(enabled='aircall' in var('call_status_sources', ['canonical'])) }}

-- One row per event of an Aircall record. A call has the same id in webhooks and in the dashboard's export.

with events as (
    select * from {{ ref('call_status', 'stg_aircall__webhook_events') }}
    union all
    select * from {{ ref('call_status', 'stg_aircall__export_events') }}
)

select
    {{ call_status.get_event_columns() | join(',\n    ') }}
from events
