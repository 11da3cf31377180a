"""Unattended runs. docs/operations.md tells an operator what they do.

| module | holds |
|---|---|
| `scheduled_run` | scripts/run-scheduled: the steps of a run, its exit codes, what it prints and writes |
| `places` | where a run keeps its files |
| `inbox` | which files are ready, how they are loaded, where they go then |
| `publish` | the file that readers open |
| `parquet` | the same relations as Parquet files |
| `record` | what is written down of each run, and whether there is anything to do |
| `erasure` | scripts/erase-customer: one customer's number, out of every file |
| `failures` | exit codes, and which one a failure has |
"""
