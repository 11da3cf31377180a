"""Raw events with realistic load times: hourly loads, rows of a load in order of time, call ids without any order.

`benchmarks/generate-events` makes one base of about 200,000 calls in two weeks. A larger history is a longer one: copies of
the base, each fifteen days before the one made last, with ids of their own. The same events come out every time.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from benchmarks import measure
from benchmarks.sql_process import connect

CALLS_PER_DAY = 16_827  # 200,015 calls, 1,184,714 events
QUICK_CALLS_PER_DAY = 85

DAYS_OF_A_COPY = 15

COPY = """
    select * replace (
        event_id || '-{copy}' as event_id,
        md5(call_id || '-{copy}') as call_id,
        leg_id || '-{copy}' as leg_id,
        occurred_at - to_days({days}) as occurred_at,
        loaded_at - to_days({days}) as loaded_at
    )
    from base
    order by loaded_at nulls last, occurred_at
"""


class Store:
    """The folder of generated data: the base, and a database and a Parquet file for each number of copies.

    A part leaves its models in the database. `full_refresh_seconds` has the databases whose models are complete and of
    the raw events alone, so that the next part need not build them.
    """

    def __init__(self, folder: Path, calls_per_day: int):
        self.folder = folder
        self.base = folder / f"base_{calls_per_day}.parquet"
        self.calls_per_day = calls_per_day
        self.full_refresh_seconds: dict[int, float] = {}  # by the number of copies
        self.rules: Path | None = None  # what the peers are told, once it is written
        self._sizes = None

    def base_sizes(self) -> tuple[int, int]:
        """(events, calls) of the base."""
        if not self.base.exists():
            measure.say("Generating events ...")
            part = self.base.with_name("part_" + self.base.name)
            measure.run(
                [measure.ROOT / "benchmarks/generate-events", "--calls-per-day", self.calls_per_day, "--out", part]
            )
            part.rename(self.base)
        if self._sizes is None:
            with connect(":memory:") as con:
                self._sizes = con.execute(f"select count(*), count(distinct call_id) from '{self.base}'").fetchone()
        return self._sizes

    def copies_for_events(self, events: int) -> int:
        return max(1, round(events / self.base_sizes()[0]))

    def copies_for_calls(self, calls: int) -> int:
        return max(1, round(calls / self.base_sizes()[1]))

    def sizes(self, copies: int) -> dict:
        events, calls = self.base_sizes()
        return {"events": events * copies, "calls": calls * copies}

    def database(self, copies: int) -> Path:
        """A database with raw.call_events of so many copies; made where it is missing."""
        path = self.folder / f"events_{self.calls_per_day}x{copies}.duckdb"
        if not path.exists():
            measure.say("Making {events:,} events of {calls:,} calls ...".format(**self.sizes(copies)))
            part = path.with_name("part_" + path.name)
            for left in (part, part.with_name(part.name + ".wal")):
                left.unlink(missing_ok=True)
            with connect(part) as con:
                fill(con, self.base, copies)
            part.rename(path)
        return path

    def restore(self, copies: int) -> None:
        """Takes back what a part has appended to the raw events."""
        with connect(self.database(copies)) as con:
            con.execute(f"delete from raw.call_events where loaded_at > (select max(loaded_at) from '{self.base}')")

    def append_new_calls(self, copies: int, calls: int, batch: str) -> int:
        """A load one hour after the newest: so many calls that started within that hour. Returns the number of events."""
        with connect(self.database(copies)) as con:
            newest = newest_load(con)
            return con.execute(f"""
                insert into raw.call_events by name
                select
                    new_calls.* replace (cast(attributes as json) as attributes),
                    timestamp '{newest}' + interval 1 hour as loaded_at
                from ({self.new_calls(calls, batch, newest)}) as new_calls
            """).fetchone()[0]

    def new_calls(self, calls: int, batch: str, newest: datetime) -> str:
        """SQL: the events, without a load time, of so many calls that started within the hour after `newest`."""
        return f"""
            with started as (
                select call_id, min(occurred_at) as started_at from '{self.base}' where call_id is not null
                group by call_id order by md5(call_id) limit {calls}
            )
            select events.* exclude (loaded_at) replace (
                events.event_id || '-{batch}' as event_id,
                md5(events.call_id || '-{batch}') as call_id,
                events.leg_id || '-{batch}' as leg_id,
                timestamp '{newest}' + to_seconds(hash(events.call_id) % 3000)
                    + (events.occurred_at - started.started_at) as occurred_at
            )
            from '{self.base}' as events inner join started on events.call_id = started.call_id
        """

    def append_late_events(self, copies: int, events: int, batch: str) -> int:
        """A load one hour after the newest: an event each for so many calls spread over the whole history."""
        with connect(self.database(copies)) as con:
            total = con.execute("select count(*) from raw.call_events").fetchone()[0]
            every = max(1, total // (events * 8))
            return con.execute(f"""
                insert into raw.call_events by name
                with calls as (
                    select call_id, max(occurred_at) as last_event_at from raw.call_events
                    where
                        call_id is not null and direction in ('incoming', 'outgoing')
                        and rowid % {every} = {sum(map(ord, batch)) * 7919 % every}
                    group by call_id order by md5(call_id || '{batch}') limit {events}
                )
                select
                    'late-{batch}-' || call_id as event_id,
                    'canonical' as source_system,
                    call_id,
                    'transferred' as event_type,
                    last_event_at + interval 1 second as occurred_at,
                    timestamp '{newest_load(con)}' + interval 1 hour as loaded_at
                from calls
            """).fetchone()[0]

    def raw_database(self, copies: int) -> Path:
        """The database with nothing in it but the raw events."""
        self.restore(copies)
        self.full_refresh_seconds.pop(copies, None)
        with connect(self.database(copies)) as con:
            for kind, schema, name in con.execute("""
                select 'view', schema_name, view_name from duckdb_views() where not internal and schema_name <> 'raw'
                union all
                select 'table', schema_name, table_name from duckdb_tables() where not internal and schema_name <> 'raw'
            """).fetchall():
                con.execute(f'drop {kind} if exists "{schema}"."{name}" cascade')
            con.execute("checkpoint")
        return self.database(copies)

    def end(self) -> str:
        """The minute after the last load: a clock by which some calls are still open."""
        with connect(":memory:") as con:
            return str(
                con.execute(
                    f"select date_trunc('minute', max(loaded_at)) + interval 1 minute from '{self.base}'"
                ).fetchone()[0]
            )

    def parquet(self, copies: int) -> Path:
        """The same events as a Parquet file, in load order."""
        path = self.folder / f"events_{self.calls_per_day}x{copies}.parquet"
        if not path.exists():
            database, part = self.database(copies), path.with_name("part_" + path.name)
            measure.say(f"Writing {path.name} ...")
            with connect(database) as con:
                con.execute("set preserve_insertion_order = true")
                con.execute(
                    f"copy (select * replace (cast(attributes as varchar) as attributes) from raw.call_events)"
                    f" to '{part}' (format parquet, compression zstd)"
                )
            part.rename(path)
        return path


def fill(con, base: Path, copies: int) -> None:
    """Load by load, as they would have come, the oldest copy first; its rows without a load time at its end."""
    con.execute(f"create temp table base as from '{base}'")
    con.execute("create schema raw")
    con.execute(
        "create table raw.call_events as select * replace (cast(attributes as json) as attributes) from base limit 0"
    )
    con.execute("set preserve_insertion_order = true")
    for copy in reversed(range(copies)):
        con.execute("insert into raw.call_events by name" + COPY.format(copy=copy, days=copy * DAYS_OF_A_COPY))
    con.execute("checkpoint")


def newest_load(con):
    return con.execute("select max(loaded_at) from raw.call_events").fetchone()[0]
