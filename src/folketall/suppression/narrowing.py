"""What a group of cells can still touch, when they are the last of their place to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from folketall.suppression.cells import fraction
from folketall.suppression.modular import PRIME, echelon, product, reduced
from folketall.suppression.vectors import Vector

Weights = Mapping[int, tuple[int, int]]
"""Of a coordinate, two residues of the small prime."""


class NoSimpleFraction(Exception):
    """A residue that is not known modulo the small prime."""


class Span:
    """All sums of some vectors, as seen on some of their coordinates."""

    def __init__(
        self, vectors: Iterable[Vector], coordinates: Sequence[int], others: Weights
    ) -> None:
        """Work out the span.

        Args:
            vectors: modulo `cells.PRIME`.
            coordinates: those that are looked at.
            others: of other coordinates, which none of the vectors has, random weights.

        Raises:
            NoSimpleFraction: a residue stands for no simple fraction.
        """
        self._small: dict[int, int] = {}
        at = {coordinate: number for number, coordinate in enumerate(coordinates)}
        rows = sorted(vectors, key=len)
        matrix = np.zeros((len(rows), len(at)))
        for number, vector in enumerate(rows):
            for coordinate, value in vector.items():
                if coordinate in at:
                    matrix[number, at[coordinate]] = self._residue(value)
        independent, columns = echelon(reduced(matrix))
        self.telling = frozenset(coordinates[number] for number in columns.tolist())
        """Coordinates by which any two vectors of the span that differ, differ."""
        draws = np.random.default_rng(matrix.shape)
        weights = draws.integers(-(PRIME // 2), PRIME // 2, (len(at), 2)).astype(np.float64)
        weights[columns] = 0
        weights[columns] = -product(independent, weights)
        pairs = weights.astype(np.int64).tolist()
        mine = {coordinate: (pairs[n][0], pairs[n][1]) for coordinate, n in at.items()}
        self._weights: Weights = {**others, **mine}
        """The weighted sums of every vector of the span are zero."""

    def misses(self, vector: Vector) -> bool:
        """Whether no vector of the span looks like this one on the coordinates with weights.

        Where it says so it is so; but for one chance in 10**14 it says so where it could.
        """
        one = two = 0
        for coordinate, value in vector.items():
            if coordinate in self._weights:
                try:
                    residue = self._residue(value)
                except NoSimpleFraction:
                    return False
                one += residue * self._weights[coordinate][0]
                two += residue * self._weights[coordinate][1]
        return bool(one % PRIME or two % PRIME)

    def _residue(self, value: int) -> int:
        """The residue modulo the small prime of the fraction that a large residue stands for."""
        if value not in self._small:
            found = fraction(value)
            if found is None:
                raise NoSimpleFraction
            self._small[value] = found[0] * pow(found[1], -1, PRIME) % PRIME
        return self._small[value]
