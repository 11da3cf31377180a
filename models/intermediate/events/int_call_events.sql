-- One row per event of every source that is on, valid or not: its words as the rules know them, its numbers masked, its signals,
-- and the first reason for which it must be refused (null: it is valid). What is loaded twice stands here twice.

with events as (
    select * from {{ ref('call_status', 'int_judged_call_events') }}
)

select
    {%- for name in call_status.get_raw_columns() if name != 'event_id' %}
    {{ name }},
    {%- endfor %}
    {{ call_status.masked_event_id() }} as event_id,
    source,
    sent_direction,
    sent_event_type,
    sent_party,
    sent_reason,
    signal,
    allowed_direction,
    signals,
    quarantine_reason,
    '{{ call_status.evidence_version() }}' as evidence_version
from events
