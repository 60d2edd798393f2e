"""Sums of counts that are as small as they can be: known to be so, they give all terms away.

Where zeros are public a hidden cell counts at least 1: two of them that add up to 2 are 1 and 1.
By Stiemke's lemma no sum of the marked cells is known exactly when all of them could grow at once,
each by some positive weight, with everything that is known staying as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import highspy
import numpy as np

from folketall.protection.cells import balanced

Vector = Mapping[int, int]
Moves = Callable[[int], Iterable[tuple[int, int]]]

TINY = 1e-7
LEAST, START, MOST = 1.0, 1e3, 1e9
"""Of a weight, in the program."""
LOW, HIGH = 1e-2, 1e7
"""Of a weight that is mended: the program's limits have no meaning of their own."""
DENOMINATORS = range(1, 61)
LARGE = 10**6
"""Numbers of a relation above this are residues of no fraction that is tried."""


def _nothing(_mark: int) -> Iterable[tuple[int, int]]:
    return ()


class Floors:
    """What is known of the marked cells alone, and weights that show no sum of them is."""

    def __init__(self) -> None:
        self._place: dict[int, int] = {}
        """Mark to its column in the program."""
        self._weight: dict[int, float] = {}
        self._waiting: list[Vector] = []
        """Relations that the weights agree with and the program has not been told."""
        self._program = highspy.Highs()  # type: ignore[no-untyped-call]
        self._program.setOptionValue("output_flag", False)
        # It starts from where the last one ended; presolving would lose that.
        self._program.setOptionValue("presolve", "off")
        self._program.setOptionValue("threads", 1)

    def know(self, relation: Vector) -> None:
        """A relation that everyone knows; with those before it may be a sum."""
        self.publish(relation)

    def publish(self, relation: Vector, moves: Moves = _nothing) -> bool:
        """Take the relation in unless a sum of marked cells would be known; say whether it is.

        Args:
            relation: mark to residue.
            moves: of a mark that no relation binds, all marks that move with it by what is known,
                itself too, and how much: so weights can be mended without a program.
        """
        whole = in_whole_numbers(relation)
        if whole is None or len({value > 0 for value in whole.values()}) == 1:
            return False
        for mark in whole:
            self._seen(mark)
        if self._mended(whole, moves):
            self._waiting.append(whole)
            return True
        return self._solved(whole)

    def _seen(self, mark: int) -> None:
        if mark not in self._place:
            self._place[mark] = len(self._place)
            self._weight[mark] = START
            self._program.addVar(LEAST, MOST)

    def _mended(self, relation: Vector, moves: Moves) -> bool:
        """Move the weights of unbound marks until the relation is zero; whether that can be."""
        total = sum(value * self._weight[mark] for mark, value in relation.items())
        changed: dict[int, float] = {}
        for mark, value in relation.items():
            if abs(total) < TINY:
                break
            with_it = [(m, number_of(by)) for m, by in moves(mark) if m in self._place]
            step = self._step(-total / value, with_it, changed)
            for m, by in with_it:
                changed[m] = changed.get(m, self._weight[m]) + by * step
            total += value * step
        if abs(total) >= TINY:
            return False
        self._weight |= changed
        return True

    def _step(
        self, wanted: float, with_it: list[tuple[int, float]], changed: Mapping[int, float]
    ) -> float:
        """How far a mark may move towards what is wanted: half of the way to the first limit."""
        if not with_it or any(math.isnan(by) for _, by in with_it):
            return 0.0
        far = abs(wanted)
        for mark, by in with_it:
            now = changed.get(mark, self._weight[mark])
            falls = by * wanted < 0
            room = (now - LOW if falls else HIGH - now) / max(abs(by), TINY)
            far = min(far, room if room >= abs(wanted) else room / 2)
        return math.copysign(max(far, 0.0), wanted)

    def _solved(self, relation: Vector) -> bool:
        """Find weights that every relation is zero for, this one too."""
        for waiting in self._waiting:
            self._row(waiting)
        self._waiting = []
        self._row(relation)
        self._program.run()
        if self._program.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            solved = np.array(self._program.getSolution().col_value)
            self._weight = dict(zip(self._place, solved.tolist(), strict=True))
            return True
        last = self._program.getNumRow() - 1
        self._program.deleteRows(1, np.array([last], np.int32))
        return False

    def _row(self, relation: Vector) -> None:
        index = np.array([self._place[mark] for mark in relation], np.int32)
        values = np.array([*relation.values()], float)
        self._program.addRow(0.0, 0.0, len(index), index, values)


def number_of(residue: int) -> float:
    """The fraction that a residue stands for; nan if it is no simple one."""
    for factor in DENOMINATORS:
        if abs(found := balanced(residue * factor)) <= LARGE:
            return found / factor
    return math.nan


def in_whole_numbers(relation: Vector) -> Vector | None:
    """A multiple of the relation in small integers; nothing if none is found."""
    for factor in DENOMINATORS:
        found = {mark: balanced(value * factor) for mark, value in relation.items()}
        if max(map(abs, found.values())) <= LARGE:
            return found
    return None
