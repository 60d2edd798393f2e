"""The Spark session of the local command. On a cluster the session is the cluster's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from folketall.model.errors import UsageError
from folketall.storage.java import what_is_missing
from folketall.storage.private import private_folder

DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"
JARS = Path(sys.prefix) / "jars"
"""Where `make setup` puts Delta's jars, so that later starts fetch nothing."""
COLLECTOR = "-XX:+UseParallelGC"
QUICK_COMPILER = (
    "-XX:TieredStopAtLevel=1",
    # By default that compiler has 48 MB for its code. A run fills them within a minute, and what
    # comes after is not compiled at all.
    "-XX:ReservedCodeCacheSize=256m",
)
"""For small registers and tests: the best compiler would not earn what it costs."""
LATE_COMPILER = (
    # A run on one machine is short: most of the time the best compiler (tier 4) worked on code
    # that was hardly run again. These are the defaults times forty: for 200 000 persons its time
    # was 59 CPU s instead of 111 at ten, and that of all 605 instead of 643.
    "-XX:Tier4InvocationThreshold=200000",
    "-XX:Tier4MinInvocationThreshold=24000",
    "-XX:Tier4CompileThreshold=600000",
    "-XX:Tier4BackEdgeThreshold=1600000",
)
FEW_ROWS = 1_000_000
"""Fewer delivered rows are a small register."""
ROWS_A_PARTITION = 500_000
BYTES_A_ROW = 100
"""Of the driver's memory, which is all of it; a delivered row of which a run keeps much."""
LEAST_MEMORY = 5 << 29
FEWEST_ROWS = 100_000
"""Fewer delivered rows, of some ten thousand persons, do with a third of that."""
JAVA_LOG = "java.log"
"""In the private folder: what Java and Spark's workers write, which may quote rows."""
_MEMORY = r"[1-9]\d*[kmgtKMGT]"


def require_java() -> None:
    """Say in one line what is missing when there is no Java 17 or later.

    Raises:
        UsageError: Java is missing or too old.
    """
    if fault := what_is_missing():
        raise UsageError(fault)


def memory_for(rows: int, machine: int) -> int:
    """Bytes for Java: as much as these rows want, of a machine's bytes at most half."""
    least = LEAST_MEMORY // 3 if rows < FEWEST_ROWS else LEAST_MEMORY
    return max(least, min(rows * BYTES_A_ROW, machine // 2))


def local_session(rows: int = FEW_ROWS, **conf: str) -> SparkSession:
    """A session of this machine with Delta, or the one that is there already.

    Args:
        rows: delivered rows to work on. Few of them go without Java's best compiler, many get
            more memory (before it goes FOLKETALL_MEMORY, as in `12g`) and more partitions.
        conf: further settings of Spark.

    Temporary files are in this process's private folder, and so is what Java and its workers write:
    their messages may quote rows.

    Raises:
        UsageError: no Java 17, or a FOLKETALL_MEMORY that is none.
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    # Under spark-submit the master and the packages are its business, not ours.
    if os.environ.get("PYSPARK_GATEWAY_PORT"):
        return SparkSession.builder.getOrCreate()
    require_java()
    folder = private_folder()
    chosen = _settings(rows) | conf
    chosen["spark.local.dir"] = str(folder)
    options = (chosen.get("spark.driver.extraJavaOptions", ""), *_private_java(folder))
    chosen["spark.driver.extraJavaOptions"] = " ".join(options)
    if SparkContext._gateway is None:
        _launch(chosen, folder)
    builder = SparkSession.builder
    for key, value in chosen.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _private_java(folder: Path) -> tuple[str, ...]:
    """Options that keep Java's own files in the folder, and end it when its memory is full.

    A thread that dies of memory alone would leave the others, and the command, waiting for ever.
    """
    return (
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-XX:-CreateCoredumpOnCrash",
        _quoted(f"-Djava.io.tmpdir={folder}"),
        _quoted(f"-XX:ErrorFile={folder}/hs_err.log"),
    )


def _quoted(option: str) -> str:
    escaped = option.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _launch(chosen: Mapping[str, str], folder: Path) -> None:
    """Start Java with another stdout and stderr than ours; Spark's workers inherit them."""
    own = {
        # The workers' Python is ours, whatever `python3` on the PATH is.
        "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", sys.executable),
        "TMPDIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_LAUNCHER_OPTS": "-XX:-UsePerfData",
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        with os.fdopen(os.open(folder / JAVA_LOG, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as log:
            conf = SparkConf(loadDefaults=False).setAll(list(chosen.items()))
            launch: Callable[..., Any] = launch_gateway
            gateway = launch(conf, popen_kwargs={"stdout": log, "stderr": log})
    finally:
        for name, value in before.items():
            if value is None and name != "PYSPARK_PYTHON":
                del os.environ[name]
            elif value is not None:
                os.environ[name] = value
    SparkContext._ensure_initialized(gateway=gateway)


def _java() -> subprocess.Popen[bytes] | None:
    """The Java that this process started, if it did."""
    found: Any = getattr(SparkContext._gateway, "proc", None)
    return found if isinstance(found, subprocess.Popen) else None


def java_ended(patience: float = 2) -> bool:
    """Whether our Java has ended by itself, or does within so many seconds."""
    java = _java()
    if java is None:
        return False
    with suppress(subprocess.TimeoutExpired):
        java.wait(patience)
    return java.poll() is not None


def end_java() -> None:
    """End our Java at once: what it has not committed is not there."""
    java = _java()
    if java is not None:
        java.kill()
        with suppress(subprocess.TimeoutExpired):
            java.wait(10)


def watch_java(when_it_ended: Callable[[], None], patience: float = 20) -> None:
    """Wait until our Java has ended, and some seconds more; then call a function.

    By then a command that noticed has said so and is gone; this is for one that waits for ever.
    """
    while (java := _java()) is None or java.poll() is None:
        time.sleep(0.5)
    time.sleep(patience)
    when_it_ended()


def _settings(rows: int) -> dict[str, str]:
    """Spark's settings for so many delivered rows on this machine."""
    cores = os.cpu_count() or 2
    compiler = QUICK_COMPILER if rows < FEW_ROWS else LATE_COMPILER
    options = os.environ.get("FOLKETALL_JAVA_OPTIONS", " ".join((*compiler, COLLECTOR)))
    jars = sorted(str(jar) for jar in JARS.glob("*.jar"))
    return {
        "spark.app.name": "folketall",
        "spark.master": os.environ.get("FOLKETALL_MASTER", "local[*]"),
        "spark.driver.memory": _memory(rows),
        "spark.sql.shuffle.partitions": str(max(2 * cores, rows // ROWS_A_PARTITION)),
        "spark.driver.extraJavaOptions": options,
        **FIXED,
        **(
            {"spark.driver.extraClassPath": os.pathsep.join(jars)}
            if jars
            else {"spark.jars.packages": DELTA}
        ),
    }


def _memory(rows: int) -> str:
    asked = os.environ.get("FOLKETALL_MEMORY")
    if asked and not re.fullmatch(_MEMORY, asked):
        raise UsageError(f"FOLKETALL_MEMORY={asked}: write it as 8g or 1500m")
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return asked or f"{memory_for(rows, machine) >> 20}m"


FIXED = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Without pages to show them on, what Spark keeps of past work only fills its memory.
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "200",
    "spark.sql.ui.retainedExecutions": "20",
    # A row of the ledger holds a long list; the vectorized reader would lay out thousands at once.
    "spark.sql.parquet.enableNestedColumnVectorizedReader": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Each column expression would ask the JVM for its place in our source: most of the time
    # that building the line's plans takes.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "FATAL",
    # Spark sets the rights of its files itself, whatever the umask of the process is.
    "spark.hadoop.fs.permissions.umask-mode": "077",
    # Workers that wait for more work keep all the memory that the last wanted.
    "spark.python.worker.reuse": "false",
    # Tasks that write cubes write few folders; with a file open for each, no row is sorted.
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    # Nobody looks rows up by a file's smallest and largest values.
    "spark.hadoop.parquet.column.statistics.enabled": "false",
    "spark.hadoop.parquet.size.statistics.enabled": "false",
    "spark.databricks.delta.stats.collect": "false",
    # The line has some hundreds of compiled stages, and Delta's own come again and again.
    "spark.sql.codegen.cache.maxEntries": "2000",
}
"""Settings of Spark that are the same for every register and machine."""


def fetch_jars(folder: Path = JARS) -> int:
    """Fetch Delta's jars once and keep those that Spark does not bring itself."""
    require_java()
    import pyspark

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", DELTA)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    fetched = [
        Path(jar.split("file:")[-1]) for jar in (session.conf.get("spark.jars") or "").split(",")
    ]
    session.stop()
    bundled = {_artifact(jar.name) for jar in (Path(pyspark.__file__).parent / "jars").iterdir()}
    folder.mkdir(parents=True, exist_ok=True)
    kept = [jar for jar in fetched if _artifact(jar.name.split("_", 1)[-1]) not in bundled]
    for jar in kept:
        shutil.copy(jar, folder / jar.name)
    return len(kept)


def _artifact(jar: str) -> str:
    return re.sub(r"-\d[\w.\-]*\.jar$", "", jar)


if __name__ == "__main__":
    fetch_jars()
