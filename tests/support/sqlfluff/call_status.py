"""What the linter sees in place of the package's macros. It judges what a person reads in a model, not what a macro renders.

A macro's name says what it gives (CONTRIBUTING.md, "Names of macros"), so that this file needs no list of macros.
"""


def is_name(value):
    return isinstance(value, str) and value.isidentifier()


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "is_incremental_run":
        return lambda: True
    if name.startswith(("is_", "has_")):
        return lambda *args, **kwargs: "some_column > 1"
    if name.endswith("_rows"):
        # A macro that is told which rows to read begins with them.
        return lambda first="", *args, **kwargs: f"select some_column from {first if is_name(first) else 'some_table'}"
    if name.startswith("get_"):
        return lambda *args, **kwargs: {"some_column": "min"}
    return lambda *args, **kwargs: "some_expression"
