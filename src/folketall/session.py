"""The Spark session of the local command. On a cluster the session is the cluster's own."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from folketall.java import what_is_missing
from folketall.model.errors import UsageError

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
ALWAYS = (
    # Out of memory in a thread of its own, Java would go on without it, and a run wait for ever.
    "-XX:+ExitOnOutOfMemoryError",
    # Java's own records would lie where every user of the machine sees them.
    "-XX:-UsePerfData",
)
JAVA_LOG = "java.log"
"""In the private folder: what Java and the workers print."""
FEW_ROWS = 1_000_000
"""Fewer delivered rows are a small register."""
ROWS_A_PARTITION = 500_000
BYTES_A_ROW = 100
"""Of the driver's memory, which is all of it; a delivered row of which a run keeps much."""
LEAST_MEMORY = 5 << 29


def require_java() -> None:
    """Say in one line what is missing when there is no Java 17 or later.

    Raises:
        UsageError: Java is missing or too old.
    """
    if fault := what_is_missing():
        raise UsageError(fault)


def memory_for(rows: int, machine: int) -> int:
    """Bytes for Java: as much as these rows want, of a machine's bytes at most half."""
    return max(LEAST_MEMORY, min(rows * BYTES_A_ROW, machine // 2))


def local_session(rows: int = FEW_ROWS, scratch: Path | None = None, **conf: str) -> SparkSession:
    """A session of this machine with Delta, or the one that is there already.

    Args:
        rows: delivered rows to work on. Few of them go without Java's best compiler, many get
            more memory (before it goes FOLKETALL_MEMORY, as in `12g`) and more partitions.
        scratch: a private folder for all temporary files, and for what Java and the workers
            print: that may hold values of persons. None: the machine's own places.
        conf: further settings of Spark.
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    # Under spark-submit the master and the packages are its business, not ours.
    if os.environ.get("PYSPARK_GATEWAY_PORT"):
        return SparkSession.builder.getOrCreate()
    require_java()
    # The workers' Python is ours, whatever `python3` on the PATH is.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("folketall").master(
        os.environ.get("FOLKETALL_MASTER", "local[*]")
    )
    cores = os.cpu_count() or 2
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    compiler = QUICK_COMPILER if rows < FEW_ROWS else LATE_COMPILER
    java = os.environ.get("FOLKETALL_JAVA_OPTIONS", " ".join((*compiler, COLLECTOR)))
    settings = {
        "spark.driver.memory": os.environ.get("FOLKETALL_MEMORY")
        or f"{memory_for(rows, machine) >> 20}m",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(max(2 * cores, rows // ROWS_A_PARTITION)),
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Each column expression would ask the JVM for its place in our source: most of the time
        # that building the line's plans takes.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "FATAL",
        # Tasks that write cubes write few folders; with a file open for each, no row is sorted.
        "spark.sql.maxConcurrentOutputFileWriters": "16",
        # Nobody looks rows up by a file's smallest and largest values.
        "spark.hadoop.parquet.column.statistics.enabled": "false",
        "spark.hadoop.parquet.size.statistics.enabled": "false",
        "spark.databricks.delta.stats.collect": "false",
        # The line has some hundreds of compiled stages, and Delta's own come again and again.
        "spark.sql.codegen.cache.maxEntries": "2000",
        "spark.driver.extraJavaOptions": f"{java} {' '.join(ALWAYS)}",
    }
    if scratch is not None:
        settings |= _kept_in(scratch, settings["spark.driver.extraJavaOptions"])
    settings |= conf
    jars = sorted(str(jar) for jar in JARS.glob("*.jar"))
    settings |= (
        {"spark.driver.extraClassPath": os.pathsep.join(jars)}
        if jars
        else {"spark.jars.packages": DELTA}
    )
    for key, value in settings.items():
        builder = builder.config(key, value)
    if scratch is None:
        return builder.getOrCreate()
    with printing_into(scratch / JAVA_LOG):
        return builder.getOrCreate()


def _kept_in(scratch: Path, java: str) -> dict[str, str]:
    """Settings by which Spark, Java and the workers leave nothing outside the folder."""
    # Of this process, and of the workers that it hands its environment down to.
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    # Spark reads this one before its own setting.
    os.environ.pop("SPARK_LOCAL_DIRS", None)
    return {
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": (scratch / "spark-warehouse").as_uri(),
        "spark.driver.extraJavaOptions": f"{java} -Djava.io.tmpdir={scratch}",
    }


@contextmanager
def printing_into(file: Path) -> Iterator[None]:
    """Let processes that are started meanwhile print into a private file instead of the screen.

    Java prints what went wrong in a task with the values that it went wrong on.
    """
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    try:
        os.dup2(number, 1)
        os.dup2(number, 2)
        yield
    finally:
        for own, shown in zip(saved, (1, 2), strict=True):
            os.dup2(own, shown)
            os.close(own)
        os.close(number)


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
