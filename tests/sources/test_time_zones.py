"""Times without a zone: those of phone systems are of call_status_time_zone, those that the loader wrote are UTC already."""

import json

from sources import records


def test_a_call_log_is_in_utc_and_a_phone_system_in_its_zone(new_warehouse):
    warehouse = new_warehouse()
    mapping = warehouse.directory / "berlin.toml"
    mapping.write_text('source_system = "export"\ntime_zone = "Europe/Berlin"\n')
    for source, row, options in (
        (
            "call_log",
            {"call_id": "1", "started_at": "2026-03-02 10:00:00", "reported_status": "Missed"},
            ["--mapping", str(mapping)],
        ),
        ("callhippo", {"callSid": "2", "startTime": "2026-03-02 10:00:00", "status": "Missed"}, []),
    ):
        file = warehouse.directory / f"{source}.ndjson"
        file.write_text(json.dumps({"direction": "incoming", "callType": "Incoming", **row}))
        records.load_file(warehouse, file, source, *options)
    records.build(
        warehouse, "call_log", call_status_sources=["call_log", "callhippo"], call_status_time_zone="Europe/Berlin"
    )
    found = warehouse.query("select call_id, started_at::varchar as at from fct_calls order by call_id")
    assert [row["at"] for row in found] == ["2026-03-02 09:00:00", "2026-03-02 09:00:00"]
