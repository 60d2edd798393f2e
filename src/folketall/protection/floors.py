"""Sums of counts that are as small as they can be: known to be so, they give all terms away.

Where zeros are public a hidden cell counts at least 1: two of them that add up to 2 are 1 and 1.
By Stiemke's lemma no sum of the marked cells is known exactly when all of them could grow at once,
each by some positive weight, with everything that is known staying as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import highspy
import numpy as np

from folketall.protection.cells import balanced

Vector = Mapping[int, int]

TINY = 1e-7
MOST = 1e6
"""Of a weight."""
DENOMINATORS = range(1, 61)
LARGE = 10**6
"""Numbers of a relation above this are residues of no fraction that is tried."""


class Floors:
    """What is known of the marked cells alone, and weights that show no sum of them is."""

    def __init__(self) -> None:
        self._place: dict[int, int] = {}
        """Mark to its column in the program."""
        self._weight: list[float] = []
        self._bound: list[bool] = []
        """Whether any relation has the mark."""
        self._program = highspy.Highs()  # type: ignore[no-untyped-call]
        self._program.setOptionValue("output_flag", False)
        # It starts from where the last one ended; presolving would lose that.
        self._program.setOptionValue("presolve", "off")
        self._program.setOptionValue("threads", 1)

    def know(self, relation: Vector) -> None:
        """A relation that everyone knows; with those before it may be a sum."""
        self.publish(relation)

    def publish(self, relation: Vector) -> bool:
        """Take the relation in unless a sum of marked cells would be known; say whether it is."""
        whole = in_whole_numbers(relation)
        if whole is None or len({value > 0 for value in whole.values()}) == 1:
            return False
        for mark in whole:
            self._seen(mark)
        fits = self._fits(whole)
        index = np.array([self._place[mark] for mark in whole], np.int32)
        self._program.addRow(0.0, 0.0, len(index), index, np.array([*whole.values()], float))
        if not fits and not self._solved():
            return False
        for mark in whole:
            self._bound[self._place[mark]] = True
        return True

    def _seen(self, mark: int) -> None:
        if mark not in self._place:
            self._place[mark] = len(self._weight)
            self._weight.append(1.0)
            self._bound.append(False)
            self._program.addVar(1.0, MOST)

    def _fits(self, relation: Vector) -> bool:
        """Whether it is zero for the weights, with one that is in no other relation changed."""
        total = sum(value * self._weight[self._place[mark]] for mark, value in relation.items())
        if abs(total) < TINY:
            return True
        for mark, value in relation.items():
            place = self._place[mark]
            changed = self._weight[place] - total / value
            if not self._bound[place] and 1 <= changed <= MOST:
                self._weight[place] = changed
                return True
        return False

    def _solved(self) -> bool:
        """Find weights of at least 1 that every relation is zero for, or take the last one back."""
        self._program.run()
        if self._program.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self._weight = list(self._program.getSolution().col_value)
            return True
        last = self._program.getNumRow() - 1
        self._program.deleteRows(1, np.array([last], np.int32))
        return False


def in_whole_numbers(relation: Vector) -> Vector | None:
    """A multiple of the relation in small integers; nothing if none is found."""
    for factor in DENOMINATORS:
        found = {mark: balanced(value * factor) for mark, value in relation.items()}
        if max(map(abs, found.values())) <= LARGE:
            return found
    return None
