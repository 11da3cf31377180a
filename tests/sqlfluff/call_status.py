"""What the linter sees in place of this package's macros: it judges what a person reads in a model, not what a macro renders."""

ROWS = {"event_type_rows", "union_of_sources", "union_of_unreadable_rows", "status_rule_rows", "status_rows", "calls_to_derive"}

def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ROWS:
        return lambda *args: "select some_column from some_table"
    if name in ("loaded_since_last_run", "loaded_on_open_days", "is_concluded"):
        return lambda *args: "some_column > 1"
    return lambda *args: "some_expression"
