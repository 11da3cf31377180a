-- One row per leg of a concluded incoming call, with the local date of its call.

select
    legs.*,
    calls.local_date
from {{ ref('call_status', 'fct_call_legs') }} as legs
inner join {{ ref('call_status', 'calls_for_analysis') }} as calls
    on legs.call_key = calls.call_key
