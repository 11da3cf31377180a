-- Rows of loaded files that could not be converted at all: what the loader kept of them. Empty where it kept none.

with unreadable as (
    {{ call_status.union_of_unreadable_rows() }}
)

select
    coalesce(source, 'canonical') as source_system,
    source_file,
    line,
    reason,
    {{ call_status.unless_private('raw_text') }} as raw_text,
    loaded_at
from unreadable
