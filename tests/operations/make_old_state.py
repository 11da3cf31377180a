"""Makes old_state.duckdb.gz: a small database as the release before version 2 leaves it.

    python tests/operations/make_old_state.py

That release is checked out into a temporary folder and installs what it pinned. Its own scripts/load loads calls of its own sample,
and rows that it must refuse; then its dbt builds. Run it again only where the fixture has to hold something else.
"""

import csv
import gzip
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMIT = "eed865f"  # the last one before version 2 of events and rules
FIXTURE = HERE / "old_state.duckdb.gz"
AS_OF = "2026-03-09 12:00:00"
EVERY = 25  # one call of so many
REFUSED = [
    {
        "event_id": "refused-1",
        "call_id": "refused",
        "event_type": "agent_applauded",
        "occurred_at": "2026-03-02 10:00:00",
    },
    {"event_id": "refused-2", "call_id": "refused", "event_type": "call_started", "occurred_at": "yesterday"},
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        old, database = Path(folder) / "project", Path(folder) / "call_status.duckdb"
        old.mkdir()
        archive = subprocess.run(
            ["git", "archive", COMMIT], cwd=HERE.parents[1], check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "x", "-C", old], input=archive, check=True)
        some = Path(folder) / "calls.csv"
        write_some_calls(old / "seeds" / "sample_call_events.csv", some)
        environment = {**os.environ, "CALL_STATUS_DB": str(database)}
        subprocess.run([old / "scripts" / "load", some], check=True, env=environment)
        build = ["build", "--vars", f"{{call_status_as_of: '{AS_OF}'}}"]
        subprocess.run([old / ".venv" / "bin" / "dbt", *build], cwd=old, check=True, env=environment)
        with database.open("rb") as source, gzip.GzipFile(FIXTURE, "wb", mtime=0) as packed:
            shutil.copyfileobj(source, packed)
    print(f"{FIXTURE.name}: {FIXTURE.stat().st_size:,} bytes")


def write_some_calls(sample: Path, target: Path) -> None:
    with sample.open(newline="") as source, target.open("w", newline="") as file:
        events = csv.DictReader(source)
        written = csv.DictWriter(
            file, [name for name in events.fieldnames if name != "loaded_at"], extrasaction="ignore"
        )
        written.writeheader()
        rows = list(events)
        chosen = set(list(dict.fromkeys(row["call_id"] for row in rows))[::EVERY])
        written.writerows(row for row in rows if row["call_id"] in chosen)
        written.writerows(REFUSED)


if __name__ == "__main__":
    main()
