"""What the linter sees in place of this package's macros: it judges what a person reads in a model, not what a macro renders."""

ROWS = {
    "event_type_rows",
    "union_of_sources",
    "union_of_unreadable_rows",
    "status_rule_rows",
    "status_rows",
    "evidence_to_derive",
}


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ROWS:
        return lambda *args: "select some_column from some_table"
    if name in ("is_to_be_read", "is_to_be_merged", "is_leg_to_derive", "loaded_on_open_days", "is_concluded"):
        return lambda *args: "some_column > 1"
    return lambda *args: "some_expression"
