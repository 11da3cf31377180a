"""The columns of a canonical raw call event: one list for the loader, the sample and the tests.

The models have their own list, the macro `get_raw_columns()`: SQL cannot read Python. tests/package/test_contract.py
compares the two.
"""

# Name → DuckDB type, in the contract's order.
COLUMNS = {
    "event_id": "VARCHAR",
    "source_system": "VARCHAR",
    "call_id": "VARCHAR",
    "leg_id": "VARCHAR",
    "direction": "VARCHAR",
    "event_type": "VARCHAR",
    "occurred_at": "TIMESTAMP",
    "loaded_at": "TIMESTAMP",
    "party": "VARCHAR",
    "agent_id": "VARCHAR",
    "customer_number": "VARCHAR",
    "business_number": "VARCHAR",
    "queue": "VARCHAR",
    "reason": "VARCHAR",
    "cause_scheme": "VARCHAR",
    "cause_code": "VARCHAR",
    "seconds": "DOUBLE",
    "reported_status": "VARCHAR",
    "attributes": "JSON",
}

# What a file must have to be loaded. A raw table that another tool fills must have more (`get_required_raw_columns()`):
# the loader sets `loaded_at` itself, derives a missing `event_id`, and a call needs `direction` on one event only.
REQUIRED = ("call_id", "event_type", "occurred_at")
