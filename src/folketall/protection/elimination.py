"""Exact elimination modulo a large prime: which cells may be published and which may not.

A table of counts is a vector of inner cells; every cell that may be published, margins too, is
a column of 0 and 1 over them. A cell can be computed exactly from the published ones when its
column lies in their span. The elimination takes candidates one by one, keeps every column
reduced modulo what is published already, and publishes a candidate unless that would make a
primary cell computable. See docs/method/disclosure.md and FINDINGS on disclosure control.

Rows are of two kinds. *Free* rows are inner cells (in any basis). *Told* rows, at the end, are
coordinates of knowledge that belongs to the table above (the county): a candidate that reduces
to told rows only would say something new about that table and is suppressed, whatever it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PRIME = 2**31 - 1
"""Products of two residues stay below 2**62: int64 never overflows."""
HALF = PRIME // 2
LOOKED_AT = 16
"""Rows among which a pivot is chosen."""
FINGERPRINTS = 2
"""Rows of random sums: proportional columns have proportional fingerprints."""


def balanced(block: Ints) -> Ints:
    """The residues nearest to zero; small integers are their own residues."""
    if block.size == 0 or (int(block.max()) <= HALF and int(block.min()) >= -HALF):
        return block
    reduced: Ints = np.remainder(block + HALF, PRIME) - HALF
    return reduced


def times(left: Ints, right: Ints) -> Ints:
    """Matrix product modulo the prime, for a `right` that is mostly zero."""
    middle, column = np.nonzero(right)
    entries = right[middle, column]
    total = np.zeros((left.shape[0], right.shape[1]), np.int64)
    for row in range(left.shape[0]):
        # Each term is below 2**30, so that billions of them would still not overflow.
        np.add.at(total[row], column, balanced(left[row, middle] * entries))
    return balanced(total)


def row_basis(matrix: Ints) -> Ints:
    """Independent rows that span the same row space."""
    left = matrix[matrix.any(axis=1)].copy()
    basis: list[Ints] = []
    while len(left):
        line = left[0]
        lead = int(np.flatnonzero(line)[0])
        line = balanced(line * pow(int(line[lead]), -1, PRIME))
        basis.append(line)
        left = balanced(left - balanced(np.multiply.outer(left[:, lead], line)))
        left = left[left.any(axis=1)]
    return np.array(basis, np.int64).reshape(-1, matrix.shape[1])


class Elimination:
    """Columns modulo everything published so far; published columns are zero."""

    def __init__(self, columns: Ints, free: int) -> None:
        self.free = free
        self.rows = columns.shape[0]
        self._m = np.zeros((self.rows + FINGERPRINTS, columns.shape[1]), np.int64)
        self._m[: self.rows] = columns
        random = np.random.default_rng(self.rows)
        weights = random.integers(1, PRIME, (FINGERPRINTS, self.rows), np.int64)
        self._m[self.rows :] = times(balanced(weights), columns)

    def reduced(self, columns: Ints | slice) -> Ints:
        """The named columns modulo everything published."""
        found: Ints = self._m[: self.rows, columns]
        return found

    def suppress(self, candidates: Ints, primaries: Ints) -> Ints:
        """Publish the candidates in turn where no primary is revealed; return the others."""
        suppressed = []
        for column in candidates.tolist():
            support = np.flatnonzero(self._m[: self.rows, column])
            if len(support) == 0:
                continue  # already implied by what is published
            if support[0] >= self.free or self._reveals(column, support, primaries):
                suppressed.append(column)
            else:
                self._publish(column, support)
        return np.array(suppressed, np.int64)

    def _reveals(self, column: int, support: Ints, primaries: Ints) -> bool:
        """Whether a primary is proportional to the candidate, and so computable with it."""
        lead = int(support[0])
        near = primaries[self._m[lead, primaries] != 0]
        one, two = (int(value) for value in self._m[self.rows :, column])
        prints = self._m[self.rows :, near]
        alike = near[balanced(prints[0] * two) == balanced(prints[1] * one)]
        mine = self._m[: self.rows, column]
        for primary in alike:
            other = self._m[: self.rows, primary]
            if not (balanced(other * mine[lead]) - balanced(mine * other[lead])).any():
                return True
        return False

    def _publish(self, column: int, support: Ints) -> None:
        """Eliminate one free row of the candidate from every column."""
        free = support[support < self.free][:LOOKED_AT]
        # Any row will do; the emptiest keeps the columns sparse.
        row = int(free[np.argmin(np.count_nonzero(self._m[free], axis=1))])
        columns = np.flatnonzero(self._m[row])
        lines = np.concatenate((support, np.arange(self.rows, self.rows + FINGERPRINTS)))
        factor = self._m[row, columns]
        pivot = int(self._m[row, column])
        if pivot != 1:
            factor = balanced(factor * (pivot if pivot == -1 else pow(pivot, -1, PRIME)))
        where = np.ix_(lines, columns)
        step = np.multiply.outer(self._m[lines, column], factor)
        self._m[where] = balanced(self._m[where] - step)
