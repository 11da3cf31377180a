"""DuckDB: the ordinary warehouse of the tests, which the other engines are compared with."""

from __future__ import annotations

import contextlib
from pathlib import Path

from support.harness import Warehouse

READS_JSON = True
ERASES_CUSTOMERS = True


@contextlib.contextmanager
def started(directory: Path):
    yield lambda folder: DuckDBWarehouse(folder, directory / "parse")


class DuckDBWarehouse(Warehouse):
    def compiled(self, sql: str) -> str:
        return self.dbt("compile", "--inline", sql).results[0].node.compiled_code

    def moment(self, column: str) -> str:
        return f"case when isinf({column}) then {column}::varchar else epoch_us({column})::varchar end"
