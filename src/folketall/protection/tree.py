"""Suppression over a tree of regions: the nation's table first, then each county by itself.

The municipalities of a county are protected knowing exactly what the table above lets anyone
know of the county, and their published cells say nothing more about the county than that. So
the counties are independent of each other, and all of it together is safe: a change of the
counties' cells that the top leaves possible can always be carried out in each county, and what
is possible within a county is what its own elimination saw (FINDINGS, the tree theorem).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall.protection.elimination import Elimination, Flags, Ints, row_basis, times
from folketall.protection.suppression import (
    Cells,
    collapse,
    first_published,
    in_order,
    protect_structure,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """The inner counts of one table over regions, and the cells that its dimensions have."""

    pattern: Ints
    """Cells of one region × inner cells of one region: 1 where the cell counts the inner one."""
    inner: Ints
    """The cell that each inner cell is by itself."""
    counties: Ints
    """County × inner cell: the counts."""
    above: Ints
    """Regions of counties × county: 1 where the region holds the county; the nation first."""
    municipalities: Ints
    """Municipality × inner cell; no rows where the table ends at the counties."""
    county_of: Ints
    """The county of each municipality, as a row of `counties`."""
    relations: Ints
    """Inner cells × sums that are zero in every region: differences of the totals that several
    tables of the same persons share."""


@dataclass(frozen=True, slots=True)
class TreeStatus:
    """True where suppressed, by region and cell of the dimensions."""

    above: Flags
    counties: Flags
    municipalities: Flags


def protect_tree(tree: Tree, *, threshold: int, zeros: bool) -> TreeStatus:
    """Protect a table over nation, groups of counties, counties and municipalities (X2)."""
    locals_ = [
        _County(tree, county, threshold, zeros)
        for county in range(len(tree.counties))
        if (tree.county_of == county).any()
    ]
    secrets = [_at_county(tree, local.county, local.secrets) for local in locals_]
    known = [_at_county(tree, local.county, local.known) for local in locals_]
    known += [_at_county(tree, county, tree.relations) for county in range(len(tree.counties))]
    upper, remainder = _protect_top(tree, secrets, known, threshold, zeros)
    municipalities = np.zeros((len(tree.municipalities), len(tree.pattern)), np.bool_)
    inner = tree.pattern.shape[1]
    for local in locals_:
        unknown = remainder[:, local.county * inner : (local.county + 1) * inner]
        municipalities[tree.county_of == local.county] = local.protect(row_basis(unknown))
    split = len(tree.above)
    return TreeStatus(upper[:split], upper[split:], municipalities)


def is_primary(values: Ints, threshold: int, zeros: bool) -> Flags:
    """X1: counts from 1 to the threshold, and zeros where they are protected."""
    found: Flags = (values <= threshold) & (values >= (0 if zeros else 1))
    return found


def _at_county(tree: Tree, county: int, columns: Ints) -> Ints:
    """Sums of one county's cells, as columns over the cells of all counties."""
    regions, inner = tree.counties.shape
    placed = np.zeros((regions, inner, columns.shape[1]), np.int64)
    placed[county] = columns
    return placed.reshape(regions * inner, -1)


def _protect_top(
    tree: Tree, secrets: list[Ints], known: list[Ints], threshold: int, zeros: bool
) -> tuple[Flags, Ints]:
    """Decide the nation, the groups of counties and the counties; what stays unknown of them."""
    counties, inner = tree.counties.shape
    members = np.concatenate((tree.above, np.eye(counties, dtype=np.int64)))
    cells = np.einsum("gc,pd->cdgp", members, tree.pattern).reshape(counties * inner, -1)
    base = len(tree.above) + np.arange(counties)
    watch = np.add.outer(base * len(tree.pattern), tree.inner).ravel()
    counts = tree.counties.ravel()
    structure = Cells.of(cells)
    values = structure.values(counts)
    # The nation is the last to be suppressed; the others by the size of the count.
    rank = np.repeat((np.arange(len(members)) > 0).astype(np.int64), len(tree.pattern))
    none = np.zeros((len(counts), 0), np.int64)
    done = protect_structure(
        counts,
        structure,
        is_primary(values, threshold, zeros),
        order=first_published(values, cells.sum(axis=0), rank),
        zeros=zeros,
        secret=np.concatenate([none, *secrets], axis=1),
        known=np.concatenate([none, *known], axis=1),
        watch=watch,
    )
    return done.cells.reshape(len(members), -1), done.remainder


class _County:
    """One county's municipalities, in coordinates that set apart what the county's cells tell.

    For each inner cell of the dimensions one municipality is the *rest*: its count is the
    county's less the others'. So the rows are first the counts of the others (free), then the
    county's own cells (told).
    """

    def __init__(self, tree: Tree, county: int, threshold: int, zeros: bool) -> None:
        self.county = county
        self._counts = tree.municipalities[tree.county_of == county]
        self._present = np.ones_like(self._counts, np.bool_) if zeros else self._counts != 0
        self._cells, self._region, self._which = self._columns(tree.pattern)
        self._values = np.einsum("cd,cd->c", self._cells, self._counts[self._region])
        self._primary = is_primary(self._values, threshold, zeros) & self._cells.any(axis=1)
        self._free, columns, self.known = self._less_relations(tree.relations)
        alone = ~columns[: self._free].any(axis=0)
        self._matrix = columns
        self.secrets: Ints = columns[self._free :, self._primary & alone]
        """Municipal primaries that are sums of county cells: the top must keep them."""

    def _less_relations(self, relations: Ints) -> tuple[int, Ints, Ints]:
        """The free rows' number, the cells less the relations, and what these say of the county."""
        regions = len(self._present)
        related = np.concatenate([(relations.T * present) for present in self._present])
        owner = np.repeat(np.arange(regions), relations.shape[1])
        columns, free = self._coordinates(
            np.concatenate((self._cells, related)), np.concatenate((self._region, owner))
        )
        mine = slice(len(self._cells))
        if not len(related):
            return free, columns, columns[free:, :0]
        elimination = Elimination(columns, free)
        others = np.arange(len(self._cells), columns.shape[1])
        told = elimination.suppress(others, np.zeros(0, np.int64))
        return free, elimination.reduced(mine), elimination.reduced(told)[free:]

    def _columns(self, pattern: Ints) -> tuple[Ints, Ints, Ints]:
        """Every different cell of every municipality, and which of them each cell is."""
        cells, regions, which, total = [], [], [], 0
        for region, present in enumerate(self._present):
            columns = (pattern * present).T
            first, equal = collapse(columns)
            cells.append(columns[:, first].T)
            regions.append(np.full(len(first), region))
            which.append(equal + total)
            total += len(first)
        return np.concatenate(cells), np.concatenate(regions), np.array(which)

    def _coordinates(self, cells: Ints, owner: Ints) -> tuple[Ints, int]:
        """Columns of free and told rows for sums over the inner cells of one municipality each."""
        regions, inner = self._present.shape
        # The largest count is the rest: its cells are the likeliest to be published anyway.
        rest = np.argmax(np.where(self._present, self._counts, -1), axis=0)
        others = self._present.copy()
        others[rest, np.arange(inner)] = False
        row = np.full((regions, inner), -1)
        free = int(others.sum())
        row[others] = np.arange(free)
        columns = np.zeros((free + inner, len(cells)), np.int64)
        for region in range(regions):
            mine = np.flatnonzero(owner == region)
            sums = cells[mine].T
            columns[np.ix_(row[region, others[region]], mine)] = sums[others[region]]
            for d in np.flatnonzero((rest == region) & self._present[region]):
                columns[free + d, mine] = sums[d]
                columns[np.ix_(row[others[:, d], d], mine)] -= sums[d]
        return columns, free

    def protect(self, unknown: Ints) -> NDArray[np.bool_]:
        """Decide the municipalities' cells, given what of the county's cells is unknown."""
        free = self._matrix[: self._free]
        matrix = np.concatenate((free, times(unknown, self._matrix[self._free :])))
        elimination = Elimination(matrix, len(free))
        order = in_order(first_published(self._values, self._cells.sum(axis=1)))
        primaries = np.flatnonzero(self._primary)
        suppressed = self._primary.copy()
        suppressed[elimination.suppress(order[~self._primary[order]], primaries)] = True
        decided: Flags = suppressed[self._which]
        return decided
