"""Between which limits a suppressed count can lie (X3), and counts of 1 that a sum gives away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from folketall.audit.programs import Part, Program, Reals, blocks, everything, growing
from folketall.audit.published import Flags, Ints
from folketall.audit.system import System

SLACK = 1e-6
"""What the linear programs may be wrong by."""
LARGEST = 4000
"""Unknowns of the largest program: twice as many take about ten times as long."""
MOST_AGAIN = 100
"""Counts that are moved one by one in several blocks together."""
MOST_GROWING = 50_000
"""The same for the one program on counts of 1."""
TRIES = 12
"""Random directions in which many counts are moved at once, before single ones are."""


@dataclass(frozen=True)
class Intervals:
    """Limits of counts, by asked target."""

    target: Ints
    low: Reals
    high: Reals
    exact: Flags
    """Whether these are the limits themselves; else the count can vary at least so much."""
    programs: int
    """Linear programs solved."""

    @property
    def width(self) -> Reals:
        return self.high - self.low

    def narrow(self, enough: float) -> Flags:
        """Targets of whose interval it is not shown that it is so wide."""
        with np.errstate(invalid="ignore"):
            found: Flags = ~(self.width >= enough - SLACK)
        return found

    @property
    def whole(self) -> tuple[Ints, Ints]:
        """The limits of whole numbers; where these are equal the count is known."""
        low, high = np.ceil(self.low - SLACK), np.floor(np.minimum(self.high, 2**52) + SLACK)
        return low.astype(np.int64), high.astype(np.int64)


def feasible_intervals(
    system: System, wanted: Ints, *, truth: Ints | None, enough: float, exactly: Ints
) -> Intervals:
    """The feasible interval of each wanted target, as far as `enough` (X3).

    Args:
        system: what is published.
        wanted: targets.
        truth: of every unknown its count, where the audit may know it: then the blocks are
            looked at one by one, on the safe side. Else everything at once.
        enough: an interval is not followed further than this width.
        exactly: targets, among the wanted, whose limits are wanted themselves.
    """
    found = _Limits(wanted, exactly, system.constant[wanted])
    together, all_of_it = 1, system.unknowns <= LARGEST
    while truth is not None and found.open(enough).any():
        largest = 0
        for part in blocks(system, truth, together=together):
            largest = max(largest, len(part.unknown))
            if len(part.unknown) <= LARGEST or together == 1:
                found.follow(system, part, enough, truth)
        if largest in (0, system.unknowns) or largest > LARGEST:
            break
        together *= 2
    if (truth is None or all_of_it) and found.open(enough).any():
        found.follow(system, everything(system), enough, None)
    return found.intervals()


class _Limits:
    """What is known so far: each solution of a program widens the limits of all targets."""

    def __init__(self, wanted: Ints, exactly: Ints, constant: Ints) -> None:
        self.wanted, self.constant = wanted, constant
        self.asked = np.isin(wanted, exactly)
        self.low = np.full(len(wanted), np.inf)
        self.high = np.full(len(wanted), -np.inf)
        self.exact = np.zeros(len(wanted), np.bool_)
        self.programs = 0

    def open(self, enough: float) -> Flags:
        """Targets that are not settled."""
        with np.errstate(invalid="ignore"):
            narrow = ~(self.high - self.low >= enough - SLACK)
        found: Flags = (narrow | self.asked) & ~self.exact
        return found

    def follow(self, system: System, part: Part, enough: float, truth: Ints | None) -> None:
        """Move the targets that a part touches; without truth its limits are the true ones."""
        moves = _Moves(system, part, self.wanted, truth)
        here = moves.touched
        if not self.open(enough)[here].any():
            return
        for _ in range(TRIES):
            todo = self.open(enough)[here]
            if todo.sum() <= 2:
                break
            for values in moves.at_random(todo):
                self._learn(here, values)
        left = np.flatnonzero(self.open(enough)[here])
        # Alone in a block most are settled; where many are not, more is not learnt from each.
        for place in left if part.alone else left[:MOST_AGAIN]:
            for sign in (1.0, -1.0):
                if self.open(enough)[here[place]]:
                    limit, values = moves.one(int(place), sign)
                    self._learn(here, values)
                    self._learn(here[[place]], np.array([limit]))
            self.exact[here[place]] |= truth is None
        self.programs += moves.solved

    def _learn(self, here: Ints, values: Reals) -> None:
        self.low[here] = np.minimum(self.low[here], values)
        self.high[here] = np.maximum(self.high[here], values)

    def intervals(self) -> Intervals:
        known = self.constant
        return Intervals(
            self.wanted, self.low + known, self.high + known, self.exact, self.programs
        )


class _Moves:
    """Counts that agree with all that is told of a part, as far out as wanted."""

    def __init__(self, system: System, part: Part, wanted: Ints, truth: Ints | None) -> None:
        number = np.full(system.unknowns, -1)
        number[part.unknown] = np.arange(len(part.unknown))
        sums = system.targets.take(wanted)
        inside = number[sums.column] >= 0
        self.touched = np.unique(sums.row[inside])
        """Places, among the wanted, of those that the part has a share of."""
        self._row = np.searchsorted(self.touched, sums.row[inside])
        self._column = number[sums.column[inside]]
        self._rest = np.zeros(len(self.touched))
        if truth is not None:
            at = np.isin(sums.row, self.touched) & ~inside
            of = np.searchsorted(self.touched, sums.row[at])
            np.add.at(self._rest, of, truth[sums.column[at]])
        self._part, self._least = part, system.least[part.unknown]
        self._draws = np.random.Generator(np.random.PCG64(4))

    @cached_property
    def _program(self) -> Program:
        return Program(self._part, self._least)

    @property
    def solved(self) -> int:
        return self._program.solved

    def at_random(self, todo: Flags) -> list[Reals]:
        """Values of all targets where a random mixture of some is largest and smallest."""
        mine = todo[self._row]
        pull = self._draws.choice([-1.0, 1.0], len(todo))[self._row[mine]]
        column = self._column[mine]
        return [self._values(self._program.most(column, s * pull)[1]) for s in (1.0, -1.0)]

    def one(self, place: int, sign: float) -> tuple[float, Reals]:
        """The largest value of one target (with -1 the smallest), and those of all there."""
        column = self._column[self._row == place]
        value, point = self._program.most(column, np.full(len(column), sign))
        return sign * value + self._rest[place], self._values(point)

    def _values(self, point: Reals) -> Reals:
        moved = np.bincount(self._row, weights=point[self._column], minlength=len(self._rest))
        return self._rest + moved


def revealed_by_sums(system: System, truth: Ints) -> Ints:
    """Unknowns of 1 that are known to be 1, because known sums of them leave no more (X2, `sum`).

    Where zeros are public an empty cell is at least 1, so k of them with a sum of k are all 1.
    """
    stuck = (truth == 1) & (system.least == 1)
    # What can grow within a small block can grow; the larger ones are asked for the others.
    for level in range(len(system.home) - 1, 0, -1):
        for part in blocks(system, truth, level=level):
            _loosen(stuck, part, system, truth)
    together = 1
    while stuck.any():
        largest = 0
        for part in blocks(system, truth, together=together):
            largest = max(largest, len(part.unknown))
            _loosen(stuck, part, system, truth)
        if largest in (0, system.unknowns) or 2 * largest > MOST_GROWING:
            break
        # The blocks were told more than is published.
        together *= 2
    return np.flatnonzero(stuck)


def _loosen(stuck: Flags, part: Part, system: System, truth: Ints) -> None:
    """Take those away that can grow within the part."""
    here = part.unknown
    lone = np.flatnonzero(stuck[here])
    if len(lone):
        stuck[here[lone[growing(part, truth[here], system.least[here], lone)]]] = False
