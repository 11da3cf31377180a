{{ config(materialized='call_status_ledger') }}

-- One row per reader, load and note: how many rows of that load the reader has read. Of several notes the highest number counts.
-- This model makes the empty table. Each reader adds its rows when it has written what it read (note_loads). A lost note costs
-- reading, never an answer.

select
    raw_table as reader,
    raw_table,
    load_minute,
    row_count,
    offset_sum,
    newest_loaded_at,
    row_count as note_number
from {{ ref('call_status', 'int_raw_loads') }}
where 1 = 0
