"""The residents with refugee background of a shard, and what their cells say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic.calendar import BEFORE, day
from folketall_trial.synthetic.calibration import CATEGORIES, SINCE
from folketall_trial.synthetic.draws import Draws
from folketall_trial.synthetic.world import (
    NOBODY,
    REFUGEE,
    Families,
    People,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WINDOWS = (
    (BEFORE, day(2024, 12, 20)),
    (day(2020, 1, 2), BEFORE - 1),
    (day(2015, 1, 2), day(2020, 1, 1)),
    (day(2005, 1, 2), day(2015, 1, 1)),
    (day(1955, 1, 1), day(2005, 1, 1)),
)
"""First immigrations of each group of years on 1 January 2025 (`SINCE`): in the last year, and
those that give 1-4, 5-9, 10-19 and 20 or more years."""
LAST_YEAR = 0
CASES_SINCE = day(1991, 1, 15)
PRINCIPALS = 4
NEW, NOT_SAID = 4, 6
"""Categories: enlargement, and a type that nobody tells."""
_GROWN = np.array((0, 1, 5, 10, 20)) + 18
"""At least so old on 1 January 2025: grown up when they came, whenever in their window."""


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
    """First and last possible day of the first immigration; also of who is no resident any more
    but was a year before."""
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
        return self.people.place * 64 + self.circle

    @property
    def circle(self) -> Ints:
        """Those of one country group and group of years."""
        return np.asarray(self.group * len(SINCE) + self.years)

    @property
    def open(self) -> Bools:
        """Came by family, and nobody is found yet."""
        mine = np.zeros(len(self.people), dtype=bool)
        mine[self.me] = True
        alone = (self.found.mother == NOBODY) & (self.found.reference == NOBODY)
        return mine & self.family & alone


def refugees(people: People, found: Families, groups: Ints, draws: Draws) -> Refugees:
    """The residents with refugee background and what their cells say of them."""
    years = np.where(people.cell >= 0, people.cell // (4 * len(CATEGORIES)) % len(SINCE), 0)
    category = np.where(people.cell >= 0, people.cell % len(CATEGORIES), 0)
    low = np.array([window[0] for window in WINDOWS])[years]
    # To whom somebody came is told by the Aliens Register alone, which goes back to 1991.
    low = np.where(category >= PRINCIPALS, np.maximum(low, CASES_SINCE), low)
    high = np.array([window[1] for window in WINDOWS])[years]
    me = np.flatnonzero(people.kind == REFUGEE)
    return Refugees(people, found, draws, me, groups, years, category, low, high)
