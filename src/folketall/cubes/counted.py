"""From what Spark counted to the cells that cubes declare, as Arrow tables.

Persons are counted by Spark, once, at the finest cells of each region: few rows. The declared
cells are many, most of them zero, and no more for a country than for a village, so they are made
from the counts in one place: a cube and period at a time, texts as numbers of their codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.keys import KEY
from folketall.model.cells import CODED, Cells, texts
from folketall.model.tables import CUBE

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """Counts that are not zero: of the region `number`, the cell `place` and the figure `what`."""

    number: Ints
    place: Ints
    what: Ints
    n: Ints
    key: Ints | None = None
    """The sum of the records' keys, of cubes that need it (X1)."""

    def where(self, wanted: NDArray[np.bool_]) -> Found:
        key = None if self.key is None else self.key[wanted]
        return Found(
            self.number[wanted], self.place[wanted], self.what[wanted], self.n[wanted], key
        )


class Counted(Protocol):
    """A cube whose figures were counted."""

    @property
    def rows(self) -> DataFrame:
        """(number int, place int, what int, n long): the counts, by Spark; perhaps key long."""

    def cells(self, found: Found) -> Iterator[Cells]:
        """Every declared cell, a table a period."""


def cells_of(counted: Sequence[Counted]) -> Iterator[Cells]:
    """Count all cubes at once, and fill each in: a declared cell without a count is zero.

    Yields:
        Cells in the shape of CUBE, a table for each cube and period.
    """
    rows = [one.rows.select(F.lit(n).alias("cube_no"), "*") for n, one in enumerate(counted)]
    together = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), rows)
    # Counted in one job, and kept where Spark may spill; here are those of one cube at a time.
    kept = together.localCheckpoint()
    for n, (one, counts) in enumerate(zip(counted, rows, strict=True)):
        yield from one.cells(_found(kept.where(F.col("cube_no") == n), KEY in counts.columns))


def _found(rows: DataFrame, keyed: bool) -> Found:
    arrow = rows.select("number", "place", "what", "n", *([KEY] if keyed else [])).toArrow()
    columns = {
        name: arrow[name].fill_null(0).to_numpy().astype(np.int64) for name in arrow.column_names
    }
    return Found(**columns)


def cells_table(length: int, columns: Mapping[str, pa.Array]) -> Cells:
    """The columns given, and those that the cube lacks as nulls, in the order of CUBE."""
    text, real = pa.nulls(length, CODED), pa.nulls(length, pa.float64())
    absent = dict.fromkeys(CUBE.columns, real) | dict.fromkeys(texts(CUBE), text)
    return pa.table({name: columns.get(name, absent[name]) for name in CUBE.columns})


def coded(codes: Sequence[str], index: Ints) -> pa.Array:
    """A column of texts as numbers of its codes."""
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32)), pa.array(codes, pa.string())
    )


def repeated(text: str, times: int) -> pa.Array:
    """A column with one text."""
    return coded([text], np.zeros(times, np.int64))


def distinct(texts: list[str], index: Ints) -> tuple[list[str], Ints]:
    """Each text once, and which of them every row has."""
    once = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return list(once), np.array([once[text] for text in texts], np.int64)[index]
