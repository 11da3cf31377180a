"""The SQL of every model parses in the dialects of engines that cannot run here, with those engines' macros chosen.

That is syntax and no more: whether it gives the same values is not known. docs/engines.md says which engines were run.
"""
import pytest
import sqlglot
from dbt.context.providers import BaseDatabaseWrapper

# Dialect → whose macros its adapter takes, its own first.
DIALECTS = {
    "duckdb": ["duckdb"],
    "postgres": ["postgres"],
    "spark": ["spark"],
    "snowflake": ["snowflake"],
    "bigquery": ["bigquery"],
    "databricks": ["databricks", "spark"],
    "redshift": ["redshift", "postgres"],
    "trino": ["trino"],
    "clickhouse": ["clickhouse"],
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_models_parse(dialect, new_duckdb, monkeypatch):
    """dbt compiles for DuckDB, but with the other engine's form of each macro of this package."""
    original = BaseDatabaseWrapper.dispatch

    def dispatch(self, macro_name, macro_namespace=None, packages=None):
        if macro_namespace == "call_status" and "incremental" not in macro_name:
            prefixes = [*DIALECTS[dialect], "default"]
            monkeypatch.setattr(BaseDatabaseWrapper, "_get_adapter_macro_prefixes", lambda self: prefixes)
        try:
            return original(self, macro_name, macro_namespace, packages)
        finally:
            monkeypatch.setattr(BaseDatabaseWrapper, "_get_adapter_macro_prefixes", prefixes_of_adapter)

    prefixes_of_adapter = BaseDatabaseWrapper._get_adapter_macro_prefixes
    monkeypatch.setattr(BaseDatabaseWrapper, "dispatch", dispatch)
    warehouse = new_duckdb()
    warehouse.write_events([])
    results = warehouse.dbt("compile", "--select", "resource_type:model").results
    assert len(results) > 10
    for result in results:
        sqlglot.parse_one(result.node.compiled_code, dialect=dialect)
