"""The one way to call dbt from Python: `run_dbt` runs a command, `inline` reads a value of the project's macros.

dbt runs in this process, which saves seconds of imports. It leaves three things behind, which `run_dbt` undoes:

| dbt | `run_dbt` |
|---|---|
| changes the working directory | changes it back |
| is configured by environment variables | sets them for this command only |
| dbt-duckdb keeps the database file open for the next command | closes it, so that others may open it |
"""

import contextlib
import gc
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from call_status_tools import ROOT
from call_status_tools.errors import UserError

LINES_OF_LOG = 30
# dbt keeps a million objects. Python's own thresholds make it look through all of them several times a run: a tenth of its time.
RARE_COLLECTIONS = (2_000_000, 20, 100)


class DbtFailed(Exception):
    """A dbt command that did not succeed. The text: the command, what failed, and the end of dbt's log.

    `problems` has what failed alone: the command's own exception and a line per failed node. It is empty for a failed
    run-operation, whose message dbt prints and does not return. `result` is what `run_dbt` would have returned.
    """

    def __init__(self, message: str, problems: Sequence[str] = (), result: Any = None):
        super().__init__(message)
        self.problems = list(problems)
        self.result = result


def run_dbt(
    args: Sequence[str],
    *,
    database: Path | str | None = None,
    vars: Mapping[str, Any] | None = None,
    target: str | None = None,
    environment: Mapping[str, str] | None = None,
    project_dir: Path = ROOT,
    profiles_dir: Path | None = None,
    target_path: Path | str | None = None,
    log_path: Path | str | None = None,
    quiet: bool = True,
    manifest: Any = None,
) -> Any:
    """Runs a dbt command, for instance `run_dbt(['build', '--full-refresh'], database=path)`. Returns dbt's result.

    | argument | is |
    |---|---|
    | `args` | the command and its options |
    | `database` | the DuckDB file; other engines have a `target` and an `environment` |
    | `vars` | variables of the project; values are written as JSON, other types as text |
    | `target` | a target of the profile, else its default |
    | `environment` | environment variables, for this command only |
    | `profiles_dir` | where profiles.yml is, else the project's folder |
    | `target_path`, `log_path` | folders for what dbt has parsed and for dbt.log, else dbt's own defaults |
    | `quiet` | print errors alone |
    | `manifest` | what an earlier `run_dbt(['parse'])` returned: the project is not parsed again |

    Raises DbtFailed where dbt reports anything but success.
    """
    from dbt.cli.main import dbtRunner  # slow to import, and not every caller needs it

    command = [*args]
    if vars is not None:
        command += ["--vars", json.dumps(vars, default=str, sort_keys=True)]
    for option, value in (
        ("--target", target),
        ("--project-dir", project_dir),
        ("--profiles-dir", profiles_dir or project_dir),
        ("--target-path", target_path),
        ("--log-path", log_path),
    ):
        if value is not None:
            command += [option, str(value)]
    command += ["--no-send-anonymous-usage-stats", *(["--quiet"] if quiet else [])]
    # What fails in an ephemeral model is in no result: dbt only tells it.
    told: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "CatchableExceptionOnRun":
            told.append(event.info.msg)

    of_database = {} if database is None else {"CALL_STATUS_DB": str(database)}
    with surroundings({**of_database, **(environment or {})}):
        try:
            outcome = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(command)
        finally:
            release_database()
    if not outcome.success:
        log = Path(log_path or Path(project_dir) / "logs") / "dbt.log"
        problems = problems_of(outcome) or told
        raise DbtFailed(failure_message(command, problems, log), problems, outcome.result)
    return outcome.result


def inline(template: str) -> Any:
    """What a Jinja template of this project renders to, read as JSON. Reads no database and leaves nothing behind.

    Raises UserError where dbt cannot render it.
    """
    command = ["compile", "--inline", template, "--no-introspect", "--no-populate-cache"]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # dbt prints the template
        try:
            result = run_dbt(command, database=":memory:", target_path=folder, log_path=folder)
        except DbtFailed as failed:
            problems = "\n".join(failed.problems)
            raise UserError(f"dbt cannot read the macros of this project; mend what it names:\n{problems}") from None
    return json.loads(result.results[0].node.compiled_code)


@contextlib.contextmanager
def surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables, and collects garbage rarely; at the end all of it, and the working directory, is as it was."""
    before, directory, thresholds = dict(os.environ), os.getcwd(), gc.get_threshold()
    os.environ.update(environment)
    gc.set_threshold(*RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(before)


def release_database() -> None:
    """Closes the DuckDB file that dbt-duckdb keeps open. Does nothing where dbt-duckdb was not used."""
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is None:
        return
    manager = connections.DuckDBConnectionManager
    if manager._ENV is not None:
        with contextlib.suppress(Exception):  # already closed by the last connection that used it
            manager._ENV.close()
    manager.close_all_connections()


def problems_of(outcome: Any) -> list[str]:
    """What failed in a command that dbt has run: its exception, and a line per failed node that says why."""
    found = [] if outcome.exception is None else [str(outcome.exception)]
    for result in getattr(outcome.result, "results", []):
        if str(result.status) in ("error", "fail", "runtime error") and result.message:
            name = result.node.name if hasattr(result, "node") else result.unique_id
            found.append(f"{name}: {result.status}: {result.message}")
    return found


def failure_message(command: Sequence[str], problems: Sequence[str], log: Path) -> str:
    """The command, what failed, and the last lines of its log."""
    parts = ["dbt " + " ".join(command), *problems]
    if log.exists():
        parts.append("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES_OF_LOG:]))
    return "\n\n".join(parts)
