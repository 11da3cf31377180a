"""Raw tables that a connector filled: the time of a load stands in a column of the connector's own."""

import duckdb
import pytest
from call_status_tools.dbt import DbtFailed

from sources import records

TABLE = """
    create schema raw;
    create table raw.twilio_calls as
    select
        'CA1' as sid, 'outbound-api' as direction, 'busy' as status, '+15550100101' as "to",
        timestamp '2026-03-02 10:00:00' as date_created, timestamp '2026-03-02 10:00:05' as end_time, {loaded_at}
"""


def filled(new_warehouse, loaded_at):
    warehouse = new_warehouse()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(TABLE.format(loaded_at=loaded_at))
    return warehouse


@pytest.mark.parametrize("column", ["_fivetran_synced", "_airbyte_extracted_at", "_sdc_batched_at"])
def test_the_time_of_a_load_is_the_connectors(new_warehouse, column):
    warehouse = filled(new_warehouse, f"timestamptz '2026-03-02 12:00:00+01' as {column}")
    records.build(warehouse, "twilio")
    found = warehouse.query("select status, last_loaded_at::varchar as loaded_at from fct_calls")
    assert found == [{"status": "Canceled", "loaded_at": "2026-03-02 11:00:00"}]
    loads = warehouse.query("select row_count from main_internal.int_raw_loads where row_count > 0")
    assert loads == [{"row_count": 1}]


def test_a_table_without_such_a_column_stops_the_run(new_warehouse):
    warehouse = filled(new_warehouse, "1 as number")
    with pytest.raises(DbtFailed, match=r"twilio_calls.* has no column loaded_at or _fivetran_synced or"):
        records.build(warehouse, "twilio")
