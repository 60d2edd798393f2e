"""The nested blocks that a system is solved by, and which equations concern each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from folketall.audit.published import Ints
from folketall.audit.system import Sums, System


@dataclass(frozen=True)
class Level:
    """The blocks of one level, and which equations concern each of them."""

    block: Ints
    """Unknown to block, numbered from 0."""
    start: Ints
    """Of each block, its first place in the four lists below, which go by block and equation."""
    equation: Ints
    own: Ints
    """1 where the equation lies wholly in this block and in none inside it."""
    alike: Ints
    """Which of the different sights of outer equations this is, within the block; -1: own."""
    first: Ints
    """1 where it is the first of those alike."""

    def rows(self, block: int) -> tuple[Ints, Ints]:
        """The equations that are the block's own, and one of each sight from outside."""
        mine = slice(self.start[block], self.start[block + 1])
        equation = self.equation[mine]
        return equation[self.own[mine] == 1], equation[self.first[mine] == 1]

    def sights(self, block: int) -> tuple[Ints, Ints]:
        """The outer equations that see the block, and which sight each has."""
        mine = slice(self.start[block], self.start[block + 1])
        outer = self.alike[mine] >= 0
        return self.equation[mine][outer], self.alike[mine][outer]


def levels_of(system: System) -> list[Level]:
    """From the outermost block, which is everything, to the innermost."""
    sums, row = system.equations, system.equations.row
    weight = np.random.Generator(np.random.PCG64(1)).integers(1, 2**61, system.unknowns)
    name = np.zeros(system.unknowns, np.int64)
    names = [name]
    for home in system.home:
        _, name = np.unique(np.column_stack((name, home)), axis=0, return_inverse=True)
        names.append(name.reshape(-1))
    depth = np.zeros(len(sums), np.int64)
    for number, name in enumerate(names):
        # The deepest level on which an equation is within one block is where it is solved.
        low, high = (f(name, sums) for f in (_least, _most))
        depth = np.where(low == high, number, depth)
    return [_level(number, name, depth, row, sums, weight) for number, name in enumerate(names)]


def _least(name: Ints, sums: Sums) -> Ints:
    return _over(np.minimum, name, sums)


def _most(name: Ints, sums: Sums) -> Ints:
    return _over(np.maximum, name, sums)


def _over(kind: np.ufunc, name: Ints, sums: Sums) -> Ints:
    found = np.zeros(len(sums), np.int64)
    full = np.diff(sums.start) > 0
    if full.any():
        found[full] = kind.reduceat(name[sums.column], sums.start[:-1][full])
    return found


def _level(number: int, name: Ints, depth: Ints, row: Ints, sums: Sums, weight: Ints) -> Level:
    here = depth[row] <= number
    block, equation = name[sums.column[here]], row[here]
    order = np.lexsort((equation, block))
    block, equation = block[order], equation[order]
    # Equal sums of random weights: equal rows.
    sight = (sums.sign * weight[sums.column])[here][order]
    new = np.ones(len(block), np.bool_)
    new[1:] = (block[1:] != block[:-1]) | (equation[1:] != equation[:-1])
    at = np.flatnonzero(new)
    sight = np.add.reduceat(sight, at) if len(at) else sight
    block, equation = block[at], equation[at]
    own = depth[equation] == number
    alike, first = _alike(block, np.where(own, 0, sight), own)
    blocks = int(name.max()) + 1 if len(name) else 1
    start = np.searchsorted(block, np.arange(blocks + 1))
    return Level(name, start, equation, own.astype(np.int64), alike, first)


def _alike(block: Ints, sight: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Number the different sights of each block in the order in which they come."""
    outer = np.flatnonzero(~own.astype(np.bool_))
    alike, first = np.full(len(block), -1), np.zeros(len(block), np.int64)
    if not len(outer):
        return alike, first
    pairs = np.column_stack((block[outer], sight[outer]))
    _, at, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    first[outer[at]] = 1
    # The numbers of the firsts, counted anew in each block.
    running = np.cumsum(first) - 1
    begins = np.searchsorted(block, block)
    before = np.where(begins > 0, np.concatenate(([0], np.cumsum(first)))[begins], 0)
    alike[outer] = (running - before)[outer[at]][which.reshape(-1)]
    return alike, first
