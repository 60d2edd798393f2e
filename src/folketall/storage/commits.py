"""Commits to Delta tables in folders that this process sees.

Spark's own write of a small Delta table takes some two seconds of planning, its Parquet files a
quarter of one; a line of forty tables is mostly that. So Spark, or Arrow, writes the files, and
delta-rs commits them: to readers the table changes at that moment, and whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.table import Table

Mode = Literal["overwrite", "append"]
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


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
    stored = _stored(path)
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
    paths = sorted(on_disk(Path(unquote(u.removeprefix("file://")))) for u in stored.file_uris())
    # Spark would take such a path for a pattern.
    return Files(on_disk(path), paths, plain and not set(str(path)) & set("{}[]*?\\"))


def next_version(path: Path) -> int:
    """The number of the commit to come."""
    stored = _stored(path)
    return stored.version() + 1 if stored else 0


def _stored(path: Path) -> DeltaTable | None:
    try:
        return DeltaTable(path)
    except TableNotFoundError:
        return None


def place(path: Path, table: Table, value: str | None, name: str) -> Path:
    """Where a file of a part of the table lies."""
    if table.partition is None:
        return path / name
    return path / f"{table.partition}={NO_VALUE if value is None else quote(value)}" / name


def added(path: Path, file: Path, table: Table, value: str | None, rows: int) -> AddAction:
    """A file as the log speaks of it."""
    stats = json.dumps({"numRecords": rows})
    values = {table.partition: value} if table.partition else {}
    name = quote(file.relative_to(path).as_posix(), safe="/=")
    return AddAction(name, file.stat().st_size, values, 0, True, stats)


def commit(
    path: Path,
    adds: Sequence[AddAction],
    table: Table,
    *,
    mode: Mode,
    metadata: str,
    properties: dict[str, str],
) -> None:
    """Make the files the table's, or add them to it.

    Args:
        path: of the table.
        adds: files in its folder.
        table: its columns and partition.
        mode: whether the files that are there stay.
        metadata: `userMetadata` of the commit.
        properties: of the table, where it is new.
    """
    rows = sum(_rows(add) for add in adds)
    metrics = {
        "numOutputRows": str(rows),
        "numOutputBytes": str(sum(add.size for add in adds)),
    }
    said = CommitProperties({"userMetadata": metadata, "operationMetrics": metrics})
    schema = Schema.from_json(table.schema.json())
    partition = [table.partition] if table.partition else []
    stored = _stored(path)
    if stored is None:
        create_table_with_add_actions(
            str(path), schema, list(adds), partition_by=partition, configuration=properties,
            commit_properties=said,
        )  # fmt: skip
        return
    actions: list[AddAction | RemoveAction] = [*adds]
    stored.create_write_transaction(
        actions, mode, schema, partition_by=partition, commit_properties=said
    )


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

    What a killed run left beside the table is no part of it, and is written over.

    Raises:
        UsageError: executors wrote elsewhere: the folder is not one that all machines share.
    """
    version = next_version(path)
    staged = path / f"_staged-{version:05d}"
    seen = Observation()
    writer = rows.observe(seen, F.count(F.lit(1)).alias("rows")).write.mode("overwrite")
    if table.partition:
        writer = writer.partitionBy(table.partition)
    writer.parquet(on_disk(staged))
    adds = []
    for number, file in enumerate(sorted(staged.rglob("part-*.parquet"))):
        held = pq.read_metadata(file).num_rows
        if held:
            value = unquote(file.parent.name.partition("=")[2]) if table.partition else None
            known = None if value == NO_VALUE else value
            target = place(path, table, known, f"part-{version:05d}-{number:05d}.parquet")
            target.parent.mkdir(parents=True, exist_ok=True)
            adds.append(added(path, file.replace(target), table, known, held))
    shutil.rmtree(staged, ignore_errors=True)
    found = sum(_rows(add) for add in adds)
    if found != seen.get["rows"]:
        raise UsageError(
            f"{table.name}: {seen.get['rows']} rows were written and {found} are in {path}; give "
            "--warehouse a folder that all machines share, or an address (s3a://, hdfs://, ...)"
        )
    commit(path, adds, table, mode=mode, metadata=metadata, properties=properties)


def on_disk(path: Path) -> str:
    """A path that Spark takes for one of this machine, whatever its own default is."""
    return f"file://{path.resolve()}"


def _rows(add: AddAction) -> int:
    return int(json.loads(add.stats)["numRecords"])
