"""Moves from region to region: from the rows of the cube to what is left empty (M4, X2).

How many leave and enter each region is public (X0), and so is how many move inside it. A pair of a
sparse level is published only where its figure is: whether anybody moved is protected too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from folketall.cubes.declared import TOTAL, Cube
from folketall.model.cells import Cells as Published
from folketall.protection.layout import refuse_other_sums
from folketall.protection.parts import (
    DIVISIONS,
    MUNICIPALITY,
    Municipalities,
    Places,
    class_name,
    municipalities,
)
from folketall.suppression.cells import Cells, Flags, Ints
from folketall.suppression.structure import Dimension, Structure, crossed, dimension
from folketall.suppression.suppression import protect_counts

LEFT, ENTERED = "left", "entered"


def sparse_levels(cube: Cube) -> list[str]:
    """The levels at which only pairs with a published figure are published."""
    return [level for table in cube.tables if table.sparse for level in table.levels]


def without_empty_pairs(part: Published, cube: Cube) -> Published:
    """The cells of PUBLISHED_CUBE but, at sparse levels, pairs without a figure.

    Those that are left empty or zero would tell by being there that somebody moved (X2).
    """
    sparse = pc.is_in(part["level"].cast("string"), pa.array(sparse_levels(cube), pa.string()))
    no_figure = pc.fill_null(pc.equal(part["value"], 0.0), True)
    pair = pc.not_equal(part["other_region"].cast("string"), TOTAL)
    return part.filter(pc.invert(pc.and_(pc.and_(sparse, pair), no_figure)))


def hidden_pairs(
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
    """Of every row, whether it is left empty, or out where its level is sparse (X2).

    Args:
        table: CUBE, of a cube of pairs of regions and one period. Totals by region are public.
        inner: INNER_CELL, of the same.
        cubes: its declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        zeros: whether zeros of levels that are not sparse are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.

    Raises:
        StatisticsError: rows that are not the sums they are taken for.
    """
    (cube,) = cubes.values()
    sparse = sparse_levels(cube)
    every = municipalities(table, inner, places)
    region = _region(every)
    code = {name: number for number, name in enumerate(region.codes)}
    size = len(region.codes)
    of = table["level"].astype(str) + " "
    one, other = (
        _numbers(of + table[name].astype(str), every, code) for name in ("region", "other_region")
    )
    total = (table["other_region"] == TOTAL).to_numpy()
    pair = np.where((one >= 0) & (other >= 0) & ~total, one * size + other, -1)
    structure = _structure(region, every, inner)
    refuse_other_sums(table, structure.values, pair)
    few = _few(table, threshold, min_width)
    laid, cell = _of_rows(structure, region, pair, table["level"].isin(sparse), few)
    decided = partial(
        protect_counts, laid, threshold=threshold, singletons=singletons, min_width=min_width
    )
    done = decided(zeros=zeros)
    if done.told.any():
        # Where nobody moves between many regions the zeros, beside public totals, tell the rest.
        done = decided(zeros=True)
    return np.where(cell >= 0, done.suppressed[cell], ~total)


def _region(every: Municipalities) -> Dimension:
    names = [class_name(number) for number in range(len(every.codes))]
    trees = [
        {names[n]: f"{level} {region}" for n, region in enumerate(every.at[level])}
        for level in DIVISIONS
    ]
    return dimension("region", names, trees)


def _numbers(said: pd.Series, every: Municipalities, code: Mapping[str, int]) -> Ints:
    """The place of each region, named by level and code, among all; -1 where there is none."""
    of = dict(code)
    of |= {f"{MUNICIPALITY} {m}": code[class_name(n)] for m, n in every.number.items()}
    found: Ints = said.map(of).fillna(-1).to_numpy(np.int64)
    return found


def _structure(region: Dimension, every: Municipalities, inner: pd.DataFrame) -> Structure:
    """Who leaves crossed with who enters, over all levels."""
    at = {class_name(place): place for place in range(len(every.codes))}
    order = np.array([at[name] for name in region.inner], np.int64)
    where = np.empty(len(order), np.int64)
    where[order] = np.arange(len(order))
    ends = [
        where[inner[name].map(every.number).to_numpy(np.int64)]
        for name in ("region", "other_region")
    ]
    counts = np.zeros(len(order) ** 2, np.int64)
    moved = np.rint(inner["value"].to_numpy()).astype(np.int64)
    np.add.at(counts, ends[0] * len(order) + ends[1], moved)
    return crossed({LEFT: region, ENTERED: region}, [True, False], counts)


def _few(table: pd.DataFrame, threshold: int, min_width: int) -> Ints:
    """Of every pair how many leave or enter its regions, where that is too small for its pairs.

    As for other flows: a public count up to the threshold, or hardly more than the number of
    pairs in which somebody moved. 0 of all others.
    """
    total = (table["other_region"] == TOTAL).to_numpy()
    value = table["value"].where(~total, 0.0)
    found = np.zeros(len(table), np.int64)
    for end in ("region", "other_region"):
        of = value.groupby([table["level"], table[end]])
        moved = of.transform("sum").to_numpy().astype(np.int64)
        parts = (value > 0).groupby([table["level"], table[end]]).transform("sum").to_numpy()
        small = (moved >= 1) & ((moved <= threshold) | (moved - parts < min_width)) & ~total
        found = np.where(small & ((found == 0) | (moved < found)), moved, found)
    return found


def _of_rows(
    structure: Structure, region: Dimension, pair: Ints, sparse: pd.Series, few: Ints
) -> tuple[Structure, Ints]:
    """The structure with the cells that are published or public, and the cell of each row."""
    size = len(region.codes)
    each, total = np.arange(size), region.codes.index(TOTAL)
    public = np.unique(
        np.concatenate((each * size + total, total * size + each, each * (size + 1)))
    )
    first = size - len(region.inner)
    inner = (each[first:, None] * size + each[first:]).reshape(-1)
    kept = np.unique(np.concatenate((pair[pair >= 0], public, inner)))
    cell = np.where(pair >= 0, np.searchsorted(kept, pair), -1)
    shown, given, absent = np.zeros((3, len(kept)), np.bool_)
    shown[cell[cell >= 0]] = True
    given[np.searchsorted(kept, public)] = True
    absent[cell[(cell >= 0) & sparse.to_numpy()]] = True
    part = np.zeros(len(kept), np.int64)
    part[cell[cell >= 0]] = few[cell >= 0]

    def some(cells: Cells | None) -> Cells | None:
        return None if cells is None else cells.take(kept)

    made = Structure(
        structure.counts,
        structure.cells.take(kept),
        structure.block,
        structure.relations,
        structure.labels.iloc[kept].reset_index(drop=True),
        some(structure.coordinates),
        structure.ties,
        structure.place,
        shown=shown,
        public=given,
        few=np.where(given, 0, part),
        absent=absent,
    )
    return made, cell
