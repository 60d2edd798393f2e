"""Commits to Delta tables in folders that this process sees.

Spark's own write of a small Delta table takes some two seconds of planning, its Parquet files a
quarter of one; a line of forty tables is mostly that. So Spark, or Arrow, writes the files, and
delta-rs commits them: to readers the table changes at that moment, and whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote
from uuid import uuid4

import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.storage.grain import stop_where_keys_repeat

Mode = Literal["overwrite", "append"]
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
STAGED = "_staged-"
"""Folders beside a table that begin so hold what is not committed yet."""
CHECKSUMS = "checksums"
"""In the log of a commit: its files and their SHA-256."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to become a table's."""

    add: AddAction
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a table as it stands."""

    base: str
    """The folder of the table, as an address."""
    paths: list[str]
    """Addresses."""
    plain: bool
    """Whether the rows are those of the files, in the columns of the declared table."""


def stored_files(path: Path, table: Table) -> Files | None:
    """The files of a table, in order of their names; None where there is no table."""
    stored = stored_table(path)
    if stored is None:
        return None
    fields = [(f["name"], f["type"]) for f in json.loads(stored.schema().to_json())["fields"]]
    declared = [(f["name"], f["type"]) for f in table.schema.jsonValue()["fields"]]
    partition = [table.partition] if table.partition else []
    plain = (
        stored.protocol().min_reader_version == 1
        and fields == declared
        and stored.metadata().partition_columns == partition
    )
    paths = sorted(on_disk(Path(_local(address))) for address in stored.file_uris())
    # Spark would take such a path for a pattern.
    return Files(on_disk(path), paths, plain and not set(str(path)) & set("{}[]*?\\"))


def stored_table(path: Path) -> DeltaTable | None:
    """The table in a folder as it stands; None where there is none.

    A folder whose log is empty, as a full disk or a killed process leaves it, holds no table.
    """
    try:
        return DeltaTable(path)
    except TableNotFoundError:
        return None


def last_entry(path: Path) -> Mapping[str, Any] | None:
    """What the log says of the newest commit; None where there is no table."""
    stored = stored_table(path)
    return stored.history(1)[0] if stored else None


def unique_name() -> str:
    """A name for new files that no other process can choose."""
    return uuid4().hex


def place(path: Path, table: Table, value: str | None, name: str) -> Path:
    """Where a file of a part of the table lies."""
    if table.partition is None:
        return path / name
    return path / f"{table.partition}={NO_VALUE if value is None else quote(value)}" / name


def added(path: Path, file: Path, table: Table, value: str | None, rows: int) -> NewFile:
    """A file as the log speaks of it, with its checksum."""
    stats = json.dumps({"numRecords": rows})
    values = {table.partition: value} if table.partition else {}
    name = quote(file.relative_to(path).as_posix(), safe="/=")
    add = AddAction(name, file.stat().st_size, values, 0, True, stats)
    return NewFile(add, rows, sha256(file))


def sha256(file: Path) -> str:
    """The checksum of a file, read in pieces."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def commit(
    path: Path,
    files: Sequence[NewFile],
    table: Table,
    *,
    before: DeltaTable | None,
    mode: Mode,
    metadata: str,
    properties: dict[str, str],
) -> None:
    """Make the files the table's, or add them to it.

    Args:
        path: of the table.
        files: in its folder.
        table: its columns and partition.
        before: the table as it was when the writing began; None where there was none.
        mode: whether the files that are there stay.
        metadata: `userMetadata` of the commit.
        properties: of the table, where it is new.

    Raises:
        UsageError: somebody else committed to the table since; nothing is changed.
    """
    metrics = {
        "numOutputRows": str(sum(file.rows for file in files)),
        "numOutputBytes": str(sum(file.add.size for file in files)),
    }
    sums = json.dumps({unquote(file.add.path): file.sha256 for file in files})
    # No retries: a commit that another one was faster than must not go on top of it unseen.
    said = CommitProperties(
        {"userMetadata": metadata, "operationMetrics": metrics, CHECKSUMS: sums},
        max_commit_retries=0,
    )
    schema = Schema.from_json(table.schema.json())
    partition = [table.partition] if table.partition else []
    adds = [file.add for file in files]
    try:
        if before is None:
            create_table_with_add_actions(
                str(path), schema, adds, partition_by=partition, configuration=properties,
                commit_properties=said,
            )  # fmt: skip
            return
        actions: list[AddAction | RemoveAction] = [*adds]
        before.create_write_transaction(
            actions, mode, schema, partition_by=partition, commit_properties=said
        )
    except (CommitFailedError, DeltaError) as fault:
        now = stored_table(path)
        if (now and now.version()) == (before and before.version()):
            raise
        raise UsageError(
            f"{table.name} was written by somebody else meanwhile; this commit is not made. "
            "Run the same again when the other run has ended"
        ) from fault


def write_rows(
    rows: DataFrame,
    path: Path,
    table: Table,
    *,
    mode: Mode,
    metadata: str,
    properties: dict[str, str],
) -> None:
    """Write rows with Spark beside the table, and commit them; see `commit`.

    What a killed run left beside the table is no part of it; `remove_leftovers` deletes it.

    Raises:
        UsageError: executors wrote elsewhere: the folder is not one that all machines share.
        StatisticsError: two rows have the same key; nothing is written.
    """
    before, name = stored_table(path), unique_name()
    staged = path / f"{STAGED}{name}"
    seen = Observation()
    writer = rows.observe(seen, F.count(F.lit(1)).alias("rows")).write.mode("overwrite")
    if table.partition:
        writer = writer.partitionBy(table.partition)
    writer.parquet(on_disk(staged))
    written = sorted(staged.rglob("part-*.parquet"))
    kept = before.file_uris() if before and mode == "append" else []
    stop_where_keys_repeat(table, [*map(str, written), *map(_local, kept)])
    files = []
    for number, file in enumerate(written):
        held = pq.read_metadata(file).num_rows
        if held:
            value = unquote(file.parent.name.partition("=")[2]) if table.partition else None
            known = None if value == NO_VALUE else value
            target = place(path, table, known, f"part-{name}-{number:05d}.parquet")
            target.parent.mkdir(parents=True, exist_ok=True)
            files.append(added(path, file.replace(target), table, known, held))
    shutil.rmtree(staged, ignore_errors=True)
    found = sum(file.rows for file in files)
    if found != seen.get["rows"]:
        raise UsageError(
            f"{table.name}: {seen.get['rows']} rows were written and {found} are in {path}; give "
            "--warehouse a folder that all machines share, or an address (s3a://, hdfs://, ...)"
        )
    commit(path, files, table, before=before, mode=mode, metadata=metadata, properties=properties)


def on_disk(path: Path) -> str:
    """A path that Spark takes for one of this machine, whatever its own default is."""
    return f"file://{path.resolve()}"


def _local(address: str) -> str:
    return unquote(address.removeprefix("file://"))
