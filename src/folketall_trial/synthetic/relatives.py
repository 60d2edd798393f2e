"""To whom refugees' family members came: partners, parents, children, or another relative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import couples
from folketall_trial.synthetic.draws import NEVER
from folketall_trial.synthetic.party import LAST_YEAR, NEW, NOT_SAID, PRINCIPALS, Refugees
from folketall_trial.synthetic.weddings import LEAST_AGE
from folketall_trial.synthetic.world import CHILD, NOBODY, PARENT, REFUGEE, SPOUSE, STATED

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOT_SOON = 125
"""Days after the reference that are too late to accompany it (T2)."""
_LINE = 1 << 18


def followers(some: Refugees, earliest: Ints) -> None:
    """Husbands and wives who come to a refugee: after her or him, if their years allow it."""
    found, category = some.found, some.category
    who = np.flatnonzero(some.open & (found.partner != NOBODY))
    partner = found.partner[who]
    good = (some.people.kind[partner] == REFUGEE) & (category[partner] < PRINCIPALS)
    good &= (category[who] != NOT_SAID) & (found.mother[partner] == NOBODY)
    good &= found.arrival[partner] < NEVER
    # They wed before the first of them came, or, in new families, between the two arrivals.
    grown = np.maximum(some.people.birth[who], some.people.birth[partner]) + LEAST_AGE
    new = category[who] == NEW
    good &= new | (grown + 31 < found.arrival[partner])
    wait = np.where(new, np.maximum(found.arrival[partner] + 96, grown) + 39, -NEVER)
    first = np.maximum(np.maximum(earliest[who], found.arrival[partner] + 10), wait)
    good &= first <= some.high[who]
    who, partner, first = who[good], partner[good], first[good]
    soon = np.maximum(first + 360, found.arrival[partner] + 2200)
    _come_after(some, who, first, np.minimum(some.high[who], soon))
    found.reference[who], found.relation[who] = partner, SPOUSE
    found.country[who] = found.country[partner]


def to_parents(some: Refugees, earliest: Ints) -> None:
    """Children without a mother here come to a father, or to a mother of other years."""
    people, found = some.people, some.found
    child = np.flatnonzero(some.open & ~some.grown & (some.category != NOT_SAID))
    lead = _here(some)
    there = people.place * 8 + some.group

    def may(who: Ints, parent: Ints) -> Bools:
        # Born to one who was here: enlargement; born before: reunification.
        born_later = people.birth[who] >= found.arrival[parent]
        in_time = np.maximum(earliest[who], found.arrival[parent] + 10) <= some.high[who]
        return np.asarray(in_time & (born_later == (some.category[who] == NEW)))

    for parent_of, parents, purpose in (
        (found.father, lead[~people.female[lead]], "here father"),
        (found.mother, lead[people.female[lead]], "here mother"),
    ):
        chosen = np.full(len(people), NOBODY)
        couples.mothers(
            people, chosen, child, parents, (there[child], there[parents]), some.draws,
            purpose, may,
        )  # fmt: skip
        who = child[chosen[child] != NOBODY]
        parent_of[who] = chosen[who]
        parent = chosen[who]
        first = np.maximum(earliest[who], found.arrival[parent] + 10)
        _come_after(some, who, first, np.minimum(some.high[who], first + 2500))
        found.reference[who], found.relation[who] = parent, PARENT
        found.country[who] = found.country[parent]
        child = child[chosen[child] == NOBODY]


def to_children(some: Refugees, earliest: Ints) -> None:
    """Grown-ups come to a grown-up child of theirs, who has no mother or father here yet."""
    people, found = some.people, some.found
    there = people.place * 8 + some.group
    lead = _here(some)

    def may(child: Ints, parent: Ints) -> Bools:
        in_time = np.maximum(earliest[parent], found.arrival[child] + 10) <= some.high[parent]
        return np.asarray(in_time)

    for parent_of, female in ((found.mother, True), (found.father, False)):
        able = some.open & some.grown & (people.female == female)
        parent = np.flatnonzero(able & ~np.isin(some.category, (NEW, NOT_SAID)))
        child = lead[parent_of[lead] == NOBODY]
        if not female:
            # Whose mother is here has her husband as father.
            child = child[found.mother[child] == NOBODY]
        chosen = np.full(len(people), NOBODY)
        couples.mothers(
            people, chosen, child, parent, (there[child], there[parent]), some.draws,
            f"late parent {female}", may,
        )  # fmt: skip
        child = child[chosen[child] != NOBODY]
        # To the child who came first.
        child = child[np.lexsort((child, found.arrival[child], chosen[child]))]
        who, first_of = np.unique(chosen[child], return_index=True)
        child = child[first_of]
        parent_of[child] = who
        first = np.maximum(earliest[who], found.arrival[child] + 10)
        _come_after(some, who, first, np.minimum(some.high[who], first + 4000))
        found.reference[who], found.relation[who] = child, CHILD
        found.country[who] = found.country[child]


def _here(some: Refugees) -> Ints:
    """Who came for protection as a grown-up."""
    me, found = some.me, some.found
    lead = ~some.family[me] & (found.arrival[me] < NEVER) & (found.mother[me] == NOBODY)
    return me[lead & some.grown[me]]


def to_anyone(some: Refugees, who: Ints, earliest: Ints, oldest: Ints) -> None:
    """Who has no refugee in the nearest family comes to another relative, stated in the case."""
    people, found, me, draws = some.people, some.found, some.me, some.draws
    unset = who[found.arrival[who] >= NEVER]
    unit = draws.unit("comes to anyone", people.number[unset])
    room = some.high[unset] - earliest[unset]
    # Late in the window, so that there is somebody to come to; before the last year many are.
    late = np.where(some.years[unset] == LAST_YEAR, 1.0, 0.4)
    found.arrival[unset] = earliest[unset] + np.floor(unit**late * room).astype(np.int64)
    alone = (found.mother[me] == NOBODY) & (found.arrival[me] < NEVER)
    pool = me[~some.family[me] & alone]
    if not len(pool):
        found.reference[who] = oldest[0] if len(oldest) else NOBODY
        found.relation[who] = STATED
        return
    line = some.group[pool] * _LINE + found.arrival[pool]
    order = np.argsort(line, kind="stable")
    pool, line = pool[order], line[order]
    start = np.searchsorted(line, some.group[who] * _LINE)
    # Who came soon after is an accompanying person by the dates (T2); these are not said to be any.
    since = found.arrival[who] - np.where(some.category[who] == NOT_SAID, NOT_SOON, 0)
    end = np.searchsorted(line, some.group[who] * _LINE + since, side="right")
    part = draws.unit("anyone", people.number[who]) ** 0.6 * (end - start)
    chosen = pool[np.clip(start + np.floor(part).astype(np.int64), 0, len(pool) - 1)]
    fallback = oldest[0] if len(oldest) else NOBODY
    found.reference[who] = np.where(end > start, chosen, fallback)
    found.relation[who] = STATED


def family_children(some: Refugees, who: Ints, earliest: Ints, oldest: Ints) -> None:
    """Children who came by family: to the mother, or with her to the father or whom she came to."""
    people, found, category = some.people, some.found, some.category
    who = who[found.reference[who] == NOBODY]
    mother = found.mother[who]
    father = found.partner[mother]
    came = np.clip(found.arrival[mother], some.low[who], some.high[who])
    came = np.maximum(came, people.birth[who] + 25)
    to_mother = category[mother] < PRINCIPALS
    to_father = (father != NOBODY) & (found.mother[father] == NOBODY)
    to_father &= (people.kind[father] == REFUGEE) & (category[father] < PRINCIPALS)
    to_father &= found.arrival[father] <= came
    room = np.minimum(some.high[who] - came, 900) + 1
    later = came + np.floor(some.draws.unit("child follows", people.number[who]) * room)
    found.arrival[who] = np.where(to_mother, later.astype(np.int64), came)
    reference = np.where(to_mother, mother, np.where(to_father, father, found.reference[mother]))
    found.reference[who] = reference
    found.relation[who] = np.where(to_mother | to_father, PARENT, STATED)
    to_anyone(some, who[reference == NOBODY], earliest, oldest)


def _come_after(some: Refugees, who: Ints, first: Ints, latest: Ints) -> None:
    """Arrivals drawn evenly from a first to a last day."""
    unit = some.draws.unit("follows", some.people.number[who])
    room = np.maximum(latest - first, 0)
    some.found.arrival[who] = first + np.floor(unit * room).astype(np.int64)
