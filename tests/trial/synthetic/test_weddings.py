"""When the couples of the synthetic register married."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from folketall_trial.synthetic.calendar import WAIT, day
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.weddings import _day
from folketall_trial.synthetic.world import NOBODY, REUNIFICATION

COUPLES = 500


@pytest.mark.rule("H2")
@pytest.mark.rule("T1")
@pytest.mark.parametrize(("year", "wait"), [(1985, 0), (1990, WAIT[1]), (1998, 0)])
def test_couples_from_abroad_married_before_the_first_of_them_was_counted(year, wait):
    """Who applied for asylum from 1987 to 1994 was counted while waiting."""
    size = 2 * COUPLES
    wife, man = np.arange(COUPLES), np.arange(COUPLES, size)
    first = day(year, 7, 1)
    people = SimpleNamespace(number=np.arange(size), refugee=np.ones(size, bool))
    found = SimpleNamespace(
        arrival=np.repeat([first, first + 900], COUPLES),
        family=np.full(size, REUNIFICATION),
        relation=np.full(size, NOBODY),
        reference=np.full(size, NOBODY),
    )
    grown = np.full(COUPLES, first - 3000)
    married = _day(people, found, Draws(1), wife, man, grown)
    known = married[married < NEVER]
    assert len(known) > COUPLES / 2
    assert known.max() < first - 30 - wait
    assert known.max() > first - 400 - wait
