"""The grain of a table, held: two rows of one key stop the write, by name.

Keys are counted in the files that are to be committed, the key's columns alone: the rows are not
worked out a second time, and none comes to Python. No key is told: it may be of a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from folketall.model.cells import Cells
from folketall.model.errors import StatisticsError
from folketall.model.table import Table


class GrainError(StatisticsError):
    """Two rows of one key were about to be written to a table that has one row a key."""

    def __init__(self, table: Table, keys: int) -> None:
        rules = ", ".join(dict.fromkeys(re.findall(r"\b[A-Z]\d+\b", table.meaning)))
        super().__init__(
            f"the table {table.name} ({rules or 'its grain'}) has one row for each "
            f"{', '.join(table.grain)}, and {keys} of them would have several. Nothing was written "
            "to it. No key is shown here: look for it in the tables that the step reads"
        )


def refuse_repeated_keys(files: Sequence[Path], table: Table, *, scratch: Path) -> None:
    """Stop where two rows of the files have one key.

    Args:
        files: Parquet; a file's part of the table is in its folder's name.
        table: its grain; one without a grain may repeat rows.
        scratch: an existing folder, for keys that are more than memory holds.

    Raises:
        GrainError: saying how many keys, and none of them.
    """
    if not (files and table.grain):
        return
    part = f"regexp_extract(filename, '/({table.partition}=[^/]*)/[^/]*$', 1)"
    keys = ", ".join(part if name == table.partition else f'"{name}"' for name in table.grain)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as engine:
        engine.execute(
            f"SET temp_directory = '{str(scratch / 'keys').replace(chr(39), 2 * chr(39))}'"
        )
        found = engine.execute(
            "SELECT count(*) FROM (SELECT 1 FROM read_parquet(?, filename = true, "
            f"hive_partitioning = false) GROUP BY {keys} HAVING count(*) > 1)",
            [[_literal(file) for file in files]],
        ).fetchone()
    repeated = int(found[0]) if found else 0
    if repeated:
        raise GrainError(table, repeated)


def _literal(file: Path) -> str:
    """A path whose signs of patterns stand for themselves."""
    return re.sub(r"([\[*?])", r"[\1]", str(file))


def refuse_repeated_cells(part: Cells, table: Table) -> None:
    """The same of cells of one cube and period that are still in memory.

    Raises:
        GrainError: two cells have one key.
    """
    place, size = np.zeros(part.num_rows, np.int64), 1
    for name in table.grain:
        codes, index = _numbered(part[name].combine_chunks())
        if size * codes >= 2**62:
            place = np.unique(place, return_inverse=True)[1].astype(np.int64)
            size = int(place.max(initial=0)) + 1
        place, size = place * codes + index, size * codes
    if size <= 8 * part.num_rows + 1_000_000:
        repeated = int((np.bincount(place) > 1).sum())
    else:
        repeated = int((np.unique(place, return_counts=True)[1] > 1).sum())
    if repeated:
        raise GrainError(table, repeated)


def _numbered(column: pa.DictionaryArray) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """How many codes a column has, null among them, and each row's."""
    texts = column.dictionary.to_pylist()
    once = {text: number for number, text in enumerate(dict.fromkeys(texts), 1)}
    number = np.array([*(once[text] for text in texts), 0], np.int64)
    return len(once) + 1, number[pc.fill_null(column.indices, len(texts)).to_numpy()]
