"""scripts/load. docs/loading.md says what it does for its users.

| module | holds |
|---|---|
| `load` | the command: files in, rows in the raw tables, one transaction per file |
| `files` | which files are meant; how they are unpacked and written in UTF-8 |
| `delimited` | how a delimited text is written: delimiter, quotes, header |
| `readers` | how each file format becomes SQL that finds the columns of ours |
| `rows` | the rows of a raw table, as SQL over what a reader found |
| `values` | how one value becomes a time, a length, JSON or text |
| `spelling` | what options and a mapping say about how files are written |
| `words` | which words there are, and what the models will make of those in a file |
| `messages` | what is said, in one place |
| `dry_run` | how the first rows would be read |
| `new_mapping` | the command scripts/new-mapping: a mapping to begin with, from the head of a file |
| `history` | which files were loaded, and how one is taken back |
| `database` | how the database is opened |
| `raw_tables` | which raw tables there are, with their columns |
"""
