"""A new release given what is out: two boundary years, a revised vintage, and both at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from folketall.audit.vintages import audit_vintages
from tests.cubes.drawn import CUBES
from tests.ledger.drawn import (
    BOTH,
    CATEGORY,
    NEW,
    OLD,
    PROMISE,
    TOWNS,
    draw,
    hidden,
    lists,
    released,
    revised,
    safe,
)
from tests.protection.attacker import Knowledge

PLACES = lists("2019", OLD)
SEEDS = (2,)


def differences(cells, places=BOTH):
    found = audit_vintages(cells, places, CUBES, name="x", promise=PROMISE)
    assert found.contradictions == 0
    return found.differences.number


def together(old, new):
    return pd.concat([old, new], ignore_index=True)


def cases(seed):
    """A safe old release, and new ones as they would be protected by themselves."""
    counts = draw(seed)
    old = safe(released(1, "2019", OLD, counts), PLACES)
    later = revised(counts, seed)
    yield old, released(2, "2020", NEW, counts), lists("2020", NEW)
    yield old, released(2, "2019", OLD, later), PLACES
    yield old, released(2, "2020", NEW, later), lists("2020", NEW)


@pytest.mark.rule("X4")
def test_what_two_releases_give_away_together_is_found_and_mended():
    apart = given = 0
    for seed in SEEDS:
        for old, new, places in cases(seed):
            apart += differences(together(old, safe(new, places)))
            given += differences(safe(together(old, new), BOTH))
    assert apart > 2
    assert given == 0


def spans(cells, of):
    """Each cell as a vector over (town, category), and of both releases side by side."""
    found = []
    for row in cells.itertuples():
        column = np.zeros((len(TOWNS), 7), np.int64)
        towns = (
            TOWNS if row.level == "nation" else of[row.geography].get((row.level, row.region), [])
        )
        own = list(CATEGORY.codes[row.code])
        column[np.ix_([TOWNS.index(town) for town in towns], own)] = 1
        found.append(column.ravel())
    return found


@pytest.mark.rule("X3", "X4")
@pytest.mark.parametrize("seed", SEEDS)
def test_boundary_years_weakened_by_one_cell_are_caught_as_by_fractions(seed):
    counts = draw(seed)
    old = safe(released(1, "2019", OLD, counts), PLACES)
    both = safe(together(old, released(2, "2020", NEW, counts)), BOTH)
    full = together(old, released(2, "2020", NEW, counts))
    columns = spans(both, {"2019": OLD, "2020": NEW})
    # Who sees a zero knows all that it counts.
    open_ = np.ones(len(columns[0]), np.bool_)
    for row in np.flatnonzero((both["value"] == 0).to_numpy()):
        open_ &= columns[row] == 0
    columns = [column[open_] for column in columns]
    small = np.flatnonzero(both["count"].between(1, 3))
    before = Knowledge(
        [columns[row] for row in np.flatnonzero((both["release"] == 1) & both["value"].notna())]
    )
    out = {row for row in small if before.knows(columns[row])}
    caught = 0
    for row in np.flatnonzero(
        (both["release"] == 2) & both["value"].isna() & ~both["count"].between(1, 3)
    ):
        weak = both.copy()
        weak.loc[row, "value"] = full.loc[row, "count"]
        known = Knowledge([columns[at] for at in np.flatnonzero(weak["value"].notna())])
        expected = any(known.knows(columns[at]) for at in small if at not in out)
        assert (differences(weak) > 0) == expected
        caught += expected
    assert caught


@pytest.mark.rule("X4")
def test_a_change_of_one_person_is_left_empty_up_to_the_nation():
    counts = {town: np.full(7, 20) for town in TOWNS}
    later = {**counts, "m1": counts["m1"] + np.array([1, 0, 0, 0, 0, 0, 0])}
    old = released(1, "2019", OLD, counts)
    both = together(old, released(2, "2019", OLD, later))
    assert differences(both, PLACES) == 9
    done = safe(both, PLACES)
    empty = done[done["value"].isna()]
    assert set(zip(empty["level"], empty["region"], strict=True)) == {
        ("nation", "0"), ("county", "c1"), ("municipality", "m1"),
    }  # fmt: skip
    assert set(empty["code"]) == {"asylum", "principal", "total"}
    assert differences(done, PLACES) == 0


@pytest.mark.rule("X4")
def test_a_small_change_beside_a_large_one_takes_another_cell_with_it():
    counts = {town: np.full(7, 20) for town in TOWNS}
    later = {town: of.copy() for town, of in counts.items()}
    later["m1"][0] += 1
    later["m0"][0] += 30
    both = together(released(1, "2019", OLD, counts), released(2, "2019", OLD, later))
    small = (both["release"] == 2) & both["region"].isin(["m1", "c1"])
    small &= both["code"].isin(["asylum", "principal", "total"])
    only = hidden(both, small)
    # The nation grew by 31 and the other county by 30.
    assert differences(only, PLACES) > 0
    assert differences(safe(both, PLACES), PLACES) == 0


@pytest.mark.rule("X4")
def test_the_same_release_once_more_hides_nothing_more():
    old = safe(released(1, "2019", OLD, draw(1)), PLACES)
    again = old.assign(release=2)
    both = together(old, again)
    assert safe(both, PLACES)["value"].isna().sum() == 2 * old["value"].isna().sum()
    assert differences(both, PLACES) == 0
