{{ config(group='call_status', severity='warn') }}

-- One row per source system of whose newest load day a larger share was refused than call_status_warn_refused_share.

{%- do call_status.report_refused_events(ref('call_status', 'event_accounting'), ref('call_status', 'quarantined_call_events')) %}

{{ call_status.much_refused_rows(ref('call_status', 'event_accounting'), ref('call_status', 'quarantined_call_events')) }}
