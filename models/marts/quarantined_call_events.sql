{{ config(
    materialized='incremental',
    incremental_strategy='replace_load_days',
) }}

-- One row a refused event, with the first reason that fits. The load days whose number of refused rows differs from
-- event_accounting are read again; where no day differs, no raw row is read.

with accounting as (
    select * from {{ ref('call_status', 'event_accounting') }}
),

{% if is_incremental() %}
stored_days as (
    select
        source_system,
        {{ call_status.load_day('loaded_at') }} as load_date,
        count(*) as quarantined_events
    from {{ this }}
    group by source_system, {{ call_status.load_day('loaded_at') }}
),
{% endif %}

days_to_read as (
    select
        accounting.source_system,
        accounting.load_date
    from accounting
    {% if is_incremental() %}
    left join stored_days
        on
            accounting.source_system = stored_days.source_system
            and accounting.load_date is not distinct from stored_days.load_date
    where accounting.quarantined_events <> coalesce(stored_days.quarantined_events, 0)
    {% else %}
    where accounting.quarantined_events > 0
    {% endif %}
),

refused as (
    select
        event_id,
        source_system,
        call_id,
        leg_id,
        direction,
        event_type,
        occurred_at,
        loaded_at,
        party,
        agent_id,
        customer_number,
        business_number,
        queue,
        reason,
        cause_scheme,
        cause_code,
        seconds,
        attributes,
        quarantine_reason,
        null as source_file,
        null as line,
        null as raw_text
    from {{ ref('call_status', 'stg_call_events') }}
    where quarantine_reason is not null
    union all
    select
        null as event_id,
        source_system,
        null as call_id,
        null as leg_id,
        null as direction,
        null as event_type,
        null as occurred_at,
        loaded_at,
        null as party,
        null as agent_id,
        null as customer_number,
        null as business_number,
        null as queue,
        reason,
        null as cause_scheme,
        null as cause_code,
        null as seconds,
        null as attributes,
        'unreadable_row' as quarantine_reason,
        source_file,
        line,
        raw_text
    from {{ ref('call_status', 'stg_unreadable_rows') }}
)

select refused.*
from refused
where exists (
    select 1 from days_to_read
    where
        days_to_read.source_system = refused.source_system
        and days_to_read.load_date is not distinct from {{ call_status.load_day('refused.loaded_at') }}
)
