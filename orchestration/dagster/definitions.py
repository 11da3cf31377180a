"""Unattended runs under Dagster: one job that calls scripts/run-scheduled, with an asset for each published relation.

| exit code | the job |
|---|---|
| 0 | every relation is materialized, the checks pass |
| 3, 12 | nothing is materialized: nothing was new, or another run was under way |
| 4 | every relation is materialized, the check `no_warnings` warns |
| 10 | fails, nothing is materialized, the check `tests_pass` fails |
| 11 | every relation is materialized, then it fails: files were refused |
| any other | fails |

Environment variables: CALL_STATUS_DB, as everywhere; CALL_STATUS_INBOX, the folder that files come into; CALL_STATUS_ARGUMENTS,
further arguments of scripts/run-scheduled. Nothing here is needed to run without Dagster.
"""

import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts/run-scheduled"
JOB = "call_status_run"
PUBLISHED_BY, NOTHING_BY, TESTS_FAILED_BY = (0, 4, 11), (3, 12), 10
# The asset that stands for the run as a whole: its checks are about all relations.
CHECKED = "fct_calls"


def published_relations() -> Iterator[dg.AssetSpec]:
    for file in sorted((ROOT / "models/marts").glob("*/*.yml")):
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", []):
            yield dg.AssetSpec(
                model["name"],
                description=model["description"].partition("\n")[0],
                group_name=file.parent.name,
                skippable=True,
            )


def inbox() -> Path | None:
    named = os.environ.get("CALL_STATUS_INBOX")
    return Path(named) if named else None


def command() -> list[str]:
    folder = inbox()
    return [
        str(RUN),
        *(["--inbox", str(folder)] if folder else []),
        *shlex.split(os.environ.get("CALL_STATUS_ARGUMENTS", "")),
    ]


def last_run(code: int) -> dict[str, Any]:
    """What the run wrote of itself; nothing where it ended with another code than that says, before it could write."""
    state = Path(os.environ.get("CALL_STATUS_DB") or ROOT / "warehouse/call_status.duckdb")
    try:
        said = json.loads((state.parent / f"{state.stem}_runs/last_run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if said.get("exit_code") == code else {}


@dg.multi_asset(
    name="run_scheduled",
    specs=list(published_relations()),
    check_specs=[
        dg.AssetCheckSpec("tests_pass", asset=CHECKED, description="No data test failed: what was built is published."),
        dg.AssetCheckSpec("no_warnings", asset=CHECKED, description="No data test warned, and data is still coming."),
    ],
    can_subset=True,  # A run publishes every relation; this lets one be materialized, or none.
)
def run_scheduled(context: dg.AssetExecutionContext):
    done = subprocess.run(command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    code, summary = done.returncode, done.stdout.strip()
    context.log.info(summary)
    said = last_run(code)

    if code in PUBLISHED_BY:
        counts = {name: said[name] for name in ("rows", "files", "seconds") if said.get(name)}
        for key in sorted(context.selected_asset_keys):
            yield dg.MaterializeResult(
                key, metadata={name: dg.MetadataValue.json(value) for name, value in counts.items()}
            )
    chosen = {key.name for key in context.selected_asset_check_keys}
    if "tests_pass" in chosen and (code in PUBLISHED_BY or code == TESTS_FAILED_BY):
        yield check("tests_pass", code != TESTS_FAILED_BY, dg.AssetCheckSeverity.ERROR, said.get("errors"))
    if "no_warnings" in chosen and code in PUBLISHED_BY:
        yield check(
            "no_warnings", not said.get("warnings") and code != 4, dg.AssetCheckSeverity.WARN, said.get("warnings")
        )
    if code not in (0, 4, *NOTHING_BY):
        raise dg.Failure(f"scripts/run-scheduled ended with exit code {code}: {summary}", allow_retries=False)


def check(name: str, passed: bool, severity: dg.AssetCheckSeverity, found: Any) -> dg.AssetCheckResult:
    metadata = {"found": dg.MetadataValue.json(found)} if found else {}
    return dg.AssetCheckResult(asset_key=CHECKED, check_name=name, passed=passed, severity=severity, metadata=metadata)


run_job = dg.define_asset_job(JOB, selection=dg.AssetSelection.assets(run_scheduled))

# Also without new files: calls whose end nobody reported are over after some hours, and data that stopped coming is noticed.
every_five_minutes = dg.ScheduleDefinition(
    name="every_five_minutes",
    job=run_job,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.sensor(job=run_job, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def files_in_the_inbox():
    """Starts a run when files lie in the inbox. Files that the run left there are not a reason for another one, unless they grew."""
    folder = inbox()
    if folder is None or not folder.is_dir():
        return dg.SkipReason("CALL_STATUS_INBOX names no folder.")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        return dg.SkipReason("The inbox is empty.")
    seen = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return dg.RunRequest(run_key=hashlib.sha256(repr(seen).encode()).hexdigest())


definitions = dg.Definitions(
    assets=[run_scheduled],
    jobs=[run_job],
    schedules=[every_five_minutes],
    sensors=[files_in_the_inbox],
    executor=dg.in_process_executor,
)
