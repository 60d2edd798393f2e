"""Cubes with every declared cell: regions × codes of each dimension × measures, level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

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
from folketall.cubes.declared import NATION, TOTAL, Cube, LevelTable
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
    inner_measures: tuple[str, ...] = ()
    """What inner cells count, by `what`; none of a cube that has no inner cells."""
    derived: Callable[[Figures], Figures] | None = None
    """Further measures, from those counted: sums of them, so that keys add up the same way."""

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.cube.measures, *self.cube.nation_measures)

    def cells(self, found: Found) -> Iterator[Cells]:
        """The rows of CUBE, a table a period.

        Raises:
            ValueError: counts of a region that the cube does not declare.
        """
        for numbers in self.regions.by_period():
            yield self._period(_figures_of(self._here(found, numbers)), numbers)

    def inner(self, found: Found) -> Iterator[Cells]:
        """The rows of INNER_CELL, a table a period: what all cells are sums of, but zeros."""
        if not self.inner_measures:
            return
        for numbers in self.regions.by_period():
            here = self._here(found, numbers)
            yield self._inner(here.where(self._lowest(here, numbers) & (here.n != 0)), numbers)

    def _lowest(self, found: Found, numbers: range) -> NDArray[np.bool_]:
        """Which counts are of inner cells: of stocks those of municipalities."""
        if found.other is not None:
            return found.other >= 0
        keys = self.regions.keys
        lowest = [n for n in numbers if keys[n][2] == "municipality"]
        return np.isin(found.number, lowest)

    def _here(self, found: Found, numbers: range) -> Found:
        return found.where((found.number >= numbers.start) & (found.number < numbers.stop))

    def _codes(self, place: Ints) -> tuple[Ints, ...]:
        """The inner code of each dimension, from the places of cells."""
        sizes = [len(dimension.inner) for dimension in self.cube.dimensions]
        return tuple(np.unravel_index(place, sizes)) if sizes else ()

    def _inner(self, found: Found, numbers: range) -> Cells:
        keys = [self.regions.keys[number] for number in numbers]
        columns = {"measure": coded(self.inner_measures, found.what)}
        if found.other is not None:
            names, moved = [key[3] for key in keys], found.other != found.number
            columns["other_region"] = entered(names, found.other - numbers.start, moved)
        for dimension, codes in zip(self.cube.dimensions, self._codes(found.place), strict=True):
            columns[dimension.name] = coded(dimension.inner, codes)
        return inner_cells(self.cube.name, keys, found.number - numbers.start, found.n, columns)

    def _period(self, found: Found, numbers: range) -> Cells:
        done = {level: np.zeros(0, np.int64) for level in self.cube.levels}
        blocks = []
        for table in self.cube.tables:
            for part in table.parts():
                blocks += self._block(found, table, part, done, numbers)
                more = self._numbers(table, part)
                done |= {level: np.concatenate((done[level], more)) for level in table.levels}
        if not blocks:
            return cells_table(0, {})
        region, *codes, measure = (
            np.concatenate(of) for of in zip(*(b.at for b in blocks), strict=True)
        )
        # A region's cells stand together, whatever tables they are of.
        order = np.argsort(region, kind="stable")
        region, measure = region[order], measure[order]
        codes = [of[order] for of in codes]
        keys = [self.regions.keys[number] for number in numbers]
        columns: dict[str, pa.Array] = {"cube": repeated(self.cube.name, len(region))}
        for n, name in enumerate(REGION_KEY):
            columns[name] = coded(*distinct([key[n] for key in keys], region))
        for dimension, places in zip(self.cube.dimensions, codes, strict=True):
            columns[dimension.name] = coded(dimension.all_codes, places)
        columns["measure"] = coded(self.measures, measure)
        columns |= self._columns([b.counts for b in blocks], order, measure, FIGURES)
        if found.key is not None:
            columns |= self._columns([b.keys for b in blocks], order, measure, KEYS_OF_FIGURES)
        return cells_table(len(region), columns)

    def _block(
        self,
        found: Found,
        table: LevelTable,
        part: Sequence[str],
        done: Mapping[str, Ints],
        numbers: range,
    ) -> list[_Block]:
        """The cells of some levels by crossed dimensions, but those `done`; none: no region."""
        keys = self.regions.keys
        declared = np.array([n for n in numbers if keys[n][2] in table.levels], np.int64)
        if not len(declared):
            return []
        mine = found.where(np.isin(found.number, declared))
        names = [one.name for one in self.cube.dimensions]
        shape = tuple(len(table.codes(name)) if name in part else 1 for name in names)
        number = self._numbers(table, part)
        wanted = np.array([~np.isin(number, done[keys[region][2]]) for region in declared])
        every = np.repeat(wanted[..., None], len(self.measures), axis=-1)
        # What only the nation has, no other region declares (M4).
        elsewhere = np.array([keys[region][2] != NATION for region in declared])
        every[elsewhere, :, len(self.cube.measures) :] = False
        region, flat, measure = np.nonzero(every)
        cell = region * len(number) + flat
        codes = np.unravel_index(number, self._sizes()) if self._sizes() else ()
        at = (declared[region] - numbers.start, *(of[flat] for of in codes), measure)

        def sums(added: Ints) -> Figures:
            of_all = self._figures(mine, added, declared, table, part, shape)
            return {name: of[cell] for name, of in of_all.items()}

        modulo = {} if mine.key is None else sums(mine.key)
        return [_Block(at, sums(mine.n), {name: of % KEYS for name, of in modulo.items()})]

    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(dimension.all_codes) for dimension in self.cube.dimensions)

    def _numbers(self, table: LevelTable, part: Sequence[str]) -> Ints:
        """Of each cell of a part, its number among all codes of the cube crossed."""
        number = np.zeros(1, np.int64)
        for dimension in self.cube.dimensions:
            codes = table.codes(dimension.name) if dimension.name in part else (TOTAL,)
            places = np.array([dimension.all_codes.index(code) for code in codes], np.int64)
            number = (number[:, None] * len(dimension.all_codes) + places).reshape(-1)
        return number

    def _figures(
        self,
        found: Found,
        added: Ints,
        numbers: Ints,
        table: LevelTable,
        part: Sequence[str],
        shape: Sequence[int],
    ) -> Figures:
        """Every measure of every region and cell, flat: what was `added` up for each found."""
        region = np.searchsorted(numbers, found.number)
        cells = np.zeros((len(numbers), *shape, len(self.counted)), np.int64)
        at = [
            _partition(dimension.codes, table.shown[dimension.name])[codes]
            if dimension.name in part
            else np.zeros(len(codes), np.int64)
            for dimension, codes in zip(self.cube.dimensions, self._codes(found.place), strict=True)
        ]
        np.add.at(cells, (region, *at, found.what), added)
        for axis, dimension in enumerate(self.cube.dimensions, start=1):
            if dimension.name in part:
                _add_margins(np.moveaxis(cells, axis, 0), dimension.codes, table, dimension.name)
        flat = cells.reshape(-1, len(self.counted))
        counted = {name: flat[:, n] for n, name in enumerate(self.counted)}
        return {**counted, **(self.derived(counted) if self.derived else {})}

    def _columns(
        self, blocks: Sequence[Figures], order: Ints, measure: Ints, names: Sequence[str]
    ) -> dict[str, pa.Array]:
        """What every row has: its own figure and, of a net, those it is the difference of.

        They go with it: protection computes a net anew (X5).
        """
        figures = {name: np.concatenate([b[name] for b in blocks])[order] for name in blocks[0]}
        own = np.choose(measure, [figures[name] for name in self.measures])
        columns = {names[0]: pa.array(own.astype(np.float64))}
        if terms := self.cube.net_of:
            other = measure != self.measures.index("net")
            for name, term in zip(names[1:], terms, strict=True):
                columns[name] = pa.array(figures[term].astype(np.float64), mask=other)
        return columns


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of a cube: where they are, and every measure of the cell that each is of."""

    at: tuple[Ints, ...]
    """Region (counted from the period's first), code of each dimension, measure."""
    counts: Figures
    keys: Figures


def _figures_of(found: Found) -> Found:
    """The counts of declared cells alone."""
    return found if found.other is None else found.where(found.other < 0)


def _partition(codes: Mapping[str, tuple[int, ...]], shown: Sequence[str]) -> Ints:
    """Of each inner code, the place of the shown code that it is part of."""
    found = np.zeros(len(codes[TOTAL]), np.int64)
    for place, code in enumerate(shown):
        found[list(codes[code])] = place
    return found


def _add_margins(
    along: NDArray[np.int64],
    codes: Mapping[str, tuple[int, ...]],
    table: LevelTable,
    dimension: str,
) -> None:
    """Add up the margins of a dimension, its first axis, from the codes that partition it."""
    shown = table.shown[dimension]
    for place, code in enumerate(table.codes(dimension)):
        if place >= len(shown):
            of = [n for n, one in enumerate(shown) if set(codes[one]) <= set(codes[code])]
            along[place] = along[of].sum(axis=0)
