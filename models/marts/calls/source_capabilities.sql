-- One row per source, direction, status and reason that the records of the source cannot prove outright, rendered from
-- macros/sources/capabilities.sql. A source without rows proves every status.

with capabilities as (
    {{ call_status.source_capability_rows() }}
)

select
    source,
    direction,
    status,
    status_reason,
    capability,
    could_also_be,
    why
from capabilities
