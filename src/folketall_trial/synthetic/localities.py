"""Places that people live in: a present municipality and the codes it had, one chain each.

A locality is one way back through the reforms from a municipality of 2024. Whoever lives in it
has, on each date, the code of the chain: so codes are valid on their dates, and who lives where
after a split is settled by the place, in proportion to the population of 2024.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from folketall.classifications import read_rows
from folketall_trial.synthetic import calendar

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OLDEST = date(1896, 1, 1)
"""Nothing happens before; chains go no further back."""
LEAST_SHARE = 0.03
"""A smaller part of a municipality is left out of its past, so that chains stay few."""
_SPAN = 1 << 18
_BEFORE = 60_000

_Way = tuple[str, float, tuple[tuple[date, str], ...]]
"""Walking back: the code so far, the persons, and the changes passed, each with its new code."""


@dataclass(frozen=True, slots=True)
class Locality:
    """One chain of codes, oldest first; each holds from its date to the next one's."""

    codes: tuple[tuple[date, str], ...]
    weight: float

    @property
    def code(self) -> str:
        """The code of 2024."""
        return self.codes[-1][1]


@dataclass(frozen=True, slots=True)
class Localities:
    """All chains as arrays: a locality is its number."""

    first: Ints
    """Of each municipality of 2024, in order of code: its first locality."""
    count: Ints
    reached: Floats
    """Cumulative share of the country's people, by locality."""
    own: Floats
    """Cumulative share of the municipality's people, by locality."""
    line: Ints
    """Steps of the chains, sorted: locality and day in one number."""
    codes: Ints
    """The code that each step leads to."""

    def code_on(self, locality: Ints, day: Ints) -> Ints:
        """The code of the chain on the day; the oldest one before its beginning."""
        at = np.searchsorted(self.line, locality * _SPAN + day + _BEFORE, side="right") - 1
        return self.codes[np.maximum(at, np.searchsorted(self.line, locality * _SPAN))]

    def steps(self, locality: Ints, after: Ints, before: Ints) -> tuple[Ints, Ints, Ints]:
        """Changes of code after a day and before another: row, day and new code."""
        low = np.searchsorted(self.line, locality * _SPAN + after + _BEFORE, side="right")
        high = np.searchsorted(self.line, locality * _SPAN + before + _BEFORE, side="left")
        counts = np.maximum(high - low, 0)
        row = np.repeat(np.arange(len(locality)), counts)
        start = np.repeat(low - np.r_[0, np.cumsum(counts)[:-1]] if len(counts) else low, counts)
        at = start + np.arange(len(row))
        return row, self.line[at] % _SPAN - _BEFORE, self.codes[at]

    def within(self, municipality: Ints, unit: Floats) -> Ints:
        """A locality of the municipality."""
        first, count = self.first[municipality], self.count[municipality]
        found = first + np.floor(unit * count).astype(np.int64)
        single = count == 1
        target = municipality * 2.0 + unit
        owners = np.repeat(np.arange(len(self.first)), self.count)
        at = np.searchsorted(self.own + owners * 2.0, target, side="right")
        return np.where(single, found, np.clip(at, first, first + count - 1))

    def anywhere(self, unit: Floats) -> Ints:
        """A locality of the country, by its people."""
        found = np.searchsorted(self.reached, unit, side="right")
        return np.minimum(found, len(self.reached) - 1)

    def near(self, locality: Ints, unit: Floats) -> Ints:
        """A locality among the neighbours: codes are given county by county."""
        middle = np.r_[0.0, self.reached][locality]
        target = middle + (unit - 0.5) * 0.025
        return self.anywhere(np.clip(target, 0, 1 - 1e-9))


@cache
def localities() -> Localities:
    """The chains of all municipalities of 2024."""
    chains = read_localities()
    weights = np.array([chain.weight for chain in chains])
    names = [chain.code for chain in chains]
    codes = sorted(set(names))
    owner = np.array([codes.index(name) for name in names])
    count = np.bincount(owner, minlength=len(codes))
    first = np.r_[0, np.cumsum(count)[:-1]]
    reached = np.cumsum(weights) / weights.sum()
    own = np.concatenate([np.cumsum(part) / part.sum() for part in np.split(weights, first[1:])])
    steps = [
        (number * _SPAN + calendar.number(when) + _BEFORE, int(code))
        for number, chain in enumerate(chains)
        for when, code in chain.codes
    ]
    line, led = (np.array(column) for column in zip(*sorted(steps), strict=True))
    return Localities(first, count, reached, own, line, led)


def read_localities() -> list[Locality]:
    """All localities, sorted by present code, so that neighbours are near each other."""
    changes = _changes()
    ways: list[_Way] = [
        (code, float(persons), ()) for code, persons in sorted(_population().items())
    ]
    for day in sorted(changes, reverse=True):
        ways = [way for before in ways for way in _backwards(before, day, changes[day])]
    found = [Locality(((OLDEST, oldest), *sorted(steps)), weight) for oldest, weight, steps in ways]
    return sorted(found, key=lambda locality: (locality.code, locality.codes))


def _backwards(way: _Way, day: date, changes: dict[str, list[tuple[str, float]]]) -> Iterator[_Way]:
    """The ways that led into this one on the day, each with its part of the weight."""
    code, weight, steps = way
    sources = changes.get(code, [(code, 1.0)])
    total = sum(share for _, share in sources)
    kept = [(old, share) for old, share in sources if share / total >= LEAST_SHARE]
    total = sum(share for _, share in kept)
    for old, share in kept:
        yield old, weight * share / total, steps if old == code else ((day, code), *steps)


def _population() -> dict[str, int]:
    persons: dict[str, int] = defaultdict(int)
    for row in read_rows("calibration/population_municipality_age_sex_2024"):
        persons[row["code"]] += int(row["persons"])
    return persons


def _changes() -> dict[date, dict[str, list[tuple[str, float]]]]:
    """Of each date, the codes that each new code was made of, with the share that went there."""
    changes: dict[date, dict[str, list[tuple[str, float]]]] = defaultdict(dict)
    for row in read_rows("geography/municipality_changes"):
        day = date.fromisoformat(row["change_date"])
        if OLDEST < day <= date(2024, 1, 1):
            share = float(row["weight_old_to_new"] or 1)
            changes[day].setdefault(row["new_code"], []).append((row["old_code"], share))
    return changes
