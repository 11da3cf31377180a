{{ config(group='call_status', severity='warn') }}

-- One row per status whose share is far from the usual one on its source's newest day (status_shares).

{%- do call_status.report_unusual_shares(ref('call_status', 'status_shares')) %}

{{ call_status.unusual_share_rows(ref('call_status', 'status_shares')) }}
