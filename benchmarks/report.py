"""The figures as tables: benchmark.json holds what was measured, benchmark.md shows it between its markers."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from pathlib import Path

from benchmarks import measure
from benchmarks.measure import ROOT, THREADS

MARKED = re.compile(r"(<!-- benchmark:(\w+) -->\n).*?(<!-- /benchmark -->)", re.DOTALL)
EVENTS_A_DAY = 1_000_000_000


def read(out: Path) -> dict:
    file = out / "benchmark.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def write(results: dict, out: Path) -> None:
    """Saves the figures, writes the tables anew and draws the plot."""
    out.mkdir(parents=True, exist_ok=True)
    results = rounded(results)
    (out / "benchmark.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    page = out / "benchmark.md"
    text = page.read_text("utf-8") if page.exists() else empty_page()
    page.write_text(rendered(text, results), "utf-8")
    if measure.PEERS_PYTHON.exists() and ("full_refresh" in results or "incremental" in results):
        measure.run(
            [measure.PEERS_PYTHON, "-m", "benchmarks.plot", out / "benchmark.json", out / "benchmark.svg"],
            {"PYTHONPATH": measure.PYTHONPATH},
        )


def rounded(value):
    """Five digits are more than any of these figures is worth."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value


def empty_page() -> str:
    return "# Benchmark\n\n" + "\n\n".join(f"<!-- benchmark:{name} -->\n<!-- /benchmark -->" for name in TABLES) + "\n"


def rendered(page: str, results: dict) -> str:
    """The page with every table that its figures are there for; the others stay as they are."""

    def fill(match):
        if match[2] not in TABLES:
            raise measure.Failed(f"benchmark.md has a marker of an unknown table: {match[2]}")
        rows = TABLES[match[2]](results)
        return match[1] + (f"\n{rows}\n\n" if rows else match[0][len(match[1]) : -len(match[3])]) + match[3]

    return MARKED.sub(fill, page)


def machine() -> dict:
    model = (
        next(
            (
                line.split(":")[1].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")
            ),
            "unknown",
        )
        if Path("/proc/cpuinfo").exists()
        else "unknown"
    )
    versions = {name: metadata.version(name) for name in ("dbt-core", "dbt-duckdb", "duckdb")}
    for line in (ROOT / "requirements/benchmark.txt").read_text().splitlines():
        if "==" in line:
            versions.setdefault(*line.split("=="))
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "threads": THREADS,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "versions": versions,
    }


# ---- tables ---------------------------------------------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def count(value: int) -> str:
    return f"{value:,}"


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 100 else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def memory(value: int) -> str:
    return f"{value / 2**30:.2f} GiB"


def size(value: float) -> str:
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= step:
            return f"{value / step:.3g} {unit}"
    return f"{value:.3g} B"


def machine_table(results: dict) -> str | None:
    if "machine" not in results:
        return None
    it = results["machine"]
    return table(
        ["machine", ""],
        [
            ["processor", f"{it['cpu']}, {it['cores']} cores"],
            ["memory", memory(it["memory_bytes"])],
            ["threads of every engine", str(it["threads"])],
            ["versions", ", ".join(f"{name} {version}" for name, version in it["versions"].items())],
        ],
    )


def full_refresh_table(results: dict) -> str | None:
    if "full_refresh" not in results:
        return None
    return table(
        [
            "events",
            "calls",
            "bare group by",
            "plain copy",
            "full refresh",
            "÷ bare",
            "÷ copy",
            "a million events",
            "whole command",
            "peak memory",
        ],
        [
            [
                count(it["events"]),
                count(it["calls"]),
                seconds(it["bare"]["seconds"]),
                seconds(it["copy"]["seconds"]),
                seconds(it["refresh"]["seconds"]),
                ratio(it["refresh"]["seconds"] / it["bare"]["seconds"]),
                ratio(it["refresh"]["seconds"] / it["copy"]["seconds"]),
                seconds(it["refresh"]["seconds"] / it["events"] * 1e6),
                seconds(it["refresh"]["command"]),
                memory(it["refresh"]["peak_bytes"]),
            ]
            for it in results["full_refresh"]
        ],
    )


def models_table(results: dict) -> str | None:
    if "full_refresh" not in results:
        return None
    sizes = results["full_refresh"]
    names = sizes[0]["refresh"]["nodes"]
    return table(
        ["model", *(f"{count(it['events'])} events" for it in sizes)],
        [
            *([f"`{name}`", *(seconds(it["refresh"]["nodes"].get(name, 0)) for it in sizes)] for name in names),
            ["the three tables written again as they are", *(seconds(it["written_again"]["seconds"]) for it in sizes)],
            [
                "the same ÷ bare group by",
                *(ratio(it["written_again"]["seconds"] / it["bare"]["seconds"]) for it in sizes),
            ],
            ["the same ÷ plain copy", *(ratio(it["written_again"]["seconds"] / it["copy"]["seconds"]) for it in sizes)],
        ],
    )


def incremental_table(results: dict) -> str | None:
    if "incremental" not in results:
        return None
    new = count(results["incremental"][0]["new_calls"])
    return table(
        [
            "stored calls",
            "stored events",
            f"{new} new calls",
            "÷ full refresh",
            f"{new} late events",
            "nothing new",
            "whole command",
            "peak memory",
        ],
        [
            [
                count(it["calls"]),
                count(it["events"]),
                seconds(it["new"]["seconds"]),
                ratio(it["new"]["seconds"] / it["full_refresh_seconds"]),
                seconds(it["late"]["seconds"]),
                seconds(it["nothing"]["seconds"]),
                seconds(it["new"]["command"]),
                memory(it["new"]["peak_bytes"]),
            ]
            for it in results["incremental"]
        ],
    )


def peers_table(results: dict) -> str | None:
    if "peers" not in results:
        return None
    rows = []
    for it in results["peers"]:
        ours, first = it["ours"]["seconds"], count(it["events"])
        entries = [("**this package**", it["ours"], "-")]
        if "ours_parquet" in it:
            entries.append(("this package, from Parquet", it["ours_parquet"], "-"))
        entries += [(peer["title"], peer, equality(peer)) for peer in it["peers"].values()]
        for title, entry, equal in entries:
            counts = entry.get("counts", True)
            rows.append(
                [
                    first,
                    title,
                    seconds(entry["seconds"]),
                    ratio(entry["seconds"] / ours) if counts else "does not count",
                    memory(entry["peak_bytes"]),
                    equal,
                ]
            )
            first = ""
    return table(["events", "who", "seconds", "÷ ours", "peak memory", "rows unlike ours"], rows)


def equality(peer: dict) -> str:
    more = peer["other_columns_that_differ"]
    compared = f"{peer['rows']:,} ({peer['columns_compared']} columns compared)"
    return compared + (", but " + ", ".join(f"`{name}` in {rows:,}" for name, rows in more.items()) if more else "")


def evidence_table(results: dict) -> str | None:
    if "evidence" not in results:
        return None
    rows = []
    for it in results["evidence"]:
        entries = [
            ("this package, into a table", it["ours"]),
            ("this package, to Parquet", it["ours_to_parquet"]),
            *((peer["title"], peer) for peer in it["peers"].values()),
        ]
        rows += [
            [
                count(it["events"]) if not n else "",
                title,
                seconds(entry["seconds"]),
                ratio(it["ours"]["seconds"] / entry["seconds"]) if entry.get("counts", True) else "does not count",
                memory(entry["peak_bytes"]),
            ]
            for n, (title, entry) in enumerate(entries)
        ]
    return table(["events", "evidence pass from Parquet", "seconds", "ours ÷ this", "peak memory"], rows)


def memory_table(results: dict) -> str | None:
    if "memory" not in results:
        return None
    it = results["memory"]
    if "failed" in it:
        return table(["events", "memory_limit", "outcome"], [[count(it["events"]), it["limit"], "failed"]])
    free = next((size["refresh"] for size in results.get("full_refresh", []) if size["events"] == it["events"]), None)
    return table(
        ["events", "memory_limit", "full refresh", "whole command", "peak memory of the process"],
        [
            *(
                [
                    [
                        count(it["events"]),
                        "none",
                        seconds(free["seconds"]),
                        seconds(free["command"]),
                        memory(free["peak_bytes"]),
                    ]
                ]
                if free
                else []
            ),
            [
                count(it["events"]),
                it["limit"],
                seconds(it["seconds"]),
                seconds(it["command"]),
                memory(it["peak_bytes"]),
            ],
        ],
    )


def small_build_table(results: dict) -> str | None:
    if "small_build" not in results:
        return None
    it = results["small_build"]
    first, again = it["first"], it["again"]

    def both(what, pick):
        return [what, *(seconds(value) if value is not None else "-" for value in (pick(first), pick(again)))]

    def of_kind(run, kind):
        return sum(run["nodes"].get(kind, {}).values())

    def rest(run):
        return (
            run["command"]
            - it["interpreter"]
            - it["imports"]
            - it["warm_parse"]
            - sum(of_kind(run, kind) for kind in run["nodes"])
        )

    kinds = {"model": "models", "test": "data tests", "unit_test": "unit tests", "seed": "seeds", "operation": "hook"}
    rows = [
        both("Python starts", lambda run: it["interpreter"]),
        both("dbt and its DuckDB adapter are imported", lambda run: it["imports"]),
        both(
            f"the project is read, as known from the last run (else {seconds(it['cold_parse'])})",
            lambda run: it["warm_parse"],
        ),
    ]
    for kind, title in kinds.items():
        if number := len(first["nodes"].get(kind, {})):
            rows.append(both(f"{number} {title}", lambda run, kind=kind: of_kind(run, kind)))
            if kind == "model":
                slowest = sorted(first["nodes"][kind], key=lambda name: -first["nodes"]["model"][name])
                rows += [
                    both(f"– `{name}`", lambda run, name=name: run["nodes"]["model"].get(name)) for name in slowest
                ]
    rows += [
        both("the rest: connections, schemas, clean-up", rest),
        both("**whole process**", lambda run: run["command"]),
    ]
    return table(["`dbt build` of the sample", "first build", "nothing new"], rows)


def cost_model_table(results: dict) -> str | None:
    if "full_refresh" not in results:
        return None
    it = results["full_refresh"][-1]
    stored = {name: value for name, value in it["bytes"].items() if name not in ("raw", "bare_group_by", "plain_copy")}
    raw, models = it["bytes"]["raw"] / it["events"], sum(stored.values()) / it["calls"]
    each = it["refresh"]["seconds"] / it["events"]
    calls_a_day = EVENTS_A_DAY * it["calls"] / it["events"]
    return table(
        ["what", f"measured on {count(it['events'])} events", "a billion events a day"],
        [
            ["raw events on disk", f"{raw:.0f} bytes an event", f"{size(raw * EVENTS_A_DAY)} a day"],
            *(
                [
                    f"`{name}` on disk",
                    f"{value / it['calls']:.0f} bytes a call",
                    f"{size(value / it['calls'] * calls_a_day)} a day",
                ]
                for name, value in sorted(stored.items(), key=lambda item: -item[1])
                if value > 0.01 * sum(stored.values())
            ),
            ["all models on disk", f"{models:.0f} bytes a call", f"{size(models * calls_a_day)} a day"],
            [
                "full refresh",
                f"{each * 1e6:.2f} s a million events",
                f"{each * EVENTS_A_DAY / 60:.0f} min for one day's events",
            ],
            [
                "an hour's load, at that cost an event",
                "-",
                f"{each * EVENTS_A_DAY / 24:.0f} s of each hour's 3,600 s, plus the fixed cost of a run",
            ],
        ],
    )


MOVED = ["read", "shuffled", "spilled", "written"]
SPARK_STEPS = {
    "full_refresh": "full refresh",
    "new": "{} new calls",
    "late": "{} late events",
    "nothing": "nothing new",
    "late_merge_on_read": "{} late events, merge on read",
}


def spark_table(results: dict) -> str | None:
    """Seconds of a full refresh with each number of executors."""
    if "spark" not in results:
        return None
    rows = []
    for it in with_tables(results, "parquet"):
        one, two = (it["parquet"][number]["steps"] for number in ("1", "2"))
        parts = [
            ("bare group by", one["bare"], two["bare"], None),
            ("plain copy", one["copy"], two["copy"], None),
            ("**full refresh**", one["full_refresh"], two["full_refresh"], it["duckdb"]["seconds"]),
        ]
        parts += [
            (f"– `{name}`", node, two["full_refresh"]["nodes"][name], it["duckdb"]["nodes"][name])
            for name, node in one["full_refresh"]["nodes"].items()
            if node["seconds"] >= 1
        ]
        rows += [
            [
                count(it["events"]) if not n else "",
                what,
                seconds(alone["seconds"]),
                seconds(both["seconds"]),
                ratio(alone["seconds"] / both["seconds"]),
                seconds(duckdb) if duckdb else "-",
            ]
            for n, (what, alone, both, duckdb) in enumerate(parts)
        ]
    return table(["events", "what", "1 executor", "2 executors", "÷", "DuckDB, 2 threads"], rows)


def spark_runs_table(results: dict) -> str | None:
    """What the runs of two executors moved."""
    if "spark" not in results:
        return None
    rows = []
    for tables in ("parquet", "iceberg"):
        for n_size, it in enumerate(with_tables(results, tables)):
            steps = it[tables]["2"]["steps"]
            rows += [
                [
                    tables.capitalize() if not n + n_size else "",
                    count(it["events"]) if not n else "",
                    title.format(count(it["new_calls"])),
                    seconds(steps[name]["seconds"]),
                    *(size(total(steps[name], what)) for what in MOVED),
                    seconds(total(steps[name], "task_seconds")),
                ]
                for n, (name, title) in enumerate(SPARK_STEPS.items())
                if name in steps
            ]
    return table(["tables", "stored events", "run", "seconds", *MOVED, "executors' seconds"], rows)


def with_tables(results: dict, tables: str) -> list[dict]:
    """The histories that were measured in these tables."""
    return [it for it in results["spark"] if it[tables]]


def total(step: dict, what: str) -> float:
    return sum(node[what] for node in step["nodes"].values())


def spark_cost_model_table(results: dict) -> str | None:
    """A billion events a day, from the slopes between the smallest and the largest history."""
    if "spark" not in results or len(with_tables(results, "parquet")) < 2:
        return None
    histories = with_tables(results, "parquet")
    small, large = histories[0], histories[-1]
    a_day, calls_a_day = EVENTS_A_DAY / 1e6, EVENTS_A_DAY * large["calls"] / large["events"]

    def slope(step, what, per, executors="2"):
        ends = [total(it["parquet"][executors]["steps"][step], what) for it in (small, large)]
        return (ends[1] - ends[0]) / (large[per] - small[per])

    stored = large["parquet"]["2"]["bytes"]
    each = {executors: slope("full_refresh", "task_seconds", "events", executors) * 1e6 for executors in ("1", "2")}
    shuffled = slope("full_refresh", "shuffled", "events")
    read, written, work = (slope("new", what, "calls") for what in ("read", "written", "task_seconds"))
    rows = [
        [
            "executors' time",
            " or ".join(f"{it:.1f} s" for it in each.values()) + " a million events, with 1 or 2 executors",
            f"{each['2'] * a_day / 3600:.1f} core-hours for a day's events, {each['2'] * a_day / 24 / 600:.1f} cores for an hour's in 10 min",
        ],
        [
            "sent between tasks",
            f"{shuffled:.0f} bytes an event",
            f"{size(shuffled * EVENTS_A_DAY / 24)} for an hour's events, {size(shuffled * EVENTS_A_DAY)} for a day's",
        ],
        *(
            [
                f"`{name}` on disk",
                f"{value / large['calls']:.0f} bytes a call",
                f"{size(value / large['calls'] * calls_a_day)} a day",
            ]
            for name, value in stored.items()
        ),
        [
            "all three",
            f"{sum(stored.values()) / large['calls']:.0f} bytes a call",
            f"{size(sum(stored.values()) / large['calls'] * calls_a_day * 365)} a year",
        ],
    ]
    for title, days in (("a day", 1), ("a month", 30), ("a year", 365)):
        calls = calls_a_day * days
        rows.append(
            [
                f"Parquet: a run on {title} of history",
                f"{read:.0f} bytes read, {written:.0f} written a stored call",
                f"{size(read * calls)} read, {size(written * calls)} written, {work * calls / 3600:.1f} core-hours",
            ]
        )
    return table(["what", "measured slope", "a billion events a day"], rows)


def targets_table(results: dict) -> str | None:
    """Figures with a goal: name, goal, what was measured."""
    rows = [
        [
            what,
            f"{sign} {goal:g}{unit}",
            ratio(value) + unit,
            "yes" if (value <= goal if sign == "≤" else value >= goal) else "**no**",
        ]
        for what, sign, goal, unit, value in targets(results)
    ]
    return table(["figure", "goal", "measured", "met"], rows) if rows else None


def targets(results: dict):
    sizes = results.get("full_refresh", [])
    middle = min(sizes, key=lambda it: abs(it["events"] - 10_800_000), default=None)
    if middle:
        refresh, about = middle["refresh"]["seconds"], f"{middle['events'] / 1e6:.1f} million events"
        yield (
            f"full refresh up to the facts, {about}, ÷ bare group by",
            "≤",
            10,
            "",
            refresh / middle["bare"]["seconds"],
        )
        yield "the same ÷ plain copy of the raw table", "≤", 0.5, "", refresh / middle["copy"]["seconds"]
    for it in results.get("peers", [])[-1:]:
        dbt = it["peers"].get("dbt")
        if dbt and dbt["counts"]:
            yield "usual dbt style ÷ ours, full refresh", "≥", 4, "", dbt["seconds"] / it["ours"]["seconds"]
    for it in results.get("evidence", [])[-1:]:
        clickhouse = it["peers"].get("clickhouse")
        if clickhouse and clickhouse["counts"]:
            yield "our evidence pass ÷ ClickHouse's", "≤", 1, "", it["ours"]["seconds"] / clickhouse["seconds"]
    histories = results.get("incremental", [])
    if histories:
        new = f"{histories[0]['new_calls']:,} new calls"
        some = min(histories, key=lambda it: abs(it["calls"] - 2_000_000))
        yield (
            f"{new} on {some['calls']:,} stored ÷ full refresh",
            "≤",
            0.05,
            "",
            some["new"]["seconds"] / some["full_refresh_seconds"],
        )
        if len(histories) > 1:
            yield (
                f"{new} on {histories[-1]['calls']:,} stored ÷ on {histories[0]['calls']:,}",
                "≤",
                1.2,
                "",
                histories[-1]["new"]["seconds"] / histories[0]["new"]["seconds"],
            )
    if middle and sizes[-1]["events"] > middle["events"]:
        each = [it["refresh"]["seconds"] / it["events"] for it in (sizes[-1], middle)]
        yield (
            f"cost of an event at {sizes[-1]['events'] / 1e6:.0f} million ÷ at {middle['events'] / 1e6:.0f} million",
            "≤",
            1.15,
            "",
            each[0] / each[1],
        )
    if "small_build" in results:
        yield (
            "`dbt build` of the sample, warm, whole process",
            "≤",
            12,
            " s",
            results["small_build"]["first"]["command"],
        )


TABLES = {
    "targets": targets_table,
    "full_refresh": full_refresh_table,
    "models": models_table,
    "incremental": incremental_table,
    "peers": peers_table,
    "evidence": evidence_table,
    "memory": memory_table,
    "small_build": small_build_table,
    "cost_model": cost_model_table,
    "machine": machine_table,
    "spark": spark_table,
    "spark_runs": spark_runs_table,
    "spark_cost_model": spark_cost_model_table,
}
