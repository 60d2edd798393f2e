"""Tables in a folder that this process sees: delta-rs keeps the log, Spark and Arrow the files.

Spark's own write of a small Delta table takes some two seconds of planning, and a run has some
forty of them; see `commits`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from folketall.model.cells import Cells
from folketall.model.table import Table, conform
from folketall.storage.commits import (
    NO_TABLE,
    Mode,
    Said,
    last_entry,
    on_disk,
    stored_files,
    version_of,
)
from folketall.storage.damage import refuse_damaged
from folketall.storage.folders import Folder, LocalFolder
from folketall.storage.holding import held
from folketall.storage.parts import read_parts, write_parts
from folketall.storage.private import private_folder
from folketall.storage.staging import rows_on_disk, write_rows
from folketall.storage.warehouse import PROPERTIES, Commit, Warehouse, commit_of


@dataclass(frozen=True, slots=True)
class LocalTables(Warehouse):
    """The warehouse in the folder `root`; it can be held, and its bytes are examined."""

    spark: SparkSession
    root: str
    _sound: set[Path] = field(default_factory=set, compare=False, repr=False)
    """Files whose bytes were examined in this run."""

    def folder(self, name: str) -> Path:
        """The folder of a table; from the root of the machine, wherever the command was called."""
        return Path(self.root).absolute() / name

    def held(self) -> AbstractContextManager[None]:
        return held(Path(self.root).absolute())

    def files(self, name: str) -> Folder:
        return LocalFolder(self.folder(name))

    def refuse_damaged(self, tables: Iterable[Table]) -> None:
        root = Path(self.root).absolute()
        refuse_damaged(root, [table.name for table in tables], self._sound)

    def version(self, name: str) -> int:
        return version_of(self.folder(name))

    def last_commit(self, name: str) -> Commit | None:
        # Reading the log takes no job of Spark's; dozens of tables are asked for.
        return commit_of(last_entry(self.folder(name)))

    def read(self, table: Table) -> DataFrame:
        files = stored_files(self.folder(table.name), table)
        if files is None or not files.plain:
            return self.read_version(table.name)
        if not files.paths:
            return self.empty(table)
        # Which files make up the table is known: Spark need not work it out again, with a job.
        reader = self.spark.read.schema(table.schema).option("basePath", files.base)
        return reader.parquet(*files.paths).select(*table.columns)

    def read_version(self, name: str, version: int | None = None) -> DataFrame:
        return self._loaded(name, on_disk(self.folder(name)), version)

    def replace(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        self._write(df, table, Said(fingerprint, PROPERTIES, after), "overwrite")

    def append(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        self._write(df, table, Said(fingerprint, PROPERTIES, after), "append")

    def _write(self, df: DataFrame, table: Table, said: Said, mode: Mode) -> None:
        rows = conform(df, table)
        with self.held():
            write_rows(rows, self.folder(table.name), table, said, mode=mode)

    def replace_cells(
        self,
        parts: Iterable[Cells],
        table: Table,
        fingerprint: str,
        *,
        after: int | None = None,
    ) -> None:
        with self.held():
            said = Said(fingerprint, PROPERTIES, after)
            write_parts(self.folder(table.name), parts, table, said)

    def cells(self, table: Table, cubes: Collection[str] | None = None) -> Iterator[Cells]:
        yield from read_parts(self.folder(table.name), table, cubes)

    def merge(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        before = self.version(table.name) if after is None else after
        rows = conform(df, table)
        if not self.exists(table.name):
            self.replace(rows, table, fingerprint, after=before)
            return
        old = self.read(table)
        same = [old[name].eqNullSafe(rows[name]) for name in table.grain]
        others = old.join(rows.select(*table.grain), same, "left_anti")
        self.replace(others.unionByName(rows), table, fingerprint, after=before)

    def delete_part(self, table: Table, where: str) -> None:
        before = self.version(table.name)
        if before == NO_TABLE or self.read(table).where(where).isEmpty():
            return
        stay = self.read(table).where(f"NOT coalesce(({where}), false)")
        self.replace(stay, table, "", after=before)

    def from_arrow(self, tables: Iterable[pa.Table], columns: StructType) -> DataFrame:
        return rows_on_disk(self.spark, tables, columns, private_folder(self.root))
