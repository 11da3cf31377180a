-- One row per direction and status, rendered from macros/rules/call_statuses.sql.

with statuses as (
    {{ call_status.status_rows() }}
)

select
    direction,
    status,
    meaning,
    display_order,
    is_answered
from statuses
