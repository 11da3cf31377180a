"""PostgreSQL: a server of its own in a temporary folder, a database for each warehouse."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import duckdb
from support.harness import as_dictionaries

from engines.warehouses import EngineWarehouse, columns_of

MEANWHILE = ["read", "load"]
ERASES_CUSTOMERS = True
LONG = ["test_random_calls"]  # Four comparisons of all relations, row by row.


@contextlib.contextmanager
def started(directory: Path):
    server = PostgresServer()
    try:
        yield lambda folder: PostgresWarehouse(folder, server)
    finally:
        server.stop()


class PostgresServer:
    """Listens on a socket in its folder and nowhere else; gone with it. PostgreSQL refuses to run as root."""

    def __init__(self):
        self.bin = newest_postgres()
        # Short: the path of a socket may have some hundred characters.
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
            # In this locale text does not sort by its bytes: a comparison that forgot to ask for binary order shows.
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

    def connect(self, database: str):
        import psycopg2

        return psycopg2.connect(
            host=str(self.directory), user="call_status", dbname=database, options="-c TimeZone=UTC"
        )

    def execute(self, statement: str, database: str = "postgres") -> None:
        """A statement that no transaction may be around, such as `create database`."""
        with contextlib.closing(self.connect(database)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

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
    def __init__(self, directory: Path, server: PostgresServer):
        super().__init__(directory)
        self.server = server
        self.database = "test_" + hashlib.sha256(str(self.directory).encode()).hexdigest()[:12]
        server.execute(f"create database {self.database}")

    def profile(self) -> dict:
        return {
            "type": "postgres",
            "host": str(self.server.directory),
            "port": 5432,
            "user": "call_status",
            "password": "not-asked-for",
            "dbname": self.database,
            "schema": "main",
            "threads": 2,
        }

    def connect(self):
        return self.server.connect(self.database)

    def append_from(self, duckdb_file: Path, table: str) -> None:
        types = {"VARCHAR": "text", "DOUBLE": "double precision", "JSON": "json"}
        file = self.directory / "rows.csv"
        with duckdb.connect(duckdb_file, read_only=True) as source:
            columns = columns_of(source, table)
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
            return as_dictionaries(cursor)

    def moment(self, column: str) -> str:
        return f"case when isfinite({column}) then (extract(epoch from {column}) * 1000000)::bigint::text else {column}::text end"
