"""One cube over the inner cells of all its levels: rounded, all levels add up (X1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd

from folketall.cubes.declared import NATION, Cube
from folketall.protection.parts import Municipalities, Places, municipalities, parts_of
from folketall.protection.rows import Axis, cell_of, cells_of, counted
from folketall.suppression.cells import Cells, Ints


def joint(
    table: pd.DataFrame, inner: pd.DataFrame, cube: Cube, places: Places
) -> tuple[Ints, Cells, Ints]:
    """One cube over the inner cells of all its levels: municipality by inner codes.

    Args:
        table: CUBE, of the cube and one period.
        inner: INNER_CELL, of the same.
        cube: its declaration.
        places: as for `layout`.

    Returns:
        The counts of the inner cells; the cells of the rows that are sums of them; and of every row
        its cell, -1 where it is none.
    """
    every = municipalities(table, inner, places)
    order = {one.name: one.inner for one in cube.dimensions}
    counts = counted(inner, cube, every.number, order, order)
    cell = np.full(len(table), -1, np.int64)
    found: list[Cells] = []
    first = 0
    for part in parts_of(table, {cube.name: cube}):
        regions = _members(every, part.table.levels)
        cells = cells_of(len(every.codes), list(regions.values()))
        axes: list[Axis] = [(tuple(regions), {code: code for code in regions})]
        for one in cube.dimensions:
            codes = part.codes(one.name)
            axes.append((codes, {code: code for code in codes}))
            cells = cells.times(cells_of(len(one.inner), [one.codes[code] for code in codes]))
        names = [one.name for one in cube.dimensions]
        mine = cell_of(part.rows, axes, names)
        cell[part.at] = np.where(mine >= 0, mine + first, -1)
        found.append(cells)
        first += len(cells)
    wanted = np.unique(cell[cell >= 0])
    whole = reduce(Cells.and_then, found)
    return counts, whole.take(wanted), np.where(cell < 0, -1, np.searchsorted(wanted, cell))


def _members(every: Municipalities, levels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """`level region`, as rows have it, to the municipalities of the region."""
    found: dict[str, list[int]] = {}
    for level in levels:
        of = ["0"] * len(every.codes) if level == NATION else every.at[level]
        for n, region in enumerate(of):
            found.setdefault(f"{level} {region}", []).append(n)
    return {code: tuple(of) for code, of in found.items()}
