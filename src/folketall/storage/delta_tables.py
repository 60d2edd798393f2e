"""Tables that Spark's own Delta keeps: at an address, or by name in a schema of a catalog.

Nothing can be locked there. A commit carries the number of the version that it follows under one
name for all writers of ours (Delta's `txnAppId`): of two that follow one version, one fails.
Everything is SQL or a DataFrame's writer, so that it works through Spark Connect too.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any
from uuid import uuid4

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from folketall.model.cells import Cells, coded, conform_cells, plain
from folketall.model.errors import UsageError
from folketall.model.table import Table, conform
from folketall.storage.commits import NO_TABLE, Mode, OvertakenError
from folketall.storage.folders import FarFolder, Folder
from folketall.storage.grain import GrainError
from folketall.storage.warehouse import PROPERTIES, Commit, Warehouse, commit_of, is_absent

_WRITER = "folketall"
_NO_SCHEMA = r"SCHEMA_NOT_FOUND|CATALOG_NOT_FOUND|NoSuchNamespace|Nested databases are not"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_one_merge = threading.Lock()
"""What a merge says of itself is a setting of the session, which several threads share."""


class DeltaTables(Warehouse):
    """What tables at an address and in a catalog have in common: all but their names."""

    spark: SparkSession
    root: str

    @abstractmethod
    def sql_name(self, name: str) -> str:
        """A table as SQL names it."""

    @abstractmethod
    def save(self, writer: DataFrameWriter, name: str) -> None:
        """Write the rows of a writer to a table."""

    def held(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def refuse_damaged(self, tables: Iterable[Table]) -> None:
        """Nothing: Spark names the files, and no checksum is known of them."""

    def last_commit(self, name: str) -> Commit | None:
        return commit_of(self._last_entry(name))

    def _last_entry(self, name: str) -> Mapping[str, Any] | None:
        try:
            rows = self.spark.sql(f"DESCRIBE HISTORY {self.sql_name(name)} LIMIT 1").collect()
        except AnalysisException as fault:
            if is_absent(fault):
                return None
            raise
        return rows[0].asDict() if rows else None

    def read(self, table: Table) -> DataFrame:
        return self.read_version(table.name)

    def replace(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        self._write(conform(df, table), table, fingerprint, after, "overwrite")

    def append(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        self._write(conform(df, table), table, fingerprint, after, "append")

    def _write(
        self, rows: DataFrame, table: Table, fingerprint: str, follows: int | None, mode: Mode
    ) -> None:
        before = self.version(table.name)
        after = before if follows is None else follows
        if before != after:
            raise OvertakenError(table.name)
        # Counted and then written: worked out once.
        stand = rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY) if table.grain else rows
        beside = mode == "append" and before != NO_TABLE
        every = stand.unionByName(self.read(table).select(*table.columns)) if beside else stand
        _refuse_repeated_keys(every, table)
        token = uuid4().hex
        user = json.dumps({"fingerprint": fingerprint, "write": token})
        writer = stand.write.format("delta").mode(mode).option("userMetadata", user)
        writer = writer.options(**PROPERTIES)
        writer = writer.option("txnAppId", _WRITER).option("txnVersion", after + 1)
        if mode == "overwrite":
            writer = writer.option("overwriteSchema", "true")
        if table.partition:
            writer = writer.partitionBy(table.partition)
        _commit(lambda: self.save(writer, table.name), table)
        # Delta takes a number that was used for a write done before, and leaves it without a word.
        last = self._last_entry(table.name)
        if last is None or token not in (last["userMetadata"] or ""):
            raise OvertakenError(table.name)

    def replace_cells(
        self,
        parts: Iterable[Cells],
        table: Table,
        fingerprint: str,
        *,
        after: int | None = None,
    ) -> None:
        frames = [self.spark.createDataFrame(plain(conform_cells(p, table))) for p in parts]
        whole = reduce(DataFrame.unionByName, frames, self.empty(table))
        self.replace(whole, table, fingerprint, after=after)

    def cells(self, table: Table, cubes: Collection[str] | None = None) -> Iterator[Cells]:
        rows = self.read(table)
        kept = rows if cubes is None else rows.where(F.col("cube").isin(sorted(cubes)))
        for key in kept.select("cube", "period").distinct().orderBy("cube", "period").collect():
            here = (F.col("cube") == key["cube"]) & (F.col("period") == key["period"])
            yield coded(kept.where(here).toArrow(), table)

    def merge(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        before = self.version(table.name)
        rows = conform(df, table)
        if after is not None and before != after:
            raise OvertakenError(table.name)
        if before == NO_TABLE:
            self.replace(rows, table, fingerprint, after=before)
            return
        _refuse_repeated_keys(rows, table)
        view = f"new_{uuid4().hex}"
        rows.createOrReplaceTempView(view)
        try:
            with _one_merge:
                self.spark.conf.set(_METADATA, json.dumps({"fingerprint": fingerprint}))
                try:
                    _commit(lambda: self.spark.sql(self._merging(view, table)), table)
                finally:
                    self.spark.conf.unset(_METADATA)
        finally:
            self.spark.catalog.dropTempView(view)

    def _merging(self, view: str, table: Table) -> str:
        same_key = " AND ".join(f"new.`{c}` <=> old.`{c}`" for c in table.grain)
        # <=> treats null as a value; <> would let a change from or to null slip through.
        unchanged = " AND ".join(f"new.`{c}` <=> old.`{c}`" for c in table.columns)
        return (
            f"MERGE INTO {self.sql_name(table.name)} AS old USING {view} AS new ON {same_key} "
            f"WHEN MATCHED AND NOT ({unchanged}) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )

    def delete_part(self, table: Table, where: str) -> None:
        if not self.exists(table.name) or self.read(table).where(where).isEmpty():
            return
        _commit(
            lambda: self.spark.sql(f"DELETE FROM {self.sql_name(table.name)} WHERE {where}"), table
        )

    def from_arrow(self, tables: Iterable[pa.Table], columns: StructType) -> DataFrame:
        frames = [self.spark.createDataFrame(t).to(columns).localCheckpoint() for t in tables]
        return reduce(DataFrame.unionByName, frames, self.spark.createDataFrame([], columns))


@dataclass(frozen=True, slots=True)
class PathTables(DeltaTables):
    """Tables in folders below an address with a scheme: s3a://, hdfs://, abfss://, file:/."""

    spark: SparkSession
    root: str

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    def sql_name(self, name: str) -> str:
        return f"delta.{_quoted(self._path(name))}"

    def save(self, writer: DataFrameWriter, name: str) -> None:
        writer.save(self._path(name))

    def files(self, name: str) -> Folder:
        return FarFolder(self.spark, self._path(name))

    def read_version(self, name: str, version: int | None = None) -> DataFrame:
        return self._loaded(name, self._path(name), version)


@dataclass(frozen=True, slots=True)
class CatalogTables(DeltaTables):
    """Tables of a schema in a catalog, where the catalog decides where their files are."""

    spark: SparkSession
    root: str
    schema: str
    """The schema as SQL names it."""
    location: str
    """Address of the schema's folder; what is beside the tables is there."""

    @staticmethod
    def opened(spark: SparkSession, root: str, catalog: str, schema: str) -> CatalogTables:
        """The warehouse in a schema that is there; a schema is made by those who keep the catalog.

        Raises:
            UsageError: there is no such catalog or schema.
        """
        name = f"{_quoted(catalog)}.{_quoted(schema)}"
        try:
            described = spark.sql(f"DESCRIBE SCHEMA EXTENDED {name}").collect()
        except PySparkException as fault:
            if not re.search(_NO_SCHEMA, str(fault)):
                raise
            raise UsageError(
                f"there is no schema {root} in the catalogs of this Spark; make it there first, "
                f"or write ./{root} for a folder of that name"
            ) from None
        told = {row[0].lower(): row[1] for row in described}
        return CatalogTables(spark, root, name, told.get("location") or "")

    def sql_name(self, name: str) -> str:
        return f"{self.schema}.{_quoted(name)}"

    def save(self, writer: DataFrameWriter, name: str) -> None:
        writer.saveAsTable(self.sql_name(name))

    def files(self, name: str) -> Folder:
        if not self.location:
            raise UsageError(f"the catalog does not say where {self.root} is: no file goes there")
        return FarFolder(self.spark, f"{self.location.rstrip('/')}/{name}")

    def read_version(self, name: str, version: int | None = None) -> DataFrame:
        at = "" if version is None else f" VERSION AS OF {version:d}"
        return self._there(
            name, partial(self.spark.sql, f"SELECT * FROM {self.sql_name(name)}{at}")
        )


def _refuse_repeated_keys(rows: DataFrame, table: Table) -> None:
    if table.grain:
        keys = rows.groupBy(*table.grain).agg(F.count(F.lit(1)).alias("times_written"))
        repeated = keys.where("times_written > 1").count()
        if repeated:
            raise GrainError(table, repeated)


def _commit(work: Callable[[], object], table: Table) -> None:
    try:
        work()
    except PySparkException as fault:
        if re.search(
            r"DELTA_CONCURRENT|Concurrent\w+Exception|MetadataChanged|TABLE_OR_VIEW_ALREADY_EXISTS",
            str(fault),
        ):
            raise OvertakenError(table.name) from None
        raise


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
