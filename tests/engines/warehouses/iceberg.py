"""Spark with the models' tables in Iceberg, some of them in partitions or merged on read. Raw tables stay Parquet files."""

from __future__ import annotations

import contextlib
from pathlib import Path

from support import spark_session

from engines.warehouses.spark import SparkWarehouse, start_session

SOURCES_AT_ONCE = 0  # Raw tables are read as by warehouses/spark.py, whose tests have them.
SAMPLE_SOURCES = ["canonical"]  # This metastore lies in Derby, which keeps at most 32,700 characters of a view.

# The queries are those of Spark, whose tests have these; what differs is how rows are replaced.
LONG = [
    "test_scenarios",
    "test_hashed_numbers",
    "test_refused_events_leave_with_their_load",
    "test_tables_of_the_firm",
    "test_random_calls",
]


@contextlib.contextmanager
def started(directory: Path):
    session = start_session(directory, "iceberg")
    try:
        yield lambda folder: IcebergWarehouse(folder, session)
    finally:
        session.stop()


class IcebergWarehouse(SparkWarehouse):
    def __init__(self, directory: Path, session):
        super().__init__(directory, session)
        self.project = spark_session.project_with_iceberg(
            self.directory / "project",
            {
                "int_call_evidence_packed": {"+partition_by": "days(last_loaded_at)"},
                "fct_calls": {"+tblproperties": {"write.merge.mode": "merge-on-read"}},
                "quarantined_call_events": {"+partition_by": "days(loaded_at)"},
            },
        )
