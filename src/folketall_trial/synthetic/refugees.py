"""Residents with refugee background: with whom they live, when they came, and to whom.

The method must find for each the cell the plan has: the year of the first immigration lies in the
group of years, and who came by family has a real reference, resident before, with dates that agree
with the type of family unification.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import couples, origins, relatives
from folketall_trial.synthetic.draws import NEVER
from folketall_trial.synthetic.party import LAST_YEAR, NEW, NOT_SAID, Refugees
from folketall_trial.synthetic.weddings import LEAST_AGE
from folketall_trial.synthetic.world import (
    ACCOMPANYING,
    ENLARGEMENT,
    NOBODY,
    REFUGEE,
    REUNIFICATION,
    UNSPECIFIED,
    Families,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def wishes(some: Refugees) -> tuple[Bools, Bools, Ints]:
    """Who came by family looks for a partner among those who did not: both, and their years."""
    mine = (some.people.kind == REFUGEE) & some.grown
    # Who came by family in the last year came to one who was there before.
    years = np.where(some.family & (some.years == LAST_YEAR), LAST_YEAR + 1, some.years)
    return mine & some.family & (some.category != NOT_SAID), mine & ~some.family, years


def settle(some: Refugees, oldest: Ints) -> None:
    """Fill in mothers, countries, arrivals, references and types of all of them.

    Args:
        some: those of a shard.
        oldest: a refugee who was always there, for whoever finds nobody else.
    """
    _mothers(some)
    _countries(some)
    _arrivals(some, oldest)
    ended = np.flatnonzero(some.people.ended & some.family)
    relatives.to_anyone(some, ended, some.low, oldest)
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
    circle = some.circle
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
    relatives.followers(some, earliest)
    relatives.to_parents(some, earliest)
    relatives.to_children(some, earliest)
    relatives.to_anyone(some, np.flatnonzero(some.open), earliest, oldest)
    # Principal children of a mother who came by family come with her.
    _children_with(found, children[~family[children]], earliest)
    relatives.family_children(some, children[family[children]], earliest, oldest)
    found.country[children] = found.country[found.mother[children]]


def _leads(some: Refugees, lead: Ints, earliest: Ints) -> None:
    """Who came for protection: drawn by the waves; some couples came together."""
    people, found, draws = some.people, some.found, some.draws
    partner = found.partner[lead]
    followed = (partner != NOBODY) & some.family[partner]
    followed &= people.kind[partner] == REFUGEE
    followed &= some.years[partner] <= some.years[lead]
    # Who is followed by a partner of the same years comes in time for that.
    soon = followed & (some.years[partner] == some.years[lead])
    room = np.minimum(some.high[lead] - some.low[lead], 840) // 2
    last = np.where(soon, np.maximum(some.high[lead] - room, earliest[lead]), some.high[lead])
    # And late enough to have wed before.
    grown = np.maximum(people.birth[lead], people.birth[partner]) + LEAST_AGE + 32
    wed = followed & (some.category[partner] != NEW)
    first = np.where(wed, np.maximum(earliest[lead], np.minimum(grown, last)), earliest[lead])
    unit = draws.unit("refugee arrival", people.number[lead])
    found.arrival[lead] = origins.refugees().arrivals.day(found.country[lead], first, last, unit)
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


def _types(some: Refugees) -> None:
    found, me = some.found, some.me
    found.country[me] = origins.refugees().codes[found.country[me]]
    mine = np.flatnonzero(some.people.refugee & some.family)
    category = some.category[mine]
    kind = np.where(
        category == NEW, ENLARGEMENT, np.where(category == NOT_SAID, UNSPECIFIED, REUNIFICATION)
    )
    soon = found.arrival[mine] - found.arrival[found.reference[mine]] <= 120
    found.family[mine] = np.where((kind == REUNIFICATION) & soon, ACCOMPANYING, kind)
