"""Linear algebra modulo a prime in floating point: exact, because no sum leaves 53 bits.

Residues are kept within ±2**24, and at most 32 products are added up before the next reduction, so
that the matrix products of the processor's own library are exact. It shares no code with the
protection, which has dense algebra of its own modulo another prime, and is meant not to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Residues = NDArray[np.float64]
PRIMES = (33554393, 33554383)
"""The two largest primes below 2**25: what both find zero is zero, but for one case in 10**15."""
PANEL = 32


def reduced(block: Residues, prime: int) -> Residues:
    """The residues nearest to zero."""
    found: Residues = block - prime * np.rint(block * (1.0 / prime))
    return found


def product(left: Residues, right: Residues, prime: int) -> Residues:
    """Matrix product modulo the prime."""
    total = np.zeros((left.shape[0], right.shape[1]))
    for start in range(0, left.shape[1], PANEL):
        part = slice(start, start + PANEL)
        total += reduced(left[:, part] @ right[part], prime)
    return reduced(total, prime)


@dataclass(frozen=True)
class Echelon:
    """Rows brought to reduced echelon form: `pivots[i]` is the column of the one of row i."""

    rows: Residues
    """Only the rows that are left; the identity in the pivot columns."""
    pivots: NDArray[np.int64]
    rest: Residues
    """Right sides of the rows that vanished; where not zero, they contradict each other."""


def echelon(matrix: Residues, prime: int, *, columns: int) -> Echelon:
    """Reduced echelon form of the first `columns` columns; those after them go along.

    Args:
        matrix: residues of the prime.
        prime: below 2**25.
        columns: those in which pivots are sought.

    Returns:
        The rows with a pivot, all columns; and the columns after `columns` of the rows without.
    """
    whole = reduced(matrix, prime)
    rank = 0
    known = np.zeros((min(whole.shape[0], columns), whole.shape[1]))
    places = np.zeros(len(known), np.int64)
    rest = [np.zeros((0, whole.shape[1] - columns))]
    for start in range(0, len(whole), PANEL):
        panel = _less(whole[start : start + PANEL], known[:rank], places[:rank], prime)
        fresh, pivots, vanished = _small(panel, prime, columns)
        rest.append(vanished[:, columns:])
        known[:rank] = _less(known[:rank], fresh, pivots, prime)
        known[rank : rank + len(fresh)] = fresh
        places[rank : rank + len(fresh)] = pivots
        rank += len(fresh)
    return Echelon(known[:rank], places[:rank], np.concatenate(rest))


def _less(rows: Residues, pivoted: Residues, pivots: NDArray[np.int64], prime: int) -> Residues:
    """The rows with zeros in the pivot columns: only what is touched is calculated."""
    factors = rows[:, pivots]
    touched, using = np.flatnonzero(factors.any(axis=1)), np.flatnonzero(factors.any(axis=0))
    if not len(touched):
        return rows
    change = product(factors[np.ix_(touched, using)], pivoted[using], prime)
    less = rows.copy()
    less[touched] = reduced(rows[touched] - change, prime)
    return less


def _small(
    panel: Residues, prime: int, columns: int
) -> tuple[Residues, NDArray[np.int64], Residues]:
    """Reduced echelon form of a few rows: the rows with pivots, these, and the rows without."""
    pivots: list[int] = []
    have: list[int] = []
    used = np.flatnonzero(panel.any(axis=0))
    rows = panel[:, used]
    width = int(np.searchsorted(used, columns))
    for row in np.flatnonzero(rows[:, :width].any(axis=1)) if width else ():
        place = int((rows[row, :width] != 0).argmax())
        if rows[row, place] == 0:
            continue
        inverse = pow(int(rows[row, place]) % prime, -1, prime)
        rows[row] = _scaled(rows[row], inverse, prime)
        factors = rows[:, place].copy()
        factors[row] = 0
        touched = np.flatnonzero(factors)
        if len(touched):
            change = np.multiply.outer(factors[touched], rows[row])
            rows[touched] = reduced(rows[touched] - reduced(change, prime), prime)
        pivots.append(int(used[place]))
        have.append(int(row))
    whole = np.zeros_like(panel)
    whole[:, used] = rows
    without = np.ones(len(rows), np.bool_)
    without[have] = False
    return whole[have], np.array(pivots, np.int64), whole[without]


def _scaled(row: Residues, factor: int, prime: int) -> Residues:
    nearest = factor - prime if factor > prime // 2 else factor
    return reduced(row * nearest, prime)
