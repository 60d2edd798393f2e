"""Families: partners, parents, and when and to whom each immigrant came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import couples, origins
from folketall_trial.synthetic.calendar import BEFORE, LAST, STOCK, day
from folketall_trial.synthetic.calibration import CATEGORIES, SINCE
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.party import Refugees, refugees
from folketall_trial.synthetic.people import immigrants_gone
from folketall_trial.synthetic.refugees import settle, wishes
from folketall_trial.synthetic.weddings import wed
from folketall_trial.synthetic.world import (
    ACCOMPANYING,
    ARRIVING,
    ENLARGEMENT,
    IMMIGRANT,
    IMMIGRANT_GONE,
    NATIVE,
    NOBODY,
    NORWAY,
    PARENT,
    REFUGEE_GONE,
    REUNIFICATION,
    SPOUSE,
    STATED,
    Families,
    People,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

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
    some = refugees(people, found, groups, draws)
    oldest = _came_and_left(people, found, some, draws)
    circle = couples.circles(people, groups, draws)
    found.partner = couples.partners(people, circle, draws, wishes(some))
    settle(some, oldest)
    _others(people, found, draws)
    couples.native_mothers(people, found.mother, found.arrival, draws, people.place)
    father = couples.fathers(people, found.mother, found.partner)
    found.father = np.where(found.father != NOBODY, found.father, father)
    # A child brought from abroad is the new husband's only in law.
    step = people.immigrant & (found.father != NOBODY) & people.native[found.father]
    found.father[step] = NOBODY
    wed(people, found, draws)
    return found


def _groups(people: People, draws: Draws) -> Ints:
    """Country group of refugees; years of residence and category are in the cell as well."""
    cells = 4 * len(SINCE) * len(CATEGORIES)
    groups = np.where(people.cell >= 0, people.cell // cells, NOBODY)
    gone = np.flatnonzero((people.kind == REFUGEE_GONE) & ~people.ended)
    groups[gone] = draws.weighted("gone group", _GONE_GROUPS, people.number[gone])
    return groups


def _came_and_left(people: People, found: Families, some: Refugees, draws: Draws) -> Ints:
    """Arrivals of those who are not residents; returns a refugee who was always there."""
    me = np.flatnonzero((people.kind == IMMIGRANT_GONE) | (people.kind == REFUGEE_GONE))
    who, birth = people.number[me], people.birth[me]
    refugee, ended = people.kind[me] == REFUGEE_GONE, people.ended[me]
    child = draws.chance("came as child", 0.15, who)
    low = birth + np.floor(np.where(child, 0.3, 17.5) * YEAR).astype(np.int64)
    high = birth + np.floor(np.where(child, 17, 50) * YEAR).astype(np.int64)
    last = np.where(refugee, BEFORE, STOCK)
    low = np.clip(low, day(1952, 1, 1), last - 250)
    high = np.clip(high, low, last - 200)
    low = np.where(ended, np.maximum(some.low[me], birth + 25), low)
    high = np.where(ended, some.high[me], high)
    unit = draws.unit("came", who)
    arrival = origins.gone().day(np.zeros(len(me), dtype=np.int64), low, high, unit)
    listed = origins.refugees()
    of_group = origins.refugee_country(
        np.maximum(some.group[me], 0), low, high, draws.unit("gone country", who)
    )
    arrival[refugee] = listed.arrivals.day(of_group, low, high, unit)[refugee]
    reason = draws.weighted("gone reason", (45, 22, 20, 13), who)
    country = origins.country_of(reason, arrival, draws.unit("gone country", who))
    found.arrival[me] = arrival
    found.country[me] = np.where(refugee, listed.codes[of_group], country)
    people.reason[me] = np.where(refugee, NOBODY, reason)
    asylum = me[ended & (some.category[me] == 0)]
    oldest = asylum[np.argsort(people.birth[asylum], kind="stable")[:1]]
    found.arrival[oldest] = np.maximum(day(1952, 3, 1), people.birth[oldest] + 30)
    immigrants_gone(people, found.arrival, draws, first=oldest)
    new = np.flatnonzero(people.kind == ARRIVING)
    found.arrival[new] = STOCK + draws.whole("arrives", 1, LAST - STOCK - 8, people.number[new])
    people.reason[new] = draws.weighted("new reason", (40, 0, 40, 20), people.number[new])
    found.country[new] = origins.country_of(
        people.reason[new], found.arrival[new], draws.unit("new country", people.number[new])
    )
    return oldest


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
