-- One row per agent that the firm has described: what was loaded of the agent last. Empty where there is no such table.

with agents as (
    {{ call_status.agent_rows() }}
)

select
    agent_id,
    agent_name,
    team,
    coalesce(is_active, true) as is_active
from agents
where agent_id is not null
