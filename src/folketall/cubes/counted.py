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
from folketall.model.table import Keep, Table
from folketall.model.tables import CUBE, INNER_CELL

Ints = NDArray[np.int64]
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Found:
    """Counts that are not zero: of the region `number`, the cell `place` and the figure `what`."""

    number: Ints
    place: Ints
    what: Ints
    n: Ints
    key: Ints | None = None
    """The sum of the records' keys, of cubes that need it (X1)."""
    other: Ints | None = None
    """Of inner cells of flows the number of the region entered, or their own; -1 of all else."""

    def where(self, wanted: NDArray[np.bool_]) -> Found:
        key = None if self.key is None else self.key[wanted]
        other = None if self.other is None else self.other[wanted]
        return Found(
            self.number[wanted], self.place[wanted], self.what[wanted], self.n[wanted], key, other
        )


class Counted(Protocol):
    """A cube whose figures were counted."""

    @property
    def rows(self) -> DataFrame:
        """(number int, place int, what int, n long): the counts, by Spark; perhaps key, other."""

    def cells(self, found: Found) -> Iterator[Cells]:
        """Every declared cell, a table a period."""

    def inner(self, found: Found) -> Iterator[Cells]:
        """What they are sums of, a table a period; none of a cube that nothing is computed from."""


@dataclass(frozen=True, slots=True)
class Counting:
    """All cubes counted in one job, and kept where Spark may spill."""

    kept: DataFrame
    cubes: Sequence[Counted]
    optional: Sequence[tuple[str, ...]]
    """Of each cube, which columns its counts have besides those of all."""

    @classmethod
    def of(cls, cubes: Sequence[Counted], keep: Keep) -> Counting:
        rows = [one.rows.select(F.lit(n).alias("cube_no"), "*") for n, one in enumerate(cubes)]
        together = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), rows)
        has = [tuple(name for name in (KEY, OTHER) if name in one.columns) for one in rows]
        return cls(keep(together), cubes, has)

    def cells(self) -> Iterator[Cells]:
        """Every declared cell: one without a count is zero. CUBE, a table a cube and period."""
        for n, one in enumerate(self.cubes):
            yield from one.cells(self._found(n))

    def inner(self) -> Iterator[Cells]:
        """What the cells are sums of. INNER_CELL, a table a cube and period."""
        for n, one in enumerate(self.cubes):
            # A period without persons has none.
            yield from (part for part in one.inner(self._found(n)) if part.num_rows)

    def _found(self, n: int) -> Found:
        # Here are the counts of one cube at a time.
        return _found(self.kept.where(F.col("cube_no") == n), self.optional[n])


def _found(rows: DataFrame, optional: Sequence[str]) -> Found:
    arrow = rows.select("number", "place", "what", "n", *optional).toArrow()
    columns = {
        name: arrow[name].fill_null(-1 if name == OTHER else 0).to_numpy().astype(np.int64)
        for name in arrow.column_names
    }
    return Found(**columns)


def cells_table(length: int, columns: Mapping[str, pa.Array], table: Table = CUBE) -> Cells:
    """The columns given, and those that the cube lacks as nulls, in the order of the table."""
    text, real = pa.nulls(length, CODED), pa.nulls(length, pa.float64())
    absent = dict.fromkeys(table.columns, real) | dict.fromkeys(texts(table), text)
    return pa.table({name: columns.get(name, absent[name]) for name in table.columns})


def inner_cells(
    cube: str, keys: Sequence[tuple[str, ...]], at: Ints, n: Ints, columns: Mapping[str, pa.Array]
) -> Cells:
    """INNER_CELL, of one cube and period.

    Args:
        cube: its name.
        keys: REGION_KEY of the period's regions.
        at: of every inner cell the place of its municipality among these.
        n: its count.
        columns: what it has besides.
    """
    size = len(n)
    own = {
        "cube": repeated(cube, size),
        "period": repeated(keys[0][0], size),
        "geography": repeated(keys[0][1], size),
        "region": coded(*distinct([key[3] for key in keys], at)),
        "value": pa.array(n.astype(np.float64)),
    }
    return cells_table(size, {**own, **columns}, INNER_CELL)


def coded(codes: Sequence[str], index: Ints) -> pa.Array:
    """A column of texts as numbers of its codes."""
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32)), pa.array(codes, pa.string())
    )


def entered(codes: Sequence[str], index: Ints, moved: NDArray[np.bool_]) -> pa.Array:
    """The region entered, of moves; null of all else."""
    names, places = distinct(list(codes), np.where(moved, index, 0))
    at = pa.array(places.astype(np.int32), mask=~moved)
    return pa.DictionaryArray.from_arrays(at, pa.array(names, pa.string()))


def repeated(text: str, times: int) -> pa.Array:
    """A column with one text."""
    return coded([text], np.zeros(times, np.int64))


def distinct(texts: list[str], index: Ints) -> tuple[list[str], Ints]:
    """Each text once, and which of them every row has."""
    once = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return list(once), np.array([once[text] for text in texts], np.int64)[index]
