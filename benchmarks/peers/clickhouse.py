"""ClickHouse in process, with the threads and the time zone of the benchmark."""

import json
import time

from chdb import session as chdb

from benchmarks.peers import arguments

SETTINGS = {
    "max_threads": 2,
    "max_insert_threads": 2,
    "session_timezone": "'UTC'",
    "engine_file_truncate_on_insert": 1,
}


def session():
    """A function that runs one statement."""
    connection = chdb.Session()
    for name, value in SETTINGS.items():
        connection.query(f"set {name} = {value}")
    connection.query("select 1")  # the server's own start-up is not the query's
    return connection.query


def run(description: str, query) -> None:
    """Runs the statement that `query` makes of the command line's options, and prints its seconds."""
    options = arguments.parse(description)
    run_statement = session()
    started = time.monotonic()
    run_statement(query(options))
    print(json.dumps({"seconds": time.monotonic() - started}))
