{{ config(enabled='three_cx' in var('call_status_sources', ['canonical'])) }}

-- One row per event of a 3CX record: a segment of the table cdroutput, or a row of the call report. Their ids of calls differ, so a
-- call that is in both is two calls.

with events as (
    select * from {{ ref('call_status', 'stg_three_cx__segment_events') }}
    union all
    select * from {{ ref('call_status', 'stg_three_cx__report_events') }}
)

select
    {{ call_status.get_event_columns() | join(',\n    ') }}
from events
