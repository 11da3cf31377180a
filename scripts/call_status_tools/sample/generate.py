"""Generate canonical raw call events of a plausible support line.

    benchmarks/generate-events --out calls.csv
    benchmarks/generate-events --out calls.parquet --calls-per-day 100000 --clean
    benchmarks/generate-events --out calls.ndjson.gz --seed 7 --days 60 --start 2026-01-05

The line has three business numbers, three queues and at least eight agents. Its office hours are those of Berlin:
Monday to Friday 08:00-18:00, Saturday 09:00-13:00, Sunday closed; every time in the file is UTC. All telephone numbers
come from ranges reserved for fiction.

The events arrive as from an hourly export, a few minutes after the hour, and the rows of the file are in load order.
The data cover --days whole days (UTC) and then the morning after, up to 10:00 UTC: a warehouse is looked at on a
working morning, with calls in progress. Whatever a later load would have brought is not there yet. Set `as_of` to
10:05 UTC of that morning; every load has happened by then.

As in real life, about one row in a hundred is delivered twice, a few rows come days late, some calls never get their
`call_ended`, and a few rows are broken, in every way that a typed table can hold. --clean leaves out the repeated and
the broken rows, nothing else: the calls stay the same, with their late rows and missing ends.

Every status rule and reason of both directions occurs in the default output. The same arguments give the same bytes:
chance is drawn from `random.random()` alone, the only generator that Python promises not to change.

The bundled sample
------------------
    benchmarks/generate-events --seed 1 --days 14 --start 2026-03-02 --calls-per-day 85 \\
        --out seeds/sample/sample_call_events.csv --unreadable seeds/sample/sample_call_events_unreadable.csv

Its end, for `as_of`, is 2026-03-16 10:05:00.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from call_status_tools.sample.files import FORMATS, write_unreadable
from call_status_tools.sample.history import History
from call_status_tools.sample.phone_line import PhoneLine


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def parse_arguments() -> tuple[argparse.Namespace, tuple]:
    """The command line, and the entry of FORMATS for the file's name."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/generate-events", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="written anew: .csv, .ndjson, either + .gz, or .parquet"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, another history (default: 1)")
    parser.add_argument("--start", type=date.fromisoformat, default=date(2026, 3, 2), help="default: 2026-03-02")
    parser.add_argument("--days", type=positive, default=14, help="whole days; a morning follows (default: 14)")
    parser.add_argument(
        "--calls-per-day", type=positive, default=85, help="of a working day; Saturdays have a third (default: 85)"
    )
    parser.add_argument("--clean", action="store_true", help="no repeated and no broken rows")
    parser.add_argument("--unreadable", type=Path, metavar="FILE", help="also write a CSV of rows a loader refused")
    arguments = parser.parse_args()
    name = arguments.out.name
    ending = Path(name.removesuffix(".gz")).suffix
    if ending not in FORMATS or (ending == ".parquet" and name.endswith(".gz")):
        parser.error(f"--out {arguments.out}: the name must end in .csv, .csv.gz, .ndjson, .ndjson.gz or .parquet")
    return arguments, FORMATS[ending]


def main() -> None:
    arguments, (write, render, header) = parse_arguments()
    line = PhoneLine(arguments.seed, arguments.start, arguments.days, arguments.calls_per_day, render, arguments.clean)
    try:
        events = write(arguments.out, History(line), header)
        if arguments.unreadable:
            write_unreadable(arguments.unreadable, arguments.start)
    except OSError as error:
        sys.exit(f"cannot write the events: {error}")
    print(f"{events} events of {line.calls} calls in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
