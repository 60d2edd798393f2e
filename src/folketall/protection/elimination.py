"""Exact elimination modulo a large prime: which cells may be published and which may not.

A cell is a vector over coordinates: the independent cells that all others are sums of. It can be
computed exactly from published ones when its vector lies in their span. The elimination keeps
every vector reduced modulo what is known already, and takes candidates one by one: each is
published unless a guarded cell could then be computed. See docs/method/disclosure.md and FINDINGS
on disclosure control.

Vectors are sparse, and each publication touches only those that have the coordinate it takes
away: the work of one county grows with that county alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random

from folketall.protection.cells import PRIME, Cells, balanced
from folketall.protection.floors import Floors

SMALL = PRIME // 2
Vector = dict[int, int]
"""Coordinate to residue; no zeros."""


class Elimination:
    """Vectors modulo everything published so far."""

    def __init__(self, columns: Cells, extra: int = 0) -> None:
        """Take the columns as vectors; `extra` more coordinates are there for `mark`."""
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
        """Two sums of each vector by these, from the first offer on: proportional vectors have
        sums of the same ratio, and others do not, but for one chance in 2**61."""
        self._owners = False
        self._marked: dict[int, int] = {}
        """Marked column to its mark."""
        self._floors = Floors()
        self._ways: dict[int, set[int]] = {}
        """Direction to the marked columns that have it."""
        self._longest = 0
        """Coordinates of the longest marked column."""
        self._guarded: set[int] = set()

    def __len__(self) -> int:
        return len(self._vectors)

    def vector(self, column: int) -> Vector:
        """The column modulo everything published: empty when it can be computed."""
        return self._vectors[column]

    def tell(self, columns: Iterable[int]) -> None:
        """Publish columns whatever they reveal: what everyone knows."""
        for column in columns:
            if self._vectors[column]:
                self._publish(column, self._pivot(column))

    def drop(self, columns: Iterable[int]) -> None:
        """Forget columns that nobody asks for any more."""
        for column in columns:
            for row in self._vectors[column]:
                self._having[row].discard(column)
            self._vectors[column] = {}

    def guard(self, columns: Iterable[int]) -> None:
        """These must not be computed from what is offered later."""
        self._guarded.update(column for column in columns if self._vectors[column])

    def mark(self, columns: Sequence[int], *, owners: bool) -> None:
        """Give each its own coordinate: a mark.

        A candidate that is nothing but marks says something of the marked columns alone. It is
        published only if it does not tell a sum of them: a difference tells no one's count. With
        `owners`, no guarded column may be computed by one who knows one marked column.
        """
        self._owners = owners
        for number, column in enumerate(columns):
            vector, mark = self._vectors[column], self._marks + number
            if all(row >= self._marks for row in vector):
                # The same as another marked one, or known by relations to be a sum of them.
                if len(vector) > 1:
                    self._floors.know({**vector, mark: -1})
                    self._marked[column] = mark
                continue
            vector[mark] = -1
            self._having[mark].add(column)
            self._publish(column, self._pivot(column))
            self._vectors[column] = {mark: 1}
            self._having[mark].add(column)
            self._marked[column] = mark

    def _take_prints(self) -> None:
        for weights in self._weights:
            sums = [
                sum(value * weights[row] for row, value in vector.items()) % PRIME
                for vector in self._vectors
            ]
            self._prints.append(sums)
        for column in self._marked:
            self._longest = max(self._longest, len(self._vectors[column]))
            self._ways.setdefault(self._way(column), set()).add(column)

    def _way(self, column: int) -> int:
        """The direction of a column: the same for those that are multiples of each other."""
        return direction(self._prints[0][column], self._prints[1][column])

    def offer(self, candidates: Iterable[int]) -> list[int]:
        """Publish the candidates in turn where no guarded column is revealed; return the others."""
        refused = []
        if not self._prints:
            self._take_prints()
        for column in candidates:
            vector = self._vectors[column]
            if not vector or column in self._guarded:
                continue  # implied by what is published, or never to be published
            row = self._pivot(column)
            if self._reveals(column, row) or (row >= self._marks and self._sums(column)):
                refused.append(column)
                self.drop([column])
                continue
            moved = self._having[row] & self._marked.keys() if row >= self._marks else ()
            for owned in moved:
                self._ways[self._way(owned)].discard(owned)
            self._publish(column, row)
            for owned in moved:
                self._ways.setdefault(self._way(owned), set()).add(owned)
                self._longest = max(self._longest, len(self._vectors[owned]))
        return refused

    def _sums(self, column: int) -> bool:
        """Whether a candidate of marks alone would, with what is published, tell a sum of them."""
        return not self._floors.publish(self._vectors[column], self._with_mark)

    def _with_mark(self, mark: int) -> list[tuple[int, int]]:
        """The marks of the marked columns that move with a mark, and how much."""
        having = self._having[mark]
        columns = (column for column in having if column in self._marked)
        return [(self._marked[column], self._vectors[column][mark]) for column in columns]

    def _pivot(self, column: int) -> int:
        """The coordinate that fewest vectors have; a mark only if there is nothing else."""
        having, marks = self._having, self._marks
        return min(self._vectors[column], key=lambda row: (row >= marks, len(having[row]), row))

    def _reveals(self, column: int, row: int) -> bool:
        """Whether a guarded column would be computed, by anyone or by who knows one mark."""
        touched = self._having[row] & self._guarded
        inverse = pow(self._vectors[column][row], -1, PRIME)
        length = len(self._vectors[column])
        longest = self._longest if row < self._marks else len(self._having)
        ways: dict[int, int] = {}
        for guarded in touched:
            factor = self._vectors[guarded][row] * inverse
            one, two = (prints[guarded] - factor * prints[column] for prints in self._prints)
            if one % PRIME == 0 and two % PRIME == 0:
                return True
            # A quick look: what an owner knows is so long at most.
            if self._owners and abs(len(self._vectors[guarded]) - length) <= longest:
                ways[guarded] = direction(one, two)
        if not self._owners:
            return False
        changed = [(one, ways[one]) for one in sorted(ways.keys() & self._marked.keys())]
        return self._learned(ways, changed) or self._meets(changed, column, row)

    def _learned(self, ways: Mapping[int, int], changed: Iterable[tuple[int, int]]) -> bool:
        """Whether an owner learns a guarded column when those touched get these directions."""
        owners: dict[int, list[int]] = {}
        for owned, way in changed:
            owners.setdefault(way, []).append(owned)
        for guarded, way in ways.items():
            if self._ways.get(way, set()) - ways.keys():
                return True
            # Columns that were multiples before are each other's in any case.
            mine = [owned for owned in owners.get(way, ()) if owned != guarded]
            if any(self._way(owned) != self._way(guarded) for owned in mine):
                return True
        return False

    def _meets(self, changed: Iterable[tuple[int, int]], column: int, row: int) -> bool:
        """Whether an owner who knows more now knows a guarded column that stays as it is."""
        for owned, way in changed:
            left = self._difference(owned, column, row)
            near = self._having[min(left, key=lambda at: (len(self._having[at]), at))]
            for other in near & self._guarded:
                vector = self._vectors[other]
                if len(vector) == len(left) and row not in vector and self._way(other) == way:
                    return True
        return False

    def _difference(self, guarded: int, column: int, row: int) -> Vector:
        """What would be left of a guarded column if the candidate were published."""
        left, vector = dict(self._vectors[guarded]), self._vectors[column]
        factor = -left[row] * pow(vector[row], -1, PRIME)
        for other, value in vector.items():
            sum_ = balanced(left.get(other, 0) + factor * value)
            if sum_:
                left[other] = sum_
            else:
                left.pop(other, None)
        return left

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
        if len(vector) > 1:
            rest = [(at, value) for at, value in vector.items() if at != row]
            for other, factor in zip(touched, factors, strict=True):
                self._subtract(other, factor, rest)
            for at, _ in rest:
                having[at].discard(column)
        vectors[column] = {}

    def _subtract(self, other: int, factor: int, rest: list[tuple[int, int]]) -> None:
        vector, having = self._vectors[other], self._having
        for at, value in rest:
            was = vector.get(at)
            if was is None:
                vector[at] = balanced(-factor * value)
                having[at].add(other)
                continue
            left = was - factor * value
            if not -SMALL < left < SMALL:  # the innermost line: nearly all residues are small
                left = balanced(left)
            if left:
                vector[at] = left
            else:
                del vector[at]
                having[at].discard(other)


def direction(one: int, two: int) -> int:
    """The ratio of two residues: one number for all multiples of a vector."""
    return one * pow(two, -1, PRIME) % PRIME if two % PRIME else -1
