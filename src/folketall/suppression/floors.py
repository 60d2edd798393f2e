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

from folketall.suppression.cells import DENOMINATORS, LARGE, balanced, fraction

Vector = Mapping[int, int]
Moves = Callable[[int], Iterable[tuple[int, int]]]

TINY = 1e-7
LEAST, START, MOST = 1.0, 1e3, 1e9
"""Of a weight, in the program."""
LOW, HIGH = 1e-2, 1e7
"""Of a weight that is mended: the program's limits have no meaning of their own."""
TRIES = 6
"""Weights that are moved before a program is asked."""


def _nothing(_mark: int) -> Iterable[tuple[int, int]]:
    return ()


class _Program:
    """Relations of marks that hang together, and a program that grows with them."""

    def __init__(self) -> None:
        self.place: dict[int, int] = {}
        """Mark to its column; also of marks that only what was refused has."""
        self.rows: list[Vector] = []
        self.marks: set[int] = set()
        """Of the rows."""
        self._told = 0
        """How many of the rows the program has."""
        self._program = highspy.Highs()  # type: ignore[no-untyped-call]
        self._program.setOptionValue("output_flag", False)
        # It starts from where the last one ended; presolving would lose that.
        self._program.setOptionValue("presolve", "off")
        self._program.setOptionValue("threads", 1)
        # Most are refused, and that the primal method sees soonest (7 ms by default, 4 so).
        self._program.setOptionValue("simplex_strategy", 4)
        self._program.setOptionValue("simplex_scale_strategy", 0)

    def keep(self, rows: Iterable[Vector]) -> None:
        """Rows that are zero for the weights there are."""
        for row in rows:
            self.rows.append(row)
            self.marks |= row.keys()

    def weights(self, relation: Vector) -> dict[int, float] | None:
        """Weights that every row is zero for and the relation too; nothing if there are none."""
        for row in [*self.rows[self._told :], relation]:
            self._add(row)
        self._told = len(self.rows)
        self._program.run()
        if self._program.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self.keep([relation])
            self._told += 1
            solved = np.array(self._program.getSolution().col_value).tolist()
            return {mark: solved[self.place[mark]] for mark in sorted(self.marks)}
        last = self._program.getNumRow() - 1
        self._program.deleteRows(1, np.array([last], np.int32))
        return None

    def _add(self, relation: Vector) -> None:
        for mark in relation:
            if mark not in self.place:
                self.place[mark] = len(self.place)
                self._program.addVar(LEAST, MOST)
        index = np.array([self.place[mark] for mark in relation], np.int32)
        values = np.array([*relation.values()], float)
        self._program.addRow(0.0, 0.0, len(index), index, values)


class Floors:
    """What is known of the marked cells alone, and weights that show no sum of them is."""

    def __init__(self, *, patient: bool = True) -> None:
        """With no patience no program is asked about what is published: refused, if in doubt."""
        self._patient = patient
        self._weight: dict[int, float] = {}
        self._program: dict[int, _Program] = {}
        """Of a mark: that of all marks which relations tie it to."""

    def know(self, relation: Vector) -> None:
        """A relation that everyone knows; with those before it may be a sum."""
        self._take(relation, _nothing, patient=True)

    def publish(self, relation: Vector, moves: Moves = _nothing) -> bool:
        """Take the relation in unless a sum of marked cells would be known; say whether it is.

        Args:
            relation: mark to residue.
            moves: of a mark that no relation binds, all marks that move with it by what is known,
                itself too, and how much: so weights can be mended without a program.
        """
        return self._take(relation, moves, patient=self._patient)

    def _take(self, relation: Vector, moves: Moves, *, patient: bool) -> bool:
        whole = in_whole_numbers(relation)
        if whole is None or len({value > 0 for value in whole.values()}) == 1:
            return False
        for mark in whole:
            self._weight.setdefault(mark, START)
        if self._mended(whole, moves):
            self._together(whole).keep([whole])
            return True
        if not patient:
            return False
        # What is refused must not tie anything together: only one that stands alone may grow.
        tied = self._tied(whole)
        program = tied[0] if len(tied) == 1 else _joined(tied)
        found = program.weights(whole)
        if found is None:
            return False
        self._weight |= found
        if len(tied) != 1:
            self._program |= dict.fromkeys(program.marks, program)
        self._program |= dict.fromkeys(whole, program)
        return True

    def _tied(self, relation: Vector) -> list[_Program]:
        """The programs that the relation's marks are in, the longest first."""
        found = {id(p): p for mark in relation if (p := self._program.get(mark))}
        return sorted(found.values(), key=lambda p: (-len(p.rows), next(iter(p.rows[0]))))

    def _together(self, relation: Vector) -> _Program:
        """One program for all that the relation ties together."""
        tied = self._tied(relation) or [_Program()]
        for other in tied[1:]:
            tied[0].keep(other.rows)
            self._program |= dict.fromkeys(other.marks, tied[0])
        self._program |= dict.fromkeys(relation, tied[0])
        return tied[0]

    def _mended(self, relation: Vector, moves: Moves) -> bool:
        """Move the weights of unbound marks until the relation is zero; whether that can be."""
        total = sum(value * self._weight[mark] for mark, value in relation.items())
        changed: dict[int, float] = {}
        for mark, value in list(relation.items())[:TRIES]:
            if abs(total) < TINY:
                break
            with_it = [(m, number_of(by)) for m, by in moves(mark) if m in self._weight]
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


def _joined(programs: list[_Program]) -> _Program:
    """A new program with the rows of all."""
    found = _Program()
    for program in programs:
        found.keep(program.rows)
    return found


def number_of(residue: int) -> float:
    """The fraction that a residue stands for; nan if it is no simple one."""
    found = fraction(residue)
    return math.nan if found is None else found[0] / found[1]


def in_whole_numbers(relation: Vector) -> Vector | None:
    """A multiple of the relation in small integers; nothing if none is found."""
    for factor in DENOMINATORS:
        found = {mark: balanced(value * factor) for mark, value in relation.items()}
        if max(map(abs, found.values())) <= LARGE:
            return found
    return None
