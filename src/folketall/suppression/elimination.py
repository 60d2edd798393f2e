"""Exact elimination modulo a large prime: which cells may be published and which may not.

The elimination keeps every vector reduced modulo what is known already, and takes candidates one
by one: each is published unless a guarded cell could then be computed. See
docs/method/disclosure.md and FINDINGS on disclosure control.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from folketall.suppression.cells import PRIME, Cells, Flags
from folketall.suppression.floors import Floors
from folketall.suppression.narrowing import NoSimpleFraction, Span
from folketall.suppression.vectors import Vector, Vectors, add, direction


class Elimination(Vectors):
    """Vectors modulo everything published so far."""

    def __init__(self, columns: Cells, extra: int = 0, *, patient: bool = True) -> None:
        """As `Vectors`; `patient` as in `Floors`."""
        super().__init__(columns, extra)
        self._owners = False
        self._marked: dict[int, int] = {}
        """Marked column to its mark."""
        self._floors = Floors(patient=patient)
        self._ways: dict[int, set[int]] = {}
        """Direction to the marked columns that have it."""
        self._longest = 0
        """Coordinates of the longest marked column."""
        self._guarded: set[int] = set()

    def tell(self, columns: Iterable[int]) -> None:
        """Publish columns whatever they reveal: what everyone knows."""
        for column in columns:
            if self._vectors[column]:
                self._publish(column, self._pivot(column))

    def unknown(self, number: int) -> Flags:
        """Of the first columns, which cannot be computed from what is published."""
        return np.array([bool(self._vectors[column]) for column in range(number)], np.bool_)

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

    def hold(self) -> None:
        """From now on publish nothing that says something of marked columns alone.

        Then nothing needs to be carried along of how they hang together.
        """
        self._begin()
        self.forget(range(self._marks, len(self._having)))
        self._longest = 0

    def _begin(self) -> None:
        if self._prints:
            return
        self._take_prints()
        for column in self._marked:
            self._longest = max(self._longest, len(self._vectors[column]))
            self._ways.setdefault(self._way(column), set()).add(column)

    def narrow(self, candidates: Sequence[int]) -> None:
        """Forget what the candidates cannot touch; what is asleep may still touch it.

        Guarded columns that are no sum of candidates (and of what others may yet publish) can be
        computed from nothing that is published from now on. And the candidates need only the
        coordinates by which they differ. That changes no decision; it is for the last of many
        that depend on each other.
        """
        self._begin()
        free = set(range(self._marks)) - self._waited_for()
        one, two = self._weights
        others = {row: (one[row], two[row]) for row in free}
        asked = [self._vectors[column] for column in candidates]
        mine = sorted({row for vector in asked for row in vector} & free)
        try:
            span = Span(asked, mine, others)
        except NoSimpleFraction:
            return
        near = {column for row in mine for column in self._having[row]}
        near &= self._guarded - self._marked.keys()
        far = [column for column in sorted(near) if span.misses(self._vectors[column])]
        self._guarded.difference_update(far)
        self.drop(far)
        self.forget(row for row in mine if row not in span.telling)

    def offer(self, candidates: Iterable[int]) -> list[int]:
        """Publish the candidates in turn where no guarded column is revealed; return the others."""
        refused = []
        self._begin()
        for column in candidates:
            vector = self._vectors[column]
            if column in self._guarded:
                continue  # never to be published
            if not vector:
                # Implied by what is published. Or not: forgotten, said by one that was refused, or
                # nothing but marks where these are held.
                if any(prints[column] for prints in self._prints):
                    refused.append(column)
                continue
            row = self._pivot(column)
            if self._reveals(column, row) or (row >= self._marks and self._sums(column)):
                # A multiple of it would say the same: a program less.
                alike = self._multiples(column) if row >= self._marks else []
                refused += [column, *alike]
                self.drop([column, *alike])
                continue
            moved = self._having[row] & self._marked.keys() if row >= self._marks else ()
            for owned in moved:
                self._ways[self._way(owned)].discard(owned)
            self._publish(column, row)
            for owned in moved:
                self._ways.setdefault(self._way(owned), set()).add(owned)
                self._longest = max(self._longest, len(self._vectors[owned]))
        return refused

    def _multiples(self, column: int) -> list[int]:
        """The other columns that say the same as this one, but for those that are guarded."""
        vector, way = self._vectors[column], self._way(column)
        return [
            other
            for other in sorted(self._near(vector) - self._guarded - {column})
            if other < self._columns
            and len(self._vectors[other]) == len(vector)
            and self._way(other) == way
        ]

    def _sums(self, column: int) -> bool:
        """Whether a candidate of marks alone would, with what is published, tell a sum of them."""
        return not self._floors.publish(self._vectors[column], self._with_mark)

    def _with_mark(self, mark: int) -> list[tuple[int, int]]:
        """The marks of the marked columns that move with a mark, and how much."""
        having = self._having[mark]
        columns = (column for column in having if column in self._marked)
        return [(self._marked[column], self._vectors[column][mark]) for column in columns]

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
            for other in self._near(left) & self._guarded:
                vector = self._vectors[other]
                if len(vector) == len(left) and row not in vector and self._way(other) == way:
                    return True
        return False

    def _difference(self, guarded: int, column: int, row: int) -> Vector:
        """What would be left of a guarded column if the candidate were published."""
        left, vector = dict(self._vectors[guarded]), self._vectors[column]
        factor = -left[row] * pow(vector[row], -1, PRIME)
        for other, value in vector.items():
            add(left, other, factor * value)
        return left
