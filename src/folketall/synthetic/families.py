"""Families: partners, parents, and when and to whom each immigrant came.

Refugees are made so that the method finds for everyone the cell the plan has: the year of the
first immigration lies in the group of years, and who came by family to a refugee has a real
reference, resident before, with dates that agree with the type of family unification.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall.synthetic import couples, origins
from folketall.synthetic.calendar import LAST, STOCK, day
from folketall.synthetic.calibration import CATEGORIES
from folketall.synthetic.draws import NEVER, Draws
from folketall.synthetic.people import immigrants_gone
from folketall.synthetic.weddings import wed
from folketall.synthetic.world import (
    ACCOMPANYING,
    ARRIVING,
    ENLARGEMENT,
    IMMIGRANT,
    IMMIGRANT_GONE,
    NATIVE,
    NOBODY,
    NORWAY,
    PARENT,
    REFUGEE,
    REFUGEE_GONE,
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
"""The first categories are those of principal applicants; the others came by family."""
_GONE_GROUPS = (0.004, 0.27, 0.25, 0.44, 0.001, 0.035)
YEAR = 365.25


def families(people: People, draws: Draws) -> Families:
    """The families of everybody in a shard."""
    count = len(people)
    found = Families(  # type: ignore[misc] # the five fields before `country`
        *[np.full(count, NOBODY) for _ in range(5)],
        country=np.full(count, NORWAY),
        arrival=np.full(count, NEVER),
        family=np.full(count, NOBODY),
        married=np.full(count, NEVER),
        separated=np.full(count, NEVER),
        divorced=np.full(count, NEVER),
        widowed=np.full(count, NEVER),
    )
    groups = _groups(people, draws)
    oldest = _came_and_left(people, found, groups, draws)
    found.partner = couples.partners(people, couples.circles(people, groups, draws), draws)
    _refugees(people, found, groups, draws, oldest)
    _others(people, found, draws)
    couples.native_mothers(people, found.mother, found.arrival, draws, people.place)
    found.father = couples.fathers(people, found.mother, found.partner)
    # A child brought from abroad is the new husband's only in law.
    step = people.immigrant & (found.father != NOBODY) & people.native[found.father]
    found.father[step] = NOBODY
    wed(people, found, draws)
    return found


def _groups(people: People, draws: Draws) -> Ints:
    """Country group of refugees; years of residence and category are in the cell as well."""
    groups = np.where(people.cell >= 0, people.cell // (16 * len(CATEGORIES)), NOBODY)
    gone = np.flatnonzero(people.kind == REFUGEE_GONE)
    groups[gone] = draws.weighted("gone group", _GONE_GROUPS, people.number[gone])
    return groups


def _came_and_left(people: People, found: Families, groups: Ints, draws: Draws) -> Ints:
    """Arrivals of those who are not residents; returns a refugee who was always there."""
    me = np.flatnonzero((people.kind == IMMIGRANT_GONE) | (people.kind == REFUGEE_GONE))
    who, birth = people.number[me], people.birth[me]
    child = draws.chance("came as child", 0.15, who)
    low = birth + np.floor(np.where(child, 0.3, 17.5) * YEAR).astype(np.int64)
    high = birth + np.floor(np.where(child, 17, 50) * YEAR).astype(np.int64)
    low = np.clip(low, day(1952, 1, 1), STOCK - 250)
    high = np.clip(high, low, STOCK - 200)
    unit = draws.unit("came", who)
    some = np.zeros(len(me), dtype=np.int64)
    arrival = origins.gone().day(some, low, high, unit)
    refugee = people.kind[me] == REFUGEE_GONE
    listed = origins.refugees()
    of_group = origins.refugee_country(
        np.maximum(groups[me], 0), low, high, draws.unit("gone country", who)
    )
    arrival[refugee] = listed.arrivals.day(of_group, low, high, unit)[refugee]
    reason = draws.weighted("gone reason", (45, 22, 20, 13), who)
    country = origins.country_of(reason, arrival, draws.unit("gone country", who))
    found.arrival[me] = arrival
    found.country[me] = np.where(refugee, listed.codes[of_group], country)
    people.reason[me] = np.where(refugee, NOBODY, reason)
    oldest = me[refugee][np.argsort(birth[refugee], kind="stable")[:1]]
    found.arrival[oldest] = np.maximum(day(1952, 3, 1), people.birth[oldest] + 30)
    immigrants_gone(people, found.arrival, draws, first=oldest)
    new = np.flatnonzero(people.kind == ARRIVING)
    found.arrival[new] = STOCK + draws.whole("arrives", 1, LAST - STOCK - 8, people.number[new])
    people.reason[new] = draws.weighted("new reason", (40, 0, 40, 20), people.number[new])
    found.country[new] = origins.country_of(
        people.reason[new], found.arrival[new], draws.unit("new country", people.number[new])
    )
    return oldest


def _refugees(people: People, found: Families, groups: Ints, draws: Draws, oldest: Ints) -> None:
    """Residents with refugee background: mothers, countries, arrivals, references."""
    me = np.flatnonzero(people.kind == REFUGEE)
    years = np.where(people.cell >= 0, people.cell // (4 * len(CATEGORIES)) % 4, 0)
    category = np.where(people.cell >= 0, people.cell % len(CATEGORIES), 0)
    low = np.array([window[0] for window in WINDOWS])[years]
    high = np.array([window[1] for window in WINDOWS])[years]
    # To whom somebody came is told by the Aliens Register alone, which goes back to 1991.
    low = np.where((category >= PRINCIPALS) & (years == 3), CASES_SINCE, low)
    age = 2024 - people.cohort
    least = np.array((0, 5, 10, 20))[years]
    young = me[(age[me] < 18 + least[me]) & (category[me] != len(CATEGORIES) - 1)]
    young = young[draws.chance("with mother", 0.88, people.number[young])]
    women = me[people.female[me]]
    circle = groups * 4 + years

    def may(child: Ints, woman: Ints) -> Bools:
        return np.asarray(people.birth[child] + 25 <= high[woman])

    near = people.place * 64 + circle
    couples.mothers(
        people, found.mother, young, women, (near[young], near[women]), draws, "refugee mother", may
    )
    left = young[(found.mother[young] == NOBODY) & (age[young] > 19)]
    couples.mothers(
        people, found.mother, left, women, (circle[left], circle[women]), draws, "far mother", may
    )
    _refugee_countries(people, found, groups, draws, low, high, me)
    _refugee_arrivals(people, found, draws, (low, high, category, years), me, oldest, groups)


def _refugee_countries(
    people: People, found: Families, groups: Ints, draws: Draws, low: Ints, high: Ints, me: Ints
) -> None:
    """One country for a family: the mother's; as place in `origins.refugees()` until the end."""
    found.country[me] = origins.refugee_country(
        groups[me], low[me], high[me], draws.unit("refugee country", people.number[me])
    )
    men = me[~people.female[me] & (found.partner[me] != NOBODY)]
    same = (people.cell[men] // 28) == (people.cell[found.partner[men]] // 28)
    found.country[men[same]] = found.country[found.partner[men[same]]]
    child = me[found.mother[me] != NOBODY]
    found.country[child] = found.country[found.mother[child]]


def _refugee_arrivals(
    people: People,
    found: Families,
    draws: Draws,
    cells: tuple[Ints, Ints, Ints, Ints],
    me: Ints,
    oldest: Ints,
    groups: Ints,
) -> None:
    low, high, category, years = cells
    arrivals = origins.refugees().arrivals
    family = category >= PRINCIPALS
    has_mother = found.mother != NOBODY
    earliest = np.maximum(low, people.birth + 25)
    children = me[has_mother[me]]
    np.maximum.at(earliest, found.mother[children], people.birth[children] + 25)

    def draw(who: Ints, first: Ints) -> None:
        unit = draws.unit("refugee arrival", people.number[who])
        found.arrival[who] = arrivals.day(found.country[who], first, high[who], unit)

    lead = me[~family[me] & ~has_mother[me]]
    draw(lead, earliest[lead])
    men = lead[~people.female[lead] & (found.partner[lead] != NOBODY)]
    wife = found.partner[men]
    together = (years[wife] == years[men]) & ~family[wife] & ~has_mother[wife]
    together &= draws.chance("together", 0.75, people.number[men])
    together &= found.arrival[wife] >= earliest[men]
    found.arrival[men[together]] = found.arrival[wife[together]]
    _children_with(found, children[~family[children]], earliest)
    _followers(people, found, draws, cells, me[family[me] & ~has_mother[me]], earliest)
    _to_anyone(people, found, draws, cells, me[family[me] & ~has_mother[me]], groups, oldest, me)
    # Principal children of a mother who came by family come with her.
    _children_with(found, children[~family[children]], earliest)
    _family_children(people, found, draws, cells, children[family[children]], groups, oldest, me)
    found.country[me] = origins.refugees().codes[found.country[me]]
    kind = np.where(category == 4, ENLARGEMENT, np.where(category == 6, UNSPECIFIED, REUNIFICATION))
    soon = found.arrival - found.arrival[found.reference] <= 120
    kind = np.where((kind == REUNIFICATION) & soon, ACCOMPANYING, kind)
    mine = me[family[me]]
    found.family[mine] = kind[mine]


def _children_with(found: Families, children: Ints, earliest: Ints) -> None:
    mother = found.mother[children]
    came = np.where(found.arrival[mother] < NEVER, found.arrival[mother], earliest[children])
    found.arrival[children] = np.maximum(came, earliest[children])


def _followers(
    people: People,
    found: Families,
    draws: Draws,
    cells: tuple[Ints, Ints, Ints, Ints],
    who: Ints,
    earliest: Ints,
) -> None:
    """Husbands and wives who come to a refugee: after her or him, if their years allow it."""
    _, high, category, _ = cells
    partner = found.partner[who]
    lead = (partner != NOBODY) & (people.kind[partner] == REFUGEE)
    lead &= (category[partner] < PRINCIPALS) & (category[who] != 6)
    lead &= (found.arrival[partner] < NEVER) & (found.mother[partner] == NOBODY)
    wait = np.where(category[who] == 4, 135, 10)
    first = np.maximum(earliest[who], found.arrival[partner] + wait)
    lead &= first <= high[who]
    who, partner, first = who[lead], partner[lead], first[lead]
    last = np.minimum(high[who], np.maximum(first + 1, found.arrival[partner] + 2200))
    unit = draws.unit("follows", people.number[who])
    found.arrival[who] = first + np.floor(unit * (np.maximum(last, first) - first)).astype(np.int64)
    found.reference[who], found.relation[who] = partner, SPOUSE


def _to_anyone(
    people: People,
    found: Families,
    draws: Draws,
    cells: tuple[Ints, Ints, Ints, Ints],
    who: Ints,
    groups: Ints,
    oldest: Ints,
    me: Ints,
) -> None:
    """Who has no refugee in the nearest family comes to another relative, stated in the case."""
    low, high, category, _ = cells
    who = who[found.reference[who] == NOBODY]
    unset = who[found.arrival[who] >= NEVER]
    first = np.maximum(low[unset], people.birth[unset] + 25)
    children = me[found.mother[me] != NOBODY]
    born = np.full(len(people), -NEVER)
    np.maximum.at(born, found.mother[children], people.birth[children] + 25)
    first = np.maximum(first, born[unset])
    unit = draws.unit("comes to anyone", people.number[unset])
    # Late in the window, so that there is somebody to come to.
    found.arrival[unset] = first + np.floor(unit**0.4 * (high[unset] - first)).astype(np.int64)
    alone = found.mother[me] == NOBODY
    pool = me[(category[me] < PRINCIPALS) & (found.arrival[me] < NEVER) & alone]
    line = groups[pool] * (1 << 18) + found.arrival[pool]
    order = np.argsort(line, kind="stable")
    pool, line = pool[order], line[order]
    start = np.searchsorted(line, groups[who] * (1 << 18))
    end = np.searchsorted(line, groups[who] * (1 << 18) + found.arrival[who], side="right")
    some = end > start
    at = start + np.floor(draws.unit("anyone", people.number[who]) ** 0.6 * (end - start)).astype(
        np.int64
    )
    chosen = pool[np.clip(at, 0, max(len(pool) - 1, 0))] if len(pool) else np.zeros(0, np.int64)
    fallback = oldest[0] if len(oldest) else NOBODY
    found.reference[who] = np.where(some, chosen, fallback) if len(pool) else fallback
    found.relation[who] = STATED


def _family_children(
    people: People,
    found: Families,
    draws: Draws,
    cells: tuple[Ints, Ints, Ints, Ints],
    who: Ints,
    groups: Ints,
    oldest: Ints,
    me: Ints,
) -> None:
    """Children who came by family: to the mother, or with her to the father or whom she came to."""
    low, high, category, _ = cells
    mother = found.mother[who]
    father = found.partner[mother]
    came = np.clip(found.arrival[mother], low[who], high[who])
    came = np.maximum(came, people.birth[who] + 25)
    to_mother = category[mother] < PRINCIPALS
    to_father = (father != NOBODY) & (found.mother[father] == NOBODY)
    to_father &= (category[father] < PRINCIPALS) & (found.arrival[father] <= came)
    later = came + draws.whole("child follows", 0, 900, people.number[who])
    found.arrival[who] = np.where(to_mother, np.minimum(later, high[who]), came)
    reference = np.where(to_mother, mother, np.where(to_father, father, found.reference[mother]))
    found.reference[who] = reference
    found.relation[who] = np.where(to_mother | to_father, PARENT, STATED)
    _to_anyone(people, found, draws, cells, who[reference == NOBODY], groups, oldest, me)


def _others(people: People, found: Families, draws: Draws) -> None:
    """Other immigrants who are residents: countries, arrivals, and whom they came to."""
    me = np.flatnonzero(people.kind == IMMIGRANT)
    by_family = people.reason == origins.FAMILY
    nordic = people.reason == origins.UNSPECIFIED
    age = 2024 - people.cohort
    children = me[(by_family | nordic)[me] & (age[me] < 24)]
    women = me[people.female[me] & (age[me] >= 20)]
    key = people.place * 2 + nordic

    def may(child: Ints, woman: Ints) -> Bools:
        return np.ones(len(child), dtype=bool)

    couples.mothers(
        people, found.mother, children, women, (key[children], key[women]), draws, "other", may
    )
    adult = np.array((18.5, 0.1, 17.0, 0.1))[people.reason]
    first = people.birth + np.floor(adult * YEAR).astype(np.int64)
    first = np.maximum(first, day(1955, 1, 1))
    with_mother = me[found.mother[me] != NOBODY]
    np.maximum.at(first, found.mother[with_mother], people.birth[with_mother] + 25)
    high = np.full(len(people), STOCK - 12)
    unit = draws.unit("other arrival", people.number[me])
    found.arrival[me] = origins.residents().day(people.reason[me], first[me], high[me], unit)
    _come_to_partner(people, found, me[by_family[me] & (found.partner[me] != NOBODY)])
    mother = found.mother[with_mother]
    later = np.maximum(found.arrival[mother], people.birth[with_mother] + 25)
    found.arrival[with_mother] = np.minimum(later, STOCK - 12)
    drawn = draws.unit("other country", people.number[me])
    found.country[me] = origins.country_of(people.reason[me], found.arrival[me], drawn)
    found.country[with_mother] = found.country[mother]
    family = me[by_family[me]]
    parent = family[found.mother[family] != NOBODY]
    found.reference[parent], found.relation[parent] = found.mother[parent], PARENT
    _to_natives(people, found, draws, family[found.reference[family] == NOBODY])
    soon = found.arrival[family] - found.arrival[found.reference[family]] <= 120
    native = people.native[found.reference[family]]
    kind = np.where(soon & ~native, ACCOMPANYING, REUNIFICATION)
    to_spouse = found.relation[family] == SPOUSE
    found.family[family] = np.where(native & to_spouse, ENLARGEMENT, kind)


def _come_to_partner(people: People, found: Families, who: Ints) -> None:
    """Who has a native partner, or one who came for another reason, came to her or him."""
    partner = found.partner[who]
    native = people.kind[partner] == NATIVE
    earlier = (people.kind[partner] == IMMIGRANT) & (people.reason[partner] != origins.FAMILY)
    good = (native | earlier) & (found.arrival[who] > people.birth[partner] + 18 * YEAR)
    who, partner = who[good], partner[good]
    found.reference[who], found.relation[who] = partner, SPOUSE
    came = np.where(people.native[partner], -NEVER, found.arrival[partner])
    found.arrival[who] = np.minimum(np.maximum(found.arrival[who], came), STOCK - 12)


def _to_natives(people: People, found: Families, draws: Draws, who: Ints) -> None:
    pool = np.flatnonzero((people.kind == NATIVE) & (people.cohort < 1955))
    if not len(pool):
        pool = np.flatnonzero(people.kind == NATIVE)
    if len(pool):
        at = draws.whole("native reference", 0, len(pool) - 1, people.number[who])
        found.reference[who], found.relation[who] = pool[at], STATED
