"""The plan of a register: how many of whom live where, shard by shard, before anybody is drawn.

Everything that must come out exactly is a whole number here. A shard is a stretch of the country
(some municipalities, or a part of a large one) with all who ever lived there; it is made without
knowing the others, so shards can be made anywhere in any order. They depend on the number of
persons alone, never on the session.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from folketall_trial.synthetic.calibration import (
    AGES,
    CATEGORIES,
    FULL,
    LEAST_AGES,
    SINCE,
    Figures,
    figures,
)
from folketall_trial.synthetic.draws import Draws, rank_within
from folketall_trial.synthetic.fitting import whole_shares
from folketall_trial.synthetic.numbers import DAYS
from folketall_trial.synthetic.stretches import Floats, Ints, equal_part, places_in, stretch

PERSONS_A_SHARD = 125_000
HANDFUL = 6
"""Refugees of a country group and group of years who live in one place, about."""
FIRST, LAST = 1900, 2025
"""Cohorts: who is a years old on 1 January 2025 is of the cohort 2024 - a."""
COHORTS = LAST - FIRST + 1
LAST_DAYS = 72
"""Days of birth in the last cohort, which is only beginning."""
NATIVES_GONE, IMMIGRANTS_GONE, REFUGEES_GONE, NEWBORN, ARRIVING, REFUGEES_ENDED = range(6)
"""Who is not resident then; the last ones were a year before."""
_GONE_OF_FULL = {
    IMMIGRANTS_GONE: 900_000,
    REFUGEES_GONE: 60_000,
    NEWBORN: 10_600,
    ARRIVING: 11_500,
}
_BIRTHS = {
    1900: 64, 1915: 60, 1930: 47, 1936: 42, 1946: 70, 1955: 63, 1970: 65, 1982: 51,
    1990: 61, 2000: 59, 2009: 62, 2020: 53, 2025: 54,
}  # fmt: skip
"""Thousands of births in Norway."""


@dataclass(frozen=True, slots=True)
class Shard:
    """What one shard is made of; one entry a person unless said otherwise."""

    number: int
    first_person: int
    places: Ints
    """The municipalities of the shard (places in the plan's list)."""
    weights: Floats
    """Their part of the shard's residents."""
    municipality: Ints
    """Of each resident."""
    sex: Ints
    """Of each resident: 0 male, 1 female."""
    age: Ints
    """Of each resident, on 1 January 2025."""
    refugee_place: Ints
    """Municipality of each refugee among the residents."""
    refugee_cell: Ints
    """Flat cell of `Figures.refugees` of each."""
    immigrant_place: Ints
    """Municipality of each other immigrant."""
    immigrant_sex: Ints
    immigrant_reason: Ints
    gone: Ints
    """Who is not resident then: kind × sex × cohort, counted."""
    ended_cell: Ints
    """Cell of `Figures.ended` of each of the last kind."""
    slots: Ints
    """First slot of birth numbers: sex × cohort of a hundred years, and the last cohort."""

    @property
    def persons(self) -> int:
        return len(self.age) + int(self.gone.sum())


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole register in numbers."""

    persons: int
    seed: int
    shards: int
    figures: Figures
    gone: Ints
    """Kind × sex × cohort, but for the last kind."""
    ended: Ints
    """Of the last kind: cell, cohort and sex, in three rows; dealt to the shards in turn."""
    refugee_place: Ints
    refugee_cell: Ints
    immigrant_place: Ints
    immigrant_kind: Ints
    sizes: Ints
    """Persons of each shard."""
    slots: Ints
    """Shard × sex × (0–99 cohorts of a hundred years, 100 the last cohort): first slot."""

    def shard(self, number: int) -> Shard:
        """All that the making of one shard needs."""
        counts, low, high = stretch(self.figures.residents, number, self.shards)
        place, sex, age = np.nonzero(counts)
        repeated = [np.repeat(x, counts[place, sex, age]) for x in (place, sex, age)]
        refugees = places_in(self.refugee_place, low, high)
        others = places_in(self.immigrant_place, low, high)
        kinds = self.immigrant_kind[others]
        totals = counts.sum(axis=(1, 2))
        ended = self.ended[:, number :: self.shards]
        return Shard(  # type: ignore[call-arg] # it does not count what * stands for
            number,
            int(self.sizes[:number].sum()),
            np.flatnonzero(totals),
            totals[totals > 0] / max(totals.sum(), 1),
            *repeated,
            self.refugee_place[refugees],
            self.refugee_cell[refugees],
            self.immigrant_place[others],
            kinds // 4,
            kinds % 4,
            _gone_of(self.gone, self.ended, number, self.shards),
            ended[0, np.lexsort(ended)],
            self.slots[number],
        )


def plan_of(persons: int, seed: int) -> Plan:
    """Plan a register of so many persons, all who ever were in it."""
    scale = persons / FULL
    draws = Draws(seed)
    shards = max(-(-persons // PERSONS_A_SHARD), 2 if persons >= 20_000 else 1)
    found = figures(scale, shards)
    ended = _ended(found, shards)
    gone = _gone(found, persons, scale)
    refugees = _dealt(found, draws)
    kinds = found.immigrant_places.reshape(len(found.municipalities), -1)
    place, kind = np.nonzero(kinds)
    place, kind = (np.repeat(x, kinds[place, kind]) for x in (place, kind))
    shuffled = np.lexsort((draws.bits("immigrant", np.arange(len(place))), place))
    sizes, slots = _sizes(found.residents, gone, ended, shards)
    return Plan(
        persons, seed, shards, found, gone, ended, *refugees,
        place[shuffled], kind[shuffled], sizes, slots,
    )  # fmt: skip


def _dealt(found: Figures, draws: Draws) -> tuple[Ints, Ints]:
    """Deal the cells of refugees to municipalities: both margins are kept by construction.

    Those of one country group and group of years are dealt in handfuls, so that there are families
    in every place.
    """
    cells = found.refugees.ravel()
    cell = np.repeat(np.arange(len(cells)), cells)
    sex = cell // len(CATEGORIES) % 2
    position = _in_handfuls(cell // (4 * len(CATEGORIES)), sex, draws)
    place = np.empty(len(cell), dtype=np.int64)
    for which in (0, 1):
        mine = np.flatnonzero(sex == which)
        there = np.repeat(np.arange(len(found.municipalities)), found.refugee_places[which])
        place[mine[np.argsort(position[mine], kind="stable")]] = there
    # A place in several shards is cut between handfuls.
    order = np.lexsort((position, place))
    return place[order], cell[order]


def _in_handfuls(circle: Ints, sex: Ints, draws: Draws) -> Floats:
    """Where everybody stands in the line, from 0 to 1: women and men of a handful together.

    The handfuls of a circle are spread evenly, so that the lines of women and of men keep step.
    """
    rank = rank_within(circle * 2 + sex, draws.bits("refugee", np.arange(len(circle))))
    of_sex = np.bincount(circle * 2 + sex, minlength=2)[circle * 2 + sex]
    handfuls = -(-np.bincount(circle)[circle] // HANDFUL)
    return (rank * handfuls // of_sex + draws.unit("circle", circle)) / handfuls


def _ended(found: Figures, shards: int) -> Ints:
    """Refugees who died or left in the last year: cell, cohort and sex.

    They are sorted by category and dealt to the shards in turn, so every shard has its part of
    each. The first it gets is an asylum seeker and old: see `families.families`.
    """
    cells = found.ended.ravel()
    cell = np.repeat(np.arange(len(cells)), cells)
    cell = cell[np.argsort(cell % len(CATEGORIES), kind="stable")]
    place = np.arange(len(cell))
    least = np.array(LEAST_AGES)[cell // (4 * len(CATEGORIES)) % len(SINCE)]
    age = least + np.floor(65 * (place * 0.6180339887498949 % 1) ** 1.5).astype(np.int64)
    age = np.where(place < shards, 65 + place % 20, age)
    return np.stack([cell, 2024 - age - FIRST, cell // len(CATEGORIES) % 2])


def _gone_of(gone: Ints, ended: Ints, number: int, shards: int) -> Ints:
    """Who of a shard is not resident: kind × sex × cohort."""
    _, cohort, sex = ended[:, number::shards]
    last = np.zeros((1, 2, COHORTS), dtype=np.int64)
    np.add.at(last[0], (sex, cohort), 1)
    return np.concatenate([equal_part(gone, number, shards), last])


def _gone(found: Figures, persons: int, scale: float) -> Ints:
    """Who died, left, or came after the stock, but for the last kind: kind × sex × cohort."""
    left = persons - int(found.residents.sum()) - int(found.ended.sum())
    counts = {kind: round(full * scale) for kind, full in _GONE_OF_FULL.items()}
    counts[REFUGEES_GONE] = max(counts[REFUGEES_GONE] - int(found.ended.sum()), 0)
    counts[NATIVES_GONE] = left - sum(counts.values())
    cohorts = np.arange(FIRST, LAST + 1)
    gone = np.zeros((5, 2, COHORTS), dtype=np.int64)
    for kind, weights in _cohort_weights(found, scale, cohorts).items():
        both = np.stack([weights * 0.51, weights * 0.49]).ravel()
        gone[kind] = whole_shares(both, counts[kind]).reshape(2, COHORTS)
    return gone


def _cohort_weights(found: Figures, scale: float, cohorts: Ints) -> dict[int, Floats]:
    births = np.interp(cohorts, list(_BIRTHS), list(_BIRTHS.values())) * 1000
    residents = np.zeros(COHORTS)
    by_age = found.residents.sum(axis=(0, 1)) / scale
    for years in range(AGES):
        residents[max(2024 - years - FIRST, 0)] += by_age[years]
    age = 2024 - cohorts
    native = 0.93 - 0.2 * np.exp(-(((age - 38) / 15.0) ** 2))
    natives = np.maximum(births - residents * native, births * 0.02)
    # Who was born in the last days cannot have left before the stock.
    natives[cohorts >= LAST - 1] = 0
    immigrants = np.exp(-(((cohorts - 1978) / 13.0) ** 2))
    immigrants += 0.4 * np.exp(-(((cohorts - 1943) / 17.0) ** 2))
    immigrants[cohorts > 2014] = 0
    refugees = np.exp(-(((cohorts - 1966) / 20.0) ** 2)) * (cohorts < 2005)
    return {
        NATIVES_GONE: natives,
        IMMIGRANTS_GONE: immigrants,
        REFUGEES_GONE: refugees,
        NEWBORN: (cohorts == LAST).astype(float),
        ARRIVING: np.exp(-(((cohorts - 1994) / 11.0) ** 2)) * (cohorts < LAST - 1),
    }


def _sizes(residents: Ints, gone: Ints, ended: Ints, shards: int) -> tuple[Ints, Ints]:
    """Persons of each shard, and the slot of birth numbers that each begins with."""
    sizes = np.zeros(shards, dtype=np.int64)
    taken = np.zeros((shards + 1, 2, 101), dtype=np.int64)
    for number in range(shards):
        counts = stretch(residents, number, shards)[0].sum(axis=0)
        born = _gone_of(gone, ended, number, shards).sum(axis=0)
        sizes[number] = counts.sum() + born.sum()
        for age in range(AGES):
            born[:, max(2024 - age - FIRST, 0)] += counts[:, age]
        hundred = born[:, :100].copy()
        hundred[:, : COHORTS - 101] += born[:, 100:-1]
        taken[number + 1, :, :100] = -(-hundred // DAYS)
        taken[number + 1, :, 100] = -(-born[:, -1] // LAST_DAYS)
    slots = np.cumsum(taken, axis=0)
    # The last cohort shares its two digits with one a hundred years older.
    slots[:, :, 100] += slots[-1, :, LAST - FIRST - 100]
    return sizes, slots[:-1]
