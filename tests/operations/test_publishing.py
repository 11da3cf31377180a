"""The published file: what is in it, and that it changes as a whole or not at all (scripts/call_status_tools/operations/publish.py)."""

import shutil

import duckdb
import pytest
from call_status_tools.operations import publish as publishing
from call_status_tools.operations.publish import publish
from call_status_tools.operations.relations import manifest_of_project, published_relations
from support.harness import Warehouse, valid_event

from operations.world import completed, differences, missed, relations_of

DAYS = ("2026-01-05", "2026-02-03", "2026-03-02")
NUMBER = "+14155550142"
LATE_ANSWER = valid_event(
    "late",
    "late-5",
    event_type="agent_answered",
    party="agent",
    agent_id="anna",
    occurred_at="2026-02-03 12:00:05",
    loaded_at="2026-03-20 00:00:00",
)


class Published(Warehouse):
    """A warehouse, and the file that its readers open."""

    manifest = None

    @property
    def file(self):
        return self.directory / "published" / "call_status.duckdb"

    def publish(self, **how):
        return publish(self.path, self.file, parquet=True, manifest=self.manifest, **how)

    def read(self, sql):
        with duckdb.connect(str(self.file), read_only=True) as con:
            return con.execute(sql).fetchall()

    @property
    def parquet(self):
        folder = self.file.parent / "parquet"
        return folder / (folder / "CURRENT").read_text().strip()

    def copy(self, folder):
        shutil.copytree(self.directory, folder)
        return Published(folder, self.parse_cache)


@pytest.fixture(scope="module")
def built(parse_cache, tmp_path_factory):
    """Calls of three months, published once."""
    Published.manifest = manifest_of_project(database=":memory:", target_path=tmp_path_factory.mktemp("target"))
    world = Published(tmp_path_factory.mktemp("published"), parse_cache)
    calls = [
        call for day in DAYS for call in (missed(f"m{day}", f"{day} 09:00:00"), completed(f"c{day}", f"{day} 10:00:00"))
    ]
    world.write_events([row for call in [*calls, missed("late", "2026-02-03 12:00:00", NUMBER)] for row in call])
    world.dbt("run")
    assert world.publish().whole == "nothing was published yet"
    return world


@pytest.fixture
def world(built, tmp_path):
    return built.copy(tmp_path / "world")


def test_public_relations_alone(built):
    names = {relation.name for relation in published_relations(built.manifest)}
    assert set(relations_of(built.file)) == names - {"run_history"}
    assert {"fct_calls", "calls_for_analysis", "dim_agents", "quarantined_call_events"} <= names
    assert "call_timeline" not in names  # it reads the raw events
    assert built.read("select distinct schema_name from duckdb_tables()") == [("main",)]
    assert built.read("select count(*) from duckdb_views() where not internal") == [(0,)]
    assert not differences(built.path, built.file)


def test_older_duckdb_can_read_it(built):
    """The storage version stands behind the magic bytes: DuckDB 1.0 reads 64."""
    with open(built.file, "rb") as file:
        head = file.read(20)
    assert head[8:12] == b"DUCK" and int.from_bytes(head[12:20], "little") == 64


def test_late_events_change_what_they_touch(world):
    """A late answer and a new call: as if all of it had been written anew. Parquet files of other months are the very same."""
    before = {path.relative_to(world.parquet): path.stat().st_ino for path in world.parquet.glob("fct_calls/*")}
    world.write_events(
        [LATE_ANSWER, *(row | {"loaded_at": "2026-03-20"} for row in completed("new", "2026-03-02 17:00:00"))]
    )
    world.dbt("run")
    done = world.publish()
    assert done.whole is None
    assert done.calls == {"new": 1, "changed": 1, "gone": 0, "flipped": 1}
    assert world.read("select status from fct_calls where call_id = 'late'") == [("Completed",)]
    assert not differences(world.path, world.file)
    after = {path.relative_to(world.parquet): path.stat().st_ino for path in world.parquet.glob("fct_calls/*")}
    assert {path.name for path in before if before[path] == after[path]} == {"2026-01.parquet"}
    for name, columns in relations_of(world.file).items():
        listed = ", ".join(columns)
        files = f"select {listed} from read_parquet('{world.parquet}/{name}/*.parquet')"
        assert world.read(f"select count(*) from ({files} except all select {listed} from {name})") == [(0,)], name
        assert world.read(f"select count(*) from ({files})") == world.read(f"select count(*) from {name}"), name


def test_parquet_after_a_publication_without_it(world):
    """Months that changed meanwhile are not linked."""
    with duckdb.connect(str(world.path)) as con:
        con.execute(f"update main.fct_calls set queue = 'sales' where started_at < '{DAYS[1]}'")
        con.execute(f"insert into main_internal.int_changed_hours values ('fct_calls', '{DAYS[0]} 09:00:00', 98)")
    publish(world.path, world.file, manifest=world.manifest)
    assert world.publish().whole is None
    queues = f"select count(queue) from read_parquet('{world.parquet}/fct_calls/*.parquet')"
    assert world.read(queues) == world.read("select count(queue) from fct_calls") != [(0,)]


def test_time_alone_changes_who_is_owed_a_call(world):
    """The window for a call-back closes without any new event."""
    owed = "select count(*) from fct_missed_call_followups where is_owed"
    for as_of, count in (("2026-03-03 00:00:00", 1), ("2026-03-20 00:00:00", 0)):
        world.dbt("run", vars={"call_status_as_of": as_of})
        with duckdb.connect(str(world.path)) as con:  # as if it had been published at that time
            con.execute(f"update raw.call_status_publications set published_at = '{DAYS[-1]}'")
        assert world.publish().whole is None
        assert world.read(owed) == [(count,)]
        assert not differences(world.path, world.file)


def test_kill_before_the_rename_publishes_nothing(world, monkeypatch):
    world.write_events([LATE_ANSWER])
    world.dbt("run")
    before = world.file.read_bytes()
    with monkeypatch.context() as killed:
        killed.setattr(publishing, "check_alone", lambda path: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.publish()
    assert world.file.read_bytes() == before
    assert world.publish().whole is None
    assert not differences(world.path, world.file)
    assert [path.name for path in sorted(world.file.parent.iterdir())] == ["call_status.duckdb", "parquet"]


def test_reader_keeps_the_file_it_has_opened(world):
    with duckdb.connect(str(world.file), read_only=True) as reader:
        world.publish(whole=True)
        assert reader.execute("select count(*) from fct_calls").fetchone() == (7,)


@pytest.mark.parametrize(
    "change, why",
    [
        ("delete from raw.call_status_publications", "it is not of this state file"),
        ("update raw.call_status_publications set stamp = 'older'", "code, variables or the firm's tables changed"),
        ("insert into main_internal.int_changed_hours values ('fct_calls', null, 99)", "the facts were made anew"),
    ],
    ids=["restored state", "other code", "full refresh"],
)
def test_written_anew_where_it_cannot_be_continued(world, change, why):
    with duckdb.connect(str(world.path)) as con:
        con.execute(change)
    assert world.publish().whole == why
    assert not differences(world.path, world.file)


def test_file_with_holes_is_written_anew(world, monkeypatch):
    monkeypatch.setattr(publishing, "FEW_HOLES", 0)
    with duckdb.connect(str(world.path)) as con:
        con.execute("update raw.call_status_publications set holes = 1000")
        con.execute(f"insert into main_internal.int_changed_hours values ('fct_calls', '{DAYS[0]} 09:00:00', 99)")
    world.publish()
    assert not differences(world.path, world.file)
    with duckdb.connect(str(world.path)) as con:
        assert con.execute(
            "select holes from raw.call_status_publications order by published_at desc limit 1"
        ).fetchone() == (0,)


def test_no_byte_of_a_dropped_number(built, tmp_path):
    world = Published(tmp_path / "dropped", built.parse_cache)
    world.write_events(missed("a", number=NUMBER))
    world.dbt("run", vars={"call_status_pii": "drop"})
    world.publish()
    assert NUMBER.encode() in world.path.read_bytes()  # the raw table has it
    assert NUMBER[1:].encode() not in world.file.read_bytes()
    assert not any(NUMBER[1:].encode() in path.read_bytes() for path in world.parquet.rglob("*.parquet"))
