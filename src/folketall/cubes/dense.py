"""From counts of inner cells to all the cells that cubes declare.

Persons are counted by Spark, once, at the finest cells of each region: few rows. The declared
cells are many, and most of them zero, so they are made where they are needed: a block of regions
at a time as one array, with the margins as sums along its axes. Nothing but what was counted is
exchanged, and cells come in the order of their codes, which makes the files a third as large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION, Cube
from folketall.cubes.regions import REGION_KEY, Regions
from folketall.model.table import conform
from folketall.model.tables import CUBE, DIMENSIONS

BLOCK = 1_500_000
"""Figures that are made at once: some 100 MB of memory, and a second."""
Figures = Mapping[str, NDArray[np.int64]]
"""By measure, of every region and cell."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted for a cube."""

    cube: Cube
    regions: Regions
    rows: DataFrame
    """(number of the region, place of the inner codes), and one column of `counted` each."""
    counted: tuple[str, ...]
    derived: Callable[[Figures], Figures] | None = None
    """Further measures, from those counted."""


def filled(counts: Sequence[Counts]) -> DataFrame:
    """Sum counts into every margin; every declared cell without a count is zero.

    Returns:
        CUBE: one row per declared region, codes and measure of every cube.
    """
    shapes = [_Shape(of.cube, of.regions, of.counted, of.derived) for of in counts]
    blocks = [(n, block) for n, shape in enumerate(shapes) for block in range(shape.blocks)]
    spark = counts[0].rows.sparkSession
    schema = "cube_no int, block int, number int, place int, counts array<bigint>"
    # Each block comes up, also one without a count.
    parts = [spark.createDataFrame([(*block, None, None, None) for block in blocks], schema)]
    for n, (of, shape) in enumerate(zip(counts, shapes, strict=True)):
        figures = F.array(*[F.coalesce(F.col(c).cast("bigint"), F.lit(0)) for c in of.counted])
        parts.append(
            of.rows.select(
                F.lit(n).alias("cube_no"),
                F.floor(F.col("number") / shape.regions_a_block).cast("int").alias("block"),
                F.col("number").cast("int").alias("number"),
                F.col("place").cast("int").alias("place"),
                figures.alias("counts"),
            )
        )

    def fill(key: tuple[Any, ...], rows: pa.Table) -> pa.Table:
        return shapes[key[0].as_py()].cells(key[1].as_py(), rows)

    # The number is given: small as the counts are, they would all go to one task.
    spread = reduce(DataFrame.unionByName, parts).repartition(len(blocks), "cube_no", "block")
    cells = spread.groupBy("cube_no", "block").applyInArrow(fill, CUBE.schema)
    return conform(cells, CUBE)


@dataclass(frozen=True)
class _Shape:
    """The declared cells of one cube: regions × codes of each dimension × measures."""

    cube: Cube
    regions: Regions
    counted: tuple[str, ...]
    derived: Callable[[Figures], Figures] | None

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.cube.measures, *self.cube.nation_measures)

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(dimension.all_codes) for dimension in self.cube.dimensions)

    @property
    def size(self) -> int:
        """Cells of one region, margins included."""
        return int(np.prod(self.sizes, dtype=np.int64))

    @property
    def regions_a_block(self) -> int:
        return max(1, BLOCK // (self.size * len(self.measures)))

    @property
    def blocks(self) -> int:
        return -(-len(self.regions.keys) // self.regions_a_block)

    def cells(self, block: int, rows: pa.Table) -> pa.Table:
        """The rows of CUBE of one block of regions."""
        start = block * self.regions_a_block
        keys = self.regions.keys[start : start + self.regions_a_block]
        declared = [start + n for n, key in enumerate(keys) if key[2] in self.cube.levels]
        numbers = np.array(declared, np.int64)
        figures = self._figures(rows, numbers)
        nation = np.array([self.regions.keys[n][2] == NATION for n in declared], np.bool_)
        wanted = np.ones((len(numbers), self.size, len(self.measures)), np.bool_)
        # What only the nation has, no other region declares (M4).
        wanted[~nation, :, len(self.cube.measures) :] = False
        at = np.flatnonzero(wanted)
        region, place = at // (self.size * len(self.measures)), at // len(self.measures) % self.size
        return self._table(figures, numbers[region], place, at % len(self.measures), at)

    def _figures(self, rows: pa.Table, numbers: NDArray[np.int64]) -> Figures:
        """Every measure of every region and cell, flat."""
        rows = rows.filter(pc.is_valid(rows["number"]))
        number = rows["number"].to_numpy().astype(np.int64)
        counts = rows["counts"].combine_chunks().flatten().to_numpy().reshape(-1, len(self.counted))
        region = np.searchsorted(numbers, number)
        if not np.array_equal(numbers[np.minimum(region, len(numbers) - 1)], number):
            raise ValueError(f"{self.cube.name}: counts of a region that the cube does not declare")
        cells = np.zeros((len(numbers), self.size, len(self.counted)), np.int64)
        np.add.at(cells, (region, rows["place"].to_numpy()), counts)
        cells = self._with_margins(cells.reshape(len(numbers), *self.sizes, len(self.counted)))
        flat = cells.reshape(-1, len(self.counted))
        found = {name: flat[:, n] for n, name in enumerate(self.counted)}
        return {**found, **(self.derived(found) if self.derived else {})}

    def _with_margins(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add up along each dimension in turn; later sums are of the sums already made."""
        for axis, dimension in enumerate(self.cube.dimensions, start=1):
            along = np.moveaxis(cells, axis, 0)
            for code in dimension.all_codes[len(dimension.codes) :]:
                inner = [dimension.codes.index(one) for one in dimension.inner_of(code)]
                along[dimension.all_codes.index(code)] = along[inner].sum(axis=0)
        return cells

    def _table(
        self,
        figures: Figures,
        number: NDArray[np.int64],
        place: NDArray[np.int64],
        measure: NDArray[np.int64],
        at: NDArray[np.int64],
    ) -> pa.Table:
        cell = at // len(self.measures)
        every = np.stack([figures[name] for name in self.measures], axis=-1).reshape(-1)
        columns: dict[str, pa.Array] = {"cube": _repeated(self.cube.name, len(at))}
        keys = self.regions.keys
        first = int(number.min()) if len(number) else 0
        mine = keys[first : int(number.max()) + 1] if len(number) else ()
        for n, name in enumerate(REGION_KEY):
            columns[name] = _coded([key[n] for key in mine], number - first)
        stride = self.size
        for dimension, size in zip(self.cube.dimensions, self.sizes, strict=True):
            stride //= size
            columns[dimension.name] = _coded(dimension.all_codes, place // stride % size)
        columns["measure"] = _coded(self.measures, measure)
        columns["value"] = pa.array(every[at].astype(np.float64))
        columns |= self._terms(figures, measure, cell)
        absent = {name: pa.nulls(len(at), pa.string()) for name in DIMENSIONS}
        return pa.table({name: columns.get(name, absent.get(name)) for name in CUBE.columns})

    def _terms(
        self, figures: Figures, measure: NDArray[np.int64], cell: NDArray[np.int64]
    ) -> dict[str, pa.Array]:
        """What a net is the difference of goes with it: protection computes it anew (X5)."""
        terms = self.cube.net_of
        if terms is None:
            return {name: pa.nulls(len(cell), pa.float64()) for name in ("plus", "minus")}
        other = measure != self.measures.index("net")
        return {
            name: pa.array(figures[term][cell].astype(np.float64), mask=other)
            for name, term in zip(("plus", "minus"), terms, strict=True)
        }


def _coded(codes: Sequence[str], index: NDArray[np.int64]) -> pa.Array:
    return pa.array(codes, pa.string()).take(pa.array(index))


def _repeated(text: str, times: int) -> pa.Array:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(times, np.int64)))
