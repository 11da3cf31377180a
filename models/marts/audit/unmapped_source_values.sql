-- One row per source, field and word that no list knows: how often it came, when first and last, and a call that has it.

with words as (
    select * from {{ ref('call_status', 'int_unmapped_words') }}
)

select
    source,
    field,
    value,
    cast(sum(occurrences) as {{ dbt.type_bigint() }}) as occurrences,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    min({{ call_status.binary_text('example_call_key') }}) as example_call_key
from words
group by source, field, value
