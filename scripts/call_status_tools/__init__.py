"""What the commands in scripts/ run. scripts/README.md lists the commands.

| package or module | holds |
|---|---|
| `loading` | scripts/load: files into the raw tables |
| `sample` | scripts/run, benchmarks/generate-events: the bundled sample |
| `docs` | scripts/render-docs: what the documentation says of rules and sample |
| `operations` | scripts/erase-customer |
| `explain` | scripts/explain: one call |
| `board` | scripts/board: the boards of charts/ |
| `new_source` | scripts/new-source: begins an adapter |
| `dbt` | the one way to call dbt from Python |
| `canonical_columns` | the columns of a raw call event |
| `errors` | what a command says when it cannot go on |
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
