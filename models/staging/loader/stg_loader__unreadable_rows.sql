-- One row per row of a loaded file that could not be converted: what the loader kept of it. Empty where it kept none.

with unreadable as (
    {{ call_status.column_rows(call_status.raw_table('unreadable_rows'), {
        'source': 'text', 'source_file': 'text', 'line': 'integer', 'reason': 'text', 'raw_text': 'text', 'loaded_at': 'timestamp',
    }) }}
)

select
    coalesce(source, 'canonical') as source_system,
    source_file,
    line,
    reason,
    {{ call_status.masked_text('raw_text') }} as raw_text,
    loaded_at
from unreadable
