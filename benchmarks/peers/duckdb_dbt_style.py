"""The usual dbt style in DuckDB: the statements of dbt_style.sql one after another, without dbt's own time."""

import json
import time
from pathlib import Path

from benchmarks.peers import arguments, decisions
from benchmarks.sql_process import connect


def statements(raw: str, as_of: str) -> list[str]:
    text = Path(__file__).with_name("dbt_style.sql").read_text()
    filled = {
        "raw": raw,
        "as_of": as_of,
        "decision": decisions.number_case(),
        "decisions": decisions.rows_sql(),
        **{name: decisions.in_list(decisions.of_direction(name)) for name in ("both", "incoming", "outgoing")},
    }
    for name, value in filled.items():
        text = text.replace(f"{{{name}}}", value)
    return [statement for statement in text.split(";\n") if statement.strip()]


def main() -> None:
    options = arguments.parse(__doc__)
    con = connect(options.output)
    raw = f"read_parquet('{options.input}')" if options.input.endswith(".parquet") else "raw.call_events"
    con.execute("create schema if not exists peer")
    started = time.monotonic()
    for statement in statements(raw, options.as_of):
        con.execute(statement)
    print(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
