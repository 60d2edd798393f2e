"""The numbers of everybody: PIN, what came before it, DUF numbers; and the names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import names, numbers, origins
from folketall_trial.synthetic.calendar import LAST, new_year, year_of
from folketall_trial.synthetic.draws import NEVER, Draws, rank_within
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.party import CASES_SINCE
from folketall_trial.synthetic.world import NOBODY, Families, People

Ints = NDArray[np.int64]
NO_NUMBER = -1
_D_NUMBER = 400_000
EARLY_SLOTS = 40
"""Only the first numbers of a day have a counterpart among the last ones of the other sex."""


@dataclass(slots=True)
class Identity:
    """One entry a person; numbers are NO_NUMBER where there is none."""

    pin: Ints
    """The one that lasts."""
    old: Ints
    """D-number, or a first PIN."""
    changed: Ints
    """From this day the PIN takes the place of the old number."""
    duf: Ints
    second: Ints
    """Another DUF number, of an application that was refused."""
    birth: Ints
    """As the CPR has it."""
    given: Ints
    family: Ints
    """Names, by place among the spellings."""

    def on(self, who: Ints, registered: Ints) -> Ints:
        """The number that a person's rows have on the day they are registered."""
        return np.where(registered < self.changed[who], self.old[who], self.pin[who])

    def now(self, who: Ints) -> Ints:
        """The number at the end."""
        return np.where(self.changed[who] > LAST, self.old[who], self.pin[who])


def identity(
    people: People, families: Families, draws: Draws, noise: Noise, shard: int, shards: int
) -> Identity:
    """Number and name everybody of a shard."""
    number, male = people.number, ~people.female
    pin = numbers.pins(people.pin_date, people.slot, male)
    came = families.arrival < NEVER
    first_d = came & draws.chance("d number", noise["d_number"], number)
    wrong_sex = (people.slot < EARLY_SLOTS) & draws.chance(
        "renumbered", noise["renumbered"], number
    )
    wrong_sex &= ~came & (people.birth < LAST - 900)
    old = np.full(len(people), NO_NUMBER)
    old[first_d] = numbers.pins(people.pin_date + _D_NUMBER, people.slot, male)[first_d]
    at = np.where(wrong_sex, -1 - people.slot, 0)
    old[wrong_sex] = numbers.pins(people.pin_date, at, ~male)[wrong_sex]
    changed = np.full(len(people), -NEVER)
    # Late in the world some wait for their PIN, so that the increments bring it.
    wait = 20 + draws.tail("pin change", 110, number)
    changed[first_d] = (families.arrival + wait)[first_d]
    renumbered = people.birth + 300 + draws.whole("renumbered at", 0, 15_000, number)
    changed[wrong_sex] = np.minimum(renumbered, LAST - draws.whole("late", 0, 40, number))[
        wrong_sex
    ]
    ended = (changed >= people.stop) | (changed > LAST)
    # Who died or left with the D-number keeps it.
    pin = np.where(first_d & ended, old, pin)
    old = np.where(ended, NO_NUMBER, old)
    changed = np.where(ended, -NEVER, changed)
    duf, second = _dufs(people, families, draws, noise, shard, shards)
    unknown = came & draws.chance("first of january", noise["first_of_january"], number)
    official = new_year(people.cohort + 1)
    unknown &= (official + 40 < families.arrival) & (official < people.stop)
    birth = np.where(unknown, official, people.birth)
    given, family = _named(people, families, draws)
    return Identity(pin, old, changed, duf, second, birth, given, family)


def needs_permit(families: Families) -> NDArray[np.bool_]:
    """Who has been in the Aliens Register: no Nordics, nobody who came before its cases begin."""
    came = (families.arrival < NEVER) & (families.arrival >= CASES_SINCE)
    return came & ~np.isin(families.country, origins.NORDIC)


def _dufs(
    people: People, families: Families, draws: Draws, noise: Noise, shard: int, shards: int
) -> tuple[Ints, Ints]:
    who = np.flatnonzero(needs_permit(families))
    two = who[draws.chance("second duf", noise["second_duf"], people.number[who])]
    everyone = np.r_[who, two]
    years = year_of(families.arrival[everyone] - 300) - (np.arange(len(everyone)) >= len(who))
    room = 999_999 // shards
    rank = rank_within(years, draws.bits("duf", np.arange(len(everyone))))
    if len(rank) and rank.max() >= room:
        raise ValueError("more DUF numbers in a year than the shard has")
    found = numbers.dufs(years, shard * room + rank + 1)
    duf, second = (np.full(len(people), NO_NUMBER) for _ in range(2))
    duf[who], second[two] = found[: len(who)], found[len(who) :]
    return duf, second


def _named(people: People, families: Families, draws: Draws) -> tuple[Ints, Ints]:
    """Given names of the area; the family's name is the father's, a wife's half the husband's."""
    _, first, count, _ = names.spellings()
    number = people.number
    country = families.country.copy()
    child = families.mother != NOBODY
    country[child & people.native] = families.country[families.mother[child & people.native]]
    area = names.area_of(country)
    sex = people.female.astype(np.int64)
    unit = draws.unit("given", number)
    given = first[area, sex] + np.floor(unit * count[area, sex]).astype(np.int64)
    drawn = draws.unit("family name", number)
    family = first[area, 2] + np.floor(drawn * count[area, 2]).astype(np.int64)
    wife = people.female & (families.partner != NOBODY) & draws.chance("takes name", 0.6, number)
    bears = np.where(families.father != NOBODY, families.father, families.mother)
    # Three generations back is far enough for a name to come from.
    for _ in range(3):
        family = np.where(bears != NOBODY, family[bears], family)
    family = np.where(wife, family[families.partner], family)
    return given, family
