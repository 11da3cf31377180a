{{ config(group='call_status') }}

-- One row if the number of calls that have an end is not the same in the evidence and in the facts: a call was lost on the way,
-- or stands twice. Kept facts have no evidence. Reads narrow columns, so it runs in every build.

with evidence as (
    select count(*) as ended_calls
    from {{ ref('call_status', 'int_call_evidence') }}
    where direction in ('incoming', 'outgoing') and not is_end_inferred
),

facts as (
    select count(*) as concluded_calls
    from {{ ref('call_status', 'fct_calls') }}
    where not is_end_inferred and not {{ call_status.is_kept_fact() }}
)

select
    evidence.ended_calls,
    facts.concluded_calls
from evidence
cross join facts
where evidence.ended_calls <> facts.concluded_calls
