"""What is published of each public relation. The YAML of a model says how, under `config: meta:`.

| `call_status_published_by` | its rows are published |
|---|---|
| a column with the start of the call, or its local date | again where a call changed that started in the same hour, or on that date |
| `nothing` | not at all: it reads raw events, which are in the state file alone |
| not there | all of them, each time |
"""

from dataclasses import dataclass
from typing import Any

from call_status_tools.dbt import run_dbt
from call_status_tools.loading.sql import identifier

NOT_PUBLISHED = "nothing"
# dbt's log in a few lines a run, and none of the JSON files that nobody reads.
QUIETLY = ("--no-write-json", "--log-level-file", "info", "--no-use-colors-file")


@dataclass(frozen=True)
class Relation:
    """A public relation. `by`: the column by which its rows are found again; `by_date` where that is a date.

    `until_window_closes`: a column with the moment from which on a call-back counts. Until the window closes, time alone changes the row.
    """

    schema: str
    name: str
    by: str | None = None
    by_date: bool = False
    until_window_closes: str | None = None

    def of(self, database: str) -> str:
        return f"{identifier(database)}.{identifier(self.schema)}.{identifier(self.name)}"


def manifest_of_project(**options: Any) -> Any:
    """What dbt has parsed. `options`: of `run_dbt`."""
    return run_dbt(["parse", *QUIETLY], **options)


def published_relations(manifest: Any) -> list[Relation]:
    """The relations that readers are to see, in the order of their names."""
    found = []
    for node in models_of(manifest):
        meta = node.config.meta
        by = meta.get("call_status_published_by")
        if node.access == "public" and by != NOT_PUBLISHED:
            by_date = bool(by) and node.columns[by].data_type == "date"
            found.append(
                Relation(node.schema, node.name, by, by_date, meta.get("call_status_published_until_window_closes"))
            )
    return sorted(found, key=lambda relation: relation.name)


def relation_named(manifest: Any, name: str) -> Relation:
    return next(Relation(node.schema, node.name) for node in models_of(manifest) if node.name == name)


def models_of(manifest: Any) -> list[Any]:
    nodes = manifest.nodes.values()
    return [node for node in nodes if node.resource_type == "model" and node.package_name == "call_status"]
