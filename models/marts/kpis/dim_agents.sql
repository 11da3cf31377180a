-- One row per agent: those that calls and their legs name, and those that are described (raw.agents).

with described as (
    select * from {{ ref('call_status', 'stg_firm__agents') }}
),

named as (
    select agent_id from {{ ref('call_status', 'fct_calls') }}
    union all
    select {{ call_status.unpacked_text('first_agent') }} as agent_id from {{ ref('call_status', 'int_leg_evidence_packed') }}
),

seen as (
    select distinct agent_id from named
    where agent_id is not null
)

select
    coalesce(seen.agent_id, described.agent_id) as agent_id,
    described.agent_name,
    described.team,
    described.is_active,
    described.agent_id is not null as is_described
from seen
full outer join described on seen.agent_id = described.agent_id
