{{ config(group='call_status', severity='warn') }}

-- One row per call that starts again long after its end: its id was used again (reused_call_ids).

select call_key
from {{ ref('call_status', 'reused_call_ids') }}
