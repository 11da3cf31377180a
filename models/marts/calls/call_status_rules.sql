-- One row per status rule, rendered from macros/rules/status_rules.sql.

with rules as (
    {{ call_status.status_rule_rows() }}
)

select
    direction,
    rank,
    status_rule,
    status,
    status_reasons,
    description
from rules
