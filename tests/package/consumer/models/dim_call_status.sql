-- This project's own dim_call_status.

select
    'a' as code,
    'Angenommen' as label
