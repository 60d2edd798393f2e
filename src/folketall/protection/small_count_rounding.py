"""`small_count_rounding`: small inner cells become 0 or the base, margins are sums of these (X1).

Any sum of counts that are 0, the base or more is 0, the base or more: nowhere is a small count
published, and everything adds up. Which small cells go up and which go down is chosen so that the
published sums change least (FINDINGS, Rounding): one cell after the other by what its sums are off
so far; then, several times, each cell is turned round if that makes its sums better, or at first
also if it makes them a little worse, so as not to be caught where no single turn helps.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from folketall.suppression.cells import Cells, Ints

SWEEPS = 30
"""Passes over the small cells."""
WARM, COLD = 6.0, 0.3
"""How much worse a turn may make things, about: in the first and the last but one pass."""
SQUARES = 0.2
"""Weight of the squares of the deviations beside their sizes: against few large ones."""
FURTHEST = 200
"""Deviations above this are all as bad; none comes near."""


def small_count_rounding(counts: Ints, cells: Cells, *, base: int = 3) -> Ints:
    """Round the small inner cells so that the published sums change least (X1).

    Args:
        counts: of the inner cells; not negative.
        cells: the published cells as sums of inner cells.
        base: counts from 1 to base - 1 become 0 or the base; others stay.

    Returns:
        The inner cells to be published; `cells.values` of them are the margins. The same counts
        give the same result.
    """
    small = np.flatnonzero((counts > 0) & (counts < base))
    start, sums = _sums_of(small, cells)
    rounding = _Rounding(counts[small], base, start, sums, len(cells))
    rounding.first_pass()
    best, up = rounding.total(), rounding.up.copy()
    for sweep in range(SWEEPS):
        last = sweep == SWEEPS - 1
        rounding.sweep(0.0 if last else WARM * (COLD / WARM) ** (sweep / (SWEEPS - 1)))
        # The search may leave what it does not find again.
        if (now := rounding.total()) < best:
            best, up = now, rounding.up.copy()
    rounded = counts.copy()
    rounded[small] = np.where(up, base, 0)
    return rounded


def deviations(counts: Ints, rounded: Ints, cells: Cells) -> NDArray[np.int64]:
    """How far each published cell is from the truth."""
    found: Ints = np.abs(cells.values(rounded) - cells.values(counts))
    return found


def _sums_of(small: Ints, cells: Cells) -> tuple[Ints, Ints]:
    """For each small cell i, the cells that count it: from start[i] to start[i + 1]."""
    number = np.full(cells.inner, -1)
    number[small] = np.arange(len(small))
    mine = number[cells.rows] >= 0
    owner, cell = number[cells.rows[mine]], cells.cell[mine]
    order = np.lexsort((cell, owner))
    start = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(small)))))
    return start, cell[order]


class _Rounding:
    """Which small cells are up, and how far each published cell is off."""

    def __init__(self, counts: Ints, base: int, start: Ints, sums: Ints, cells: int) -> None:
        self._counts, self._base = counts.tolist(), base
        size = np.abs(np.arange(-FURTHEST, FURTHEST + 1))
        self._badness = size + SQUARES * size**2
        # What is drawn decides only which way the search goes; the same for the same counts.
        self._draws = np.random.Generator(np.random.PCG64(1))
        bounds = start.tolist()
        self._sums = [sums[a:b] for a, b in pairwise(bounds)]
        self._off = np.zeros(cells, np.int64)
        """Published less true, of the small cells decided so far."""
        self.up = np.zeros(len(counts), np.bool_)

    def first_pass(self) -> None:
        """Decide each cell by what its sums are off so far."""
        off, base = self._off, self._base
        # The largest first: they are nearest to the base.
        for cell in sorted(range(len(self._sums)), key=lambda one: -self._counts[one]):
            sums = self._sums[cell]
            now = off[sums] - self._counts[cell]
            # The sum of squares is less with `base` more.
            up = 2 * now.sum() + base * len(now) < 0
            off[sums] = now + base if up else now
            self.up[cell] = up

    def sweep(self, warmth: float) -> None:
        """Turn round each cell that makes the sums better, or worse by no more than is drawn."""
        off, base = self._off, self._base
        allowed = (-warmth * np.log1p(-self._draws.random(len(self.up)))).tolist()
        for cell, (sums, most) in enumerate(zip(self._sums, allowed, strict=True)):
            now = off[sums]
            then = now - base if self.up[cell] else now + base
            if self._bad(then) - self._bad(now) < most:
                off[sums] = then
                self.up[cell] = not self.up[cell]

    def total(self) -> float:
        """How bad the deviations of all published cells are."""
        return self._bad(self._off)

    def _bad(self, off: Ints) -> float:
        return float(self._badness.take(off + FURTHEST, mode="clip").sum())
