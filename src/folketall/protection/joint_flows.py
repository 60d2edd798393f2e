"""One flow cube over the migrations of all its levels: rounded, all levels add up (X1, M4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import (
    BETWEEN,
    INTERNAL,
    LEVELS,
    MOVES,
    NATION,
    TOTAL,
    Cube,
)
from folketall.protection.flow_parts import ADDED, INTO, TERMS
from folketall.protection.parts import Part, Places, municipalities, parts_of
from folketall.suppression.cells import Cells, Flags, Ints

Ends = Mapping[str, tuple[Ints, Ints]]
"""Level to the region left and the region entered by each inner cell."""


def joint_flows(
    table: pd.DataFrame, inner: pd.DataFrame, cube: Cube, places: Places
) -> tuple[Ints, Cells, Ints]:
    """One flow cube over its inner cells: municipality, of moves both, by inner codes.

    Args:
        table: CUBE, of the cube and one period.
        inner: INNER_CELL, of the same.
        cube: its declaration.
        places: municipality to its regions, in the order of DIVISIONS.

    Returns:
        The counts of the inner cells; the cells of the rows; and of every row its cell, -1 of nets.
    """
    counts = np.rint(inner["value"].to_numpy()).astype(np.int64)
    ends, regions = _ends(table, inner, places)
    cell = np.full(len(table), -1, np.int64)
    keys, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    first = 0
    for part in parts_of(table, {cube.name: cube}):
        entries = _pairs(part, inner, ends) if cube.other_region else _by_codes(part, inner, ends)
        own, size = _cell_of_rows(part, regions)
        cell[part.at] = np.where(own >= 0, own + first, -1)
        for at, key in entries:
            rows.append(at)
            keys.append(key + first)
        first += size
    wanted = np.unique(cell[cell >= 0])
    every, of = np.concatenate(keys), np.concatenate(rows)
    at = np.searchsorted(wanted, every)
    good = np.flatnonzero((at < len(wanted)) & (wanted[np.minimum(at, len(wanted) - 1)] == every))
    order = good[np.argsort(at[good], kind="stable")]
    start = np.searchsorted(at[order], np.arange(len(wanted) + 1))
    cells = Cells(len(counts), start, of[order])
    return counts, cells, np.where(cell < 0, -1, np.searchsorted(wanted, cell))


def _ends(
    table: pd.DataFrame, inner: pd.DataFrame, places: Places
) -> tuple[Ends, Mapping[str, int]]:
    """The regions that inner cells leave and enter, and the number of each `level region`."""
    every = municipalities(table, inner, places)
    left = inner["region"].map(every.number).to_numpy(np.int64)
    entered = inner["other_region"].fillna(inner["region"]).map(every.number).to_numpy(np.int64)
    number: dict[str, int] = {}
    found: dict[str, tuple[Ints, Ints]] = {}
    for level in LEVELS:
        names = ["0"] * len(every.codes) if level == NATION else every.at[level]
        of = [number.setdefault(f"{level} {name}", len(number)) for name in names]
        at = np.array(of, np.int64)
        found[level] = (at[left], at[entered])
    return found, number


def _cell_of_rows(part: Part, regions: Mapping[str, int]) -> tuple[Ints, int]:
    """The number of every row's cell, and how many numbers there are; -1 of nets."""
    rows = part.rows
    said = rows["level"].astype(str) + " " + rows["region"].astype(str)
    found = said.map(regions).fillna(-1).to_numpy(np.int64)
    size = len(regions)
    axes: list[tuple[pd.Series, Mapping[str, int]]] = []
    if part.cube.other_region:
        other = rows["level"].astype(str) + " " + rows["other_region"].astype(str)
        axes.append((other.where(rows["other_region"] != TOTAL, TOTAL), {**regions, TOTAL: size}))
    for name in part.dimensions:
        axes.append((rows[name], {code: n for n, code in enumerate(part.codes(name))}))
    measures = {name: n for n, name in enumerate((*TERMS, MOVES))}
    axes.append((rows["measure"], measures))
    for values, number in axes:
        at = values.map(number).fillna(-1).to_numpy(np.int64)
        found = np.where((found < 0) | (at < 0), -1, found * len(number) + at)
        size *= len(number)
    return found, size


def _pairs(part: Part, inner: pd.DataFrame, ends: Ends) -> Iterator[tuple[Ints, Ints]]:
    """Inner cells with the numbers of the pairs that count them."""
    measures = len(TERMS) + 1
    number = 1 + max(int(max(a.max(initial=-1), b.max(initial=-1))) for a, b in ends.values())
    for level in part.table.levels:
        left, entered = ends[level]
        at = np.flatnonzero(left != entered)
        for other in (entered[at], np.full(len(at), number)):
            yield at, (left[at] * (number + 1) + other) * measures + measures - 1


def _by_codes(part: Part, inner: pd.DataFrame, ends: Ends) -> Iterator[tuple[Ints, Ints]]:
    """Inner cells with the numbers of the cells that count them, by region, codes and measure."""
    kind = inner["measure"].to_numpy(str)
    slots = [_slots(part, name, inner[name]) for name in part.dimensions]
    sizes = [len(part.codes(name)) for name in part.dimensions]
    asked = {*part.cube.measures, *part.cube.nation_measures}
    for level, (number, measure) in product(part.table.levels, enumerate(TERMS)):
        if measure not in asked:
            continue
        for counted, region in _regions(measure, level, kind, ends):
            for codes in product(*slots):
                good = counted.copy()
                key = region.copy()
                for code, size in zip(codes, sizes, strict=True):
                    good &= code >= 0
                    key = key * size + code
                at = np.flatnonzero(good)
                yield at, key[at] * (len(TERMS) + 1) + number


def _slots(part: Part, name: str, values: pd.Series) -> list[Ints]:
    """Of every inner cell its shown code, each margin if it is in it, and the total."""
    dimension, shown = part.cube.dimension(name), part.table.shown[name]
    place = values.map({code: n for n, code in enumerate(dimension.inner)}).to_numpy(np.int64)
    found = []
    of_shown = np.full(len(dimension.inner), -1)
    for number, code in enumerate(part.codes(name)):
        inside = np.zeros(len(dimension.inner), np.bool_)
        inside[list(dimension.codes[code])] = True
        if number < len(shown):
            of_shown[inside] = number
        else:
            found.append(np.where(inside[place], number, -1))
    return [of_shown[place], *found]


def _regions(
    measure: str, level: str, kind: NDArray[np.str_], ends: Ends
) -> Iterator[tuple[Flags, Ints]]:
    """Which inner cells a measure counts at a level, and of which region: rule M4."""
    left, entered = ends[level]
    internal = kind == INTERNAL
    if measure in BETWEEN:
        away, into = ends["county" if measure == BETWEEN[0] else "municipality"]
        if level == NATION:
            yield internal & (away != into), left
        return
    for term in TERMS[measure]:
        if term in ADDED:
            yield kind == term, left
        else:
            yield internal & (left != entered), entered if term == INTO else left
