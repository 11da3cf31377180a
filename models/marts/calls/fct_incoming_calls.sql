-- One row per concluded incoming call: that part of fct_calls.

select * from {{ ref('call_status', 'fct_calls') }}
where direction = 'incoming'
