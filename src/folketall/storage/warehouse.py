"""The warehouse: tables by name, and what every implementation of it promises.

The promises are in the docstrings here and in tests/storage/test_contract.py, which holds every
implementation to them. `opening.open_warehouse` gives one.
"""

from __future__ import annotations

import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from folketall.model.cells import Cells
from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.storage.commits import NO_TABLE
from folketall.storage.folders import Folder

PROPERTIES = {
    # Smallest and largest values of each column of each file: nobody looks rows up by them, and
    # gathering them took a third of the time that writing the cubes takes.
    "delta.dataSkippingNumIndexedCols": "0",
}
"""Of every table where it is new."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The last commit of a table."""

    version: int
    fingerprint: str | None
    rows: int | None
    """Rows written by that commit, where Delta says."""
    bytes: int | None


class Warehouse(ABC):
    """The Delta tables of one environment.

    Every write is one commit: readers see the table as it was or as it is afterwards, and a write
    that fails leaves it as it was. A commit carries the fingerprint of what it was made from, so
    that a run can see that a table is already what it would write. Every write takes the version
    `after` which what it writes was made, by default the version when the write begins: of two
    that follow one version one is made, the other raises OvertakenError and writes nothing. Two
    rows of one key of the table's grain raise GrainError, and nothing is written.
    """

    spark: SparkSession
    root: str
    """The address, as its user wrote it."""

    @abstractmethod
    def held(self) -> AbstractContextManager[None]:
        """Hold the warehouse: nobody else writes to it until this ends, where it can be held.

        Only a folder can; elsewhere the commit of the slower of two fails.

        Raises:
            UsageError: another process holds it.
        """

    @abstractmethod
    def files(self, name: str) -> Folder:
        """A folder of files beside the tables."""

    @abstractmethod
    def refuse_damaged(self, tables: Iterable[Table]) -> None:
        """Stop where bytes of these tables are not those that were written; see `damage`.

        Only files that this package named carry a checksum: where Spark names them, none is
        examined, and `folketall check` says so.

        Raises:
            StatisticsError: naming the tables.
        """

    @abstractmethod
    def last_commit(self, name: str) -> Commit | None:
        """The newest commit, or None where there is no table."""

    @abstractmethod
    def read(self, table: Table) -> DataFrame:
        """The table as it stands, in the columns that are stored.

        Raises:
            UsageError: when it is not there.
        """

    @abstractmethod
    def read_version(self, name: str, version: int | None = None) -> DataFrame:
        """A table by name, of a Delta version if given; an old version stays as it was.

        Raises:
            UsageError: when the table is not there.
        """

    @abstractmethod
    def replace(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Replace the whole table in one commit; its columns may change with it.

        Raises:
            GrainError: two rows have one key.
            OvertakenError: another wrote the table meanwhile.
        """

    @abstractmethod
    def append(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Add rows in one commit; a key that is there already is refused.

        Raises:
            GrainError: two rows have one key, those that are there counted.
            OvertakenError: another wrote the table meanwhile.
        """

    @abstractmethod
    def replace_cells(
        self,
        parts: Iterable[Cells],
        table: Table,
        fingerprint: str,
        *,
        after: int | None = None,
    ) -> None:
        """Replace a whole table of cells in one commit.

        Args:
            parts: cells of one cube and period each, those of a cube after one another.
            table: what they are.
            fingerprint: of what they are made from.
            after: the version that this one follows.

        Raises:
            GrainError: two cells have one key.
            OvertakenError: another wrote the table meanwhile.
        """

    @abstractmethod
    def cells(self, table: Table, cubes: Collection[str] | None = None) -> Iterator[Cells]:
        """Cells of one cube and period after another, of the cubes asked for or of all."""

    @abstractmethod
    def merge(
        self, df: DataFrame, table: Table, fingerprint: str, *, after: int | None = None
    ) -> None:
        """Insert new keys and update changed rows by the table's grain; others stay as they are.

        Raises:
            GrainError: keys are not unique in `df`.
            OvertakenError: another wrote the table meanwhile.
        """

    @abstractmethod
    def delete_part(self, table: Table, where: str) -> None:
        """Delete the rows that `where` selects, if there are any; a null is not selected."""

    @abstractmethod
    def from_arrow(self, tables: Iterable[pa.Table], columns: StructType) -> DataFrame:
        """Rows of Arrow tables for Spark; they wait on disk, one table in memory at a time.

        Args:
            tables: of these columns. They are used up at once.
            columns: name and type of each column.

        Returns:
            The rows of all, in no order, readable until the command ends.
        """

    def version(self, name: str) -> int:
        """The version of a table as it stands; NO_TABLE where there is none."""
        commit = self.last_commit(name)
        return commit.version if commit else NO_TABLE

    def exists(self, name: str) -> bool:
        """Whether there is such a table, with a commit."""
        return self.version(name) != NO_TABLE

    def empty(self, table: Table) -> DataFrame:
        """No rows, in the table's shape."""
        return self.spark.createDataFrame([], table.schema)

    def count(self, table: Table) -> int:
        """Rows of the table as it stands."""
        return int(self.read(table).agg(F.count(F.lit(1))).collect()[0][0])

    def _loaded(self, name: str, path: str, version: int | None) -> DataFrame:
        """The table in a folder, as `read_version` gives it."""
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        return self._there(name, partial(reader.load, path))

    def _there(self, name: str, read: Callable[[], DataFrame]) -> DataFrame:
        """What `read` gives, or a clear error where there is no such table."""
        try:
            return read()
        except AnalysisException as fault:
            if is_absent(fault):
                said = f"{name} is not in the warehouse {self.root}; run the steps before it first"
                raise UsageError(said) from None
            raise


def commit_of(entry: Mapping[str, Any] | None) -> Commit | None:
    """What an entry of a table's history says; None of none."""
    if entry is None:
        return None
    said: Mapping[str, Any] = {}
    with contextlib.suppress(json.JSONDecodeError):
        said = json.loads(entry.get("userMetadata") or "{}")
    metrics = entry.get("operationMetrics") or {}
    number = {key: int(value) for key, value in metrics.items() if str(value).isdigit()}
    return Commit(
        int(entry["version"]),
        said.get("fingerprint"),
        number.get("numOutputRows"),
        number.get("numOutputBytes"),
    )


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
