{{ config(group='call_status', severity='warn') }}

-- One row per source and field with words that no list knows. Such words count as none: unmapped_source_values lists them.

select
    source,
    field,
    count(*) as different_words,
    sum(occurrences) as occurrences
from {{ ref('call_status', 'unmapped_source_values') }}
group by source, field
