"""From the rows of a stock's cubes to the structure that is protected, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import CATEGORY, NATION, TOTAL, UNKNOWN
from folketall.model.tables import DIMENSIONS
from folketall.suppression.cells import Ints
from folketall.suppression.structure import Dimension, Structure, crossed, dimension, linked

DIVISIONS = ("county", "region", "economic_region", "centrality")
"""Levels that divide the municipalities; the work is shared out by the first."""
LOWEST = ("municipality", "county", NATION)
PLACES = "places"
"""Of a municipality's row: its regions in the order of DIVISIONS, joined by BETWEEN."""
BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure, and which of its cells each row of the table is."""

    structure: Structure
    cell: Ints
    """Of every row; -1 where a row is no sum of the lowest regions."""


def layout(table: pd.DataFrame) -> Layout:
    """Lay out all cubes in the table, which count the same persons.

    Args:
        table: CUBE with PLACES, of one period and measure.
    """
    cell = np.full(len(table), -1, np.int64)
    names, which = np.unique(table["cube"].to_numpy(str), return_inverse=True)
    structures: list[Structure] = []
    first = 0
    for number, name in enumerate(names.tolist()):
        rows = np.flatnonzero(which == number)
        structure, mine = _one_cube(name, table.iloc[rows])
        cell[rows] = np.where(mine >= 0, mine + first, -1)
        structures.append(structure)
        first += len(structure.cells)
    return Layout(structures[0] if len(structures) == 1 else linked(structures), cell)


def _one_cube(name: str, table: pd.DataFrame) -> tuple[Structure, Ints]:
    """The structure of one cube, and the cell of every row."""
    region, codes, divided = _regions(table)
    dimensions, places = {"place": region}, [codes]
    for column in DIMENSIONS:
        numbers, values = pd.factorize(table[column])
        if len(values):
            dimensions[column] = _dimension(column, [str(value) for value in values])
            at = {code: number for number, code in enumerate(dimensions[column].codes)}
            places.append(np.array([at[str(value)] for value in values])[numbers])
    cell, inner = np.zeros(len(table), np.int64), np.zeros(len(table), np.int64)
    lowest = np.ones(len(table), np.bool_)
    for d, place in zip(dimensions.values(), places, strict=True):
        cell = cell * len(d.codes) + place
        above = len(d.codes) - len(d.inner)
        inner = inner * len(d.inner) + place - above
        lowest &= place >= above
    cell[codes < 0] = -1
    size = int(np.prod([len(d.inner) for d in dimensions.values()], dtype=np.int64))
    counts = np.zeros(size, np.int64)
    counts[inner[lowest]] = np.rint(table["value"].to_numpy()[lowest]).astype(np.int64)
    flags = [divided, *[False] * (len(dimensions) - 1)]
    return crossed(dimensions, flags, counts, table=name), cell


def _dimension(name: str, values: list[str]) -> Dimension:
    groups = dict(CATEGORY.groups) if name == CATEGORY.name else {}
    inner = [value for value in values if value not in groups and value != TOTAL]
    parents = {code: group for group, of in groups.items() for code in of if code in inner}
    return dimension(name, inner, [parents] if parents else [])


def _regions(table: pd.DataFrame) -> tuple[Dimension, NDArray[np.int64], bool]:
    """The dimension of all levels' regions, the code of every row, and whether it is divided."""
    level, levels = pd.factorize(table["level"])
    region, regions = pd.factorize(table["region"])
    pairs, first, which = np.unique(
        level * len(regions) + region, return_index=True, return_inverse=True
    )
    names = [
        TOTAL if levels[pair // len(regions)] == NATION
        else f"{levels[pair // len(regions)]} {regions[pair % len(regions)]}"
        for pair in pairs.tolist()
    ]  # fmt: skip
    lowest = next(one for one in LOWEST if one in set(levels))
    inner = {
        name: place
        for name, place in zip(names, table[PLACES].to_numpy()[first], strict=True)
        if name.startswith(f"{lowest} ")
    } or {"all": None}
    trees = _trees(inner, set(levels)) if lowest == "municipality" else []
    found = dimension("region", inner, trees)
    at = {code: number for number, code in enumerate(found.codes)}
    numbers = np.array([at.get(name, -1) for name in names])
    if lowest == NATION:
        numbers[:] = at["all"]
    return found, numbers[which.reshape(-1)], bool(trees)


def _trees(inner: Mapping[str, str | None], levels: set[str]) -> list[dict[str, str]]:
    trees = []
    for number, division in enumerate(DIVISIONS):
        if division in levels:
            trees.append(
                {
                    code: f"{division} {place.split(BETWEEN)[number] if place else UNKNOWN}"
                    for code, place in inner.items()
                }
            )
    return trees
