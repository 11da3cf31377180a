"""Where an unattended run keeps its files. All of it follows from the path of the state file."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from call_status_tools.loading.database import DEFAULT_DATABASE
from call_status_tools.operations.failures import Locked


@dataclass(frozen=True)
class Places:
    """The files of one warehouse.

    | | |
    |---|---|
    | `state` | raw events, evidence and facts: written by runs alone |
    | `published` | what readers open: replaced by one rename |
    | `runs` | the folder of the runs' own files: the lock, the JSON of the last run, logs |
    """

    state: Path
    published: Path
    runs: Path

    @property
    def parquet(self) -> Path:
        """The published relations as Parquet files, where there are any."""
        return self.published.parent / "parquet"

    @property
    def last_run(self) -> Path:
        return self.runs / "last_run.json"

    @property
    def logs(self) -> Path:
        return self.runs / "logs"

    @property
    def target(self) -> Path:
        """What dbt has parsed: kept between runs, and of this warehouse alone."""
        return self.runs / "target"

    @contextlib.contextmanager
    def lock(self, step: str) -> Iterator[Callable[[str], None]]:
        """Held while a run, or anything else that writes these files, is under way. Raises Locked where another one holds it.

        The system releases it with the process, however that ends. The file says which process it is, and what it is doing:
        `step`, and what the function that is given is called with.
        """
        self.runs.mkdir(parents=True, exist_ok=True)
        with open(self.runs / "lock", "a+") as file:

            def say(step: str) -> None:
                file.truncate(0)
                file.write(f"process {os.getpid()}, {step}")
                file.flush()

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise Locked(
                    f"another run holds {self.runs / 'lock'} ({file.read(100) or 'beginning'}); wait until it has ended"
                ) from None
            say(step)
            yield say


def places_of(published: Path | str | None = None) -> Places:
    """The files of the warehouse that CALL_STATUS_DB names, else of the project's own. `published`: the option of that name."""
    state = Path(os.environ.get("CALL_STATUS_DB") or DEFAULT_DATABASE).absolute()
    return Places(
        state=state,
        published=Path(published).absolute() if published else state.parent / "published" / "call_status.duckdb",
        runs=state.parent / f"{state.stem}_runs",
    )
