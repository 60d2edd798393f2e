"""Residents with refugee background: with whom they live, when they came, and to whom.

The method must find for each the cell the plan has: the year of the first immigration lies in the
group of years, and who came by family has a real reference, resident before, with dates that agree
with the type of family unification.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall.synthetic import couples, origins
from folketall.synthetic.calendar import day
from folketall.synthetic.calibration import CATEGORIES
from folketall.synthetic.draws import NEVER, Draws
from folketall.synthetic.world import (
    ACCOMPANYING,
    CHILD,
    ENLARGEMENT,
    NOBODY,
    PARENT,
    REFUGEE,
    REUNIFICATION,
    SPOUSE,
    STATED,
    UNSPECIFIED,
    Families,
    People,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WINDOWS = (
    (day(2020, 1, 2), day(2024, 12, 20)),
    (day(2015, 1, 2), day(2020, 1, 1)),
    (day(2005, 1, 2), day(2015, 1, 1)),
    (day(1955, 1, 1), day(2005, 1, 1)),
)
"""First immigrations that give 0-4, 5-9, 10-19 and 20 or more years on 1 January 2025."""
CASES_SINCE = day(1991, 1, 15)
PRINCIPALS = 4
NEW, NOT_SAID = 4, 6
"""Categories: enlargement, and a type that nobody tells."""
_GROWN = np.array((0, 5, 10, 20)) + 18
"""At least so old on 1 January 2025: grown up when they came, whenever in their window."""
_LINE = 1 << 18


@dataclass(frozen=True, slots=True)
class Refugees:
    """The residents with refugee background of a shard; arrays have an entry for everybody."""

    people: People
    found: Families
    draws: Draws
    me: Ints
    """Who they are."""
    group: Ints
    """Country group; NOBODY of who is no refugee."""
    years: Ints
    """Group of years of residence."""
    category: Ints
    low: Ints
    """First and last possible day of the first immigration."""
    high: Ints

    @property
    def family(self) -> Bools:
        """Came by family; of who is no refugee it says nothing."""
        return self.category >= PRINCIPALS

    @property
    def grown(self) -> Bools:
        """Came as a grown-up."""
        return np.asarray(2024 - self.people.cohort >= _GROWN[self.years])

    @property
    def near(self) -> Ints:
        """Those of one country group and group of years in one place."""
        return self.people.place * 64 + self.group * 4 + self.years

    @property
    def open(self) -> Bools:
        """Came by family, and nobody is found yet."""
        mine = np.zeros(len(self.people), dtype=bool)
        mine[self.me] = True
        alone = (self.found.mother == NOBODY) & (self.found.reference == NOBODY)
        return mine & self.family & alone


def refugees(people: People, found: Families, groups: Ints, draws: Draws) -> Refugees:
    """The residents with refugee background and what their cells say of them."""
    years = np.where(people.cell >= 0, people.cell // (4 * len(CATEGORIES)) % 4, 0)
    category = np.where(people.cell >= 0, people.cell % len(CATEGORIES), 0)
    low = np.array([window[0] for window in WINDOWS])[years]
    # To whom somebody came is told by the Aliens Register alone, which goes back to 1991.
    low = np.where((category >= PRINCIPALS) & (years == 3), CASES_SINCE, low)
    high = np.array([window[1] for window in WINDOWS])[years]
    me = np.flatnonzero(people.kind == REFUGEE)
    return Refugees(people, found, draws, me, groups, years, category, low, high)


def wishes(some: Refugees) -> tuple[Bools, Bools, Ints]:
    """Who came by family looks for a partner among those who did not: both, and their years."""
    mine = (some.people.kind == REFUGEE) & some.grown
    return mine & some.family & (some.category != NOT_SAID), mine & ~some.family, some.years


def settle(some: Refugees, oldest: Ints) -> None:
    """Fill in mothers, countries, arrivals, references and types of all of them.

    Args:
        some: those of a shard.
        oldest: a refugee who was always there, for whoever finds nobody else.
    """
    _mothers(some)
    _countries(some)
    _arrivals(some, oldest)
    _types(some)


def _mothers(some: Refugees) -> None:
    people, found, me = some.people, some.found, some.me
    young = me[~some.grown[me] & (some.category[me] != NOT_SAID)]
    young = young[some.draws.chance("with mother", 0.88, people.number[young])]
    women = me[people.female[me]]

    def may(child: Ints, woman: Ints) -> Bools:
        return np.asarray(people.birth[child] + 25 <= some.high[woman])

    near = some.near
    couples.mothers(
        people, found.mother, young, women, (near[young], near[women]), some.draws,
        "refugee mother", may,
    )  # fmt: skip
    left = young[(found.mother[young] == NOBODY) & (2024 - people.cohort[young] > 19)]
    circle = some.group * 4 + some.years
    couples.mothers(
        people, found.mother, left, women, (circle[left], circle[women]), some.draws,
        "far mother", may,
    )  # fmt: skip


def _countries(some: Refugees) -> None:
    """One country for a family: the mother's; as place in `origins.refugees()` until the end."""
    people, found, me = some.people, some.found, some.me
    found.country[me] = origins.refugee_country(
        some.group[me], some.low[me], some.high[me],
        some.draws.unit("refugee country", people.number[me]),
    )  # fmt: skip
    men = me[~people.female[me] & (found.partner[me] != NOBODY)]
    same = (people.cell[men] // 28) == (people.cell[found.partner[men]] // 28)
    found.country[men[same]] = found.country[found.partner[men[same]]]
    child = me[found.mother[me] != NOBODY]
    found.country[child] = found.country[found.mother[child]]


def _arrivals(some: Refugees, oldest: Ints) -> None:
    people, found, me = some.people, some.found, some.me
    family, has_mother = some.family, found.mother != NOBODY
    children = me[has_mother[me]]
    earliest = np.maximum(some.low, people.birth + 25)
    np.maximum.at(earliest, found.mother[children], people.birth[children] + 25)
    _leads(some, me[~family[me] & ~has_mother[me]], earliest)
    _children_with(found, children[~family[children]], earliest)
    _followers(some, earliest)
    _to_parents(some, earliest)
    _to_children(some, earliest)
    _to_anyone(some, np.flatnonzero(some.open), earliest, oldest)
    # Principal children of a mother who came by family come with her.
    _children_with(found, children[~family[children]], earliest)
    _family_children(some, children[family[children]], earliest, oldest)
    found.country[children] = found.country[found.mother[children]]


def _leads(some: Refugees, lead: Ints, earliest: Ints) -> None:
    """Who came for protection: drawn by the waves; some couples came together."""
    people, found, draws = some.people, some.found, some.draws
    partner = found.partner[lead]
    # Who is followed by a partner of the same years comes in time for that.
    followed = (
        (partner != NOBODY) & some.family[partner] & (some.years[partner] == some.years[lead])
    )
    followed &= people.kind[partner] == REFUGEE
    last = np.where(followed, np.maximum(some.high[lead] - 420, earliest[lead]), some.high[lead])
    unit = draws.unit("refugee arrival", people.number[lead])
    arrivals = origins.refugees().arrivals
    found.arrival[lead] = arrivals.day(found.country[lead], earliest[lead], last, unit)
    men = lead[~people.female[lead] & (partner != NOBODY)]
    wife = found.partner[men]
    together = (some.years[wife] == some.years[men]) & ~some.family[wife]
    together &= found.mother[wife] == NOBODY
    together &= draws.chance("together", 0.75, people.number[men])
    together &= found.arrival[wife] >= earliest[men]
    found.arrival[men[together]] = found.arrival[wife[together]]


def _children_with(found: Families, children: Ints, earliest: Ints) -> None:
    mother = found.mother[children]
    came = np.where(found.arrival[mother] < NEVER, found.arrival[mother], earliest[children])
    found.arrival[children] = np.maximum(came, earliest[children])


def _come_after(some: Refugees, who: Ints, first: Ints, latest: Ints) -> None:
    """Arrivals drawn evenly from a first to a last day."""
    unit = some.draws.unit("follows", some.people.number[who])
    room = np.maximum(latest - first, 0)
    some.found.arrival[who] = first + np.floor(unit * room).astype(np.int64)


def _followers(some: Refugees, earliest: Ints) -> None:
    """Husbands and wives who come to a refugee: after her or him, if their years allow it."""
    found, category = some.found, some.category
    who = np.flatnonzero(some.open & (found.partner != NOBODY))
    partner = found.partner[who]
    good = (some.people.kind[partner] == REFUGEE) & (category[partner] < PRINCIPALS)
    good &= (category[who] != NOT_SAID) & (found.mother[partner] == NOBODY)
    good &= found.arrival[partner] < NEVER
    wait = np.where(category[who] == NEW, 135, 10)
    first = np.maximum(earliest[who], found.arrival[partner] + wait)
    good &= first <= some.high[who]
    who, partner, first = who[good], partner[good], first[good]
    soon = np.maximum(first + 1, found.arrival[partner] + 2200)
    _come_after(some, who, first, np.minimum(some.high[who], soon))
    found.reference[who], found.relation[who] = partner, SPOUSE
    found.country[who] = found.country[partner]


def _to_parents(some: Refugees, earliest: Ints) -> None:
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


def _to_children(some: Refugees, earliest: Ints) -> None:
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


def _to_anyone(some: Refugees, who: Ints, earliest: Ints, oldest: Ints) -> None:
    """Who has no refugee in the nearest family comes to another relative, stated in the case."""
    people, found, me, draws = some.people, some.found, some.me, some.draws
    unset = who[found.arrival[who] >= NEVER]
    unit = draws.unit("comes to anyone", people.number[unset])
    room = some.high[unset] - earliest[unset]
    # Late in the window, so that there is somebody to come to.
    found.arrival[unset] = earliest[unset] + np.floor(unit**0.4 * room).astype(np.int64)
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
    end = np.searchsorted(line, some.group[who] * _LINE + found.arrival[who], side="right")
    part = draws.unit("anyone", people.number[who]) ** 0.6 * (end - start)
    chosen = pool[np.clip(start + np.floor(part).astype(np.int64), 0, len(pool) - 1)]
    fallback = oldest[0] if len(oldest) else NOBODY
    found.reference[who] = np.where(end > start, chosen, fallback)
    found.relation[who] = STATED


def _family_children(some: Refugees, who: Ints, earliest: Ints, oldest: Ints) -> None:
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
    later = came + some.draws.whole("child follows", 0, 900, people.number[who])
    found.arrival[who] = np.where(to_mother, np.minimum(later, some.high[who]), came)
    reference = np.where(to_mother, mother, np.where(to_father, father, found.reference[mother]))
    found.reference[who] = reference
    found.relation[who] = np.where(to_mother | to_father, PARENT, STATED)
    _to_anyone(some, who[reference == NOBODY], earliest, oldest)


def _types(some: Refugees) -> None:
    found, me = some.found, some.me
    found.country[me] = origins.refugees().codes[found.country[me]]
    mine = me[some.family[me]]
    category = some.category[mine]
    kind = np.where(
        category == NEW, ENLARGEMENT, np.where(category == NOT_SAID, UNSPECIFIED, REUNIFICATION)
    )
    soon = found.arrival[mine] - found.arrival[found.reference[mine]] <= 120
    found.family[mine] = np.where((kind == REUNIFICATION) & soon, ACCOMPANYING, kind)
