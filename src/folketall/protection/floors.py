"""Sums of counts that are as small as they can be: known to be so, they give all terms away.

Where zeros are public a hidden cell counts at least 1: two of them that add up to 2 are 1 and 1.
By Stiemke's lemma no sum of the marked cells is known exactly when all of them could grow at once,
each by some positive weight, with everything that is known staying as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import highspy
import numpy as np

Vector = Mapping[int, int]

TINY = 1e-7


class Floors:
    """What is known of the marked cells alone, and weights that show no sum of them is."""

    def __init__(self) -> None:
        self._relations: list[Vector] = []
        self._of: dict[int, list[int]] = {}
        """Mark to the relations it is in."""
        self._weight: dict[int, float] = {}

    def know(self, relation: Vector) -> None:
        """A relation that everyone knows; with those before it may be a sum."""
        self.allows(relation)
        self._keep(relation)

    def allows(self, relation: Vector) -> bool:
        """Whether no sum of marked cells would be known with this relation too."""
        if len({value > 0 for value in relation.values()}) == 1:
            return False
        weight = self._weight
        total = sum(value * weight.get(mark, 1.0) for mark, value in relation.items())
        if abs(total) < TINY:
            return True
        found = _weights([relation, *self._near(relation)])
        if found is None:
            return False
        self._weight.update(found)
        return True

    def publish(self, relation: Vector) -> bool:
        """Take the relation in if it is allowed; say whether it is."""
        if not self.allows(relation):
            return False
        self._keep(relation)
        return True

    def _keep(self, relation: Vector) -> None:
        for mark in relation:
            self._of.setdefault(mark, []).append(len(self._relations))
        self._relations.append(dict(relation))

    def _near(self, relation: Vector) -> list[Vector]:
        """The relations that hang together with this one."""
        seen: dict[int, None] = {}
        marks, done = list(relation), set(relation)
        while marks:
            for number in self._of.get(marks.pop(), ()):
                if number not in seen:
                    seen[number] = None
                    new = [mark for mark in self._relations[number] if mark not in done]
                    done.update(new)
                    marks += new
        return [self._relations[number] for number in seen]


def _weights(relations: list[Vector]) -> dict[int, float] | None:
    """Weights of at least 1 that every relation is zero for; nothing if there are none."""
    marks = sorted({mark for relation in relations for mark in relation})
    place = {mark: number for number, mark in enumerate(marks)}
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    count = len(marks)
    solver.addVars(count, np.ones(count), np.full(count, 1e6))
    start = np.cumsum([0, *(len(relation) for relation in relations)])
    index = np.array([place[mark] for relation in relations for mark in relation], np.int32)
    value = np.array([float(x) for relation in relations for x in relation.values()])
    zero = np.zeros(len(relations))
    solver.addRows(
        len(relations), zero, zero, len(index), start[:-1].astype(np.int32), index, value
    )
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = solver.getSolution().col_value
    return dict(zip(marks, found, strict=True))
