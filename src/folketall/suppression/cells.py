"""Sums of counts as sparse columns, and the residues that they are calculated with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PRIME = 2**61 - 1
"""Arithmetic of the elimination is modulo this."""
_HALF = PRIME // 2
DENOMINATORS = range(1, 61)
LARGE = 10**6
"""A residue that is no fraction of a numerator up to this stands for none."""


def balanced(value: int) -> int:
    """The residue nearest to zero; small integers are their own residues."""
    if -_HALF <= value <= _HALF:
        return value
    value %= PRIME
    return value - PRIME if value > _HALF else value


def fraction(residue: int) -> tuple[int, int] | None:
    """Numerator and denominator of the fraction that a residue stands for, if a simple one."""
    for denominator in DENOMINATORS:
        if abs(numerator := balanced(residue * denominator)) <= LARGE:
            return numerator, denominator
    return None


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
        first, second = self.start[mine] + first, other.start[its] + second
        rows = self.rows[first] * other.inner + other.rows[second]
        signs = None
        if self.signs is not None or other.signs is not None:
            signs = _products(_signs(self)[first], _signs(other)[second])
        return Cells(self.inner * other.inner, start, rows, signs)

    def take(self, cells: Ints) -> Cells:
        """Some of the cells, in that order."""
        width = self.width[cells]
        start = np.concatenate(([0], np.cumsum(width)))
        entry = np.repeat(self.start[cells] - start[:-1], width) + np.arange(start[-1])
        signs = None if self.signs is None else self.signs[entry]
        return Cells(self.inner, start, self.rows[entry], signs)

    def differences(self, cells: Ints) -> Cells:
        """Of each row of cells the first less the others: of a pair, or a whole and its parts."""
        return self._combined(cells, [1, *[-1] * (cells.shape[1] - 1)])

    def sums(self, cells: Ints) -> Cells:
        """The sum of each row of cells."""
        return self._combined(cells, [1] * cells.shape[1])

    def _combined(self, cells: Ints, signs_of: Sequence[int]) -> Cells:
        many = cells.shape[1]
        which, sign = cells.reshape(-1), np.tile(signs_of, len(cells))
        width = self.width[which]
        start = np.concatenate(([0], np.cumsum(width)))
        place = np.arange(start[-1]) + np.repeat(self.start[which] - start[:-1], width)
        signs = _signs(self)[place] * np.repeat(sign, width)
        # Rows that several have: a row of cells is a column, and equal entries add up.
        pair = np.repeat(np.arange(len(cells)), many).repeat(width)
        key, where = np.unique(pair * self.inner + self.rows[place], return_inverse=True)
        sums = np.zeros(len(key), np.int64)
        np.add.at(sums, where, signs)
        key, sums = key[sums != 0], sums[sums != 0]
        ends = np.searchsorted(key, np.arange(len(cells) + 1) * self.inner)
        found = None if (sums == 1).all() else sums
        return Cells(self.inner, ends, key % max(self.inner, 1), found)

    def and_then(self, other: Cells) -> Cells:
        """The cells of both, over the same inner cells."""
        signs = None
        if self.signs is not None or other.signs is not None:
            signs = np.concatenate((_signs(self), _signs(other)))
        start = np.concatenate((self.start, self.start[-1] + other.start[1:]))
        return Cells(self.inner, start, np.concatenate((self.rows, other.rows)), signs)

    def beside(self, other: Cells) -> Cells:
        """The cells of two tables whose inner cells lie side by side."""
        signs = None
        if self.signs is not None or other.signs is not None:
            signs = np.concatenate((_signs(self), _signs(other)))
        start = np.concatenate((self.start, self.start[-1] + other.start[1:]))
        rows = np.concatenate((self.rows, self.inner + other.rows))
        return Cells(self.inner + other.inner, start, rows, signs)


def _products(one: Ints, two: Ints) -> Ints:
    """Products of residues: nearly always of small ones."""
    large = [int(np.abs(factors).max(initial=0)) for factors in (one, two)]
    if large[0] * large[1] <= _HALF:
        return one * two
    exact = [balanced(a * b) for a, b in zip(one.tolist(), two.tolist(), strict=True)]
    return np.array(exact, np.int64)


def _signs(cells: Cells) -> Ints:
    return np.ones(len(cells.rows), np.int64) if cells.signs is None else cells.signs
