"""Spark in this machine's memory, for the tests and the benchmark. Its tables are Parquet files or Iceberg's."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]


def start(folder: Path, tables: str, more: dict):
    """The one session of this process, which dbt finds and uses as well. Its tables lie in `folder`.

    `tables` is `parquet` or `iceberg`; `more` are settings of Spark in addition to these.
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("call_status")
    settings = {
        "spark.driver.memory": "2g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "tables"),
        # No Hive: its metastore takes long to start and is asked much.
        "spark.sql.catalogImplementation": "in-memory",
        "spark.log.level": "ERROR",
    }
    for name, value in {**settings, **(iceberg(folder) if tables == "iceberg" else {}), **more}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def iceberg(folder: Path) -> dict:
    """The settings of a session whose own catalog is Iceberg's: dbt-spark names no other.

    IcebergSparkSessionExtensions is left out. It makes views Iceberg's, and of such a view Spark 3.5 goes on reading the
    first version after it was replaced (docs/engines.md).
    """
    jars = Path(find_spec("snowpark_connect_deps_iceberg").origin).parent / "jars"
    (library,) = jars.glob("iceberg-spark-runtime-3.5_2.12-*.jar")
    return {
        "spark.jars": str(library),
        "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
        # Hive's catalog, in memory: no other kind lists views, plain Parquet tables and Iceberg tables together.
        "spark.sql.catalog.spark_catalog.type": "hive",
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
        # This metastore has no table of locks, for which Iceberg would wait forever.
        "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    }


def project_with_iceberg(folder: Path, configs: dict[str, dict] | None = None) -> Path:
    """This project as its user would set it up: all tables are Iceberg's, and some models have more settings."""
    folder.mkdir(parents=True)
    for part in ("macros", "models", "seeds", "tests"):
        (folder / part).symlink_to(PROJECT / part)
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    models = settings["models"]["call_status"]
    models["+file_format"] = "iceberg"
    for model, config in (configs or {}).items():
        (file,) = (PROJECT / "models").rglob(f"{model}.sql")
        place = models
        for part in file.relative_to(PROJECT / "models").with_suffix("").parts:
            place = place.setdefault(part, {})
        place.update(config)
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    return folder
