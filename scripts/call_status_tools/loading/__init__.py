"""scripts/load.

| module | holds |
|---|---|
| `load` | the command: files in, rows in the raw tables, one transaction per file |
| `readers` | how each file format becomes SQL with the columns of a raw table |
| `raw_tables` | which tables there are, with their columns |
"""
