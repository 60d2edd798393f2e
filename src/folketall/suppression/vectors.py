"""Cells as sparse vectors, reduced modulo everything that is published.

A cell is a vector over coordinates: the independent cells that all others are sums of. It can be
computed exactly from published ones when its vector lies in their span: when it is reduced to
nothing. Each publication touches only the vectors that have the coordinate it takes away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

from folketall.suppression.cells import PRIME, Cells, balanced

SMALL = PRIME // 2
Vector = dict[int, int]
"""Coordinate to residue; no zeros."""


class Vectors:
    """Vectors modulo everything published so far."""

    def __init__(self, columns: Cells, extra: int = 0) -> None:
        """Take the columns as vectors; `extra` more coordinates are there for marks."""
        ends = columns.start.tolist()
        rows = columns.rows.tolist()
        signs = [1] * len(rows) if columns.signs is None else columns.signs.tolist()
        self._marks = columns.inner
        """Coordinates from here on are marks."""
        self._vectors: list[Vector] = [
            dict(zip(rows[a:b], signs[a:b], strict=True)) for a, b in pairwise(ends)
        ]
        self._having: list[set[int]] = [set() for _ in range(columns.inner + extra)]
        for number, vector in enumerate(self._vectors):
            for row in vector:
                self._having[row].add(number)
        drawn = Random(len(self._having))
        self._weights = [[drawn.randrange(1, PRIME) for _ in self._having] for _ in range(2)]
        """Of each coordinate, two random residues."""
        self._prints: list[list[int]] = []
        """Two sums of each vector by these, once they are taken: proportional vectors have
        sums of the same ratio, and others do not, but for one chance in 2**61."""
        self._columns = len(self._vectors)
        """What lies behind these stands for a coordinate: see `_instead`."""
        self._asleep: dict[int, Vector] = {}
        """Columns as they were when they fell asleep."""
        self._wanted = [0] * len(self._having)
        """Of each coordinate, how many that are asleep have it."""
        self._instead: dict[int, int] = {}
        """Coordinate that was taken away to the vector that it is now, where it is wanted."""

    def __len__(self) -> int:
        return len(self._vectors)

    def vector(self, column: int) -> Vector:
        """The column modulo everything published: empty when it can be computed."""
        return self._vectors[column]

    def drop(self, columns: Iterable[int]) -> None:
        """Forget columns that nobody asks for any more."""
        for column in columns:
            for row in self._vectors[column]:
                self._having[row].discard(column)
            self._vectors[column] = {}

    def forget(self, rows: Iterable[int]) -> None:
        """Take coordinates out of all vectors, but not out of what `_prints` says of them."""
        for row in rows:
            for column in self._having[row]:
                del self._vectors[column][row]
            self._having[row] = set()

    def sleep(self, columns: Iterable[int]) -> None:
        """Leave columns alone until `wake`: what is published until then is made up for once.

        Nothing may be asked of them meanwhile, and none may be guarded or marked.
        """
        for column in columns:
            vector, self._vectors[column] = self._vectors[column], {}
            self._asleep[column] = vector
            for row in vector:
                self._having[row].discard(column)
                self._wanted[row] += 1

    def wake(self, columns: Iterable[int]) -> None:
        """Columns that are asleep, modulo all that was published meanwhile."""
        for column in columns:
            if column not in self._asleep:
                continue
            vector = self._vectors[column]
            sums = [0 for _ in self._prints]
            for row, value in self._asleep.pop(column).items():
                self._wanted[row] -= 1
                instead = self._instead.get(row)
                for n, prints in enumerate(self._prints):
                    one = self._weights[n][row] if instead is None else prints[instead]
                    sums[n] += value * one
                if instead is None:
                    add(vector, row, value)
                    continue
                for at, by in self._vectors[instead].items():
                    add(vector, at, value * by)
                if not self._wanted[row]:
                    self.drop([self._instead.pop(row)])
            for row in vector:
                self._having[row].add(column)
            for prints, total in zip(self._prints, sums, strict=True):
                prints[column] = total % PRIME

    def _waited_for(self) -> set[int]:
        """The coordinates of columns that are asleep, as they will be when they wake."""
        found = {row for row, wanted in enumerate(self._wanted) if wanted}
        return found.union(*(self._vectors[column] for column in self._instead.values()))

    def _take_prints(self) -> None:
        self._prints = [
            [_sum(vector, weights) for vector in self._vectors] for weights in self._weights
        ]

    def _way(self, column: int) -> int:
        """The direction of a column: the same for those that are multiples of each other."""
        return direction(self._prints[0][column], self._prints[1][column])

    def _pivot(self, column: int) -> int:
        """The coordinate that fewest vectors have; a mark only if there is nothing else."""
        having, marks = self._having, self._marks
        return min(self._vectors[column], key=lambda row: (row >= marks, len(having[row]), row))

    def _near(self, vector: Vector) -> set[int]:
        """The columns that have the coordinate of the vector that fewest have."""
        return self._having[min(vector, key=lambda at: (len(self._having[at]), at))]

    def _publish(self, column: int, row: int) -> None:
        """Eliminate one coordinate of the column from every vector."""
        vectors, having = self._vectors, self._having
        vector = vectors[column]
        having[row].discard(column)
        touched, having[row] = having[row], set()
        inverse = pow(vector[row], -1, PRIME)
        factors = [balanced(vectors[other].pop(row) * inverse) for other in touched]
        for prints in self._prints:
            mine = prints[column]
            for other, factor in zip(touched, factors, strict=True):
                prints[other] = (prints[other] - factor * mine) % PRIME
        rest = [(at, value) for at, value in vector.items() if at != row]
        if self._wanted[row]:
            self._keep_instead(column, row, rest, inverse)
        if rest:
            for other, factor in zip(touched, factors, strict=True):
                self._subtract(other, factor, rest)
            for at, _ in rest:
                having[at].discard(column)
        vectors[column] = {}

    def _keep_instead(
        self, column: int, row: int, rest: list[tuple[int, int]], inverse: int
    ) -> None:
        """What a coordinate is from now on, as the column is published: less the rest of it."""
        self._instead[row] = len(self._vectors)
        for at, _ in rest:
            self._having[at].add(len(self._vectors))
        self._vectors.append({at: balanced(-value * inverse) for at, value in rest})
        for prints, weights in zip(self._prints, self._weights, strict=False):
            prints.append((weights[row] - prints[column] * inverse) % PRIME)

    def _subtract(self, other: int, factor: int, rest: list[tuple[int, int]]) -> None:
        vector, having = self._vectors[other], self._having
        for at, value in rest:
            was = vector.get(at, 0)
            left = was - factor * value
            if not -SMALL < left < SMALL:  # the innermost line: nearly all residues are small
                left = balanced(left)
            if left:
                vector[at] = left
                if not was:
                    having[at].add(other)
            else:
                del vector[at]
                having[at].discard(other)


def add(vector: Vector, at: int, value: int) -> None:
    """Add a value to one coordinate; what is zero then is not there."""
    if left := balanced(vector.get(at, 0) + value):
        vector[at] = left
    else:
        vector.pop(at, None)


def _sum(vector: Vector, weights: Sequence[int]) -> int:
    return sum(value * weights[row] for row, value in vector.items()) % PRIME


def direction(one: int, two: int) -> int:
    """The ratio of two residues: one number for all multiples of a vector."""
    return one * pow(two, -1, PRIME) % PRIME if two % PRIME else -1
