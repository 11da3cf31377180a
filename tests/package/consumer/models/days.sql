-- This project's own time spine.

select cast(day as date) as day
from generate_series(timestamp '2026-01-01', timestamp '2026-12-31', interval 1 day) as days(day)
