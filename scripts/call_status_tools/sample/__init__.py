"""The bundled sample: scripts/run builds it, benchmarks/generate-events writes it, or a larger one.

| module | holds |
|---|---|
| `run` | the command that builds the sample and prints what came out |
| `generate` | the command that writes raw call events |
| `phone_line` | the made-up firm, and one call while it happens |
| `incoming`, `outgoing` | the scenarios: what can happen in a call, and how often |
| `history` | which calls come when, which are in progress at the end, which rows are broken |
| `files` | CSV, NDJSON and Parquet |
"""
