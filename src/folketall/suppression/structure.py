"""What disclosure control works on: inner counts, and the cells that are sums of them.

The door that any table of counts comes through: `structure_of` lays one table out by its
dimensions and their hierarchies, `linked` puts several tables of the same persons side by side.
Nothing here knows what is a region or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.model.errors import UsageError
from folketall.suppression.basis import basis_of
from folketall.suppression.cells import Cells, Flags, Ints
from folketall.suppression.order import resting

Hierarchy = Mapping[str, str]
"""Code to parent; the root is `total` or nothing."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Structure:
    """Everything that is published together."""

    counts: Ints
    """The inner cells."""
    cells: Cells
    """The cells that would be published: inner ones and margins, of all tables."""
    block: Ints
    """Of each inner cell, the block it lies in (the county): the work is shared out by blocks."""
    relations: Cells
    """Sums of inner cells, with signs, that are zero: tables of the same persons have the same
    totals by what they share. Everyone knows them."""
    labels: pd.DataFrame
    """A row a cell: `table`, and a column a dimension (null where the table has it not)."""
    coordinates: Cells | None = None
    """The cells over independent ones, by which they are sparser; `cells` itself if not given.
    Where it is given every inner cell is also one of the cells."""
    ties: Cells | None = None
    """The relations over the coordinates; `relations` itself if not given."""
    place: Ints | None = None
    """Of each inner cell, its code (the municipality) within the block, where blocks are large."""
    last: Flags | None = None
    """Cells that are suppressed after all others (the nation)."""
    shown: Flags | None = None
    """Cells that may be published; all if not given. Nobody sees the others: they are there because
    relations are about them, or because inner cells are."""

    public: Flags | None = None
    """Cells that are published as they are, whatever is protected; none if not given (X0)."""
    few: Ints | None = None
    """Of cells that are part of a small public count, that count: they are left empty even where
    they are zero, see `secret_zeros`. 0 of others; of all if not given."""

    home: Ints | None = None
    """Of each inner cell, the area in the block that relations leave whole, where blocks are
    large; `place` if not given. Those that are `NOWHERE` are at home everywhere."""
    mirror: Ints | None = None
    """Of each cell another that is as much smaller as it is larger, because their sum is public;
    -1 of one that has none, and of one of the two."""
    wide: bool = False
    """Whether the intervals of cells that have a `few` need not be looked at: they are parts of
    many, all of which are left empty."""
    absent: Flags | None = None
    """Cells that are left out where they are empty: nobody knows that they are not zero. None if
    not given."""

    @property
    def values(self) -> Ints:
        """The value of every cell."""
        return self.cells.values(self.counts)

    @property
    def given(self) -> Flags:
        """Whether a cell is public."""
        return np.zeros(len(self.cells), np.bool_) if self.public is None else self.public

    @property
    def open(self) -> Flags:
        """Whether a cell may be published."""
        return np.ones(len(self.cells), np.bool_) if self.shown is None else self.shown


def is_primary(values: Ints, threshold: int, zeros: bool) -> Flags:
    """X1: counts from 1 to the threshold, and zeros where they are protected."""
    found: Flags = (values <= threshold) & (values >= (0 if zeros else 1))
    return found


@dataclass(frozen=True, slots=True)
class Dimension:
    """The codes of one dimension and what each of them counts."""

    codes: tuple[str, ...]
    cells: Cells
    """Over the inner codes."""
    inner: tuple[str, ...]
    block: Ints
    """Of each inner code: its parent in the first hierarchy; all 0 without one."""


def dimension(name: str, codes: Iterable[str], hierarchies: Sequence[Hierarchy] = ()) -> Dimension:
    """Lay out one dimension: `total`, then the parents, then the inner codes, in code order.

    Args:
        name: for error messages.
        codes: the inner codes that occur.
        hierarchies: code to parent; several are overlapping divisions. A code that is nobody's
            parent is inner, whether it occurs or not.

    Raises:
        UsageError: a code with two meanings, a circle, an inner code that is `total` or a parent.
    """
    occurring = set(codes)
    parents = {parent for tree in hierarchies for parent in tree.values() if parent} - {TOTAL}
    inner = sorted((occurring | {c for tree in hierarchies for c in tree}) - parents - {TOTAL})
    if wrong := sorted(occurring & (parents | {TOTAL})):
        raise UsageError(f"{name} = {wrong[0]} is a sum of other codes; give inner cells only")
    place = {code: number for number, code in enumerate(inner)}
    members: dict[str, Ints] = {TOTAL: np.arange(len(inner))}
    for tree in hierarchies:
        for parent, found in _members(name, tree, hierarchies, place).items():
            rows = np.array(sorted(found), np.int64)
            if not np.array_equal(members.setdefault(parent, rows), rows):
                raise UsageError(f"{name}: {parent} means different codes in two hierarchies")
    above = [TOTAL, *sorted(set(members) - {TOTAL})]
    rows_of = [*(members[code] for code in above), *np.arange(len(inner)).reshape(-1, 1)]
    width = np.array([0, *(len(rows) for rows in rows_of)], np.int64)
    start = np.cumsum(width)
    rows = np.concatenate([np.zeros(0, np.int64), *rows_of]).astype(np.int64)
    block = _blocks(inner, hierarchies) if hierarchies else np.zeros(len(inner), np.int64)
    cells = Cells(len(inner), start, rows)
    return Dimension((*above, *inner), cells, tuple(inner), block)


def _members(
    name: str, tree: Hierarchy, trees: Sequence[Hierarchy], place: Mapping[str, int]
) -> dict[str, set[int]]:
    """The inner codes that the tree's parents count, whatever tree the levels below are in."""
    below: dict[str, set[str]] = {}
    for one in trees:
        for code, parent in one.items():
            below.setdefault(parent, set()).add(code)
    found: dict[str, set[int]] = {}
    for parent in {above for above in tree.values() if above} - {TOTAL}:
        ahead, seen = [code for code, above in tree.items() if above == parent], set[str]()
        while ahead:
            at = ahead.pop()
            if at == parent:
                raise UsageError(f"{name}: {parent} lies in a circle of parents")
            if at not in seen:
                seen.add(at)
                ahead += below.get(at, ())
        found[parent] = {place[code] for code in seen if code in place}
    return found


def _blocks(inner: Sequence[str], trees: Sequence[Hierarchy]) -> Ints:
    """The parent of each inner code, in the first hierarchy that has the code."""
    parents = [next((tree[code] for tree in trees if code in tree), "") for code in inner]
    return np.unique(np.array(parents, dtype=str), return_inverse=True)[1].reshape(-1)


def structure_of(
    inner: pd.DataFrame,
    hierarchies: Mapping[str, Sequence[Hierarchy]] | None = None,
    *,
    table: str = "",
) -> Structure:
    """Lay out a table of counts with every cell that its dimensions and hierarchies make.

    Args:
        inner: a row an inner cell: the dimensions' codes as text, and `n`. Rows of the same codes
            are added; what has no row is 0.
        hierarchies: dimension to its divisions. One without has a total only.
        table: what `labels.table` calls it.

    Returns:
        Cells in the order of the dimensions as given: `total`, the parents, the inner codes. The
        blocks are those of the dimension that has a hierarchy and most codes.
    """
    given = hierarchies or {}
    names = [str(name) for name in inner.columns if name != "n"]
    if wrong := sorted(set(given) - set(names)):
        raise UsageError(f"hierarchy for {wrong[0]}, which is no dimension of the table")
    dimensions = [dimension(n, inner[n].unique(), given.get(n, ())) for n in names]
    place = np.zeros(len(inner), np.int64)
    for name, d in zip(names, dimensions, strict=True):
        place = place * len(d.inner) + pd.Index(d.inner).get_indexer(inner[name])
    counts = np.zeros(int(np.prod([len(d.inner) for d in dimensions], dtype=np.int64)), np.int64)
    np.add.at(counts, place, inner["n"].to_numpy(np.int64))
    if (counts < 0).any():
        raise UsageError("n must not be negative")
    divided = [name in given for name in names]
    return crossed(dict(zip(names, dimensions, strict=True)), divided, counts, table=table)


def crossed(
    dimensions: Mapping[str, Dimension], divided: Sequence[bool], counts: Ints, *, table: str = ""
) -> Structure:
    """Every cell of the dimensions crossed; `counts` of the inner ones, the last running.

    `divided` says which dimensions have a hierarchy: the one with most codes gives the blocks.
    """
    of = list(dimensions.values())
    one = Cells(1, np.array([0, 1]), np.array([0]))
    block = _of_inner(of, divided, [d.block for d in of])
    place = _of_inner(of, divided, [np.arange(len(d.inner)) for d in of])
    best = _most_divided(of, divided)
    rests = {} if best is None else {best: resting(counts, place, block)}
    return Structure(
        counts,
        reduce(Cells.times, (d.cells for d in of), one),
        block,
        Cells.none(len(counts)),
        _labels(table, list(dimensions), of),
        *_coordinates(of, counts.reshape([len(d.inner) for d in of]), rests),
        place,
        _last(of, divided),
    )


def _coordinates(
    dimensions: Sequence[Dimension], counts: Ints, rests: Mapping[int, Ints]
) -> tuple[Cells, Cells]:
    """The cells over independent ones; `rests` are inner codes that are better dependent."""
    axes = range(len(dimensions))
    weights = [counts.sum(axis=tuple(a for a in axes if a != axis)) for axis in axes]
    for axis, codes in rests.items():
        weights[axis][codes] += counts.sum()
    cells = basis_of([(d.cells, w) for d, w in zip(dimensions, weights, strict=True)])
    return cells, Cells.none(cells.inner)


def _last(dimensions: Sequence[Dimension], divided: Sequence[bool]) -> Flags:
    """Totals of the dimension that has a hierarchy and most codes."""
    best = _most_divided(dimensions, divided)
    flags = [np.ones(len(d.codes), np.bool_) for d in dimensions]
    if best is not None:
        flags[best] = np.array([code == TOTAL for code in dimensions[best].codes])
    found: Flags = reduce(np.logical_and.outer, flags, np.array(best is not None)).reshape(-1)
    return found


def _most_divided(dimensions: Sequence[Dimension], divided: Sequence[bool]) -> int | None:
    with_hierarchy = [number for number, has in enumerate(divided) if has]
    return max(with_hierarchy, key=lambda i: (len(dimensions[i].inner), -i), default=None)


def _of_inner(
    dimensions: Sequence[Dimension], divided: Sequence[bool], numbers: Sequence[Ints]
) -> Ints:
    """For every inner cell, the number of its code in the divided dimension with most codes."""
    sizes = [len(d.inner) for d in dimensions]
    best = _most_divided(dimensions, divided)
    if best is None:
        return np.zeros(int(np.prod(sizes, dtype=np.int64)), np.int64)
    after = int(np.prod(sizes[best + 1 :], dtype=np.int64))
    before = int(np.prod(sizes[:best], dtype=np.int64))
    return np.tile(np.repeat(numbers[best], after), before)


def _labels(table: str, names: Sequence[str], dimensions: Sequence[Dimension]) -> pd.DataFrame:
    sizes = [len(d.codes) for d in dimensions]
    number = np.arange(int(np.prod(sizes, dtype=np.int64)))
    columns: dict[str, NDArray[np.object_]] = {}
    for name, d in reversed(list(zip(names, dimensions, strict=True))):
        number, code = np.divmod(number, len(d.codes))
        columns[name] = np.array(d.codes, dtype=object)[code]
    found = pd.DataFrame({name: columns[name] for name in names})
    if not names:
        found = pd.DataFrame(index=range(1))
    found.insert(0, "table", table)
    return found
