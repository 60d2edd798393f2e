"""The attacker finds what is planted in drawn tables, and nothing where they are protected."""

from __future__ import annotations

from itertools import product

import pytest

from tests.attack.attack import System
from tests.attack.bounds import narrow
from tests.attack.cells import TOTAL, Cell

ONE_COUNTY = {
    place: {"municipality": place, "county": "1", "nation": "0"} for place in ("Ask", "Berg", "Dal")
}
#          Ask  Berg  Dal
PERSONS = {"1": (2, 9, 20), "2": (14, 6, 11)}


def category(hidden):
    """The table of docs/method/disclosure.md, by category, with some cells left empty."""
    cells = []
    for place, code in product((*ONE_COUNTY, "county"), ("1", "2", TOTAL)):
        places = list(ONE_COUNTY) if place == "county" else [place]
        codes = ("1", "2") if code == TOTAL else (code,)
        true = sum(PERSONS[c][list(ONE_COUNTY).index(p)] for c in codes for p in places)
        level, region = ("county", "1") if place == "county" else ("municipality", place)
        published = None if (place, code) in hidden else true
        cells.append(
            Cell("refugees_by_category", level, region, (code,), "persons", published, true)
        )
    return cells


SAFE = {("Ask", "1"), ("Ask", "2"), ("Berg", "1"), ("Berg", "2")}


def found(cells, what, regions=ONE_COUNTY):
    system = System(cells, regions, threshold=3)
    findings = system.findings()
    return [
        (cell.region, *cell.codes, cell.measure) for of in findings.values() for cell in of[what]
    ]


def test_nothing_is_found_where_all_is_protected():
    assert not found(category(SAFE), "known")
    assert not found(category(SAFE), "open")


@pytest.mark.parametrize("cell", sorted(SAFE - {("Ask", "1")}))
def test_one_cell_more_gives_the_small_count_away(cell):
    assert found(category(SAFE - {cell}), "known") == [("Ask", "1", "persons")]


def test_a_small_count_that_is_published_is_told():
    assert found(category(set()), "open") == [("Ask", "1", "persons")]


def widths(cells):
    system = System(cells, ONE_COUNTY, threshold=3)
    return [width for _, width in narrow(system, system.findings(), 10, 60)]


def test_limits_are_those_of_all_equations():
    # Asylum in Ask: from 0 to 11, the least of what its row and its column leave.
    assert widths(category(SAFE)) == [pytest.approx(11)]


def flows(inside, hidden):
    """Moves into two municipalities of a county, by sex; nobody comes from elsewhere."""
    regions = {place: {"municipality": place, "county": "1"} for place in ("Ask", "Berg")}
    regions = {place: at | {"nation": "0"} for place, at in regions.items()}
    cells = []
    for sex, level, region, measure in product(
        ("1", "2"),
        ("municipality", "county"),
        ("Ask", "Berg", "1"),
        ("in_internal", "out_internal"),
    ):
        if (level == "county") != (region == "1"):
            continue
        true = 0 if level == "county" else inside[sex][region, measure]
        published = None if (sex, region, measure) in hidden else true
        cells.append(
            Cell("migrations_administrative", level, region, (sex,), measure, published, true)
        )
    return cells, regions


def test_moves_inside_a_region_are_the_same_on_both_sides():
    one = {
        ("Ask", "in_internal"): 2,
        ("Berg", "in_internal"): 9,
        ("Ask", "out_internal"): 5,
        ("Berg", "out_internal"): 6,
    }
    hidden = {("1", "Ask", "in_internal")}
    cells, regions = flows({"1": one, "2": one}, hidden)
    # In: 2 + 9 less the moves inside is 0, and out: 5 + 6 less the same is 0.
    assert found(cells, "known", regions) == [("Ask", "1", "in_internal")]
    hidden |= {("1", "Berg", "in_internal")}
    cells, regions = flows({"1": one, "2": one}, hidden)
    assert not found(cells, "known", regions)


def test_the_one_in_a_cell_knows_another_that_has_its_own_count_taken_off():
    moved = {"1": (1, 9, 20), "2": (2, 6, 11)}
    before = dict(PERSONS)
    PERSONS.update(moved)
    try:
        cells = category(SAFE)
        assert not found(cells, "known")
        assert ("Ask", "2", "persons") in found(cells, "owner")
    finally:
        PERSONS.update(before)
