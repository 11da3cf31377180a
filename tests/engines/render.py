"""Renders every model, and the statements of incremental runs, with an engine's own dbt adapter and no connection.

    python render.py ENGINE ADAPTERS PROJECT OUT.json [parse]

ENGINE is a module of tests/engines/dialects. ADAPTERS is a folder with the dbt adapters, installed without what they
depend on: macros, types and quoting are the adapter's own, each driver is a stand-in. `answer` gives the rows that macros
ask the database for. OUT.json gets every statement, with what it is for. With `parse` it stops after parsing, in which
whatever dbt deprecates is an error.
"""

import importlib.abc
import importlib.machinery
import json
import re
import sys
import types
from datetime import date, datetime
from pathlib import Path

ENGINE, ADAPTERS, PROJECT, OUT = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
sys.path[0] = ADAPTERS
sys.path += [str(Path(__file__).resolve().parents[2] / folder) for folder in ("tests", "scripts")]

DRIVERS = """
    snowflake google grpc databricks pyspark pyhive thrift TCLIService sqlparams pyodbc redshift_connector boto3 botocore psycopg2
    trino clickhouse_connect clickhouse_driver pandas pyarrow keyring cryptography tenacity lz4 azure
""".split()


class StandIn(type):
    """A class of which everything is there: any attribute, any argument, any call."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(cls, name, stand_in(name))
        return cls.__dict__[name]


def stand_in(name):
    def of_instance(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return stand_in(attribute)()

    return StandIn(
        name,
        (Exception,),
        {
            "__init__": lambda self, *args, **kwargs: None,
            "__call__": lambda self, *args, **kwargs: self,
            "__getattr__": of_instance,
        },
    )


class Driver(types.ModuleType):
    __path__: list = []
    __version__ = "0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, stand_in(name))
        return self.__dict__[name]


class Drivers(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in DRIVERS else None

    def create_module(self, spec):
        return Driver(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(Drivers())  # at the end: a driver that is installed is used itself

import agate  # noqa: E402
import sqlglot  # noqa: E402
from call_status_tools.loading.raw_tables import SOURCES  # noqa: E402
from call_status_tools.loading.words import macro  # noqa: E402
from dbt.adapters.contracts.connection import AdapterResponse  # noqa: E402
from dbt.adapters.factory import FACTORY  # noqa: E402
from dbt.cli.main import dbtRunner  # noqa: E402
from dbt.context.providers import generate_runtime_model_context  # noqa: E402

from engines import dialects  # noqa: E402
from engines.warehouses import is_in_json, write_profile  # noqa: E402

DIALECT = dialects.find(ENGINE)
RAW_TABLES = {source.table: source for source in SOURCES.values()}

statements: list[tuple[str, str]] = []  # (what it is for, SQL)
state = {"phase": "", "there": False, "evidence_version": ""}
stored: dict[str, list[str]] = {}  # table → its columns, once a first run has been compiled


SOURCES_OF_EVENTS = macro("sources/all_sources.sql", "get_sources")

# ---- a database that answers --------------------------------------------------------------------------------------


def answer(sql):
    """A row for a query of the package's macros. The names of its columns say what is asked for."""
    head = re.split(r"\bfrom\b", sql.strip(), maxsplit=1, flags=re.IGNORECASE)[0]
    head = re.sub(r"^\s*(/\*.*?\*/)?\s*select\s+(distinct\s+)?", "", head, flags=re.DOTALL | re.IGNORECASE)
    values = []
    for column in split_columns(head):
        text = column.lower()
        if "dropped_before" in text:
            values.append(None)  # no raw row was deleted: else a full refresh would stop
        elif text.startswith("'='"):
            is_time = re.search(r"(_at|_before|_minute|_hour|_until|_since)\b", text)
            word = "=Europe/Berlin" if "time_zone" in text else "=canonical"
            values.append("=2026-03-02 10:00:00" if is_time else word)
        elif (
            "count(" in text
            or "diff(" in text
            or re.search(r"row_count|noted_rows|write_number|call_hash", text)
            or re.fullmatch(r"1( as \w+)?", text)
        ):
            values.append(1)
        elif "date" in text or "day" in text:
            values.append(date(2026, 3, 2))
        elif "loaded_at" in text or "merged_at" in text or "derived_at" in text:
            values.append(datetime(2026, 3, 2, 10))
        elif "evidence_version" in text:
            values.append(state["evidence_version"])
        else:
            values.append("text")
    return values


def split_columns(text):
    depth, columns = 0, [""]
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            columns.append("")
        else:
            columns[-1] += character
    return [column.strip() for column in columns]


def execute(self, sql, auto_begin=False, fetch=False, limit=None, **_):
    statements.append((state["phase"], sql))
    if not fetch:
        return AdapterResponse("OK"), agate.Table([])
    row = answer(sql)
    # No refused row holds what pii does not allow.
    rows = [] if "raw_text is not null" in sql else [row]
    return AdapterResponse("OK"), agate.Table(rows, [f"c{place}" for place in range(len(row))])


def get_relation(self, database, schema, identifier, **_):
    raw = identifier in (*RAW_TABLES, "call_status_pii_key", "call_status_horizons")
    if not raw and not (state["there"] and not identifier.endswith("_unreadable")):
        return None
    return self.Relation.create(
        database=database,
        schema=schema,
        identifier=identifier,
        type="table",
        quote_policy=self.config.quoting if hasattr(self.config, "quoting") else {},
    )


def get_columns_in_relation(self, relation):
    column = type(self).Column
    types_of = {"occurred_at": DIALECT.timestamp, "loaded_at": DIALECT.timestamp, "seconds": "float"}
    table = RAW_TABLES.get(relation.identifier)
    names = list(table.columns) if table else stored.get(relation.identifier, ["id"])
    return [column(name, types_of.get(name, DIALECT.text)) for name in names]


# ---- rendering ----------------------------------------------------------------------------------------------------


def dbt(command, *options):
    outcome = dbtRunner().invoke(
        [
            command,
            *options,
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(OUT.parent),
            "--target-path",
            str(OUT.parent / "target"),
            "--log-path",
            str(OUT.parent),
            "--quiet",
        ]
    )
    if not outcome.success:
        problems = [
            f"{result.node.name}: {result.message}"
            for result in getattr(outcome.result, "results", [])
            if result.status == "error"
        ]
        sys.exit(f"{ENGINE}: {outcome.exception or ''} " + "\n".join(problems))
    return outcome.result


def compile_models(phase, there, **variables):
    state.update(phase=phase, there=there)
    options = ["--vars", json.dumps({f"call_status_{name}": value for name, value in variables.items()})]
    nodes = [result.node for result in dbt("compile", "--no-populate-cache", *options).results]
    for node in nodes:
        if node.resource_type in ("model", "test"):
            statements.append((f"{phase}: {node.resource_type} {node.name}", node.compiled_code))
        # What `answer` says is stored: evidence of the version that this run makes.
        if version := re.search(r"'([^']*)' as evidence_version", node.compiled_code or ""):
            state["evidence_version"] = version[1]
        is_stored = node.resource_type == "model" and node.config.get("incremental_strategy")
        if is_stored and node.alias not in stored:
            stored[node.alias] = columns_written(node)
    return nodes


def columns_written(node):
    query = sqlglot.parse_one(node.compiled_code, dialect=ENGINE, error_level=sqlglot.ErrorLevel.IGNORE)
    if not isinstance(query, sqlglot.exp.Query):  # the parser does not understand it all
        return list(node.columns)
    parts = {part.alias: part.this for part in query.ctes}

    def names_of(select):
        names = select.named_selects
        if "*" not in names:
            return names
        read = parts.get(select.args["from_"].this.name)  # the part that it selects from
        return [*(names_of(read) if read else node.columns), *(name for name in names if name != "*")]

    return [name.lower() for name in names_of(query)]


def bring_in(phase, nodes, manifest):
    """What a further run does with the new rows of each incremental model."""
    adapter = FACTORY.lookup_adapter(ENGINE)
    for node in nodes:
        if node.resource_type != "model" or not node.config.get("incremental_strategy"):
            continue
        state["phase"] = f"{phase}: new rows of {node.name}"
        target = get_relation(adapter, node.database, node.schema, node.alias)
        # In the model's own context: strategies ask for its relation, and for private models.
        context = generate_runtime_model_context(node, adapter.config, manifest)
        strategy = context["call_status"][f"get_incremental_{node.config.incremental_strategy}_sql"]
        sql = strategy(
            {
                "target_relation": target,
                "temp_relation": target.incorporate(path={"identifier": f"{node.alias}__dbt_tmp"}),
                "unique_key": node.config.unique_key,
                "dest_columns": [adapter.Column(name, DIALECT.text) for name in stored[node.alias]],
                "incremental_predicates": None,
            }
        )
        statements.append((state["phase"], str(sql)))


def main():
    write_profile(OUT.parent, DIALECT.profile)
    FACTORY.load_plugin(ENGINE)
    adapter = FACTORY.get_adapter_class_by_name(ENGINE)
    for method in (execute, get_relation, get_columns_in_relation):
        setattr(adapter, method.__name__, method)
    manifest = dbt("parse", "--no-partial-parse", "--warn-error-options", '{"error": ["Deprecations"]}')
    if sys.argv[5:] == ["parse"]:
        return
    compile_models("first run", there=False)
    bring_in("further run", compile_models("further run", there=True), manifest)
    # What few runs do: read phone systems, hash numbers, backfill.
    read = [source for source in SOURCES_OF_EVENTS if not is_in_json(source)]
    compile_models("first run of every source", there=False, sources=read)
    compile_models("first run with hashes", there=False, pii="hash")
    compile_models(
        "backfill",
        there=True,
        pii="hash",
        backfill_days=["2026-03-01", "2026-03-03"],
        backfill_calls=["it's", "c\\1"],
    )
    OUT.write_text(json.dumps(statements, indent=1))


main()
