-- One row per day.

select date_day from {{ ref('call_status', 'dim_date') }}
