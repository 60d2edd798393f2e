"""Marriages of the couples, and how they ended."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import origins
from folketall_trial.synthetic.calendar import LAST, PENDING, WAIT
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.world import ENLARGEMENT, NOBODY, SPOUSE, Families, People

Ints = NDArray[np.int64]
YEAR = 365.25
LEAST_AGE = round(18.1 * YEAR)


def wed(people: People, found: Families, draws: Draws) -> None:
    """Fill in the days of marriage, separation, divorce and widowhood of all couples.

    Both spouses' rows draw by the wife, and so agree. Where the dates of a refugee's family
    would contradict how the member came (T1), the couple has no marriage that Norway knows of.
    """
    wife = np.flatnonzero(people.female & (found.partner != NOBODY))
    man = found.partner[wife]
    key = people.number[wife]
    grown = np.maximum(people.birth[wife], people.birth[man]) + LEAST_AGE
    came = [np.where(found.arrival[x] < NEVER, found.arrival[x], NEVER) for x in (wife, man)]
    foreign = (came[0] < NEVER) | (came[1] < NEVER)
    marries = draws.chance("marries", np.where(foreign, 0.96, 0.74), key)
    # Whoever came to a spouse has married.
    for one, other in ((wife, man), (man, wife)):
        marries |= (found.relation[one] == SPOUSE) & (found.reference[one] == other)
    day = _day(people, found, draws, wife, man, grown)
    alive = np.minimum(people.stop[wife], people.stop[man])
    marries &= (day >= grown) & (day < alive) & (day <= LAST - 50)
    both = np.minimum(people.stop[wife], people.stop[man])
    after = np.max([np.where(day_of < NEVER, day_of, -NEVER) for day_of in came], axis=0)
    end = np.maximum(day, after) + 800 + draws.tail("divorce", 4500, key)
    ends = marries & draws.chance("divorces", 0.34, key) & (end < both) & (end <= LAST - 50)
    parts = ends & draws.chance("separates", 0.7, key)
    for me, other in ((wife, man), (man, wife)):
        found.married[me] = np.where(marries, day, NEVER)
        found.divorced[me] = np.where(ends, end, NEVER)
        found.separated[me] = np.where(parts, end - 380, NEVER)
        lost = marries & ~ends & (people.death[other] < people.stop[me])
        found.widowed[me] = np.where(lost, people.death[other], NEVER)


def _day(people: People, found: Families, draws: Draws, wife: Ints, man: Ints, grown: Ints) -> Ints:
    key = people.number[wife]
    here = grown + draws.whole("wedding", 200, 4800, key)
    came = np.stack([found.arrival[wife], found.arrival[man]])
    first, last = came.min(axis=0), came.max(axis=0)
    # Both from abroad: before the first of them came; one of them: about when that one came. Who
    # was counted while waiting for asylum was there before (H2).
    waited = (first > PENDING[0]) & (first < PENDING[1] + WAIT[1])
    there = first - np.where(waited, WAIT[1], 0)
    before = np.maximum(there - draws.whole("before", 100, 4000, key), grown)
    before = np.where(before < there - 30, before, NEVER)
    about = first + draws.whole("about", -450, 250, key)
    day = np.where(last < NEVER, before, np.where(first < NEVER, np.maximum(about, grown), here))
    for me, other in ((wife, man), (man, wife)):
        new = (found.family[me] == ENLARGEMENT) & (found.relation[me] == SPOUSE)
        new &= (found.reference[me] == other) & people.refugee[me]
        low = np.maximum(found.arrival[other] + 96, grown)
        room = found.arrival[me] - low
        between = low + np.floor(draws.unit("bride", key) * np.maximum(room, 1)).astype(np.int64)
        day = np.where(new, np.where(room > 0, between, NEVER), day)
    return day


__all__ = ["origins", "wed"]
