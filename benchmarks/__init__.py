"""Measures what the package costs, beside what people would use instead. `benchmarks/run --help` tells the rest.

One module a job: `data` makes events, `measure` runs and times processes, `project` runs dbt, `full_refresh`,
`incremental`, `peers`, `evidence`, `memory` and `small_build` are the parts, `report` and `plot` show what they found.
The folder `peers` holds the peers themselves, one file each.
"""
