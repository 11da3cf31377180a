"""Spark in this machine's memory, its tables in Parquet files. There is one session, so a new warehouse ends the one before."""

from __future__ import annotations

import contextlib
from pathlib import Path

import duckdb
from support import spark_session

from engines.warehouses import EngineWarehouse, columns_of

# Spark compiles what a source's expressions become; those of all sources in one query do not fit into its memory here.
SOURCES_AT_ONCE = 1
# Each takes a minute.
SOME_SOURCES = ["asterisk_cdr", "call_log", "twilio"]
LONG = ["test_random_calls"]  # Each run is a hundred statements, and Spark compiles most of them anew.


@contextlib.contextmanager
def started(directory: Path):
    session = start_session(directory, "parquet")
    try:
        yield lambda folder: SparkWarehouse(folder, session)
    finally:
        session.stop()


def start_session(directory: Path, tables: str):
    return spark_session.start(
        directory,
        tables,
        {
            "spark.master": "local[2]",
            # Two hundred tasks a shuffle, the default, suit a cluster.
            "spark.sql.shuffle.partitions": "2",
            # As users often have it: an overwrite must replace the whole table all the same.
            "spark.sql.sources.partitionOverwriteMode": "dynamic",
        },
    )


class SparkWarehouse(EngineWarehouse):
    """The schemas of the one session. What the last warehouse left in them is dropped."""

    def __init__(self, directory: Path, session):
        super().__init__(directory)
        self.session = session
        for schema in ("main", "main_internal", "raw"):
            session.sql(f"drop schema if exists {schema} cascade")
        session.sql("create schema main")

    def profile(self) -> dict:
        return {
            "type": "spark",
            "method": "session",
            "host": "none",
            "schema": "main",
            "threads": 2,
            "server_side_parameters": {"spark.sql.session.timeZone": "UTC"},
        }

    def append_from(self, duckdb_file: Path, table: str) -> None:
        folder = self.directory / table
        folder.mkdir(exist_ok=True)
        file = folder / f"part-{len(list(folder.iterdir()))}.parquet"
        with duckdb.connect(duckdb_file, read_only=True) as source:
            columns = columns_of(source, table)
            values = [f"{name}::varchar as {name}" if kind == "JSON" else name for name, kind in columns.items()]
            source.execute(f"copy (select {', '.join(values)} from {table}) to '{file}' (format parquet)")
        self.session.sql("create schema if not exists raw")
        self.session.sql(f"create table if not exists {table} using parquet location '{folder}'")
        self.session.sql(f"refresh table {table}")

    def query(self, sql: str) -> list[dict]:
        self.session.sql("use main")
        return [row.asDict() for row in self.session.sql(sql).collect()]

    def moment(self, column: str) -> str:
        # DuckDB's infinities are the largest numbers in Parquet.
        return (
            f"case unix_micros({column}) when {2**63 - 1} then 'infinity' when {1 - 2**63} then '-infinity'"
            f" else cast(unix_micros({column}) as string) end"
        )
