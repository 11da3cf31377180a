-- One row per source, direction, status that the phone system reports, our status and the rule that gave it: the calls whose two
-- statuses differ, and those whose reported status is no word that we know.

with calls as (
    select
        *,
        {{ call_status.meaning_of_reported_status() }} as reported_meaning
    from {{ ref('call_status', 'fct_calls') }}
    where reported_status is not null
),

rules as (
    select * from {{ ref('call_status', 'call_status_rules') }}
),

reported as (
    select
        source,
        direction,
        reported_status,
        reported_meaning,
        status,
        status_rule,
        count(*) as calls,
        min({{ call_status.binary_text('call_key') }}) as example_call_key
    from calls
    group by source, direction, reported_status, reported_meaning, status, status_rule
),

with_meaning as (
    select
        *,
        sum(calls) over (partition by source, direction, reported_status) as reported_calls
    from reported
)

select
    with_meaning.source,
    with_meaning.direction,
    with_meaning.reported_status,
    with_meaning.reported_meaning,
    with_meaning.status,
    with_meaning.status_rule,
    cast(with_meaning.calls as {{ dbt.type_bigint() }}) as calls,
    cast(with_meaning.calls as {{ call_status.type_double() }}) / with_meaning.reported_calls as share,
    with_meaning.example_call_key,
    case
        when with_meaning.reported_meaning is null then 'No list knows the reported word. '
        else ''
    end || rules.description as why
from with_meaning
inner join rules on with_meaning.direction = rules.direction and with_meaning.status_rule = rules.status_rule
where with_meaning.reported_meaning is null or with_meaning.reported_meaning <> with_meaning.status
