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
from folketall.model.errors import StatisticsError
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
    region_name,
)
from folketall.protection.public import few, is_public, mirrors
from folketall.protection.rows import Axis, by_cube, cell_of, counted
from folketall.suppression.cells import Flags, Ints
from folketall.suppression.linking import linked
from folketall.suppression.order import NOWHERE
from folketall.suppression.structure import Dimension, Structure, crossed, dimension

TABLE_KEY = ("period", "geography", "measure")
"""What a message names of a table: the cell's cube and region follow."""


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
    links = Links(every, parts_of(table, cubes), by_cube(inner, cubes))
    laid = laid_out(links)
    cell = np.full(len(table), -1, np.int64)
    for number, part in enumerate(links.parts):
        cell[part.at] = laid.cells(number, part.rows)
    found = laid.structures[0]
    if len(laid.structures) > 1:
        found = linked(laid.structures, links.pairs(), links.wholes)
    if not public:
        none = np.zeros(0, np.int64)
        nothing = np.zeros(len(table), np.int64)
        return Layout(published(found, cell, nothing > 0, nothing, (none, none)), cell)
    facts = is_public(table, cubes), few(table, cubes, threshold, every), mirrors(table, cubes)
    return Layout(published(found, cell, *facts), cell)


def published(
    structure: Structure, cell: Ints, public: Flags, few: Ints, mirrors: tuple[Ints, Ints]
) -> Structure:
    """The structure with what the rows say of their cells.

    Args:
        structure: the tables, linked.
        cell: of every row; -1 where it has none.
        public: of every row, whether it is published as it is (X0).
        few: of every row the small public count that it is part of; 0: of none.
        mirrors: rows that are as much larger as others are smaller, and these others.
    """
    shown, given = np.zeros((2, len(structure.cells)), np.bool_)
    parts = np.zeros(len(structure.cells), np.int64)
    mirror = np.full(len(structure.cells), -1)
    has = cell >= 0
    shown[cell[has]] = True
    given[cell[public & has]] = True
    parts[cell[has]] = few[has]
    one, other = (cell[rows] for rows in mirrors)
    both = (one >= 0) & (other >= 0)
    mirror[one[both]] = other[both]
    parts[given] = 0
    return replace(structure, shown=shown, public=given, few=parts, mirror=mirror)


@dataclass(frozen=True, slots=True)
class Laid:
    """Parts as structures, side by side but not linked yet."""

    parts: Sequence[Part]
    structures: list[Structure]
    axes: list[list[Axis]]
    """Of each part: the codes of the regions, and of each dimension."""

    def cells(self, number: int, rows: pd.DataFrame) -> Ints:
        """The cell of each row in a part, counted through all parts; -1 where it has none."""
        mine = cell_of(rows, self.axes[number], self.parts[number].dimensions)
        return np.where(mine >= 0, mine + sum(len(s.cells) for s in self.structures[:number]), -1)


def laid_out(links: Links) -> Laid:
    """Every part as a structure of its own."""
    area = links.areas()
    made = [
        (_of_regions if part.flat else _of_classes)(part, links, number, area)
        for number, part in enumerate(links.parts)
    ]
    return Laid(links.parts, [structure for structure, _ in made], [axes for _, axes in made])


def _of_classes(part: Part, links: Links, number: int, area: Ints) -> tuple[Structure, list[Axis]]:
    """The structure of a part over classes of municipalities, and its axes."""
    every, of_class = links.every, links.classes[number]
    groups = links.groups[number]
    region = _region(part, every, of_class, groups.get(REGION, {}))
    dimensions = {REGION: region, **_by_name(part, groups)}
    where = {
        municipality: class_name(of_class[place]) for municipality, place in every.number.items()
    }
    counts = _part_counts(part, where, dimensions, links.inner[part.cube.name])
    made = _crossed(part, dimensions, counts, number)
    area_of_class = np.zeros(of_class.max(initial=-1) + 1, np.int64)
    area_of_class[of_class] = area
    made = replace(
        made,
        place=_of_inner(made, region, _place(of_class)),
        home=_of_inner(made, region, area_of_class),
    )
    return made, _axes(part, dimensions, _region_names(part, every, of_class))


def _of_regions(part: Part, links: Links, number: int, area: Ints) -> tuple[Structure, list[Axis]]:
    """The structure of a part whose counts do not add up over regions (M4), and its axes.

    Each region is a code by itself, and asks before all municipalities.
    """
    names = [region_name(n) for n in range(len(part.regions))]
    named = list(zip(names, part.regions.values(), strict=True))
    where = {alias: name for name, of in named for alias in of}
    groups = links.groups[number]
    whole = f"{NATION} 0"
    of_nation = {name: whole for alias, name in where.items() if alias.startswith(DIVISIONS[0])}
    region = dimension(REGION, names, [of_nation, *_tree(groups.get(REGION, {}), names)])
    dimensions = {REGION: region, **_by_name(part, groups)}
    counts = _part_counts(part, where, dimensions, links.inner[part.cube.name])
    made = _crossed(part, dimensions, counts, number)
    county = links.every.at[DIVISIONS[0]]
    order = {code: n for n, code in enumerate(sorted(f"{DIVISIONS[0]} {c}" for c in set(county)))}
    block, home = [], []
    for n, of in enumerate(part.regions):
        counties = {county[m] for m in of}
        one = order[f"{DIVISIONS[0]} {min(counties)}"] if len(counties) == 1 else len(order) + n
        block.append(one)
        home.append(area[min(of)] if len(counties) == 1 else NOWHERE)
    made = replace(
        made,
        block=_of_inner(made, region, np.array(block, np.int64)),
        place=np.full(len(counts), NOWHERE),
        home=_of_inner(made, region, np.array(home, np.int64)),
    )
    return made, _axes(part, dimensions, {**where, whole: whole})


def _by_name(
    part: Part, groups: Mapping[str, Mapping[str, tuple[int, ...]]]
) -> dict[str, Dimension]:
    return {name: _dimension(part, name, groups.get(name, {})) for name in part.dimensions}


def _crossed(
    part: Part, dimensions: Mapping[str, Dimension], counts: Ints, number: int
) -> Structure:
    divided = [True, *[False] * len(part.dimensions)]
    return crossed(dimensions, divided, counts, table=str(number))


def _axes(
    part: Part, dimensions: Mapping[str, Dimension], regions: Mapping[str, str]
) -> list[Axis]:
    return [
        (dimensions[REGION].codes, regions),
        *((dimensions[name].codes, {code: code for code in part.codes(name)})
          for name in part.dimensions),
    ]  # fmt: skip


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
    part: Part, where: Mapping[str, str], dimensions: Mapping[str, Dimension], inner: pd.DataFrame
) -> Ints:
    """The inner cells of a part, added up from those of the cube.

    Args:
        where: the region of an inner cell to its code in the part.
    """
    region = {code: place for place, code in enumerate(dimensions[REGION].inner)}
    codes: dict[str, list[str]] = {}
    for name in part.dimensions:
        own = part.cube.dimension(name)
        of = {place: code for code in part.table.shown[name] for place in own.codes[code]}
        codes[name] = [of[place] for place in range(len(own.inner))]
    order = {name: dimensions[name].inner for name in part.dimensions}
    places = {name: region[code] for name, code in where.items()}
    return counted(inner, part.cube, places, order, codes)


def _place(of_class: Ints) -> Ints:
    """Of every class its municipality, or a number of its own where it is of several."""
    alone = np.bincount(of_class)
    town = np.full(len(alone), -1)
    town[of_class] = np.arange(len(of_class))
    return np.where(alone == 1, town, len(of_class) + np.arange(len(alone)))


def _of_inner(structure: Structure, region: Dimension, of_class: Ints) -> Ints:
    """Of each inner cell what its class or region has; regions are the first dimension."""
    own = of_class[[int(code.split(" ")[-1]) for code in region.inner]]
    return np.repeat(own, len(structure.counts) // max(len(own), 1))


def _region_names(part: Part, every: Municipalities, of_class: Ints) -> dict[str, str]:
    """`level region`, as rows have it, to the code of the region dimension."""
    found = {f"{NATION} 0": TOTAL}
    for level in part.table.levels:
        for n, region in enumerate(every.at.get(level, ())):
            own = class_name(of_class[n]) if level == MUNICIPALITY else f"{level} {region}"
            found[f"{level} {region}"] = own
    return found


def refuse_other_sums(table: pd.DataFrame, sums: Ints, cell: Ints) -> None:
    """Every cell must be the sum it is taken for, or the protection would be of nothing.

    Raises:
        StatisticsError: naming the first cell that is not.
    """
    wrong = np.flatnonzero((table["value"].to_numpy() != sums[cell]) & (cell >= 0))
    if len(wrong):
        row = table.iloc[wrong[0]]
        raise StatisticsError(
            f"{' '.join(str(row[key]) for key in TABLE_KEY)} at {row['cube']} {row['level']} "
            f"{row['region']}: a cell is not the sum of its inner cells; "
            "only whole, additive counts can be suppressed, or rounded so that they add up"
        )
