{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_changed_dates',
    post_hook='{{ call_status.note_changes() }}',
) }}

{%- do call_status.takes_turns_after('fct_queue_visits') %}

{%- set changes = call_status.get_changes() %}

-- One row per source system, local date, local hour, direction, status, status reason, business number, queue and agent that has
-- concluded calls. All numbers can be summed. A run makes the days anew in which a call has changed.

with calls as (
    select * from {{ ref('call_status', 'calls_for_analysis') }}
    where
        {{ call_status.is_on_changed_date(changes) }}
        and {{ call_status.is_near_changed_date(changes) }}
)

select
    source_system,
    local_date,
    local_hour,
    direction,
    status,
    status_reason,
    business_number,
    queue,
    agent_id,

    ---------- calls
    count(*) as calls,
    count(case when is_offered then 1 end) as offered_calls,
    count(case when direction = 'incoming' and status = 'Completed' then 1 end) as answered_calls,
    count(case when is_abandoned then 1 end) as abandoned_calls,
    count(case when is_short_abandoned then 1 end) as short_abandoned_calls,
    count(case when is_within_service_level then 1 end) as calls_within_service_level,
    count(is_within_service_level) as service_level_calls,

    ---------- seconds
    {%- for name in ['wait', 'talk', 'ring'] %}
    {{ call_status.sum_of_seconds(name ~ '_seconds') }} as {{ name }}_seconds_sum,
    count({{ name }}_seconds) as {{ name }}_seconds_count,
    {%- endfor %}

    '{{ call_status.kpi_fingerprint() }}' as kpi_fingerprint
from calls
group by source_system, local_date, local_hour, direction, status, status_reason, business_number, queue, agent_id
