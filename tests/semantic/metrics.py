"""MetricFlow on a warehouse of the tests: one process asks all queries, which takes milliseconds where `mf` takes seconds."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator, Sequence
from decimal import Decimal
from unittest import mock

from call_status_tools.dbt import release_database, surroundings
from click.testing import CliRunner
from dbt_metricflow.cli import main as mf
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from dbt_metricflow.cli.dbt_connectors.dbt_config_accessor import dbtProjectMetadata
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
from support.harness import Warehouse


class Metrics:
    """What `mf` has of a project and a warehouse."""

    def __init__(self, configuration: CLIConfiguration):
        self.configuration = configuration

    @property
    def manifest(self):
        return self.configuration.semantic_manifest

    def ask(self, metrics: Sequence[str] = (), group_by: Sequence[str] = (), **more) -> list[dict]:
        """The rows that `mf query` prints: column → value."""
        request = MetricFlowQueryRequest.create(
            metric_names=[*metrics] or None, group_by_names=[*group_by] or None, **more
        )
        table = self.configuration.mf.query(request).result_df
        return [
            {
                name: float(value) if isinstance(value, Decimal) else value
                for name, value in zip(table.column_names, row)
            }
            for row in table.rows
        ]

    def mf(self, *arguments: str) -> tuple[int, str]:
        """The exit code and the output of `mf`. It does not look for a newer version of itself, which would ask another host."""
        with mock.patch.object(mf, "UpdateChecker") as checker:
            checker.return_value.check.return_value = None
            result = CliRunner().invoke(mf.cli, [*arguments], obj=self.configuration)
        return result.exit_code, result.output


@contextlib.contextmanager
def metrics_of(warehouse: Warehouse) -> Iterator[Metrics]:
    """MetricFlow on a warehouse that is built. It holds the database: nobody else may open it meanwhile."""
    warehouse.dbt("parse")
    # `mf` looks for what dbt has parsed below the project, and the tests keep it elsewhere.
    parsed = warehouse.directory / "mf" / "target"
    parsed.mkdir(parents=True, exist_ok=True)
    shutil.copy(warehouse.target_for(None) / "semantic_manifest.json", parsed)
    folders = {"DBT_LOG_PATH": str(parsed), "DBT_TARGET_PATH": str(parsed)}
    with surroundings({"CALL_STATUS_DB": str(warehouse.path_for_dbt()), **folders}):
        configuration = CLIConfiguration()
        metadata = dbtProjectMetadata.load_from_paths(warehouse.project, warehouse.project)
        configuration._dbt_project_metadata = dataclasses.replace(metadata, project_path=parsed.parent)
        configuration._is_setup = True
        try:
            yield Metrics(configuration)
        finally:
            release_database()
