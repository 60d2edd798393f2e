"""The order in which cells ask to be published (X2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from folketall.suppression.cells import Cells, Flags, Ints

LARGE = 30_000
"""Inner cells that count somebody. In tables of more, one place of each block asks last."""
HUGE = 100_000
"""In tables of more nothing is published that says something of cells of one person alone."""
NOWHERE = -1
"""The place of inner cells that are of no place: their cells ask before those of places."""
COVER = 0.9
"""Of the inner cells that the fullest place of a block fills, so many the last one must fill."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Who asks when."""

    of: Ints
    """Of each cell its turn: 0 is that of cells that count several places."""
    last: frozenset[int]
    """Turns after which a block (the county) is done, in large tables."""


def turns_of(cells: Cells, counts: Ints, place: Ints | None, block: Ints) -> Turns:
    """For each cell, whose turn it asks in: those that count several places before all others.

    Then place by place (municipalities), those of many persons before those of few: small counts
    and what protects them come to lie together, in few places. And what one place publishes is
    no concern of the others' cells until their turn: that is what makes large tables possible.

    In large tables one place of each block asks last, see `resting`. Until then what each of the
    others hides depends on itself alone, and then on one place's cells (decision 10).
    """
    if place is None or not len(cells.rows):
        return Turns(np.zeros(len(cells), np.int64), frozenset())
    rest = resting(counts, place, block)
    persons = _by_place(place, counts)
    waits = np.isin(np.arange(len(persons)), rest)
    turn = np.empty(len(persons), np.int64)
    turn[np.lexsort((np.arange(len(persons)), -persons, waits))] = 1 + np.arange(len(persons))
    at = place[cells.rows]
    of = np.where(at == NOWHERE, 0, turn[at])
    begins = np.minimum(cells.start[:-1], len(of) - 1)
    same = np.minimum.reduceat(of, begins) == np.maximum.reduceat(of, begins)
    found: Ints = np.where(same & (cells.width > 0), of[begins], 0)
    return Turns(found, frozenset(turn[rest].tolist()))


def resting(counts: Ints, place: Ints, block: Ints) -> Ints:
    """The place of each block that the others rest on, in large tables; none in others.

    It asks last, and is the difference of the block and the others. So it should have somebody
    nearly everywhere where the block has anybody, and be as small as that allows.
    """
    if np.count_nonzero(counts) <= LARGE:
        return np.zeros(0, np.int64)
    persons, filled = _by_place(place, counts), _by_place(place, (counts > 0).astype(np.int64))
    somewhere = place != NOWHERE
    of = np.zeros(len(persons), np.int64)
    of[place[somewhere]] = block[somewhere]
    most = np.zeros(int(of.max()) + 1, np.int64)
    np.maximum.at(most, of, filled)
    order = np.lexsort((np.arange(len(persons)), persons, filled < COVER * most[of], of))
    first = np.flatnonzero(np.diff(of[order], prepend=-1))
    found: Ints = order[first]
    return found


def _by_place(place: Ints, numbers: Ints) -> Ints:
    found = np.zeros(int(place.max(initial=0)) + 1, np.int64)
    somewhere = place != NOWHERE
    np.add.at(found, place[somewhere], numbers[somewhere])
    return found


def first_published(
    values: Ints, width: Ints, last: Flags | None = None, turn: Ints | None = None
) -> Ints:
    """The cells in the order in which they ask (X2).

    The nation before all others; then turn by turn; large before small, sums of many before few,
    then as given.
    """
    keys: list[Ints | Flags] = [np.arange(len(values)), -width, -values]
    if turn is not None:
        keys.append(turn)
    if last is not None:
        keys.append(~last)
    return np.lexsort(keys)
