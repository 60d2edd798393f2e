"""Writing beside a table: files are made in a folder of one write and join the table by a commit.

Folder and files carry a token that nobody else can draw. The folder goes last, when the commit is
made: one that is found under the lock (see `holding`) is of a write that was killed.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.storage import commits
from folketall.storage.checksums import named
from folketall.storage.commits import NO_VALUE, Mode, Said
from folketall.storage.grain import refuse_repeated_keys

_STAGED = "_staged-"
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Staged:
    """The folder of one write to one table."""

    path: Path
    """Of the table."""
    folder: Path
    token: str
    version: int
    """Of the commit to come."""

    def take(self, file: Path, number: int, table: Table, value: str | None) -> AddAction:
        """Move a file that is whole to where the table's files are, under its checksum's name."""
        rows = pq.read_metadata(file).num_rows
        name = named(file, version=self.version, number=number, token=self.token)
        target = commits.place(self.path, table, value) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return commits.added(self.path, file.replace(target), table, value, rows)


@contextmanager
def staged_write(path: Path, said: Said) -> Iterator[tuple[Staged, Said]]:
    """A folder for one write, and what its commit says with the version it is made on.

    What fails leaves nothing behind.
    """
    after = commits.version_of(path) if said.after is None else said.after
    token = uuid4().hex
    staged = Staged(path, path / f"{_STAGED}{token}", token, after + 1)
    staged.folder.mkdir(parents=True)
    try:
        yield staged, replace(said, after=after)
    except BaseException:
        _clear(path, staged.folder)
        raise
    shutil.rmtree(staged.folder, ignore_errors=True)


def write_rows(rows: DataFrame, path: Path, table: Table, said: Said, *, mode: Mode) -> None:
    """Write rows with Spark beside the table, and commit them; see `commits.commit`.

    Raises:
        GrainError: two rows have one key; nothing was written.
        OvertakenError: another wrote the table meanwhile; nothing was written.
        UsageError: executors wrote elsewhere: the folder is not one that all machines share.
    """
    with staged_write(path, said) as (staged, said_now):
        seen = Observation()
        writer = rows.observe(seen, F.count(F.lit(1)).alias("rows")).write.mode("overwrite")
        if table.partition:
            writer = writer.partitionBy(table.partition)
        writer.parquet(commits.on_disk(staged.folder))
        files = sorted(staged.folder.rglob("part-*.parquet"))
        held = [file for file in files if pq.read_metadata(file).num_rows]
        found = sum(pq.read_metadata(file).num_rows for file in held)
        if found != seen.get["rows"]:
            raise UsageError(
                f"{table.name}: {seen.get['rows']} rows were written and {found} are in {path}; "
                "give --warehouse a folder that all machines share, or an address (s3a://, "
                "hdfs://, ...)"
            )
        stored = commits.opened(path) if mode == "append" and table.grain else None
        beside = commits.files_of(stored) if stored else []
        refuse_repeated_keys([*beside, *held], table, scratch=staged.folder)
        adds = [staged.take(file, n, table, _value(file, table)) for n, file in enumerate(held)]
        commits.commit(path, adds, table, said_now, mode=mode, token=staged.token)


def rows_on_disk(
    spark: SparkSession, tables: Iterable[pa.Table], columns: StructType, scratch: Path
) -> DataFrame:
    """Rows of Arrow tables, by way of Parquet: Spark reads them piece by piece and keeps none.

    Given to Spark as they are, all of them would be in Java's memory together.
    """
    folder = Path(mkdtemp(prefix="rows-", dir=scratch))
    for number, table in enumerate(tables):
        # Few rows together, because a row may hold a long list.
        pq.write_table(table, folder / f"{number:06}.parquet", row_group_size=1_000)
    return spark.read.schema(columns).parquet(commits.on_disk(folder))


def _value(file: Path, table: Table) -> str | None:
    """The part of the table that a file which Spark wrote is of."""
    value = unquote(file.parent.name.partition("=")[2]) if table.partition else None
    return None if value == NO_VALUE else value


def remove_leftovers(root: Path) -> None:
    """Remove what killed writes left beside the tables of a warehouse. Only under its lock."""
    for folder in sorted(root.glob(f"*/{_STAGED}*")):
        _clear(folder.parent, folder)
    for unfinished in root.glob("*/_delta_log/_commit_*.tmp"):
        unfinished.unlink(missing_ok=True)


def _clear(path: Path, folder: Path) -> None:
    """Remove the folder of a write and, unless its commit was made, the files it placed."""
    token = folder.name.removeprefix(_STAGED)
    if _TOKEN.fullmatch(token) and not _was_committed(path, token):
        for file in list(path.rglob(f"part-*-*-{token}-*.parquet")):
            _quietly(file.unlink)
            if file.parent != path:
                _quietly(file.parent.rmdir)  # Only an empty folder goes.
    shutil.rmtree(folder, ignore_errors=True)
    _quietly(path.rmdir)


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except OSError:
        return


def _was_committed(path: Path, token: str) -> bool:
    stored = commits.opened(path)
    if stored is None:
        return False
    said = [entry.get("userMetadata") or "" for entry in stored.history(100)]
    return any(f'"write": {json.dumps(token)}' in text for text in said)
