"""Faults that runs once had, put back one at a time: the histories must notice each of them.

    PYTHONPATH=tests:scripts:. .venv/bin/python -m runs.faults [--seeds 200] [NAME...]

prints for each fault the first seed whose history turns red, and the time that it took. Without a seed that turns red the exit
status is 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.harness import DbtFailed, Warehouse

from runs import histories

NOTED_UNTIL = "(select max(newest_loaded_at) from ({{ call_status.noted_load_rows() }}) as noted_before)"
BY_WATERMARK = (
    ">= {{ call_status.noted_counted_from() }}",
    """>= {{ call_status.noted_counted_from() }}
        and coalesce(
            coalesce(loads.newest_loaded_at, noted.newest_loaded_at) >= %s - interval 3 hour
            or coalesce(loads.load_minute, noted.load_minute) < timestamp '1990-01-01',
            true
        )""",
)


@dataclass(frozen=True)
class Fault:
    """A fault, and the text that brings it back: (file, what stands there, what takes its place).

    `seed`: the first of the histories that turns red. Others were tried once; the tests begin with it.
    """

    name: str
    what: str
    replacements: tuple[tuple[str, str, str], ...]
    seed: int = 0

    def replacements_in(self, project: Path) -> dict[Path, str]:
        """File → its text with the fault. Each replaced text must stand there once."""
        texts: dict[Path, str] = {}
        for name, old, new in self.replacements:
            file = project / name
            text = texts.get(file, file.read_text())
            assert text.count(old) == 1, f"{self.name}: {name} has {text.count(old)} times: {old}"
            texts[file] = text.replace(old, new)
        return texts


FAULTS = [
    Fault(
        "clock",
        "facts find newer evidence by the clocks of runs",
        (
            (
                "macros/runs/new_events.sql",
                "{{ return((found | int if found is not none else 0) + 1) }}",
                "{{ return((run_started_at.timestamp() * 1000) | int) }}",
            ),
            (
                "models/marts/calls/fct_calls.sql",
                "cast(newest_write_number as {{ dbt.type_bigint() }}) as write_number",
                "cast({{ (run_started_at.timestamp() * 1000) | int }} as {{ dbt.type_bigint() }}) as write_number",
            ),
            (
                "macros/runs/stale_facts.sql",
                "{{ return(seen is not none and (oldest is none or oldest > seen)) }}",
                "{{ return(false) }}",
            ),
        ),
        seed=2,
    ),
    Fault(
        "load-times",
        "loads are read from the newest time of loading on, less three hours",
        (("macros/runs/pending_loads.sql", BY_WATERMARK[0], BY_WATERMARK[1] % NOTED_UNTIL),),
        seed=2,
    ),
    Fault(
        "hash",
        "calls that the clock closes are compared by their hash",
        (
            (
                "macros/runs/stale_facts.sql",
                "group by call_hash, source_system, call_id\n        having count(*) = 1",
                "group by call_hash\n        having count(*) = 1",
            ),
        ),
        seed=3,
    ),
    Fault(
        "deleted-day",
        "a backfill of days knows only the last day of a stored call",
        (
            (
                "macros/runs/backfill.sql",
                "call_status.is_in_backfill('first_loaded_at', 'last_loaded_at')",
                "call_status.is_in_backfill('last_loaded_at', 'last_loaded_at')",
            ),
        ),
        seed=59,
    ),
    Fault(
        "two-watermarks",
        "legs are read from their own newest time of loading on, less three hours",
        (
            (
                "macros/runs/pending_loads.sql",
                BY_WATERMARK[0],
                BY_WATERMARK[0]
                + "\n        {% if this.identifier == 'int_leg_evidence_packed' and call_status.is_incremental_run() %}"
                + "and coalesce(coalesce(loads.newest_loaded_at, noted.newest_loaded_at)"
                + " >= (select max(last_loaded_at) from {{ this }}) - interval 3 hour, true){% endif %}",
            ),
        ),
        seed=2,
    ),
    Fault(
        "facts-alone",
        "a backfill takes away the facts of its calls, whether or not their evidence was made anew",
        (
            (
                "macros/runs/strategies.sql",
                "if call_status.is_incremental_run() else '1 = 1' }}",
                "if call_status.is_incremental_run() else '1 = 1' }}"
                "{% if call_status.is_backfill() %} or {{ call_status.is_in_backfill('last_loaded_at', 'last_loaded_at') }}{% endif %}",
            ),
        ),
    ),
    Fault(
        "pii",
        "only evidence is checked when call_status_pii changes",
        (("macros/runs/before_models.sql", "{%- do call_status.check_masking() -%}", ""),),
        seed=4,
    ),
    Fault(
        "nothing-new",
        "the newest load is read in every run",
        (
            (
                "macros/runs/pending_loads.sql",
                "or coalesce(loads.offset_sum, 0) <> coalesce(noted.offset_sum, 0)\n",
                "or coalesce(loads.offset_sum, 0) <> coalesce(noted.offset_sum, 0)\n"
                "            or loads.load_minute = (select max(load_minute) from {{ ref('call_status', 'int_raw_loads') }})\n",
            ),
        ),
        seed=2,
    ),
]


def first_red_seed(fault: Fault, folder: Path, seeds: Iterable[int]) -> tuple[int, str] | None:
    """The first seed whose history fails with the fault put back, and how; None where none fails."""
    project = histories.colliding_project(folder)
    for file, text in fault.replacements_in(project).items():
        file.write_text(text)
    for seed in seeds:
        history = histories.History(Warehouse(folder / f"seed {seed}", folder / "parse", project), seed)
        try:
            with histories.moving_clock() as clock:
                histories.play(history, clock)
        except pytest.fail.Exception as failed:
            return seed, str(failed).split("disagreement(s)")[-1].strip().splitlines()[0]
        except DbtFailed as failed:
            # A run that stops is no answer either, but one that cannot be compiled would prove nothing.
            assert "Parser Error" not in str(failed) and "Binder Error" not in str(failed), failed
            return seed, f"a run stopped: {failed.problems[:1]}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(fault.name for fault in FAULTS)}")
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args()
    unnoticed = 0
    for fault in FAULTS:
        if options.names and fault.name not in options.names:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            red = first_red_seed(fault, Path(folder), range(options.seeds))
        unnoticed += red is None
        found = f"red at seed {red[0]}" if red else f"not noticed by {options.seeds} histories"
        print(f"{fault.name:<16}{found}, {time.monotonic() - started:.0f} s: {fault.what}", flush=True)
        if red:
            print(f"{'':<16}{red[1]}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
