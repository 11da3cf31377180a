"""Every adapter keeps the laws (laws.py), and an adapter that breaks one is caught."""

import duckdb
import pytest

from sources import laws, records


@pytest.fixture(scope="module")
def adapter(new_warehouse):
    """Source → its adapter, on the records of its scenarios."""
    done = {}

    def of(source):
        if source not in done:
            warehouse = new_warehouse()
            records.load_scenarios(warehouse, records.read_scenarios(source))
            model = f"stg_{source}__call_events"
            result = warehouse.dbt("compile", "--select", model, vars={"call_status_sources": records.sources()})
            (sql,) = [found.node.compiled_code for found in result.results if found.node.name == model]
            connection = duckdb.connect(warehouse.path, read_only=True)
            done[source] = laws.Adapter(source, sql, connection, records.raw_tables_of(source))
        return done[source]

    yield of
    for one in done.values():
        one.connection.close()


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("source", records.sources())
def test_adapters_keep_the_laws(adapter, source, law):
    assert law(adapter(source)) == []


# ---- adapters that break a law --------------------------------------------------------------------------------------

RECORDS = """
    create schema raw;
    create table raw.calls (id varchar, state varchar, rang_at timestamp, source_instance varchar, loaded_at timestamp);
    insert into raw.calls values
        ('1', 'ringing', '2026-03-02 10:00:00', null, '2026-03-02 11:00:00'),
        ('1', 'ended', '2026-03-02 10:00:30', null, '2026-03-02 11:00:00'),
        ('2', 'ended', '2026-03-02 10:00:40', null, '2026-03-02 11:00:00');
"""
GOOD = """
    select
        id || '/' || state as event_id,
        case when source_instance is null then 'acme' else 'acme:' || source_instance end as source_system,
        id as call_id,
        case state when 'ringing' then 'agent_ringing' else 'call_ended' end as event_type,
        'incoming' as direction,
        rang_at as occurred_at,
        null as party, null as reason, null as leg_id, null as agent_id, null as seconds,
        1 as records,
        null as set_aside,
        loaded_at
    from raw.calls
"""
BROKEN = {
    laws.each_record_by_itself: (
        "'incoming' as direction",
        "case when count(*) over (partition by id) > 1 then 'incoming' end as direction",
    ),
    laws.only_new_loads_are_read: ("        loaded_at\n", "        max(loaded_at) over () as loaded_at\n"),
    laws.ids_hold_still: ("id || '/' || state as event_id", "id || '/' || loaded_at as event_id"),
    laws.nothing_is_lost: ("from raw.calls", "from raw.calls where state = 'ended'"),
    laws.no_type_is_made_up: ("else 'call_ended' end", "else 'hung_up' end"),
    laws.two_systems_never_share_a_call: (
        "case when source_instance is null then 'acme' else 'acme:' || source_instance end",
        "'acme'",
    ),
    laws.one_scan: (
        "from raw.calls",
        "from raw.calls where state = 'ringing' union all " + GOOD + " where state = 'ended'",
    ),
}


@pytest.fixture(scope="module")
def calls():
    with duckdb.connect() as connection:
        connection.execute(RECORDS)
        yield connection


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_an_adapter_that_breaks_a_law_is_caught(calls, law):
    assert law(laws.Adapter("good", GOOD, calls, ["calls"])) == []
    right, wrong = BROKEN[law]
    assert GOOD.count(right) == 1
    assert law(laws.Adapter("broken", GOOD.replace(right, wrong), calls, ["calls"])) != []
