"""The same for dbt's own cross-database macros."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *args: "bigint" if name.startswith("type_") else "some_expression"
