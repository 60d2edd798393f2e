"""Tables at an address that only Spark reaches: s3a://, abfss://, hdfs://, ...

Nothing can be locked there. A commit carries the number of the version that it follows under one
name for all writers of ours (Delta's `txnAppId`): of two that follow one version, one fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from folketall.model.table import Table
from folketall.storage.commits import NO_TABLE, Mode, OvertakenError, Said
from folketall.storage.grain import GrainError

_WRITER = "folketall"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


def last_entry(spark: SparkSession, path: str) -> Mapping[str, Any] | None:
    """What the last commit of a table says; None where there is no table."""
    try:
        rows = spark.sql(f"DESCRIBE HISTORY {_quoted(path)} LIMIT 1").collect()
    except AnalysisException as fault:
        if is_absent(fault):
            return None
        raise
    return rows[0].asDict() if rows else None


def write_rows(rows: DataFrame, path: str, table: Table, said: Said, *, mode: Mode) -> None:
    """Write rows in one commit, which fails when another came between.

    Raises:
        GrainError: two rows have one key; nothing was written.
        OvertakenError: another wrote the table meanwhile; nothing was written.
    """
    spark = rows.sparkSession
    before = _version(spark, path)
    after = before if said.after is None else said.after
    if before != after:
        raise OvertakenError(table.name)
    # Counted and then written: worked out once.
    stand = rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY) if table.grain else rows
    beside = mode == "append" and before != NO_TABLE
    every = stand.unionByName(_stored(spark, path, table)) if beside else stand
    _refuse_repeated_keys(every, table)
    token = uuid4().hex
    user = json.dumps({"fingerprint": said.fingerprint, "write": token})
    writer = stand.write.format("delta").mode(mode).option("userMetadata", user)
    writer = writer.options(**said.properties)
    writer = writer.option("txnAppId", _WRITER).option("txnVersion", after + 1)
    if mode == "overwrite":
        writer = writer.option("overwriteSchema", "true")
    if table.partition:
        writer = writer.partitionBy(table.partition)
    _commit(lambda: writer.save(path), table)
    # Delta takes a number that was used for a write done before, and leaves it without a word.
    last = last_entry(spark, path)
    if last is None or token not in (last["userMetadata"] or ""):
        raise OvertakenError(table.name)


def merge(rows: DataFrame, path: str, table: Table, fingerprint: str) -> None:
    """Insert new keys and update changed rows; SQL, so that it works through Spark Connect too.

    Raises:
        GrainError: two rows have one key; nothing was written.
        OvertakenError: another wrote the table meanwhile; nothing was written.
    """
    spark = rows.sparkSession
    _refuse_repeated_keys(rows, table)
    view = f"new_{table.name}"
    rows.createOrReplaceTempView(view)
    same_key = " AND ".join(f"new.`{c}` = old.`{c}`" for c in table.grain)
    # <=> treats null as a value; <> would let a change from or to null slip through.
    unchanged = " AND ".join(f"new.`{c}` <=> old.`{c}`" for c in table.columns)
    spark.conf.set(_METADATA, json.dumps({"fingerprint": fingerprint}))
    try:
        _commit(
            lambda: spark.sql(
                f"MERGE INTO {_quoted(path)} AS old USING {view} AS new "
                f"ON {same_key} "
                f"WHEN MATCHED AND NOT ({unchanged}) THEN UPDATE SET * "
                "WHEN NOT MATCHED THEN INSERT *"
            ),
            table,
        )
    finally:
        spark.conf.unset(_METADATA)
        spark.catalog.dropTempView(view)


def delete(spark: SparkSession, path: str, where: str) -> None:
    """Delete the rows that `where` selects."""
    spark.sql(f"DELETE FROM {_quoted(path)} WHERE {where}")


def is_absent(fault: Exception) -> bool:
    """Whether Spark says that there is no such table."""
    return bool(
        re.search(
            r"DELTA_MISSING_DELTA_TABLE|DELTA_TABLE_NOT_FOUND|PATH_NOT_FOUND|"
            r"TABLE_OR_VIEW_NOT_FOUND|DELTA_PATH_DOES_NOT_EXIST|is not a Delta table|doesn't exist|"
            r"DELTA_TABLE_ONLY_OPERATION",
            str(fault),
        )
    )


def _version(spark: SparkSession, path: str) -> int:
    entry = last_entry(spark, path)
    return int(entry["version"]) if entry else NO_TABLE


def _stored(spark: SparkSession, path: str, table: Table) -> DataFrame:
    return spark.read.format("delta").load(path).select(*table.columns)


def _refuse_repeated_keys(rows: DataFrame, table: Table) -> None:
    if table.grain:
        keys = rows.groupBy(*table.grain).agg(F.count(F.lit(1)).alias("times_written"))
        repeated = keys.where("times_written > 1").count()
        if repeated:
            raise GrainError(table, repeated)


def _commit(work: Any, table: Table) -> None:
    try:
        work()
    except PySparkException as fault:
        if re.search(r"DELTA_CONCURRENT|Concurrent\w+Exception|MetadataChanged", str(fault)):
            raise OvertakenError(table.name) from None
        raise


def _quoted(path: str) -> str:
    return f"delta.`{path.replace('`', '``')}`"
