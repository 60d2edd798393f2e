"""Commits to Delta tables in folders that this process sees.

Spark's own write of a small Delta table takes some two seconds of planning, its Parquet files a
quarter of one; a line of forty tables is mostly that. So Spark, or Arrow, writes the files, and
delta-rs commits them: to readers the table changes at that moment, and whole. A commit is made on
the version that its writer read, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from folketall.model.errors import StatisticsError, UsageError
from folketall.model.table import Table

Mode = Literal["overwrite", "append"]
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
NO_TABLE = -1
"""Stands for the version of a table that is not there."""


class OvertakenError(UsageError):
    """Another run wrote the table first; nothing of this one's was written to it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another run wrote the table {name} while this one worked on it; nothing of this "
            "one's was written there: run the same again"
        )


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a table as it stands."""

    base: str
    """The folder of the table, as an address."""
    paths: list[str]
    """Addresses."""
    plain: bool
    """Whether the rows are those of the files, in the columns of the declared table."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a commit says of itself, and what it is made on."""

    fingerprint: str
    properties: Mapping[str, str]
    """Of the table, where it is new."""
    after: int | None = None
    """The version that was read, NO_TABLE for none; None for the version when the write begins."""


def stored_files(path: Path, table: Table) -> Files | None:
    """The files of a table, in order of their names; None where there is no table."""
    stored = opened(path)
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
    paths = sorted(on_disk(file) for file in files_of(stored))
    # Spark would take such a path for a pattern.
    return Files(on_disk(path), paths, plain and not set(str(path)) & set("{}[]*?\\"))


def files_of(stored: DeltaTable) -> list[Path]:
    """The files of a table that was opened."""
    return [Path(unquote(address.removeprefix("file://"))) for address in stored.file_uris()]


def version_of(path: Path) -> int:
    """The number of the last commit, NO_TABLE before the first."""
    stored = opened(path)
    return stored.version() if stored else NO_TABLE


def last_entry(path: Path) -> dict[str, Any] | None:
    """What the last commit says; None where there is no table."""
    stored = opened(path)
    if stored is None:
        return None
    return stored.history(1)[0]


def opened(path: Path) -> DeltaTable | None:
    """The table in a folder; None where there is none, or none whose first commit was made.

    Raises:
        StatisticsError: its log is damaged.
    """
    if not (path / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(path)
    except TableNotFoundError:
        return None
    except DeltaError:
        raise StatisticsError(
            f"the log of the table {path.name} is damaged; `folketall check` names the step that "
            f"makes the table again, once the folder {path} is moved away"
        ) from None


def place(path: Path, table: Table, value: str | None) -> Path:
    """The folder for the files of a part of the table."""
    if table.partition is None:
        return path
    return path / f"{table.partition}={NO_VALUE if value is None else quote(value)}"


def added(path: Path, file: Path, table: Table, value: str | None, rows: int) -> AddAction:
    """A file as the log speaks of it."""
    stats = json.dumps({"numRecords": rows})
    values = {table.partition: value} if table.partition else {}
    name = quote(file.relative_to(path).as_posix(), safe="/=")
    return AddAction(name, file.stat().st_size, values, 0, True, stats)


def commit(
    path: Path, adds: Sequence[AddAction], table: Table, said: Said, *, mode: Mode, token: str
) -> None:
    """Make the files the table's, or add them to it.

    Args:
        path: of the table.
        adds: files in its folder.
        table: its columns and partition.
        said: goes into `userMetadata`; `after` must be a version.
        mode: whether the files that are there stay.
        token: of the write, into `userMetadata` too: by it a killed write is told from a made one.

    Raises:
        OvertakenError: the table is no longer at the version that `said` names.
    """
    metrics = {
        "numOutputRows": str(sum(rows_of(add) for add in adds)),
        "numOutputBytes": str(sum(add.size for add in adds)),
    }
    user = json.dumps({"fingerprint": said.fingerprint, "write": token})
    # Without a retry: one would put this commit after another's, whatever that one did.
    properties = CommitProperties(
        {"userMetadata": user, "operationMetrics": metrics}, max_commit_retries=0
    )
    schema = Schema.from_json(table.schema.json())
    partition = [table.partition] if table.partition else []
    stored = opened(path)
    if (stored.version() if stored else NO_TABLE) != said.after:
        raise OvertakenError(table.name)
    try:
        if stored is None:
            create_table_with_add_actions(
                str(path), schema, list(adds), partition_by=partition,
                configuration=said.properties, commit_properties=properties,
            )  # fmt: skip
            return
        actions: list[AddAction | RemoveAction] = [*adds]
        stored.create_write_transaction(
            actions, mode, schema, partition_by=partition, commit_properties=properties
        )
    except CommitFailedError:
        raise OvertakenError(table.name) from None
    except DeltaError:
        if version_of(path) != said.after:
            raise OvertakenError(table.name) from None
        raise


def on_disk(path: Path) -> str:
    """A path that Spark takes for one of this machine, whatever its own default is."""
    return f"file://{path.resolve()}"


def rows_of(add: AddAction) -> int:
    return int(json.loads(add.stats)["numRecords"])
