"""ClickHouse in process, with the threads and the time zone of the benchmark."""

from chdb import session as chdb

SETTINGS = {
    "max_threads": 2, "max_insert_threads": 2, "session_timezone": "'UTC'", "engine_file_truncate_on_insert": 1,
}


def session():
    """A function that runs one statement."""
    connection = chdb.Session()
    for name, value in SETTINGS.items():
        connection.query(f"set {name} = {value}")
    connection.query("select 1")  # the server's own start-up is not the query's
    return connection.query
