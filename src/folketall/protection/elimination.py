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

from collections.abc import Iterable, Sequence
from itertools import pairwise

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
        self._owners = False
        self._marked: dict[int, int] = {}
        """Marked column to its mark."""
        self._floors = Floors()
        self._odd: dict[frozenset[int], list[int]] = {}
        """Marked columns that are sums of other marks, by these marks."""
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
                    self._differ(column)
                continue
            vector[mark] = -1
            self._having[mark].add(column)
            self._publish(column, self._pivot(column))
            self._vectors[column] = {mark: 1}
            self._having[mark].add(column)
            self._marked[column] = mark
            self._longest = max(self._longest, int(owners))

    def _differ(self, column: int) -> None:
        """Remember a marked column that is a sum of other marks."""
        if self._owners:
            self._odd.setdefault(frozenset(self._vectors[column]), []).append(column)
            self._longest = max(self._longest, len(self._vectors[column]))

    def offer(self, candidates: Iterable[int]) -> list[int]:
        """Publish the candidates in turn where no guarded column is revealed; return the others."""
        refused = []
        for column in candidates:
            vector = self._vectors[column]
            if not vector or column in self._guarded:
                continue  # implied by what is published, or never to be published
            row = self._pivot(column)
            if self._reveals(column, row) or (row >= self._marks and self._sums(column)):
                refused.append(column)
                self.drop([column])
                continue
            owners = self._having[row] & self._marked.keys() if row >= self._marks else ()
            self._publish(column, row)
            for owned in owners:
                self._differ(owned)
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
        if row >= self._marks and self._owners:
            return self._reveals_marked(column, row)
        length = len(self._vectors[column])
        for guarded in self._having[row] & self._guarded:
            # A quick look: what is left must be nothing or as short as what an owner knows.
            if abs(len(self._vectors[guarded]) - length) > self._longest:
                continue
            left = self._difference(guarded, column, row)
            if not left or self._owned(guarded, left):
                return True
        return False

    def _reveals_marked(self, column: int, row: int) -> bool:
        """The same for a candidate of marks alone, which changes what owners know."""
        touched = sorted(self._having[row] & self._guarded)
        left = {guarded: self._difference(guarded, column, row) for guarded in touched}
        if any(not rest or self._owned(guarded, rest) for guarded, rest in left.items()):
            return True
        for owned in sorted(self._marked.keys() & touched):
            mine = left[owned]
            near = self._having[next(iter(mine))] & self._guarded
            others = {guarded: left.get(guarded, self._vectors[guarded]) for guarded in near}
            others |= left
            if any(proportional(mine, rest) for other, rest in others.items() if other != owned):
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

    def _owned(self, guarded: int, left: Vector) -> bool:
        """Whether what is left is another marked column, and so known to its owner."""
        if not self._longest:
            return False
        if len(left) == 1:
            return next(iter(left)) >= self._marks
        if min(left) < self._marks:
            return False
        alike = self._odd.get(frozenset(left), ())
        return any(proportional(left, self._vectors[odd]) for odd in alike if odd != guarded)

    def _publish(self, column: int, row: int) -> None:
        """Eliminate one coordinate of the column from every vector."""
        vectors, having = self._vectors, self._having
        vector = vectors[column]
        having[row].discard(column)
        touched, having[row] = having[row], set()
        if len(vector) == 1:
            for other in touched:
                del vectors[other][row]
        else:
            inverse = pow(vector[row], -1, PRIME)
            rest = [(at, value) for at, value in vector.items() if at != row]
            for other in touched:
                self._subtract(other, balanced(vectors[other].pop(row) * inverse), rest)
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


def proportional(one: Vector, two: Vector) -> bool:
    """Whether one vector is a multiple of the other."""
    if one.keys() != two.keys():
        return False
    row = next(iter(one))
    first, second = one[row], two[row]
    return all((one[at] * second - two[at] * first) % PRIME == 0 for at in one)
