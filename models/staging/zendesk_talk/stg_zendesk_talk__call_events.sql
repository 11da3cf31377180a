{{ config(enabled='zendesk_talk' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a record of Zendesk Talk. A call's row knows its direction and how it ended, the legs know who was rung.

with events as (
    select * from {{ ref('call_status', 'stg_zendesk_talk__whole_call_events') }}
    union all
    select * from {{ ref('call_status', 'stg_zendesk_talk__leg_events') }}
)

select
    {{ call_status.get_event_columns() | join(',\n    ') }}
from events
