{{ config(group='call_status', severity='warn') }}

-- One row per source system that is quiet at hours at which it never is (source_activity).

{%- do call_status.report_quiet_sources(ref('call_status', 'source_activity')) %}

select
    source_system,
    local_quiet_since,
    quiet_hours,
    missing_calls
from {{ ref('call_status', 'source_activity') }}
where is_quiet
