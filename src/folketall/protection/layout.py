"""From the rows of a stock's cubes to the structure that is protected, and back.

A cube is fine at some levels and coarse at others (Q1). What it publishes at levels of the same
fineness is a table of its own, over as few inner cells as its regions and codes need. Tables of the
same persons are linked: they have the same totals by every group of municipalities, and of codes of
a dimension, that both can sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from folketall.cubes.declared import NATION, TOTAL, Cube
from folketall.protection.links import Links
from folketall.protection.parts import (
    DIVISIONS,
    MUNICIPALITY,
    REGION,
    Municipalities,
    Part,
    Places,
    class_name,
    municipalities,
    parts_of,
)
from folketall.protection.public import few, is_public, mirrors
from folketall.protection.rows import Axis, cell_of, counted
from folketall.suppression.cells import Ints
from folketall.suppression.linking import linked
from folketall.suppression.structure import Dimension, Structure, crossed, dimension


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure, and which of its cells each row of the table is."""

    structure: Structure
    cell: Ints
    """Of every row; -1 where a row is no sum of the lowest regions."""


def layout(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    *,
    threshold: int = 3,
    public: bool = True,
) -> Layout:
    """Lay out all cubes in the table, which count persons of one day.

    Args:
        table: CUBE, of one period and measure.
        inner: INNER_CELL, of the same cubes and period.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        public: whether residents by sex and age are published as they are (X0).
    """
    every = municipalities(table, inner, places)
    links = Links(every, parts_of(table, cubes), inner)
    cell = np.full(len(table), -1, np.int64)
    structures: list[Structure] = []
    area = links.areas()
    first = 0
    for number, part in enumerate(links.parts):
        structure, rows, mine = _structure(part, links, number, area)
        cell[rows] = np.where(mine >= 0, mine + first, -1)
        structures.append(structure)
        first += len(structure.cells)
    found = structures[0]
    if len(structures) > 1:
        found = linked(structures, links.pairs(), links.wholes)
    shown, given = np.zeros((2, len(found.cells)), np.bool_)
    parts = np.zeros(len(found.cells), np.int64)
    mirror = np.full(len(found.cells), -1)
    shown[cell[cell >= 0]] = True
    if public:
        given[cell[is_public(table, cubes) & (cell >= 0)]] = True
        count = few(table, cubes, threshold)
        parts[cell[cell >= 0]] = count[cell >= 0]
        one, other = mirrors(table, cubes)
        good = (cell[one] >= 0) & (cell[other] >= 0)
        mirror[cell[one[good]]] = cell[other[good]]
    return Layout(replace(found, shown=shown, public=given, few=parts, mirror=mirror), cell)


def _structure(part: Part, links: Links, number: int, area: Ints) -> tuple[Structure, Ints, Ints]:
    """The structure of a part, its rows and the cell of each."""
    every, of_class = links.every, links.classes[number]
    groups = links.groups[number]
    region = _region(part, every, of_class, groups.get(REGION, {}))
    dimensions = {REGION: region}
    for name in part.dimensions:
        dimensions[name] = _dimension(part, name, groups.get(name, {}))
    counts = _part_counts(part, every, of_class, dimensions, links.inner)
    divided = [True, *[False] * len(part.dimensions)]
    made = crossed(dimensions, divided, counts, table=str(number))
    area_of_class = np.zeros(of_class.max(initial=-1) + 1, np.int64)
    area_of_class[of_class] = area
    made = replace(
        made,
        place=_of_inner(made, region, _place(of_class)),
        home=_of_inner(made, region, area_of_class),
    )
    axes: list[Axis] = [(region.codes, _region_names(part, every, of_class))]
    axes += [
        (dimensions[name].codes, {code: code for code in part.codes(name)})
        for name in part.dimensions
    ]
    return made, part.at, cell_of(part.rows, axes, part.dimensions)


def _region(
    part: Part, every: Municipalities, of_class: Ints, groups: Mapping[str, tuple[int, ...]]
) -> Dimension:
    """The classes of municipalities, and as their sums every region of the part's levels."""
    classes = [class_name(number) for number in range(of_class.max(initial=-1) + 1)]
    trees = []
    levels = [level for level in part.table.levels if level not in (NATION, MUNICIPALITY)]
    for level in dict.fromkeys((DIVISIONS[0], *levels)):
        at = dict(zip(of_class.tolist(), every.at[level], strict=True))
        trees.append({classes[n]: f"{level} {region}" for n, region in sorted(at.items())})
    trees += _tree(groups, classes)
    return dimension(REGION, classes, trees)


def _tree(groups: Mapping[str, tuple[int, ...]], codes: Sequence[str]) -> list[dict[str, str]]:
    """Shared groups of more than one code as parents; they may overlap, so each by itself."""
    return [{codes[n]: name for n in of} for name, of in groups.items() if len(of) > 1]


def _dimension(part: Part, name: str, groups: Mapping[str, tuple[int, ...]]) -> Dimension:
    shown, own = part.table.shown[name], part.cube.dimension(name)
    trees = []
    for margin in part.table.margins.get(name, ()):
        inside = set(own.codes[margin])
        trees.append({code: margin for code in shown if set(own.codes[code]) <= inside})
    return dimension(name, shown, [*trees, *_tree(groups, shown)])


def _part_counts(
    part: Part,
    every: Municipalities,
    of_class: Ints,
    dimensions: Mapping[str, Dimension],
    inner: pd.DataFrame,
) -> Ints:
    """The inner cells of a part, added up from those of the cube."""
    region = {code: place for place, code in enumerate(dimensions[REGION].inner)}
    where = {m: region[class_name(of_class[n])] for m, n in every.number.items()}
    codes: dict[str, list[str]] = {}
    for name in part.dimensions:
        own = part.cube.dimension(name)
        of = {place: code for code in part.table.shown[name] for place in own.codes[code]}
        codes[name] = [of[place] for place in range(len(own.inner))]
    order = {name: dimensions[name].inner for name in part.dimensions}
    return counted(inner, part.cube, where, order, codes)


def _place(of_class: Ints) -> Ints:
    """Of every class its municipality, or a number of its own where it is of several."""
    alone = np.bincount(of_class)
    town = np.full(len(alone), -1)
    town[of_class] = np.arange(len(of_class))
    return np.where(alone == 1, town, len(of_class) + np.arange(len(alone)))


def _of_inner(structure: Structure, region: Dimension, of_class: Ints) -> Ints:
    """Of each inner cell what its class of municipalities has; regions are the first dimension."""
    own = of_class[[int(code.split(" ")[1]) for code in region.inner]]
    return np.repeat(own, len(structure.counts) // max(len(own), 1))


def _region_names(part: Part, every: Municipalities, of_class: Ints) -> dict[str, str]:
    """`level region`, as rows have it, to the code of the region dimension."""
    found = {f"{NATION} 0": TOTAL}
    for level in part.table.levels:
        for n, region in enumerate(every.at.get(level, ())):
            own = class_name(of_class[n]) if level == MUNICIPALITY else f"{level} {region}"
            found[f"{level} {region}"] = own
    return found
