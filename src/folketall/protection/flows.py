"""From the rows of a year's flow cubes to the structure that is protected, and back (M4, X2).

Immigration, emigration and moves within municipalities add up over regions like persons. Moves
between municipalities do not: those inside a region are none of the region's. What enters a region
is what enters its municipalities less what moves inside it, and what leaves it likewise, so the
moves inside are unknown counts of their own: nobody publishes them, and they are the same on both
sides. In and out are sums of two counts; a net is computed from the published in and out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import ADMINISTRATIVE, BETWEEN, NATION, TOTAL, Cube
from folketall.model.errors import StatisticsError, UsageError
from folketall.protection.flow_parts import ADDED, FROM, INTO, TERMS, FlowParts, of_regions
from folketall.protection.layout import Laid, Layout, laid_out, published, refuse_other_sums
from folketall.protection.links import Links
from folketall.protection.parts import MUNICIPALITY, Places, municipalities, parts_of
from folketall.protection.rows import by_cube, terms_of_nets
from folketall.suppression.cells import Flags, Ints
from folketall.suppression.linking import linked, with_sums
from folketall.suppression.structure import Structure
from folketall.suppression.suppression import protect_counts

PUBLIC = ("immigration", "emigration", INTO, FROM, "in", "out", *BETWEEN)
"""Measures whose totals by region are public: terms of the accounts and their sums (X0).

All moves between counties, or between municipalities, are what enters each of them in all."""


def flow_layout(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    *,
    threshold: int = 3,
    min_width: int = 2,
) -> Layout:
    """Lay out all flow cubes of a year but those of pairs of regions.

    Args:
        table: CUBE, of one period.
        inner: INNER_CELL, of the same cubes and period.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        min_width: no interval of a primary may be narrower.

    Returns:
        The structure, and the cell of each row: -1 of a net, and of a row that is no sum of
        the lowest regions.
    """
    every = municipalities(table, inner, places)
    found = FlowParts(every, by_cube(inner, cubes))
    for part in parts_of(table, cubes):
        found.add(part)
    links = Links(every, found.parts, found.inner)
    laid = laid_out(links)
    pairs, wholes = found.ties()
    structure = linked(laid.structures, [*links.pairs(), *pairs], [*links.wholes, *wholes])
    structure, cell = _with_rows(structure, _terms_of(table, found, laid))
    count = _few(table, found, cubes, threshold, min_width)
    facts = _is_public(table, cubes), count, _mirrors(table, cubes)
    return Layout(replace(published(structure, cell, *facts), wide=True), cell)


_NOTHING, _NONE = -2, -1
"""In the place of a cell: nothing, which everyone knows; what is no sum of the lowest regions."""


def _with_rows(structure: Structure, terms: Ints) -> tuple[Structure, Ints]:
    """The structure with the sums that the rows need, and the cell of each row.

    Args:
        terms: of each row the two cells that it is the sum of; or one and `_NOTHING`.
    """
    zero = len(structure.cells)
    structure = with_sums(structure, np.zeros((1, 0), np.int64))
    several = (terms >= 0).all(axis=1)
    summed, which = np.unique(terms[several], axis=0, return_inverse=True)
    cell = terms.max(axis=1)
    cell[cell == _NOTHING] = zero
    cell[(terms == _NONE).any(axis=1)] = _NONE
    cell[several] = len(structure.cells) + which.reshape(-1)
    return with_sums(structure, summed), cell


def _terms_of(table: pd.DataFrame, found: FlowParts, laid: Laid) -> Ints:
    """Of each row the cells that it is the sum of; `_NONE` twice of a net."""
    terms = np.full((len(table), 2), _NONE)
    for base, numbers in found.of:
        measure, level = (base.rows[name].to_numpy(str) for name in ("measure", "level"))
        for name in sorted(set(measure.tolist()) & set(TERMS)):
            mine = np.flatnonzero(measure == name)
            of = np.full((len(mine), 2), _NOTHING)
            for place, term in enumerate(TERMS[name]):
                for at, number in _places_of(name, term, level[mine], numbers):
                    of[at, place] = laid.cells(number, base.rows.iloc[mine[at]])
            terms[base.at[mine]] = of
    return terms


def _places_of(
    measure: str, term: str, level: NDArray[np.str_], numbers: Mapping[str, int]
) -> Iterator[tuple[Ints, int]]:
    """Rows of a measure, and the part that has the cells of its term.

    At the nation moves between municipalities are neither in nor out (M4).
    """
    if term in ADDED:
        yield np.arange(len(level)), numbers[term]
        return
    lowest = (level == MUNICIPALITY) | (measure == BETWEEN[1])
    above = ~lowest & ((level != NATION) | (measure == BETWEEN[0]))
    yield np.flatnonzero(lowest), numbers[term]
    if above.any():
        yield np.flatnonzero(above), numbers[of_regions(term)]


def _at_total(table: pd.DataFrame, cubes: Mapping[str, Cube], but: Sequence[str] = ()) -> Flags:
    """Rows at the total of all dimensions, but for some."""
    found: Flags = np.ones(len(table), np.bool_)
    names = {one.name for cube in set(table["cube"]) for one in cubes[cube].dimensions}
    for name in sorted(names - set(but)):
        found &= (table[name].isna() | table[name].isin([TOTAL])).to_numpy()
    return found


def _is_public(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: the terms of the accounts and their sums, by region, without any other attribute."""
    found: Flags = _at_total(table, cubes) & table["measure"].isin(PUBLIC).to_numpy()
    return found


def _few(
    table: pd.DataFrame, found: FlowParts, cubes: Mapping[str, Cube], threshold: int, min_width: int
) -> Ints:
    """Of every row the public count that it is part of, where that is too small; else 0.

    A count up to the threshold (X0, X1). And one that is hardly more than the number of its parts
    that are not zero: each of these counts one at least, if zeros are public, so none of them
    could be much more.
    """
    by = ["level", "region", "measure"]
    public = _is_public(table, cubes)
    # Administrative out-registrations are among the emigrations (M6).
    own = table[by].replace({"measure": {ADMINISTRATIVE: "emigration"}})
    whole = own[public].assign(of=table["value"][public]).drop_duplicates(by)
    of = own.merge(whole, on=by, how="left")["of"].fillna(0).to_numpy()
    small = of <= threshold
    for base, _ in found.of:
        inner = np.ones(len(base.rows), np.bool_)
        for name in base.dimensions:
            inner &= base.rows[name].isin(base.table.shown[name]).to_numpy()
        parts = (inner & (base.rows["value"] > 0).to_numpy()).astype(np.int64)
        region = base.rows.groupby(by, sort=False).ngroup().to_numpy()
        number = np.bincount(region, parts, minlength=1)[region] if len(region) else parts
        small[base.at] |= of[base.at] - number < np.maximum(min_width, number)
    return np.where(~public & (of >= 1) & small, of, 0).astype(np.int64)


def _mirrors(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints]:
    """Rows of men and of women: together they are public."""
    mine = _at_total(table, cubes, ("sex",)) & table["measure"].isin(PUBLIC).to_numpy()
    by = ["cube", "level", "region", "measure"]
    rows = table.loc[mine, [*by, "sex"]].assign(at=np.flatnonzero(mine))
    both = rows[rows["sex"] == "1"].merge(rows[rows["sex"] == "2"], on=by)
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)


def hidden_flows(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    *,
    threshold: int,
    zeros: bool,
    singletons: str,
    min_width: int,
) -> Flags:
    """Of all flow cubes of a year but pairs of regions: whether each row is left empty (X2).

    Args:
        table: CUBE, of one period.
        inner: INNER_CELL, of the same cubes and period.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        zeros: whether zeros are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.

    Raises:
        StatisticsError: rows that are not the sums they are taken for, or cubes of the same
            migrations with different totals.
    """
    try:
        laid = flow_layout(table, inner, cubes, places, threshold=threshold, min_width=min_width)
    except UsageError:
        name = " ".join(str(table[key].iloc[0]) for key in ("period", "geography"))
        said = "cubes of the same migrations have different totals"
        raise StatisticsError(f"{name}: {said}") from None
    refuse_other_sums(table, laid.structure.values, laid.cell)
    done = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
        all_levels=False,
    )
    hidden: Flags = (laid.cell < 0) | done.suppressed[laid.cell]
    net, plus, minus = terms_of_nets(table, cubes)
    hidden[net] = hidden[plus] | hidden[minus]
    return hidden
