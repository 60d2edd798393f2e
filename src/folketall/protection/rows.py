"""From rows of CUBE and INNER_CELL to cells by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from folketall.cubes.declared import Cube
from folketall.model.tables import CELL_KEY
from folketall.suppression.cells import Cells, Ints

Axis = tuple[Sequence[str], Mapping[str, str]]
"""The codes of a dimension in order; and what a row says to the code that it means."""


def cells_of(inner: int, members: Sequence[Sequence[int]]) -> Cells:
    start = np.concatenate(([0], np.cumsum([len(of) for of in members]))).astype(np.int64)
    rows = np.array([n for of in members for n in of], np.int64)
    return Cells(inner, start, rows)


def cell_of(rows: pd.DataFrame, axes: Sequence[Axis], dimensions: Sequence[str]) -> Ints:
    """The cell of every row: its codes crossed, the last running; -1 where a region is none.

    Args:
        rows: of CUBE.
        axes: of the regions and of each dimension.
        dimensions: their names.
    """
    cell = np.zeros(len(rows), np.int64)
    good = np.ones(len(rows), np.bool_)
    said = [rows["level"].astype(str) + " " + rows["region"].astype(str)]
    said += [rows[name].astype(str) for name in dimensions]
    for (codes, of), words in zip(axes, said, strict=True):
        number = {code: place for place, code in enumerate(codes)}
        which, different = pd.factorize(words)
        at = np.array([number.get(of.get(word, ""), -1) for word in different], np.int64)
        own = at[which] if len(different) else np.zeros(len(rows), np.int64)
        good &= own >= 0
        cell = cell * len(codes) + own
    cell[~good] = -1
    return cell


def counted(
    inner: pd.DataFrame,
    cube: Cube,
    where: Mapping[str, int],
    order: Mapping[str, Sequence[str]],
    codes: Mapping[str, Sequence[str]],
) -> Ints:
    """The counts of inner cells, the last dimension running.

    Args:
        inner: INNER_CELL, of the cube.
        cube: its declaration.
        where: municipality to its place.
        order: dimension to its codes.
        codes: dimension to the code that each inner code of the cube is part of.
    """
    at = inner["region"].map(where).to_numpy(np.int64)
    size = max(where.values(), default=-1) + 1
    for name, listed in order.items():
        number = {code: place for place, code in enumerate(listed)}
        inside = zip(cube.dimension(name).inner, codes[name], strict=True)
        place_of = {code: number[part] for code, part in inside}
        at = at * len(listed) + inner[name].map(place_of).to_numpy(np.int64)
        size *= len(listed)
    found = np.zeros(size, np.int64)
    np.add.at(found, at, np.rint(inner["value"].to_numpy()).astype(np.int64))
    return found


def by_cube(inner: pd.DataFrame, cubes: Iterable[str]) -> dict[str, pd.DataFrame]:
    """INNER_CELL cube by cube; where a cube counts nobody, no rows."""
    found = dict(iter(inner.groupby("cube", sort=False)))
    return {name: found.get(name, inner.iloc[:0]) for name in cubes}


def terms_of_nets(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints, Ints]:
    """The rows of nets, and of each the rows of the two counts that it is the difference of (X5).

    Args:
        table: CUBE, of one period.
        cubes: the declaration.
    """
    key = [name for name in CELL_KEY if name != "measure"]
    rows = pd.DataFrame({
        "cell": table.groupby(key, dropna=False, sort=False).ngroup().to_numpy(),
        "measure": table["measure"].to_numpy(str),
        "at": np.arange(len(table)),
    })  # fmt: skip
    found = rows[rows["measure"] == "net"].drop(columns="measure")
    names = table["cube"].iloc[found["at"]]
    for place in range(2):
        of = {name: cube.net_of[place] for name, cube in cubes.items() if cube.net_of}
        found = found.assign(measure=names.map(of).to_numpy()).merge(
            rows, on=["cell", "measure"], suffixes=("", f"_{place}")
        )
        names = table["cube"].iloc[found["at"]]
    net, plus, minus = (found[name].to_numpy(np.int64) for name in ("at", "at_0", "at_1"))
    return net, plus, minus
