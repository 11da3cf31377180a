-- One row per row of a loaded file that could not be converted: what the loader kept of it. Empty where it kept none.

with unreadable as (
    {{ call_status.unreadable_rows() }}
)

select
    coalesce(source, 'canonical') as source_system,
    source_file,
    line,
    reason,
    {{ call_status.masked_text('raw_text') }} as raw_text,
    loaded_at
from unreadable
