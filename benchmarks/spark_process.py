"""A process with a Spark session of its own: a driver, and executors of one core each. Started by parts/spark.py.

It takes the steps that it is asked for one after the other, on the same tables. For each it prints the seconds, and for each
of dbt's nodes what Spark read, sent between tasks, spilled and wrote. The event log has that by task; a task belongs to the
node that was being built when the task ended.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from datetime import datetime
from pathlib import Path

from support import spark_session

from benchmarks import measure
from benchmarks.project import Dbt, model_name

STATEMENTS = {
    "bare": "create table raw.bare using {} as select call_id, count(*) as events from raw.call_events group by 1",
    "copy": "create table raw.copy using {} as select * from raw.call_events",
}
STATE = [
    "main_internal.int_call_evidence_packed",
    "main_internal.int_leg_evidence_packed",
    "main_internal.int_queue_evidence_packed",
    "main.fct_calls",
]
MEMORY_OF_AN_EXECUTOR = "5g"
PROFILE = {
    "call_status": {
        "target": "spark",
        "outputs": {
            "spark": {
                "type": "spark",
                "method": "session",
                "host": "none",
                "schema": "main",
                "threads": 1,
                "server_side_parameters": {"spark.sql.session.timeZone": "UTC"},
            }
        },
    }
}


class SparkDbt(Dbt):
    """dbt in this process, whose session it finds."""

    def __init__(self, folder: Path, project: Path):
        self.project = project
        self.set_up(folder, PROFILE)

    def __call__(self, *command: str) -> measure.Process:
        from dbt.cli.main import dbtRunner

        started = time.monotonic()
        outcome = dbtRunner().invoke(self.arguments(*command))
        if not outcome.success:
            problems = [
                f"{result.node.name}: {result.message}" for result in outcome.result.results if result.status == "error"
            ]
            sys.exit(f"dbt {' '.join(command)}: {outcome.exception or ''} " + "\n".join(problems))
        return measure.Process(time.monotonic() - started, 0, "")

    def times(self, nodes: dict) -> dict[str, tuple[float, float]]:
        """When each of these models was being built, in seconds since 1970."""
        return {
            name: tuple(datetime.fromisoformat(timing[end]).timestamp() for end in ("started_at", "completed_at"))
            for result in self.results()
            if (name := model_name(result["unique_id"])) in nodes
            for timing in result["timing"]
            if timing["name"] == "execute"
        }


def start_session(folder: Path, tables: str, executors: int):
    return spark_session.start(
        folder,
        tables,
        {
            # Executors are processes of their own: what they exchange is written and sent, as between machines.
            "spark.master": f"local-cluster[{executors},1,{int(MEMORY_OF_AN_EXECUTOR[:-1]) * 1024}]",
            "spark.executor.memory": MEMORY_OF_AN_EXECUTOR,
            # Two hundred tasks a shuffle, the default, suit a cluster.
            "spark.sql.shuffle.partitions": "32",
            "spark.local.dir": str(folder / "scratch"),
            # Ranges that are read ahead by other threads are not counted as read.
            "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": str(folder / "events"),
            "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false",
        },
    )


class Steps:
    """What is done in one session, on one history: statements, and dbt's runs after another load each."""

    def __init__(self, source: Path, folder: Path, tables: str, session):
        self.source, self.tables, self.session = source, tables, session
        self.dbt = SparkDbt(
            folder / "dbt",
            spark_session.project_with_iceberg(folder / "project") if tables == "iceberg" else measure.ROOT,
        )
        self.events = folder / "call_events"
        shutil.copytree(source / "call_events", self.events, copy_function=os.link)
        for sql in (
            "create schema raw",
            "create schema main",
            f"create table raw.call_events using parquet location '{self.events}'",
        ):
            session.sql(sql)

    def take(self, step: str) -> dict:
        """One step: its seconds, and when each part of it was done."""
        if step in STATEMENTS:
            started = time.time()
            self.session.sql(STATEMENTS[step].format(self.tables))
            ended = time.time()
            self.session.sql(f"drop table raw.{step} purge")
            return {"seconds": ended - started, "times": {step: (started, ended)}}
        load = self.source / f"loads/{step}.parquet"
        if load.exists():
            os.link(load, self.events / load.name)
            self.session.sql("refresh table raw.call_events")
        if step.endswith("merge_on_read"):
            for table in STATE:
                self.session.sql(f"alter table {table} set tblproperties ('write.merge.mode' = 'merge-on-read')")
        run = self.dbt.run("--select", "+fct_calls", *(["--full-refresh"] if step == "full_refresh" else []))
        return {"seconds": run["seconds"], "command": run["command"], "times": self.dbt.times(run["nodes"])}


def main() -> None:
    request = json.loads(sys.argv[1])
    source, tables, executors = Path(request["folder"]), request["tables"], request["executors"]
    # Spark and all that it starts get as many cores as there are executors.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:executors])
    folder = source / "session"
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("events", "tables", "scratch", "work"):
        (folder / part).mkdir(parents=True)
    os.chdir(folder / "work")
    session = start_session(folder, tables, executors)
    steps = Steps(source, folder, tables, session)
    taken, sizes = {}, {}
    for step in request["steps"]:
        taken[step] = steps.take(step)
        if step == "full_refresh":
            sizes = {table.name: bytes_of(table) for table in sorted((folder / "tables").glob("*.db/*"))}
    session.stop()
    tasks = [
        json.loads(line) for line in next((folder / "events").iterdir()).open() if '"SparkListenerTaskEnd"' in line
    ]
    for it in taken.values():
        it["nodes"] = {
            name: {"seconds": end - start, **work(tasks, start, end)} for name, (start, end) in it.pop("times").items()
        }
    shutil.rmtree(folder)
    print(json.dumps({"steps": taken, "bytes": sizes}))


def work(tasks: list[dict], start: float, end: float) -> dict:
    """What the tasks that ended within a time did, in bytes and seconds of their executors."""
    metrics = [
        task["Task Metrics"]
        for task in tasks
        if "Task Metrics" in task and start * 1000 <= task["Task Info"]["Finish Time"] <= end * 1000 + 1
    ]
    return {
        "read": sum(its["Input Metrics"]["Bytes Read"] for its in metrics),
        "shuffled": sum(its["Shuffle Write Metrics"]["Shuffle Bytes Written"] for its in metrics),
        "spilled": sum(its["Disk Bytes Spilled"] for its in metrics),
        "written": sum(its["Output Metrics"]["Bytes Written"] for its in metrics),
        "task_seconds": sum(its["Executor Run Time"] for its in metrics) / 1000,
    }


def bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))


if __name__ == "__main__":
    main()
