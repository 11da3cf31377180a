"""The tables of benchmark.md, a function each. What was measured has names: `size.refresh.seconds`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace as Figures
from typing import Any, NamedTuple

EVENTS_A_DAY = 1_000_000_000


def named(results: dict) -> Figures:
    """What benchmark.json holds, with its keys as names."""
    return json.loads(json.dumps(results), object_hook=lambda figures: Figures(**figures))


# ---- the machine and the goals --------------------------------------------------------------------------------------


def machine(results: Figures) -> str:
    its = results.machine
    rows = [
        ["processor", f"{its.cpu}, {its.cores} cores"],
        ["memory", memory_text(its.memory_bytes)],
        ["threads of every engine", str(its.threads)],
        ["versions", ", ".join(f"{name} {version}" for name, version in vars(its.versions).items())],
    ]
    return table(["machine", ""], rows)


class Goal(NamedTuple):
    figure: str
    sign: str
    limit: float
    value: float
    unit: str = ""

    def is_met(self) -> bool:
        return self.value <= self.limit if self.sign == "≤" else self.value >= self.limit


def targets(results: Figures) -> str | None:
    return table_of(
        list(goals(results)),
        {
            "figure": lambda goal: goal.figure,
            "goal": lambda goal: f"{goal.sign} {goal.limit:g}{goal.unit}",
            "measured": lambda goal: (
                (count(goal.value) if isinstance(goal.value, int) else ratio(goal.value)) + goal.unit
            ),
            "met": lambda goal: "yes" if goal.is_met() else "**no**",
        },
    )


def goals(results: Figures) -> Iterator[Goal]:
    """The goals of the parts that were measured."""
    sizes, histories = getattr(results, "full_refresh", []), getattr(results, "incremental", [])
    middle = min(sizes, key=lambda size: abs(size.events - 10_800_000), default=None)
    for size in reversed(getattr(results, "everything", [])):
        if peer := counted_peer(size, "polars"):
            limit = 1 if size.events > 5_000_000 else 1.2
            what = f"full refresh of all models, {millions(size.events)}, ÷ Polars making facts, legs and accounting"
            yield Goal(what, "≤", limit, size.ours.seconds / peer.seconds)
    if middle:
        refresh, bare = middle.refresh.seconds, middle.bare.seconds
        yield Goal(f"full refresh up to the facts, {millions(middle.events)}, ÷ bare group by", "≤", 18, refresh / bare)
        accounting = getattr(getattr(middle.refresh, "other_nodes", None), "event_accounting", None)
        if accounting:
            yield Goal("`event_accounting` in it ÷ bare group by", "≤", 3, accounting / bare)
    for size in getattr(results, "peers", [])[-1:]:
        if peer := counted_peer(size, "dbt"):
            yield Goal("usual dbt style ÷ ours, full refresh", "≥", 4, peer.seconds / size.ours.seconds)
    for size in getattr(results, "evidence", [])[-1:]:
        if peer := counted_peer(size, "clickhouse"):
            yield Goal("our evidence pass ÷ ClickHouse's", "≤", 1, size.ours.seconds / peer.seconds)
    if histories:
        first, last = histories[0], histories[-1]
        some = min(histories, key=lambda history: abs(history.calls - 2_000_000))
        new = f"{count(first.new_calls)} new calls"
        yield Goal(f"{new} on {count(some.calls)} stored, up to the facts", "≤", 1.2, some.new.seconds, " s")
        if last is not first:
            growth = last.new.seconds / first.new.seconds
            yield Goal(f"{new} on {count(last.calls)} stored ÷ on {count(first.calls)}", "≤", 1.25, growth)
        if hasattr(some, "statements"):
            yield Goal("statements that a run of all models sends, new calls", "≤", 40, some.statements.new)
            yield Goal("statements that it sends with nothing new", "≤", 40, some.statements.nothing)
    if hasattr(results, "one_load"):
        its = results.one_load
        later = its.right_after.seconds / its.a_week_later.seconds
        yield Goal(f"nothing new right after a load of {millions(its.events)} ÷ a week later", "≤", 1.2, later)
    if middle and sizes[-1].events > middle.events:
        large = sizes[-1]
        growth = (large.refresh.seconds / large.events) / (middle.refresh.seconds / middle.events)
        ends = [f"{size.events / 1e6:.0f} million" for size in (large, middle)]
        yield Goal(f"cost of an event at {ends[0]} ÷ at {ends[1]}", "≤", 1.15, growth)
        limited = getattr(results, "memory", None)
        if hasattr(limited, "seconds") and limited.events == large.events:
            what = f"{millions(large.events)} within {limited.limit} of memory ÷ without a limit"
            yield Goal(what, "≤", 2, limited.seconds / large.refresh.seconds)
    if hasattr(results, "small_build"):
        command = results.small_build.first.command
        yield Goal("`dbt build` of the sample, warm, whole process", "≤", 12, command, " s")


def millions(events: int) -> str:
    return f"{events / 1e6:.3g} million events"


def counted_peer(size: Figures, name: str) -> Figures | None:
    peer = getattr(size.peers, name, None)
    return peer if peer and peer.counts else None


# ---- the three questions --------------------------------------------------------------------------------------------


def costs(results: Figures) -> str:
    """What each kind of run takes, a column per size of the history."""
    sizes = {size.calls: size for size in results.full_refresh}
    runs = {history.calls: history for history in getattr(results, "incremental", [])}
    unattended = {history.calls: history for history in getattr(results, "scheduled", [])}

    def row(what: str, of: dict[int, Figures], value: Callable[[Figures], str]) -> list[str]:
        return [what, *(value(of[calls]) if calls in of else "-" for calls in sizes)]

    new = f"{count(next(iter(runs.values())).new_calls)} new calls" if runs else "new calls"
    rows = [
        row("raw events", sizes, lambda size: count(size.events)),
        row("the first run, of everything", sizes, lambda size: seconds(size.refresh.command)),
        row("its memory", sizes, lambda size: memory_text(size.refresh.peak_bytes)),
        row(f"`dbt run`, {new}", runs, lambda history: seconds(history.new.command)),
        row("`dbt run`, nothing new", runs, lambda history: seconds(history.nothing.command)),
        row(f"`scripts/run-scheduled`, {new}", unattended, lambda history: seconds(history.new.seconds)),
        row("`scripts/run-scheduled`, nothing new", unattended, lambda history: seconds(history.nothing.seconds)),
        row("raw events on disk", sizes, lambda size: size_text(size.bytes.raw)),
        row("all tables made of them", sizes, lambda size: size_text(models_bytes(size))),
    ]
    return table(["stored calls", *map(count, sizes)], rows)


def models_bytes(size: Figures) -> int:
    return sum(value for name, value in vars(size.bytes).items() if name != "raw")


CALLS_A_DAY = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]


def limits(results: Figures) -> str:
    """What a number of calls a day comes to, at the cost of an event and the bytes of a call of the largest history."""
    largest = results.full_refresh[-1]
    events, each = largest.events / largest.calls, largest.refresh.command / largest.events
    bytes_a_call = (largest.bytes.raw + models_bytes(largest)) / largest.calls
    rows = [
        [
            count(calls),
            length_text(each * events * calls / 24),
            length_text(each * events * calls * 365),
            size_text(bytes_a_call * calls * 365),
        ]
        for calls in CALLS_A_DAY
    ]
    return table(["calls a day", "events of an hour", "full refresh of a year", "a year on disk"], rows)


def length_text(length: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, step in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if length >= 2 * step:
            return f"{length / step:.1f} {unit}"
    return seconds(length)


# ---- full refreshes -------------------------------------------------------------------------------------------------


def full_refresh(results: Figures) -> str:
    return table_of(
        results.full_refresh,
        {
            "events": lambda size: count(size.events),
            "calls": lambda size: count(size.calls),
            "bare group by": lambda size: seconds(size.bare.seconds),
            "plain copy": lambda size: seconds(size.copy.seconds),
            "full refresh": lambda size: seconds(size.refresh.seconds),
            "÷ bare": lambda size: ratio(size.refresh.seconds / size.bare.seconds),
            "÷ copy": lambda size: ratio(size.refresh.seconds / size.copy.seconds),
            "a million events": lambda size: seconds(size.refresh.seconds / size.events * 1e6),
            "whole command": lambda size: seconds(size.refresh.command),
            "peak memory": lambda size: memory_text(size.refresh.peak_bytes),
        },
    )


def models(results: Figures) -> str:
    """A column per size."""
    sizes = results.full_refresh
    rows = [
        [f"`{name}`", *(seconds(getattr(size.refresh.nodes, name, 0)) for size in sizes)]
        for name in vars(sizes[0].refresh.nodes)
    ]
    others = vars(getattr(sizes[-1].refresh, "other_nodes", Figures()))
    for name in sorted(others, key=others.get, reverse=True):
        if others[name] >= 0.01 * sizes[-1].refresh.all_models:
            rows.append(
                [
                    f"`{name}`, behind the facts",
                    *(seconds(getattr(size.refresh.other_nodes, name, 0)) for size in sizes),
                ]
            )
    written = [size.written_again.seconds for size in sizes]
    rows += [
        ["the four tables written again as they are", *map(seconds, written)],
        ["the same ÷ bare group by", *(ratio(it / size.bare.seconds) for it, size in zip(written, sizes))],
        ["the same ÷ plain copy", *(ratio(it / size.copy.seconds) for it, size in zip(written, sizes))],
    ]
    return table(["model", *(f"{count(size.events)} events" for size in sizes)], rows)


def cost_model(results: Figures) -> str:
    largest = results.full_refresh[-1]
    stored = {name: value for name, value in vars(largest.bytes).items() if name != "raw"}
    raw, models = largest.bytes.raw / largest.events, sum(stored.values()) / largest.calls
    each, calls_a_day = largest.refresh.seconds / largest.events, EVENTS_A_DAY * largest.calls / largest.events
    an_hour = f"{each * EVENTS_A_DAY / 24:.0f} s of each hour's 3,600 s, plus the fixed cost of a run"
    a_day = f"{each * EVENTS_A_DAY / 60:.0f} min for one day's events"
    rows = [["raw events on disk", f"{raw:.0f} bytes an event", f"{size_text(raw * EVENTS_A_DAY)} a day"]]
    for name in sorted(stored, key=stored.get, reverse=True):
        if stored[name] > 0.01 * sum(stored.values()):
            rows.append(bytes_row(f"`{name}` on disk", stored[name] / largest.calls, calls_a_day))
    rows += [
        bytes_row("all models on disk", models, calls_a_day),
        ["full refresh", f"{each * 1e6:.2f} s a million events", a_day],
        ["an hour's load, at that cost an event", "-", an_hour],
    ]
    return table(["what", f"measured on {count(largest.events)} events", "a billion events a day"], rows)


def bytes_row(what: str, bytes_a_call: float, calls_a_day: float) -> list[str]:
    return [what, f"{bytes_a_call:.0f} bytes a call", f"{size_text(bytes_a_call * calls_a_day)} a day"]


def memory(results: Figures) -> str:
    """Without the limit and with it."""
    limited = results.memory
    head = ["events", "memory_limit", "full refresh up to the facts", "peak memory of the process"]
    if hasattr(limited, "failed"):
        return table([*head[:2], "outcome"], [[count(limited.events), limited.limit, "failed"]])
    free = [size.refresh for size in getattr(results, "full_refresh", []) if size.events == limited.events]
    runs = [*(("none", run) for run in free[:1]), (limited.limit, limited)]
    return table(
        head,
        [[count(limited.events), limit, seconds(run.seconds), memory_text(run.peak_bytes)] for limit, run in runs],
    )


def loading(results: Figures) -> str:
    return table_of(
        results.loading,
        {
            "file": lambda file: file.file,
            "events": lambda file: count(file.events),
            "bare insert": lambda file: seconds(file.bare.seconds),
            "`scripts/load`": lambda file: seconds(file.loader.seconds),
            "÷ bare insert": lambda file: ratio(file.loader.seconds / file.bare.seconds),
            "peak memory": lambda file: memory_text(file.loader.peak_bytes),
        },
    )


# ---- incremental runs, and a small build ----------------------------------------------------------------------------


def incremental(results: Figures) -> str:
    new = count(results.incremental[0].new_calls)
    return table_of(
        results.incremental,
        {
            "stored calls": lambda history: count(history.calls),
            "stored events": lambda history: count(history.events),
            f"{new} new calls": lambda history: seconds(history.new.seconds),
            "÷ full refresh": lambda history: ratio(history.new.seconds / history.full_refresh_seconds),
            f"{new} late events": lambda history: seconds(history.late.seconds),
            "nothing new": lambda history: seconds(history.nothing.seconds),
            "all models, new calls": lambda history: seconds(history.new.all_models),
            "whole command": lambda history: seconds(history.new.command),
            "peak memory": lambda history: memory_text(history.new.peak_bytes),
        },
    )


def one_load(results: Figures) -> str:
    its = results.one_load
    rows = [
        [what, seconds(run.seconds), seconds(run.command)]
        for what, run in (("right after", its.right_after), ("a week later", its.a_week_later))
    ]
    return table([f"nothing new, {count(its.events)} events", "up to `fct_calls`", "whole command"], rows)


KINDS = {"model": "models", "test": "data tests", "unit_test": "unit tests", "seed": "seeds", "operation": "hook"}


def scheduled(results: Figures) -> str:
    """A run of scripts/run-scheduled, whole processes; the steps are part of it."""
    return table_of(
        results.scheduled,
        {
            "stored calls": lambda history: count(history.calls),
            f"{count(results.scheduled[0].new_calls)} new calls": lambda history: seconds(history.new.seconds),
            "load": lambda history: seconds(history.new.steps.load),
            "parse and freshness": lambda history: seconds(history.new.steps.parse + history.new.steps.freshness),
            "models and tests": lambda history: seconds(history.new.steps.build),
            "publish": lambda history: seconds(history.new.steps.publish),
            "nothing new": lambda history: seconds(history.nothing.seconds),
            "first run": lambda history: seconds(history.first.seconds),
            "published file": lambda history: memory_text(history.published_bytes),
        },
    )


def small_build(results: Figures) -> str:
    """What the seconds of a build are made of: the first one, and one that finds nothing new."""
    its = results.small_build
    builds = [{kind: vars(nodes) for kind, nodes in vars(build.nodes).items()} for build in (its.first, its.again)]
    before = [its.interpreter, its.imports, its.warm_parse]
    known = f"the project is read, as known from the last run (else {seconds(its.cold_parse)})"
    whats = ["Python starts", "dbt and its DuckDB adapter are imported", known]
    rows = [[what, seconds(value), seconds(value)] for what, value in zip(whats, before)]
    for kind, title in KINDS.items():
        nodes, nodes_again = (build.get(kind, {}) for build in builds)
        if nodes:
            sums = (seconds(sum(build.get(kind, {}).values())) for build in builds)
            rows.append([f"{len(nodes)} {title}", *sums])
        if kind == "model":
            for name in sorted(nodes, key=nodes.get, reverse=True):
                again = seconds(nodes_again[name]) if name in nodes_again else "-"
                rows.append([f"– `{name}`", seconds(nodes[name]), again])
    commands = [its.first.command, its.again.command]
    parts = [sum(before) + sum(sum(nodes.values()) for nodes in build.values()) for build in builds]
    rest = (seconds(command - part) for command, part in zip(commands, parts))
    rows += [["the rest: connections, schemas, clean-up", *rest], ["**whole process**", *map(seconds, commands)]]
    return table(["`dbt build` of the sample", "first build", "nothing new"], rows)


def sources(results: Figures) -> str:
    """How fast the records of each source become events."""
    return table(
        ["source", "records", "events", "seconds", "events a second", "÷ a copy of the raw tables"],
        [
            [
                f"`{its.source}`",
                count(its.records),
                count(its.events),
                seconds(its.seconds),
                count(int(its.events / its.seconds)),
                ratio(its.seconds / its.copy),
            ]
            for its in results.sources.speeds
        ],
    )


def sources_off(results: Figures) -> str:
    """What sources that are off cost."""
    steps = {
        "parse": "the project is read, with nothing known",
        "build": "`dbt build` of the sample, the whole process",
    }
    figures = vars(results.sources.off)
    return table(
        ["", "all sources there, and off", "without them", "ratio"],
        [
            [what, *map(seconds, of.values()), ratio(of["with"] / of["without"])]
            for what, of in ((what, vars(figures[step])) for step, what in steps.items())
        ],
    )


# ---- peers ----------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """What somebody took for a job, beside what we took."""

    events: int
    who: str
    took: Figures
    ours: float

    def share(self, ratio_of: Callable[[float, float], float]) -> str:
        counts = getattr(self.took, "counts", True)
        return ratio(ratio_of(self.took.seconds, self.ours)) if counts else "does not count"


def entries(sizes: list[Figures], ours: dict[str, str]) -> list[Entry]:
    """Of each size what we took, then what each peer took. `ours`: the name of a figure of the size → who that is."""
    found = []
    for size in sizes:
        whos = [(who, getattr(size, figure)) for figure, who in ours.items() if hasattr(size, figure)]
        whos += [(peer.title, peer) for peer in vars(size.peers).values()]
        found += [Entry(size.events, who, took, size.ours.seconds) for who, took in whos]
    return found


# The first columns of what peers are compared in.
BESIDE_OURS = {
    "events": lambda entry: count(entry.events),
    "who": lambda entry: entry.who,
    "seconds": lambda entry: seconds(entry.took.seconds),
    "÷ ours": lambda entry: entry.share(lambda theirs, ours: theirs / ours),
}


def peers(results: Figures) -> str:
    return table_of(
        entries(results.peers, {"ours": "**this package**", "ours_parquet": "this package, from Parquet"}),
        {
            **BESIDE_OURS,
            "peak memory": lambda entry: memory_text(entry.took.peak_bytes),
            "rows unlike ours": lambda entry: equality(entry.took),
        },
        grouped=1,
    )


def equality(took: Figures) -> str:
    if not hasattr(took, "columns_compared"):
        return "-"
    compared = f"{count(took.rows)} ({took.columns_compared} columns compared)"
    others = vars(took.other_columns_that_differ)
    return compared + (
        ", but " + ", ".join(f"`{name}` in {count(rows)}" for name, rows in others.items()) if others else ""
    )


def everything(results: Figures) -> str:
    return table_of(
        entries(results.everything, {"ours": "**this package**, all models"}),
        {
            **BESIDE_OURS,
            "models in sum": lambda entry: seconds_if_any(entry.took, "all_models"),
            "whole command": lambda entry: seconds_if_any(entry.took, "command"),
            "peak memory": lambda entry: memory_text(entry.took.peak_bytes),
            "rows unlike ours": lambda entry: equality_by_table(entry.took),
        },
        grouped=1,
    )


def seconds_if_any(took: Figures, name: str) -> str:
    return seconds(getattr(took, name)) if hasattr(took, name) else "-"


def equality_by_table(took: Figures) -> str:
    tables = vars(took.tables) if hasattr(took, "tables") else {}
    return "; ".join(f"`{name}` {equality(its)}" for name, its in tables.items()) or "-"


def evidence(results: Figures) -> str:
    return table_of(
        entries(
            results.evidence, {"ours": "this package, into a table", "ours_to_parquet": "this package, to Parquet"}
        ),
        {
            "events": lambda entry: count(entry.events),
            "evidence pass from Parquet": lambda entry: entry.who,
            "seconds": lambda entry: seconds(entry.took.seconds),
            "ours ÷ this": lambda entry: entry.share(lambda theirs, ours: ours / theirs),
            "peak memory": lambda entry: memory_text(entry.took.peak_bytes),
        },
        grouped=1,
    )


# ---- Spark ----------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """A step or a model with one executor, with two, and its seconds on DuckDB."""

    events: int
    what: str
    one: Figures
    two: Figures
    duckdb: float | None = None


def spark(results: Figures) -> str:
    return table_of(
        [step for history in histories_in("parquet", results) for step in spark_steps(history)],
        {
            "events": lambda step: count(step.events),
            "what": lambda step: step.what,
            "1 executor": lambda step: seconds(step.one.seconds),
            "2 executors": lambda step: seconds(step.two.seconds),
            "÷": lambda step: ratio(step.one.seconds / step.two.seconds),
            "DuckDB, 2 threads": lambda step: seconds(step.duckdb) if step.duckdb else "-",
        },
        grouped=1,
    )


def spark_steps(history: Figures) -> Iterator[Step]:
    one, two = (session(history.parquet, executors).steps for executors in (1, 2))
    yield Step(history.events, "bare group by", one.bare, two.bare)
    yield Step(history.events, "plain copy", one.copy, two.copy)
    yield Step(history.events, "**full refresh**", one.full_refresh, two.full_refresh, history.duckdb.seconds)
    for name, node in vars(one.full_refresh.nodes).items():
        if node.seconds >= 1:
            on_two, on_duckdb = getattr(two.full_refresh.nodes, name), getattr(history.duckdb.nodes, name)
            yield Step(history.events, f"– `{name}`", node, on_two, on_duckdb)


MOVED = ["read", "shuffled", "spilled", "written"]
SPARK_RUNS = {
    "full_refresh": "full refresh",
    "new": "{} new calls",
    "late": "{} late events",
    "nothing": "nothing new",
    "late_merge_on_read": "{} late events, merge on read",
}


def spark_runs(results: Figures) -> str:
    """What the runs of two executors moved."""
    rows = []
    for tables in ("parquet", "iceberg"):
        for history in histories_in(tables, results):
            steps = vars(session(getattr(history, tables), 2).steps)
            for name, title in SPARK_RUNS.items():
                if name in steps:
                    run = title.format(count(history.new_calls))
                    moved = [size_text(total(steps[name], what)) for what in MOVED]
                    work = seconds(total(steps[name], "task_seconds"))
                    took = seconds(steps[name].seconds)
                    rows.append([tables.capitalize(), count(history.events), run, took, *moved, work])
    return table(["tables", "stored events", "run", "seconds", *MOVED, "executors' seconds"], rows, grouped=2)


def spark_cost_model(results: Figures) -> str | None:
    """A billion events a day, from the slopes between the smallest and the largest history."""
    histories = histories_in("parquet", results)
    if len(histories) < 2:
        return None
    small, large = histories[0], histories[-1]
    calls_a_day = EVENTS_A_DAY * large.calls / large.events

    def slope(step: str, what: str, per: str, executors: int = 2) -> float:
        """How much more of it each further event, or call, costs."""
        ends = [total(getattr(session(it.parquet, executors).steps, step), what) for it in (small, large)]
        return (ends[1] - ends[0]) / (getattr(large, per) - getattr(small, per))

    work = [slope("full_refresh", "task_seconds", "events", executors) * 1e6 for executors in (1, 2)]
    work_a_day = work[1] * EVENTS_A_DAY / 1e6
    shuffled = slope("full_refresh", "shuffled", "events")
    sent = [size_text(shuffled * EVENTS_A_DAY / parts) for parts in (24, 1)]
    stored = {name: value / large.calls for name, value in vars(session(large.parquet, 2).bytes).items()}
    all_stored = sum(stored.values())
    rows = [
        [
            "executors' time",
            f"{work[0]:.1f} s or {work[1]:.1f} s a million events, with 1 or 2 executors",
            f"{work_a_day / 3600:.1f} core-hours for a day's events,"
            f" {work_a_day / 24 / 600:.1f} cores for an hour's in 10 min",
        ],
        [
            "sent between tasks",
            f"{shuffled:.0f} bytes an event",
            f"{sent[0]} for an hour's events, {sent[1]} for a day's",
        ],
        *(bytes_row(f"`{name}` on disk", value, calls_a_day) for name, value in stored.items()),
        ["all three", f"{all_stored:.0f} bytes a call", f"{size_text(all_stored * calls_a_day * 365)} a year"],
    ]
    read, written, run_work = (slope("new", what, "calls") for what in ("read", "written", "task_seconds"))
    for title, days in (("a day", 1), ("a month", 30), ("a year", 365)):
        calls = calls_a_day * days
        moved = f"{size_text(read * calls)} read, {size_text(written * calls)} written"
        rows.append(
            [
                f"Parquet: a run on {title} of history",
                f"{read:.0f} bytes read, {written:.0f} written a stored call",
                f"{moved}, {run_work * calls / 3600:.1f} core-hours",
            ]
        )
    return table(["what", "measured slope", "a billion events a day"], rows)


def histories_in(tables: str, results: Figures) -> list[Figures]:
    """The histories that were measured in these tables."""
    return [history for history in results.spark if vars(getattr(history, tables))]


def session(of_tables: Figures, executors: int) -> Figures:
    return vars(of_tables)[str(executors)]


def total(step: Figures, what: str) -> float:
    return sum(getattr(node, what) for node in vars(step.nodes).values())


# ---- writing --------------------------------------------------------------------------------------------------------


def table_of(items: Iterable[Any], columns: dict[str, Callable[[Any], str]], grouped: int = 0) -> str | None:
    """A line per item. `columns` has a heading and what to say of an item there. No table where there are no items."""
    rows = [[cell(item) for cell in columns.values()] for item in items]
    return table(list(columns), rows, grouped) if rows else None


def table(head: list[str], rows: list[list[str]], grouped: int = 0) -> str:
    """In the first `grouped` columns a cell is left empty where it, and all to its left, are as in the line above."""
    lines = [head, ["---"] * len(head)]
    for above, row in zip([[], *rows], rows):
        same = [n < grouped and above[: n + 1] == row[: n + 1] for n in range(len(row))]
        lines.append(["" if is_same else cell for cell, is_same in zip(row, same)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def count(value: int) -> str:
    return f"{value:,}"


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 100 else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def memory_text(value: int) -> str:
    return f"{value / 2**30:.2f} GiB"


def size_text(value: float) -> str:
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= step:
            return f"{value / step:.3g} {unit}"
    return f"{value:.3g} B"


# The tables in the order of a new page, and the part of the figures that each one needs.
TABLES = {
    "costs": (costs, "full_refresh"),
    "limits": (limits, "full_refresh"),
    "targets": (targets, None),
    "full_refresh": (full_refresh, "full_refresh"),
    "models": (models, "full_refresh"),
    "incremental": (incremental, "incremental"),
    "one_load": (one_load, "one_load"),
    "peers": (peers, "peers"),
    "everything": (everything, "everything"),
    "evidence": (evidence, "evidence"),
    "memory": (memory, "memory"),
    "loading": (loading, "loading"),
    "small_build": (small_build, "small_build"),
    "scheduled": (scheduled, "scheduled"),
    "sources": (sources, "sources"),
    "sources_off": (sources_off, "sources"),
    "cost_model": (cost_model, "full_refresh"),
    "machine": (machine, "machine"),
    "spark": (spark, "spark"),
    "spark_runs": (spark_runs, "spark"),
    "spark_cost_model": (spark_cost_model, "spark"),
}


def text_of(name: str, results: Figures) -> str | None:
    """A table as Markdown; none where its figures are not there."""
    function, part = TABLES[name]
    return function(results) if part is None or hasattr(results, part) else None
