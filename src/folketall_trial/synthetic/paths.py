"""Where everybody lives from birth or arrival to the end, step by step.

A child lives with the mother until grown, a husband with his wife while they are married; else
everyone has an own way, which ends in the municipality that the plan has for the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic.calendar import BEFORE, LAST, STOCK
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.localities import Localities
from folketall_trial.synthetic.world import NOBODY, Families, People

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
YEAR = 365.25
ABROAD = -1
DWELLINGS = 8
"""A place is locality * DWELLINGS + dwelling."""
STAYS = (0.37, 0.68)
"""How many steps lead to the municipality of the last one: the step before it, and others."""
NEAR = 0.8
"""Of the other steps, how many lead to a place not far from it."""
MOVES = 5
"""So many own moves are drawn for a life."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Every step of every path, by person and day."""

    who: Ints
    day: Ints
    place: Ints
    """Locality and dwelling, or ABROAD."""
    before: Ints
    """The place before; -2 for the first step."""
    until: Ints
    """The day of the next step, or of the end."""
    first: Bools
    last: Bools


FIRST_STEP = -2


def paths(people: People, families: Families, places: Localities, draws: Draws) -> Steps:
    """The steps of everybody's way."""
    start = np.where(people.native, people.birth, families.arrival)
    end = people.stop
    leaves = _leaves(people, families, start, end, draws)
    days, where = _own(people, families, places, start, leaves, draws)
    parts = [
        *_childhood(people, families, start, leaves, days, where),
        *_alone_and_married(people, families, start, leaves, end, days, where),
    ]
    who, day, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _in_order(who, day, place, end)


def _leaves(people: People, families: Families, start: Ints, end: Ints, draws: Draws) -> Ints:
    """When a person no longer lives with the mother; `start` for who never did."""
    mother = families.mother
    has = mother != NOBODY
    grown = people.birth + np.floor((19 + 5 * draws.unit("leaves home", people.number)) * YEAR)
    leaves = np.where(grown >= STOCK - 2, NEVER, grown).astype(np.int64)
    # Whose place is another than the mother's has moved out before the stock.
    other = people.place != people.place[mother]
    away = start + np.floor(
        draws.unit("apart", people.number) * np.maximum(STOCK - 30 - start, 1)
    ).astype(np.int64)
    leaves = np.where(other & (leaves >= STOCK), np.minimum(away, STOCK - 3), leaves)
    there = np.where(families.arrival < NEVER, families.arrival, people.birth)[mother]
    has &= (there <= start) & (people.stop[mother] > start)
    leaves = np.minimum(leaves, np.where(people.stop[mother] < end, people.stop[mother], NEVER))
    return np.where(has, np.maximum(leaves, start), start)


def _own(
    people: People,
    families: Families,
    places: Localities,
    start: Ints,
    leaves: Ints,
    draws: Draws,
) -> tuple[Ints, Ints]:
    """Each person's own steps, sorted by day (NEVER for none), and their places."""
    number = people.number
    home = places.within(people.place, draws.unit("home", number))
    days, kind = _days(people, families, start, leaves, draws)
    # Every step but the last before the stock leads to somewhere else; the last leads home.
    last = (days < STOCK).sum(axis=1) - 1
    unit = draws.unit("where", number[:, None], np.arange(days.shape[1])[None, :])
    far = draws.unit("how far", number[:, None], np.arange(days.shape[1])[None, :])
    at = np.arange(days.shape[1])[None, :]
    # Whoever goes home last comes from elsewhere more often than those move who go on.
    stays = np.where(at + 1 == last[:, None], *STAYS).ravel()
    flat_home = np.repeat(home, days.shape[1])
    spread = np.where(
        far.ravel() < stays,
        flat_home,
        np.where(
            far.ravel() < stays + NEAR * (1 - stays),
            places.near(flat_home, unit.ravel()),
            places.anywhere(unit.ravel()),
        ),
    ).reshape(days.shape)
    where = np.where(at == last[:, None], home[:, None], spread)
    dwelling = draws.bits("dwelling", number[:, None], at) % np.uint64(DWELLINGS)
    where = where * DWELLINGS + dwelling.astype(np.int64)
    where[(kind == MOVES + 2) & (days < NEVER)] = ABROAD
    return days, where


def _days(
    people: People, families: Families, start: Ints, leaves: Ints, draws: Draws
) -> tuple[Ints, Ints]:
    """The days of each person's own steps, sorted, and which step each is."""
    count, number = len(people), people.number
    adult = np.maximum(people.birth + np.floor(18.5 * YEAR).astype(np.int64), start)
    adult = np.where(leaves < NEVER, np.maximum(adult, leaves), adult)
    days = np.full((count, MOVES + 4), NEVER, dtype=np.int64)
    days[:, 0] = start
    for move in range(MOVES):
        years = draws.unit(f"move {move}", number) ** 1.9 * 60
        day = adult + 20 + np.floor(years * YEAR).astype(np.int64)
        days[:, move + 1] = np.where(day < STOCK, day, NEVER)
    # After the stock few weeks are left, in which some move.
    late = STOCK + draws.whole("late move", 1, LAST - STOCK - 5, number)
    days[:, MOVES + 1] = np.where(draws.chance("moves late", 0.011, number), late, NEVER)
    out, back = _absence(people, families, adult, draws)
    absent = (days > out[:, None]) & (days <= back[:, None])
    days[absent] = NEVER
    days[:, MOVES + 2], days[:, MOVES + 3] = out, back
    days[days >= people.stop[:, None]] = NEVER
    kind = np.argsort(days, axis=1, kind="stable")
    return np.take_along_axis(days, kind, axis=1), kind


def _absence(people: People, families: Families, adult: Ints, draws: Draws) -> tuple[Ints, Ints]:
    """Years abroad of those whose going takes nobody along: out and back, NEVER for none."""
    bound = np.zeros(len(people), dtype=bool)
    for relation in (families.mother, families.reference):
        bound[relation[relation != NOBODY]] = True
    bound |= families.partner != NOBODY
    bound |= families.reference != NOBODY
    share = np.where(people.native, 0.24, 0.3)
    goes = ~bound & draws.chance("goes abroad", share, people.number)
    out = adult + 200 + draws.tail("out", 3000, people.number)
    back = out + 60 + draws.tail("back", 560, people.number)
    goes &= back < np.minimum(STOCK - 3, people.stop)
    # Who of the refugees is in the stock before is planned.
    goes &= ~(people.refugee & (out < BEFORE) & (back >= BEFORE))
    return np.where(goes, out, NEVER), np.where(goes, back, NEVER)


def _place_on(days: Ints, where: Ints, who: Ints, day: Ints) -> Ints:
    at = (days[who] <= day[:, None]).sum(axis=1) - 1
    return where[who, np.maximum(at, 0)]


_Part = tuple[Ints, Ints, Ints]


def _childhood(
    people: People, families: Families, start: Ints, leaves: Ints, days: Ints, where: Ints
) -> list[_Part]:
    """The mother's steps while the child lives with her."""
    child = np.flatnonzero(leaves > start)
    mother = families.mother[child]
    theirs = days[mother]
    inside = (theirs > start[child][:, None]) & (theirs < leaves[child][:, None])
    row, column = np.nonzero(inside)
    first = _place_on(days, where, mother, start[child])
    return [
        (child, start[child], first),
        (child[row], theirs[row, column], where[mother[row], column]),
    ]


def _alone_and_married(
    people: People,
    families: Families,
    start: Ints,
    leaves: Ints,
    end: Ints,
    days: Ints,
    where: Ints,
) -> list[_Part]:
    moves_in, moves_out = _shared(people, families, leaves, end)
    everyone = np.arange(len(people))
    out = everyone[(leaves > start) & (leaves < NEVER)]
    own = (days >= leaves[:, None]) & (days < NEVER)
    own &= ~((days >= moves_in[:, None]) & (days < moves_out[:, None]))
    row, column = np.nonzero(own)
    man = np.flatnonzero(moves_in < NEVER)
    wife = families.partner[man]
    theirs = days[wife]
    inside = (theirs > moves_in[man][:, None]) & (theirs < moves_out[man][:, None])
    r, c = np.nonzero(inside)
    back = man[moves_out[man] < NEVER]
    return [
        (out, leaves[out], _place_on(days, where, out, leaves[out])),
        (row, days[row, column], where[row, column]),
        (man, moves_in[man], _place_on(days, where, wife, moves_in[man])),
        (man[r], theirs[r, c], where[wife[r], c]),
        (back, moves_out[back], _place_on(days, where, back, moves_out[back])),
    ]


def _shared(people: People, families: Families, leaves: Ints, end: Ints) -> tuple[Ints, Ints]:
    """When a husband lives with his wife: she may have died, but not left the country."""
    partner = families.partner
    man = ~people.female & (partner != NOBODY) & (families.married < NEVER)
    same = people.place == people.place[partner]
    came = np.where(families.arrival < NEVER, families.arrival, -NEVER)
    moves_in = np.maximum.reduce([families.married, came, came[partner], leaves, leaves[partner]])
    moves_out = np.minimum.reduce([families.divorced, people.stop[partner], end])
    together = man & same & (moves_in < moves_out - 1) & (moves_in < STOCK)
    return np.where(together, moves_in, NEVER), np.where(together, moves_out, NEVER)


def _in_order(who: Ints, day: Ints, place: Ints, end: Ints) -> Steps:
    """All parts sorted; of steps on one day the last part's; staying is no step."""
    inside = (day < end[who]) & (day <= LAST)
    who, day, place = who[inside], day[inside], place[inside]
    order = np.lexsort((np.arange(len(who)), day, who))
    who, day, place = who[order], day[order], place[order]
    kept = np.r_[(who[1:] != who[:-1]) | (day[1:] != day[:-1]), True]
    who, day, place = who[kept], day[kept], place[kept]
    kept = np.r_[True, (who[1:] != who[:-1]) | (place[1:] != place[:-1])]
    who, day, place = who[kept], day[kept], place[kept]
    first = np.r_[True, who[1:] != who[:-1]]
    last = np.r_[first[1:], True]
    before = np.where(first, FIRST_STEP, np.r_[0, place[:-1]])
    until = np.where(last, end[who], np.r_[day[1:], NEVER])
    return Steps(who, day, place, before, until, first, last)
