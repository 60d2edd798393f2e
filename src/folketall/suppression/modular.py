"""Dense linear algebra modulo a small prime, in floating point: exact, as no sum leaves 53 bits.

For the few places where whole blocks of cells are compared at once; what is decided of a cell is
decided modulo `cells.PRIME`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall.suppression.cells import Ints

Residues = NDArray[np.float64]
PRIME = 16_777_213
"""The largest below 2**24: 64 products of two residues within half of it add up to less than
2**53."""
TOGETHER = 64


def reduced(values: Residues) -> Residues:
    """The residues nearest to zero."""
    found: Residues = values - PRIME * np.rint(values / PRIME)
    return found


def product(left: Residues, right: Residues) -> Residues:
    """The matrix product of residues."""
    found = np.zeros((len(left), right.shape[1]))
    for begin in range(0, left.shape[1], TOGETHER):
        some = slice(begin, begin + TOGETHER)
        found += reduced(left[:, some] @ right[some])
    return reduced(found)


def echelon(matrix: Residues) -> tuple[Residues, Ints]:
    """Independent rows of the same span, each 1 in a column where the others are 0; the columns."""
    size = min(matrix.shape)
    rows, columns, rank = np.zeros((size, matrix.shape[1])), np.zeros(size, np.int64), 0
    for begin in range(0, len(matrix), TOGETHER):
        some = matrix[begin : begin + TOGETHER]
        fresh, at = _one_by_one(_without(some, rows[:rank], columns[:rank]))
        rows[:rank] = _without(rows[:rank], fresh, at)
        rows[rank : rank + len(at)], columns[rank : rank + len(at)] = fresh, at
        rank += len(at)
    return rows[:rank], columns[:rank]


def _without(rows: Residues, known: Residues, columns: Ints) -> Residues:
    """The rows less what makes them 0 in the columns of the known ones."""
    factors = rows[:, columns]
    used, hit = factors.any(axis=0), factors.any(axis=1)
    found = rows.copy()
    found[hit] = reduced(rows[hit] - product(factors[np.ix_(hit, used)], known[used]))
    return found


def _one_by_one(rows: Residues) -> tuple[Residues, Ints]:
    found: list[int] = []
    columns: list[int] = []
    for number in range(len(rows)):
        if not rows[number].any():
            continue
        column = int(np.flatnonzero(rows[number])[0])
        rows[number] = reduced(rows[number] * _inverse(int(rows[number, column])))
        factors = rows[:, column].copy()
        factors[number] = 0
        hit = np.flatnonzero(factors)
        change = reduced(np.multiply.outer(factors[hit], rows[number]))
        rows[hit] = reduced(rows[hit] - change)
        found.append(number)
        columns.append(column)
    return rows[found], np.array(columns, np.int64)


def _inverse(residue: int) -> int:
    inverse = pow(residue, -1, PRIME)
    return inverse - PRIME if inverse > PRIME // 2 else inverse
