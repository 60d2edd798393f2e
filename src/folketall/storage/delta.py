"""The one room that touches Delta: tables by name under one warehouse folder.

Every write carries the fingerprint of what it was made from in its commit (`userMetadata`), so
that a run can see that a table is already what it would write, and leave it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from folketall.model.cells import Cells, coded, conform_cells, plain
from folketall.model.errors import UsageError
from folketall.model.table import Table, conform
from folketall.storage.commits import Mode, last_entry, stored_files, write_rows
from folketall.storage.grain import stop_where_rows_repeat
from folketall.storage.parts import read_parts, write_parts

_PROPERTIES = {
    # Smallest and largest values of each column of each file: nobody looks rows up by them, and
    # gathering them took a third of the time that writing the cubes takes.
    "delta.dataSkippingNumIndexedCols": "0",
}


@dataclass(frozen=True, slots=True)
class Commit:
    """The last commit of a table."""

    version: int
    fingerprint: str | None
    rows: int | None
    """Rows written by that commit, where Delta says."""
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The tables of one environment: Delta tables in the folder `root`.

    A root with a scheme, such as `s3a://`, is an address: it is read and written through Spark
    alone. Any other root is a folder that this process sees; a relative one counts from where the
    process is when the warehouse is opened.
    """

    spark: SparkSession
    root: str

    def __post_init__(self) -> None:
        if not is_address(self.root):
            # Spark takes a relative path in SQL for a name of a table.
            object.__setattr__(self, "root", str(Path(self.root).expanduser().resolve()))

    def path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"

    def exists(self, name: str) -> bool:
        return self.last_commit(name) is not None

    def last_commit(self, name: str) -> Commit | None:
        """The newest commit, or None where there is no table."""
        folder = self.folder(name)
        if folder is not None:
            # Reading the newest entry of the log takes no job; dozens of tables are asked for.
            entry = last_entry(folder)
            return _commit_of(entry) if entry else None
        try:
            rows = self.spark.sql(f"DESCRIBE HISTORY {_quoted(self.path(name))} LIMIT 1").collect()
        except AnalysisException as fault:
            if _absent(fault):
                return None
            raise
        return _commit_of(rows[0].asDict())

    def folder(self, name: str) -> Path | None:
        """The table's folder where this process sees it; None where the warehouse is an address."""
        return None if is_address(self.root) else Path(self.path(name))

    def read(self, table: Table) -> DataFrame:
        """The table as it stands.

        Raises:
            UsageError: when it is not there.
        """
        folder = self.folder(table.name)
        files = stored_files(folder, table) if folder else None
        if files is None or not files.plain:
            return self.read_version(table.name)
        if not files.paths:
            return self.empty(table)
        # Which files make up the table is known: Spark need not work it out again, with a job.
        reader = self.spark.read.schema(table.schema).option("basePath", files.base)
        return reader.parquet(*files.paths).select(*table.columns)

    def read_version(self, name: str, version: int | None = None) -> DataFrame:
        """A table by name, of a Delta version if given."""
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        try:
            return reader.load(self.path(name))
        except AnalysisException as fault:
            if _absent(fault):
                raise UsageError(
                    f"{name} is not in the warehouse {self.root}; run the steps before it first"
                ) from None
            raise

    def empty(self, table: Table) -> DataFrame:
        """No rows, in the table's shape."""
        return self.spark.createDataFrame([], table.schema)

    def replace(self, df: DataFrame, table: Table, fingerprint: str) -> None:
        """Replace the whole table in one commit."""
        self._write(df, table, fingerprint, "overwrite")

    def append(self, df: DataFrame, table: Table, fingerprint: str) -> None:
        """Add rows in one commit: cheaper than replacing what is there."""
        self._write(df, table, fingerprint, "append")

    def _write(self, df: DataFrame, table: Table, fingerprint: str, mode: Mode) -> None:
        rows = conform(df, table)
        said = json.dumps({"fingerprint": fingerprint})
        folder = self.folder(table.name)
        if folder is not None:
            write_rows(rows, folder, table, mode=mode, metadata=said, properties=_PROPERTIES)
            return
        whole = rows
        if mode == "append" and self.exists(table.name):
            whole = rows.unionByName(self.read(table))
        stop_where_rows_repeat(whole, table)
        writer = rows.write.format("delta").mode(mode).option("userMetadata", said)
        writer = writer.options(**_PROPERTIES)
        if mode == "overwrite":
            writer = writer.option("overwriteSchema", "true")
        if table.partition:
            writer = writer.partitionBy(table.partition)
        writer.save(self.path(table.name))

    def replace_cells(self, parts: Iterable[Cells], table: Table, fingerprint: str) -> None:
        """Replace a whole table of cells in one commit, without Spark where its folder is at hand.

        Args:
            parts: cells of one cube and period each, those of a cube after one another.
        """
        said = json.dumps({"fingerprint": fingerprint})
        folder = self.folder(table.name)
        if folder is not None:
            write_parts(folder, parts, table, metadata=said, properties=_PROPERTIES)
            return
        frames = [self.spark.createDataFrame(plain(conform_cells(p, table))) for p in parts]
        whole = reduce(DataFrame.unionByName, frames, self.empty(table))
        self.replace(whole, table, fingerprint)

    def cells(self, table: Table, cubes: Collection[str] | None = None) -> Iterator[Cells]:
        """Cells of one cube and period after another, of the cubes asked for or of all."""
        folder = self.folder(table.name)
        if folder is not None:
            yield from read_parts(folder, table, cubes)
            return
        rows = self.read(table)
        kept = rows if cubes is None else rows.where(F.col("cube").isin(sorted(cubes)))
        for key in kept.select("cube", "period").distinct().orderBy("cube", "period").collect():
            here = (F.col("cube") == key["cube"]) & (F.col("period") == key["period"])
            yield coded(kept.where(here).toArrow(), table)

    def merge(self, df: DataFrame, table: Table, fingerprint: str) -> None:
        """Insert new keys and update changed rows by the table's grain; others stay as they are.

        SQL MERGE, so that it works through Spark Connect too. A folder's table is written whole:
        Spark's own files would have no checksums.

        Raises:
            StatisticsError: two rows of `df` have the same key; nothing is written.
        """
        rows = conform(df, table)
        if not self.exists(table.name):
            self.replace(rows, table, fingerprint)
            return
        if self.folder(table.name) is not None:
            others = self.read(table).join(
                rows.select(*table.grain), list(table.grain), "left_anti"
            )
            self.replace(rows.unionByName(others), table, fingerprint)
            return
        stop_where_rows_repeat(rows, table)
        view = f"new_{table.name}"
        rows.createOrReplaceTempView(view)
        same_key = " AND ".join(f"new.`{c}` = old.`{c}`" for c in table.grain)
        # <=> treats null as a value; <> would let a change from or to null slip through.
        unchanged = " AND ".join(f"new.`{c}` <=> old.`{c}`" for c in table.columns)
        self.spark.conf.set(
            "spark.databricks.delta.commitInfo.userMetadata",
            json.dumps({"fingerprint": fingerprint}),
        )
        try:
            self.spark.sql(
                f"MERGE INTO {_quoted(self.path(table.name))} AS old USING {view} AS new "
                f"ON {same_key} "
                f"WHEN MATCHED AND NOT ({unchanged}) THEN UPDATE SET * "
                "WHEN NOT MATCHED THEN INSERT *"
            )
        finally:
            self.spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
            self.spark.catalog.dropTempView(view)

    def delete_part(self, table: Table, where: str) -> None:
        """Delete the rows that `where` selects, if there are any."""
        if not self.exists(table.name) or self.read(table).where(where).isEmpty():
            return
        if self.folder(table.name) is not None:
            self.replace(self.read(table).where(f"NOT ({where})"), table, "")
        else:
            self.spark.sql(f"DELETE FROM {_quoted(self.path(table.name))} WHERE {where}")

    def count(self, table: Table) -> int:
        return int(self.read(table).agg(F.count(F.lit(1))).collect()[0][0])


def is_address(root: str) -> bool:
    """Whether a warehouse is reached through Spark alone, as `s3a://bucket/warehouse` is."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", root) is not None


def _commit_of(entry: Mapping[str, Any]) -> Commit:
    """What the log says of a commit: Spark and delta-rs use the same words."""
    said: Mapping[str, Any] = {}
    with contextlib.suppress(json.JSONDecodeError):
        said = json.loads(entry.get("userMetadata") or "{}")
    metrics = entry.get("operationMetrics") or {}
    number = {key: int(value) for key, value in metrics.items() if str(value).isdigit()}
    rows, size = number.get("numOutputRows"), number.get("numOutputBytes")
    return Commit(int(entry["version"]), said.get("fingerprint"), rows, size)


def _quoted(path: str) -> str:
    return f"delta.`{path.replace('`', '``')}`"


def _absent(fault: Exception) -> bool:
    text = str(fault)
    return bool(
        re.search(
            r"DELTA_MISSING_DELTA_TABLE|DELTA_TABLE_NOT_FOUND|PATH_NOT_FOUND|"
            r"TABLE_OR_VIEW_NOT_FOUND|DELTA_PATH_DOES_NOT_EXIST|is not a Delta table|doesn't exist|"
            r"DELTA_TABLE_ONLY_OPERATION",
            text,
        )
    )
