"""Cubes with every declared cell: regions × codes of each dimension × measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from folketall.cubes.counted import Found, Ints, cells_table, coded, distinct, repeated
from folketall.cubes.declared import NATION, Cube
from folketall.cubes.keys import KEYS
from folketall.cubes.regions import REGION_KEY, Regions
from folketall.model.cells import FIGURES, KEYS_OF_FIGURES, Cells

Figures = Mapping[str, Ints]
"""By measure, of every region and cell."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted for a cube; the margins are sums along the axes of one array."""

    cube: Cube
    regions: Regions
    rows: DataFrame
    """(number of the region, place of the inner codes, what of `counted`, n); perhaps key."""
    counted: tuple[str, ...]
    derived: Callable[[Figures], Figures] | None = None
    """Further measures, from those counted: sums of them, so that keys add up the same way."""

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.cube.measures, *self.cube.nation_measures)

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(dimension.all_codes) for dimension in self.cube.dimensions)

    def cells(self, found: Found) -> Iterator[Cells]:
        """The rows of CUBE, a table a period.

        Raises:
            ValueError: counts of a region that the cube does not declare.
        """
        for numbers in self.regions.by_period():
            declared = [n for n in numbers if self.regions.keys[n][2] in self.cube.levels]
            here = found.where((found.number >= numbers.start) & (found.number < numbers.stop))
            yield self._period(here, np.array(declared, np.int64))

    def _period(self, found: Found, numbers: Ints) -> Cells:
        keys = [self.regions.keys[number] for number in numbers]
        shape = (len(numbers), *self.sizes, len(self.measures))
        wanted = np.ones(shape, np.bool_)
        # What only the nation has, no other region declares (M4).
        elsewhere = np.array([key[2] != NATION for key in keys])
        wanted[elsewhere, ..., len(self.cube.measures) :] = False
        at = np.flatnonzero(wanted)
        columns: dict[str, pa.Array] = {"cube": repeated(self.cube.name, len(at))}
        index = np.unravel_index(at, shape)
        for n, name in enumerate(REGION_KEY):
            columns[name] = coded(*distinct([key[n] for key in keys], index[0]))
        for dimension, places in zip(self.cube.dimensions, index[1:-1], strict=True):
            columns[dimension.name] = coded(dimension.all_codes, places)
        columns["measure"] = coded(self.measures, index[-1])
        cell, measure = at // len(self.measures), index[-1]
        columns |= self._columns(self._figures(found, found.n, numbers), cell, measure, FIGURES)
        if found.key is not None:
            sums = self._figures(found, found.key, numbers)
            modulo = {name: every % KEYS for name, every in sums.items()}
            columns |= self._columns(modulo, cell, measure, KEYS_OF_FIGURES)
        return cells_table(len(at), columns)

    def _figures(self, found: Found, added: Ints, numbers: Ints) -> Figures:
        """Every measure of every region and cell, flat: what was `added` up for each found."""
        region = np.searchsorted(numbers, found.number)
        if not np.array_equal(numbers[np.minimum(region, len(numbers) - 1)], found.number):
            raise ValueError(f"{self.cube.name}: counts of a region that the cube does not declare")
        size = int(np.prod(self.sizes, dtype=np.int64))
        cells = np.zeros((len(numbers), size, len(self.counted)), np.int64)
        np.add.at(cells, (region, found.place, found.what), added)
        cells = self._with_margins(cells.reshape(len(numbers), *self.sizes, len(self.counted)))
        flat = cells.reshape(-1, len(self.counted))
        counted = {name: flat[:, n] for n, name in enumerate(self.counted)}
        return {**counted, **(self.derived(counted) if self.derived else {})}

    def _with_margins(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add up along each dimension in turn; later sums are of the sums already made."""
        for axis, dimension in enumerate(self.cube.dimensions, start=1):
            along = np.moveaxis(cells, axis, 0)
            for code in dimension.all_codes[len(dimension.codes) :]:
                inner = [dimension.codes.index(one) for one in dimension.inner_of(code)]
                along[dimension.all_codes.index(code)] = along[inner].sum(axis=0)
        return cells

    def _columns(
        self, figures: Figures, cell: Ints, measure: Ints, names: Sequence[str]
    ) -> dict[str, pa.Array]:
        """What every row has: its own figure and, of a net, those it is the difference of.

        They go with it: protection computes a net anew (X5).
        """
        every = np.stack([figures[name] for name in self.measures], axis=-1)
        columns = {names[0]: pa.array(every[cell, measure].astype(np.float64))}
        if terms := self.cube.net_of:
            other = measure != self.measures.index("net")
            for name, term in zip(names[1:], terms, strict=True):
                columns[name] = pa.array(figures[term][cell].astype(np.float64), mask=other)
        return columns
