"""Tables that nobody publishes: what others cross in, and immigrants without refugee background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from folketall.audit.published import Division, Ints, PublishedTable
from folketall.audit.ties import groups_of_both
from folketall.cubes.declared import IMMIGRANT, REFUGEES, RESIDENTS, UNKNOWN, Cube


def crossings(
    tables: Sequence[PublishedTable], cubes: Mapping[str, Cube], inner: pd.DataFrame | None
) -> list[PublishedTable]:
    """Where two tables divide the same crosswise, what they cross in: tables without a cell.

    Two such groupings have few totals in common; but where nobody is in what lies between, more.
    """
    found: dict[tuple[object, ...], PublishedTable] = {}
    for one, two in combinations(tables, 2):
        if one.persons != two.persons:
            continue
        pairs = [(a, b) for a in one.divisions for b in two.divisions if a.name == b.name]
        if all(_nests(a, b) for a, b in pairs):
            continue
        divisions = tuple(_crossing(a, b) for a, b in pairs)
        made = _without_cells(one, divisions, true_counts(cubes[one.name], divisions, inner))
        found.setdefault(tuple(division.elements for division in divisions), made)
    return list(found.values())


def _without_cells(
    like: PublishedTable, divisions: tuple[Division, ...], inner: Ints | None
) -> PublishedTable:
    """A table that nobody publishes: what is known of it is what others say."""
    none, no = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    return replace(
        like,
        name="what they cross in",
        divisions=divisions,
        codes=(none,) * len(divisions),
        value=none,
        known=no,
        count=None if like.count is None else none,
        primary=None if like.primary is None else no,
        public=None,
        limit=None,
        inner=inner,
    )


def finest_pairs(tables: Sequence[PublishedTable]) -> list[tuple[int, int]]:
    """Of immigrants and of persons with refugee background, by as much as both divide by.

    A pair that divides by less says nothing that a finer one does not.
    """
    sizes: dict[tuple[int, int], dict[str, int]] = {}
    for residents, one in enumerate(tables):
        for refugees, two in enumerate(tables):
            names = {division.name: division for division in one.divisions}
            if one.persons == RESIDENTS and two.persons == REFUGEES and IMMIGRANT in names:
                sizes[residents, refugees] = {
                    its.name: groups_of_both(names[its.name], its)[2]
                    for its in two.divisions
                    if its.name in names
                }
    order = sorted(sizes, key=lambda pair: (-int(np.prod(list(sizes[pair].values()))), pair))
    kept: list[tuple[int, int]] = []
    for pair in order:
        own = sizes[pair]
        if not any(all(sizes[k].get(n, 0) >= size for n, size in own.items()) for k in kept):
            kept.append(pair)
    return kept


def others(
    residents: PublishedTable,
    refugees: PublishedTable,
    cubes: Mapping[str, Cube],
    inner: pd.DataFrame | None,
) -> PublishedTable:
    """Immigrants without refugee background: nobody publishes them, yet they are there."""
    of = {division.name: division for division in residents.divisions}
    divisions = tuple(_crossing(of[d.name], d) for d in refugees.divisions if d.name in of)
    counts = None
    if inner is not None and len(inner):
        immigrants = inner[inner[IMMIGRANT] == "true"]
        there = _counts(cubes[residents.name], divisions, immigrants)
        counts = there - _counts(cubes[refugees.name], divisions, inner)
    made = _without_cells(refugees, divisions, counts)
    return replace(made, name="immigrants without refugee background", persons="others")


def _nests(one: Division, two: Division) -> bool:
    """Whether every group of one lies within a group of the other, or the other way round."""
    return all(
        len(b) <= 1 or all(sum(bool(code & x) for x in one.elements or ()) <= 1 for code in b)
        for b in ([its for its in two.elements or () if its & mine] for mine in one.elements or ())
    )


def _crossing(one: Division, two: Division) -> Division:
    """The groups that both divisions can sum, or those that they cross in."""
    at = {element: n for n, of in enumerate(two.elements or ()) for element in of}
    both: dict[tuple[int, int], set[str]] = {}
    sums = groups_of_both(one, two)[0] if _nests(one, two) else None
    for n, of in enumerate(one.elements or ()):
        for element in sorted(of):
            key = (n, at.get(element, -1)) if sums is None else (int(sums[n]), -1)
            both.setdefault(key, set()).add(element)
    elements = tuple(frozenset(of) for of in both.values())
    home: tuple[tuple[int, ...], ...] = ()
    if one.home:
        number = 2 * max(one.home[-1] + two.home[-1])
        block = {e: one.home[0][n] for n, of in enumerate(one.elements or ()) for e in of}
        own = tuple(block[min(of)] for of in elements)
        home = (own, tuple(number + k for k in range(len(elements))))
    return Division(one.name, tuple(map(str, range(len(both)))), {}, elements, home)


def true_counts(
    cube: Cube, divisions: Sequence[Division], inner: pd.DataFrame | None
) -> Ints | None:
    """The true counts of the finest cells of a table, from those of the cube; None: not told."""
    return None if inner is None or not len(inner) else _counts(cube, divisions, inner)


def _counts(cube: Cube, divisions: Sequence[Division], inner: pd.DataFrame) -> Ints:
    mine = inner[inner["cube"] == cube.name]
    key = np.zeros(len(mine), np.int64)
    for division in divisions:
        assert division.elements is not None
        at = {element: n for n, of in enumerate(division.elements) for element in of}
        if division.name == "region":
            number = {**at, UNKNOWN: at.get("9999", at.get(UNKNOWN, -1))}
        else:
            of = cube.dimension(division.name)
            number = {code: at[of.elements[n][0]] for n, code in enumerate(of.inner)}
        places = mine[division.name].map(number).to_numpy(np.int64)
        key = key * len(division.finest) + places
    size = int(np.prod([len(division.finest) for division in divisions], dtype=np.int64))
    counts = np.zeros(size, np.int64)
    np.add.at(counts, key, np.rint(mine["value"].to_numpy()).astype(np.int64))
    return counts
