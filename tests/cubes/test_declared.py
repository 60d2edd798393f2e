"""The shipped declaration: what the contract says of every cube (Q1)."""

from __future__ import annotations

import pytest

from folketall.classifications import countries
from folketall.cubes.cells import strides
from folketall.cubes.declaration import shipped_cubes
from folketall.cubes.declared import AGE_GROUPS, LEVELS, TOTAL
from folketall.model.tables import DIMENSIONS

CUBES = shipped_cubes()
FLOWS = (8, 10)
"""Measures of a flow cube: everywhere, and at the nation (M4)."""


def test_the_cubes_are_those_of_the_contract():
    assert set(CUBES) == {
        "refugees_by_category",
        "refugees_by_residence",
        "refugees_by_citizenship",
        "refugees_by_age",
        "refugees_share",
        "population_by_background",
        "migrations_by_age",
        "migrations_by_background",
        "migrations_by_marital_status",
        "migrations_by_country",
        "migrations_administrative",
        "migrations_between_regions",
        "population_accounts",
    }


@pytest.mark.parametrize("cube", CUBES.values(), ids=lambda cube: cube.name)
def test_a_cube_declares_known_dimensions_levels_and_each_code_once(cube):
    assert set(cube.dimension_names) <= set(DIMENSIONS)
    assert set(cube.levels) <= set(LEVELS)
    for dimension in cube.dimensions:
        assert dimension.all_codes[-1] == TOTAL
        assert dimension.codes[TOTAL] == tuple(range(len(dimension.inner)))
        assert len({e for of in dimension.elements for e in of}) == sum(
            map(len, dimension.elements)
        )
    for level in cube.levels:
        keys = list(cube.keys(level))
        assert len(set(keys)) == len(keys)
        assert (TOTAL,) * len(cube.dimensions) in keys


@pytest.mark.rule("Q1")
@pytest.mark.parametrize("cube", CUBES.values(), ids=lambda cube: cube.name)
def test_the_codes_of_every_level_partition_the_inner_codes(cube):
    for table in cube.tables:
        for name, shown in table.shown.items():
            of = cube.dimension(name).codes
            assert sorted(n for code in shown for n in of[code]) == list(of[TOTAL]), (name, shown)


@pytest.mark.rule("Q1")
@pytest.mark.parametrize(
    ("cube", "nation", "municipality"),
    [
        ("refugees_by_category", 10, 10),
        ("refugees_by_residence", 5 * 8, 1 + 4 + 7),
        ("refugees_by_citizenship", 4 * 4 * 8, 4 * 4),
        ("refugees_by_age", 21 * 4, 8 * 4),
        # immigrant × sex × (6 groups, unknown, total); 18 of the five-year codes are new.
        ("population_by_background", 3 * 4 * 21, 3 * 4 * 8 + 18 * 4),
        ("migrations_by_age", 4 * 21 * 10, 4 * 7 * 8),
        ("migrations_by_background", 9 * 4 * 4 * 10, (1 + 8 + 3 + 3) * 8),
        ("migrations_by_marital_status", 11 * 4 * 10, 11 * 8),
        ("migrations_administrative", 4, 4),
        ("population_accounts", 11, 11),
    ],
)
def test_cells_of_the_nation_and_of_a_municipality_by_hand(cube, nation, municipality):
    assert CUBES[cube].cells_per_region("nation") == nation
    assert CUBES[cube].cells_per_region("municipality") == municipality


@pytest.mark.rule("Q1")
def test_inner_ages_are_the_common_refinement_of_what_the_levels_publish():
    inner = CUBES["migrations_by_age"].dimension("age")
    # Five-year groups, two of them cut by M5's 16 and 67.
    assert ("15",) in inner.elements
    assert ("16", "17", "18", "19") in inner.elements
    assert ("65", "66") in inner.elements
    assert {"15", "16-19", "65-66", "67-69", "90+", "unknown"} <= set(inner.inner)
    assert len(inner.inner) == 19 + 2 + 1
    assert len(CUBES["refugees_by_age"].dimension("age").inner) == 19 + 1


@pytest.mark.rule("S3")
def test_principal_and_family_are_the_margins_of_category():
    category = CUBES["refugees_by_category"].dimension("category")
    assert [category.inner[n] for n in category.codes["family"]] == [
        "family_enlargement",
        "family_reunification",
        "family_unspecified",
    ]
    assert len(category.codes["principal"]) == 4
    assert category.all_codes[-3:] == ("principal", "family", "total")


def test_every_country_has_a_group_and_norway_only_where_it_can_occur():
    foreign = CUBES["refugees_by_residence"].dimension("country_group")
    every = CUBES["migrations_by_background"].dimension("country_group")
    assert set(every.inner) == set(countries().values())
    assert set(every.inner) - set(foreign.inner) == {"Norway"}
    assert "000" not in CUBES["migrations_by_country"].dimension("country").inner


def test_ages_are_five_year_groups_to_ninety():
    assert AGE_GROUPS[0] == "0-4"
    assert AGE_GROUPS[-2:] == ("85-89", "90+")
    assert set(AGE_GROUPS) <= set(CUBES["refugees_by_age"].dimension("age").inner)


def test_places_of_codes_fill_the_cells_of_a_region_exactly():
    assert strides(CUBES["refugees_by_citizenship"]) == [3 * 7, 7, 1]
