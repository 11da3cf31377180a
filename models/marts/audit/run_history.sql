-- One row per unattended run (scripts/run-scheduled): how it ended, what it loaded and changed, how long each step took. Empty
-- where there was none.

with runs as (
    {{ call_status.column_rows(call_status.raw_table('call_status_runs'), {
        'run_number': 'integer',
        'started_at': 'timestamp',
        'ended_at': 'timestamp',
        'exit_code': 'integer',
        'outcome': 'text',
        'seconds_total': 'number',
        'seconds_load': 'number',
        'seconds_freshness': 'number',
        'seconds_build': 'number',
        'seconds_publish': 'number',
        'files_loaded': 'integer',
        'files_skipped': 'integer',
        'files_refused': 'integer',
        'rows_read': 'integer',
        'rows_loaded': 'integer',
        'rows_refused': 'integer',
        'calls_new': 'integer',
        'calls_changed': 'integer',
        'calls_gone': 'integer',
        'calls_flipped': 'integer',
        'warnings': 'integer',
        'package_version': 'text',
        'dbt_version': 'text',
        'duckdb_version': 'text',
        'rules_fingerprint': 'text',
    }) }}
)

select * from runs
