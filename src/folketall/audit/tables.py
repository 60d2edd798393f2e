"""The cells of cubes as the tables of an attacker: what every cell sums, and of which regions.

A cube is fine at some levels and coarse at others (Q1): what it publishes at levels of the same
fineness is a table of its own, over as few finest cells as its regions and codes tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from folketall.audit.nested import crossings, finest_pairs, others, true_counts
from folketall.audit.published import Division, Flags, Ints, PublishedTable
from folketall.audit.regions import merged
from folketall.audit.ties import Whole
from folketall.cubes.declared import (
    IMMIGRANT,
    LEVELS,
    PUBLIC_BY,
    RESIDENTS,
    TOTAL,
    Cube,
    LevelTable,
)
from folketall.model.errors import StatisticsError
from folketall.model.tables import DIMENSIONS


@dataclass(frozen=True, slots=True)
class CubeCells:
    """Cells of cubes that count the same persons."""

    said: pd.DataFrame
    """cube, level, code: of the dimensions in the order of DIMENSIONS, `|` between."""
    place: Ints
    """By cell, the number of its region."""
    value: Ints
    known: Flags
    count: Ints | None = None
    primary: Flags | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class CubeTables:
    """Cells of cubes as tables, and what everyone knows of them."""

    tables: list[PublishedTable]
    rows: list[Ints]
    """Of each table, the rows of the cells given that it has."""
    wholes: list[Whole]
    """Immigrants, as those with refugee background and the others."""


def cube_tables(
    cells: CubeCells,
    places: Division,
    cubes: Mapping[str, Cube],
    inner: pd.DataFrame | None = None,
    *,
    public: bool = True,
) -> CubeTables:
    """The cells as tables, one for the levels of a cube that are equally fine.

    Args:
        cells: of any regions and cubes.
        places: the regions.
        cubes: the declaration says what codes sum, and how fine each level is.
        inner: INNER_CELL, in the boundaries of the cells, where the audit may know it.
        public: whether residents by region, sex and age are public (X0).

    Raises:
        StatisticsError: cells of a cube, or of a code, that is not declared: nobody could say what
            they are sums of.
    """
    tables: list[PublishedTable] = []
    of_rows: list[Ints] = []
    names = cells.said["cube"].to_numpy(str)
    if gone := sorted(set(names.tolist()) - set(cubes)):
        raise StatisticsError(f"{gone[0]} was published and is no longer declared (cubes.file)")
    limits = _limits(cells, cubes) if public else None
    for name in sorted(set(names.tolist())):
        rows = np.flatnonzero(names == name)
        for table, dimensions, mine in _by_table(cubes[name], cells.said.iloc[rows]):
            made = _table(cubes[name], table, dimensions, cells, rows[mine], places, inner)
            if limits is not None:
                limit = limits(cells.said["code"].iloc[rows[mine]], cells.place[rows[mine]], name)
                made = replace(made, public=_public(made), limit=limit)
            tables.append(made)
            of_rows.append(rows[mine])
    tables += crossings(tables, cubes, inner)
    wholes = []
    for residents, refugees in finest_pairs(tables):
        rest = others(tables[residents], tables[refugees], cubes, inner)
        wholes.append(Whole(residents, (refugees, len(tables)), (IMMIGRANT, "true")))
        tables.append(rest)
    none = [np.zeros(0, np.int64)] * (len(tables) - len(of_rows))
    return CubeTables(tables, [*of_rows, *none], wholes)


Limits = Callable[[pd.Series, Ints, str], Ints]
UNLIMITED = 2**62


def _limits(cells: CubeCells, cubes: Mapping[str, Cube]) -> Limits:
    """Of cells of a cube, the public count of the region by the sex and age that they are of."""
    names = cells.said["cube"].to_numpy(str)
    found: dict[tuple[int, str, str], int] = {}
    for name in sorted(set(names.tolist())):
        if cubes[name].counts != RESIDENTS:
            continue
        rows = np.flatnonzero(names == name)
        which, keys = _sex_and_age(cells.said["code"].iloc[rows], cubes[name], only=True)
        for row, key in zip(rows.tolist(), which.tolist(), strict=True):
            if keys[key] is not None and cells.known[row]:
                found[(int(cells.place[row]), *keys[key])] = int(cells.value[row])

    def limits(codes: pd.Series, place: Ints, name: str) -> Ints:
        which, keys = _sex_and_age(codes, cubes[name], only=False)
        return np.array(
            [found.get((p, *keys[k]), UNLIMITED)
             for p, k in zip(place.tolist(), which.tolist(), strict=True)], np.int64
        )  # fmt: skip

    return limits


def _sex_and_age(
    codes: pd.Series, cube: Cube, *, only: bool
) -> tuple[Ints, list[tuple[str, str] | None]]:
    """Sex and age of every code; None where another dimension is not at its total and `only`."""
    names = _in_order(cube)
    which, split = _split(codes)
    found: list[tuple[str, str] | None] = []
    for code in split:
        at = dict(zip(names, code, strict=True))
        others = [value for name, value in at.items() if name not in PUBLIC_BY]
        whole = all(value == TOTAL for value in others)
        found.append((at.get("sex", TOTAL), at.get("age", TOTAL)) if whole or not only else None)
    return which, found


def _public(table: PublishedTable) -> Flags | None:
    """X0: cells of residents by region, sex and age."""
    if table.persons != RESIDENTS:
        return None
    found = np.ones(len(table.value), np.bool_)
    for division, codes in zip(table.divisions[1:], table.codes[1:], strict=True):
        if division.name not in PUBLIC_BY:
            found &= codes == division.number[TOTAL]
    return found


def _by_table(cube: Cube, said: pd.DataFrame) -> Iterator[tuple[LevelTable, tuple[str, ...], Ints]]:
    """Every row in the first table of the cube that has it.

    What no table has was published under another declaration: at a level as fine as any.
    """
    which, codes = _split(said["code"])
    levels, left = said["level"].to_numpy(str), np.ones(len(said), np.bool_)
    names = _in_order(cube)
    for table in (*cube.tables, _finest(cube)):
        for part in table.parts():
            own = [set(table.codes(name)) if name in part else {TOTAL} for name in names]
            has = [all(c in s for c, s in zip(code, own, strict=True)) for code in codes]
            mine = left & np.isin(levels, table.levels) & np.array(has, np.bool_)[which]
            left &= ~mine
            if mine.any():
                yield table, tuple(name for name in names if name in part), np.flatnonzero(mine)
    if left.any():
        one = said[left].iloc[0]
        raise StatisticsError(
            f"{cube.name} {one['level']} {one['code']} was published and is no longer declared "
            "(cubes.file)"
        )


def _finest(cube: Cube) -> LevelTable:
    """A table of all levels in the inner codes of every dimension."""
    shown = {one.name: one.inner for one in cube.dimensions}
    margins = {
        one.name: tuple(code for code in one.all_codes if code not in (*one.inner, TOTAL))
        for one in cube.dimensions
    }
    return LevelTable(LEVELS, shown, margins)


def _in_order(cube: Cube) -> list[str]:
    """The dimensions of a cube in the order in which cells name their codes."""
    return [name for name in DIMENSIONS if name in {one.name for one in cube.dimensions}]


def _split(codes: pd.Series) -> tuple[Ints, list[list[str]]]:
    number, different = pd.factorize(codes)
    return number, [str(code).split("|") if str(code) else [] for code in different]


def _table(
    cube: Cube,
    table: LevelTable,
    dimensions: Sequence[str],
    cells: CubeCells,
    rows: Ints,
    places: Division,
    inner: pd.DataFrame | None,
) -> PublishedTable:
    """Cells of some levels, with their codes as numbers."""
    place = cells.place[rows]
    regions = merged(places, place)
    divisions = (regions, *(_division(cube, table, name) for name in dimensions))
    where = np.array([regions.number.get(code, -1) for code in places.codes], np.int64)[place]
    which, codes = _split(cells.said["code"].iloc[rows])
    order = _in_order(cube)
    at = [
        np.array([division.number[code[order.index(division.name)]] for code in codes])[which]
        for division in divisions[1:]
    ]
    return PublishedTable(
        cube.name,
        divisions,
        (where, *at),
        cells.value[rows],
        cells.known[rows],
        None if cells.count is None else cells.count[rows],
        None if cells.primary is None else cells.primary[rows],
        true_counts(cube, divisions, inner),
        cells.signed,
        cube.counts,
    )


def _division(cube: Cube, table: LevelTable, name: str) -> Division:
    of, shown = cube.dimension(name), table.shown[name]
    inner = {code: (place,) for place, code in enumerate(of.inner)}
    sums = {**inner, **of.codes}
    members = {code: [n for n, one in enumerate(shown) if set(sums[one]) <= set(sums[code])]
               for code in table.codes(name)}  # fmt: skip
    elements = tuple(
        frozenset(element for place in sums[code] for element in of.elements[place])
        for code in shown
    )
    return Division(name, shown, members, elements)
