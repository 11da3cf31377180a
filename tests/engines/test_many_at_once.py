"""Databases that several programs may use at once: a reader goes on while dbt runs, and a loader where the engine lets it."""

import threading
from collections import Counter

import pytest
from support.harness import valid_event

from engines.warehouses import ENGINE, raw_tables, said

MEANWHILE = said("MEANWHILE", [])
if not MEANWHILE:
    pytest.skip(f"one program at a time uses {ENGINE}", allow_module_level=True)

CLOCK = {"call_status_as_of": "2026-03-09 00:00:00"}
LOADS = 6


def calls_of_load(number):
    """Ten calls that nobody answers, and the end of the calls of the load before."""
    loaded_at = f"2026-03-02 11:{number:02}:00"
    began = [valid_event(f"{number}-{call}", f"{number}-{call} start", loaded_at=loaded_at) for call in range(10)]
    ended = [
        valid_event(f"{number - 1}-{call}", f"{number - 1}-{call} end", event_type="call_ended", loaded_at=loaded_at)
        for call in range(10)
        if number
    ]
    return began + ended


def test_others_go_on(new_engine, new_duckdb, tmp_path):
    warehouse = new_engine()
    warehouse.append_from(raw_tables(calls_of_load(0), tmp_path / "raw 0"), "raw.call_events")
    warehouse.dbt("run", vars=CLOCK)
    ended, read, errors = threading.Event(), Counter(), []

    def until_the_end(act):
        def loop():
            try:
                act()
            except Exception as error:  # whatever it is, the test is to say it
                errors.append(error)

        return threading.Thread(target=loop)

    def read_calls():
        while not ended.is_set():
            rows = warehouse.query("select count(*) as calls, count(distinct call_key) as keys from fct_calls")
            assert rows[0]["calls"] == rows[0]["keys"], rows
            read[rows[0]["calls"]] += 1

    files = [raw_tables(calls_of_load(number), tmp_path / f"raw {number}") for number in range(1, LOADS)]

    def load():
        for file in files:
            warehouse.append_from(file, "raw.call_events")

    reader, loader = until_the_end(read_calls), until_the_end(load)
    reader.start()
    if "load" in MEANWHILE:
        loader.start()
        warehouse.dbt("run", vars=CLOCK)
        loader.join()
    else:
        load()
    warehouse.dbt("run", vars=CLOCK)
    ended.set()
    reader.join()
    assert not errors, errors
    print(f"reads by number of calls seen: {dict(sorted(read.items()))}")
    assert sum(read.values()) > 10

    plain = new_duckdb()
    plain.write_events([row for number in range(LOADS) for row in calls_of_load(number)])
    plain.dbt("run", vars=CLOCK)
    question = "select call_id, status, ended_at from fct_calls order by call_id"
    assert warehouse.query(question) == plain.query(question)
