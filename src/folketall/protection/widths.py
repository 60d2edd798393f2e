"""Wider intervals: more cells left empty where a primary could be known too closely (X3).

Whoever adds and subtracts may also reason with limits: two empty cells of sum 3 are 1 and 2.
For each primary another table is sought that agrees with all that is published and where the
primary differs by the width. Where there is none, the one that contradicts least of what is
published is taken, and what it contradicts is left empty too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from folketall.protection.cells import Cells, Flags, Ints
from folketall.protection.structure import Structure

Reals = NDArray[np.float64]

TOGETHER = 6
"""Primaries that one program moves at once."""
EVERYWHERE = 3000
"""Inner cells up to which all blocks are moved together. In larger tables a primary across blocks,
or one that is all its block has, keeps the interval it has: the audit says which."""
MOVED = 1e-6


def widened(
    structure: Structure, suppressed: Flags, primary: Flags, same: Ints, zeros: bool, width: int
) -> Flags:
    """The suppressed cells, with those that give every primary its width.

    Args:
        same: the cell that stands for all cells of the same unknown inner cells; -1 for those that
            everyone knows.
    """
    hidden = suppressed.copy()
    stuck: list[int] = []
    for block in _blocks(structure, same, zeros):
        stuck += block.widen(hidden, primary & block.within(len(hidden)), width)
    wanted = np.zeros(len(hidden), np.bool_)
    wanted[stuck] = True
    wanted |= primary & _across(structure, same)
    if wanted.any() and np.count_nonzero(structure.counts) <= EVERYWHERE:
        _everything(structure, same, zeros).widen(hidden, wanted, width)
    hidden &= same >= 0
    return (same >= 0) & hidden[np.maximum(same, 0)] | suppressed


@dataclass(frozen=True)
class _Block:
    """The cells that lie in one block, and what is known of it as a whole."""

    cells: Ints
    """Their numbers in the structure."""
    rows: Cells
    """Over the inner cells of the block: first the cells, then the sums held fast."""
    lower: Ints
    """How far each inner cell can fall."""
    values: Ints
    """Of the cells: what it costs to leave one empty."""

    def within(self, cells: int) -> Flags:
        """True for the block's cells."""
        found = np.zeros(cells, np.bool_)
        found[self.cells] = True
        return found

    def widen(self, hidden: Flags, primary: Flags, width: int) -> list[int]:
        """Leave more of the block's cells empty in `hidden`; name the primaries that stay close."""
        stuck = []
        mine = [n for n, cell in enumerate(self.cells.tolist()) if primary[cell]]
        left = dict.fromkeys(sorted(mine, key=lambda n: (int(self.values[n]), n)))
        while left:
            chosen = self._apart(list(left))
            moved = self._moved(chosen, hidden, width)
            if moved is None and len(chosen) > 1:
                chosen = chosen[:1]
                moved = self._moved(chosen, hidden, width)
            for number in chosen:
                left.pop(number)
            if moved is None:
                stuck += self.cells[chosen].tolist()
                continue
            hidden[self.cells[np.abs(moved) > MOVED]] = True
            for number in [n for n in left if abs(moved[n]) >= width - MOVED]:
                left.pop(number)
        return stuck

    def _apart(self, left: list[int]) -> list[int]:
        """A few primaries without inner cells in common, spread over the block."""
        step = max(1, len(left) // TOGETHER)
        taken: set[int] = set()
        chosen = []
        for number in left[::step][:TOGETHER]:
            rows = set(self._of(number).tolist())
            if taken.isdisjoint(rows):
                taken |= rows
                chosen.append(number)
        return chosen

    def _of(self, number: int) -> Ints:
        found: Ints = self.rows.rows[self.rows.start[number] : self.rows.start[number + 1]]
        return found

    def _moved(self, chosen: list[int], hidden: Flags, width: int) -> Reals | None:
        """How every cell differs in the cheapest other table; nothing if there is none."""
        cells, inner = len(self.cells), self.rows.inner
        free = hidden[self.cells]
        soft = np.flatnonzero(~free)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        most = highspy.kHighsInf
        # Inner cells, then how far each published cell rises and falls.
        cost = np.concatenate((np.zeros(inner), np.tile(1.0 + np.log1p(self.values[soft]), 2)))
        low = np.concatenate((-self.lower.astype(float), np.zeros(2 * len(soft))))
        solver.addVars(len(cost), low, np.full(len(cost), most))
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        kept = np.concatenate((soft, np.array(chosen), np.arange(cells, len(self.rows)))).astype(
            int
        )
        bound = np.zeros(len(kept))
        upper = bound.copy()
        at = slice(len(soft), len(soft) + len(chosen))
        bound[at], upper[at] = width, most
        start, index, value = self._lines(kept, len(soft))
        solver.addRows(len(kept), bound, upper, len(index), start, index, value)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        change = np.array(solver.getSolution().col_value)[:inner]
        sums = np.concatenate(([0.0], np.cumsum(change[self.rows.rows])))
        ends = self.rows.start[: cells + 1]
        return sums[ends[1:]] - sums[ends[:-1]]

    def _lines(self, kept: Ints, soft: int) -> tuple[NDArray[np.int32], NDArray[np.int32], Reals]:
        """The programs' rows: the first `soft` of them may rise and fall."""
        width = self.rows.width[kept]
        place = np.repeat(self.rows.start[kept] - np.cumsum(width) + width, width)
        index = self.rows.rows[place + np.arange(width.sum())]
        line = np.repeat(np.arange(len(kept)), width)
        signs = (
            np.ones(len(index))
            if self.rows.signs is None
            else self.rows.signs[place + np.arange(width.sum())]
        )
        rise = self.rows.inner + np.arange(soft)
        lines = np.concatenate((line, np.arange(soft), np.arange(soft)))
        columns = np.concatenate((index, rise, rise + soft))
        values = np.concatenate((signs, -np.ones(soft), np.ones(soft)))
        order = np.argsort(lines, kind="stable")
        start = np.searchsorted(lines[order], np.arange(len(kept)))
        return start.astype(np.int32), columns[order].astype(np.int32), values[order].astype(float)


def _spans(structure: Structure) -> tuple[Ints, Ints]:
    """The first and last block that each cell has inner cells in; cells without are in none."""
    cells = structure.cells
    first = np.full(len(cells), structure.block.max(initial=0) + 1)
    last = np.full(len(cells), -1)
    block = structure.block[cells.rows]
    np.minimum.at(first, cells.cell, block)
    np.maximum.at(last, cells.cell, block)
    return first, last


def _across(structure: Structure, same: Ints) -> Flags:
    first, last = _spans(structure)
    found: Flags = (same == np.arange(len(same))) & (first < last)
    return found


def _blocks(structure: Structure, same: Ints, zeros: bool) -> Iterator[_Block]:
    """Each block, with the sums of it that cells across blocks see held fast."""
    counts = structure.counts
    unknown = np.ones(len(counts), np.bool_) if zeros else counts != 0
    first, last = _spans(structure)
    standing = same == np.arange(len(same))
    held = _atoms(structure.cells, standing & (first < last), structure)
    for number in np.unique(structure.block):
        inside = np.flatnonzero((structure.block == number) & unknown)
        mine = np.flatnonzero(standing & (first == number) & (last == number))
        _, atom = np.unique(held[:, inside], axis=1, return_inverse=True)
        atom = atom.reshape(-1)
        order = np.argsort(atom, kind="stable")
        fast = np.split(order, np.flatnonzero(np.diff(atom[order])) + 1) if len(inside) else []
        yield _block(structure, inside, mine, zeros, [(rows, None) for rows in fast])


def _everything(structure: Structure, same: Ints, zeros: bool) -> _Block:
    """All blocks as one, with the relations held fast."""
    counts, related = structure.counts, structure.relations
    inside = np.flatnonzero(np.ones(len(counts), np.bool_) if zeros else counts != 0)
    place = np.full(len(counts), -1)
    place[inside] = np.arange(len(inside))
    fast = []
    for a, b in zip(related.start[:-1].tolist(), related.start[1:].tolist(), strict=True):
        rows = place[related.rows[a:b]]
        signs = None if related.signs is None else related.signs[a:b][rows >= 0]
        fast.append((rows[rows >= 0], signs))
    mine = np.flatnonzero(same == np.arange(len(same)))
    return _block(structure, inside, mine, zeros, fast)


def _block(
    structure: Structure,
    inside: Ints,
    mine: Ints,
    zeros: bool,
    fast: list[tuple[Ints, Ints | None]],
) -> _Block:
    cells = structure.cells
    place = np.full(len(structure.counts), -1)
    place[inside] = np.arange(len(inside))
    columns = [place[cells.rows[cells.start[c] : cells.start[c + 1]]] for c in mine]
    columns = [*(rows[rows >= 0] for rows in columns), *(rows for rows, _ in fast)]
    start = np.concatenate(([0], np.cumsum([len(rows) for rows in columns]))).astype(np.int64)
    rows = np.concatenate([np.zeros(0, np.int64), *columns]).astype(np.int64)
    signs = np.ones(len(rows), np.int64)
    for number, (_, of) in enumerate(fast, len(mine)):
        if of is not None:
            signs[start[number] : start[number + 1]] = of
    low = structure.counts[inside] - int(not zeros)
    return _Block(mine, Cells(len(inside), start, rows, signs), low, structure.values[mine])


def _atoms(cells: Cells, across: Flags, structure: Structure) -> Ints:
    """A print of each inner cell by the cells across blocks and the relations that have it."""
    random = np.random.default_rng(len(structure.counts))
    found = np.zeros((2, len(structure.counts)), np.uint64)
    for line in found:
        seen = across[cells.cell]
        weight = random.integers(1, 2**63, len(cells), np.uint64)
        np.add.at(line, cells.rows[seen], weight[cells.cell[seen]])
        more = random.integers(1, 2**63, max(len(structure.relations), 1), np.uint64)
        np.add.at(line, structure.relations.rows, more[structure.relations.cell])
    return found.view(np.int64)
