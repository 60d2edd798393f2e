"""Wider intervals: more cells left empty where a primary could be known too closely (X3).

Whoever adds and subtracts may also reason with limits: two empty cells of sum 3 are 1 and 2.
For each primary other tables are sought that agree with all that is published and between which it
differs by the width. One program moves as many as it can. For those that no program can move,
published cells are given a price, and what is cheapest to leave empty is left empty too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from folketall.suppression.cells import Cells, Flags, Ints
from folketall.suppression.moves import MOVED, Part, Reals, Wish
from folketall.suppression.order import NOWHERE
from folketall.suppression.structure import Structure

PART = 1200
"""Unknown inner cells of a part: what programs are solved on. Twice as many take four times as
long."""
LARGE = 2
"""Blocks that are so many parts are cut up."""
ROUNDS = 8
"""Programs on a part before prices are set; it ends sooner where nothing more is found."""
LAST = 10
"""Programs at the last price."""
FEW = 40
"""Cells of a part that are asked for one by one."""
REWARDS = (2.0, 4.0, 8.0, 16.0, 64.0, 1e4)
"""What a person's width is worth against the price of leaving a cell empty: cheap cells first."""


def widened(
    structure: Structure,
    suppressed: Flags,
    primary: Flags,
    same: Ints,
    zero: Flags,
    least: Ints,
    width: int,
) -> tuple[Flags, Flags]:
    """The suppressed cells with those that give every primary its width, and primaries without.

    Args:
        same: the cell that stands for all cells of the same unknown inner cells; -1 for those that
            everyone knows, or nobody sees.
        zero: inner cells that everyone knows to be zero.
        least: what everyone knows each inner cell to be at least.
    """
    work = _Widening(structure, suppressed, primary, same, zero, least, width)
    for part in work.parts():
        work.look(part)
    for part in work.parts():
        work.pay(part)
        work.ask_each(part)
    known = same >= 0
    hidden = known & work.spread(~work.published) | suppressed
    return hidden, known & work.spread(work.left()) & primary


class _Widening:
    """What is still published, and how far every primary is known to be able to move."""

    def __init__(
        self,
        structure: Structure,
        suppressed: Flags,
        primary: Flags,
        same: Ints,
        zero: Flags,
        least: Ints,
        width: int,
    ) -> None:
        counts = structure.counts
        self._unknown = np.flatnonzero(~zero)
        self._standing = np.flatnonzero(same == np.arange(len(same)))
        self._same = same
        self._cells = matrix(structure.cells)[self._standing][:, self._unknown].tocsc()
        given = matrix(structure.cells)[np.flatnonzero(structure.given)]
        ties = sparse.vstack((matrix(structure.relations), given))
        self._ties = ties.tocsr()[:, self._unknown].tocsc()
        self._lower = (counts - least)[self._unknown].astype(float)
        self._counts = counts[self._unknown]
        self._block = structure.block[self._unknown]
        home = structure.place if structure.home is None else structure.home
        self._place = (structure.block if home is None else home)[self._unknown]
        self._price = 1 + np.log1p(structure.values[self._standing])
        self._primary = primary[self._standing]
        self._mirror = self._mirrors(structure)
        self._width = float(width)
        self._least = np.zeros(len(self._standing))
        self._most = np.zeros(len(self._standing))
        self._random = np.random.default_rng(len(same))
        self.published: Flags = ~suppressed[self._standing]

    def _mirrors(self, structure: Structure) -> Ints:
        """Of the cells that stand for others, the one that mirrors it; -1 where there is none."""
        found = np.full(len(self._standing), -1)
        if structure.mirror is None:
            return found
        number = np.full(len(self._same) + 1, -1)
        number[self._standing] = np.arange(len(self._standing))
        other = structure.mirror[self._standing]
        has = other >= 0
        found[has] = number[self._same[other[has]]]
        return found

    def parts(self) -> Iterator[Part]:
        """Blocks one after another: several small ones together, large ones place by place."""
        at_home = np.flatnonzero(self._place != NOWHERE)
        order = at_home[np.lexsort((self._place[at_home], self._block[at_home]))]
        taken: list[Ints] = []
        for mine in _runs(order, self._block):
            for some in [mine] if len(mine) <= LARGE * PART else _runs(mine, self._place):
                if sum(map(len, taken)) + len(some) > PART and taken:
                    yield self._part(np.concatenate(taken))
                    taken = []
                taken.append(some)
        if taken:
            yield self._part(np.concatenate(taken))

    def _part(self, columns: Ints) -> Part:
        everywhere = np.flatnonzero(self._place == NOWHERE)
        columns = np.sort(np.concatenate((columns, everywhere)))
        # Of zeros that are left empty there are many, and a move can do without most of them.
        if len(columns) > LARGE * PART:
            columns = columns[self._counts[columns] > 0]
        return Part(self._cells, self._ties, self._lower, columns)

    def left(self) -> Flags:
        """Primaries that have not their width."""
        found: Flags = self._primary & (self._most - self._least < self._width - MOVED)
        return found

    def spread(self, flags: Flags) -> Flags:
        """From the cells that stand for others to all cells; those known to all get anything."""
        found = np.zeros(len(self._same), np.bool_)
        found[self._standing] = flags
        spread: Flags = found[np.maximum(self._same, 0)]
        return spread

    def look(self, part: Part) -> None:
        """Move all that can be moved within what is published: all up, then some up, some down."""
        idle = 0
        for number in range(ROUNDS):
            wish = self._wish(part, chosen=number > 0)
            if wish is None or idle == 2:
                return
            idle = 0 if self._within(part, wish) else idle + 1

    def pay(self, part: Part) -> None:
        """Leave more cells empty until all primaries of the part can move."""
        for reward in REWARDS:
            for number in range(3 if reward < REWARDS[-1] else LAST):
                wish = self._wish(part, chosen=number > 0)
                if wish is None:
                    return
                self._open(part, wish, reward)

    def _open(self, part: Part, wish: Wish, reward: float = REWARDS[-1]) -> None:
        """Leave empty what the best move changes of the publication."""
        move, opened = part.beyond(self.published, self._price, wish, reward)
        self.published[opened] = False
        self._note(part, move)

    def ask_each(self, part: Part) -> None:
        """Move what is still left one by one: among many wishes those of few are never heard."""
        for ask in (self._within, self._open):
            for cell in np.flatnonzero(self.left()[part.cells])[:FEW].tolist():
                for sign in (1.0, -1.0):
                    if self.left()[part.cells[cell]]:
                        ask(part, self._asked(part, np.array([cell]), np.array([sign])))

    def _within(self, part: Part, wish: Wish) -> int:
        """Move within what is published; how many more have their width now."""
        return self._note(part, part.within(self.published, wish))

    def _note(self, part: Part, move: Reals) -> int:
        """Remember how far cells have moved; how many more have their width now."""
        before = int(self.left().sum())
        moved = part.moved(move)
        self._most[part.cells] = np.maximum(self._most[part.cells], moved)
        self._least[part.cells] = np.minimum(self._least[part.cells], moved)
        return before - int(self.left().sum())

    def _wish(self, part: Part, *, chosen: bool) -> Wish | None:
        """What is left of the part's primaries: all to rise, or half of them to rise or fall."""
        left = self.left()
        # Of two that mirror each other one is asked for: both cannot rise.
        mirror = self._mirror[part.cells]
        here = np.flatnonzero(left[part.cells] & ~((mirror >= 0) & left[mirror]))
        if not len(here):
            return None
        sign = np.ones(len(here))
        if chosen:
            kept = self._random.permutation(len(here))[: (len(here) + 1) // 2]
            here = here[np.sort(kept)]
            sign = self._random.choice(np.array([1.0, 1.0, -1.0]), len(here))
        return self._asked(part, here, sign)

    def _asked(self, part: Part, here: Ints, sign: Reals) -> Wish:
        """How far some cells of the part must still move, each by its sign."""
        cells = part.cells[here]
        beyond = np.where(sign > 0, self._least[cells], -self._most[cells])
        return Wish(part.line[here], sign, self._width + beyond)


def _runs(order: Ints, number: Ints) -> list[Ints]:
    """Cut the order where the number changes."""
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def matrix(cells: Cells) -> sparse.csr_array:
    """Cells as rows over the inner cells."""
    data = np.ones(len(cells.rows), np.int64) if cells.signs is None else cells.signs
    return sparse.csr_array((data, cells.rows, cells.start), shape=(len(cells), cells.inner))
