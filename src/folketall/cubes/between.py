"""Moves with the regions at both ends, and the cube of moves from region to region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.counted import (
    Found,
    Ints,
    cells_table,
    coded,
    distinct,
    entered,
    inner_cells,
    repeated,
)
from folketall.cubes.declared import INTERNAL, TOTAL, Cube
from folketall.cubes.keys import KEY, KEYS, UNKEYED, Keyed, figures, summed
from folketall.cubes.regions import REGION_KEY, Regions, with_regions
from folketall.model.cells import Cells


def with_both_ends(
    moves: DataFrame,
    regions: Regions,
    record: Sequence[Column],
    groups: tuple[Column | str, ...] = (),
    by: tuple[Column | str, ...] = (),
) -> DataFrame:
    """Count moves by their two municipalities, and give both their regions.

    Args:
        moves: one row a migration.
        regions: the numbered regions.
        record: what each adds to its cell, as `Keyed.record` gives it.
        groups: columns to prepare, each of a row alone.
        by: what to count by, made from `groups`.

    Returns:
        One row per (geography, the two municipalities, by), with what was added up,
        `left_<level>` and `entered_<level>`.
    """
    ends = ["from_municipality", "to_municipality"]
    year = F.col("year").cast("string").alias("geography")
    described = moves.select(year, *ends, *groups, *record)
    counted = summed(described.select("geography", *ends, *by, *figures(described)))
    left = with_regions(counted, regions, "from_municipality", "left")
    return with_regions(left, regions, "to_municipality", "entered")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Moves from `region` to `other_region` of the same level (M4).

    All pairs of regions are declared but at the cube's sparse levels, where only pairs with moves
    exist, and the total of every region.
    """

    cube: Cube
    moves: DataFrame
    """Internal migrations, one row each."""
    regions: Regions
    keyed: Keyed = UNKEYED

    @property
    def rows(self) -> DataFrame:
        """(number of the region left, place: that of the region entered, what 0, figures)."""
        ends = F.array(
            *[
                F.struct(
                    F.col(f"left_{level}").alias("number"), F.col(f"entered_{level}").alias("place")
                )
                for level in self.cube.levels
            ]
        )
        record = self.keyed.record(self.cube, "event_id")
        finest = with_both_ends(self.moves, self.regions, record)
        pairs = finest.select(F.inline(ends), *figures(finest))
        return summed(pairs.where(F.col("number") != F.col("place"))).withColumn("what", F.lit(0))

    def cells(self, found: Found) -> Iterator[Cells]:
        """The rows of CUBE, a table a period."""
        for numbers in self.regions.by_period():
            here = (found.number >= numbers.start) & (found.number < numbers.stop)
            yield self._period(found.where(here), numbers)

    def inner(self, found: Found) -> Iterator[Cells]:
        """The rows of INNER_CELL, a table a period: moves between municipalities."""
        keys = self.regions.keys
        for numbers in self.regions.by_period():
            lowest = [n for n in numbers if keys[n][2] == "municipality"]
            here = found.where(np.isin(found.number, lowest))
            own, size = [keys[number] for number in numbers], len(here.n)
            names = [key[3] for key in own]
            columns = {
                "other_region": entered(names, here.place - numbers.start, np.ones(size, np.bool_)),
                "measure": repeated(INTERNAL, size),
            }
            at = here.number - numbers.start
            yield inner_cells(self.cube.name, own, at, here.n, columns)

    def _period(self, found: Found, numbers: range) -> Cells:
        declared = [n for n in numbers if self.regions.keys[n][2] in self.cube.levels]
        keys = [self.regions.keys[number] for number in declared]
        # The place after the last region stands for the total of all others.
        total = len(keys)
        size = total + 1
        left, entered = (np.searchsorted(declared, end) for end in (found.number, found.place))

        def filled(figures: Ints) -> Ints:
            cells = np.zeros(total * size, np.int64)
            np.add.at(cells, left * size + entered, figures)
            np.add.at(cells, left * size + total, figures)
            return cells

        moves = filled(found.n)
        at = np.flatnonzero(self._declared([key[2] for key in keys]).reshape(-1) | (moves > 0))
        region, other = np.divmod(at, size)
        columns = {name: coded(*distinct([key[n] for key in keys], region))
                   for n, name in enumerate(REGION_KEY)}  # fmt: skip
        columns["cube"] = repeated(self.cube.name, len(at))
        columns["other_region"] = coded(*distinct([*(key[3] for key in keys), TOTAL], other))
        columns["measure"] = repeated(self.cube.measures[0], len(at))
        columns["value"] = pa.array(moves[at].astype(np.float64))
        if found.key is not None:
            columns[KEY] = pa.array((filled(found.key)[at] % KEYS).astype(np.float64))
        return cells_table(len(at), columns)

    def _declared(self, level: list[str]) -> NDArray[np.bool_]:
        """Region × other region, and last the total: the pairs that exist without a move too."""
        levels = np.array(level)
        sparse = {level for table in self.cube.tables if table.sparse for level in table.levels}
        dense = ~np.isin(levels, sorted(sparse))
        pairs = (levels[:, None] == levels) & dense[:, None]
        np.fill_diagonal(pairs, False)
        return np.column_stack((pairs, np.ones(len(levels), np.bool_)))
