{{ config(
    materialized=call_status.incremental(),
    incremental_strategy='replace_load_days',
) }}

-- One row a refused event, with the first reason that fits. The load days whose number of refused rows differs from
-- event_accounting are read again; where no day differs, no raw row is read.

-- depends_on: {{ ref('call_status', 'event_accounting') }}
-- Evidence checks what became of customers' numbers; where that changed, this waits for the full refresh as well.
-- depends_on: {{ ref('call_status', 'int_call_evidence_packed') }}

with refused as (
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
    from {{ ref('call_status', 'int_call_events') }}
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
    from {{ ref('call_status', 'stg_loader__unreadable_rows') }}
)

select * from refused
{% if call_status.is_incremental_run() %}
where {{ call_status.refused_on_days_that_differ(ref('call_status', 'event_accounting')) }}
{% endif %}
