"""Independent codes of a dimension, and every code as a sum of them.

Over these coordinates nearly every cell of a table is a vector of one: the margins, and the inner
cells but for one *rest* in each sum. That is what makes the elimination quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce
from itertools import pairwise

import numpy as np

from folketall.suppression.cells import PRIME, Cells, Ints, balanced
from folketall.suppression.vectors import Vector, add


def basis_of(dimensions: Sequence[tuple[Cells, Ints]]) -> Cells:
    """Every cell of a table over the crossed bases of its dimensions.

    Args:
        dimensions: the codes of each over its inner codes, and the persons of each inner code.
    """
    one = Cells(1, np.array([0, 1]), np.array([0]))
    return reduce(Cells.times, (expressed(cells, weight) for cells, weight in dimensions), one)


def expressed(codes: Cells, weight: Ints) -> Cells:
    """Every code as a sum of independent codes; sums before inner codes, large before small.

    Among inner codes the largest is the rest: it has fewest zeros, and a zero that is a rest
    is a long sum that everyone knows.
    """
    arrays = (codes.start, codes.rows, weight)
    return _expressed(*(np.asarray(array, np.int64).tobytes() for array in arrays))


@lru_cache(maxsize=8)
def _expressed(*arrays: bytes) -> Cells:
    """The same, kept: cubes of the same persons have the same of them in every region."""
    start_, rows_, weight = (np.frombuffer(array, np.int64) for array in arrays)
    codes = Cells(len(weight), start_, rows_)
    ends, rows = codes.start.tolist(), codes.rows.tolist()
    vectors = [dict.fromkeys(rows[a:b], 1) for a, b in pairwise(ends)]
    size = codes.values(weight).tolist()
    inner = len(codes) - codes.inner
    order = sorted(
        range(len(codes)), key=lambda c: (c >= inner, size[c] if c >= inner else -size[c], c)
    )
    solved = _Solved(weight.tolist())
    sums = {code: solved.take(code, vectors[code]) for code in order}
    basis = {code: number for number, code in enumerate(sorted(solved.basis))}
    found = [sums[code] for code in range(len(codes))]
    start = np.concatenate(([0], np.cumsum([len(of) for of in found]))).astype(np.int64)
    at = np.array([basis[code] for of in found for code in of], np.int64)
    return Cells(
        len(basis), start, at, np.array([x for of in found for x in of.values()], np.int64)
    )


class _Solved:
    """Codes taken so far, each reduced to a pivot of its own, with what they are sums of."""

    def __init__(self, weight: list[int]) -> None:
        self._weight = weight
        self._pivots: dict[int, tuple[Vector, Vector]] = {}
        self.basis: list[int] = []

    def take(self, code: int, vector: Vector) -> Vector:
        """The code as a sum of independent ones: itself if it is independent of those before."""
        left, sums = dict(vector), {code: 1}
        while hit := [row for row in left if row in self._pivots]:
            for row in hit:
                factor = left.get(row, 0)
                _add(left, self._pivots[row][0], -factor)
                _add(sums, self._pivots[row][1], -factor)
        if not left:
            del sums[code]
            return {at: balanced(-value) for at, value in sums.items()}
        row = min(left, key=lambda r: (-self._weight[r], r))
        inverse = pow(left[row], -1, PRIME)
        self._pivots[row] = (_times(left, inverse), _times(sums, inverse))
        self.basis.append(code)
        return {code: 1}


def _add(one: Vector, two: Vector, factor: int) -> None:
    if factor:
        for at, value in two.items():
            add(one, at, factor * value)


def _times(vector: Vector, factor: int) -> Vector:
    return {at: balanced(value * factor) for at, value in vector.items()}
