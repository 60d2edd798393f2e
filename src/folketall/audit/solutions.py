"""Random solutions of a sparse system modulo a prime, block by block.

A block (a municipality, then a county, then all) first solves the equations that are its own: they
say of some unknowns what they are, given others. To the outside it shows only what the equations
above can see of it, in as few coordinates as that has. The outermost block is solved last; then
each block below is told its coordinates and draws the rest at random. So no matrix is larger than
one block's, and the work grows with the number of blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from folketall.audit.echelon import Residues, echelon, product, reduced
from folketall.audit.levels import Level, levels_of
from folketall.audit.published import Ints
from folketall.audit.system import Sums, System


@dataclass(frozen=True)
class Solutions:
    """Vectors over the unknowns, modulo a prime."""

    prime: int
    null: Residues
    """Unknown × vector: random vectors that every equation takes to zero."""
    one: Residues
    """One solution. A sum of unknowns that can be computed has the same value in every solution."""
    contradictions: int
    """Equations that cannot hold together with the others."""
    freedom: int
    """Dimension of the space of null vectors."""


def random_solutions(system: System, prime: int, *, vectors: int, seed: int) -> Solutions:
    """Solve the equations and draw from what they leave open (X3)."""
    draws = np.random.Generator(np.random.PCG64(seed))
    levels = levels_of(system)
    below = _solve_leaves(system, levels[-1], prime)
    contradictions = sum(one.contradictions for one in below.values())
    freedom = sum(one.hidden for one in below.values())
    floors = [below]
    for level, inside in zip(levels[-2::-1], levels[:0:-1], strict=True):
        below = _solve_outwards(system, level, inside, floors[-1], prime)
        floors.append(below)
        contradictions += sum(one.contradictions for one in below.values())
        freedom += sum(one.hidden for one in below.values())
    x = np.zeros((system.unknowns, vectors + 1))
    if system.unknowns:
        _draw(floors, len(floors) - 1, 0, np.zeros((0, vectors + 1)), x, draws)
    empty = int(((np.diff(system.equations.start) == 0) & (system.figure != 0)).sum())
    return Solutions(prime, x[:, :-1], x[:, -1], contradictions + empty, freedom)


def evaluated(sums: Sums, x: Residues, prime: int) -> Residues:
    """The value of every sum for each vector, as a residue."""
    row = sums.row
    columns = [
        np.bincount(row, weights=sums.sign * x[sums.column, place], minlength=len(sums))
        for place in range(x.shape[1])
    ]
    return reduced(np.array(columns, np.float64).reshape(x.shape[1], len(sums)).T, prime)


@dataclass(frozen=True)
class _Solved:
    """A block whose own equations are solved."""

    prime: int
    columns: Ints
    """Of an innermost block its unknowns, else the blocks inside it."""
    pivots: Ints
    free: Ints
    given: Residues
    """Pivot × free: how much of each free one is taken off."""
    constant: Residues
    """Of the pivots, for the one solution."""
    shown: Ints
    """Which free ones carry the coordinates that are seen from outside."""
    told: Residues
    """Coordinate × free, in echelon form."""
    seen: Residues
    """Sight × coordinate."""
    seen_constant: Residues
    contradictions: int

    @property
    def hidden(self) -> int:
        """How much freedom nobody outside sees."""
        return len(self.free) - len(self.shown)

    def values(self, told: Residues, draws: np.random.Generator) -> Residues:
        """The block's variables, given its coordinates; the rest is drawn.

        The last column is the one solution.
        """
        x = np.zeros((len(self.pivots) + len(self.free), told.shape[1]))
        half = self.prime // 2
        free = draws.integers(-half, half + 1, (len(self.free), told.shape[1])).astype(np.float64)
        free[self.shown] = 0
        free[self.shown] = reduced(told - product(self.told, free, self.prime), self.prime)
        x[self.free] = free
        pivots = -product(self.given, free, self.prime)
        pivots[:, -1] += self.constant
        x[self.pivots] = reduced(pivots, self.prime)
        return x


def _solve(
    own: Residues, right: Residues, sights: Residues, constant: Residues, columns: Ints, prime: int
) -> _Solved:
    size = own.shape[1]
    done = echelon(np.column_stack((own, right)), prime, columns=size)
    free = np.setdiff1d(np.arange(size), done.pivots)
    given = done.rows[:, free]
    through = sights[:, done.pivots]
    left = reduced(sights[:, free] - product(through, given, prime), prime)
    seen = echelon(left, prime, columns=len(free))
    known = product(through, done.rows[:, size:], prime)[:, 0]
    return _Solved(
        prime=prime,
        columns=columns,
        pivots=done.pivots,
        free=free,
        given=given,
        constant=done.rows[:, size],
        shown=seen.pivots,
        told=seen.rows,
        seen=left[:, seen.pivots],
        seen_constant=reduced(constant + known, prime),
        contradictions=int(done.rest.any(axis=1).sum()),
    )


def _solve_leaves(system: System, level: Level, prime: int) -> dict[int, _Solved]:
    sums = system.equations
    order = np.argsort(level.block, kind="stable")
    begin = np.searchsorted(level.block[order], np.arange(len(level.start)))
    place = np.zeros(system.unknowns, np.int64)
    place[order] = np.arange(system.unknowns) - begin[level.block[order]]
    row = sums.row
    inside = np.argsort(level.block[sums.column], kind="stable")
    ends = np.searchsorted(level.block[sums.column[inside]], np.arange(len(level.start)))
    found = {}
    for block in range(len(level.start) - 1):
        columns = order[begin[block] : begin[block + 1]]
        own, sights = level.rows(block)
        wanted = np.concatenate((own, sights))
        entry = inside[ends[block] : ends[block + 1]]
        at = _places(wanted, row[entry])
        mine = at >= 0
        matrix = np.zeros((len(wanted), len(columns)))
        matrix[at[mine], place[sums.column[entry[mine]]]] = sums.sign[entry[mine]]
        right = reduced(system.figure[own].astype(np.float64), prime)
        none = np.zeros(len(sights))
        found[block] = _solve(matrix[: len(own)], right, matrix[len(own) :], none, columns, prime)
    return found


def _places(wanted: Ints, asked: Ints) -> Ints:
    """Where each of the asked is among the wanted; -1 where it is not."""
    if not len(wanted):
        return np.full(len(asked), -1)
    order = np.argsort(wanted, kind="stable")
    at = order[np.minimum(np.searchsorted(wanted[order], asked), len(wanted) - 1)]
    return np.where(wanted[at] == asked, at, -1)


def _solve_outwards(
    system: System,
    level: Level,
    inside: Level,
    below: Mapping[int, _Solved],
    prime: int,
) -> dict[int, _Solved]:
    """Solve the blocks of a level, of whose insides only the coordinates are left."""
    outer = np.zeros(len(inside.start) - 1, np.int64)
    outer[inside.block] = level.block
    found = {}
    for block in range(len(level.start) - 1):
        members = np.flatnonzero(outer == block)
        own, sights = level.rows(block)
        wanted = np.concatenate((own, sights))
        parts, constant = [], np.zeros(len(wanted))
        for member in members:
            part, more = _as_seen(inside, int(member), below[int(member)], wanted)
            parts.append(part)
            constant += more
        matrix = np.concatenate([np.zeros((len(wanted), 0)), *parts], axis=1)
        right = reduced(system.figure[own] - constant[: len(own)], prime)
        split = len(own)
        found[block] = _solve(
            matrix[:split], right, matrix[split:], constant[split:], members, prime
        )
    return found


def _as_seen(inside: Level, block: int, solved: _Solved, wanted: Ints) -> tuple[Residues, Residues]:
    """What the wanted equations see of a block: in its coordinates, and what is constant of it."""
    equation, sight = inside.sights(block)
    part = np.zeros((len(wanted), solved.seen.shape[1]))
    constant = np.zeros(len(wanted))
    if len(equation):
        at = np.minimum(np.searchsorted(equation, wanted), len(equation) - 1)
        sees = np.flatnonzero(equation[at] == wanted)
        part[sees] = solved.seen[sight[at[sees]]]
        constant[sees] = solved.seen_constant[sight[at[sees]]]
    return part, constant


def _draw(
    floors: Sequence[Mapping[int, _Solved]],
    floor: int,
    block: int,
    told: Residues,
    x: Residues,
    draws: np.random.Generator,
) -> None:
    """Fill in the unknowns of a block, whose coordinates are told."""
    solved = floors[floor][block]
    values = solved.values(told, draws)
    if floor == 0:
        x[solved.columns] = values
        return
    first = 0
    for member in solved.columns:
        width = floors[floor - 1][int(member)].seen.shape[1]
        _draw(floors, floor - 1, int(member), values[first : first + width], x, draws)
        first += width
