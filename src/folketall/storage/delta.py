"""The one room that touches Delta: tables by name under one warehouse folder.

Every write carries the fingerprint of what it was made from in its commit (`userMetadata`), so
that a run can see that a table is already what it would write, and leave it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from folketall.model.cells import Cells, coded, conform_cells, plain
from folketall.model.errors import UsageError
from folketall.model.table import Table, conform
from folketall.storage import far
from folketall.storage.commits import (
    NO_TABLE,
    Mode,
    OvertakenError,
    Said,
    last_entry,
    on_disk,
    stored_files,
    version_of,
)
from folketall.storage.damage import refuse_damaged
from folketall.storage.folders import Folder, folder_at, local_path
from folketall.storage.holding import held
from folketall.storage.parts import read_parts, write_parts
from folketall.storage.private import private_folder
from folketall.storage.staging import rows_on_disk, write_rows

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

    A root with a scheme, such as `s3a://`, is read and written through Spark alone. Every write
    takes the version `after` which what it writes was made: the commit fails with OvertakenError
    when the table is at another; by default it is the version when the write begins.
    """

    spark: SparkSession
    root: str
    _sound: set[Path] = field(default_factory=set, compare=False, repr=False)
    """Files whose bytes were examined in this run."""

    def path(self, name: str) -> str:
        """The folder of a table; from the root of the machine, wherever the command was called."""
        local = local_path(self.root)
        return str(local / name) if local else f"{self.root.rstrip('/')}/{name}"

    def held(self) -> AbstractContextManager[None]:
        """Hold the warehouse: nobody else writes to it until this ends.

        An address cannot be held: there the commit of the slower of two fails.

        Raises:
            UsageError: another process holds it.
        """
        local = local_path(self.root)
        return held(local) if local else contextlib.nullcontext()

    def files(self, name: str) -> Folder:
        """A folder of files beside the tables."""
        return folder_at(self.spark, self.path(name))

    def refuse_damaged(self, tables: Iterable[Table]) -> None:
        """Stop where bytes of these tables are not those that were written; see `damage`.

        Raises:
            StatisticsError: naming the tables.
        """
        local = local_path(self.root)
        if local is not None:
            refuse_damaged(local, [table.name for table in tables], self._sound)

    def exists(self, name: str) -> bool:
        return self.version(name) != NO_TABLE

    def version(self, name: str) -> int:
        """The version of a table as it stands; NO_TABLE where there is none."""
        local = self._local(name)
        if local is not None:
            return version_of(local)
        commit = self.last_commit(name)
        return commit.version if commit else NO_TABLE

    def last_commit(self, name: str) -> Commit | None:
        """The newest commit, or None where there is no table."""
        local = self._local(name)
        # Reading the log on this machine takes no job; dozens of tables are asked for.
        entry = last_entry(local) if local else far.last_entry(self.spark, self.path(name))
        if entry is None:
            return None
        metrics = entry.get("operationMetrics") or {}
        return _commit(int(entry["version"]), entry.get("userMetadata"), metrics)

    def _local(self, name: str) -> Path | None:
        """The table's folder where the warehouse is one that this process sees."""
        return local_path(self.path(name))

    def read(self, table: Table) -> DataFrame:
        """The table as it stands.

        Raises:
            UsageError: when it is not there.
        """
        local = self._local(table.name)
        files = stored_files(local, table) if local else None
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
        local = self._local(name)
        try:
            return reader.load(on_disk(local) if local else self.path(name))
        except AnalysisException as fault:
            if far.is_absent(fault):
                raise UsageError(
                    f"{name} is not in the warehouse {self.root}; run the steps before it first"
                ) from None
            raise

    def empty(self, table: Table) -> DataFrame:
        """No rows, in the table's shape."""
        return self.spark.createDataFrame([], table.schema)

    def replace(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Replace the whole table in one commit."""
        self._write(df, table, Said(fingerprint, _PROPERTIES, after), "overwrite")

    def append(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Add rows in one commit: cheaper than replacing what is there."""
        self._write(df, table, Said(fingerprint, _PROPERTIES, after), "append")

    def _write(self, df: DataFrame, table: Table, said: Said, mode: Mode) -> None:
        rows = conform(df, table)
        local = self._local(table.name)
        if local is None:
            far.write_rows(rows, self.path(table.name), table, said, mode=mode)
            return
        with self.held():
            write_rows(rows, local, table, said, mode=mode)

    def replace_cells(
        self,
        parts: Iterable[Cells],
        table: Table,
        fingerprint: str,
        *,
        after: int | None = None,
    ) -> None:
        """Replace a whole table of cells in one commit, without Spark where its folder is at hand.

        Args:
            parts: cells of one cube and period each, those of a cube after one another.
            table: what they are.
            fingerprint: of what they are made from.
            after: the version that this one follows.
        """
        local = self._local(table.name)
        if local is not None:
            with self.held():
                write_parts(local, parts, table, Said(fingerprint, _PROPERTIES, after))
            return
        frames = [self.spark.createDataFrame(plain(conform_cells(p, table))) for p in parts]
        whole = reduce(DataFrame.unionByName, frames, self.empty(table))
        self.replace(whole, table, fingerprint, after=after)

    def cells(self, table: Table, cubes: Collection[str] | None = None) -> Iterator[Cells]:
        """Cells of one cube and period after another, of the cubes asked for or of all."""
        local = self._local(table.name)
        if local is not None:
            yield from read_parts(local, table, cubes)
            return
        rows = self.read(table)
        kept = rows if cubes is None else rows.where(F.col("cube").isin(sorted(cubes)))
        for key in kept.select("cube", "period").distinct().orderBy("cube", "period").collect():
            here = (F.col("cube") == key["cube"]) & (F.col("period") == key["period"])
            yield coded(kept.where(here).toArrow(), table)

    def merge(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Insert new keys and update changed rows by the table's grain; others stay as they are.

        Raises:
            GrainError: keys are not unique in `df`.
        """
        before = self.version(table.name) if after is None else after
        rows = conform(df, table)
        if not self.exists(table.name):
            self.replace(rows, table, fingerprint, after=before)
        elif self._local(table.name) is not None:
            old = self.read(table)
            same = [old[name].eqNullSafe(rows[name]) for name in table.grain]
            others = old.join(rows.select(*table.grain), same, "left_anti")
            self.replace(others.unionByName(rows), table, fingerprint, after=before)
        elif self.version(table.name) != before:
            raise OvertakenError(table.name)
        else:
            far.merge(rows, self.path(table.name), table, fingerprint)

    def delete_part(self, table: Table, where: str) -> None:
        """Delete the rows that `where` selects, if there are any."""
        before = self.version(table.name)
        if before == NO_TABLE or self.read(table).where(where).isEmpty():
            return
        if self._local(table.name) is None:
            far.delete(self.spark, self.path(table.name), where)
            return
        stay = self.read(table).where(f"NOT coalesce(({where}), false)")
        self.replace(stay, table, "", after=before)

    def from_arrow(self, tables: Iterable[pa.Table], columns: StructType) -> DataFrame:
        """Rows of Arrow tables for Spark; they wait on disk, one table in memory at a time.

        Args:
            tables: of these columns. They are used up at once.
            columns: name and type of each column.

        Returns:
            The rows of all, in no order, readable until the command ends.
        """
        if local_path(self.root) is not None:
            return rows_on_disk(self.spark, tables, columns, private_folder(self.root))
        frames = [self.spark.createDataFrame(t).to(columns).localCheckpoint() for t in tables]
        return reduce(DataFrame.unionByName, frames, self.spark.createDataFrame([], columns))

    def count(self, table: Table) -> int:
        return int(self.read(table).agg(F.count(F.lit(1))).collect()[0][0])


def _commit(version: int, metadata: str | None, metrics: Mapping[str, str]) -> Commit:
    said: Mapping[str, Any] = {}
    with contextlib.suppress(json.JSONDecodeError):
        said = json.loads(metadata or "{}")
    number = {key: int(value) for key, value in metrics.items() if str(value).isdigit()}
    return Commit(
        version, said.get("fingerprint"), number.get("numOutputRows"), number.get("numOutputBytes")
    )
