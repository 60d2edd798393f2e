"""Who there is in a shard: residents with their cells, those who are gone, births and deaths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import calendar, origins
from folketall_trial.synthetic.calendar import BEFORE, STOCK
from folketall_trial.synthetic.calibration import CATEGORIES, LEAST_AGES, SINCE
from folketall_trial.synthetic.draws import NEVER, Draws, rank_within
from folketall_trial.synthetic.numbers import DAYS, birth_days
from folketall_trial.synthetic.plan import FIRST, LAST, LAST_DAYS, Shard
from folketall_trial.synthetic.world import (
    ARRIVING,
    IMMIGRANT,
    IMMIGRANT_GONE,
    NATIVE,
    NATIVE_GONE,
    NEWBORN,
    REFUGEE,
    REFUGEE_GONE,
    People,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GONE_KINDS = np.array((NATIVE_GONE, IMMIGRANT_GONE, REFUGEE_GONE, NEWBORN, ARRIVING, REFUGEE_GONE))
_REFUGEE_AGES = ((34, 19), (34, 19), (31, 15), (38, 14), (52, 13))
"""Middle and spread of the ages of each group of years of residence."""
_IMMIGRANT_AGES = ((42, 11, 20), (40, 14, 1), (29, 8, 18), (48, 20, 1))
"""Middle, spread and least age by reason."""
YEAR = 365.25


def people(shard: Shard, draws: Draws) -> People:
    """Everybody of a shard, with their births and ends; the plan's counts are met exactly."""
    cells, reasons = _assigned(shard, draws)
    kinds = np.where(cells >= 0, REFUGEE, np.where(reasons >= 0, IMMIGRANT, NATIVE))
    gone_kind, gone_sex, gone_cohort = _gone(shard)
    count = shard.persons
    number = shard.first_person + np.arange(count)
    gone_number = number[len(kinds) :]
    drawn = draws.weighted("gone place", shard.weights, gone_number)
    none = np.full(len(gone_kind), -1)
    ended = np.r_[none[len(shard.ended_cell) :], shard.ended_cell]
    found = People(
        number=number,
        kind=np.r_[kinds, gone_kind],
        place=np.r_[shard.municipality, shard.places[drawn]],
        female=np.r_[shard.sex, gone_sex] == 1,
        cohort=np.r_[np.maximum(2024 - shard.age, FIRST), gone_cohort],
        birth=np.zeros(count, dtype=np.int64),
        pin_date=np.zeros(count, dtype=np.int64),
        slot=np.zeros(count, dtype=np.int64),
        cell=np.r_[cells, ended],
        reason=np.r_[reasons, none],
        stop=np.full(count, NEVER),
        death=np.full(count, NEVER),
    )
    _born(found, shard, draws)
    _ended(found, draws)
    return found


def _gone(shard: Shard) -> tuple[Ints, Ints, Ints]:
    kind, sex, cohort = np.nonzero(shard.gone)
    counts = shard.gone[kind, sex, cohort]
    kind, sex, cohort = (np.repeat(x, counts) for x in (kind, sex, cohort))
    return _GONE_KINDS[kind], sex, cohort + FIRST


def _assigned(shard: Shard, draws: Draws) -> tuple[Ints, Ints]:
    """Which residents are refugees of which cell, and which are other immigrants, why."""
    count = len(shard.age)
    entity = shard.first_person + np.arange(count)
    cells, reasons = np.full(count, -1), np.full(count, -1)
    free = np.ones(count, dtype=bool)
    classes = len(CATEGORIES)
    years = shard.refugee_cell // (classes * 4) % len(SINCE)
    sexes = shard.refugee_cell // classes % 2
    for group in reversed(range(len(SINCE))):
        wanted = np.flatnonzero(years == group)
        middle, spread = _REFUGEE_AGES[group]
        score = _score(draws, f"refugee {group}", entity, shard.age, middle, spread)
        able = free & (shard.age >= LEAST_AGES[group])
        who, which = _dealt(
            shard.municipality, shard.sex, able, score,
            shard.refugee_place[wanted], sexes[wanted],
        )  # fmt: skip
        cells[who] = shard.refugee_cell[wanted[which]]
        free[who] = False
    for reason in (2, 0, 1, 3):
        wanted = np.flatnonzero(shard.immigrant_reason == reason)
        middle, spread, least = _IMMIGRANT_AGES[reason]
        score = _score(draws, f"immigrant {reason}", entity, shard.age, middle, spread)
        able = free & (shard.age >= least)
        who, _ = _dealt(
            shard.municipality, shard.sex, able, score,
            shard.immigrant_place[wanted], shard.immigrant_sex[wanted],
        )  # fmt: skip
        reasons[who] = reason
        free[who] = False
    return cells, reasons


def _score(
    draws: Draws, purpose: str, entity: Ints, age: Ints, middle: float, spread: float
) -> Floats:
    """Who comes first: exponential races, faster near the middle age."""
    weight = np.exp(-(((age - middle) / spread) ** 2) / 2) + 0.04 * (age < 85) + 0.002
    return np.asarray(-np.log1p(-draws.unit(purpose, entity)) / weight)


def _dealt(
    place: Ints, sex: Ints, able: Bools, score: Floats, wanted_place: Ints, wanted_sex: Ints
) -> tuple[Ints, Ints]:
    """Choose a person for every wish: of its place and sex; else of its sex; else anybody.

    Only in very small registers is there nobody left in a place.
    """
    who: list[Ints] = []
    which: list[Ints] = []
    able = able.copy()
    open_wishes = np.arange(len(wanted_place))
    for level in range(3):
        have = np.flatnonzero(able)
        keys = [(p * 2 + s, s, s * 0)[level] for p, s in ((place, sex), (wanted_place, wanted_sex))]
        mine, theirs = keys[0][have], keys[1][open_wishes]
        first = rank_within(mine, score[have])
        second = rank_within(theirs, open_wishes)
        size = 1 << 32
        left, right = mine * size + first, theirs * size + second
        _, a, b = np.intersect1d(left, right, assume_unique=True, return_indices=True)
        who.append(have[a])
        which.append(open_wishes[b])
        able[have[a]] = False
        open_wishes = np.delete(open_wishes, b)
        if not len(open_wishes):
            break
    return np.concatenate(who), np.concatenate(which)


def _born(people: People, shard: Shard, draws: Draws) -> None:
    """Days of birth, spread evenly over the year so that each has its numbers."""
    last = people.cohort == LAST
    group = np.where(last, 100, (people.cohort - FIRST) % 100)
    sex = people.female.astype(np.int64)
    rank = rank_within(group * 2 + sex, draws.bits("born", people.number))
    length = np.where(last, LAST_DAYS, DAYS)
    # A step that shares no factor with 365 or 72 reaches every day.
    place = (rank % length * 163 + shard.number * 31 + sex * 7) % length
    people.birth, people.pin_date = birth_days(people.cohort, place)
    # A resident was born before the stock's day, whatever the PIN says.
    people.birth[people.cohort == 2024] = np.minimum(people.birth, STOCK - 1)[people.cohort == 2024]
    people.slot = shard.slots[sex, group] + rank // length


def _ended(people: People, draws: Draws) -> None:
    """Deaths, and the last emigrations of those born here; immigrants end after they came."""
    me = np.flatnonzero(people.kind == NATIVE_GONE)
    who, cohort, birth = people.number[me], people.cohort[me], people.birth[me]
    leaves = draws.unit("leaves", who) < np.clip((cohort - 1915) / 150, 0.03, 0.5)
    longest = (STOCK - 5 - birth) / YEAR
    least = np.where(longest > 22, 17.0, longest * 0.3)
    age = least + draws.unit("leaves at", who) ** 1.4 * (np.minimum(longest, 58) - least)
    left = birth + np.floor(age * YEAR).astype(np.int64)
    died = birth + 1 + np.floor(death_age(draws, who, cohort, longest) * YEAR).astype(np.int64)
    died = np.minimum(died, STOCK - 2)
    people.stop[me] = np.where(leaves, left, died)
    people.death[me] = np.where(leaves, NEVER, died)


def death_age(draws: Draws, who: Ints, cohort: Ints, longest: Floats) -> Floats:
    """Age at death, under the longest possible: Gompertz, and the young of old times."""
    rate = 0.098
    level = np.exp(-rate * (76 + (cohort - 1900) * 0.14))
    reach = -np.expm1(-level * np.expm1(rate * np.minimum(longest, 112)))
    unit = draws.unit("dies at", who) * reach
    old = np.log1p(-np.log1p(-unit) / level) / rate
    young = draws.unit("dies young at", who) ** 2 * np.minimum(longest, 20)
    share = 0.015 + 0.075 * np.exp(-(cohort - 1900) / 22)
    return np.where(draws.chance("dies young", share, who), young, np.minimum(old, longest))


def immigrants_gone(
    people: People, arrival: Ints, draws: Draws, *, first: Ints | None = None
) -> None:
    """The end of the stay of those who came and are no longer here: most left, some died.

    Args:
        people: everybody.
        arrival: when they came.
        draws: the draws.
        first: one refugee of the shard, or none, who stays to the end of the last year: so
            whoever comes to a refugee finds one, however small the register is.
    """
    gone = (people.kind == IMMIGRANT_GONE) | (people.kind == REFUGEE_GONE)
    me = np.flatnonzero(gone)
    who = people.number[me]
    stays = np.where(people.kind[me] == REFUGEE_GONE, 9.0, 4.0) * 365
    ended = people.ended[me]
    # Which refugees were in the stock before is planned: the others had ended by then.
    refugee = people.kind[me] == REFUGEE_GONE
    room = np.where(refugee & ~ended, BEFORE, STOCK) - 10 - arrival[me]
    reach = -np.expm1(-np.maximum(room - 110, 1) / stays)
    stay = 110 - np.log1p(-draws.unit("stays", who) * reach) * stays
    age = (arrival[me] - people.birth[me]) / YEAR
    late = np.where(ended, (BEFORE - people.birth[me]) / YEAR, age)
    dies = draws.chance("dies here", np.where(late > 50, 0.6, 0.07), who)
    longest = room / YEAR
    old = np.minimum(
        np.maximum(death_age(draws, who, people.cohort[me], age + longest) - age, 0.5), longest
    )
    days = np.where(dies, old * YEAR, np.minimum(stay, room))
    stop = arrival[me] + np.maximum(np.floor(days).astype(np.int64), 1)
    since = np.maximum(BEFORE, arrival[me] + 110)
    last = since + np.floor(draws.unit("ends", who) * (STOCK - 1 - since)).astype(np.int64)
    people.stop[me] = np.where(ended, last, stop)
    people.death[me] = np.where(dies, people.stop[me], NEVER)
    if first is not None and len(first):
        people.stop[first] = STOCK - draws.whole("ends last", 2, 10, people.number[first])
        people.death[first] = people.stop[first]


__all__ = ["calendar", "death_age", "immigrants_gone", "origins", "people"]
