-- One row per concluded incoming call and queue, with the local date of the call.

select
    visits.*,
    calls.local_date
from {{ ref('call_status', 'fct_queue_visits') }} as visits
inner join {{ ref('call_status', 'calls_for_analysis') }} as calls
    on visits.call_key = calls.call_key
