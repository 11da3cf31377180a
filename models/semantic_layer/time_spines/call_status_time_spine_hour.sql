-- One row per hour of every day, by the clock.

with days as (
    select date_day from {{ ref('call_status', 'dim_date') }}
),

hours as (
    {% for hour in range(24) -%}
    select {{ hour }} as hour_of_day{{ ' union all' if not loop.last }}
    {% endfor %}
)

select
    {{ call_status.seconds_later('cast(days.date_day as ' ~ dbt.type_timestamp() ~ ')', 'hours.hour_of_day * 3600.0') }} as hour_start
from days
cross join hours
