-- The concluded incoming calls of fct_calls.

select * from {{ ref('call_status', 'fct_calls') }}
where direction = 'incoming'
