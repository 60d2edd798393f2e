"""Tables of cells, written and read as Arrow: a file a part, one commit.

Spark writes Parquet a row and a text at a time; sixteen million cells of twenty columns took it a
minute. As columns of numbered texts they take three seconds. Spark reads these tables as any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from folketall.model.cells import Cells, coded, conform_cells, part_of, texts
from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.storage.commits import Said, commit, place, stored_files
from folketall.storage.grain import refuse_repeated_cells, refuse_repeated_keys
from folketall.storage.staging import Staged, staged_write
from folketall.storage.threads import a_few_ahead


def write_parts(path: Path, parts: Iterable[Cells], table: Table, said: Said) -> None:
    """Replace the table by the parts in one commit; nobody sees them before it.

    Args:
        path: of the table; a folder that this process sees.
        parts: each has one value of the table's partition column.
        table: what the parts are.
        said: what the commit says, and the version it is made on.

    Raises:
        GrainError: two cells have one key; nothing was written.
        OvertakenError: another wrote the table meanwhile; nothing was written.
    """
    with staged_write(path, said) as (staged, said_now):
        seen: list[tuple[str, str, str]] = []

        def write(numbered: tuple[int, Cells]) -> AddAction:
            number, part = numbered
            cells = conform_cells(part, table)
            refuse_repeated_cells(cells, table)
            if cells.num_rows:
                seen.append(part_of(cells))
            done = _write(staged, number, cells, table)
            # Arrow keeps what it was given for the next table, and another thread makes that.
            pa.default_memory_pool().release_unused()
            return done

        adds = [*a_few_ahead(write, enumerate(parts))]
        if len(set(seen)) < len(seen):
            files = [path / unquote(add.path) for add in adds]
            refuse_repeated_keys(files, table, scratch=staged.folder)
        commit(path, adds, table, said_now, mode="overwrite", token=staged.token)


def read_parts(path: Path, table: Table, wanted: Collection[str] | None = None) -> Iterator[Cells]:
    """The parts of a table in the order they were written, those of each partition together.

    Args:
        path: of the table.
        table: what it holds.
        wanted: values of the partition column; by default all.

    Raises:
        UsageError: there is no such table.
    """
    files = stored_files(path, table)
    if files is None:
        raise UsageError(
            f"{table.name} is not in the warehouse {path.parent}; run the steps before it first"
        )
    for address in files.paths:
        file = address.removeprefix("file://")
        value = unquote(Path(file).parent.name.partition("=")[2])
        if wanted is None or value in wanted:
            yield _read(file, value, table)


def _write(staged: Staged, number: int, part: Cells, table: Table) -> AddAction:
    value: str | None = None
    if table.partition:
        (value,) = pc.unique(part[table.partition]).to_pylist()
        part = part.drop_columns([table.partition])
    file = place(staged.folder, table, value) / f"{number}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    # Nobody looks rows up by a file's smallest and largest values.
    pq.write_table(part, file, write_statistics=False, store_schema=False)
    return staged.take(file, number, table, value)


def _read(file: str, value: str, table: Table) -> Cells:
    stored = pq.read_table(file, read_dictionary=texts(table), partitioning=None)
    if table.partition:
        same = pa.repeat(pa.scalar(0, pa.int32()), stored.num_rows)
        column = pa.DictionaryArray.from_arrays(same, pa.array([value]))
        stored = stored.append_column(table.partition, column)
    return coded(stored, table)
