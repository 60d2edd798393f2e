"""What disclosure control works on: inner counts, and the cells that are sums of them.

The door that any table of counts comes through: `structure_of` lays one table out by its
dimensions and their hierarchies, `linked` puts several tables of the same persons side by side.
Nothing here knows what is a region or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.model.errors import UsageError

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Hierarchy = Mapping[str, str]
"""Code to parent; the root is `total` or nothing."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Cells:
    """A sparse matrix of 0 and 1: which inner cells (rows) each cell (column) is the sum of."""

    inner: int
    """Number of inner cells."""
    start: Ints
    """Where each cell's rows begin in `rows`, and at last where they end."""
    rows: Ints
    signs: Ints | None = None
    """Of each row; all 1 if not given. Only relations have others."""

    @classmethod
    def of(cls, columns: NDArray[np.generic]) -> Cells:
        """From a dense inner × cell matrix of -1, 0 and 1."""
        cell, row = np.nonzero(columns.T)
        counts = np.bincount(cell, minlength=columns.shape[1])
        found = columns[row, cell].astype(np.int64)
        signs = None if (found == 1).all() else found
        return cls(columns.shape[0], np.concatenate(([0], np.cumsum(counts))), row, signs)

    @classmethod
    def none(cls, inner: int) -> Cells:
        """No cells."""
        return cls(inner, np.zeros(1, np.int64), np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def width(self) -> Ints:
        """How many inner cells each cell sums."""
        return np.diff(self.start)

    @property
    def cell(self) -> Ints:
        """The cell of every entry of `rows`."""
        return np.repeat(np.arange(len(self)), self.width)

    def dense(self) -> Ints:
        """The inner × cell matrix."""
        columns = np.zeros((self.inner, len(self)), np.int64)
        columns[self.rows, self.cell] = 1 if self.signs is None else self.signs
        return columns

    def values(self, counts: NDArray[np.int64]) -> Ints:
        """The value of every cell."""
        terms = counts[self.rows] if self.signs is None else counts[self.rows] * self.signs
        sums = np.concatenate(([0], np.cumsum(terms)))
        found: Ints = sums[self.start[1:]] - sums[self.start[:-1]]
        return found

    def times(self, other: Cells) -> Cells:
        """Every cell of one table crossed with every cell of another, the other's running."""
        width = np.multiply.outer(self.width, other.width).ravel()
        start = np.concatenate(([0], np.cumsum(width)))
        pair = np.repeat(np.arange(len(width)), width)
        place = np.arange(start[-1]) - start[pair]
        mine, its = np.divmod(pair, max(len(other), 1))
        first, second = np.divmod(place, np.maximum(other.width[its], 1))
        rows = self.rows[self.start[mine] + first] * other.inner
        return Cells(self.inner * other.inner, start, rows + other.rows[other.start[its] + second])

    def beside(self, other: Cells) -> Cells:
        """The cells of two tables whose inner cells lie side by side."""
        signs = None
        if self.signs is not None or other.signs is not None:
            signs = np.concatenate((_signs(self), _signs(other)))
        start = np.concatenate((self.start, self.start[-1] + other.start[1:]))
        rows = np.concatenate((self.rows, self.inner + other.rows))
        return Cells(self.inner + other.inner, start, rows, signs)


def _signs(cells: Cells) -> Ints:
    return np.ones(len(cells.rows), np.int64) if cells.signs is None else cells.signs


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

    @property
    def values(self) -> Ints:
        """The value of every cell."""
        return self.cells.values(self.counts)


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
        for parent, found in _members(name, tree, place).items():
            rows = np.array(sorted(found), np.int64)
            if not np.array_equal(members.setdefault(parent, rows), rows):
                raise UsageError(f"{name}: {parent} means different codes in two hierarchies")
    above = [TOTAL, *sorted(set(members) - {TOTAL})]
    rows_of = [*(members[code] for code in above), *([number] for number in range(len(inner)))]
    start = np.concatenate(([0], np.cumsum([len(rows) for rows in rows_of])))
    rows = np.concatenate([np.zeros(0, np.int64), *rows_of]).astype(np.int64)
    block = _blocks(inner, hierarchies[0]) if hierarchies else np.zeros(len(inner), np.int64)
    cells = Cells(len(inner), start, rows)
    return Dimension((*above, *inner), cells, tuple(inner), block)


def _members(name: str, tree: Hierarchy, place: Mapping[str, int]) -> dict[str, set[int]]:
    """The inner codes that every parent counts."""
    found: dict[str, set[int]] = {parent: set() for parent in tree.values() if parent}
    for code in set(tree) & set(place):
        at, steps = tree[code], 0
        while at and steps <= len(tree):
            found[at].add(place[code])
            at, steps = tree.get(at, ""), steps + 1
        if at:
            raise UsageError(f"{name}: {code} lies in a circle of parents")
    found.pop(TOTAL, None)
    return found


def _blocks(inner: Sequence[str], tree: Hierarchy) -> Ints:
    parents = [tree.get(code, "") for code in inner]
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
    sizes = [len(d.inner) for d in dimensions]
    place = np.zeros(len(inner), np.int64)
    for name, d in zip(names, dimensions, strict=True):
        place = place * len(d.inner) + pd.Index(d.inner).get_indexer(inner[name])
    counts = np.zeros(int(np.prod(sizes, dtype=np.int64)), np.int64)
    np.add.at(counts, place, inner["n"].to_numpy(np.int64))
    if (counts < 0).any():
        raise UsageError("n must not be negative")
    one = Cells(1, np.array([0, 1]), np.array([0]))
    cells = reduce(Cells.times, (d.cells for d in dimensions), one)
    return Structure(
        counts,
        cells,
        _block_of(dimensions, [name in given for name in names]),
        Cells.none(len(counts)),
        _labels(table, names, dimensions),
    )


def _block_of(dimensions: Sequence[Dimension], divided: Sequence[bool]) -> Ints:
    """The block of every inner cell: of the dimension with most codes among the divided."""
    sizes = [len(d.inner) for d in dimensions]
    total = int(np.prod(sizes, dtype=np.int64))
    best = max(range(len(sizes)), key=lambda i: (divided[i], sizes[i], -i), default=None)
    if best is None or not divided[best]:
        return np.zeros(total, np.int64)
    after = int(np.prod(sizes[best + 1 :], dtype=np.int64))
    before = int(np.prod(sizes[:best], dtype=np.int64))
    return np.tile(np.repeat(dimensions[best].block, after), before)


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


def linked(structures: Sequence[Structure]) -> Structure:
    """Put several tables of the same persons side by side.

    The tables need have no common inner cells. Cells with the same codes of the dimensions that
    two tables share, and `total` of the others, are the same number: a relation that everyone
    knows. Blocks are taken as they are, so give tables that are divided alike.

    Raises:
        UsageError: two tables have different totals where they should have the same.
    """
    counts = np.concatenate([s.counts for s in structures])
    first = np.cumsum([0, *(len(s.counts) for s in structures)])
    columns: list[tuple[Ints, Ints]] = []
    for (i, one), (j, two) in combinations(enumerate(structures), 2):
        pairs = _shared(one.labels, two.labels)
        for a, b in pairs.tolist():
            cells = ((one.cells, a), (two.cells, b))
            rows = [its.rows[its.start[c] : its.start[c + 1]] for its, c in cells]
            signs = np.repeat([1, -1], [len(rows[0]), len(rows[1])])
            columns.append((np.concatenate((first[i] + rows[0], first[j] + rows[1])), signs))
    none = np.zeros(0, np.int64)
    relations = Cells(
        len(counts),
        np.cumsum([0, *(len(rows) for rows, _ in columns)]),
        np.concatenate([none, *(rows for rows, _ in columns)]),
        np.concatenate([none, *(signs for _, signs in columns)]),
    )
    if relations.values(counts).any():
        raise UsageError("linked tables of the same persons have different totals")
    return Structure(
        counts,
        reduce(Cells.beside, (s.cells for s in structures)),
        np.concatenate([s.block for s in structures]),
        relations,
        pd.concat([s.labels for s in structures], ignore_index=True),
    )


def _shared(one: pd.DataFrame, two: pd.DataFrame) -> Ints:
    """Pairs of cells that are the same sum of persons."""
    shared = [name for name in one.columns if name in two.columns and name != "table"]
    kept = []
    for number, labels in enumerate((one, two)):
        margin = np.ones(len(labels), np.bool_)
        for name in labels.columns:
            if name not in (*shared, "table"):
                margin &= labels[name].eq(TOTAL).to_numpy()
        kept.append(labels.loc[margin, shared].assign(**{f"cell{number}": np.flatnonzero(margin)}))
    if not shared:
        return np.array([[kept[0]["cell0"].iloc[0], kept[1]["cell1"].iloc[0]]])
    found: Ints = kept[0].merge(kept[1], on=shared)[["cell0", "cell1"]].to_numpy(np.int64)
    return found
