-- One row per incoming call that is not Completed: whether the two sides reached each other afterwards, and if not, whether the
-- caller is still owed a call-back as of the last run.

with missed_calls as (
    select * from {{ ref('call_status', 'fct_incoming_calls') }}
    where status <> 'Completed'
),

contacts as (
    select * from {{ ref('call_status', 'int_missed_call_contacts') }}
),

followups as (
    select
        contacts.*,
        missed_calls.business_number,
        missed_calls.customer_number,
        missed_calls.queue,
        missed_calls.status,
        missed_calls.status_reason,
        contacts.contact_call_key is not null as is_returned,
        contacts.contact_call_key is null and contacts.customer_key is not null and contacts.may_be_owed as is_waiting,
        contacts.window_ends_at >= {{ call_status.timestamp_literal(call_status.run_clock()) }} as is_window_open
    from contacts
    inner join missed_calls on contacts.call_hash = missed_calls.call_hash and contacts.call_key = missed_calls.call_key
)

select
    call_key,
    business_number,
    customer_number,
    queue,
    status,
    status_reason,
    started_at,
    ended_at,
    customer_key,
    contact_call_key,
    contact_direction,
    first_contact_at,
    seconds_to_contact,
    attempts_by_caller,
    attempts_by_team,
    is_returned,
    is_waiting and is_window_open as is_owed,
    is_waiting and not is_window_open as is_expired
from followups
