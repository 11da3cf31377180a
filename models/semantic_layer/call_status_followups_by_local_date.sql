-- One row per incoming call that did not get through, with its local date.

select
    followups.*,
    calls.local_date
from {{ ref('call_status', 'fct_missed_call_followups') }} as followups
inner join {{ ref('call_status', 'calls_for_analysis') }} as calls
    on followups.call_key = calls.call_key
