"""Between which limits a suppressed count can lie (X3), and counts of 1 that a sum gives away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from folketall.audit.programs import Part, Program, Reals, blocks, everything, growing
from folketall.audit.published import Flags, Ints
from folketall.audit.system import System

SLACK = 1e-6
"""What the linear programs may be wrong by."""
TRIES = 12
"""Random directions in which many counts are moved at once, before single ones are."""


@dataclass(frozen=True)
class Intervals:
    """Limits of counts, by asked target."""

    target: Ints
    low: Reals
    high: Reals
    exact: Flags
    """Whether these are the limits themselves; else the count can at least vary so much."""
    programs: int
    """Linear programs solved."""
    joint: int
    """Targets that were looked at with everything together, not only block by block."""

    @property
    def width(self) -> Reals:
        return self.high - self.low

    def narrow(self, enough: float) -> Flags:
        """Targets whose interval is narrower than that."""
        return self.exact & (self.width < enough - SLACK)

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
    found = _Limits(wanted, exactly)
    if truth is None:
        found.follow(system, everything(system), enough, final=True)
        return found.intervals()
    for part in blocks(system, truth):
        found.follow(system, part, enough, final=False)
    if found.open(enough).any():
        found.joint = int(found.open(enough).sum())
        found.follow(system, everything(system), enough, final=True)
    return found.intervals()


class _Limits:
    """What is known so far: each solution of a program widens the limits of all targets."""

    def __init__(self, wanted: Ints, exactly: Ints) -> None:
        self.wanted = wanted
        self.asked = np.isin(wanted, exactly)
        self.low = np.full(len(wanted), np.inf)
        self.high = np.full(len(wanted), -np.inf)
        self.exact = np.zeros(len(wanted), np.bool_)
        self.programs = self.joint = 0

    def open(self, enough: float) -> Flags:
        """Targets that are not settled."""
        with np.errstate(invalid="ignore"):
            narrow = ~(self.high - self.low >= enough - SLACK)
        return (narrow | self.asked) & ~self.exact

    def follow(self, system: System, part: Part, enough: float, *, final: bool) -> None:
        """Move the targets that lie in a part; only with `final` are its limits the true ones."""
        here = np.flatnonzero(np.isin(self.wanted, part.targets))
        if not self.open(enough)[here].any():
            return
        moves = _Moves(system, part, self.wanted[here])
        for _ in range(TRIES):
            todo = self.open(enough)[here]
            if todo.sum() <= 2:
                break
            for point in moves.at_random(todo):
                self._learn(here, point)
        for place in np.flatnonzero(self.open(enough)[here] & (final | ~self.asked[here])):
            for sign in (1.0, -1.0):
                if self.open(enough)[here[place]]:
                    limit, values = moves.one(int(place), sign)
                    self._learn(here, values)
                    self._learn(here[[place]], np.array([limit]))
            self.exact[here[place]] |= final
        self.programs += moves.solved

    def _learn(self, here: Ints, values: Reals) -> None:
        self.low[here] = np.minimum(self.low[here], values)
        self.high[here] = np.maximum(self.high[here], values)

    def intervals(self) -> Intervals:
        return Intervals(
            self.wanted, self.low, self.high, self.exact, self.programs, self.joint
        )


class _Moves:
    """Counts that agree with all that is told of a part, as far out as wanted."""

    def __init__(self, system: System, part: Part, targets: Ints) -> None:
        number = np.full(system.unknowns, -1)
        number[part.unknown] = np.arange(len(part.unknown))
        self._sums = system.targets.take(targets)
        self._column = number[self._sums.column]
        self._row = self._sums.row
        self._program = Program(part, system.least[part.unknown])
        self._draws = np.random.Generator(np.random.PCG64(4))

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
        column = self._column[self._sums.start[place] : self._sums.start[place + 1]]
        value, point = self._program.most(column, np.full(len(column), sign))
        return sign * value, self._values(point)

    def _values(self, point: Reals) -> Reals:
        return np.bincount(
            self._row, weights=point[self._column], minlength=len(self._sums)
        ).astype(np.float64)


def revealed_by_sums(system: System, truth: Ints) -> Ints:
    """Unknowns of 1 that are known to be 1, because known sums of them leave no more (X2, `sum`).

    Where zeros are public an empty cell is at least 1, so k of them with a sum of k are all 1.
    """
    found: list[Ints] = []
    for part in blocks(system, truth):
        found.append(_stuck(part, system, truth))
    stuck = np.concatenate([np.zeros(0, np.int64), *found])
    if not len(stuck):
        return stuck
    # The blocks were told more than is published.
    return _stuck(everything(system), system, truth)


def _stuck(part: Part, system: System, truth: Ints) -> Ints:
    counts = truth[part.unknown]
    lone = np.flatnonzero((counts == 1) & (system.least[part.unknown] == 1))
    if not len(lone):
        return lone
    return part.unknown[lone[~growing(part, counts, lone)]]
