"""A throw-away warehouse on PostgreSQL or Spark with the same few methods as the DuckDB one in tests/harness.py."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import duckdb
from support import spark_session
from support.harness import PROJECT, DbtFailed, Warehouse, failure_message

PROFILES = Path(__file__).parent / "profiles"


class EngineWarehouse:
    """One database of another engine and this dbt project on it."""

    target: str
    project = PROJECT

    def __init__(self, directory: Path):
        self.directory = Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)

    def dbt(self, *args: str, vars: dict | None = None):
        """Runs a dbt command; raises DbtFailed. Returns dbt's result."""
        from dbt.cli.main import dbtRunner

        variables = json.dumps(vars or {}, default=str, sort_keys=True)
        target = self.directory / "target" / hashlib.sha256(variables.encode()).hexdigest()[:12]
        logs = self.directory / "logs"
        command = [
            *args,
            "--vars",
            variables,
            "--target",
            self.target,
            "--project-dir",
            str(self.project),
            "--profiles-dir",
            str(PROFILES),
            "--target-path",
            str(target),
            "--log-path",
            str(logs),
            "--log-level-file",
            "info",
            "--no-send-anonymous-usage-stats",
            "--no-use-colors",
            "--quiet",
        ]
        directory = os.getcwd()
        try:
            outcome = dbtRunner().invoke(command)
        finally:
            os.chdir(directory)  # dbt changes it
        if not outcome.success:
            raise DbtFailed(failure_message(command, outcome, logs / "dbt.log"))
        return outcome.result

    def compiled(self, sql: str) -> str:
        """SQL with the project's macros in it, as dbt renders it for this engine."""
        return self.dbt("compile", "--inline", sql).results[0].node.compiled_code


# ---- DuckDB ---------------------------------------------------------------------------------------------------------


class DuckDBWarehouse(Warehouse):
    """The ordinary warehouse, which can also say when a time is as all engines can."""

    def compiled(self, sql: str) -> str:
        """SQL with the project's macros in it, as dbt renders it for this engine."""
        return self.dbt("compile", "--inline", sql).results[0].node.compiled_code

    def moment(self, column: str) -> str:
        return f"case when isinf({column}) then {column}::varchar else epoch_us({column})::varchar end"


def raw_tables(rows: list[dict], directory: Path) -> Path:
    """A DuckDB file with a raw table of just these rows, typed."""
    shutil.rmtree(directory, ignore_errors=True)
    scratch = Warehouse(directory)
    scratch.write_events(rows)
    return scratch.path


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


class PostgresServer:
    """A server of its own in a temporary folder, on a socket there; gone with it. PostgreSQL refuses to run as root."""

    def __init__(self):
        self.bin = newest_postgres()
        self.directory = Path(tempfile.mkdtemp(prefix="call_status_postgres_"))
        self.user = None
        if os.geteuid() == 0:
            self.user = "postgres" if has_user("postgres") else "nobody"
            shutil.chown(self.directory, self.user)
        self.data = self.directory / "data"
        # Nothing here outlives the tests: no write needs to reach the disk.
        fast = (
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=256MB -c max_wal_size=4GB"
        )
        listen = f"-c listen_addresses='' -c unix_socket_directories={self.directory} -c unix_socket_permissions=0700"
        try:
            # A locale in which text does not sort by its bytes, so that a comparison that forgot to ask for it shows.
            self.run(
                "initdb",
                "-D",
                self.data,
                "-U",
                "call_status",
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale-provider=icu",
                "--icu-locale=en-US",
                "--locale=C.UTF-8",
            )
            self.run("pg_ctl", "-D", self.data, "-w", "-l", self.directory / "log", "-o", f"{fast} {listen}", "start")
        except BaseException:
            self.stop()
            raise

    def run(self, program, *arguments):
        command = [str(self.bin / program), *map(str, arguments)]
        if self.user:
            command = ["runuser", "-u", self.user, "--", *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def stop(self):
        with contextlib.suppress(RuntimeError):
            self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.directory, ignore_errors=True)


def newest_postgres() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        on_path = shutil.which("initdb")
        if not on_path:
            raise RuntimeError("There is no PostgreSQL server; scripts/test --engine postgres installs it")
        return Path(on_path).resolve().parent
    return found[-1].parent


def has_user(name: str) -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(name)
        return True
    return False


class PostgresWarehouse(EngineWarehouse):
    target = "postgres"

    def __init__(self, directory: Path, server: PostgresServer):
        super().__init__(directory)
        self.server = server
        self.database = "test_" + hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        connection = self.connect("postgres")
        connection.autocommit = True
        connection.cursor().execute(f"create database {self.database}")
        connection.close()

    def connect(self, database: str | None = None):
        import psycopg2

        return psycopg2.connect(
            host=str(self.server.directory),
            user="call_status",
            dbname=database or self.database,
            options="-c TimeZone=UTC",
        )

    def dbt(self, *args, vars=None):
        os.environ["CALL_STATUS_PG_HOST"] = str(self.server.directory)
        os.environ["CALL_STATUS_PG_DATABASE"] = self.database
        return super().dbt(*args, vars=vars)

    def append_from(self, duckdb_file: Path, table: str) -> None:
        """Appends a table of a DuckDB file to the one of the same name, which is made if it is not there."""
        types = {"VARCHAR": "text", "DOUBLE": "double precision", "JSON": "json"}
        file = self.directory / "rows.csv"
        with duckdb.connect(duckdb_file, read_only=True) as source:
            columns = {name: kind for name, kind, *_ in source.execute(f"describe {table}").fetchall()}
            # DuckDB writes years before Christ in a way of its own.
            values = [
                f"regexp_replace({name}::varchar, '^(.*) \\(BC\\)(.*)$', '\\1\\2 BC') as {name}"
                if kind == "TIMESTAMP"
                else name
                for name, kind in columns.items()
            ]
            source.execute(
                f"copy (select {', '.join(values)} from {table}) to '{file}' (header false, nullstr '\\N', force_quote *)"
            )
        definition = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in columns.items())
        with contextlib.closing(self.connect()) as connection, connection:
            cursor = connection.cursor()
            cursor.execute(f"create schema if not exists raw; create table if not exists {table} ({definition})")
            with file.open() as rows:
                cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin (format csv, null '\\N')", rows)
        file.unlink()

    def query(self, sql: str) -> list[dict]:
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("set search_path to main")
            cursor.execute(sql)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, values)) for values in cursor.fetchall()]

    def moment(self, column: str) -> str:
        return f"case when isfinite({column}) then (extract(epoch from {column}) * 1000000)::bigint::text else {column}::text end"


# ---- Spark ----------------------------------------------------------------------------------------------------------


def start_spark(directory: Path, tables: str):
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
    """Schemas of the one session: a test that wants an empty warehouse drops those of the last."""

    target = "spark"
    tables = "parquet"

    def __init__(self, directory: Path, session):
        super().__init__(directory)
        self.session = session
        for schema in ("main", "main_internal", "raw"):
            session.sql(f"drop schema if exists {schema} cascade")
        session.sql("create schema main")

    def append_from(self, duckdb_file: Path, table: str) -> None:
        """Appends a table of a DuckDB file to the one of the same name, which is made if it is not there."""
        folder = self.directory / table
        folder.mkdir(exist_ok=True)
        file = folder / f"part-{len(list(folder.iterdir()))}.parquet"
        with duckdb.connect(duckdb_file, read_only=True) as source:
            columns = {name: kind for name, kind, *_ in source.execute(f"describe {table}").fetchall()}
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


class IcebergWarehouse(SparkWarehouse):
    """The models' tables are Iceberg's, some of them in partitions, or merged on read. Raw ones stay Parquet files."""

    tables = "iceberg"

    def __init__(self, directory: Path, session):
        super().__init__(directory, session)
        self.project = spark_session.project_with_iceberg(
            self.directory / "project",
            {
                "intermediate/int_call_evidence_packed": {"+partition_by": "days(last_loaded_at)"},
                "marts/fct_calls": {"+tblproperties": {"write.merge.mode": "merge-on-read"}},
                "marts/quarantined_call_events": {"+partition_by": "days(loaded_at)"},
            },
        )
