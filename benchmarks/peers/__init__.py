"""Others doing the same job: from the same raw events, one row per concluded call with its status.

Each is written as a competent user of its tool would write it, and each has one shape: a module with a function per job.

| function | what it does | who has it |
|---|---|---|
| `calls(task)` | the whole job, from raw events to rows like those of fct_calls | all |
| `everything(task)` | three Parquet files in a folder: facts, legs and accounting | polars |
| `evidence(task)` | the one pass over all events alone | polars, clickhouse |
| `export(task)` | the result as a Parquet file, where `calls` wrote a table | dbt |

`python -m benchmarks.peers NAME JOB …` runs one of them in a process of its own (`__main__`). A `task` says where the events
are, where the rows go, and what the package's status rules are (`task`).
"""
